//! A key expires at once: the clock is moved instead of a test that sleeps.
//!
//! `cargo run --example expiry`

use std::error::Error;

use mock_qlik_cloud::Emulator;
use mock_qlik_cloud::domain::duration::RelativeTime;
use mock_qlik_cloud::remote::KeySpec;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let emulator = Emulator::builder().seed("ready".parse()?).start().await?;
    let control = emulator.control()?;
    let developer = control.client_for("developer@example.com").await?;

    let key = KeySpec::new("for a day").expiry("P1D".parse()?);
    let key = developer.create_api_key(&key).await?;
    let client = control.client_with_token(key.token);
    assert_eq!(client.get("/api/v1/users").send().await?.status, 200);

    control.advance_clock("P1DT1S".parse::<RelativeTime>()?).await?;
    assert_eq!(client.get("/api/v1/users").send().await?.status, 401);
    let keys = developer.api_keys().await?;
    let expired = keys.iter().find(|listed| listed.id == key.record.id);
    println!("{expired:#?}");
    assert_eq!(expired.map(|key| key.status.as_str()), Some("expired"));
    Ok(())
}
