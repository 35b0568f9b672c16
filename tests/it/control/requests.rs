//! `/_mock/requests`: the journal.

use chrono::TimeDelta;
use mock_qlik_cloud::domain::settings::Edition;
use reqwest::Method;
use serde_json::{Value, json};

use super::control;
use crate::support::{Actor, Answer, START, World};

async fn requests(world: &World, query: &str) -> Answer {
    control(world, Method::GET, &format!("/requests{query}"), None)
        .await
        .expect(200)
}

async fn verify(world: &World, expectation: &Value) -> Answer {
    control(world, Method::POST, "/requests/verify", Some(expectation)).await
}

/// 1: a key is made; 2: a list of users; 3: nobody asks; 4: a path that there is not.
async fn traffic(world: &World) -> String {
    let holder = world.by_key(Actor::KeyHolder);
    let key = world.mint(&holder, "made", "PT1H").await;
    holder.get("/api/v1/users?limit=5").send().await.expect(200);
    world
        .anonymous()
        .get("/api/v1/users")
        .send()
        .await
        .expect_refusal(401, "no-credential");
    let nowhere = holder.get("/api/v1/nowhere").outside_the_contract();
    nowhere.send().await.expect(404);
    key.token
}

#[tokio::test]
async fn an_entry_says_who_asked_what_and_what_came_of_it() {
    let world = World::start(Edition::Classic).await;
    let holder = Actor::KeyHolder.person();
    traffic(&world).await;
    let found = requests(&world, "").await.json;
    assert_eq!(
        (&found["lastSequence"], &found["dropped"]),
        (&json!(4), &json!(0))
    );
    let [made, list, refused, nowhere] = found["data"].as_array().unwrap().as_slice() else {
        panic!("{found}")
    };
    assert_eq!(made["operation"], "createApiKey");
    assert_eq!(made["family"], "api-keys");
    assert_eq!((&made["time"], &made["status"]), (&json!(START), &json!(201)));
    assert_eq!(
        made["caller"],
        json!({ "user": holder.id, "apiKey": holder.key_id })
    );
    let sent: Value = serde_json::from_str(made["requestBody"]["text"].as_str().unwrap()).unwrap();
    assert_eq!(sent, json!({ "description": "made", "expiry": "PT1H" }));
    let answered: Value = serde_json::from_str(made["responseBody"]["text"].as_str().unwrap()).unwrap();
    assert_eq!(
        (&answered["description"], &answered["token"]),
        (&json!("made"), &json!("…"))
    );
    assert_eq!(
        (&list["path"], &list["query"]),
        (&json!("/api/v1/users"), &json!("limit=5"))
    );
    assert_eq!(list["requestHeaders"].get("authorization"), None);
    assert_eq!(list["requestBody"], json!({ "size": 0 }));
    assert_eq!(
        (&refused["refusal"], refused.get("caller")),
        (&json!("no-credential"), None)
    );
    assert_eq!(refused["responseHeaders"]["www-authenticate"], "Bearer");
    assert_eq!(
        (&nowhere["status"], nowhere.get("operation")),
        (&json!(404), None)
    );
    assert_eq!(nowhere["caller"]["user"], holder.id);
}

#[tokio::test]
async fn entries_are_found_by_what_they_are() {
    let world = World::start(Edition::Classic).await;
    traffic(&world).await;
    let found = async |query: &str| -> Vec<u64> {
        let data = requests(&world, query).await.json["data"].take();
        let entries = data.as_array().unwrap();
        entries
            .iter()
            .map(|entry| entry["sequence"].as_u64().unwrap())
            .collect()
    };
    assert_eq!(found("?operation=getUsers").await, [2, 3]);
    assert_eq!(found("?path=/api/v1/users/**&status=2xx").await, [2]);
    assert_eq!(found("?method=POST").await, [1]);
    assert_eq!(
        found(&format!("?caller={}", Actor::KeyHolder.person().id)).await,
        [1, 2, 4]
    );
    assert_eq!(found("?since=1&limit=2").await, [2, 3]);
    assert_eq!(found("?limit=1").await, [4]);
    control(
        &world,
        Method::GET,
        "/requests?operation=getUser&limit=0&often=1",
        None,
    )
    .await
    .expect_faults(&["operation", "limit", "often"]);
}

#[tokio::test]
async fn what_a_test_expects_is_verified_and_otherwise_the_nearest_is_shown() {
    let world = World::start(Edition::Classic).await;
    traffic(&world).await;
    let verified = verify(
        &world,
        &json!({ "operation": "createApiKey", "status": 201, "exactly": 1 }),
    )
    .await;
    assert_eq!(
        verified.expect(200).json,
        json!({ "matched": 1, "sequences": [1] })
    );
    let order = json!({ "inOrder": [{ "operation": "createApiKey" }, { "status": 401 }] });
    assert_eq!(
        verify(&world, &order).await.expect(200).json["sequences"],
        json!([1, 3])
    );

    let missed = verify(&world, &json!({ "operation": "createApiKey", "status": 400 }))
        .await
        .expect(409);
    assert_eq!(missed.str("/errors/0/code"), "MOCK-NOT-AS-EXPECTED");
    assert_eq!(
        missed.str("/errors/0/detail"),
        "Expected `createApiKey` answered 400 at least once, but it came not once."
    );
    let nearest = &missed.json["errors"][0]["meta"]["nearest"][0];
    assert_eq!(nearest["differences"], json!(["The status is 201, not 400."]));
    verify(&world, &json!({ "operation": "createKey" }))
        .await
        .expect_faults(&["/operation"]);
}

