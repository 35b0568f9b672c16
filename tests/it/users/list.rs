//! `GET /api/v1/users`: order, pages, members, and the parameters of the classic edition.

use std::collections::BTreeSet;

use mock_qlik_cloud::domain::settings::Edition;
use serde_json::{Value, json};

use super::crowd;
use crate::support::{Actor, Client, EDITIONS, TENANT_ID, World};

const USERS: &str = "/api/v1/users";

/// By each property: everybody but the deleted, ascending. What is absent comes first, and the id decides
/// between equals.
const ORDERS: [(&str, &str); 10] = [
    ("name", "admin zoe yan xia wim vic uta tom rob"),
    ("_id", "admin zoe yan xia wim vic uta tom rob"),
    ("id", "admin zoe yan xia wim vic uta tom rob"),
    ("tenantId", "admin zoe yan xia wim vic uta tom rob"),
    ("clientId", "admin zoe yan xia wim vic uta tom rob"),
    ("status", "admin zoe yan xia rob uta wim vic tom"),
    ("subject", "admin rob tom uta vic wim xia yan zoe"),
    ("email", "xia admin wim vic uta tom rob yan zoe"),
    ("inviteExpiry", "admin zoe yan xia uta tom rob vic wim"),
    ("createdAt", "admin rob tom uta yan xia zoe vic wim"),
];

/// The subjects in the order of a row of [`ORDERS`].
fn row(order: &str) -> Vec<&str> {
    order.split(' ').collect()
}

async fn subjects(client: &Client, query: &[(&str, &str)]) -> Vec<String> {
    client
        .get(USERS)
        .query(query)
        .send()
        .await
        .expect(200)
        .each("subject")
}

#[tokio::test]
async fn without_parameters_users_come_by_name_and_without_the_deleted() {
    for edition in EDITIONS {
        let (world, admin) = crowd::start(edition).await;
        let answer = admin.get(USERS).send().await.expect(200);
        assert_eq!(answer.each("subject"), crowd::by_default(edition));
        assert_eq!(
            answer.json["links"],
            json!({ "self": { "href": format!("{}{USERS}", world.url()) } })
        );
        assert!(answer.json.get("totalResults").is_none());
    }
}

#[tokio::test]
async fn a_user_has_the_members_of_its_edition() {
    let older = ["created", "groups", "lastUpdated", "roles"];
    for edition in EDITIONS {
        let (world, admin) = crowd::start(edition).await;
        let answer = admin
            .get(USERS)
            .query(&[("filter", "subject eq 'zoe'")])
            .send()
            .await
            .expect(200);
        let user = &answer.json["data"][0];
        assert_eq!(user["id"], crowd::id("02"));
        assert_eq!(user["tenantId"], TENANT_ID);
        assert_eq!(user["name"], "Bert Brown");
        assert_eq!(user["email"], "mid@example.com");
        assert_eq!(user["status"], "active");
        assert_eq!(user["createdAt"], "2026-02-20T08:00:00.000Z");
        assert_eq!(user["lastUpdatedAt"], user["createdAt"]);
        assert_eq!(user["assignedRoles"][0]["name"], "Developer");
        assert_eq!(user["assignedGroups"], json!([]));
        assert_eq!(user["assignedScopes"], json!(["api-keys"]));
        assert_eq!(
            user["links"]["self"]["href"],
            format!("{}{USERS}/{}", world.url(), crowd::id("02"))
        );
        for member in [
            "picture",
            "locale",
            "zoneinfo",
            "preferredLocale",
            "preferredZoneinfo",
            "inviteExpiry",
        ] {
            assert!(user.get(member).is_none(), "{member} has no value and is there");
        }
        for member in older {
            assert_eq!(
                user.get(member).is_some(),
                edition == Edition::Classic,
                "{member} in {edition:?}"
            );
        }
        if edition == Edition::Classic {
            assert_eq!(user["roles"], json!(["Developer"]));
            assert_eq!(user["created"], user["createdAt"]);
        }
    }
}

#[tokio::test]
async fn an_invited_user_shows_the_end_of_the_invitation_in_seconds() {
    let (world, admin) = crowd::start(Edition::Current).await;
    let answer = admin
        .get(USERS)
        .query(&[("filter", "subject eq 'wim'")])
        .send()
        .await
        .expect(200);
    let in_three_days = (world.now() + chrono::TimeDelta::days(3)).timestamp();
    assert_eq!(answer.json["data"][0]["inviteExpiry"], in_three_days);
}

