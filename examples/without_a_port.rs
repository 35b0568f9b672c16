//! No socket at all: the emulator is a `tower::Service`, and the helpers call it as a function.
//!
//! `cargo run --example without_a_port`

use std::error::Error;

use axum::body::{Body, to_bytes};
use axum::http::Request;
use mock_qlik_cloud::Emulator;
use tower::ServiceExt as _;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let emulator = Emulator::builder().seed("ready".parse()?).build()?;
    let control = emulator.control();
    let developer = control.client_for("developer@example.com").await?;
    println!("{} is {}", developer.url(), developer.me().await?.name);

    // Code under test that takes a service is handed the emulator itself.
    let token = developer.token().ok_or("it came with a key")?;
    let request = Request::get("http://localhost/api/v1/users")
        .header("authorization", format!("Bearer {}", token.reveal()))
        .body(Body::empty())?;
    let answer = emulator.clone().oneshot(request).await?;
    assert_eq!(answer.status(), 200);
    println!(
        "{}",
        String::from_utf8_lossy(&to_bytes(answer.into_body(), 1 << 20).await?)
    );
    Ok(())
}
