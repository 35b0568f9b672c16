//! Who may use the control API.

use mock_qlik_cloud::Emulator;
use mock_qlik_cloud::domain::secret::ControlToken;
use mock_qlik_cloud::domain::settings::Edition;
use reqwest::Method;

use super::control;
use crate::support::{Client, World};

#[tokio::test]
async fn a_page_of_another_site_is_refused_under_any_name() {
    let world = World::start(Edition::Classic).await;
    let before = super::state(&world).await;
    for (header, value, code) in [
        ("origin", "http://evil.example", "HTTP-403"),
        ("origin", "null", "HTTP-403"),
        ("sec-fetch-site", "cross-site", "HTTP-403"),
        ("host", "evil.example", "MOCK-FOREIGN-HOST"),
        ("host", "localhost.evil.example:7545", "MOCK-FOREIGN-HOST"),
    ] {
        let request = world
            .anonymous()
            .request(Method::POST, "/_mock/reset")
            .outside_the_contract();
        let answer = request.header(header, value).send().await.expect(403);
        assert_eq!(answer.str("/errors/0/code"), code, "{header}: {value}");
    }
    assert_eq!(super::state(&world).await, before);
    control(&world, Method::POST, "/reset", None).await.expect(204);
}

#[tokio::test]
async fn with_a_control_token_nothing_goes_without_it() {
    let emulator = Emulator::builder()
        .control_token(&ControlToken::new("let me in").unwrap())
        .start()
        .await
        .unwrap();
    let client = Client::at(emulator.url(), Edition::Classic);
    let reset = || {
        client
            .request(Method::POST, "/_mock/reset")
            .outside_the_contract()
    };
    for wrong in [None, Some(""), Some("let me in now"), Some("LET ME IN")] {
        let request = match wrong {
            Some(token) => reset().header("mock-control-token", token),
            None => reset(),
        };
        let answer = request.send().await.expect(401);
        assert_eq!(answer.str("/errors/0/code"), "MOCK-CONTROL-TOKEN", "{wrong:?}");
        assert!(!answer.text.contains("let me in"));
    }
    reset()
        .header("mock-control-token", "let me in")
        .send()
        .await
        .expect(204);
    // Health is for probes, which know no token.
    client.get("/health").send().await.expect(200);
}
