//! `/api/v1/csp-origins`.

use chrono::TimeDelta;
use mock_qlik_cloud::domain::settings::Edition;
use serde_json::{Value, json};

use crate::support::{Actor, CSP_ENTRY, Client, EDITIONS, START, World};

const LIST: &str = "/api/v1/csp-origins";
const HEADER: &str = "/api/v1/csp-origins/actions/generate-header";

const DIRECTIVES: [&str; 13] = [
    "childSrc",
    "connectSrc",
    "connectSrcWSS",
    "fontSrc",
    "formAction",
    "frameAncestors",
    "frameSrc",
    "imgSrc",
    "mediaSrc",
    "objectSrc",
    "scriptSrc",
    "styleSrc",
    "workerSrc",
];

fn path(id: &str) -> String {
    format!("{LIST}/{id}")
}

async fn create(admin: &Client, body: &Value) -> Value {
    admin.post(LIST).json(body).send().await.expect(201).json
}

async fn header(client: &Client) -> String {
    let answer = client.get(HEADER).send().await.expect(200);
    answer.str("/Content-Security-Policy").to_owned()
}

#[tokio::test]
async fn an_entry_is_made_read_replaced_and_deleted() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let admin = world.by_session(Actor::TenantAdmin).await;
        let content =
            json!({ "name": "Maps", "description": "Tiles.", "origin": "*.maps.example", "imgSrc": true });
        let made = create(&admin, &content).await;
        let id = made["id"].as_str().unwrap();
        let mut expected = json!({
            "id": id,
            "name": "Maps",
            "description": "Tiles.",
            "origin": "*.maps.example",
            "createdDate": START,
            "modifiedDate": START,
        });
        for directive in DIRECTIVES {
            expected[directive] = json!(directive == "imgSrc");
        }
        assert_eq!(made, expected);
        let read = async || admin.get(&path(id)).send().await.expect(200).json;
        assert_eq!(read().await, expected);

        // What is not sent is not allowed any more.
        world.advance(TimeDelta::minutes(1));
        let content = json!({ "origin": "https://maps.example", "connectSrc": true, "connectSrcWSS": true });
        let replaced = admin.put(&path(id)).json(&content).send().await.expect(200).json;
        assert_eq!(read().await, replaced);
        assert_eq!(
            (
                &replaced["createdDate"],
                &replaced["modifiedDate"],
                &replaced["imgSrc"],
                replaced.get("name")
            ),
            (
                &json!(START),
                &json!("2026-03-02T08:01:00.000Z"),
                &json!(false),
                None
            )
        );

        admin.delete(&path(id)).send().await.expect(204);
        for gone in [
            admin.get(&path(id)),
            admin.put(&path(id)).json(&content),
            admin.delete(&path(id)),
        ] {
            gone.send().await.expect(404);
        }
    }
}

#[tokio::test]
async fn every_fault_is_told_in_the_form_of_the_family() {
    let world = World::start(Edition::Current).await;
    let admin = world.by_key(Actor::TenantAdminHoldingKeys);
    for (body, places) in [
        (json!({}), vec!["/origin"]),
        (json!({ "origin": "" }), vec!["/origin"]),
        (
            json!({ "origin": "https://a.example; script-src *" }),
            vec!["/origin"],
        ),
        (json!({ "origin": "'unsafe-inline'" }), vec!["/origin"]),
        (json!({ "origin": "a".repeat(257) }), vec!["/origin"]),
        (
            json!({ "origin": "a.example", "name": "n".repeat(513), "description": "d".repeat(1025), "imgSrc": 1 }),
            vec!["/name", "/description", "/imgSrc"],
        ),
    ] {
        for request in [admin.post(LIST), admin.put(&path(CSP_ENTRY))] {
            let answer = request.json(&body).send().await.expect(400);
            // This family has no `source`, no status and no trace id.
            let details: Vec<_> = answer.json["errors"]
                .as_array()
                .unwrap()
                .iter()
                .map(|error| error["detail"].as_str().unwrap().split(':').next().unwrap())
                .collect();
            assert_eq!(details, places, "{}", answer.text);
            assert!(answer.json.get("traceId").is_none());
        }
    }
}

