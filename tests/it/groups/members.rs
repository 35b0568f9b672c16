//! Who is in a group: `/assignedGroups` of users.

use mock_qlik_cloud::domain::settings::Edition;
use serde_json::{Value, json};

use super::{EVERYONE, change, join, leave, make};
use crate::support::{Client, EDITIONS, World};

const USERS: &str = "/api/v1/users";

/// A world where the user is in the group `Idp` of the identity provider.
async fn start(edition: Edition) -> (World, Client) {
    let world = World::start_with(edition, super::seeds::with_groups()).await;
    let admin = world.sign_in("admin").await;
    (world, admin)
}

async fn user(client: &Client) -> Value {
    client.get(&format!("{USERS}/user")).send().await.expect(200).json
}

fn names(user: &Value) -> Vec<&str> {
    let groups = user["assignedGroups"].as_array().unwrap();
    groups
        .iter()
        .map(|group| group["name"].as_str().unwrap())
        .collect()
}

async fn patch(admin: &Client, op: &str, path: &str, value: Value) -> crate::support::Answer {
    admin
        .patch(&format!("{USERS}/user"))
        .json(&change(op, path, value))
        .send()
        .await
}

#[tokio::test]
async fn a_user_shows_the_groups_with_their_roles() {
    for edition in EDITIONS {
        let (world, admin) = start(edition).await;
        let seen = user(&admin).await;
        assert_eq!(
            seen["assignedGroups"],
            json!([{
                "id": "idp-group",
                "name": "Idp",
                "providerType": "idp",
                "assignedRoles": [
                    { "id": "75450000000000000000a00b", "name": "Steward", "type": "default", "level": "user" },
                ],
            }])
        );
        assert_eq!(seen["assignedRoles"], json!([]));
        if edition == Edition::Classic {
            assert_eq!((&seen["groups"], &seen["roles"]), (&json!(["Idp"]), &json!([])));
        }
        // The own ones are shown to everybody; to others without the roles.
        assert_eq!(
            user(&world.sign_in("user").await).await["assignedGroups"],
            seen["assignedGroups"]
        );
        let other = user(&world.sign_in("other").await).await;
        assert_eq!(
            other["assignedGroups"],
            json!([{ "id": "idp-group", "name": "Idp", "providerType": "idp" }])
        );
    }
}

#[tokio::test]
async fn custom_groups_are_added_and_taken_away() {
    for edition in EDITIONS {
        let (_world, admin) = start(edition).await;
        let one = make(&admin, "One", "custom", &[]).await;
        let two = make(&admin, "Two", "custom", &[]).await;
        join(&admin, "user", &one).await;
        patch(
            &admin,
            "add",
            "/assignedGroups",
            json!([{ "name": "Two", "providerType": "custom" }]),
        )
        .await
        .expect(204);
        assert_eq!(names(&user(&admin).await), ["Idp", "One", "Two"]);
        leave(&admin, "user", &one).await;
        patch(&admin, "remove-value", "/assignedGroups", json!([{ "id": two }]))
            .await
            .expect(204);
        assert_eq!(names(&user(&admin).await), ["Idp"]);
        // Whoever is not in it cannot leave it, and nothing is wrong with that.
        leave(&admin, "user", &one).await;
    }
}

#[tokio::test]
async fn a_group_is_added_once() {
    let (_world, admin) = start(Edition::Current).await;
    let (one, two) = (
        make(&admin, "One", "custom", &[]).await,
        make(&admin, "Two", "custom", &[]).await,
    );
    join(&admin, "user", &one).await;
    let both = json!([{ "id": two }, { "id": one }]);
    let answer = patch(&admin, "add", "/assignedGroups", both).await;
    answer.expect_faults(&["/0/value/1"]);
    assert_eq!(names(&user(&admin).await), ["Idp", "One"]);
}