#[tokio::test]
async fn faults_and_limits_are_noted_and_a_cut_connection_has_no_status() {
    let world = World::start(Edition::Classic).await;
    for rule in [
        json!({ "status": 500, "times": 1 }),
        json!({ "fault": "connection-reset", "times": 1 }),
    ] {
        control(&world, Method::POST, "/faults", Some(&rule))
            .await
            .expect(201);
    }
    let token = Actor::KeyHolder.person().token();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let ask = async || {
        http.get(format!("{}/api/v1/roles", world.url()))
            .bearer_auth(token)
            .send()
            .await
    };
    assert_eq!(ask().await.unwrap().status(), 500);
    assert!(ask().await.is_err());
    let limits = json!({ "enabled": true, "scale": 0.000_001 });
    control(&world, Method::PUT, "/rate-limits", Some(&limits))
        .await
        .expect(200);
    ask().await.unwrap();
    assert_eq!(ask().await.unwrap().status(), 429);

    let data = requests(&world, "").await.json["data"].take();
    let noted: Vec<_> = data
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            (
                entry["status"].clone(),
                entry["refusal"].clone(),
                entry["faults"].clone(),
            )
        })
        .collect();
    let (none, no_faults) = (Value::Null, json!([]));
    assert_eq!(
        noted[0],
        (json!(500), json!("injected-fault"), json!(["fault-1"]))
    );
    assert_eq!(noted[1], (none.clone(), none, json!(["fault-2"])));
    assert_eq!(noted[3], (json!(429), json!("user-rate-limit"), no_faults));
    assert_eq!(data[3]["caller"]["user"], Actor::KeyHolder.person().id);
}

#[tokio::test]
async fn the_journal_is_bounded_cleared_and_reset() {
    let world = World::start(Edition::Classic).await;
    let small = json!({ "entries": 2, "bytes": 1_000_000, "bodyBytes": 0 });
    let set = control(&world, Method::PUT, "/requests/settings", Some(&small))
        .await
        .expect(200);
    assert_eq!(set.json, small);
    traffic(&world).await;
    let found = requests(&world, "").await.json;
    assert_eq!(
        (&found["data"][0]["sequence"], &found["dropped"]),
        (&json!(3), &json!(2))
    );
    control(&world, Method::DELETE, "/requests", None)
        .await
        .expect(204);
    let found = requests(&world, "").await.json;
    assert_eq!(found, json!({ "data": [], "lastSequence": 4, "dropped": 0 }));
    let off = json!({ "entries": 0 });
    control(&world, Method::PUT, "/requests/settings", Some(&off))
        .await
        .expect(200);
    traffic(&world).await;
    assert_eq!(requests(&world, "").await.json["lastSequence"], 4);
    control(&world, Method::POST, "/reset", None).await.expect(204);
    traffic(&world).await;
    assert_eq!(requests(&world, "").await.json["lastSequence"], 4);
    let usual = control(&world, Method::GET, "/requests/settings", None)
        .await
        .expect(200)
        .json;
    assert_eq!(
        usual,
        json!({ "entries": 10_000, "bytes": 8_388_608, "bodyBytes": 8192 })
    );
}

#[tokio::test]
async fn what_steers_the_emulator_is_not_noted() {
    let world = World::start(Edition::Classic).await;
    for path in ["/_mock/clock", "/_mock/nowhere", "/health", "/readyz"] {
        world.anonymous().get(path).outside_the_contract().send().await;
    }
    assert_eq!(requests(&world, "").await.json["lastSequence"], 0);
}

