//! The people of the seed `actors.json`, which is the seed `ready` with more of them.

use std::sync::LazyLock;

use serde_json::Value;

/// The seed's text.
pub(super) const SEED: &str = include_str!("actors.json");

/// The path of the seed, for the emulator to read.
pub(super) const SEED_PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/support/actors.json");

/// The id of the tenant.
pub(crate) const TENANT_ID: &str = "Mq7545_example_tenant_0000000001";

/// The id of an OAuth client that acts for itself, with a secret.
pub(crate) const ROBOT: &str = "0a0000000000000000000000000000a1";

/// The secret of [`ROBOT`].
pub(crate) const ROBOT_SECRET: &str = "50000000000000000000000000000000000000000000000000000000000secret";

/// The id of an OAuth client of the kind `spa`.
pub(crate) const PAGE: &str = "0a0000000000000000000000000000a2";

/// The hint of the secret of [`ROBOT`].
pub(crate) const ROBOT_SECRET_HINT: &str = "ecret";

/// The id of a custom role that nobody has.
pub(crate) const UNASSIGNED_ROLE: &str = "650000000000000000000101";

/// The id of a custom group that nobody is in.
pub(crate) const EMPTY_GROUP: &str = "650000000000000000000201";

/// A web integration of the seed, which lists `https://mashup.example` and `http://localhost:3000`.
pub(crate) const WEB_INTEGRATION: &str = "Wi7545_example_integration_00001";

/// An entry of the content security policy of the seed.
pub(crate) const CSP_ENTRY: &str = "650000000000000000000201";

/// An IP policy of the seed, which is not enabled.
pub(crate) const IP_POLICY: &str = "650000000000000000000301";

/// Everybody whom a permission can tell apart.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Actor {
    /// Nobody: no credential at all.
    Anonymous,
    /// A user without any role. The key is of a time when the user might hold keys.
    User,
    /// A user who may hold API keys: role `Developer` (classic), scope `api-keys` (current).
    KeyHolder,
    /// A tenant admin who may not hold keys. The key is of a time when the admin might.
    TenantAdmin,
    /// A tenant admin who may hold keys.
    TenantAdminHoldingKeys,
    /// A SCIM client; it has a key and can have no session.
    ScimClient,
}

/// By which credential an actor comes in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Door {
    /// An API key.
    Key,
    /// A browser session with its cookie and CSRF token.
    Session,
}

/// A subject of the seed, with its one key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Person {
    /// The user's id, or `SCIM\…`.
    pub(crate) id: &'static str,
    /// The user's subject; empty for a SCIM client.
    pub(crate) subject: &'static str,
    /// The id of the key.
    pub(crate) key_id: &'static str,
}

/// A key holder who is nobody's actor: whose things are somebody else's for every actor.
pub(crate) const BYSTANDER: Person = Person {
    id: "650000000000000000000006",
    subject: "bystander",
    key_id: "7d3c1a52-0b1e-4c86-9a57-000000000006",
};

impl Actor {
    /// Who it is in the seed.
    #[track_caller]
    pub(crate) fn person(self) -> Person {
        match self {
            Self::Anonymous => panic!("nobody is nobody"),
            Self::TenantAdminHoldingKeys => Person {
                id: "650000000000000000000001",
                subject: "admin",
                key_id: "7d3c1a52-0b1e-4c86-9a57-000000000001",
            },
            Self::KeyHolder => Person {
                id: "650000000000000000000003",
                subject: "developer",
                key_id: "7d3c1a52-0b1e-4c86-9a57-000000000002",
            },
            Self::User => Person {
                id: "650000000000000000000004",
                subject: "viewer",
                key_id: "7d3c1a52-0b1e-4c86-9a57-000000000004",
            },
            Self::TenantAdmin => Person {
                id: "650000000000000000000005",
                subject: "keyless-admin",
                key_id: "7d3c1a52-0b1e-4c86-9a57-000000000005",
            },
            Self::ScimClient => Person {
                id: r"SCIM\65000000000000000000abcd",
                subject: "",
                key_id: "7d3c1a52-0b1e-4c86-9a57-000000000007",
            },
        }
    }
}

impl Person {
    /// The token of the key, from the seed.
    #[track_caller]
    pub(crate) fn token(self) -> &'static str {
        static DOCUMENT: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(SEED).unwrap());
        let mut keys = DOCUMENT["apiKeys"].as_array().unwrap().iter();
        let key = keys.find(|key| key["id"] == self.key_id).unwrap();
        key["token"].as_str().unwrap()
    }
}
