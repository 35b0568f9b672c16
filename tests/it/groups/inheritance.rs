//! A role that comes only through a group opens, and closes when the group goes, on the next request.

use mock_qlik_cloud::domain::settings::Edition;
use serde_json::json;

use super::{EVERYONE, GROUPS, change, join, leave, make};
use crate::support::{Actor, Client, EDITIONS, World};

/// A use of the permission to hold keys: an old key, which is refused with 401 where it is missing.
async fn key_opens(key: &Client) -> bool {
    let answer = key.get("/api/v1/users/me").send().await;
    if answer.status != 301 {
        answer.expect_refusal(401, "permission-gone");
        return false;
    }
    true
}

/// A use of the role of a tenant admin.
async fn is_admin(client: &Client) -> bool {
    let answer = client.get("/api/v1/roles").send().await;
    if answer.status != 200 {
        answer.expect_refusal(403, "not-tenant-admin");
        return false;
    }
    true
}

async fn has_way_into_the_console(session: &Client) -> bool {
    let page = session
        .get("/profile")
        .header("accept", "text/html")
        .outside_the_contract();
    let page = page.send().await.expect(200);
    let console = session
        .get("/console/users")
        .header("accept", "text/html")
        .outside_the_contract();
    let status = console.send().await.status;
    let linked = page.text.contains("data-testid=\"area-console\"");
    assert_eq!(status, if linked { 200 } else { 403 });
    linked
}

#[tokio::test]
async fn keys_open_through_a_custom_group_and_no_longer() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let admin = world.by_session(Actor::TenantAdmin).await;
        let (key, session) = (world.by_key(Actor::User), world.by_session(Actor::User).await);
        let user = Actor::User.person().id;
        // The role `Developer` in the classic edition, a custom role with the scope in the current one.
        let group = make(&admin, "CG-Developers", "custom", &["Developer"]).await;
        assert!(!key_opens(&key).await);
        join(&admin, user, &group).await;
        assert!(key_opens(&key).await);
        let minted = world.mint(&session, "through the group", "PT1H").await;
        assert!(key_opens(&world.with_token(&minted.token)).await);
        let own = session
            .get(&format!("/api/v1/users/{user}"))
            .send()
            .await
            .expect(200);
        assert_eq!(own.json["assignedRoles"], json!([]));
        assert_eq!(own.json["assignedScopes"], json!(["api-keys"]));
        assert_eq!(
            own.json["assignedGroups"][0]["assignedRoles"][0]["name"],
            "Developer"
        );

        leave(&admin, user, &group).await;
        assert!(!key_opens(&key).await);
        assert!(!key_opens(&world.with_token(&minted.token)).await);
        let body = json!({ "description": "in vain" });
        let refused = session.post("/api/v1/api-keys").json(&body).send().await;
        refused.expect_refusal(403, "may-not-hold-keys");

        // The group loses the role, and somebody else keeps the own one.
        join(&admin, user, &group).await;
        assert!(key_opens(&key).await);
        let patch = change("replace", "/assignedRoles", json!([]));
        admin
            .patch(&format!("{GROUPS}/{group}"))
            .json(&patch)
            .send()
            .await
            .expect(204);
        assert!(!key_opens(&key).await);
        assert!(key_opens(&world.by_key(Actor::KeyHolder)).await);
    }
}

#[tokio::test]
async fn an_admin_through_a_group_of_the_identity_provider_is_none_when_it_is_deleted() {
    for edition in EDITIONS {
        let world = World::start_with(edition, super::seeds::with_groups()).await;
        let (admin, user) = (world.sign_in("admin").await, world.sign_in("user").await);
        assert!(!is_admin(&user).await && !has_way_into_the_console(&user).await);
        let path = format!("{GROUPS}/idp-group");
        let patch = change("replace", "/assignedRoles", json!([{ "name": "TenantAdmin" }]));
        admin.patch(&path).json(&patch).send().await.expect(204);
        assert!(is_admin(&user).await && has_way_into_the_console(&user).await);
        admin.delete(&path).send().await.expect(204);
        assert!(!is_admin(&user).await && !has_way_into_the_console(&user).await);
        let seen = admin.get("/api/v1/users/user").send().await.expect(200);
        assert_eq!(seen.json["assignedGroups"], json!([]));
    }
}

#[tokio::test]
async fn everybody_has_the_roles_of_the_system_group() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let admin = world.by_session(Actor::TenantAdmin).await;
        let key = world.by_key(Actor::User);
        let path = format!("{GROUPS}/{EVERYONE}");
        let replace = |roles| {
            admin
                .patch(&path)
                .json(&change("replace", "/assignedRoles", roles))
                .send()
        };
        replace(json!([{ "name": "Developer" }])).await.expect(204);
        assert!(key_opens(&key).await);
        let user = format!("/api/v1/users/{}", Actor::User.person().id);
        let seen = admin.get(&user).send().await.expect(200);
        assert_eq!(seen.json["assignedGroups"], json!([]), "nobody is assigned to it");
        assert_eq!(seen.json["assignedScopes"], json!(["api-keys"]));
        replace(json!([])).await.expect(204);
        assert!(!key_opens(&key).await);
    }
}

#[tokio::test]
async fn a_scope_comes_with_a_role_of_a_group_as_soon_as_the_role_has_it() {
    let world = World::start(Edition::Current).await;
    let admin = world.by_session(Actor::TenantAdmin).await;
    let key = world.by_key(Actor::User);
    let group = make(&admin, "CG", "custom", &["Unassigned"]).await;
    join(&admin, Actor::User.person().id, &group).await;
    assert!(!key_opens(&key).await);
    let role = format!("/api/v1/roles/{}", crate::support::UNASSIGNED_ROLE);
    for (op, opens) in [("add", true), ("remove-value", false)] {
        let patch = change(op, "/assignedScopes/-", "api-keys");
        admin.patch(&role).json(&patch).send().await.expect(204);
        assert_eq!(key_opens(&key).await, opens);
    }
}

#[tokio::test]
async fn an_admin_cannot_leave_the_group_that_makes_the_admin() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let admin = world.by_session(Actor::TenantAdmin).await;
        let user = world.by_session(Actor::User).await;
        let own = Actor::User.person().id;
        let group = make(&admin, "Admins", "custom", &["TenantAdmin"]).await;
        join(&admin, own, &group).await;
        for (op, value) in [("remove-value", json!(group)), ("replace", json!([]))] {
            let patch = change(op, "/assignedGroups", value);
            let request = user.patch(&format!("/api/v1/users/{own}")).json(&patch);
            request.send().await.expect_refusal(403, "own-admin-access");
        }
        assert!(is_admin(&user).await);
        leave(&admin, own, &group).await;
        assert!(!is_admin(&user).await);
    }
}
