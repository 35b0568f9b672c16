//! `/api/v1/groups/settings`.

use serde_json::json;

use super::{EVERYONE, GROUPS, change};
use crate::support::{Actor, EDITIONS, TENANT_ID, World};

const SETTINGS: &str = "/api/v1/groups/settings";

#[tokio::test]
async fn settings_begin_switched_off_and_can_be_changed() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let admin = world.by_session(Actor::TenantAdmin).await;
        let created = admin
            .get(&format!("/api/v1/tenants/{TENANT_ID}"))
            .send()
            .await
            .expect(200);
        let created = created.str("/created");
        let before = admin.get(SETTINGS).send().await.expect(200).json;
        assert_eq!(
            before,
            json!({
                "tenantId": TENANT_ID,
                "autoCreateGroups": false,
                "syncIdpGroups": false,
                "systemGroups": {
                    EVERYONE: {
                        "id": EVERYONE,
                        "name": "com.qlik.Everyone",
                        "enabled": true,
                        "assignedRoles": [],
                        "createdAt": created,
                        "lastUpdatedAt": created,
                    },
                },
                "links": { "self": { "href": format!("{}{SETTINGS}", world.url()) } },
            })
        );
        let patch = json!([
            { "op": "replace", "path": "/autoCreateGroups", "value": true },
            { "op": "replace", "path": "/syncIdpGroups", "value": true },
            {
                "op": "replace",
                "path": format!("/systemGroups/{EVERYONE}/assignedRoles"),
                "value": [{ "name": "Steward" }],
            },
        ]);
        assert_eq!(
            admin.patch(SETTINGS).json(&patch).send().await.expect(204).text,
            ""
        );
        let after = admin.get(SETTINGS).send().await.expect(200).json;
        assert_eq!(
            (&after["autoCreateGroups"], &after["syncIdpGroups"]),
            (&json!(true), &json!(true))
        );
        let everyone = admin
            .get(&format!("{GROUPS}/{EVERYONE}"))
            .send()
            .await
            .expect(200)
            .json;
        assert_eq!(
            after["systemGroups"][EVERYONE]["assignedRoles"],
            everyone["assignedRoles"]
        );
        assert_eq!(everyone["assignedRoles"][0]["name"], "Steward");
    }
}

#[tokio::test]
async fn all_of_a_patch_is_done_or_nothing() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let admin = world.by_session(Actor::TenantAdmin).await;
        let before = admin.get(SETTINGS).send().await.expect(200).json;
        let roles = format!("/systemGroups/{EVERYONE}/assignedRoles");
        for (patch, places) in [
            (
                json!([
                    { "op": "replace", "path": "/autoCreateGroups", "value": true },
                    { "op": "replace", "path": roles, "value": [{ "name": "Nothing" }] },
                ]),
                &["/1/value/0"][..],
            ),
            (change("replace", "/autoCreateGroups", "yes"), &["/0/value"]),
            (change("replace", &roles, true), &["/0/value"]),
            (change("add", "/syncIdpGroups", true), &["/0/op"]),
            (
                change("replace", "/systemGroups/2/assignedRoles", json!([])),
                &["/0/path"],
            ),
            (
                change("replace", "/systemGroups/{id}/assignedRoles", json!([])),
                &["/0/path"],
            ),
            (json!({}), &[""]),
        ] {
            admin
                .patch(SETTINGS)
                .json(&patch)
                .send()
                .await
                .expect_faults(places);
        }
        assert_eq!(admin.get(SETTINGS).send().await.expect(200).json, before);
    }
}
