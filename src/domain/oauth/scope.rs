//! Scopes: how far a token reaches into what its user may do. They only limit; they never add to it (documented).
//!
//! Of the published scopes, two reach the families that are emulated: `admin_classic` (everything that the user may
//! do) and `user_default` (all of it but what takes a tenant admin). The others are of families that are not emulated;
//! a token with those alone says who its user is, and opens nothing else. That is our reading.

use super::super::document::each_once;

/// Full access to what the user may do as a user.
pub const USER_DEFAULT: &str = "user_default";

/// Full access to what the user may do, as a tenant admin too.
pub const ADMIN_CLASSIC: &str = "admin_classic";

/// Asks for a refresh token. It is never granted unless it was asked for (documented).
pub const OFFLINE_ACCESS: &str = "offline_access";

/// How far a credential reaches.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Reach {
    /// As far as its user: any credential but an OAuth token, and a token with `admin_classic`.
    Everything,
    /// As far as its user would without being a tenant admin: a token with `user_default`.
    AsUser,
    /// Who its user is, and no further: a token with other scopes.
    Identity,
}

impl Reach {
    /// How far a token with these scopes reaches.
    pub fn of(scopes: &[String]) -> Self {
        let has = |name: &str| scopes.iter().any(|scope| scope == name);
        if has(ADMIN_CLASSIC) {
            Self::Everything
        } else if has(USER_DEFAULT) {
            Self::AsUser
        } else {
            Self::Identity
        }
    }
}

/// The scopes of a text that has them with blanks between, each once, in order.
pub fn split(text: &str) -> Vec<String> {
    let scopes = each_once(text.split_ascii_whitespace().collect());
    scopes.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_widest_scope_counts() {
        for (scopes, reach) in [
            ("user_default admin_classic", Reach::Everything),
            ("offline_access user_default", Reach::AsUser),
            ("apps:read offline_access", Reach::Identity),
            ("", Reach::Identity),
        ] {
            assert_eq!(Reach::of(&split(scopes)), reach, "{scopes}");
        }
        assert_eq!(split(" b  a b "), ["b", "a"]);
    }
}
