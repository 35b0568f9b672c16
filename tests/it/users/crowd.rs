//! A tenant with users of every status, whose order differs by every property. See `crowd.json`.

use mock_qlik_cloud::domain::settings::Edition;
use mock_qlik_cloud::seeds::Seed;

use crate::support::{Client, World};

/// The subjects of everybody but the deleted, by name.
pub(super) const PRESENT: [&str; 9] = ["admin", "zoe", "yan", "xia", "wim", "vic", "uta", "tom", "rob"];

/// The subjects of the active, by name.
pub(super) const ACTIVE: [&str; 5] = ["admin", "zoe", "yan", "xia", "rob"];

/// The users' ids, by the last two digits.
pub(super) fn id(last: &str) -> String {
    format!("650000000000000000000a{last}")
}

/// The tenant, and a session of its admin.
pub(super) async fn start(edition: Edition) -> (World, Client) {
    let seed = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/users/crowd.json");
    let world = World::start_with(edition, Seed::File(seed.into())).await;
    let admin = world.sign_in("admin").await;
    (world, admin)
}

/// What everybody sees who lists users without a word about the status: the parameter `status` of the classic
/// edition is `active` if not given.
pub(super) fn by_default(edition: Edition) -> &'static [&'static str] {
    match edition {
        Edition::Classic => &ACTIVE,
        Edition::Current => &PRESENT,
    }
}