#[tokio::test]
async fn an_archive_has_the_same_requests() {
    let world = World::start(Edition::Classic).await;
    traffic(&world).await;
    world.advance(TimeDelta::hours(1));
    let archive = requests(&world, "/har?status=4xx").await.json;
    let entries = archive["log"]["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 2);
    assert_eq!(
        entries[1]["request"]["url"],
        format!("{}/api/v1/nowhere", world.url())
    );
    assert_eq!(entries[1]["response"]["statusText"], "Not Found");
    assert_eq!(entries[1]["startedDateTime"], START);
}

#[tokio::test]
async fn an_open_stream_ends_with_the_emulator_and_does_not_hold_it_up() {
    let emulator = mock_qlik_cloud::Emulator::builder().start().await.unwrap();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let ask = async |path: &str| {
        http.get(format!("{}{path}", emulator.url()))
            .send()
            .await
            .unwrap()
    };
    let mut stream = ask("/_mock/requests/stream").await;
    ask("/api/v1/roles").await;
    // Shorter than the patience that the emulator has with requests under way.
    let stopped = tokio::time::timeout(std::time::Duration::from_secs(4), emulator.stop());
    stopped.await.expect("the stream held it up");
    let mut told = Vec::new();
    while let Some(chunk) = stream.chunk().await.unwrap() {
        told.extend_from_slice(&chunk);
    }
    assert!(
        String::from_utf8(told)
            .unwrap()
            .contains("\"operation\":\"getRoles\"")
    );
}

#[tokio::test]
async fn the_stream_tells_what_comes_and_what_came_since() {
    let world = World::start(Edition::Classic).await;
    traffic(&world).await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let address = |query: &str| format!("{}/_mock/requests/stream{query}", world.url());
    let mut from_now_on = http.get(address("?operation=getUsers")).send().await.unwrap();
    assert_eq!(from_now_on.headers()["content-type"], "text/event-stream");
    let mut since = http
        .get(address("?since=1"))
        .header("last-event-id", "3")
        .send()
        .await
        .unwrap();
    traffic(&world).await;
    let (mut new, mut all) = (String::new(), String::new());
    while !new.contains("id: 7") {
        new += std::str::from_utf8(&from_now_on.chunk().await.unwrap().unwrap()).unwrap();
    }
    while !all.contains("id: 8") {
        all += std::str::from_utf8(&since.chunk().await.unwrap().unwrap()).unwrap();
    }
    let ids = |text: &str| -> Vec<String> {
        let lines = text.lines().filter_map(|line| line.strip_prefix("id: "));
        lines.map(str::to_owned).collect()
    };
    assert_eq!(ids(&new), ["6", "7"]);
    assert_eq!(ids(&all), ["4", "5", "6", "7", "8"]);
    let first = new.lines().find_map(|line| line.strip_prefix("data: ")).unwrap();
    let first: Value = serde_json::from_str(first).unwrap();
    assert_eq!(
        (&first["operation"], &first["query"]),
        (&json!("getUsers"), &json!("limit=5"))
    );
    control(&world, Method::GET, "/requests/stream?limit=1", None)
        .await
        .expect_faults(&["limit"]);
}

#[tokio::test]
async fn parameters_that_nothing_read_are_named_where_a_request_was_carried_out() {
    let world = World::start(Edition::Classic).await;
    let holder = world.by_key(Actor::KeyHolder);
    for query in ["?limit=5&limits=5&colour=a%20b", "?limit=5", "?limits=", ""] {
        holder
            .get(&format!("/api/v1/users{query}"))
            .send()
            .await
            .expect(200);
    }
    holder
        .get("/api/v1/users?limit=0&limits=5")
        .send()
        .await
        .expect(400);
    let found = requests(&world, "?unread=true").await;
    assert_eq!(found.json["data"].as_array().map(Vec::len), Some(1));
    assert_eq!(found.json["data"][0]["unread"], json!(["limits", "colour"]));
    let others = requests(&world, "?unread=false").await;
    assert_eq!(others.json["data"].as_array().map(Vec::len), Some(4));
    assert_eq!(others.json["data"][0]["unread"], Value::Null);
    let expectation = json!({ "operation": "getUsers", "unread": true, "exactly": 0 });
    let mismatch = control(&world, Method::POST, "/requests/verify", Some(&expectation))
        .await
        .expect(409);
    assert!(mismatch.str("/errors/0/detail").contains("with something unread"));
    control(&world, Method::GET, "/requests?unread=perhaps", None)
        .await
        .expect_faults(&["unread"]);
}

#[tokio::test]
async fn members_that_nothing_read_are_named_by_their_place() {
    let world = World::start(Edition::Classic).await;
    let admin = world.by_key(Actor::TenantAdminHoldingKeys);
    let user =
        json!({ "subject": "new", "status": "active", "colour": "green", "a/b": { "token": "hunter2" } });
    admin
        .post("/api/v1/users")
        .json(&user)
        .tolerated_beyond_the_contract()
        .send()
        .await
        .expect(201);
    let patch = json!([{ "op": "replace", "path": "/description", "value": "x", "why": "because" }]);
    admin
        .patch(&format!("/api/v1/api-keys/{}", Actor::KeyHolder.person().key_id))
        .json(&patch)
        .tolerated_beyond_the_contract()
        .send()
        .await
        .expect(204);
    let known = json!({ "subject": "another", "status": "active" });
    admin.post("/api/v1/users").json(&known).send().await.expect(201);
    let refused = json!({ "subject": "new", "colour": "green" });
    admin
        .post("/api/v1/users")
        .json(&refused)
        .send()
        .await
        .expect(409);

    let found = requests(&world, "?unread=true").await;
    let unread: Vec<_> = found.json["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| &entry["unread"])
        .collect();
    assert_eq!(unread, [&json!(["/a~1b", "/colour"]), &json!(["/0/why"])]);
    assert!(!found.text.contains("hunter2"));
}
