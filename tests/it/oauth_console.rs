//! The pages about OAuth clients, without a browser.

use mock_qlik_cloud::domain::settings::Edition;
use serde_json::json;

use crate::support::{Actor, Answer, Client, EDITIONS, ROBOT, World};

const CLIENTS: &str = "/api/v1/oauth-clients";

async fn page(client: &Client, path: &str) -> Answer {
    let request = client.get(path).header("accept", "text/html");
    request.outside_the_contract().send().await
}

/// Sends a form with the session's CSRF token, as a browser does.
async fn form(client: &Client, path: &str, fields: &[(&str, &str)]) -> Answer {
    let request = client.post(path).header("accept", "text/html").form(fields);
    request.outside_the_contract().send().await
}

/// What stands in the element with this test id.
fn shown<'p>(page: &'p Answer, test_id: &str) -> &'p str {
    let (_, rest) = page
        .text
        .split_once(&format!("data-testid=\"{test_id}\">"))
        .unwrap_or_else(|| panic!("no {test_id}:\n{}", page.text));
    rest.split('<').next().unwrap()
}

#[tokio::test]
async fn an_admin_makes_a_client_and_sees_its_secret_once() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let admin = world.by_session(Actor::TenantAdmin).await;
        let fields = [
            ("type", "web"),
            ("name", " Nightly job "),
            ("description", "Reads at night."),
            ("scopes", "user_default\r\nadmin_classic"),
            ("redirect-urls", "https://job.example/callback\r\n"),
            ("origins", " https://job.example \r\n\r\nhttp://localhost:3000"),
            ("grant", "client_credentials"),
            ("grant", "urn:qlik:oauth:user-impersonation"),
            ("consent", "trusted"),
        ];
        let made = form(&admin, "/console/oauth/new", &fields).await.expect(303);
        let path = made.header("location").to_owned();
        let id = path
            .strip_prefix("/console/oauth/")
            .and_then(|rest| rest.strip_suffix("/shown"))
            .unwrap();
        let read = admin
            .get(&format!("{CLIENTS}/{id}"))
            .send()
            .await
            .expect(200)
            .json;
        for (member, expected) in [
            ("appType", json!("web")),
            ("clientName", json!("Nightly job")),
            ("description", json!("Reads at night.")),
            ("allowedScopes", json!(["user_default", "admin_classic"])),
            ("redirectUris", json!(["https://job.example/callback"])),
            (
                "allowedOrigins",
                json!(["https://job.example", "http://localhost:3000"]),
            ),
            (
                "allowedGrantTypes",
                json!(["client_credentials", "urn:qlik:oauth:user-impersonation"]),
            ),
            ("allowedAuthMethods", json!(["client_secret"])),
        ] {
            assert_eq!(read[member], expected, "{member}");
        }
        let connection = format!("{CLIENTS}/{id}/connection-configs/me");
        let connection = admin.get(&connection).send().await.expect(200);
        assert_eq!(connection.str("/consentMethod"), "trusted");

        // Whoever else looks, and whoever asks for the head alone, takes nothing away.
        let other = world.by_session(Actor::TenantAdmin).await;
        assert!(
            page(&other, &path)
                .await
                .expect(200)
                .text
                .contains("new-client-gone")
        );
        let head = admin.request(axum::http::Method::HEAD, &path);
        head.outside_the_contract().send().await.expect(200);
        let first = page(&admin, &path).await.expect(200);
        assert_eq!(first.header("cache-control"), "no-store");
        assert_eq!(shown(&first, "new-client-id"), id);
        let secret = shown(&first, "new-client-secret");
        assert!(secret.ends_with(read["clientSecrets"][0]["hint"].as_str().unwrap()));
        assert!(shown(&first, "new-client-curl").contains(&format!("{id}:{secret}")));
        let again = page(&admin, &path).await.expect(200).text;
        assert!(
            again.contains("new-client-gone") && !again.contains(secret),
            "{again}"
        );
        assert!(!page(&admin, "/console/oauth").await.text.contains(secret));

        // What was shown lets the client in.
        let body = json!({
            "grant_type": "client_credentials", "client_id": id, "client_secret": secret,
        });
        let token = world.anonymous().post("/oauth/token").json(&body);
        token.send().await.expect(200);
    }
}

