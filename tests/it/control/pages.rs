//! The pages over the control API: who may use them, and that each does what it says.

use mock_qlik_cloud::Emulator;
use mock_qlik_cloud::domain::secret::ControlToken;
use mock_qlik_cloud::domain::settings::Edition;
use reqwest::Method;
use serde_json::json;

use super::control;
use crate::support::{Actor, Answer, Client, World};

const PAGES: [&str; 6] = ["clock", "requests", "faults", "snapshots", "tenants", "reset"];

fn path(page: &str) -> String {
    format!("/_mock/emulator/{page}")
}

async fn send(client: &Client, page: &str, fields: &[(&str, &str)]) -> Answer {
    client.post(&path(page)).form(fields).send().await
}

#[tokio::test]
async fn every_page_is_there_for_anybody_signed_in_or_not() {
    let world = World::start(Edition::Current).await;
    let home = world.anonymous().get("/_mock/emulator").send().await.expect(303);
    assert_eq!(home.header("location"), "/_mock/emulator/clock");
    for client in [world.anonymous(), world.by_session(Actor::User).await] {
        for page in PAGES {
            let answer = client.get(&path(page)).send().await.expect(200);
            assert!(answer.text.contains("Qlik Cloud has nothing like it"), "{page}");
            assert_eq!(answer.header("cache-control"), "no-store");
        }
    }
    // They are a part of the emulator: neither noted nor struck.
    let fault = json!({ "path": "/**", "status": 503 });
    control(&world, Method::POST, "/faults", Some(&fault))
        .await
        .expect(201);
    world.anonymous().get(&path("faults")).send().await.expect(200);
    let noted = control(&world, Method::GET, "/requests?path=/_mock/**", None)
        .await
        .expect(200);
    assert_eq!(noted.json["data"], json!([]));
}

