//! One emulator, a tenant for each test: what one does, no other sees.
//!
//! `cargo run --example parallel_tenants`

use std::error::Error;

use mock_qlik_cloud::Emulator;
use mock_qlik_cloud::remote::{Remote, TenantSpec, UserSpec};

/// A test with a tenant of its own. It may move the clock, break the network, and reset, without a word to anybody.
async fn test(control: Remote, number: u32) -> Result<usize, Box<dyn Error + Send + Sync>> {
    let tenant = control.create_tenant(&TenantSpec::default()).await?;
    let own = control.tenant(&tenant.face.name);
    own.freeze_clock().await?;
    let admin = tenant.admin.ok_or("the seed has an admin")?;
    // The token says which tenant it is of; the address is the same for all.
    let admin = control.client_with_token(admin.token);
    for user in 0..number {
        admin
            .create_user(&UserSpec::new(format!("user-{user}")).active())
            .await?;
    }
    let users = admin.users().await?.len();
    control.delete_tenant(&tenant.face.name).await?;
    Ok(users)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let emulator = Emulator::builder().start().await?;
    let control = emulator.control()?;
    let tests: Vec<_> = (0..8)
        .map(|number| (number, tokio::spawn(test(control.clone(), number))))
        .collect();
    for (number, test) in tests {
        let users = test.await?.map_err(|error| error.to_string())?;
        println!("test {number}: {users} users");
        // The seed has three.
        assert_eq!(users, 3 + number as usize);
    }
    assert_eq!(control.tenants().await?.len(), 1);
    Ok(())
}