#[tokio::test]
async fn a_list_is_narrowed_sorted_and_walked() {
    let world = World::start(Edition::Current).await;
    let admin = world.by_key(Actor::TenantAdminHoldingKeys);
    for (name, origin, directive) in [
        ("Beta", "https://b.example", "scriptSrc"),
        ("alpha", "https://c.example", "imgSrc"),
        ("Gamma", "wss://a.example", "connectSrc"),
    ] {
        world.advance(TimeDelta::minutes(1));
        create(
            &admin,
            &json!({ "name": name, "origin": origin, directive: true }),
        )
        .await;
    }
    for (query, names) in [
        ("", vec!["alpha", "Beta", "Gamma", "Pictures"]),
        ("sort=-name", vec!["Pictures", "Gamma", "Beta", "alpha"]),
        ("sort=origin", vec!["Beta", "alpha", "Pictures", "Gamma"]),
        ("sort=-createdDate", vec!["Gamma", "alpha", "Beta", "Pictures"]),
        ("sort=modifiedDate", vec!["Pictures", "Beta", "alpha", "Gamma"]),
        ("imgSrc=true", vec!["alpha", "Pictures"]),
        ("imgSrc=false", vec!["Beta", "Gamma"]),
        ("imgSrc=true&scriptSrc=true", vec![]),
        ("name=A", vec!["alpha", "Beta", "Gamma"]),
        ("name=*a*a", vec!["alpha", "Gamma"]),
        ("origin=HTTPS%3A*example", vec!["alpha", "Beta", "Pictures"]),
        ("name=a&origin=c.example", vec!["alpha"]),
    ] {
        let answer = admin.get(&format!("{LIST}?{query}")).send().await.expect(200);
        assert_eq!(answer.each("name"), names, "{query}");
    }
    let first = admin.get(&format!("{LIST}?limit=3")).send().await.expect(200);
    let last = admin.get(first.str("/links/next/href")).send().await.expect(200);
    assert_eq!(last.each("name"), ["Pictures"]);
    let back = admin.get(last.str("/links/prev/href")).send().await.expect(200);
    assert_eq!(back.each("name"), first.each("name"));
    for query in ["limit=0", "sort=id", "imgSrc=yes", "next=x", "next=x&prev=y"] {
        admin.get(&format!("{LIST}?{query}")).send().await.expect(400);
    }
}

#[tokio::test]
async fn the_header_has_every_origin_where_it_is_allowed() {
    let world = World::start(Edition::Current).await;
    let admin = world.by_key(Actor::TenantAdminHoldingKeys);
    let viewer = world.by_session(Actor::User).await;
    assert!(
        header(&viewer)
            .await
            .contains("; img-src 'self' https://pictures.example; ")
    );
    let body = json!({ "origin": "https://a.example", "connectSrcWSS": true, "frameAncestors": true });
    create(&admin, &body).await;
    let made = header(&viewer).await;
    assert!(made.contains("; connect-src 'self' wss://a.example; "), "{made}");
    assert!(
        made.contains("; frame-ancestors 'self' https://a.example; "),
        "{made}"
    );

    for (accept, kind) in [
        ("text/plain", "text/plain"),
        ("text/plain;q=0.9, application/json", "text/plain"),
        ("text/html, application/json", "application/json"),
        ("*/*", "application/json"),
        ("", "application/json"),
    ] {
        let answer = viewer
            .get(HEADER)
            .header("accept", accept)
            .send()
            .await
            .expect(200);
        assert!(answer.header("content-type").starts_with(kind), "{accept}");
        assert!(answer.text.contains(&made), "{accept}: {}", answer.text);
    }
    viewer
        .get(HEADER)
        .header("accept", "text/html")
        .send()
        .await
        .expect(406);
    admin.delete(&path(CSP_ENTRY)).send().await.expect(204);
    assert!(!header(&viewer).await.contains("pictures.example"));
}

#[tokio::test]
async fn there_are_256_entries_at_the_most_and_6144_characters() {
    let world = World::start(Edition::Current).await;
    let admin = world.by_key(Actor::TenantAdminHoldingKeys);
    for number in 1..256 {
        create(&admin, &json!({ "origin": format!("{number}.example") })).await;
    }
    let one_more = json!({ "origin": "one.more.example" });
    let answer = admin.post(LIST).json(&one_more).send().await.expect(400);
    assert!(answer.str("/errors/0/detail").contains("256"), "{}", answer.text);

    admin.delete(&path(CSP_ENTRY)).send().await.expect(204);
    let long = |number: usize| {
        let mut entry = json!({ "origin": format!("{}{number:03}.example", "a".repeat(240)) });
        for directive in DIRECTIVES {
            entry[directive] = json!(true);
        }
        entry
    };
    create(&admin, &long(1)).await;
    let before = header(&admin).await;
    assert!(before.len() <= 6144);
    let id = admin
        .get(&format!("{LIST}?origin=100.example"))
        .send()
        .await
        .expect(200);
    let answer = admin
        .put(&path(id.str("/data/0/id")))
        .json(&long(2))
        .send()
        .await
        .expect(400);
    assert!(answer.str("/errors/0/detail").contains("6144"), "{}", answer.text);
    assert_eq!(header(&admin).await, before);
}
