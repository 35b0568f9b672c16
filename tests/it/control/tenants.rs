//! `/_mock/tenants`, and which tenant a request is for.

use mock_qlik_cloud::Emulator;
use mock_qlik_cloud::domain::clock::Clock;
use mock_qlik_cloud::domain::entropy::Entropy;
use mock_qlik_cloud::domain::settings::Edition;
use mock_qlik_cloud::seeds::Seed;
use reqwest::Method;
use serde_json::{Value, json};

use super::{control, state};
use crate::support::{Actor, Answer, Client, EDITIONS, START, TENANT_ID, World};

const DEVELOPER: &str = "developer@example.com";

async fn create(world: &World, body: &Value) -> Answer {
    control(world, Method::POST, "/tenants", Some(body)).await
}

/// The subjects of all users that a client sees.
async fn subjects(client: &Client) -> Vec<String> {
    let list = client.get("/api/v1/users?limit=100").send().await.expect(200);
    let mut subjects = list.each("subject");
    subjects.sort();
    subjects
}

async fn create_user(admin: &Client, subject: &str) {
    let body = json!({ "subject": subject, "name": subject, "status": "active" });
    admin.post("/api/v1/users").json(&body).send().await.expect(201);
}

#[tokio::test]
async fn a_tenant_comes_in_one_call_with_keys_that_work() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let created = create(&world, &json!({ "name": "alpha", "edition": edition.as_str() }))
            .await
            .expect(201);
        assert_eq!(created.header("cache-control"), "no-store");
        assert_eq!(created.str("/name"), "alpha");
        assert_eq!(created.str("/edition"), edition.as_str());
        assert_ne!(created.str("/id"), TENANT_ID);
        let port = world.url().rsplit_once(':').unwrap().1.to_owned();
        assert_eq!(created.str("/host"), format!("alpha.localhost:{port}"));
        assert_eq!(created.str("/url"), format!("http://alpha.localhost:{port}"));

        let admin = world.with_token(created.str("/admin/token"));
        let me = admin.get("/api/v1/tenants/me").send().await.expect(302);
        assert!(me.header("location").ends_with(created.str("/id")));
        // Only a tenant admin counts users.
        admin.get("/api/v1/users/actions/count").send().await.expect(200);
        let developer = world.with_token(created.str("/developer/token"));
        let id = created.str("/developer/userId");
        let own = developer
            .get(&format!("/api/v1/users/{id}"))
            .send()
            .await
            .expect(200);
        assert_eq!(own.str("/email"), DEVELOPER);
        assert_eq!(own.str("/tenantId"), created.str("/id"));
        developer
            .get("/api/v1/users/actions/count")
            .send()
            .await
            .expect(403);
        world.mint(&developer, "made there", "P1D").await;
    }
}

#[tokio::test]
async fn what_is_done_in_one_tenant_is_not_seen_in_another() {
    let world = World::start(Edition::Classic).await;
    let before = state(&world).await;
    let alpha = create(&world, &json!({})).await.expect(201);
    let beta = create(&world, &json!({})).await.expect(201);
    assert_eq!([alpha.str("/name"), beta.str("/name")], ["t1", "t2"]);
    assert_ne!(alpha.str("/id"), beta.str("/id"));
    let [in_alpha, in_beta] = [&alpha, &beta].map(|created| world.with_token(created.str("/admin/token")));
    let untouched = subjects(&in_beta).await;

    create_user(&in_alpha, "only-here").await;
    control(
        &world,
        Method::PUT,
        "/clock?tenant=t1",
        Some(&json!({ "advance": "P1D" })),
    )
    .await
    .expect(200);
    let fault = json!({ "operation": "getUsers", "status": 500 });
    control(&world, Method::POST, "/faults?tenant=t1", Some(&fault))
        .await
        .expect(201);
    control(&world, Method::PUT, "/snapshots/mine?tenant=t1", None)
        .await
        .expect(200);
    in_alpha.get("/api/v1/users").send().await.expect(500);

    assert_eq!(subjects(&in_beta).await, untouched);
    assert_eq!(state(&world).await, before);
    for other in ["/clock", "/clock?tenant=t2", "/clock?tenant=default"] {
        let clock = control(&world, Method::GET, other, None).await.expect(200);
        assert_eq!(clock.str("/now"), START, "{other}");
    }
    for (list, expected) in [("/faults?tenant=", 1), ("/snapshots?tenant=", 1)] {
        for (tenant, expected) in [("t1", expected), ("t2", 0), ("default", 0)] {
            let list = control(&world, Method::GET, &format!("{list}{tenant}"), None)
                .await
                .expect(200);
            assert_eq!(list.json["data"].as_array().unwrap().len(), expected, "{tenant}");
        }
    }
    let journal = async |tenant: &str| {
        let path = format!("/requests?operation=createUser&tenant={tenant}");
        let found = control(&world, Method::GET, &path, None).await.expect(200);
        found.json["data"].as_array().unwrap().len()
    };
    assert_eq!(
        [journal("t1").await, journal("t2").await, journal("default").await],
        [1, 0, 0]
    );
}

