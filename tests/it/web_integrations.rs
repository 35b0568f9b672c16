//! `/api/v1/web-integrations`.

use chrono::TimeDelta;
use mock_qlik_cloud::domain::settings::Edition;
use serde_json::{Value, json};

use crate::support::{Actor, Answer, Client, EDITIONS, START, TENANT_ID, WEB_INTEGRATION, World};

const LIST: &str = "/api/v1/web-integrations";

fn path(id: &str) -> String {
    format!("{LIST}/{id}")
}

fn replace(path: &str, value: Value) -> Value {
    json!([{ "op": "replace", "path": path, "value": value }])
}

async fn create(admin: &Client, body: Value) -> Value {
    admin.post(LIST).json(&body).send().await.expect(201).json
}

#[tokio::test]
async fn it_is_made_read_changed_and_deleted() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let admin = world.by_session(Actor::TenantAdmin).await;
        let origins = json!(["https://a.example", "http://localhost:8080"]);
        let made = create(&admin, json!({ "name": "Mashup", "validOrigins": origins })).await;
        let id = made["id"].as_str().unwrap();
        assert_eq!(id.len(), 32);
        assert_eq!(
            made["links"]["self"]["href"],
            format!("{}{}", world.url(), path(id))
        );
        let mut expected = json!({
            "id": id,
            "name": "Mashup",
            "tenantId": TENANT_ID,
            "validOrigins": origins,
            "created": START,
            "lastUpdated": START,
            "createdBy": Actor::TenantAdmin.person().id,
        });
        let read = async || admin.get(&path(id)).send().await.expect(200).json;
        assert_eq!(read().await, expected);

        world.advance(TimeDelta::minutes(1));
        let change = json!([
            { "op": "replace", "path": "/name", "value": "Other" },
            { "op": "replace", "path": "/validOrigins", "value": ["https://b.example"] },
        ]);
        admin.patch(&path(id)).json(&change).send().await.expect(204);
        expected["name"] = json!("Other");
        expected["validOrigins"] = json!(["https://b.example"]);
        expected["lastUpdated"] = json!("2026-03-02T08:01:00.000Z");
        assert_eq!(read().await, expected);
        // The published value is a text.
        let one = replace("/validOrigins", json!("https://c.example"));
        admin.patch(&path(id)).json(&one).send().await.expect(204);
        assert_eq!(read().await["validOrigins"], json!(["https://c.example"]));

        admin.delete(&path(id)).send().await.expect(204);
        for gone in [
            admin.get(&path(id)),
            admin.patch(&path(id)).json(&one),
            admin.delete(&path(id)),
        ] {
            assert_eq!(gone.send().await.expect(404).str("/errors/0/code"), "TENANTS-8");
        }
    }
}

#[tokio::test]
async fn an_origin_is_written_as_browsers_write_it() {
    let world = World::start(Edition::Current).await;
    let admin = world.by_key(Actor::TenantAdminHoldingKeys);
    let body = json!({
        "name": "Mashup",
        "validOrigins": ["HTTPS://A.Example:443", "https://a.example", "http://localhost:80"],
    });
    let made = create(&admin, body).await;
    assert_eq!(
        made["validOrigins"],
        json!(["https://a.example", "http://localhost"])
    );
    assert_eq!(
        create(&admin, json!({ "name": "None" })).await["validOrigins"],
        json!([])
    );
}

#[tokio::test]
async fn every_fault_is_told_and_nothing_is_done() {
    let world = World::start(Edition::Current).await;
    let admin = world.by_key(Actor::TenantAdminHoldingKeys);
    let before = admin.get(LIST).send().await.expect(200).json;
    let wrong = json!(["https://a.example/", "*", "https://*.example", "a.example", 7]);
    for (body, places) in [
        (json!({}), vec!["/name"]),
        (json!({ "name": " " }), vec!["/name"]),
        (
            json!({ "name": 7, "validOrigins": {} }),
            vec!["/name", "/validOrigins"],
        ),
        (
            json!({ "name": "x", "validOrigins": wrong }),
            vec![
                "/validOrigins/0",
                "/validOrigins/1",
                "/validOrigins/2",
                "/validOrigins/3",
                "/validOrigins/4",
            ],
        ),
    ] {
        admin.post(LIST).json(&body).send().await.expect_faults(&places);
    }
    for (body, places) in [
        (json!({}), vec![""]),
        (replace("/id", json!("x")), vec!["/0/path"]),
        (replace("/name", json!("")), vec!["/0/value"]),
        (replace("/validOrigins", wrong), vec!["/0/value"]),
        (replace("/validOrigins", json!(7)), vec!["/0/value"]),
        (
            json!([{ "op": "add", "path": "/name", "value": "x" }]),
            vec!["/0/op"],
        ),
    ] {
        let answer = admin.patch(&path(WEB_INTEGRATION)).json(&body).send().await;
        answer.expect_faults(&places);
    }
    assert_eq!(admin.get(LIST).send().await.expect(200).json, before);
}

