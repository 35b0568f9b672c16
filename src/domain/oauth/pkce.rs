//! Proof Key for Code Exchange (RFC 7636) with the method S256, the only one that the contract has.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// What a client announces when it asks for a code: the digest of its verifier.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CodeChallenge([u8; 32]);

impl CodeChallenge {
    /// Reads a `code_challenge`.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// Whether `verifier` is the one that was announced.
    pub fn is_met_by(&self, verifier: &str) -> bool {
        let digest: [u8; 32] = Sha256::digest(verifier.as_bytes()).into();
        self.0.ct_eq(&digest).into()
    }
}

/// Whether a text is a verifier: 43 to 128 characters that RFC 3986 calls unreserved.
pub fn is_verifier(text: &str) -> bool {
    (43..=128).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_rfc_holds_and_another_verifier_does_not() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let challenge = CodeChallenge::parse("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM").unwrap();
        assert!(is_verifier(verifier) && challenge.is_met_by(verifier));
        assert!(!challenge.is_met_by(&verifier.to_lowercase()));
        for wrong in ["", "short", &"a".repeat(129), &" ".repeat(43)] {
            assert!(!is_verifier(wrong));
            assert_eq!(CodeChallenge::parse(wrong), None);
        }
    }
}
