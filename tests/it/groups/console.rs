//! The pages about groups, without a browser.

use mock_qlik_cloud::domain::settings::Edition;

use super::{EVERYONE, GROUPS, make};
use crate::support::{Actor, Answer, Client, EDITIONS, World};

async fn page(client: &Client, path: &str) -> Answer {
    let request = client.get(path).header("accept", "text/html");
    request.outside_the_contract().send().await
}

/// Sends a form with the session's CSRF token, as a browser does.
async fn form(client: &Client, path: &str, fields: &[(&str, &str)]) -> Answer {
    let request = client.post(path).header("accept", "text/html").form(fields);
    request.outside_the_contract().send().await
}

#[tokio::test]
async fn an_admin_does_everything_with_a_custom_group() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let admin = world.by_session(Actor::TenantAdmin).await;
        let fields = [("name", "CG-Keys"), ("description", "They hold keys.")];
        let made = form(&admin, "/console/groups/new", &fields).await.expect(303);
        assert_eq!(made.header("location"), "/console/groups");
        let group = admin
            .get(GROUPS)
            .query(&[("filter", "name eq 'CG-Keys'")])
            .send()
            .await
            .expect(200);
        assert_eq!(group.each("providerType"), ["custom"]);
        let id = group.each("id").remove(0);
        let role = admin
            .get("/api/v1/roles")
            .query(&[("filter", "name eq 'Developer'")])
            .send()
            .await;
        let role = role.expect(200).each("id").remove(0);

        let path = format!("/console/groups/{id}");
        form(&admin, &format!("{path}/roles"), &[("role", &role)])
            .await
            .expect(303);
        let who = Actor::User.person();
        form(&admin, &format!("{path}/members"), &[("user", who.subject)])
            .await
            .expect(303);
        world
            .by_key(Actor::User)
            .get("/api/v1/users/me")
            .send()
            .await
            .expect(301);
        let members = page(&admin, &format!("{path}/members")).await.expect(200);
        assert!(
            members.text.contains("data-member=\"viewer@example.com\""),
            "{}",
            members.text
        );
        let list = page(&admin, "/console/groups").await.expect(200);
        assert!(list.text.contains("data-group=\"CG-Keys\"") && list.text.contains("Everyone"));
        let users = page(&admin, "/console/users").await.expect(200);
        assert!(users.text.contains("data-testid=\"user-inherited-role\""));

        // Still somebody in it.
        let refused = form(&admin, &format!("{path}/delete"), &[]).await.expect(403);
        assert!(
            refused.text.contains("Somebody is still in the group."),
            "{}",
            refused.text
        );
        form(&admin, &format!("{path}/members/remove"), &[("user", who.id)])
            .await
            .expect(303);
        form(&admin, &path, &[("name", "CG-None"), ("description", "")])
            .await
            .expect(303);
        let renamed = admin.get(&format!("{GROUPS}/{id}")).send().await.expect(200);
        assert_eq!(
            (renamed.str("/name"), renamed.str("/description")),
            ("CG-None", "")
        );
        form(&admin, &format!("{path}/delete"), &[]).await.expect(303);
        admin.get(&format!("{GROUPS}/{id}")).send().await.expect(404);
    }
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_field() {
    let world = World::start(Edition::Current).await;
    let admin = world.by_session(Actor::TenantAdmin).await;
    let taken = form(&admin, "/console/groups/new", &[("name", "Nobody")])
        .await
        .expect(409);
    assert!(taken.text.contains("id=\"group-name-error\""), "{}", taken.text);
    let empty = form(&admin, "/console/groups/new", &[("name", " ")])
        .await
        .expect(400);
    assert!(empty.text.contains("id=\"group-name-error\""), "{}", empty.text);
    let members = format!("/console/groups/{}/members", crate::support::EMPTY_GROUP);
    for who in ["", "nobody@example.com"] {
        let answer = form(&admin, &members, &[("user", who)]).await.expect(400);
        assert!(
            answer.text.contains("id=\"member-user-error\""),
            "{}",
            answer.text
        );
    }
    form(&admin, &members, &[("user", "viewer")]).await.expect(303);
    let again = form(&admin, &members, &[("user", "viewer")]).await.expect(400);
    assert!(
        again.text.contains("is in the group `Nobody` already"),
        "{}",
        again.text
    );
}

#[tokio::test]
async fn a_group_of_the_identity_provider_is_shown_and_can_have_roles_only() {
    let world = World::start(Edition::Current).await;
    let admin = world.by_session(Actor::TenantAdmin).await;
    let idp = make(&admin, "Sales", "idp", &[]).await;
    let members = page(&admin, &format!("/console/groups/{idp}/members"))
        .await
        .expect(200);
    assert!(!members.text.contains("member-add"), "{}", members.text);
    form(
        &admin,
        &format!("/console/groups/{idp}/members"),
        &[("user", "viewer")],
    )
    .await
    .expect(400);
    form(&admin, &format!("/console/groups/{idp}"), &[("name", "Other")])
        .await
        .expect(400);
    for path in [
        format!("/console/groups/{EVERYONE}"),
        format!("/console/groups/{EVERYONE}/members"),
    ] {
        page(&admin, &path).await.expect(200);
    }
    form(&admin, &format!("/console/groups/{EVERYONE}/delete"), &[])
        .await
        .expect(403);
    page(&admin, "/console/groups/nothing").await.expect(404);
}

#[tokio::test]
async fn the_creation_of_groups_is_a_setting() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let admin = world.by_session(Actor::TenantAdmin).await;
        for (enabled, on) in [("true", true), ("false", false)] {
            let path = "/console/settings/groups/automatic-creation";
            form(&admin, path, &[("enabled", enabled)]).await.expect(303);
            let settings = admin.get("/api/v1/groups/settings").send().await.expect(200);
            assert_eq!(settings.json["autoCreateGroups"], on);
            let shown = page(&admin, "/console/settings").await.expect(200);
            let state = if on { ">On<" } else { ">Off<" };
            let (_, rest) = shown
                .text
                .split_once("data-testid=\"group-creation-state\"")
                .unwrap();
            assert!(rest.starts_with(state), "{rest}");
        }
    }
}

#[tokio::test]
async fn whoever_is_no_admin_has_no_way_in() {
    let world = World::start(Edition::Current).await;
    let user = world.by_session(Actor::User).await;
    let group = crate::support::EMPTY_GROUP;
    for path in [
        "/console/groups".to_owned(),
        "/console/groups/new".to_owned(),
        format!("/console/groups/{group}"),
        format!("/console/groups/{group}/roles"),
        format!("/console/groups/{group}/members"),
        format!("/console/groups/{group}/delete"),
    ] {
        page(&user, &path).await.expect_refusal(403, "not-tenant-admin");
        if path != "/console/groups" {
            let answer = form(&user, &path, &[("name", "x"), ("user", "viewer")]).await;
            answer.expect_refusal(403, "not-tenant-admin");
        }
    }
}
