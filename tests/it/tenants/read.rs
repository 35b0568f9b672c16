//! `GET /api/v1/tenants/me` and `GET /api/v1/tenants/{tenantId}`.

use axum::http::Method;
use mock_qlik_cloud::domain::settings::Edition;
use serde_json::{Value, json};

use crate::support::{Actor, Door, EDITIONS, TENANT_ID, World};

const ME: &str = "/api/v1/tenants/me";

fn own() -> String {
    format!("/api/v1/tenants/{TENANT_ID}")
}

#[tokio::test]
async fn me_leads_to_the_tenant_on_the_host_that_was_asked() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        for (actor, door) in [
            (Actor::KeyHolder, Door::Key),
            (Actor::User, Door::Session),
            (Actor::TenantAdmin, Door::Session),
        ] {
            let client = world.by(actor, door).await;
            let answer = client.get(ME).send().await.expect(302);
            assert_eq!(answer.header("location"), format!("{}{}", world.url(), own()));
            assert!(answer.header("content-type").starts_with("text/html"));
            let answer = client
                .get(ME)
                .header("host", "tenant.example:8443")
                .send()
                .await
                .expect(302);
            assert_eq!(
                answer.header("location"),
                format!("http://tenant.example:8443{}", own())
            );
        }
        assert!(
            world
                .anonymous()
                .get(ME)
                .send()
                .await
                .expect(401)
                .headers
                .get("location")
                .is_none()
        );
    }
}

#[tokio::test]
async fn a_client_that_follows_me_keeps_its_credential() {
    let world = World::start(Edition::Current).await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = client
        .get(format!("{}{ME}", world.url()))
        .bearer_auth(Actor::KeyHolder.person().token());
    let answer = request.send().await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), answer.url().path()),
        (200, own().as_str())
    );
    assert_eq!(answer.json::<Value>().await.unwrap()["id"], TENANT_ID);
}

#[tokio::test]
async fn a_tenant_has_the_members_of_its_edition() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let tenant = world
            .by_key(Actor::KeyHolder)
            .get(&own())
            .send()
            .await
            .expect(200)
            .json;
        let created = "2025-12-02T08:00:00.000Z";
        let mut expected = json!({
            "id": TENANT_ID,
            "name": "Example",
            "hostnames": ["example.localhost"],
            "datacenter": "local",
            "status": "active",
            "createdByUser": Actor::TenantAdminHoldingKeys.person().id,
            "created": created,
            "lastUpdated": created,
            "enableAnalyticCreation": false,
            "autoAssignCreateSharedSpacesRoleToProfessionals": true,
            "autoAssignPrivateAnalyticsContentCreatorRoleToProfessionals": true,
            "autoAssignDataServicesContributorRoleToProfessionals": true,
            "links": { "self": { "href": format!("{}{}", world.url(), own()) } },
        });
        if edition == Edition::Current {
            expected["region"] = json!("local");
            expected["statusLastUpdatedAt"] = json!(created);
            expected["enableAppOpeningFeedback"] = json!(false);
        }
        assert_eq!(tenant, expected, "{edition:?}");
    }
}

#[tokio::test]
async fn another_tenant_is_not_found() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let admin = world.by_session(Actor::TenantAdmin).await;
        for id in [
            "BL4tTJ4S7xrHTcq0zQxQrJ5qB1_Q6cSo",
            "example",
            "no%20id",
            &TENANT_ID.to_lowercase(),
        ] {
            let path = format!("/api/v1/tenants/{id}");
            let rename = json!([{ "op": "replace", "path": "/name", "value": "x" }]);
            let confirmed = |path: String| {
                admin
                    .post(&path)
                    .header("qlik-confirm-hostname", "example.localhost")
            };
            for request in [
                admin.get(&path),
                admin.patch(&path).json(&rename),
                confirmed(format!("{path}/actions/deactivate")),
                confirmed(format!("{path}/actions/reactivate")),
            ] {
                let answer = request.send().await.expect(404);
                assert_eq!(answer.str("/errors/0/code"), "TENANTS-8");
                assert_eq!(answer.str("/errors/0/status"), "404", "a text in this family");
            }
        }
    }
}

#[tokio::test]
async fn tenants_are_not_listed() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let answer = world
            .anonymous()
            .get("/api/v1/tenants")
            .outside_the_contract()
            .send()
            .await
            .expect(405);
        assert_eq!(answer.header("allow"), Method::POST.as_str());
    }
}
