//! Patch documents, sent to everything of a tenant that can be patched.

use axum::http::{Request, header};

use super::choose;
use super::door;

/// What can be patched: people, what they hold, and the settings.
static ADDRESSES: [&str; 16] = [
    "/api/v1/users/650000000000000000000003",
    // The one who patches.
    "/api/v1/users/650000000000000000000001",
    "/api/v1/tenants/Mq7545_example_tenant_0000000001",
    "/api/v1/api-keys/configs/Mq7545_example_tenant_0000000001",
    "/api/v1/api-keys/7d3c1a52-0b1e-4c86-9a57-000000000001",
    "/api/v1/roles/650000000000000000000101",
    "/api/v1/groups/650000000000000000000201",
    "/api/v1/groups/000000000000000000000001",
    "/api/v1/groups/settings",
    "/api/core/auth-settings",
    "/api/v1/web-integrations/Wi7545_example_integration_00001",
    "/api/core/ip-policies/650000000000000000000301",
    "/api/v1/oauth-clients/0a0000000000000000000000000000a1",
    "/api/v1/oauth-clients/0a0000000000000000000000000000a2",
    "/api/v1/oauth-clients/0a0000000000000000000000000000a2/connection-configs/me",
    "/api/v1/identity-providers/650000000000000000000301",
];

/// A patch that is refused changes nothing; after any other the tenant is one that could be planted,
/// and what was patched is then shown as it was before.
pub fn holds(input: &[u8]) {
    let Some((address, document)) = choose(input, &ADDRESSES) else {
        return;
    };
    door::with(|door| {
        let request = Request::patch(*address).header(header::CONTENT_TYPE, "application/json");
        let answer = door.send_as_admin(request, document.to_vec()).unwrap();
        match answer.status {
            200..=299 => {
                let shown = || door.send_as_admin(Request::get(*address), Vec::new()).unwrap();
                let before = shown();
                door.assert_whole();
                let after = shown();
                assert_eq!(after.status, before.status, "{address}");
                // An error has a number of its own.
                assert!(
                    before.status != 200 || after.body == before.body,
                    "{address} is shown otherwise once it was planted again: {} {}",
                    before.text(),
                    after.text()
                );
            }
            _ => assert_eq!(door.state(), *door.start(), "{}", answer.text()),
        }
    });
}
