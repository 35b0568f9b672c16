//! Which names a certificate is good for, and for whom.

use mock_qlik_cloud::Emulator;
use mock_qlik_cloud::domain::clock::Clock;
use mock_qlik_cloud::seeds::Seed;
use serde_json::json;

use super::{address, client_of, named, settings, start, trusting};

/// Whether a client that trusts `pem` gets through to the emulator under a name.
async fn gets_through(emulator: &Emulator, pem: &str, name: &str) -> bool {
    let client = trusting(pem).resolve(name, address(emulator)).build().unwrap();
    let asked = client
        .get(format!("{}/_mock/ca.pem", named(emulator, name)))
        .send()
        .await;
    match asked {
        Ok(_) => true,
        Err(error) => {
            assert!(error.is_connect(), "{error:?}");
            false
        }
    }
}

#[tokio::test]
async fn local_names_and_addresses_need_no_flag() {
    let emulator = start(settings()).await;
    let pem = emulator.ca_pem().unwrap();
    for name in [
        "localhost",
        "LocalHost",
        "127.0.0.1",
        "example.localhost",
        "a.b.localhost",
        // As services are called in a container network.
        "tenant",
    ] {
        assert!(gets_through(&emulator, pem, name).await, "{name}");
    }
    for name in ["tenant.example", "acme.eu.qlikcloud.com", "192.0.2.1"] {
        assert!(!gets_through(&emulator, pem, name).await, "{name}");
    }
}

#[tokio::test]
async fn names_are_given_with_a_star_or_without() {
    let wanted = ["*.eu.qlikcloud.com", "tenant.example", "192.0.2.1"];
    let settings = wanted
        .iter()
        .fold(settings(), |settings, name| settings.name(name.parse().unwrap()));
    let emulator = start(settings).await;
    let pem = emulator.ca_pem().unwrap();
    for name in [
        "acme.eu.qlikcloud.com",
        "Other.EU.qlikcloud.com",
        "tenant.example",
        "localhost",
    ] {
        assert!(gets_through(&emulator, pem, name).await, "{name}");
    }
    for name in [
        "eu.qlikcloud.com",
        "a.b.eu.qlikcloud.com",
        "acme.us.qlikcloud.com",
        "www.tenant.example",
    ] {
        assert!(!gets_through(&emulator, pem, name).await, "{name}");
    }
}

#[tokio::test]
async fn the_hosts_of_the_tenants_need_no_flag() {
    let emulator = start(settings()).await;
    let pem = emulator.ca_pem().unwrap().to_owned();
    let client = client_of(&emulator).build().unwrap();
    let https = emulator.https_url().unwrap();
    assert!(!gets_through(&emulator, &pem, "acme.eu.qlikcloud.com").await);
    let seed = json!({
        "format": 1,
        "tenant": { "name": "Acme", "hostnames": ["acme.eu.qlikcloud.com"] },
    });
    let made = client.post(format!("{https}/_mock/tenants"));
    let made = made
        .json(&json!({ "name": "acme", "seed": seed }))
        .send()
        .await
        .unwrap();
    assert_eq!(made.status(), 201, "{}", made.text().await.unwrap());
    for name in ["acme.localhost", "acme.eu.qlikcloud.com"] {
        assert!(gets_through(&emulator, &pem, name).await, "{name}");
    }
}

#[tokio::test]
async fn every_address_of_the_machine_is_answered_to() {
    let builder = Emulator::builder().host("0.0.0.0");
    let emulator = builder.start().await.unwrap();
    let url = emulator.https_url().unwrap();
    assert!(url.starts_with("https://127.0.0.1:"), "{url}");
    let port = url.rsplit(':').next().unwrap();
    let client = client_of(&emulator).build().unwrap();
    // All of this block is loopback (RFC 1122); no flag names this address.
    for host in ["127.0.0.1", "127.0.0.2"] {
        let answer = client.get(format!("https://{host}:{port}/health")).send().await;
        assert_eq!(answer.unwrap().status(), 200, "{host}");
    }
    // A machine may have no IPv6.
    let Ok(emulator) = Emulator::builder().host("::1").start().await else {
        return;
    };
    let client = client_of(&emulator).build().unwrap();
    let url = emulator.https_url().unwrap();
    assert!(url.starts_with("https://[::1]:"), "{url}");
    assert_eq!(
        client.get(format!("{url}/health")).send().await.unwrap().status(),
        200
    );
}

#[tokio::test]
async fn nobody_is_trusted_but_the_authority_of_this_emulator() {
    let (emulator, other) = (start(settings()).await, start(settings()).await);
    let (pem, foreign) = (emulator.ca_pem().unwrap(), other.ca_pem().unwrap());
    assert_ne!(pem, foreign);
    assert!(gets_through(&emulator, pem, "localhost").await);
    assert!(!gets_through(&emulator, foreign, "localhost").await);
    // A client that trusts both is not confused.
    let both = format!("{foreign}{pem}");
    let certificates = reqwest::Certificate::from_pem_bundle(both.as_bytes()).unwrap();
    let client = reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only(certificates)
        .build()
        .unwrap();
    for emulator in [&emulator, &other] {
        let url = emulator.https_url().unwrap();
        let answer = client.get(format!("{url}/health")).send().await.unwrap();
        assert_eq!(answer.status(), 200);
    }
}

#[tokio::test]
async fn the_certificate_is_fetched_over_either_and_is_no_secret() {
    let token = mock_qlik_cloud::domain::secret::ControlToken::new("let me in").unwrap();
    let emulator = Emulator::builder().control_token(&token).start().await.unwrap();
    let client = client_of(&emulator)
        .resolve("tenant.example", address(&emulator))
        .build()
        .unwrap();
    let plain_by_name = format!("http://tenant.example:{}", address(&emulator).port());
    for base in [emulator.url(), emulator.https_url().unwrap(), plain_by_name] {
        let answer = client.get(format!("{base}/_mock/ca.pem")).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(
            answer.headers()["content-type"],
            "application/pem-certificate-chain"
        );
        let pem = answer.text().await.unwrap();
        assert_eq!(pem, emulator.ca_pem().unwrap());
        assert!(!pem.contains("KEY"), "{pem}");
    }
}

#[tokio::test]
async fn certificates_go_by_the_time_of_the_machine() {
    for year in ["1971", "9998"] {
        let clock = Clock::frozen(format!("{year}-01-01T00:00:00Z").parse().unwrap());
        let builder = Emulator::builder().seed(Seed::default()).clock(clock);
        let emulator = builder.start().await.unwrap();
        let pem = emulator.ca_pem().unwrap();
        assert!(gets_through(&emulator, pem, "localhost").await, "{year}");
    }
}