#[tokio::test]
async fn a_list_is_walked_by_ids_in_the_order_of_names() {
    let world = World::start(Edition::Current).await;
    let admin = world.by_key(Actor::TenantAdminHoldingKeys);
    admin.delete(&path(WEB_INTEGRATION)).send().await.expect(204);
    for number in 0..12 {
        create(
            &admin,
            json!({ "name": format!("{}{number:02}", if number % 2 == 0 { "n" } else { "N" }) }),
        )
        .await;
    }
    let expected: Vec<_> = (0..12)
        .map(|number| format!("{}{number:02}", if number % 2 == 0 { "n" } else { "N" }))
        .collect();

    // Ten on a page, unless told otherwise.
    for limit in ["", "&limit=0"] {
        let page = admin
            .get(&format!("{LIST}?sort=name{limit}"))
            .send()
            .await
            .expect(200);
        assert_eq!(page.each("name"), expected[..10]);
        let next = page.str("/links/next/href");
        assert!(next.contains("startingAfter="), "{next}");
        let last = admin.get(next).send().await.expect(200);
        assert_eq!(last.each("name"), expected[10..]);
        assert!(last.json["links"].get("next").is_none());
        let back = admin.get(last.str("/links/prev/href")).send().await.expect(200);
        assert_eq!(back.each("name"), expected[..10]);
    }
    let down = admin
        .get(&format!("{LIST}?sort=-name&limit=5"))
        .send()
        .await
        .expect(200);
    assert_eq!(
        down.each("name"),
        expected.iter().rev().take(5).cloned().collect::<Vec<_>>()
    );

    let own = admin
        .get(&format!("{LIST}?tenantId={TENANT_ID}"))
        .send()
        .await
        .expect(200);
    assert_eq!(own.each("name").len(), 10);
    let other = admin
        .get(&format!("{LIST}?tenantId=other"))
        .send()
        .await
        .expect(200);
    assert_eq!(other.json["data"], json!([]));
    for (query, place) in [
        ("limit=101", "limit"),
        ("limit=-1", "limit"),
        ("sort=created", "sort"),
        ("startingAfter=nonsense!", "startingAfter"),
        ("endingBefore=unknown", "endingBefore"),
        ("startingAfter=a&endingBefore=b", "endingBefore"),
    ] {
        admin
            .get(&format!("{LIST}?{query}"))
            .send()
            .await
            .expect_faults(&[place]);
    }
}

/// Sends a form with the session's CSRF token, as a browser does.
async fn form(client: &Client, path: &str, fields: &[(&str, &str)]) -> Answer {
    let request = client.post(path).header("accept", "text/html").form(fields);
    request.outside_the_contract().send().await
}

async fn page(client: &Client, path: &str) -> Answer {
    let request = client.get(path).header("accept", "text/html");
    request.outside_the_contract().send().await
}

#[tokio::test]
async fn an_admin_manages_them_in_the_console() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let admin = world.by_session(Actor::TenantAdmin).await;
        let origins = "https://a.example\r\n\r\n http://localhost:8080 ";
        let fields = [("name", " New "), ("origins", origins)];
        let made = form(&admin, "/console/web/new", &fields).await.expect(303);
        assert_eq!(made.header("location"), "/console/web");
        let all = admin.get(&format!("{LIST}?sort=-name")).send().await.expect(200);
        assert_eq!(all.str("/data/0/name"), "New");
        assert_eq!(
            all.json["data"][0]["validOrigins"],
            json!(["https://a.example", "http://localhost:8080"])
        );
        let id = all.str("/data/0/id");
        let list = page(&admin, "/console/web").await.expect(200).text;
        assert!(list.contains(id) && list.contains("http://localhost:8080"));

        // What was typed stays, beside what is wrong with it.
        let path = format!("/console/web/{id}");
        assert!(
            page(&admin, &path)
                .await
                .expect(200)
                .text
                .contains("https://a.example\nhttp://localhost:8080")
        );
        let wrong = [("name", ""), ("origins", "https://a.example/path")];
        let refused = form(&admin, &path, &wrong).await.expect(400).text;
        assert!(
            refused.contains("web-integration-name-error")
                && refused.contains("web-integration-origins-error")
        );
        assert!(refused.contains(">https://a.example/path</textarea>"));
        form(&admin, &path, &[("name", "Renamed")]).await.expect(303);
        let read = admin.get(&format!("{LIST}/{id}")).send().await.expect(200).json;
        assert_eq!(
            (&read["name"], &read["validOrigins"]),
            (&json!("Renamed"), &json!([]))
        );

        let delete = format!("{path}/delete");
        assert!(page(&admin, &delete).await.expect(200).text.contains("Renamed"));
        form(&admin, &delete, &[]).await.expect(303);
        for gone in [&path, &delete] {
            page(&admin, gone).await.expect(404);
        }
        let user = world.by_session(Actor::User).await;
        for path in ["/console/web", "/console/web/new"] {
            page(&user, path).await.expect(403);
        }
        form(&user, "/console/web/new", &fields).await.expect(403);
    }
}