#[tokio::test]
async fn the_host_names_the_tenant_and_then_only_its_credentials_are_good() {
    let world = World::start(Edition::Classic).await;
    let created = create(&world, &json!({ "name": "alpha" })).await.expect(201);
    let id = created.str("/id");
    let token = created.str("/admin/token");
    let at = async |client: &Client, host: &str| {
        client.get("/api/v1/tenants/me").header("host", host).send().await
    };
    let of_alpha = world.with_token(token);
    for host in [
        "alpha.localhost",
        "ALPHA.localhost:7545",
        "alpha.eu.qlikcloud.com",
    ] {
        let answer = at(&of_alpha, host).await.expect(302);
        assert!(answer.header("location").ends_with(id), "{host}");
    }
    for host in [
        "127.0.0.1",
        "localhost:7545",
        "[::1]:7545",
        "qlik",
        "emulator.example",
    ] {
        assert!(
            at(&of_alpha, host)
                .await
                .expect(302)
                .header("location")
                .ends_with(id),
            "{host}"
        );
    }
    for host in ["default.localhost", "example.localhost:7545"] {
        at(&of_alpha, host).await.expect_refusal(401, "wrong-tenant");
    }
    let of_the_default = world.by_key(Actor::TenantAdminHoldingKeys);
    at(&of_the_default, "alpha.localhost")
        .await
        .expect_refusal(401, "wrong-tenant");
    for host in ["default.localhost", "example.localhost", "127.0.0.1"] {
        let answer = at(&of_the_default, host).await.expect(302);
        assert!(answer.header("location").ends_with(TENANT_ID), "{host}");
    }
    for path in ["/health", "/_mock/clock", "/api/v1/nowhere"] {
        let lost = world.anonymous().get(path).outside_the_contract();
        let lost = lost.header("host", "gamma.localhost").send().await.expect(404);
        assert_eq!(lost.str("/errors/0/code"), "MOCK-NO-TENANT", "{path}");
    }
}

#[tokio::test]
async fn an_alias_leads_to_its_tenant_until_a_reset_or_the_end_of_the_tenant_takes_it() {
    let world = World::start(Edition::Classic).await;
    let created = create(&world, &json!({ "name": "alpha" })).await.expect(201);
    let admin = world.with_token(created.str("/admin/token"));
    let resource = format!("/api/v1/tenants/{}", created.str("/id"));
    let set_alias = async |alias: &str| {
        let patch = json!([{ "op": "replace", "path": "/hostnames/1", "value": alias }]);
        admin.patch(&resource).json(&patch).send().await.expect(204);
    };
    let status_at = async |host: &str| {
        let health = world.anonymous().get("/health").header("host", host);
        health.outside_the_contract().send().await.status
    };
    assert_eq!(status_at("sales.localhost").await, 404);
    set_alias("sales").await;
    assert_eq!(status_at("SALES.localhost:7545").await, 200);
    create(&world, &json!({ "name": "sales" })).await.expect(409);
    set_alias("marketing").await;
    assert_eq!(status_at("sales.localhost").await, 404);
    assert_eq!(status_at("marketing.localhost").await, 200);

    control(&world, Method::POST, "/reset?tenant=alpha", None)
        .await
        .expect(204);
    assert_eq!(status_at("marketing.localhost").await, 404);

    set_alias("sales").await;
    control(&world, Method::DELETE, "/tenants/alpha", None)
        .await
        .expect(204);
    assert_eq!(status_at("sales.localhost").await, 404);
    create(&world, &json!({ "name": "sales" })).await.expect(201);
}

