//! The JWT identity provider of the seed, as a test speaks for it: it signs tokens.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use mock_qlik_cloud::domain::clock::Timestamp;
use rsa::RsaPrivateKey;
use rsa::pkcs1::DecodeRsaPrivateKey as _;
use rsa::signature::{SignatureEncoding as _, Signer as _};
use serde_json::{Value, json};
use sha2::Sha256;

/// The id of the provider.
pub(crate) const PROVIDER_ID: &str = "650000000000000000000301";

/// The `iss` of its tokens.
pub(crate) const ISSUER: &str = "https://idp.example.com";

/// The `kid` of its tokens.
pub(crate) const KEY_ID: &str = "portal";

fn fixture(member: &str) -> String {
    let fixture: Value = serde_json::from_str(include_str!("jwt_provider.json")).unwrap();
    fixture[member].as_str().unwrap().to_owned()
}

/// The provider's certificate, on a single line.
pub(crate) fn certificate() -> String {
    fixture("certificate")
}

/// The provider's private key as a file has it, which no tenant is ever to be given.
pub(crate) fn private_key() -> String {
    let key = fixture("privateKey");
    format!("-----BEGIN RSA PRIVATE KEY-----{key}-----END RSA PRIVATE KEY-----")
}

/// The header of a token as the published guide has it.
pub(crate) fn header() -> Value {
    json!({ "alg": "RS256", "typ": "JWT", "kid": KEY_ID })
}

/// The claims of a good token for a new user, begun a second before `now` and good for five minutes.
pub(crate) fn claims(now: Timestamp, token_id: &str) -> Value {
    let now = now.timestamp();
    json!({
        "iss": ISSUER,
        "aud": "qlik.api/login/jwt-session",
        "sub": "harry",
        "subType": "user",
        "name": "Hardcore Harry",
        "email": "harry@example.com",
        "email_verified": true,
        "jti": token_id,
        "iat": now - 1,
        "nbf": now - 1,
        "exp": now + 300,
    })
}

/// A token signed by the provider, whatever its header says.
pub(crate) fn sign(header: &Value, claims: &Value) -> String {
    signed_by("privateKey", header, claims)
}

/// A token signed by somebody else.
pub(crate) fn sign_as_a_stranger(header: &Value, claims: &Value) -> String {
    signed_by("strangersPrivateKey", header, claims)
}

fn signed_by(key: &str, header: &Value, claims: &Value) -> String {
    let key = BASE64_STANDARD.decode(fixture(key)).unwrap();
    let key = RsaPrivateKey::from_pkcs1_der(&key).unwrap();
    let token = without_signature(header, claims);
    let signature = rsa::pkcs1v15::SigningKey::<Sha256>::new(key).sign(token.as_bytes());
    let signature = BASE64_URL_SAFE_NO_PAD.encode(signature.to_bytes());
    format!("{token}.{signature}")
}

/// The first two parts of a token.
pub(crate) fn without_signature(header: &Value, claims: &Value) -> String {
    let part = |part: &Value| BASE64_URL_SAFE_NO_PAD.encode(part.to_string());
    format!("{}.{}", part(header), part(claims))
}
