//! The claims of a JWT that the tenant's identity provider has signed, whatever they are.

use std::cell::LazyCell;

use axum::http::{Request, header};
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use rsa::RsaPrivateKey;
use rsa::pkcs1::DecodeRsaPrivateKey as _;
use rsa::pkcs1v15::SigningKey;
use rsa::signature::{SignatureEncoding as _, Signer as _};
use serde_json::{Value, json};
use sha2::Sha256;

use super::door;

/// The provider of the tenant that the integration tests are written for.
const PROVIDER: &str = include_str!("../../tests/it/support/jwt_provider.json");

thread_local! {
    static KEY: LazyCell<SigningKey<Sha256>> = LazyCell::new(|| {
        let provider: Value = serde_json::from_str(PROVIDER).unwrap();
        let key = BASE64_STANDARD.decode(provider["privateKey"].as_str().unwrap()).unwrap();
        SigningKey::new(RsaPrivateKey::from_pkcs1_der(&key).unwrap())
    });
}

/// The claims begin a session, and the tenant is one that could be planted; or they are refused, and nothing changes.
pub fn holds(input: &[u8]) {
    let token = signed(input);
    door::with(|door| {
        let request =
            Request::post("/login/jwt-session").header(header::AUTHORIZATION, format!("Bearer {token}"));
        let answer = door.send(request, Vec::new()).unwrap();
        if answer.status == 200 {
            door.assert_whole();
            assert!(
                answer.headers.contains_key(header::SET_COOKIE),
                "no session: {:?}",
                answer.headers
            );
        } else {
            assert!(
                matches!(answer.status, 400 | 401),
                "{} {}",
                answer.status,
                answer.text()
            );
            assert_eq!(door.state(), *door.start(), "{}", answer.text());
        }
    });
}

fn signed(claims: &[u8]) -> String {
    let header = json!({ "alg": "RS256", "typ": "JWT", "kid": "portal" });
    let part = |part: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(part);
    let token = format!("{}.{}", part(header.to_string().as_bytes()), part(claims));
    let signature = KEY.with(|key| key.sign(token.as_bytes()));
    format!("{token}.{}", part(&signature.to_bytes()))
}
