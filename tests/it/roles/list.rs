//! `GET /api/v1/roles` and `GET /api/v1/roles/{id}`.

use mock_qlik_cloud::domain::settings::Edition;
use serde_json::{Value, json};

use crate::support::{Actor, Client, EDITIONS, START, TENANT_ID, UNASSIGNED_ROLE, World};

const ROLES: &str = "/api/v1/roles";

/// The built-in roles of both editions with their levels, as published.
const BUILT_IN: [(&str, &str); 17] = [
    ("AnalyticsAdmin", "admin"),
    ("AuditAdmin", "admin"),
    ("AutomationCreator", "user"),
    ("AutomlDeploymentContributor", "user"),
    ("AutomlExperimentContributor", "user"),
    ("CollaborationPlatformUser", "user"),
    ("DataAdmin", "admin"),
    ("DataProductManager", "user"),
    ("DataServicesContributor", "user"),
    ("DataSpaceCreator", "user"),
    ("EmbeddedAnalyticsUser", "user"),
    ("ManagedSpaceCreator", "user"),
    ("PrivateAnalyticsContentCreator", "user"),
    ("SharedSpaceCreator", "user"),
    ("Steward", "user"),
    ("TenantAdmin", "admin"),
    ("UserDefault", "user"),
];

/// The ids that are published: the same in every tenant.
const IDS: [(&str, &str); 5] = [
    ("TenantAdmin", "608050f750afab80bd53586d"),
    ("AuditAdmin", "608050f7634644db3678b1a2"),
    ("SharedSpaceCreator", "605a1c2151382ffc836af862"),
    ("AutomationCreator", "6467dcd960754c03a3ed402c"),
    ("PrivateAnalyticsContentCreator", "63580b8d5cf9728f19217be0"),
];

async fn start(edition: Edition) -> (World, Client) {
    let world = World::start(edition).await;
    let admin = world.by_session(Actor::TenantAdmin).await;
    (world, admin)
}

async fn all(client: &Client) -> Vec<Value> {
    let answer = client
        .get(ROLES)
        .query(&[("limit", "100")])
        .send()
        .await
        .expect(200);
    answer.json["data"].as_array().unwrap().clone()
}

#[tokio::test]
async fn every_tenant_has_the_built_in_roles_of_its_edition() {
    for edition in EDITIONS {
        let (_world, admin) = start(edition).await;
        let roles = all(&admin).await;
        let default: Vec<_> = roles.iter().filter(|role| role["type"] == "default").collect();
        let levels: Vec<_> = default
            .iter()
            .map(|role| (role["name"].as_str().unwrap(), role["level"].as_str().unwrap()))
            .collect();
        let mut expected = BUILT_IN.to_vec();
        if edition == Edition::Classic {
            expected.push(("Developer", "user"));
        }
        expected.sort_unstable();
        assert_eq!(levels, expected, "{edition:?}");
        for (name, id) in IDS {
            assert!(
                default
                    .iter()
                    .any(|role| role["name"] == name && role["id"] == id),
                "{name}"
            );
        }
        let developer = roles.iter().find(|role| role["name"] == "Developer").unwrap();
        match edition {
            Edition::Classic => assert_eq!(developer["id"], "60804cf8a77b649c66733f65"),
            Edition::Current => assert_eq!(developer["type"], "custom", "it comes from the seed"),
        }
        for role in default {
            assert_eq!(role["canEdit"], role["name"] == "UserDefault", "{role}");
            assert_eq!(role["canDelete"], false);
            assert!(role.get("createdBy").is_none() && role.get("updatedBy").is_none());
        }
    }
}

#[tokio::test]
async fn a_role_has_the_published_members() {
    for edition in EDITIONS {
        let (world, admin) = start(edition).await;
        let role = admin
            .get(&format!("{ROLES}/{UNASSIGNED_ROLE}"))
            .send()
            .await
            .expect(200)
            .json;
        assert_eq!(
            role,
            json!({
                "id": UNASSIGNED_ROLE,
                "tenantId": TENANT_ID,
                "name": "Unassigned",
                "description": "A role that nobody has.",
                "type": "custom",
                "level": "user",
                "canEdit": true,
                "canDelete": true,
                "fullUser": false,
                "userEntitlementType": "",
                "assignedScopes": [],
                "permissions": [],
                "createdAt": START,
                "lastUpdatedAt": START,
                "links": { "self": { "href": format!("{}{ROLES}/{UNASSIGNED_ROLE}", world.url()) } },
            })
        );
    }
}