#[tokio::test]
async fn a_client_without_a_secret_is_just_made() {
    let world = World::start(Edition::Current).await;
    let admin = world.by_session(Actor::TenantAdmin).await;
    for app_type in ["native", "spa", "anonymous-embed"] {
        let fields = [("type", app_type), ("name", app_type), ("consent", "required")];
        let made = form(&admin, "/console/oauth/new", &fields).await.expect(303);
        assert_eq!(made.header("location"), "/console/oauth");
        let found = admin
            .get(CLIENTS)
            .query(&[("filter", &format!("clientName eq \"{app_type}\""))])
            .send()
            .await
            .expect(200);
        assert_eq!(found.each("appType"), [app_type]);
        let gone = page(
            &admin,
            &format!("/console/oauth/{}/shown", found.each("clientId")[0]),
        )
        .await;
        assert!(gone.expect(200).text.contains("new-client-gone"));
    }
    let list = page(&admin, "/console/oauth").await.expect(200).text;
    for label in ["Native", "Single-page app", "Anonymous embed"] {
        assert!(list.contains(&format!(">{label}<")), "{label}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_client_stands_beside_its_field() {
    let world = World::start(Edition::Current).await;
    let admin = world.by_session(Actor::TenantAdmin).await;
    let before = admin.get(CLIENTS).send().await.expect(200).json;
    let many = "https://a.example ".repeat(6);
    let right = [("type", "spa"), ("name", "A page"), ("consent", "required")];
    for (wrong, field) in [
        (("type", "robot"), "type"),
        (("name", " "), "name"),
        (("redirect-urls", "/callback"), "redirect-urls"),
        (("redirect-urls", many.as_str()), "redirect-urls"),
        (("origins", "https://a.example/"), "origins"),
        (("scopes", "b\u{e4}h"), "scopes"),
        (("grant", "password"), "grants"),
        // Only for clients of type web.
        (("grant", "client_credentials"), "grants"),
        (("consent", "never"), "consent"),
    ] {
        let mut fields = vec![wrong];
        fields.extend(right.iter().filter(|(name, _)| *name != wrong.0));
        let refused = form(&admin, "/console/oauth/new", &fields).await.expect(400);
        let fault = format!("id=\"oauth-client-{field}-error\"");
        assert!(refused.text.contains(&fault), "{wrong:?}:\n{}", refused.text);
        assert_eq!(
            refused.text.matches("-error\" data-testid").count(),
            1,
            "{wrong:?}"
        );
    }
    assert_eq!(admin.get(CLIENTS).send().await.expect(200).json, before);
}

#[tokio::test]
async fn a_client_is_published_and_deleted() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let admin = world.by_session(Actor::TenantAdmin).await;
        let publish = format!("/console/oauth/{ROBOT}/publish");
        assert!(
            page(&admin, "/console/oauth")
                .await
                .expect(200)
                .text
                .contains(&publish)
        );
        form(&admin, &publish, &[]).await.expect(303);
        let read = admin.get(&format!("{CLIENTS}/{ROBOT}")).send().await.expect(200);
        assert!(read.json["publishedAt"].is_string());
        assert!(
            !page(&admin, "/console/oauth")
                .await
                .expect(200)
                .text
                .contains(&publish)
        );

        let delete = format!("/console/oauth/{ROBOT}/delete");
        assert!(page(&admin, &delete).await.expect(200).text.contains("Robot"));
        form(&admin, &delete, &[]).await.expect(303);
        admin.get(&format!("{CLIENTS}/{ROBOT}")).send().await.expect(404);
        for gone in [delete, format!("/console/oauth/{ROBOT}/shown")] {
            page(&admin, &gone).await.expect(404);
        }
        form(&admin, &publish, &[]).await.expect(404);
    }
}

#[tokio::test]
async fn the_pages_about_clients_are_for_tenant_admins() {
    let world = World::start(Edition::Current).await;
    let user = world.by_session(Actor::User).await;
    for path in [
        "",
        "/new",
        &format!("/{ROBOT}/shown"),
        &format!("/{ROBOT}/delete"),
    ] {
        let path = format!("/console/oauth{path}");
        page(&user, &path).await.expect_refusal(403, "not-tenant-admin");
    }
    for path in ["/new", &format!("/{ROBOT}/publish"), &format!("/{ROBOT}/delete")] {
        let answer = form(&user, &format!("/console/oauth{path}"), &[("name", "x")]).await;
        answer.expect_refusal(403, "not-tenant-admin");
    }
}
