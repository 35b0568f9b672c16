//! The form of a token, as seen in keys of the real service.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use p384::ecdsa::signature::Verifier as _;
use p384::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};

use crate::support::{Actor, EDITIONS, TENANT_ID, World};

/// Of the seed.
const KID: &str = "11522ba9-6cac-4ca6-86a1-e544556a8b4f";
const SECRET: &str =
    "84c44db0e486af7c16cb787e0aee62225a196724cc48e11c3f3cef7386e845305418366318adb2cf89b7e1a2c027b3d2";

fn decode(part: &str) -> String {
    String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

#[tokio::test]
async fn a_token_is_a_signed_jwt_with_the_claims_of_the_service() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let minted = world.mint(&world.by_key(Actor::KeyHolder), "shape", "").await;
        let token = minted.token.as_str();
        assert!(
            token.starts_with("eyJhbGciOiJFUzM4NCIsImtpZCI6I"),
            "as public examples begin: {token}"
        );
        let [header, claims, signature] = token.split('.').collect::<Vec<_>>().try_into().unwrap();

        assert_eq!(
            decode(header),
            format!(r#"{{"alg":"ES384","kid":"{KID}","typ":"JWT"}}"#)
        );
        let claims_text = decode(claims);
        assert!(
            claims_text.starts_with(&format!(r#"{{"subType":"user","tenantId":"{TENANT_ID}","#)),
            "{claims_text}"
        );
        let claims_seen: Value = serde_json::from_str(&claims_text).unwrap();
        let claims_wanted = json!({
            "subType": "user",
            "tenantId": TENANT_ID,
            "jti": minted.id,
            "aud": "qlik.api",
            "iss": "qlik.api/api-keys",
            "sub": Actor::KeyHolder.person().id,
            "iat": world.now().timestamp(),
        });
        assert_eq!(
            claims_seen, claims_wanted,
            "there is no `exp`: the expiry is the server's to know"
        );

        let secret: Vec<u8> = (0..48)
            .map(|at| u8::from_str_radix(&SECRET[2 * at..2 * at + 2], 16).unwrap())
            .collect();
        let key = *SigningKey::from_slice(&secret).unwrap().verifying_key();
        let signature = Signature::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
        let signed = format!("{header}.{claims}");
        key.verify(signed.as_bytes(), &signature).unwrap();
        assert!(key.verify(format!("{signed}x").as_bytes(), &signature).is_err());
    }
}

#[tokio::test]
async fn the_id_of_a_key_is_a_random_uuid() {
    let world = World::start(EDITIONS[0]).await;
    let holder = world.by_key(Actor::KeyHolder);
    let (one, other) = (
        world.mint(&holder, "one", "").await,
        world.mint(&holder, "other", "").await,
    );
    for key in [&one, &other] {
        let id = uuid::Uuid::try_parse(&key.id).unwrap();
        assert_eq!(
            (id.get_version_num(), id.hyphenated().to_string()),
            (4, key.id.clone())
        );
    }
    assert_ne!(one.id, other.id);
    assert_ne!(one.token, other.token);
}