#[tokio::test]
async fn a_role_is_the_same_alone_as_in_the_list() {
    let (_world, admin) = start(Edition::Classic).await;
    for role in all(&admin).await {
        let alone = admin
            .get(&format!("{ROLES}/{}", role["id"].as_str().unwrap()))
            .send()
            .await
            .expect(200);
        assert_eq!(alone.json, role);
    }
}

#[tokio::test]
async fn an_id_of_no_role_is_not_found() {
    for edition in EDITIONS {
        let (_world, admin) = start(edition).await;
        for id in [
            "650000000000000000000fff",
            "TenantAdmin",
            "no%20id",
            &"a".repeat(65),
        ] {
            let answer = admin.get(&format!("{ROLES}/{id}")).send().await.expect(404);
            assert_eq!(answer.str("/errors/0/code"), "IDENTITIES-10402", "{id}");
            assert!(
                answer.json["errors"][0].get("status").is_none(),
                "this family has none"
            );
            assert_eq!(answer.str("/traceId").len(), 32);
        }
    }
}

#[tokio::test]
async fn roles_come_by_name_twenty_at_a_time() {
    let (world, admin) = start(Edition::Current).await;
    for number in 0..5 {
        admin
            .post(ROLES)
            .json(&json!({ "name": format!("extra {number}") }))
            .send()
            .await
            .expect(201);
    }
    let answer = admin
        .get(ROLES)
        .query(&[("totalResults", "true")])
        .send()
        .await
        .expect(200);
    assert_eq!(answer.each("id").len(), 20);
    assert_eq!(answer.json["totalResults"], BUILT_IN.len() + 2 + 5);
    let mut names = answer.each("name");
    assert_eq!(
        names[10..15],
        [
            "Developer",
            "EmbeddedAnalyticsUser",
            "extra 0",
            "extra 1",
            "extra 2"
        ]
    );
    assert_eq!(
        answer.str("/links/self/href"),
        format!("{}{ROLES}?totalResults=true", world.url())
    );
    let rest = admin.get(answer.str("/links/next/href")).send().await.expect(200);
    names.extend(rest.each("name"));
    let mut sorted = names.clone();
    sorted.sort_by_key(|name| name.to_lowercase());
    assert_eq!(names, sorted);
    assert!(rest.json["links"].get("next").is_none());
    let back = admin.get(rest.str("/links/prev/href")).send().await.expect(200);
    assert_eq!(back.each("name"), answer.each("name"));
    for limit in ["0", "101", "x"] {
        admin
            .get(ROLES)
            .query(&[("limit", limit)])
            .send()
            .await
            .expect_faults(&["limit"]);
    }
    assert!(
        admin
            .get(ROLES)
            .send()
            .await
            .expect(200)
            .json
            .get("totalResults")
            .is_none()
    );
}

#[tokio::test]
async fn a_walk_meets_every_role_once_though_the_limit_changes() {
    let (_world, admin) = start(Edition::Classic).await;
    let expected: Vec<_> = all(&admin)
        .await
        .iter()
        .map(|role| role["name"].as_str().unwrap().to_owned())
        .rev()
        .collect();
    let mut answer = admin
        .get(ROLES)
        .query(&[("limit", "7"), ("sort", "-name")])
        .send()
        .await
        .expect(200);
    let mut met = answer.each("name");
    for limit in ["3", "4", "20"] {
        let next = answer.str("/links/next/href").to_owned();
        let own = next.split("limit=").nth(1).unwrap().split('&').next().unwrap();
        answer = admin
            .get(&next.replace(&format!("limit={own}"), &format!("limit={limit}")))
            .send()
            .await
            .expect(200);
        met.extend(answer.each("name"));
    }
    assert_eq!(met, expected);
    assert!(answer.json["links"].get("next").is_none());
}

