//! http and https at one port: which certificate a client is shown, what it may trust, and what goes wrong without
//! disturbing anybody. No client here verifies less than it does by default.

mod certificates;
mod files;
mod program;
mod wire;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use mock_qlik_cloud::Emulator;
use mock_qlik_cloud::seeds::Seed;
use mock_qlik_cloud::tls::{TlsMode, TlsSettings};
use reqwest::{Certificate, ClientBuilder};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::support::prepare_clients;

/// A tenant whose developer holds a key.
async fn start(settings: TlsSettings) -> Emulator {
    let builder = Emulator::builder().seed(Seed::shipped("ready").unwrap());
    builder.tls(settings).start().await.unwrap()
}

fn settings() -> TlsSettings {
    TlsSettings::default()
}

fn only() -> TlsSettings {
    settings().mode(TlsMode::Only)
}

/// A client that trusts these certificates and no others.
fn trusting(pem: &str) -> ClientBuilder {
    prepare_clients();
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .tls_certs_only([Certificate::from_pem(pem.as_bytes()).unwrap()])
}

/// A client that trusts what this emulator shows.
fn client_of(emulator: &Emulator) -> ClientBuilder {
    trusting(emulator.ca_pem().expect("an authority"))
}

/// Host and port, as a socket wants them.
fn address(emulator: &Emulator) -> SocketAddr {
    let url = emulator.url();
    url.split_once("://").unwrap().1.parse().unwrap()
}

/// The address with another name for the host.
fn named(emulator: &Emulator, name: &str) -> String {
    format!("https://{name}:{}", address(emulator).port())
}

/// A stream in TLS on which a test writes what it wants.
async fn stream(emulator: &Emulator, protocols: &[&str]) -> TlsStream<TcpStream> {
    let mut roots = RootCertStore::empty();
    let authority = CertificateDer::from_pem_slice(emulator.ca_pem().unwrap().as_bytes()).unwrap();
    roots.add(authority).unwrap();
    prepare_clients();
    let mut config = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    let tcp = TcpStream::connect(address(emulator)).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let connector = TlsConnector::from(Arc::new(config));
    connector.connect(name, tcp).await.unwrap()
}

/// A folder for one test, which is not there yet.
fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("tls").join(name);
    let _ = std::fs::remove_dir_all(&folder);
    folder
}

/// The token of the developer's key in the seed `ready`.
fn token() -> String {
    let seed: serde_json::Value =
        serde_json::from_str(include_str!("../../../fixtures/seeds/ready.json")).unwrap();
    seed["apiKeys"][1]["token"].as_str().unwrap().to_owned()
}
