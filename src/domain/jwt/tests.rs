use serde_json::json;

use super::*;

/// Keys and tokens made by OpenSSL, whose private keys are forgotten.
fn samples() -> Value {
    serde_json::from_str(include_str!("samples.json")).unwrap()
}

fn verify(token: &str, key: &PublicKey) -> Result<Map<String, Value>, JwtError> {
    UnverifiedJwt::parse(token)?.verify(key)
}

fn encoded(value: Value) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(value.to_string())
}

#[test]
fn each_form_of_a_key_verifies_the_tokens_of_its_algorithms() {
    let samples = samples();
    for (key, forms, algorithms) in [
        (
            "rsa",
            &["publicKey", "rsaPublicKey", "certificate"][..],
            &["RS256", "RS512"][..],
        ),
        ("p384", &["publicKey", "certificate"], &["ES384"]),
    ] {
        for form in forms {
            let pem = samples[key][form].as_str().unwrap();
            // As it comes out of an environment variable or a form.
            for pem in [pem.to_owned(), pem.replace('\n', " "), pem.replace('\n', "\r\n")] {
                let key = PublicKey::from_pem(&pem).unwrap();
                for algorithm in algorithms {
                    let token = samples["tokens"][algorithm].as_str().unwrap();
                    let claims = verify(token, &key).unwrap();
                    assert_eq!(claims["sub"], "somebody", "{form} {algorithm}");
                }
            }
        }
    }
}

#[test]
fn a_json_web_key_is_good_for_its_algorithm_only() {
    let samples = samples();
    let token = |algorithm: &str| samples["tokens"][algorithm].as_str().unwrap();
    let rsa = PublicKey::from_jwk(&samples["rsa"]["jwk"]).unwrap();
    assert!(verify(token("RS256"), &rsa).is_ok());
    assert_eq!(verify(token("RS512"), &rsa), Err(JwtError::OtherAlgorithm));
    assert_eq!(verify(token("ES384"), &rsa), Err(JwtError::OtherAlgorithm));
    let curve = PublicKey::from_jwk(&samples["p384"]["jwk"]).unwrap();
    assert!(verify(token("ES384"), &curve).is_ok());
    assert_eq!(verify(token("RS256"), &curve), Err(JwtError::OtherAlgorithm));
}

#[test]
fn what_names_the_key_can_be_read_beforehand() {
    let samples = samples();
    let token = UnverifiedJwt::parse(samples["tokens"]["RS256"].as_str().unwrap()).unwrap();
    assert_eq!(token.key_id(), Some("my-key"));
    assert_eq!(token.claimed_issuer(), Some("my-issuer"));
    assert!(!format!("{token:?}").contains("somebody"));
}

#[test]
fn a_token_that_proves_nothing_is_refused() {
    let samples = samples();
    let key = PublicKey::from_jwk(&samples["rsa"]["jwk"]).unwrap();
    let good = samples["tokens"]["RS256"].as_str().unwrap();
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let (header, claims) = signed.split_once('.').unwrap();
    let admin = encoded(json!({"iss": "my-issuer", "sub": "admin"}));
    let none = encoded(json!({"alg": "none", "typ": "JWT"}));
    let symmetric = encoded(json!({"alg": "HS256", "typ": "JWT"}));
    let critical = encoded(json!({"alg": "RS256", "crit": ["exp"]}));
    for (token, expected) in [
        (format!("{header}.{admin}.{signature}"), JwtError::Signature),
        (format!("{signed}."), JwtError::Signature),
        (format!("{signed}.{}", &signature[4..]), JwtError::Signature),
        (format!("{none}.{admin}."), JwtError::UnknownAlgorithm),
        (
            format!("{symmetric}.{claims}.{signature}"),
            JwtError::UnknownAlgorithm,
        ),
        (
            samples["tokens"]["RS384"].as_str().unwrap().to_owned(),
            JwtError::UnknownAlgorithm,
        ),
        (format!("{critical}.{claims}.{signature}"), JwtError::Malformed),
        (format!("{good}.{signature}"), JwtError::Malformed),
        (format!("{signed}.é"), JwtError::Malformed),
        (signed.to_owned(), JwtError::Malformed),
        ("e30.e30.e30".to_owned(), JwtError::Malformed),
        (String::new(), JwtError::Malformed),
    ] {
        assert_eq!(verify(&token, &key), Err(expected), "{token}");
    }
}

#[test]
fn what_is_no_usable_key_says_what_would_be() {
    let samples = samples();
    let short = samples["shortRsa"]["publicKey"].as_str().unwrap();
    let certificate = samples["rsa"]["certificate"].as_str().unwrap();
    for (pem, expected) in [
        ("", "Must be a PEM text"),
        (
            "-----BEGIN PUBLIC KEY-----\n!\n-----END PUBLIC KEY-----",
            "Must be a PEM text",
        ),
        (
            "-----BEGIN PUBLIC KEY-----\nMA==\n-----END PUBLIC KEY-----",
            "Must be the PEM text of",
        ),
        (
            "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----",
            "Must be the PEM text of",
        ),
        (
            "-----BEGIN PUBLIC KEY-----\nMA==\n-----END CERTIFICATE-----",
            "Must be a PEM text",
        ),
        (
            "-----BEGIN PRIVATE KEY-----\nMA==\n-----END PRIVATE KEY-----",
            "Must be the public key",
        ),
        (
            &certificate.replace("CERTIFICATE", "PUBLIC KEY"),
            "Must be the PEM text of",
        ),
        (short, "An RSA key must have at least 2048 bits."),
    ] {
        let sentence = PublicKey::from_pem(pem).unwrap_err();
        assert!(sentence.starts_with(expected), "{pem}: {sentence}");
    }
    let with = |key: &str, member: &str, value: Value| {
        let mut jwk = samples[key]["jwk"].clone();
        jwk[member] = value;
        PublicKey::from_jwk(&jwk).unwrap_err()
    };
    assert!(with("rsa", "alg", json!("none")).starts_with("`alg` must be"));
    assert!(with("rsa", "alg", json!("ES384")).starts_with("`kty` must be"));
    assert!(with("rsa", "kty", json!("oct")).starts_with("`kty` must be"));
    assert!(with("rsa", "n", json!(null)).starts_with("`n` must be"));
    assert!(with("rsa", "n", json!("")).starts_with("`n` and `e` are no"));
    assert!(
        with("rsa", "n", json!("AQAB")).ends_with("key.")
            || with("rsa", "n", json!("AQAB")).ends_with("bits.")
    );
    assert!(with("p384", "crv", json!("P-256")).starts_with("`kty` must be"));
    assert!(with("p384", "x", json!("AQAB")).starts_with("`x` and `y` are no"));
}