#[tokio::test]
async fn a_replacement_leaves_the_groups_of_the_identity_provider_alone() {
    for edition in EDITIONS {
        let (_world, admin) = start(edition).await;
        let one = make(&admin, "One", "custom", &[]).await;
        let two = make(&admin, "Two", "custom", &[]).await;
        make(&admin, "Elsewhere", "idp", &[]).await;
        join(&admin, "user", &one).await;
        for wrong in [
            json!([{ "id": two }]),
            json!([]),
            json!([{ "id": "idp-group" }, { "name": "Elsewhere", "providerType": "idp" }]),
            json!([{ "id": "idp-group" }, { "id": EVERYONE }]),
        ] {
            let answer = patch(&admin, "replace", "/assignedGroups", wrong)
                .await
                .expect(400);
            assert!(answer.faults()[0].starts_with("/0/value"), "{}", answer.text);
        }
        patch(&admin, "unset", "/assignedGroups", json!(""))
            .await
            .expect_faults(&["/0/value"]);
        assert_eq!(names(&user(&admin).await), ["Idp", "One"]);
        let both = json!([{ "id": two }, { "id": "idp-group" }, { "id": two }]);
        patch(&admin, "replace", "/assignedGroups", both)
            .await
            .expect(204);
        assert_eq!(names(&user(&admin).await), ["Two", "Idp"]);

        // Without any of them, the list is free.
        let path = format!("{USERS}/other");
        let replace = |value: Value| {
            admin
                .patch(&path)
                .json(&change("replace", "/assignedGroups", value))
                .send()
        };
        replace(json!([{ "name": "One", "providerType": "custom" }]))
            .await
            .expect(204);
        replace(json!([])).await.expect(204);
    }
}

#[tokio::test]
async fn who_is_in_the_other_groups_is_not_said_here() {
    for edition in EDITIONS {
        let (_world, admin) = start(edition).await;
        let elsewhere = make(&admin, "Elsewhere", "idp", &[]).await;
        for (op, path, value) in [
            ("add", "/assignedGroups/-", json!(elsewhere)),
            (
                "add",
                "/assignedGroups/-",
                json!({ "name": "Elsewhere", "providerType": "idp" }),
            ),
            ("add", "/assignedGroups/-", json!(EVERYONE)),
            ("remove-value", "/assignedGroups", json!("idp-group")),
        ] {
            let answer = patch(&admin, op, path, value).await;
            answer.expect_faults(&["/0/value"]);
        }
        assert_eq!(names(&user(&admin).await), ["Idp"]);
    }
}

#[tokio::test]
async fn groups_that_do_not_exist_are_named_and_the_rest_is_done() {
    for edition in EDITIONS {
        let (_world, admin) = start(edition).await;
        let one = make(&admin, "One", "custom", &[]).await;
        let value = json!([{ "id": one }, { "id": "nothing" }, { "name": "Idp", "providerType": "custom" }]);
        let answer = patch(&admin, "add", "/assignedGroups", value).await.expect(207);
        assert_eq!(answer.faults(), ["/0/value/1", "/0/value/2"]);
        assert_eq!(names(&user(&admin).await), ["Idp", "One"]);
        let answer = patch(&admin, "add", "/assignedGroups/-", json!("nothing")).await;
        answer.expect_faults(&["/0/value"]);
    }
}

#[tokio::test]
async fn users_are_found_by_their_groups() {
    for edition in EDITIONS {
        let (world, admin) = start(edition).await;
        let one = make(&admin, "One", "custom", &["DataAdmin"]).await;
        join(&admin, "other", &one).await;
        let found = async |client: &Client, filter: &str| {
            let answer = client.get(USERS).query(&[("filter", filter)]).send().await;
            answer.expect(200).each("subject")
        };
        let by_group = format!("assignedGroups.id eq \"{one}\"");
        assert_eq!(found(&admin, &by_group).await, ["other"]);
        let by_role = "assignedGroupsAssignedRoles.name eq \"dataadmin\"";
        assert_eq!(found(&admin, by_role).await, ["other"]);
        assert_eq!(
            found(&admin, "assignedRoles.name eq \"DataAdmin\"").await,
            [""; 0]
        );
        // Roles of others stay hidden in a filter, too.
        let user = world.sign_in("user").await;
        assert_eq!(found(&user, &by_group).await, ["other"]);
        assert_eq!(found(&user, by_role).await, [""; 0]);
        assert_eq!(
            found(&user, "assignedGroupsAssignedRoles.name eq \"Steward\"").await,
            ["user"]
        );
    }
}
