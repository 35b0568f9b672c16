//! `GET /api/v1/users/{userId}`, `GET /api/v1/users/actions/count` and `DELETE /api/v1/users/{userId}`.

use mock_qlik_cloud::domain::settings::Edition;
use serde_json::json;

use super::crowd;
use crate::support::{Actor, BYSTANDER, EDITIONS, START, World};

const USERS: &str = "/api/v1/users";

fn at(id: &str) -> String {
    format!("{USERS}/{id}")
}

#[tokio::test]
async fn a_user_is_the_same_alone_as_in_the_list() {
    for edition in EDITIONS {
        let (_world, admin) = crowd::start(edition).await;
        let listed = admin.get(USERS).send().await.expect(200).json["data"].clone();
        for user in listed.as_array().unwrap() {
            let alone = admin
                .get(&at(user["id"].as_str().unwrap()))
                .send()
                .await
                .expect(200);
            assert_eq!(alone.json, *user);
        }
    }
}

#[tokio::test]
async fn an_id_of_nobody_is_not_found() {
    for edition in EDITIONS {
        let (_world, admin) = crowd::start(edition).await;
        let (unknown, deleted) = (crowd::id("ff"), crowd::id("09"));
        for id in [
            unknown.as_str(),
            deleted.as_str(),
            "zoe",
            "no%20id",
            "%2E%2E%2F",
            &"a".repeat(65),
            "650000000000000000000A01",
        ] {
            let answer = admin.get(&at(id)).send().await.expect(404);
            assert_eq!(answer.str("/errors/0/code"), "USERS-7", "{id}");
            assert_eq!(answer.str("/errors/0/title"), "Not found");
            assert_eq!(answer.json["errors"][0]["status"], 404);
        }
    }
}

#[tokio::test]
async fn anybody_reads_anybody_but_only_the_own_roles() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let developer = world.by_key(Actor::KeyHolder);
        let own = developer
            .get(&at(Actor::KeyHolder.person().id))
            .send()
            .await
            .expect(200)
            .json;
        assert_eq!(own["assignedRoles"][0]["name"], "Developer");
        assert_eq!(own["assignedScopes"], json!(["api-keys"]));
        let other = developer.get(&at(BYSTANDER.id)).send().await.expect(200).json;
        assert_eq!(other["name"], "By Stander");
        for hidden in ["assignedRoles", "assignedScopes", "roles"] {
            assert!(other.get(hidden).is_none(), "{hidden}");
        }
        let admin = world.by_key(Actor::TenantAdminHoldingKeys);
        let other = admin.get(&at(BYSTANDER.id)).send().await.expect(200).json;
        assert_eq!(other["assignedRoles"][0]["name"], "Developer");
    }
}

#[tokio::test]
async fn the_count_leaves_the_deleted_out() {
    for edition in EDITIONS {
        let (_world, admin) = crowd::start(edition).await;
        let count = || admin.get("/api/v1/users/actions/count").send();
        assert_eq!(count().await.expect(200).json, json!({ "total": 9 }));
        admin.delete(&at(&crowd::id("02"))).send().await.expect(204);
        assert_eq!(count().await.expect(200).json, json!({ "total": 8 }));
    }
}

#[tokio::test]
async fn a_deleted_user_is_gone_and_the_record_stays() {
    for edition in EDITIONS {
        let (world, admin) = crowd::start(edition).await;
        let yan = world.sign_in("yan").await;
        yan.get(&at(&crowd::id("03"))).send().await.expect(200);
        world.advance(chrono::TimeDelta::minutes(1));
        let answer = admin.delete(&at(&crowd::id("03"))).send().await.expect(204);
        assert_eq!(answer.text, "");
        admin.get(&at(&crowd::id("03"))).send().await.expect(404);
        admin.delete(&at(&crowd::id("03"))).send().await.expect(404);
        admin
            .patch(&at(&crowd::id("03")))
            .json(&json!([]))
            .send()
            .await
            .expect(404);
        yan.get(&at(&crowd::id("02")))
            .send()
            .await
            .expect_refusal(401, "owner-deleted");
        let gone = [("filter", "status eq 'deleted'")];
        let answer = admin.get(USERS).query(&gone).send().await.expect(200);
        assert_eq!(answer.each("subject"), ["yan", "sue"]);
        assert_ne!(answer.str("/data/0/lastUpdatedAt"), START);
        // The subject and the address are free for somebody else.
        let body = json!({ "subject": "yan", "email": "late@example.com" });
        let made = admin.post(USERS).json(&body).send().await.expect(201);
        assert_ne!(made.str("/id"), crowd::id("03"));
    }
}

#[tokio::test]
async fn nobody_deletes_himself() {
    for edition in EDITIONS {
        let (_world, admin) = crowd::start(edition).await;
        let own = at(&crowd::id("01"));
        admin
            .delete(&own)
            .send()
            .await
            .expect_refusal(403, "own-admin-access");
        assert_eq!(admin.get(&own).send().await.expect(200).str("/status"), "active");
    }
}

#[tokio::test]
async fn an_id_of_nobody_cannot_be_deleted() {
    let (_world, admin) = crowd::start(Edition::Current).await;
    for id in [crowd::id("ff").as_str(), "zoe", "no%20id"] {
        assert_eq!(
            admin
                .delete(&at(id))
                .send()
                .await
                .expect(404)
                .str("/errors/0/code"),
            "USERS-7"
        );
    }
}