#[tokio::test]
async fn a_form_of_another_site_is_refused_and_so_is_a_name_that_may_be_of_one() {
    let world = World::start(Edition::Classic).await;
    let before = super::state(&world).await;
    for (header, value) in [
        ("origin", "http://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("host", "evil.example"),
    ] {
        let form = world.anonymous().post(&path("reset")).form(&[("do", "empty")]);
        let answer = form
            .header(header, value)
            .header("accept", "text/html")
            .send()
            .await
            .expect(403);
        assert!(answer.header("content-type").starts_with("text/html"), "{header}");
        let page = world.anonymous().get(&path("clock"));
        page.header(header, value).send().await.expect(403);
    }
    assert_eq!(super::state(&world).await, before);
}

#[tokio::test]
async fn with_a_control_token_a_browser_is_asked_for_it_once() {
    let emulator = Emulator::builder()
        .control_token(&ControlToken::new("let me in").unwrap())
        .start()
        .await
        .unwrap();
    let client = Client::at(emulator.url(), Edition::Classic);
    for page in PAGES {
        let answer = client.get(&path(page)).send().await.expect(303);
        let ask = format!("/_mock/emulator/token?returnto=%2F_mock%2Femulator%2F{page}");
        assert_eq!(answer.header("location"), ask);
    }
    let answer = send(&client, "reset", &[("do", "empty")]).await.expect(303);
    assert_eq!(
        answer.header("location"),
        "/_mock/emulator/token?returnto=%2F_mock%2Femulator"
    );
    client.get(&path("token")).send().await.expect(200);

    let enter = |token, back| [("token", token), ("returnto", back)];
    for wrong in ["", "let me", "LET ME IN"] {
        let answer = send(&client, "token", &enter(wrong, "/_mock/emulator/faults"))
            .await
            .expect(401);
        assert!(answer.headers.get("set-cookie").is_none() && !answer.text.contains("let me"));
    }
    for elsewhere in [
        "//evil.example",
        r"\\evil.example",
        r"/_mock/emulator\..\..\evil.example",
        "https:evil.example",
        "https://evil.example/_mock/emulator",
        "%2F%2Fevil.example",
        "javascript:alert(1)",
        "/_mock/emulator/\r\nset-cookie: a=b",
    ] {
        let answer = send(&client, "token", &enter("let me in", elsewhere))
            .await
            .expect(303);
        assert_eq!(answer.header("location"), "/_mock/emulator", "{elsewhere}");
    }
    let answer = send(&client, "token", &enter("let me in", "/_mock/emulator/faults"))
        .await
        .expect(303);
    assert_eq!(answer.header("location"), "/_mock/emulator/faults");
    let cookie = answer.header("set-cookie");
    assert!(
        cookie.ends_with("; Path=/_mock; HttpOnly; SameSite=Strict"),
        "{cookie}"
    );
    assert!(!cookie.contains("let me in"));
    let cookie = cookie.split(';').next().unwrap();
    // Browsers have one cookie of a name for all ports of a host: that of another emulator there has another name.
    let port = emulator.url().rsplit_once(':').unwrap().1.to_owned();
    assert!(cookie.starts_with(&format!("mock-control-{port}=")), "{cookie}");
    let of_another = cookie.replace(&port, "1");
    let refused = client.get("/_mock/clock").header("cookie", &of_another);
    refused.send().await.expect(401);
    let both = format!("{of_another}; {cookie}");
    client
        .get("/_mock/clock")
        .header("cookie", &both)
        .send()
        .await
        .expect(200);

    client
        .get(&path("faults"))
        .header("cookie", cookie)
        .send()
        .await
        .expect(200);
    // The stream of the requests, and seeds to save, are under the control API itself.
    client
        .get("/_mock/clock")
        .header("cookie", cookie)
        .send()
        .await
        .expect(200);
    let foreign = client.post("/_mock/reset").header("cookie", cookie);
    foreign
        .header("origin", "http://evil.example")
        .send()
        .await
        .expect(403);
    let made_up = format!("mock-control-{port}={}", "0".repeat(64));
    client
        .get("/_mock/clock")
        .header("cookie", &made_up)
        .send()
        .await
        .expect(401);
}

#[tokio::test]
async fn the_clock_is_set_moved_stopped_and_let_go() {
    let world = World::start(Edition::Classic).await;
    let client = world.anonymous();
    let clock = async || control(&world, Method::GET, "/clock", None).await.expect(200);
    let change = async |fields: &[(&str, &str)]| send(&client, "clock", fields).await.expect(303);
    change(&[("do", "advance"), ("advance", "P1D")]).await;
    assert_eq!(clock().await.str("/now"), "2026-03-03T08:00:00.000Z");
    change(&[("do", "advance"), ("advance", "-PT8H")]).await;
    assert_eq!(clock().await.str("/now"), "2026-03-03T00:00:00.000Z");
    change(&[("do", "set"), ("instant", "2030-01-01T00:00:00Z")]).await;
    assert_eq!(clock().await.str("/now"), "2030-01-01T00:00:00.000Z");
    change(&[("do", "resume")]).await;
    assert_eq!(clock().await.str("/mode"), "shifted");
    change(&[("do", "freeze")]).await;
    assert_eq!(clock().await.str("/mode"), "frozen");
    let now = clock().await.text;
    for wrong in [
        [("do", "advance"), ("advance", "a week")],
        [("do", "advance"), ("advance", "P9000Y")],
        [("do", "set"), ("instant", "tomorrow")],
        [("do", "set"), ("instant", "1900-01-01T00:00:00Z")],
    ] {
        let answer = send(&client, "clock", &wrong).await.expect(400);
        assert!(
            answer.text.contains(wrong[1].1) && answer.text.contains("aria-invalid"),
            "{wrong:?}"
        );
    }
    assert_eq!(clock().await.text, now);
}

#[tokio::test]
async fn requests_are_shown_filtered_and_forgotten() {
    let world = World::start(Edition::Classic).await;
    let client = world.anonymous();
    client.get("/api/v1/users/me").send().await.expect(401);
    world
        .by_key(Actor::KeyHolder)
        .get("/api/v1/users")
        .send()
        .await
        .expect(200);
    let shown = async |query: &str| {
        let answer = client
            .get(&path(&format!("requests{query}")))
            .send()
            .await
            .expect(200);
        answer.text.matches("data-testid=\"request-row\"").count()
    };
    assert_eq!(shown("").await, 2);
    assert_eq!(shown("?status=4xx").await, 1);
    assert_eq!(shown("?operation=getUsers&method=GET&path=/api/**").await, 1);
    assert_eq!(shown("?caller=nobody").await, 0);
    let wrong = client
        .get(&path("requests?status=6xx&operation=nothing"))
        .send()
        .await
        .expect(400);
    assert_eq!(wrong.text.matches("aria-invalid").count(), 2);
    send(&client, "requests", &[]).await.expect(303);
    assert_eq!(shown("").await, 0);
}

#[tokio::test]
async fn faults_are_added_shown_with_their_hits_and_taken_out() {
    let world = World::start(Edition::Classic).await;
    let client = world.anonymous();
    let rule = [
        ("operation", "getUsers"),
        ("status", "500"),
        ("retryAfter", "2"),
        ("times", "1"),
    ];
    send(&client, "faults", &rule).await.expect(303);
    world
        .by_key(Actor::KeyHolder)
        .get("/api/v1/users")
        .send()
        .await
        .expect(500);
    let page = client.get(&path("faults")).send().await.expect(200);
    for part in ["fault-1", "status 500", "operation getUsers", "1 of 1", "spent"] {
        assert!(page.text.contains(part), "{part}");
    }
    for (wrong, faults) in [
        (&[("path", "/a")][..], 0),
        (&[("status", "200"), ("times", "many")][..], 2),
        (&[("latency", "long"), ("method", "SEND")][..], 2),
    ] {
        let answer = send(&client, "faults", wrong).await.expect(400);
        assert_eq!(answer.text.matches("aria-invalid").count(), faults, "{wrong:?}");
    }
    send(&client, "faults/fault-1/remove", &[]).await.expect(303);
    send(&client, "faults/fault-1/remove", &[]).await.expect(404);
    send(&client, "faults", &[("fault", "empty-reply"), ("path", "/x")])
        .await
        .expect(303);
    send(&client, "faults/clear", &[]).await.expect(303);
    let left = control(&world, Method::GET, "/faults", None).await.expect(200);
    assert_eq!(left.json["data"], json!([]));
}

#[tokio::test]
async fn snapshots_are_saved_restored_and_deleted_and_a_reset_goes_back_to_the_start() {
    let world = World::start(Edition::Classic).await;
    let client = world.anonymous();
    let start = super::state(&world).await;
    send(&client, "snapshots", &[("name", "full")]).await.expect(303);
    send(&client, "snapshots", &[("name", "no name")])
        .await
        .expect(400);
    send(&client, "reset", &[("do", "empty")]).await.expect(303);
    assert_ne!(super::state(&world).await, start);
    send(&client, "snapshots/full/restore", &[]).await.expect(303);
    assert_eq!(super::state(&world).await, start);
    send(&client, "reset", &[("do", "empty")]).await.expect(303);
    send(&client, "reset", &[("do", "seed")]).await.expect(303);
    assert_eq!(super::state(&world).await, start);
    send(&client, "reset", &[]).await.expect(400);
    send(&client, "snapshots/full/delete", &[]).await.expect(303);
    send(&client, "snapshots/full/restore", &[]).await.expect(404);
}

#[tokio::test]
async fn tenants_are_created_with_keys_that_are_shown_once_steered_and_deleted() {
    let world = World::start(Edition::Classic).await;
    let client = world.anonymous();
    let fields = [("name", "alpha"), ("seed", "ready"), ("edition", "current")];
    let created = send(&client, "tenants", &fields).await.expect(200);
    let token = |handle: &str| {
        let after = created
            .text
            .split(&format!("data-testid=\"{handle}\">"))
            .nth(1)
            .unwrap();
        after.split('<').next().unwrap().to_owned()
    };
    for handle in ["admin-key", "developer-key"] {
        let holder = world.with_token(&token(handle));
        holder.get("/api/v1/users/me").send().await.expect(301);
    }
    let list = client.get(&path("tenants")).send().await.expect(200);
    assert!(list.text.contains("http://alpha.localhost:") && !list.text.contains(&token("admin-key")));
    let taken = send(&client, "tenants", &fields).await.expect(409);
    assert!(taken.text.contains("aria-invalid"));
    send(&client, "tenants", &[("name", "Not a name")])
        .await
        .expect(400);
    send(&client, "tenants", &[("seed", "mine")]).await.expect(400);

    // A page about another tenant sends its forms there.
    let page = client.get(&path("clock?tenant=alpha")).send().await.expect(200);
    assert!(
        page.text
            .contains("action=\"/_mock/emulator/clock?tenant=alpha\"")
    );
    let frozen = send(&client, "clock?tenant=alpha", &[("do", "freeze")])
        .await
        .expect(303);
    assert_eq!(frozen.header("location"), "/_mock/emulator/clock?tenant=alpha");
    let clock = control(&world, Method::GET, "/clock?tenant=alpha", None)
        .await
        .expect(200);
    assert_eq!(clock.str("/mode"), "frozen");

    client.get(&path("tenants/alpha/delete")).send().await.expect(200);
    let deleted = send(&client, "tenants/alpha/delete?tenant=alpha", &[])
        .await
        .expect(303);
    assert_eq!(deleted.header("location"), "/_mock/emulator/tenants");
    client.get(&path("clock?tenant=alpha")).send().await.expect(404);
    send(&client, "tenants/default/delete", &[]).await.expect(400);
}