#[tokio::test]
async fn a_session_leads_to_its_own_tenant() {
    let world = World::start(Edition::Classic).await;
    let created = create(&world, &json!({ "name": "alpha" })).await.expect(201);
    let anonymous = world.anonymous();
    let signed_in = anonymous
        .post("/login")
        .header("host", "alpha.localhost")
        .form(&[("user", DEVELOPER)])
        .send()
        .await
        .expect(303);
    let cookie = signed_in
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let whose = async |host: &str| {
        anonymous
            .get("/api/v1/tenants/me")
            .header("host", host)
            .header("cookie", &cookie)
            .send()
            .await
    };
    for host in ["127.0.0.1", "alpha.localhost"] {
        let answer = whose(host).await.expect(302);
        assert!(answer.header("location").ends_with(created.str("/id")), "{host}");
    }
    whose("default.localhost")
        .await
        .expect_refusal(401, "session-ended");
}

#[tokio::test]
async fn a_reset_leads_back_to_the_tenant_as_it_was_created() {
    let world = World::start(Edition::Classic).await;
    let created = create(&world, &json!({ "name": "alpha" })).await.expect(201);
    let admin = world.with_token(created.str("/admin/token"));
    let seed = "/seed?tenant=alpha";
    let before = control(&world, Method::GET, seed, None).await.expect(200).text;
    let of_the_default = world.by_key(Actor::TenantAdminHoldingKeys);
    create_user(&of_the_default, "stays").await;

    create_user(&admin, "goes").await;
    control(&world, Method::POST, "/reset?tenant=alpha", None)
        .await
        .expect(204);
    assert_eq!(
        control(&world, Method::GET, seed, None).await.expect(200).text,
        before
    );
    assert!(subjects(&of_the_default).await.contains(&"stays".to_owned()));

    // By the host, or by a credential, as well as by its name.
    for header in [
        ("host", "alpha.localhost".to_owned()),
        ("authorization", format!("Bearer {}", admin.secret())),
    ] {
        create_user(&admin, "goes").await;
        world
            .anonymous()
            .post("/_mock/reset")
            .outside_the_contract()
            .header(header.0, &header.1)
            .send()
            .await
            .expect(204);
        assert!(
            !subjects(&admin).await.contains(&"goes".to_owned()),
            "{}",
            header.0
        );
    }

    create_user(&admin, "goes").await;
    control(&world, Method::POST, "/reset", Some(&json!({ "all": true })))
        .await
        .expect(204);
    for client in [&admin, &of_the_default] {
        let left = subjects(client).await;
        assert!(
            !left.contains(&"goes".to_owned()) && !left.contains(&"stays".to_owned()),
            "{left:?}"
        );
    }
}

#[tokio::test]
async fn a_tenant_keeps_its_identity_whatever_state_is_put_into_it() {
    let world = World::start(Edition::Classic).await;
    let of_the_default: Value = serde_json::from_str(&state(&world).await).unwrap();
    let created = create(&world, &json!({ "name": "alpha", "seed": of_the_default }))
        .await
        .expect(201);
    let id = created.str("/id");
    assert_ne!(id, TENANT_ID);
    let planted = control(&world, Method::PUT, "/seed?tenant=alpha", Some(&of_the_default)).await;
    planted.expect(204);
    let after = control(&world, Method::GET, "/seed?tenant=alpha", None)
        .await
        .expect(200);
    assert_eq!(after.str("/tenant/id"), id);
    assert_eq!(after.json["tenant"]["hostnames"], json!(["alpha.localhost"]));
    assert_eq!(after.json["users"], of_the_default["users"]);
}

#[tokio::test]
async fn a_seed_that_switches_keys_off_or_has_nobody_gives_no_keys() {
    let world = World::start(Edition::Classic).await;
    for seed in ["tutorial", "empty"] {
        let created = create(&world, &json!({ "seed": seed })).await.expect(201);
        assert_eq!(
            [&created.json["admin"], &created.json["developer"]],
            [&Value::Null; 2],
            "{seed}"
        );
    }
    // A token that is another tenant's would be refused, so it is not taken over.
    let ready = create(&world, &json!({ "seed": "ready" })).await.expect(201);
    assert_eq!(ready.json["apiKeys"], 2);
}

