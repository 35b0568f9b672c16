//! The seed `large`: `ready` with a crowd in it. Made by the program, since its text would be larger than the program.

use serde_json::{Value, json};

/// How many users the tenant has, those of `ready` included.
const USERS: usize = 10_000;

const GIVEN_NAMES: [&str; 25] = [
    "Ada", "Bo", "Chidi", "Dina", "Elif", "Femi", "Goran", "Hana", "Ines", "Jonas", "Kaja", "Liam", "Mei",
    "Nils", "Olga", "Pia", "Quinn", "Rosa", "Sami", "Tove", "Uri", "Vera", "Wim", "Yusuf", "Zoe",
];
const FAMILY_NAMES: [&str; 40] = [
    "Adams", "Berg", "Cohen", "Dahl", "Eriksen", "Fischer", "Garcia", "Haddad", "Ivanova", "Jansen", "Khan",
    "Lund", "Mori", "Novak", "Okafor", "Petrov", "Quist", "Rossi", "Silva", "Tanaka", "Ueda", "Varga",
    "Weber", "Xu", "Yilmaz", "Zhang", "Almeida", "Bauer", "Costa", "Diaz", "Engel", "Fofana", "Gruber",
    "Holm", "Ito", "Jung", "Kowalski", "Larsen", "Meyer", "Nguyen",
];

/// The seed with users added until there are [`USERS`]. Always the same ones: every twentieth is a developer, every
/// fiftieth is disabled, every hundredth is still invited.
pub(super) fn crowded(mut seed: Value) -> Value {
    if let Some(users) = seed.get_mut("users").and_then(Value::as_array_mut) {
        let missing = USERS.saturating_sub(users.len());
        users.extend((1..=missing).map(user));
    }
    seed
}

fn user(number: usize) -> Value {
    let given = GIVEN_NAMES[number % GIVEN_NAMES.len()];
    let family = FAMILY_NAMES[number / GIVEN_NAMES.len() % FAMILY_NAMES.len()];
    let subject = format!("{}.{}.{number}", given.to_lowercase(), family.to_lowercase());
    let mut user = json!({
        "id": format!("6500000000000001{number:08x}"),
        "name": format!("{given} {family}"),
        "email": format!("{subject}@example.com"),
        "subject": subject,
        "createdAt": format!("-P{}DT{number}S", number % 90),
    });
    if number.is_multiple_of(20) {
        user["assignedRoles"] = json!(["Developer"]);
    }
    if number.is_multiple_of(100) {
        user["status"] = json!("invited");
        user["inviteExpiry"] = json!("P7D");
    } else if number.is_multiple_of(50) {
        user["status"] = json!("disabled");
    }
    user
}
