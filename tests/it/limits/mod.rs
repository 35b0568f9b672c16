//! How large, how many, how long, and what becomes of the rest: docs/LIMITS.md.

mod broken;
mod connections;
mod crowd;
mod size;
mod time;

use mock_qlik_cloud::domain::settings::Edition;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{Actor, World};

/// What an HTTP/2 client begins with: the preface, and settings without a setting.
const HTTP2: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

/// A request for `/health` in HTTP/2, as the first one of its connection.
const HTTP2_REQUEST: &[u8] = b"\0\0\x16\x01\x05\0\0\0\x01\x82\x86\x04\x07/health\x41\x09localhost";

async fn world() -> World {
    World::start(Edition::Classic).await
}

async fn connect(world: &World) -> TcpStream {
    let address = world.url().trim_start_matches("http://").to_owned();
    TcpStream::connect(address).await.unwrap()
}

/// The bearer header of an admin.
fn credential() -> String {
    let token = Actor::TenantAdminHoldingKeys.person().token();
    format!("authorization: Bearer {token}\r\n")
}

/// A request by an admin, with these lines of headers and this body.
fn request(line: &str, headers: &str, body: &str) -> String {
    let credential = credential();
    let length = body.len();
    format!(
        "{line} HTTP/1.1\r\nhost: localhost\r\n{credential}{headers}content-length: {length}\r\n\r\n{body}"
    )
}

/// Everything that comes until the other side ends the connection, by whatever means.
async fn rest(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    // A connection that is reset has said all that it will.
    let _ = stream.read_to_end(&mut bytes).await;
    bytes
}

/// One answer of HTTP/1.1, whose length is announced.
#[derive(Debug)]
struct Answer {
    status: u16,
    body: String,
}

impl Answer {
    /// The first error of the envelope.
    fn error(&self) -> Value {
        let body: Value =
            serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no envelope: {self:?}"));
        body["errors"][0].clone()
    }
}

/// Reads one answer, and leaves what follows. None if the connection ended instead.
async fn read_answer(stream: &mut TcpStream) -> Option<Answer> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).unwrap();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some(Answer {
        status: head[9..12].parse().unwrap(),
        body: String::from_utf8(body).unwrap(),
    })
}

/// Sends bytes on a connection of their own, and reads the one answer to them.
async fn ask(world: &World, bytes: impl AsRef<[u8]>) -> Answer {
    let mut stream = connect(world).await;
    // Whoever is refused early may find the connection closed before everything is sent.
    let _ = stream.write_all(bytes.as_ref()).await;
    read_answer(&mut stream).await.expect("an answer")
}

/// How many connections are open, with the one that asks.
async fn open_connections(world: &World) -> u64 {
    let answer = ask(world, request("GET /health", "connection: close\r\n", "")).await;
    let health: Value = serde_json::from_str(&answer.body).unwrap();
    health["connections"]["open"].as_u64().unwrap()
}
