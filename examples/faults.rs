//! A client that tries again is shown two failures, and held to having tried three times.
//!
//! `cargo run --example faults`

use std::error::Error;
use std::time::Duration;

use mock_qlik_cloud::Emulator;
use mock_qlik_cloud::remote::{FaultSpec, KeySpec, RemoteError, RequestQuery, TenantClient};

/// What is to be tested: it tries again while the tenant is not available.
async fn create_key(client: &TenantClient) -> Result<String, RemoteError> {
    loop {
        match client.create_api_key(&KeySpec::new("CI")).await {
            Ok(key) => return Ok(key.record.id),
            Err(RemoteError::Refused { status, .. }) if status == 503 => {}
            Err(error) => return Err(error),
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let emulator = Emulator::builder().seed("ready".parse()?).start().await?;
    let control = emulator.control()?;
    let developer = control.client_for("developer@example.com").await?;

    let fault = FaultSpec::on("createApiKey")
        .status(503)
        .retry_after(Duration::from_secs(1))
        .times(2);
    let fault = control.add_fault(&fault).await?;
    create_key(&developer).await?;
    println!("{}", control.fault(&fault.id).await?.summary());

    let created = RequestQuery::of("createApiKey");
    control.verify(&created.exactly(3)).await?;
    control.verify(&created.clone().status(201).exactly(1)).await?;
    // What is not as expected is said in sentences, with the requests that come nearest.
    if let Err(unmet) = control.verify(&created.status(429).at_least(1)).await {
        println!("{unmet}");
    }
    Ok(())
}