#[tokio::test]
async fn a_wish_that_cannot_be_granted_is_refused_and_creates_nothing() {
    let world = World::start(Edition::Classic).await;
    create(&world, &json!({ "name": "alpha" })).await.expect(201);
    for (body, status, pointer) in [
        (json!({ "name": "alpha" }), 409, "/name"),
        (json!({ "name": "default" }), 409, "/name"),
        // The host name of the default tenant is example.localhost.
        (json!({ "name": "example" }), 409, "/name"),
        (json!({ "name": "127" }), 400, "/name"),
        (json!({ "name": "Al Pha" }), 400, "/name"),
        (json!({ "seed": "nowhere" }), 400, "/seed"),
        (json!({ "seed": 7 }), 400, "/seed"),
        (
            json!({ "seed": { "format": 1, "tenant": { "name": 7, "hostnames": ["x"] } } }),
            400,
            "/seed/tenant/name",
        ),
        (json!({ "seed": { "format": 99 } }), 400, "/seed/format"),
        (json!({ "edition": "future" }), 400, "/edition"),
        (json!({ "colour": "green" }), 400, "/colour"),
        (json!([]), 400, ""),
    ] {
        let refused = create(&world, &body).await.expect(status);
        assert_eq!(refused.json["errors"][0]["source"]["pointer"], pointer, "{body}");
    }
    let list = control(&world, Method::GET, "/tenants", None).await.expect(200);
    assert_eq!(list.each("name"), ["default", "alpha"]);
}

#[tokio::test]
async fn a_deleted_tenant_is_gone_and_the_default_one_stays() {
    let world = World::start(Edition::Classic).await;
    let created = create(&world, &json!({ "name": "alpha" })).await.expect(201);
    let admin = world.with_token(created.str("/admin/token"));
    let by_id = format!("/tenants/{}", created.str("/id"));
    assert_eq!(
        control(&world, Method::GET, &by_id, None)
            .await
            .expect(200)
            .str("/name"),
        "alpha"
    );
    control(&world, Method::DELETE, &by_id, None).await.expect(204);
    admin
        .get("/api/v1/users/me")
        .send()
        .await
        .expect_refusal(401, "wrong-tenant");
    for path in ["/tenants/alpha", "/clock?tenant=alpha"] {
        control(&world, Method::GET, path, None).await.expect(404);
    }
    control(&world, Method::DELETE, "/tenants/alpha", None)
        .await
        .expect(404);
    control(&world, Method::DELETE, "/tenants/default", None)
        .await
        .expect(400);
    control(&world, Method::DELETE, &format!("/tenants/{TENANT_ID}"), None)
        .await
        .expect(400);

    // The name is free again.
    create(&world, &json!({ "name": "alpha" })).await.expect(201);
    create(&world, &json!({})).await.expect(201);
    control(&world, Method::DELETE, "/tenants", None)
        .await
        .expect(204);
    let list = control(&world, Method::GET, "/tenants", None).await.expect(200);
    assert_eq!(list.each("name"), ["default"]);
    world
        .by_key(Actor::KeyHolder)
        .get("/api/v1/users/me")
        .send()
        .await
        .expect(301);
}

#[tokio::test]
async fn a_seeded_emulator_makes_the_same_tenants_again() {
    let start = async || {
        Emulator::builder()
            .seed(Seed::shipped("ready").unwrap())
            .clock(Clock::frozen(START.parse().unwrap()))
            .entropy(Entropy::seeded(1))
            .start()
            .await
            .unwrap()
    };
    let (one, two) = (start().await, start().await);
    let mut made = Vec::new();
    for (emulator, names) in [(&one, ["alpha", "beta"]), (&two, ["beta", "alpha"])] {
        let client = Client::at(emulator.url(), Edition::Classic);
        let mut tokens = Vec::new();
        for name in names {
            let body = json!({ "name": name });
            let created = client
                .post("/_mock/tenants")
                .outside_the_contract()
                .json(&body)
                .send()
                .await;
            tokens.push((name, created.expect(201).str("/admin/keyId").to_owned()));
        }
        tokens.sort();
        made.push(tokens);
    }
    assert_eq!(made[0], made[1]);
    assert_ne!(made[0][0].1, made[0][1].1);
}

#[tokio::test]
async fn the_name_of_a_machine_is_no_tenants() {
    let world = World::start(Edition::Classic).await;
    create(&world, &json!({ "name": "localhost" })).await.expect(201);
    create(&world, &json!({ "name": "qlik" })).await.expect(201);
    for host in ["localhost:7545", "qlik", "qlik:7545"] {
        let health = world.anonymous().get("/health").header("host", host);
        assert_eq!(
            health.send().await.expect(200).str("/tenantId"),
            TENANT_ID,
            "{host}"
        );
    }
}

