//! Signing in and out, the CSRF token, and what answers without any credential.

use std::collections::HashSet;

use mock_qlik_cloud::domain::settings::Edition;
use serde_json::json;

use crate::support::{Actor, Answer, EDITIONS, START, TENANT_ID, World};

const CSRF: &str = "/api/v1/csrf-token";

async fn sign_in(world: &World, fields: &[(&str, &str)]) -> Answer {
    world.anonymous().post("/login").form(fields).send().await
}

#[tokio::test]
async fn anybody_signs_in_by_address_subject_or_id() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let id = Actor::KeyHolder.person().id;
        for who in [
            "developer@example.com",
            "Developer@Example.COM",
            "developer",
            "DEVELOPER",
            id,
        ] {
            let answer = sign_in(&world, &[("user", who)]).await.expect(303);
            assert_eq!(answer.header("location"), "/");
            let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
            let me = world
                .anonymous()
                .get("/api/v1/users/me")
                .header("cookie", &cookie)
                .send()
                .await
                .expect(301);
            assert!(me.header("location").ends_with(id), "{who}");
        }
    }
}

#[tokio::test]
async fn the_cookie_is_for_the_server_only_and_new_each_time() {
    let world = World::start(Edition::Classic).await;
    let mut values = HashSet::new();
    for _ in 0..3 {
        let answer = sign_in(&world, &[("user", "viewer")]).await.expect(303);
        let mut parts = answer.header("set-cookie").split("; ");
        let (name, value) = parts.next().unwrap().split_once('=').unwrap();
        assert_eq!(name, "eas.sid");
        let (tenant, secret) = value.split_once('.').unwrap();
        assert_eq!(tenant, TENANT_ID);
        assert!(
            secret.len() >= 43 && secret.bytes().all(|byte| byte.is_ascii_alphanumeric()),
            "256 bits: {value}"
        );
        let attributes: HashSet<_> = parts.collect();
        // `Secure` would lose the cookie where there is no TLS.
        assert_eq!(attributes, HashSet::from(["Path=/", "HttpOnly", "SameSite=Lax"]));
        assert!(values.insert(value.to_owned()), "the same cookie twice");
    }
}

#[tokio::test]
async fn nobody_else_signs_in() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let admin = world.by_session(Actor::TenantAdmin).await;
        let deleted = Actor::User.person();
        admin
            .delete(&format!("/api/v1/users/{}", deleted.id))
            .send()
            .await
            .expect(204);
        for fields in [
            vec![("user", "nobody@example.com")],
            vec![("user", "")],
            vec![],
            vec![("username", "developer")],
            vec![("user", deleted.subject)],
            vec![("user", deleted.id)],
            vec![("user", r"SCIM\65000000000000000000abcd")],
        ] {
            let answer = sign_in(&world, &fields).await.expect_faults(&["user"]);
            assert!(answer.headers.get("set-cookie").is_none());
        }
        let disable = json!([{ "op": "replace", "path": "/status", "value": "disabled" }]);
        let developer = format!("/api/v1/users/{}", Actor::KeyHolder.person().id);
        admin.patch(&developer).json(&disable).send().await.expect(204);
        let answer = sign_in(&world, &[("user", "developer")])
            .await
            .expect_refusal(403, "user-disabled");
        assert!(answer.headers.get("set-cookie").is_none());
    }
}

#[tokio::test]
async fn whoever_signs_in_goes_where_he_wanted_to_on_this_tenant() {
    let world = World::start(Edition::Current).await;
    let own = world.url();
    for (wanted, path) in [
        ("/api/v1/users/me", "/api/v1/users/me"),
        (
            "/a/b?c=d&e=%2F%2Fevil.example#f",
            "/a/b?c=d&e=%2F%2Fevil.example#f",
        ),
        ("", "/"),
        (own.as_str(), "/"),
        (&format!("{own}/"), "/"),
        (&format!("{own}/api/v1/users/me?x=y"), "/api/v1/users/me?x=y"),
    ] {
        let answer = sign_in(&world, &[("user", "viewer"), ("returnto", wanted)])
            .await
            .expect(303);
        assert_eq!(answer.header("location"), path, "{wanted}");
    }
}