#[tokio::test]
async fn roles_sort_by_each_of_their_properties() {
    let (world, admin) = start(Edition::Current).await;
    world.advance(chrono::TimeDelta::minutes(1));
    admin
        .post(ROLES)
        .json(&json!({ "name": "Newest", "description": "aaa" }))
        .send()
        .await
        .expect(201);
    for property in [
        "name",
        "id",
        "type",
        "level",
        "description",
        "createdAt",
        "lastUpdatedAt",
    ] {
        let sorted = async |sign: &str| {
            let query = [("sort", format!("{sign}{property}")), ("limit", "100".to_owned())];
            let query: Vec<_> = query
                .iter()
                .map(|(name, value)| (*name, value.as_str()))
                .collect();
            let answer = admin.get(ROLES).query(&query).send().await.expect(200);
            let values: Vec<_> = answer
                .each(property)
                .iter()
                .map(|value| value.to_lowercase())
                .collect();
            (answer.each("id"), values)
        };
        let (ids, values) = sorted("").await;
        assert!(values.is_sorted(), "{property}: {values:?}");
        assert_eq!(sorted("+").await.0, ids);
        let mut backwards = sorted("-").await.0;
        backwards.reverse();
        assert_eq!(backwards, ids, "{property}");
    }
    for sort in ["canEdit", "", "-"] {
        let answer = admin.get(ROLES).query(&[("sort", sort)]).send().await;
        match sort {
            "" => drop(answer.expect(200)),
            _ => drop(answer.expect_faults(&["sort"])),
        }
    }
}

#[tokio::test]
async fn roles_are_filtered_by_what_the_contract_marks() {
    let (_world, admin) = start(Edition::Current).await;
    let filter = async |filter: &str| {
        let answer = admin
            .get(ROLES)
            .query(&[("filter", filter), ("limit", "100")])
            .send()
            .await;
        answer.expect(200).each("name")
    };
    for (text, expected) in [
        ("id eq '608050f750afab80bd53586d'", &["TenantAdmin"] as &[&str]),
        ("name eq 'userdefault'", &["UserDefault"]),
        // How Qlik's own guide finds the role that everybody has.
        (
            "type eq \"default\" and name eq \"UserDefault\"",
            &["UserDefault"],
        ),
        (
            "name co 'automl'",
            &["AutomlDeploymentContributor", "AutomlExperimentContributor"],
        ),
        ("type eq 'custom'", &["Developer", "Unassigned"]),
        (
            "level eq 'admin'",
            &["AnalyticsAdmin", "AuditAdmin", "DataAdmin", "TenantAdmin"],
        ),
        ("description co 'NOBODY'", &["Unassigned"]),
        ("permissions eq 'anything'", &[]),
        ("tenantId eq 'another'", &[]),
        (
            "createdAt eq '2026-03-02T08:00:00.000Z'",
            &["Developer", "Unassigned"],
        ),
        (
            "lastUpdatedAt eq '2026-03-02T08:00:00.000Z' and name co 'dev'",
            &["Developer"],
        ),
        (
            "(name eq 'Steward' or type eq 'custom') and not_here eq 'x'",
            &["refused"],
        ),
    ] {
        match expected {
            ["refused"] => {
                let answer = admin.get(ROLES).query(&[("filter", text)]).send().await;
                answer.expect_faults(&["filter"]);
            }
            _ => assert_eq!(filter(text).await, expected, "{text}"),
        }
    }
    assert_eq!(filter(&format!("tenantId eq '{TENANT_ID}'")).await.len(), 19);
}

#[tokio::test]
async fn cursors_exclude_each_other_and_nonsense_is_refused() {
    let (_world, admin) = start(Edition::Current).await;
    for (query, fault) in [
        (vec![("next", "nonsense")], "next"),
        (vec![("prev", "650000000000000000000101")], "prev"),
        (vec![("next", "a"), ("prev", "b")], "prev"),
        (vec![("totalResults", "maybe")], "totalResults"),
    ] {
        admin
            .get(ROLES)
            .query(&query)
            .send()
            .await
            .expect_faults(&[fault]);
    }
}
