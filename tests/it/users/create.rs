//! `POST /api/v1/users`.

use chrono::TimeDelta;
use mock_qlik_cloud::domain::settings::Edition;
use serde_json::{Value, json};

use super::crowd;
use crate::support::{Client, EDITIONS, START, TENANT_ID};

const USERS: &str = "/api/v1/users";

async fn total(client: &Client) -> u64 {
    client
        .get("/api/v1/users/actions/count")
        .send()
        .await
        .expect(200)
        .json["total"]
        .as_u64()
        .unwrap()
}

#[tokio::test]
async fn a_subject_alone_makes_an_invited_user() {
    for edition in EDITIONS {
        let (world, admin) = crowd::start(edition).await;
        let before = total(&admin).await;
        let made = admin
            .post(USERS)
            .json(&json!({ "subject": r"DOMAIN\new" }))
            .send()
            .await
            .expect(201)
            .json;
        assert_eq!(made["subject"], r"DOMAIN\new");
        assert_eq!(made["name"], r"DOMAIN\new", "the subject stands in for the name");
        assert_eq!(made["status"], "invited");
        assert_eq!(
            made["inviteExpiry"],
            (world.now() + TimeDelta::days(7)).timestamp()
        );
        assert_eq!(made["tenantId"], TENANT_ID);
        assert_eq!(
            (&made["createdAt"], &made["lastUpdatedAt"]),
            (&json!(START), &json!(START))
        );
        assert_eq!(made["assignedRoles"], json!([]));
        assert!(made.get("email").is_none());
        let id = made["id"].as_str().unwrap();
        assert!(
            id.len() == 24 && id.bytes().all(|byte| byte.is_ascii_hexdigit()),
            "{id}"
        );
        assert_eq!(
            admin.get(&format!("{USERS}/{id}")).send().await.expect(200).json,
            made
        );
        assert_eq!(total(&admin).await, before + 1);
    }
}

#[tokio::test]
async fn every_member_counts_and_unknown_ones_are_passed_over() {
    for edition in EDITIONS {
        let (_world, admin) = crowd::start(edition).await;
        let body = json!({
            "subject": "new",
            "name": "New Member",
            "email": "new@example.com",
            "picture": "https://example.com/new.png",
            "status": "active",
            "tenantId": TENANT_ID,
            "assignedRoles": [
                { "name": "Developer" },
                { "id": "65000000000000000000b001", "name": "passed over" },
            ],
            "roles": ["Developer", "TenantAdmin"],
            "colour": "red",
        });
        let made = admin.post(USERS).json(&body).send().await.expect(201).json;
        for member in ["subject", "name", "email", "picture", "status", "tenantId"] {
            assert_eq!(made[member], body[member], "{member}");
        }
        let names: Vec<_> = made["assignedRoles"]
            .as_array()
            .unwrap()
            .iter()
            .map(|role| role["name"].clone())
            .collect();
        assert_eq!(
            names,
            ["Developer", "Auditors", "TenantAdmin"],
            "each once, in the order of the request"
        );
        assert_eq!(made["assignedScopes"], json!(["api-keys", "audits:read"]));
        assert!(
            made.get("inviteExpiry").is_none(),
            "an active user needs no invitation"
        );
    }
}

#[tokio::test]
async fn everything_that_is_wrong_is_said_at_once() {
    for edition in EDITIONS {
        let (_world, admin) = crowd::start(edition).await;
        let before = total(&admin).await;
        let body = json!({
            "name": "",
            "email": "nobody",
            "picture": 7,
            "status": "disabled",
            "tenantId": "another",
            "assignedRoles": [{ "id": 7 }, {}, 7],
            "roles": "Developer",
        });
        let faults = [
            "/subject",
            "/name",
            "/email",
            "/picture",
            "/status",
            "/tenantId",
            "/assignedRoles/0/id",
            "/assignedRoles/0",
            "/assignedRoles/1",
            "/assignedRoles/2",
            "/roles",
        ];
        admin.post(USERS).json(&body).send().await.expect_faults(&faults);
        // Whether a role exists can only be said of a request that is well formed.
        let roles =
            json!([{ "id": "650000000000000000000fff" }, { "name": "Developer" }, { "name": "developer" }]);
        let body = json!({ "subject": "new", "assignedRoles": roles });
        admin
            .post(USERS)
            .json(&body)
            .send()
            .await
            .expect_faults(&["/assignedRoles/0", "/assignedRoles/2"]);
        assert_eq!(total(&admin).await, before, "nobody was made");
    }
}

