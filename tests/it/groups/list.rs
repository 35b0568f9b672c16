//! `GET /api/v1/groups`, `POST /api/v1/groups/actions/filter` and `GET /api/v1/groups/{groupId}`.

use mock_qlik_cloud::domain::settings::Edition;
use serde_json::json;

use super::{EVERYONE, GROUPS, make};
use crate::support::{Actor, Client, EDITIONS, EMPTY_GROUP, START, TENANT_ID, World};

const FILTER: &str = "/api/v1/groups/actions/filter";

async fn start(edition: Edition) -> (World, Client) {
    let world = World::start(edition).await;
    let admin = world.by_session(Actor::TenantAdmin).await;
    make(&admin, "beta", "custom", &["Steward"]).await;
    make(&admin, "Alpha", "idp", &[]).await;
    make(&admin, "Gamma", "idp", &["AuditAdmin"]).await;
    (world, admin)
}

#[tokio::test]
async fn groups_are_listed_by_name_without_the_system_group() {
    for edition in EDITIONS {
        let (_world, admin) = start(edition).await;
        let answer = admin.get(GROUPS).send().await.expect(200);
        assert_eq!(answer.each("name"), ["Alpha", "beta", "Gamma", "Nobody"]);
        assert!(answer.json.get("totalResults").is_none());
        for (sort, expected) in [
            ("-name", ["Nobody", "Gamma", "beta", "Alpha"]),
            ("+providerType", ["beta", "Nobody", "Alpha", "Gamma"]),
            ("description", ["beta", "Alpha", "Gamma", "Nobody"]),
        ] {
            let answer = admin
                .get(GROUPS)
                .query(&[("sort", sort)])
                .send()
                .await
                .expect(200);
            let mut names = answer.each("name");
            if sort == "+providerType" || sort == "description" {
                // Equal ones stand in the order of their ids, which are drawn.
                let ties = if sort == "description" { 0..3 } else { 0..2 };
                names[ties.clone()].sort_by_key(|name| expected.iter().position(|known| known == name));
                names[2..].sort_by_key(|name| expected.iter().position(|known| known == name));
            }
            assert_eq!(names, expected, "{sort}");
        }
        let wrong = admin.get(GROUPS).query(&[("sort", "colour")]).send().await;
        wrong.expect_faults(&["sort"]);
    }
}

#[tokio::test]
async fn a_filter_and_pages_lead_through_the_list() {
    for edition in EDITIONS {
        let (_world, admin) = start(edition).await;
        for (filter, expected) in [
            (r#"providerType eq "custom""#, &["beta", "Nobody"][..]),
            (r#"name co "AM""#, &["Gamma"]),
            (
                r#"(name eq "ALPHA" or name eq "beta") and (status eq "active" or status eq "deleted")"#,
                &["Alpha", "beta"],
            ),
            (r#"status eq "disabled""#, &[]),
            (&format!("id eq \"{EMPTY_GROUP}\""), &["Nobody"]),
        ] {
            let query = [("filter", filter), ("totalResults", "true")];
            let answer = admin.get(GROUPS).query(&query).send().await.expect(200);
            assert_eq!(answer.each("name"), expected, "{filter}");
            assert_eq!(answer.json["totalResults"], expected.len());
            let answer = admin.post(FILTER).json(&json!({ "filter": filter })).send().await;
            assert_eq!(answer.expect(200).each("name"), expected, "{filter}");
        }
        let wrong = admin
            .get(GROUPS)
            .query(&[("filter", "colour eq \"red\"")])
            .send()
            .await;
        wrong.expect_faults(&["filter"]);
        let wrong = admin.post(FILTER).json(&json!({ "filter": "name" })).send().await;
        wrong.expect_faults(&["/filter"]);

        let first = admin
            .get(GROUPS)
            .query(&[("limit", "3")])
            .send()
            .await
            .expect(200);
        let second = admin.get(first.str("/links/next/href")).send().await.expect(200);
        assert_eq!(second.each("name"), ["Nobody"]);
        let back = admin.get(second.str("/links/prev/href")).send().await.expect(200);
        assert_eq!(back.each("name"), first.each("name"));
        let first = admin
            .post(FILTER)
            .query(&[("limit", "3"), ("sort", "-name")])
            .send()
            .await;
        let next = first.expect(200).str("/links/next/href").to_owned();
        assert_eq!(admin.post(&next).send().await.expect(200).each("name"), ["Alpha"]);
    }
}

#[tokio::test]
async fn the_system_group_is_listed_alone() {
    for edition in EDITIONS {
        let (world, admin) = start(edition).await;
        let answer = admin
            .get(GROUPS)
            .query(&[("systemGroups", "true")])
            .send()
            .await
            .expect(200);
        let created = admin
            .get(&format!("/api/v1/tenants/{TENANT_ID}"))
            .send()
            .await
            .expect(200);
        assert_eq!(
            answer.json["data"],
            json!([{
                "id": EVERYONE,
                "tenantId": TENANT_ID,
                "name": "com.qlik.Everyone",
                "status": "active",
                "assignedRoles": [],
                "createdAt": created.str("/created"),
                "lastUpdatedAt": created.str("/created"),
                "links": { "self": { "href": format!("{}{GROUPS}/{EVERYONE}", world.url()) } },
            }])
        );
        let alone = admin
            .get(&format!("{GROUPS}/{EVERYONE}"))
            .send()
            .await
            .expect(200);
        assert_eq!(alone.json, answer.json["data"][0]);
        for other in ["filter", "limit", "next", "prev", "sort", "totalResults"] {
            let query = [("systemGroups", "true"), (other, "1")];
            let answer = admin.get(GROUPS).query(&query).send().await;
            answer.expect_faults(&[other]);
        }
    }
}

#[tokio::test]
async fn whoever_may_not_see_roles_sees_groups_without_them() {
    for edition in EDITIONS {
        let (world, _admin) = start(edition).await;
        let user = world.by_session(Actor::User).await;
        let answer = user.get(GROUPS).send().await.expect(200);
        assert_eq!(answer.each("name"), ["Alpha", "beta", "Gamma", "Nobody"]);
        for group in answer.json["data"].as_array().unwrap() {
            assert!(group.get("assignedRoles").is_none(), "{group}");
            let path = format!("{GROUPS}/{}", group["id"].as_str().unwrap());
            assert_eq!(user.get(&path).send().await.expect(200).json, *group);
        }
    }
}

#[tokio::test]
async fn an_id_of_no_group_is_not_found() {
    for edition in EDITIONS {
        let (_world, admin) = start(edition).await;
        for id in ["650000000000000000000fff", "Alpha", "no%20id", &"a".repeat(65)] {
            let path = format!("{GROUPS}/{id}");
            let patch = super::change("replace", "/assignedRoles", json!([]));
            for request in [
                admin.get(&path),
                admin.delete(&path),
                admin.patch(&path).json(&patch),
            ] {
                let answer = request.send().await.expect(404);
                assert_eq!(answer.str("/errors/0/code"), "GROUPS-7", "{id}");
                assert_eq!(answer.json["errors"][0]["status"], 404);
            }
        }
    }
}

#[tokio::test]
async fn dates_are_those_of_the_tenant() {
    let (_world, admin) = start(Edition::Current).await;
    let answer = admin.get(GROUPS).send().await.expect(200);
    assert_eq!(answer.each("createdAt"), [START; 4]);
}