#[tokio::test]
async fn nobody_is_led_to_another_site() {
    let world = World::start(Edition::Current).await;
    let own = world.url();
    for wanted in [
        "http://evil.example/",
        "https://evil.example/api/v1/users/me",
        "//evil.example",
        "///evil.example",
        r"/\evil.example",
        r"\\evil.example",
        "/\t/evil.example",
        "/\r\nset-cookie: a=b",
        "javascript:alert(1)",
        "data:text/html,x",
        "https:evil.example",
        "https:/evil.example",
        "http:///evil.example",
        "%2F%2Fevil.example",
        "%5C%5Cevil.example",
        "evil.example",
        "users/me",
        " /api",
        &format!("{own}.evil.example/"),
        &format!("{own}@evil.example/"),
        &format!("{own}0/"),
        &format!("{own}//evil.example"),
        &own.replace("http:", "https:"),
    ] {
        let posted = sign_in(&world, &[("user", "viewer"), ("returnto", wanted)]).await;
        let page = world
            .anonymous()
            .get("/login")
            .query(&[("returnto", wanted)])
            .send()
            .await;
        for answer in [posted, page] {
            let answer = answer.expect(401);
            assert_eq!(answer.str("/errors/0/code"), "LOGIN-8", "{wanted:?}");
            assert_eq!(answer.str("/errors/0/source/parameter"), "returnto");
            assert!(answer.headers.get("set-cookie").is_none() && answer.headers.get("location").is_none());
        }
    }
}

#[tokio::test]
async fn a_strange_path_stays_on_this_tenant() {
    let world = World::start(Edition::Current).await;
    let own = reqwest::Url::parse(&world.url()).unwrap();
    for wanted in [
        "/%2F%2Fevil.example",
        "/%5Cevil.example",
        "/.//evil.example",
        "/..//evil.example",
        "/@evil.example",
        "/?//evil.example",
        "/#//evil.example",
    ] {
        let answer = sign_in(&world, &[("user", "viewer"), ("returnto", wanted)])
            .await
            .expect(303);
        let there = own.join(answer.header("location")).unwrap();
        assert_eq!(there.origin(), own.origin(), "{wanted}: {there}");
    }
}

#[tokio::test]
async fn whoever_is_signed_in_goes_on_at_once() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let viewer = world.by_session(Actor::User).await;
        let login = [("returnto", "/api/v1/users/me")];
        let answer = viewer.get("/login").query(&login).send().await.expect(302);
        assert_eq!(answer.header("location"), "/api/v1/users/me");
        // Unless the page is asked for.
        let asked = viewer.get("/login").query(&login).query(&[("prompt", "login")]);
        assert!(
            asked
                .send()
                .await
                .expect(200)
                .header("content-type")
                .starts_with("text/html")
        );
        // And nobody else sees a page who does not want one.
        let silent = world.anonymous().get("/login").query(&[("prompt", "none")]);
        silent.send().await.expect_refusal(401, "no-credential");
    }
}

#[tokio::test]
async fn a_form_of_another_site_is_refused() {
    let world = World::start(Edition::Current).await;
    let viewer = world.by_session(Actor::User).await;
    for (header, value) in [
        ("origin", "http://evil.example"),
        ("origin", "null"),
        ("origin", "https://example.localhost"),
        ("sec-fetch-site", "cross-site"),
    ] {
        let form = [("user", "viewer")];
        let answer = world
            .anonymous()
            .post("/login")
            .form(&form)
            .header(header, value)
            .send()
            .await;
        assert!(
            answer
                .expect_refusal(403, "foreign-origin")
                .headers
                .get("set-cookie")
                .is_none()
        );
        viewer
            .post("/logout")
            .header(header, value)
            .send()
            .await
            .expect_refusal(403, "foreign-origin");
    }
    viewer.get("/api/v1/users/me").send().await.expect(301);
    let own = world.anonymous().post("/login").form(&[("user", "viewer")]);
    own.header("origin", &world.url())
        .header("sec-fetch-site", "same-origin")
        .send()
        .await
        .expect(303);
}

#[tokio::test]
async fn a_log_in_is_a_form() {
    let world = World::start(Edition::Current).await;
    let login = || world.anonymous().post("/login");
    login()
        .json(&json!({ "user": "viewer" }))
        .send()
        .await
        .expect(415);
    let large = format!("user=viewer&x={}", "x".repeat(65_536));
    login()
        .body("application/x-www-form-urlencoded", large)
        .send()
        .await
        .expect(413);
    login()
        .body(
            "application/x-www-form-urlencoded; charset=utf-8",
            "user=viewer%40example.com",
        )
        .send()
        .await
        .expect(303);
    login()
        .body("application/x-www-form-urlencoded", b"user=\xff".to_vec())
        .send()
        .await
        .expect_faults(&["?"]);
}

#[tokio::test]
async fn a_session_asks_for_its_csrf_token() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let viewer = world.by_session(Actor::User).await;
        let answer = viewer.get(CSRF).send().await.expect(204);
        assert_eq!(
            answer.header("qlik-csrf-token"),
            viewer.csrf(),
            "the same for the whole session"
        );
        assert_ne!(
            world.by_session(Actor::User).await.csrf(),
            viewer.csrf(),
            "another session, another token"
        );
        assert!(!viewer.secret().contains(viewer.csrf()));

        for cookie in ["", "eas.sid=", "eas.sid=nonsense", "another=cookie"] {
            let answer = world
                .anonymous()
                .get(CSRF)
                .header("cookie", cookie)
                .send()
                .await
                .expect(404);
            assert_eq!(answer.str("/errors/0/code"), "CSRF-TOKEN-3");
            assert_eq!(answer.str("/errors/0/status"), "404");
        }
        // A bearer token needs none, and wins over a cookie that is sent along.
        for request in [
            world.by_key(Actor::KeyHolder).get(CSRF),
            world
                .by_key(Actor::KeyHolder)
                .get(CSRF)
                .header("cookie", viewer.secret()),
        ] {
            let answer = request.send().await.expect(400);
            assert_eq!(answer.str("/errors/0/code"), "CSRF-TOKEN-4");
            assert_eq!(
                answer.str("/errors/0/title"),
                "CSRF token not supported for given authentication type"
            );
        }
        world
            .with_token("nonsense")
            .get(CSRF)
            .send()
            .await
            .expect_refusal(401, "malformed-credential");
    }
}