#[tokio::test]
async fn a_body_has_to_be_an_object() {
    let (_world, admin) = crowd::start(Edition::Current).await;
    for body in [json!([]), json!(null), json!("subject")] {
        admin.post(USERS).json(&body).send().await.expect_faults(&[""]);
    }
    for text in ["{", "{'subject':'x'}", ""] {
        admin
            .post(USERS)
            .body("application/json", text)
            .send()
            .await
            .expect_faults(&["?"]);
    }
    for subject in [json!(""), json!("  "), json!(null), json!(7)] {
        admin
            .post(USERS)
            .json(&json!({ "subject": subject }))
            .send()
            .await
            .expect_faults(&["/subject"]);
    }
    for email in ["", "@", "a@", "@b", "a b@c", "a@b@c", "a@b\n"] {
        let body = json!({ "subject": "x", "email": email });
        admin
            .post(USERS)
            .json(&body)
            .send()
            .await
            .expect_faults(&["/email"]);
    }
}

#[tokio::test]
async fn a_subject_and_an_address_are_taken_in_any_letter_case() {
    for edition in EDITIONS {
        let (_world, admin) = crowd::start(edition).await;
        let before = total(&admin).await;
        for (body, pointer) in [
            (json!({ "subject": "zoe" }), "/subject"),
            (json!({ "subject": "ZOE" }), "/subject"),
            (json!({ "subject": "new", "email": "Late@Example.com" }), "/email"),
            // An address of somebody who is disabled is taken, too.
            (json!({ "subject": "new", "email": "gina@example.com" }), "/email"),
        ] {
            let answer = admin.post(USERS).json(&body).send().await.expect(409);
            assert_eq!(answer.str("/errors/0/code"), "HTTP-409");
            assert_eq!(answer.str("/errors/0/source/pointer"), pointer);
            assert_eq!(answer.json["errors"][0]["status"], 409);
        }
        assert_eq!(total(&admin).await, before);
        // What a deleted user had is free.
        let body = json!({ "subject": "sue", "email": "ida@example.com" });
        let made = admin.post(USERS).json(&body).send().await.expect(201).json;
        assert_ne!(made["id"], crowd::id("09"));
    }
}

#[tokio::test]
async fn a_body_may_have_500_kilobytes() {
    let (_world, admin) = crowd::start(Edition::Current).await;
    let of_size = |bytes: usize| -> Value {
        let empty = json!({ "subject": "large", "colour": "" }).to_string().len();
        json!({ "subject": "large", "colour": "x".repeat(bytes - empty) })
    };
    let answer = admin.post(USERS).json(&of_size(500_001)).send().await.expect(413);
    assert!(
        answer.str("/errors/0/detail").contains("500000"),
        "{}",
        answer.text
    );
    admin.post(USERS).json(&of_size(500_000)).send().await.expect(201);
}

#[tokio::test]
async fn a_new_user_appears_in_the_list_where_the_edition_shows_invited_ones() {
    for edition in EDITIONS {
        let (_world, admin) = crowd::start(edition).await;
        admin
            .post(USERS)
            .json(&json!({ "subject": "aaa" }))
            .send()
            .await
            .expect(201);
        let listed = admin.get(USERS).send().await.expect(200).each("subject");
        assert_eq!(listed.contains(&"aaa".to_owned()), edition == Edition::Current);
        let found = admin
            .get(USERS)
            .query(&[("filter", "subject eq 'aaa'")])
            .send()
            .await
            .expect(200);
        assert_eq!(found.each("subject"), ["aaa"]);
    }
}