#[tokio::test]
async fn the_default_tenant_cannot_be_made_another() {
    let world = World::start(Edition::Classic).await;
    let created = create(&world, &json!({ "name": "alpha" })).await.expect(201);
    let of_alpha = control(&world, Method::GET, "/seed?tenant=alpha", None)
        .await
        .expect(200);
    for (method, path) in [(Method::PUT, "/seed"), (Method::PUT, "/snapshots/theirs")] {
        let refused = control(&world, method, path, Some(&of_alpha.json))
            .await
            .expect(400);
        assert_eq!(refused.str("/errors/0/source/pointer"), "/tenant/id", "{path}");
    }
    assert_eq!(
        control(&world, Method::GET, "/tenants/default", None)
            .await
            .expect(200)
            .str("/id"),
        TENANT_ID
    );
    // Where it belongs, it may be put back.
    control(&world, Method::PUT, "/seed?tenant=alpha", Some(&of_alpha.json))
        .await
        .expect(204);
    let admin = world.with_token(created.str("/admin/token"));
    admin.get("/api/v1/users/actions/count").send().await.expect(200);
}

#[tokio::test]
async fn a_key_that_came_with_a_state_of_another_tenant_opens_nothing() {
    let world = World::start(Edition::Classic).await;
    create(&world, &json!({ "name": "alpha" })).await.expect(201);
    let of_the_default: Value = serde_json::from_str(&state(&world).await).unwrap();
    control(&world, Method::PUT, "/seed?tenant=alpha", Some(&of_the_default))
        .await
        .expect(204);
    let holder = world.by_key(Actor::KeyHolder);
    let me = holder.get("/api/v1/users/me").header("host", "alpha.localhost");
    me.send().await.expect_refusal(401, "wrong-tenant");
    holder.get("/api/v1/users/me").send().await.expect(301);
}

#[tokio::test]
async fn a_parameter_that_is_misspelt_empty_or_ambiguous_steers_nobody() {
    let world = World::start(Edition::Classic).await;
    create(&world, &json!({ "name": "alpha" })).await.expect(201);
    let of_the_default = world.by_key(Actor::TenantAdminHoldingKeys);
    create_user(&of_the_default, "stays").await;
    for (query, status, parameter) in [
        ("?tenat=alpha", 400, "tenat"),
        ("?tenant=default&x=1", 400, "x"),
        ("?tenant=default&tenant=alpha", 400, "tenant"),
        ("?tenant=", 404, "tenant"),
        ("?tenant=nobody", 404, "tenant"),
    ] {
        let refused = control(&world, Method::POST, &format!("/reset{query}"), None)
            .await
            .expect(status);
        assert_eq!(refused.str("/errors/0/source/parameter"), parameter, "{query}");
    }
    assert!(subjects(&of_the_default).await.contains(&"stays".to_owned()));
}

#[tokio::test]
async fn a_stream_ends_with_its_tenant() {
    let world = World::start(Edition::Classic).await;
    create(&world, &json!({ "name": "alpha" })).await.expect(201);
    create(&world, &json!({ "name": "beta" })).await.expect(201);
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let stream = async |tenant: &str| {
        let address = format!("{}/_mock/requests/stream?tenant={tenant}", world.url());
        http.get(address).send().await.unwrap()
    };
    let (mut of_alpha, mut of_beta) = (stream("alpha").await, stream("beta").await);
    control(&world, Method::DELETE, "/tenants/alpha", None)
        .await
        .expect(204);
    let end =
        |stream: reqwest::Response| tokio::time::timeout(std::time::Duration::from_secs(5), stream.bytes());
    assert!(
        of_alpha.chunk().await.unwrap().is_none(),
        "the stream of the deleted tenant goes on"
    );
    let asked = world.anonymous().get("/health").header("host", "beta.localhost");
    asked.send().await.expect(200);
    let roles = world
        .anonymous()
        .get("/api/v1/roles")
        .header("host", "beta.localhost");
    roles.send().await.expect(401);
    assert!(
        of_beta.chunk().await.unwrap().is_some(),
        "the stream of the other has ended"
    );
    control(&world, Method::DELETE, "/tenants", None)
        .await
        .expect(204);
    end(of_beta).await.expect("it goes on").unwrap();
}

#[tokio::test]
async fn a_method_that_a_route_does_not_take_is_refused_with_those_that_it_does() {
    let world = World::start(Edition::Classic).await;
    let refused = world
        .anonymous()
        .patch("/_mock/clock")
        .outside_the_contract()
        .json(&json!({}))
        .send()
        .await
        .expect(405);
    let mut allowed: Vec<_> = refused.header("allow").split(',').map(str::trim).collect();
    allowed.sort_unstable();
    assert_eq!(allowed, ["GET", "HEAD", "PUT"]);
    assert_eq!(refused.str("/errors/0/code"), "HTTP-405");
}