#[tokio::test]
async fn signing_out_ends_this_session_and_no_other() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let (one, other) = (
            world.by_session(Actor::User).await,
            world.by_session(Actor::User).await,
        );
        let answer = one.post("/logout").send().await.expect(303);
        assert_eq!(answer.header("location"), "/login");
        let cookies: Vec<_> = answer.headers.get_all("set-cookie").iter().collect();
        assert!(
            cookies.contains(
                &&"eas.sid=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"
                    .parse()
                    .unwrap()
            ),
            "{cookies:?}"
        );
        one.get("/api/v1/users/me")
            .send()
            .await
            .expect_refusal(401, "session-ended");
        assert_eq!(
            one.get(CSRF).send().await.expect(404).str("/errors/0/code"),
            "CSRF-TOKEN-3"
        );
        one.post("/logout")
            .send()
            .await
            .expect_refusal(401, "session-ended");
        other.get("/api/v1/users/me").send().await.expect(301);
    }
}

#[tokio::test]
async fn signing_out_needs_the_csrf_token_in_the_header_or_in_the_form() {
    let world = World::start(Edition::Classic).await;
    let (one, other) = (
        world.by_session(Actor::User).await,
        world.by_session(Actor::User).await,
    );
    let by_cookie = |cookie: &str| world.anonymous().post("/logout").header("cookie", cookie);
    for request in [
        by_cookie(one.secret()),
        by_cookie(one.secret()).header("qlik-csrf-token", other.csrf()),
        by_cookie(one.secret()).form(&[("csrf", other.csrf())]),
        by_cookie(one.secret()).form(&[("csrf", "")]),
    ] {
        let answer = request.send().await.expect_refusal(403, "csrf-token");
        assert_eq!(answer.str("/errors/0/code"), "CSRF-TOKEN-2");
    }
    one.get("/api/v1/users/me").send().await.expect(301);
    by_cookie(one.secret())
        .form(&[("csrf", one.csrf())])
        .send()
        .await
        .expect(303);
    one.get("/api/v1/users/me")
        .send()
        .await
        .expect_refusal(401, "session-ended");
    world
        .anonymous()
        .post("/logout")
        .send()
        .await
        .expect_refusal(401, "no-credential");
}

#[tokio::test]
async fn a_client_library_learns_without_a_credential_that_this_is_a_cloud() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        for client in [
            world.anonymous(),
            world.with_token("nonsense"),
            world.by_key(Actor::User),
        ] {
            let answer = client
                .get("/resources/autogenerated/product-info.json")
                .send()
                .await
                .expect(200);
            assert!(answer.header("content-type").starts_with("application/json"));
            let kind = answer.str("/composition/deploymentType").to_lowercase();
            // What `@qlik/api` takes for another product than the cloud.
            assert!(
                ![
                    "qliksenseserver",
                    "qliksensedesktop",
                    "qliksensemobile",
                    "cloud-console"
                ]
                .contains(&kind.as_str())
            );
        }
    }
}

#[tokio::test]
async fn the_health_says_which_tenant_is_ready_and_what_time_it_is_there() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let answer = world.anonymous().get("/health").send().await.expect(200);
        // As many as the machine lets the test open files.
        let most = answer.json["connections"]["maximum"].as_u64().unwrap();
        assert!((1..=16_384).contains(&most), "{most}");
        let expected = json!({
            "status": "ok",
            "version": env!("CARGO_PKG_VERSION"),
            "edition": edition.as_str(),
            "tenantId": TENANT_ID,
            "time": START,
            "clock": "frozen",
            "tenants": 1,
            "connections": { "open": 1, "maximum": most },
        });
        assert_eq!(answer.json, expected);
        assert_eq!(answer.header("date"), "Mon, 02 Mar 2026 08:00:00 GMT");
        world.advance(chrono::TimeDelta::milliseconds(1500));
        let answer = world.anonymous().get("/health").send().await.expect(200);
        assert_eq!(answer.str("/time"), "2026-03-02T08:00:01.500Z");
        assert_eq!(answer.header("date"), "Mon, 02 Mar 2026 08:00:01 GMT");
    }
}
