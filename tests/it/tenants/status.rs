//! `POST /api/v1/tenants/{tenantId}/actions/deactivate` and `…/reactivate`.

use chrono::TimeDelta;
use mock_qlik_cloud::domain::settings::Edition;
use serde_json::json;

use crate::support::{Actor, Answer, Client, EDITIONS, HOSTNAME, TENANT_ID, World};

fn path(action: &str) -> String {
    format!("/api/v1/tenants/{TENANT_ID}/actions/{action}")
}

async fn confirmed(client: &Client, action: &str) -> Answer {
    client
        .post(&path(action))
        .header("qlik-confirm-hostname", HOSTNAME)
        .send()
        .await
}

#[tokio::test]
async fn a_deactivated_tenant_refuses_everything_until_it_is_reactivated() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let admin = world.by_session(Actor::TenantAdmin).await;
        let by_key = world.by_key(Actor::KeyHolder);
        let viewer = world.by_session(Actor::User).await;
        world.advance(TimeDelta::minutes(1));
        let answer = confirmed(&admin, "deactivate").await.expect(200);
        let purge = "2026-04-01T08:01:00.000Z";
        assert_eq!(
            answer.json,
            json!({ "id": TENANT_ID, "status": "disabled", "estimatedPurgeDate": purge })
        );

        let patch = json!([{ "op": "replace", "path": "/name", "value": "x" }]);
        for request in [
            by_key.get("/api/v1/users/me"),
            by_key.get("/api/v1/api-keys"),
            by_key
                .post("/api/v1/api-keys")
                .json(&json!({ "description": "x" })),
            viewer.get("/api/v1/users"),
            admin.get("/api/v1/users"),
            admin.get("/api/v1/roles"),
            admin.get(&format!("/api/v1/tenants/{TENANT_ID}")),
            admin.get("/api/v1/tenants/me"),
            admin.patch(&format!("/api/v1/tenants/{TENANT_ID}")).json(&patch),
            admin.post("/api/v1/roles").json(&json!({ "name": "x" })),
            admin.delete(&format!("/api/v1/users/{}", Actor::User.person().id)),
            admin
                .post(&path("deactivate"))
                .header("qlik-confirm-hostname", HOSTNAME),
        ] {
            request.send().await.expect_refusal(401, "tenant-disabled");
        }
        // Whoever has no good credential hears of that first.
        world
            .with_token("nonsense")
            .get("/api/v1/users/me")
            .send()
            .await
            .expect_refusal(401, "malformed-credential");
        // It is there all the same.
        world.anonymous().get("/health").send().await.expect(200);
        confirmed(&viewer, "reactivate")
            .await
            .expect_refusal(403, "not-tenant-admin");
        confirmed(&by_key, "reactivate")
            .await
            .expect_refusal(403, "not-tenant-admin");

        world.advance(TimeDelta::minutes(1));
        assert_eq!(confirmed(&admin, "reactivate").await.expect(200).json, json!({}));
        by_key.get("/api/v1/users/me").send().await.expect(301);
        let tenant = admin
            .get(&format!("/api/v1/tenants/{TENANT_ID}"))
            .send()
            .await
            .expect(200)
            .json;
        assert_eq!(
            (&tenant["status"], &tenant["lastUpdated"]),
            (&json!("active"), &json!("2026-03-02T08:02:00.000Z"))
        );
        if edition == Edition::Current {
            assert_eq!(tenant["statusLastUpdatedAt"], "2026-03-02T08:02:00.000Z");
        }
    }
}

#[tokio::test]
async fn an_admin_s_key_reactivates_as_well() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let admin = world.by_key(Actor::TenantAdminHoldingKeys);
        confirmed(&admin, "deactivate").await.expect(200);
        admin
            .get("/api/v1/users")
            .send()
            .await
            .expect_refusal(401, "tenant-disabled");
        confirmed(&admin, "reactivate").await.expect(200);
        admin.get("/api/v1/users").send().await.expect(200);
    }
}

#[tokio::test]
async fn a_host_name_of_the_tenant_has_to_be_confirmed() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let admin = world.by_session(Actor::TenantAdmin).await;
        let alias = json!([{ "op": "replace", "path": "/hostnames/1", "value": "sales" }]);
        admin
            .patch(&format!("/api/v1/tenants/{TENANT_ID}"))
            .json(&alias)
            .send()
            .await
            .expect(204);
        for action in ["deactivate", "reactivate"] {
            let wrong = |host: &str| admin.post(&path(action)).header("qlik-confirm-hostname", host);
            for request in [
                admin.post(&path(action)),
                wrong(""),
                wrong("another.localhost"),
                wrong("example"),
                wrong(TENANT_ID),
            ] {
                let answer = request.send().await.expect(412);
                assert_eq!(answer.str("/errors/0/code"), "HTTP-412");
                assert_eq!(answer.str("/errors/0/source/parameter"), "qlik-confirm-hostname");
            }
        }
        admin.get("/api/v1/users").send().await.expect(200);
        for host in ["EXAMPLE.localhost", "sales.localhost"] {
            admin
                .post(&path("deactivate"))
                .header("qlik-confirm-hostname", host)
                .send()
                .await
                .expect(200);
            admin
                .post(&path("reactivate"))
                .header("qlik-confirm-hostname", host)
                .send()
                .await
                .expect(200);
        }
    }
}

#[tokio::test]
async fn what_is_no_object_is_no_body() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let admin = world.by_session(Actor::TenantAdmin).await;
        for action in ["deactivate", "reactivate"] {
            for body in [json!([null]), json!("now"), json!(1)] {
                let request = admin
                    .post(&path(action))
                    .header("qlik-confirm-hostname", HOSTNAME);
                request.json(&body).send().await.expect(400);
            }
        }
        admin.get("/api/v1/users").send().await.expect(200);
    }
}

#[tokio::test]
async fn the_purge_is_ten_to_ninety_days_away() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let admin = world.by_session(Actor::TenantAdmin).await;
        let deactivate = |body| {
            let request = admin
                .post(&path("deactivate"))
                .header("qlik-confirm-hostname", HOSTNAME);
            request.json(&body).send()
        };
        for days in [
            json!(9),
            json!(91),
            json!(0),
            json!(-10),
            json!(10.5),
            json!("30"),
            json!(null),
        ] {
            deactivate(json!({ "purgeAfterDays": days }))
                .await
                .expect_faults(&["/purgeAfterDays"]);
        }
        deactivate(json!([])).await.expect_faults(&[""]);
        admin.get("/api/v1/users").send().await.expect(200);
        for (body, purge) in [
            (json!({ "purgeAfterDays": 10 }), "2026-03-12T08:00:00.000Z"),
            (json!({ "purgeAfterDays": 90 }), "2026-05-31T08:00:00.000Z"),
            (json!({}), "2026-04-01T08:00:00.000Z"),
        ] {
            assert_eq!(
                deactivate(body).await.expect(200).str("/estimatedPurgeDate"),
                purge
            );
            confirmed(&admin, "reactivate").await.expect(200);
        }
    }
}

#[tokio::test]
async fn reactivating_an_active_tenant_changes_nothing() {
    let world = World::start(Edition::Current).await;
    let admin = world.by_session(Actor::TenantAdmin).await;
    let tenant = || admin.get(&format!("/api/v1/tenants/{TENANT_ID}")).send();
    let before = tenant().await.expect(200).json;
    world.advance(TimeDelta::minutes(1));
    confirmed(&admin, "reactivate").await.expect(200);
    assert_eq!(tenant().await.expect(200).json, before);
}