#[test]
fn every_word_of_the_published_sort_has_an_order_here() {
    for document in [
        include_str!("../../../fixtures/contract/openapi/users.json"),
        include_str!("../../../fixtures/contract/classic/users.json"),
    ] {
        let document: Value = serde_json::from_str(document).unwrap();
        let parameters = document["paths"][USERS]["get"]["parameters"].as_array().unwrap();
        let sort = parameters
            .iter()
            .find(|parameter| parameter["name"] == "sort")
            .unwrap();
        let published: BTreeSet<_> = sort["schema"]["enum"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Value::as_str)
            .collect();
        let signs = ["", "+", "-"];
        let here: Vec<_> = ORDERS
            .iter()
            .flat_map(|(word, _)| signs.map(|sign| format!("{sign}{word}")))
            .collect();
        assert_eq!(published, here.iter().map(String::as_str).collect());
    }
}

#[tokio::test]
async fn every_word_sorts_up_and_down() {
    for edition in EDITIONS {
        let (_world, admin) = crowd::start(edition).await;
        // A condition that is true of everybody but the deleted, so that both editions show the same users.
        let all = ("filter", "email co '@' or subject eq 'xia'");
        for (word, ascending) in ORDERS {
            for sign in ["", "+", "-"] {
                let sort = format!("{sign}{word}");
                let mut expected = row(ascending);
                if sign == "-" {
                    expected.reverse();
                }
                let found = subjects(&admin, &[("sort", &sort), all]).await;
                assert_eq!(found, expected, "{sort} in {edition:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_plus_that_was_decoded_as_a_blank_still_sorts() {
    let (_world, admin) = crowd::start(Edition::Current).await;
    let answer = admin
        .get("/api/v1/users?sort=+email")
        .tolerated_beyond_the_contract()
        .send()
        .await
        .expect(200);
    assert_eq!(answer.each("subject"), row(ORDERS[7].1));
}

#[tokio::test]
async fn another_sort_is_refused_with_the_words_that_would_do() {
    let (_world, admin) = crowd::start(Edition::Current).await;
    for sort in ["Name", "--name", "+", "lastUpdatedAt", "name,email"] {
        let answer = admin
            .get(USERS)
            .query(&[("sort", sort)])
            .send()
            .await
            .expect_faults(&["sort"]);
        let detail = answer.str("/errors/0/detail");
        assert!(ORDERS.iter().all(|(word, _)| detail.contains(word)), "{detail}");
    }
}

#[tokio::test]
async fn a_page_has_twenty_users_unless_told_otherwise() {
    let (_world, admin) = crowd::start(Edition::Current).await;
    for number in 0..12 {
        let body = json!({ "subject": format!("extra-{number}") });
        admin.post(USERS).json(&body).send().await.expect(201);
    }
    let answer = admin
        .get(USERS)
        .query(&[("totalResults", "true")])
        .send()
        .await
        .expect(200);
    assert_eq!(answer.each("id").len(), 20);
    assert_eq!(answer.json["totalResults"], 21);
    for (limit, expected) in [("1", 1), ("20", 20), ("100", 21)] {
        let answer = admin
            .get(USERS)
            .query(&[("limit", limit)])
            .send()
            .await
            .expect(200);
        assert_eq!(answer.each("id").len(), expected, "limit={limit}");
    }
    for limit in ["0", "101", "-1", "1.5", "ten", "99999999999999999999"] {
        admin
            .get(USERS)
            .query(&[("limit", limit)])
            .send()
            .await
            .expect_faults(&["limit"]);
    }
}

#[tokio::test]
async fn a_walk_meets_everybody_once_though_the_limit_changes() {
    for edition in EDITIONS {
        let (world, admin) = crowd::start(edition).await;
        let start = [
            ("limit", "2"),
            ("sort", "-email"),
            ("filter", "email co '@'"),
            ("totalResults", "true"),
        ];
        let mut answer = admin.get(USERS).query(&start).send().await.expect(200);
        assert!(
            answer.json["links"].get("prev").is_none(),
            "nothing comes before the first page"
        );
        let (mut met, mut sizes) = (answer.each("subject"), vec![answer.each("subject").len()]);
        for limit in ["3", "1", "2"] {
            let next = answer.str("/links/next/href");
            assert!(next.starts_with(&format!("{}{USERS}?", world.url())), "{next}");
            // A client may take the text behind the first `&` for the cursor.
            assert!(!next.contains("?next="), "{next}");
            assert_eq!(next.matches("limit=").count(), 1, "{next}");
            let next = next.replace(
                &format!("limit={}", sizes.last().unwrap()),
                &format!("limit={limit}"),
            );
            answer = admin.get(&next).send().await.expect(200);
            assert_eq!(answer.json["totalResults"], 8);
            sizes.push(answer.each("subject").len());
            met.extend(answer.each("subject"));
        }
        assert_eq!(sizes, [2, 3, 1, 2]);
        assert!(
            answer.json["links"].get("next").is_none(),
            "nothing comes after the last page"
        );
        let mut expected = row(ORDERS[7].1);
        expected.retain(|subject| *subject != "xia");
        expected.reverse();
        assert_eq!(met, expected);

        // And back, to the first page.
        let mut back = answer.each("subject");
        while let Some(previous) = answer.json.pointer("/links/prev/href").and_then(Value::as_str) {
            answer = admin.get(previous).send().await.expect(200);
            back = [answer.each("subject"), back].concat();
        }
        assert_eq!(back, expected);
    }
}

#[tokio::test]
async fn a_user_who_comes_or_goes_disturbs_no_walk() {
    let (_world, admin) = crowd::start(Edition::Current).await;
    let first = admin
        .get(USERS)
        .query(&[("limit", "4"), ("sort", "subject")])
        .send()
        .await
        .expect(200);
    assert_eq!(first.each("subject"), ["admin", "rob", "tom", "uta"]);
    // The user that the cursor stands on goes, one comes before it and one after it.
    admin
        .delete(&format!("{USERS}/{}", crowd::id("07")))
        .send()
        .await
        .expect(204);
    for subject in ["sam", "vera"] {
        admin
            .post(USERS)
            .json(&json!({ "subject": subject }))
            .send()
            .await
            .expect(201);
    }
    let next = admin.get(first.str("/links/next/href")).send().await.expect(200);
    assert_eq!(next.each("subject"), ["vera", "vic", "wim", "xia"]);
}

#[tokio::test]
async fn links_lead_to_the_host_that_was_asked() {
    let (_world, admin) = crowd::start(Edition::Current).await;
    let request = admin
        .get(USERS)
        .query(&[("limit", "2")])
        .header("host", "tenant.example:8443");
    let answer = request.send().await.expect(200);
    for pointer in ["/links/self/href", "/links/next/href", "/data/0/links/self/href"] {
        assert!(
            answer
                .str(pointer)
                .starts_with("http://tenant.example:8443/api/v1/users"),
            "{}",
            answer.text
        );
    }
}

#[tokio::test]
async fn a_cursor_is_good_for_its_own_list_only() {
    let (_world, admin) = crowd::start(Edition::Current).await;
    let answer = admin
        .get(USERS)
        .query(&[("limit", "2"), ("sort", "email")])
        .send()
        .await
        .expect(200);
    let next = answer.str("/links/next/href");
    let cursor = next.split("&next=").nth(1).unwrap().to_owned();
    let sorted = [("sort", "email"), ("next", cursor.as_str())];
    assert_eq!(subjects(&admin, &sorted).await[0], "wim");
    for (query, fault) in [
        (vec![("sort", "name"), ("next", cursor.as_str())], "next"),
        (vec![("next", cursor.as_str())], "next"),
        (
            vec![
                ("sort", "email"),
                ("next", cursor.as_str()),
                ("prev", cursor.as_str()),
            ],
            "prev",
        ),
        (vec![("next", "nonsense")], "next"),
        (vec![("prev", "650000000000000000000a01")], "prev"),
        (vec![("next", &cursor[1..])], "next"),
    ] {
        admin
            .get(USERS)
            .query(&query)
            .send()
            .await
            .expect_faults(&[fault]);
    }
}

#[tokio::test]
async fn the_total_is_told_when_asked_for() {
    for edition in EDITIONS {
        let (_world, admin) = crowd::start(edition).await;
        let total = |query: Vec<(&'static str, &'static str)>| {
            let request = admin.get(USERS).query(&query);
            async move { request.send().await.expect(200).json["totalResults"].clone() }
        };
        assert_eq!(
            total(vec![("totalResults", "true"), ("limit", "1")]).await,
            crowd::by_default(edition).len()
        );
        assert_eq!(
            total(vec![("totalResults", "true"), ("filter", "name co 'o'")]).await,
            7
        );
        assert_eq!(total(vec![("totalResults", "false")]).await, Value::Null);
        admin
            .get(USERS)
            .query(&[("totalResults", "yes")])
            .send()
            .await
            .expect_faults(&["totalResults"]);
    }
}

#[tokio::test]
async fn only_the_fields_that_were_asked_for_are_shown() {
    let (_world, admin) = crowd::start(Edition::Current).await;
    // What the contract requires of a user is asked for as well, since every answer is held against it.
    let fields = [
        ("fields", "id,name, subject ,tenantId,email,nonsense"),
        ("filter", "subject eq 'zoe'"),
    ];
    let expected = json!({
        "id": crowd::id("02"),
        "name": "Bert Brown",
        "subject": "zoe",
        "tenantId": TENANT_ID,
        "email": "mid@example.com",
    });
    let answer = admin.get(USERS).query(&fields).send().await.expect(200);
    assert_eq!(answer.json["data"], json!([expected]));
    let body = json!({ "filter": "subject eq 'zoe'" });
    let answer = admin
        .post("/api/v1/users/actions/filter")
        .query(&fields[..1])
        .json(&body)
        .send()
        .await
        .expect(200);
    assert_eq!(answer.json["data"], json!([expected]));
    let one = format!("{USERS}/{}", crowd::id("02"));
    assert_eq!(
        admin.get(&one).query(&fields[..1]).send().await.expect(200).json,
        expected
    );
}

#[tokio::test]
async fn unknown_empty_and_repeated_parameters_are_tolerated() {
    let (_world, admin) = crowd::start(Edition::Current).await;
    let answer = admin
        .get("/api/v1/users?limit=&colour=red&limit=2&limit=100&filter=&next=&&=")
        .send()
        .await
        .expect(200);
    assert_eq!(answer.each("subject"), ["admin", "zoe"]);
    // An empty query, as one client sends it.
    assert_eq!(
        admin
            .get("/api/v1/users?")
            .send()
            .await
            .expect(200)
            .each("subject"),
        crowd::PRESENT
    );
}

#[tokio::test]
async fn the_status_of_the_classic_edition_is_a_list_and_active_if_not_given() {
    let (_world, admin) = crowd::start(Edition::Classic).await;
    for (status, expected) in [
        ("active", &["admin", "zoe", "yan", "xia", "rob"] as &[&str]),
        ("invited", &["wim", "vic"]),
        ("disabled", &["uta"]),
        ("deleted", &["sue"]),
        ("provisioned", &["tom"]),
        (
            "active,invited",
            &["admin", "zoe", "yan", "xia", "wim", "vic", "rob"],
        ),
        ("disabled, deleted", &["uta", "sue"]),
    ] {
        // A list is documented in words; the schema knows single words.
        let request = admin
            .get(USERS)
            .query(&[("status", status)])
            .tolerated_beyond_the_contract();
        assert_eq!(
            request.send().await.expect(200).each("subject"),
            expected,
            "status={status}"
        );
    }
    for status in ["gone", "active,gone", "Active", ","] {
        admin
            .get(USERS)
            .query(&[("status", status)])
            .send()
            .await
            .expect_faults(&["status"]);
    }
}

#[tokio::test]
async fn the_older_parameters_of_the_classic_edition_find_users() {
    let (_world, admin) = crowd::start(Edition::Classic).await;
    for (parameter, value, expected) in [
        ("email", "LATE@example.com", &["yan"] as &[&str]),
        ("email", "fred@example.com", &[]),
        ("email", "nobody@example.com", &[]),
        ("subject", "Zoe", &["zoe"]),
        ("subject", "zo", &[]),
        ("role", "Developer", &["zoe"]),
        ("role", "Auditors", &["xia"]),
        ("role", "developer", &[]),
        ("tenantId", TENANT_ID, &crowd::ACTIVE),
        ("tenantId", "another", &[]),
        ("sortBy", "name", &crowd::ACTIVE),
        ("sortOrder", "asc", &crowd::ACTIVE),
        ("sortOrder", "desc", &["rob", "xia", "yan", "zoe", "admin"]),
    ] {
        assert_eq!(
            subjects(&admin, &[(parameter, value)]).await,
            expected,
            "{parameter}={value}"
        );
    }
    assert_eq!(
        subjects(&admin, &[("status", "disabled"), ("role", "Developer")]).await,
        ["uta"]
    );
    for (parameter, value) in [("sortBy", "email"), ("sortOrder", "down")] {
        admin
            .get(USERS)
            .query(&[(parameter, value)])
            .send()
            .await
            .expect_faults(&[parameter]);
    }
    // What a client of the classic edition sends by default; the newer `sort` wins.
    let default = [
        ("limit", "20"),
        ("sort", "-name"),
        ("sortBy", "name"),
        ("sortOrder", "asc"),
        ("status", "active"),
    ];
    assert_eq!(
        subjects(&admin, &default).await,
        ["rob", "xia", "yan", "zoe", "admin"]
    );
}

#[tokio::test]
async fn the_older_cursors_of_the_classic_edition_are_ids() {
    let (_world, admin) = crowd::start(Edition::Classic).await;
    let (zoe, xia) = (crowd::id("02"), crowd::id("04"));
    assert_eq!(
        subjects(&admin, &[("startingAfter", &zoe)]).await,
        ["yan", "xia", "rob"]
    );
    assert_eq!(
        subjects(&admin, &[("startingAfter", &zoe), ("limit", "1")]).await,
        ["yan"]
    );
    assert_eq!(
        subjects(&admin, &[("endingBefore", &xia)]).await,
        ["admin", "zoe", "yan"]
    );
    assert_eq!(
        subjects(&admin, &[("endingBefore", &xia), ("limit", "2")]).await,
        ["zoe", "yan"]
    );
    assert_eq!(
        subjects(&admin, &[("startingAfter", &xia), ("sortOrder", "desc")]).await,
        ["yan", "zoe", "admin"]
    );
    for (query, fault) in [
        (
            vec![("startingAfter", zoe.as_str()), ("endingBefore", xia.as_str())],
            "endingBefore",
        ),
        (
            vec![("startingAfter", "650000000000000000000fff")],
            "startingAfter",
        ),
        (vec![("endingBefore", "no id!")], "endingBefore"),
        (vec![("startingAfter", zoe.as_str()), ("next", "e30")], "next"),
    ] {
        admin
            .get(USERS)
            .query(&query)
            .send()
            .await
            .expect_faults(&[fault]);
    }
    let page = admin.get(USERS).query(&[("limit", "2")]).send().await.expect(200);
    let cursor = page
        .str("/links/next/href")
        .split("&next=")
        .nth(1)
        .unwrap()
        .to_owned();
    let both = [("startingAfter", zoe.as_str()), ("next", cursor.as_str())];
    admin
        .get(USERS)
        .query(&both)
        .send()
        .await
        .expect_faults(&["startingAfter"]);
}

#[tokio::test]
async fn a_filter_excludes_the_older_parameters_but_for_the_status() {
    let (_world, admin) = crowd::start(Edition::Classic).await;
    let filter = ("filter", "name co 'o'");
    for (parameter, value) in [
        ("email", "mid@example.com"),
        ("subject", "zoe"),
        ("role", "Developer"),
        ("tenantId", TENANT_ID),
        ("startingAfter", "650000000000000000000a01"),
        ("endingBefore", "650000000000000000000a01"),
    ] {
        admin
            .get(USERS)
            .query(&[filter, (parameter, value)])
            .send()
            .await
            .expect_faults(&[parameter]);
    }
    // A client of the time sends it with every filter.
    assert_eq!(
        subjects(&admin, &[filter, ("status", "active")]).await,
        ["zoe", "yan", "xia", "rob"]
    );
    assert_eq!(
        subjects(&admin, &[filter]).await,
        ["zoe", "yan", "xia", "vic", "uta", "tom", "rob"]
    );
}

#[tokio::test]
async fn the_current_edition_passes_over_the_older_parameters() {
    let (_world, admin) = crowd::start(Edition::Current).await;
    for (parameter, value) in [
        ("status", "disabled"),
        ("email", "mid@example.com"),
        ("subject", "zoe"),
        ("role", "Developer"),
        ("tenantId", "another"),
        ("sortOrder", "desc"),
        ("startingAfter", "650000000000000000000a04"),
        ("endingBefore", "650000000000000000000a04"),
    ] {
        assert_eq!(
            subjects(&admin, &[(parameter, value)]).await,
            crowd::PRESENT,
            "{parameter}={value}"
        );
    }
}

#[tokio::test]
async fn whoever_may_not_list_roles_sees_the_own_roles_only() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let developer = world.by_session(Actor::KeyHolder).await;
        let answer = developer.get(USERS).send().await.expect(200);
        for user in answer.json["data"].as_array().unwrap() {
            let own = user["id"] == Actor::KeyHolder.person().id;
            for member in ["assignedRoles", "assignedScopes"] {
                assert_eq!(user.get(member).is_some(), own, "{user}");
            }
            assert_eq!(
                user.get("roles").is_some(),
                own && edition == Edition::Classic,
                "{user}"
            );
        }
        // Nor can a filter find out.
        for filter in [
            "assignedRoles.name eq 'Developer'",
            "assignedRoles.name eq 'TenantAdmin' or assignedScopes eq 'api-keys'",
        ] {
            assert_eq!(
                subjects(&developer, &[("filter", filter)]).await,
                ["developer"],
                "{filter}"
            );
        }
        if edition == Edition::Classic {
            assert_eq!(
                subjects(&developer, &[("role", "Developer")]).await,
                ["developer"]
            );
            assert_eq!(subjects(&developer, &[("role", "TenantAdmin")]).await, [""; 0]);
        }
    }
}
