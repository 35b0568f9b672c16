//! The filter language, by `GET /api/v1/users` and by `POST /api/v1/users/actions/filter`.

use mock_qlik_cloud::domain::settings::Edition;
use serde_json::json;

use super::crowd;
use crate::support::{EDITIONS, TENANT_ID};

const USERS: &str = "/api/v1/users";
const FILTER: &str = "/api/v1/users/actions/filter";

/// What passes, by name.
#[rustfmt::skip]
const PASSES: [(&str, &[&str]); 33] = [
    // Every attribute.
    ("id eq \"650000000000000000000a02\"", &["zoe"]),
    ("subject eq 'xia'", &["xia"]),
    ("name eq 'Fred Fox'", &["vic"]),
    ("email eq 'ida@example.com'", &[]),
    ("email eq 'late@example.com'", &["yan"]),
    ("status eq 'disabled'", &["uta"]),
    ("clientId eq 'anything'", &[]),
    ("assignedRoles.id eq '65000000000000000000b001'", &["xia"]),
    ("assignedRoles.name eq 'Developer'", &["zoe", "uta"]),
    ("assignedGroups.id eq '000000000000000000000001'", &[]),
    ("assignedGroupsAssignedRoles.name eq 'Developer'", &[]),
    ("assignedScopes eq 'audits:read'", &["xia"]),
    // Contains.
    ("name co 'cole'", &["yan"]),
    ("email co 'EARLY@'", &["wim"]),
    ("subject co 'i'", &["admin", "xia", "wim", "vic"]),
    ("name co ''", &["admin", "zoe", "yan", "xia", "wim", "vic", "uta", "tom", "rob"]),
    // Deleted users are shown to whoever asks for the status.
    ("status eq 'deleted'", &["sue"]),
    ("subject eq 'sue'", &[]),
    ("subject eq 'sue' and status eq 'deleted'", &["sue"]),
    // Letter case, of words and of values.
    ("NAME Eq 'bert BROWN' OR Subject EQ 'XIA'", &["zoe", "xia"]),
    ("ASSIGNEDROLES.NAME eq 'developer'", &["zoe", "uta"]),
    // `and` binds more tightly than `or`.
    ("subject eq 'zoe' or subject eq 'yan' and name eq 'nobody'", &["zoe"]),
    ("(subject eq 'zoe' or subject eq 'yan') and name co 'cole'", &["yan"]),
    ("((subject eq 'zoe'))", &["zoe"]),
    ("  subject   eq\t'zoe'  ", &["zoe"]),
    ("(subject eq 'zoe')and(name co 'b')", &["zoe"]),
    // Both quotes, each with the other inside, or escaped.
    ("name co \"O'Neil\"", &["rob"]),
    ("name co '\"JJ\"'", &["rob"]),
    (r#"name eq "Jo \"JJ\" O'Neil""#, &["rob"]),
    (r"name co 'O\'Neil'", &["rob"]),
    // The group of the status.
    ("(name co 'o') and (status eq 'invited' or status eq 'disabled')", &["vic", "uta"]),
    ("status eq 'invited' or status eq 'disabled'", &["wim", "vic", "uta"]),
    ("(status eq 'invited' or status eq 'disabled') and name co 'Emil'", &["wim"]),
];

/// What is refused, with a part of the sentence that says why.
#[rustfmt::skip]
const REFUSED: [(&str, &str); 18] = [
    ("nonsense", "character"),
    ("name", "character"),
    ("name eq", "character"),
    ("name eq Bob", "character"),
    ("name eq 'Bob", "character"),
    ("name eq 'Bob' and", "character"),
    ("name eq 'Bob' 'x'", "character"),
    ("(name eq 'Bob'", "character"),
    ("name eq 'Bob')", "character"),
    ("name eq 'Bob' xor name eq 'Al'", "character"),
    ("not (name eq 'Bob')", "character"),
    ("name gt 'Bob'", "eq"),
    ("status co 'act'", "eq"),
    ("id co '65'", "eq"),
    ("age eq '7'", "assignedRoles.name"),
    ("name eq 'Bob' or name eq 'Al' and status eq 'active'", "status"),
    ("name eq 'Bob' or (status eq 'active')", "status"),
    ("status eq 'active' and name eq 'Bob' and status eq 'disabled'", "status"),
];

#[tokio::test]
async fn the_same_users_pass_by_both_doors() {
    for edition in EDITIONS {
        let (_world, admin) = crowd::start(edition).await;
        for (filter, expected) in PASSES {
            let answer = admin
                .get(USERS)
                .query(&[("filter", filter)])
                .send()
                .await
                .expect(200);
            assert_eq!(answer.each("subject"), expected, "GET {filter} in {edition:?}");
            let answer = admin
                .post(FILTER)
                .json(&json!({ "filter": filter }))
                .send()
                .await
                .expect(200);
            assert_eq!(answer.each("subject"), expected, "POST {filter} in {edition:?}");
        }
    }
}

#[tokio::test]
async fn a_bad_filter_is_refused_with_its_place() {
    let (_world, admin) = crowd::start(Edition::Current).await;
    for (filter, hint) in REFUSED {
        let by_get = admin
            .get(USERS)
            .query(&[("filter", filter)])
            .send()
            .await
            .expect_faults(&["filter"]);
        let body = json!({ "filter": filter });
        let by_post = admin
            .post(FILTER)
            .json(&body)
            .send()
            .await
            .expect_faults(&["/filter"]);
        for answer in [by_get, by_post] {
            assert!(
                answer.str("/errors/0/detail").contains(hint),
                "{filter}: {}",
                answer.text
            );
        }
    }
}

#[tokio::test]
async fn a_filter_may_name_a_hundred_ids_and_no_more() {
    let (_world, admin) = crowd::start(Edition::Current).await;
    let naming = |count: usize| {
        let ids = (0..count).map(|number| format!("id eq '65000000000000000000{number:04x}'"));
        ids.collect::<Vec<_>>().join(" or ")
    };
    admin
        .post(FILTER)
        .json(&json!({ "filter": naming(100) }))
        .send()
        .await
        .expect(200);
    admin
        .post(FILTER)
        .json(&json!({ "filter": naming(101) }))
        .send()
        .await
        .expect_faults(&["/filter"]);
    let deep = format!("{}name eq 'x'{}", "(".repeat(10_000), ")".repeat(10_000));
    admin
        .post(FILTER)
        .json(&json!({ "filter": deep }))
        .send()
        .await
        .expect_faults(&["/filter"]);
}

#[tokio::test]
async fn without_a_filter_everybody_passes() {
    for edition in EDITIONS {
        let (_world, admin) = crowd::start(edition).await;
        let bodies = [
            None,
            Some(json!({})),
            Some(json!({ "filter": "" })),
            Some(json!({ "filter": " ", "colour": 3 })),
        ];
        for body in bodies {
            let request = admin.post(FILTER);
            let request = match &body {
                Some(body) => request.json(body),
                None => request,
            };
            assert_eq!(
                request.send().await.expect(200).each("subject"),
                crowd::PRESENT,
                "{body:?}"
            );
        }
        for (body, fault) in [
            (json!({ "filter": 7 }), "/filter"),
            (json!([]), ""),
            (json!("name eq 'x'"), ""),
        ] {
            admin
                .post(FILTER)
                .json(&body)
                .send()
                .await
                .expect_faults(&[fault]);
        }
    }
}

#[tokio::test]
async fn the_posted_filter_sorts_by_name_only() {
    let (_world, admin) = crowd::start(Edition::Current).await;
    let mut backwards = crowd::PRESENT;
    backwards.reverse();
    for (sort, expected) in [
        ("name", crowd::PRESENT),
        ("+name", crowd::PRESENT),
        ("-name", backwards),
    ] {
        let answer = admin
            .post(FILTER)
            .query(&[("sort", sort)])
            .send()
            .await
            .expect(200);
        assert_eq!(answer.each("subject"), expected, "{sort}");
    }
    admin
        .post(FILTER)
        .query(&[("sort", "email")])
        .send()
        .await
        .expect_faults(&["sort"]);
}

#[tokio::test]
async fn the_pages_of_a_posted_filter_are_asked_for_with_the_same_body() {
    let (world, admin) = crowd::start(Edition::Current).await;
    let body = json!({ "filter": "email co '@'" });
    let mut answer = admin
        .post(FILTER)
        .query(&[("limit", "3")])
        .json(&body)
        .send()
        .await
        .expect(200);
    let mut met = answer.each("subject");
    for limit in ["2", "3"] {
        let next = answer.str("/links/next/href");
        assert!(next.starts_with(&format!("{}{FILTER}?", world.url())), "{next}");
        let next = next.replacen("limit=3", &format!("limit={limit}"), 1).replacen(
            "limit=2",
            &format!("limit={limit}"),
            1,
        );
        answer = admin.post(&next).json(&body).send().await.expect(200);
        met.extend(answer.each("subject"));
    }
    assert!(answer.json["links"].get("next").is_none());
    assert_eq!(met, ["admin", "zoe", "yan", "wim", "vic", "uta", "tom", "rob"]);
}

#[tokio::test]
async fn the_older_parameters_are_not_of_the_posted_filter() {
    let (_world, admin) = crowd::start(Edition::Classic).await;
    let older = [
        ("status", "disabled"),
        ("email", "mid@example.com"),
        ("tenantId", TENANT_ID),
    ];
    let answer = admin.post(FILTER).query(&older).send().await.expect(200);
    assert_eq!(answer.each("subject"), crowd::PRESENT);
}
