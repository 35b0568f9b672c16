//! JWTs that somebody else has signed: a client's assertion, a token of an identity provider. Read, then verified
//! with a public key that the tenant was given beforehand.
//!
//! The algorithms are those of the published contract: RS256, RS512 and ES384. Which one a token uses is no choice
//! of the token: the key decides, so that neither `none` nor a key taken for one of another kind passes.

use std::fmt;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use rsa::pkcs1::DecodeRsaPublicKey as _;
use rsa::pkcs8::spki::SubjectPublicKeyInfoRef;
use rsa::pkcs8::spki::der::{AnyRef, Decode as _, SliceReader, Tag, TagNumber, Tagged as _};
use rsa::signature::Verifier as _;
use rsa::traits::PublicKeyParts as _;
use rsa::{BoxedUint, RsaPublicKey};
use serde_json::{Map, Value};
use sha2::{Sha256, Sha512};

/// How a token is signed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
    /// ECDSA with P-384 and SHA-384.
    Es384,
}

impl Algorithm {
    /// The words of the contract.
    pub const WORDS: [(&'static str, Self); 3] = [
        ("RS256", Self::Rs256),
        ("RS512", Self::Rs512),
        ("ES384", Self::Es384),
    ];
}

/// Why a token proves nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum JwtError {
    /// It does not have the form of a signed JWT.
    Malformed,
    /// Its header names an algorithm that is not taken here, such as `none` or `HS256`.
    UnknownAlgorithm,
    /// Its header names an algorithm that does not belong to the key.
    OtherAlgorithm,
    /// The signature is not one of this key over this token.
    Signature,
}

impl fmt::Display for JwtError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Malformed => {
                "the token is no signed JWT: three parts in base64url with full stops between them"
            }
            Self::UnknownAlgorithm => "the token must be signed with RS256, RS512 or ES384",
            Self::OtherAlgorithm => "the algorithm in the token's header is not the one of the key",
            Self::Signature => "the token's signature does not match the key",
        })
    }
}

/// A token that anybody may have written. Only what is needed to find the right key can be read of it; the claims
/// come out of [`UnverifiedJwt::verify`].
pub struct UnverifiedJwt<'t> {
    algorithm: Option<Algorithm>,
    key_id: Option<String>,
    claims: Map<String, Value>,
    signed: &'t str,
    signature: Vec<u8>,
}

impl<'t> UnverifiedJwt<'t> {
    /// Takes a token apart.
    ///
    /// # Errors
    /// [`JwtError::Malformed`].
    pub fn parse(token: &'t str) -> Result<Self, JwtError> {
        let malformed = JwtError::Malformed;
        let (signed, signature) = token.rsplit_once('.').ok_or(malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(malformed)?;
        let object = |part: &str| -> Option<Map<String, Value>> {
            serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).ok()?).ok()
        };
        let header = object(header).ok_or(malformed)?;
        // An extension that must be understood (RFC 7515, section 4.1.11). None is.
        if header.contains_key("crit") {
            return Err(malformed);
        }
        let text = |name: &str| header.get(name).and_then(Value::as_str);
        let algorithm = text("alg").ok_or(malformed)?;
        Ok(Self {
            algorithm: Algorithm::WORDS
                .iter()
                .find(|(word, _)| *word == algorithm)
                .map(|(_, algorithm)| *algorithm),
            key_id: text("kid").map(str::to_owned),
            claims: object(claims).ok_or(malformed)?,
            signed,
            signature: BASE64_URL_SAFE_NO_PAD.decode(signature).map_err(|_| malformed)?,
        })
    }

    /// The `kid` of the header: which key to verify with.
    pub fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    /// The `iss` that the token claims: whose key to verify with.
    pub fn claimed_issuer(&self) -> Option<&str> {
        self.claims.get("iss").and_then(Value::as_str)
    }

    /// The claims, if `key` has signed them. RSA takes a tenth of a millisecond, ES384 most of one: call it outside
    /// of any lock.
    ///
    /// # Errors
    /// Why the token proves nothing.
    pub fn verify(self, key: &PublicKey) -> Result<Map<String, Value>, JwtError> {
        let algorithm = self.algorithm.ok_or(JwtError::UnknownAlgorithm)?;
        if key.only.is_some_and(|only| only != algorithm) {
            return Err(JwtError::OtherAlgorithm);
        }
        let (message, signature) = (self.signed.as_bytes(), self.signature.as_slice());
        let good = match (algorithm, &key.kind) {
            (Algorithm::Rs256, KeyKind::Rsa(key)) => {
                let key = rsa::pkcs1v15::VerifyingKey::<Sha256>::new(key.clone());
                rsa::pkcs1v15::Signature::try_from(signature)
                    .is_ok_and(|signature| key.verify(message, &signature).is_ok())
            }
            (Algorithm::Rs512, KeyKind::Rsa(key)) => {
                let key = rsa::pkcs1v15::VerifyingKey::<Sha512>::new(key.clone());
                rsa::pkcs1v15::Signature::try_from(signature)
                    .is_ok_and(|signature| key.verify(message, &signature).is_ok())
            }
            (Algorithm::Es384, KeyKind::P384(key)) => p384::ecdsa::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify(message, &signature).is_ok()),
            (Algorithm::Rs256 | Algorithm::Rs512, KeyKind::P384(_)) | (Algorithm::Es384, KeyKind::Rsa(_)) => {
                return Err(JwtError::OtherAlgorithm);
            }
        };
        if good {
            Ok(self.claims)
        } else {
            Err(JwtError::Signature)
        }
    }
}

impl fmt::Debug for UnverifiedJwt<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("UnverifiedJwt")
            .field("algorithm", &self.algorithm)
            .field("key_id", &self.key_id)
            .finish_non_exhaustive()
    }
}

/// The public key of somebody who signs tokens.
#[derive(Clone, Debug, PartialEq)]
pub struct PublicKey {
    kind: KeyKind,
    /// The one algorithm that the key is for, where its owner said so.
    only: Option<Algorithm>,
}

#[derive(Clone, Debug, PartialEq)]
enum KeyKind {
    Rsa(RsaPublicKey),
    P384(p384::ecdsa::VerifyingKey),
}

/// The documented lower bound of an RSA key, in bits.
const SHORTEST_RSA_KEY: u32 = 2048;

impl PublicKey {
    /// Reads a PEM text: a public key (`PUBLIC KEY`, `RSA PUBLIC KEY`), or a certificate, of which only the key
    /// counts. Neither its signature nor its dates are looked at.
    ///
    /// # Errors
    /// What would be right, as a sentence.
    pub fn from_pem(text: &str) -> Result<Self, String> {
        let (label, der) = pem(text).ok_or("Must be a PEM text: -----BEGIN PUBLIC KEY----- and so on.")?;
        let kind = match label {
            "PUBLIC KEY" => SubjectPublicKeyInfoRef::from_der(&der)
                .ok()
                .and_then(KeyKind::of_info),
            "RSA PUBLIC KEY" => RsaPublicKey::from_pkcs1_der(&der).ok().map(KeyKind::Rsa),
            "CERTIFICATE" => KeyKind::of_certificate(&der),
            // Whoever sends this by mistake should stop using it.
            label if label.ends_with("PRIVATE KEY") => {
                return Err("Must be the public key, not the private one.".to_owned());
            }
            _ => None,
        };
        let kind =
            kind.ok_or("Must be the PEM text of an RSA or P-384 public key, or of a certificate with one.")?;
        Self::new(kind, None)
    }

    /// Reads a JSON Web Key (RFC 7517) of the kinds in the contract: RSA with `n` and `e`, EC with `crv` P-384, `x`
    /// and `y`. It is good for its `alg` only.
    ///
    /// # Errors
    /// What would be right, as a sentence.
    pub fn from_jwk(jwk: &Value) -> Result<Self, String> {
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        let number = |name: &str| -> Result<Vec<u8>, String> {
            text(name)
                .and_then(|text| BASE64_URL_SAFE_NO_PAD.decode(text).ok())
                .ok_or_else(|| format!("`{name}` must be a number in base64url."))
        };
        let algorithm = Algorithm::WORDS
            .iter()
            .find(|(word, _)| text("alg") == Some(word))
            .map(|(_, algorithm)| *algorithm)
            .ok_or("`alg` must be RS256, RS512 or ES384.")?;
        let kind = match (algorithm, text("kty"), text("crv")) {
            (Algorithm::Rs256 | Algorithm::Rs512, Some("RSA"), _) => {
                let (modulus, exponent) = (number("n")?, number("e")?);
                let number = |bytes: &[u8]| BoxedUint::from_be_slice_vartime(bytes);
                let key = RsaPublicKey::new(number(&modulus), number(&exponent));
                KeyKind::Rsa(key.map_err(|_| "`n` and `e` are no RSA key.")?)
            }
            (Algorithm::Es384, Some("EC"), Some("P-384")) => {
                // The uncompressed form of a point: 4, then both coordinates.
                let point = [vec![4], number("x")?, number("y")?].concat();
                let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(&point);
                KeyKind::P384(key.map_err(|_| "`x` and `y` are no point of the curve P-384.")?)
            }
            _ => {
                return Err(
                    "`kty` must be RSA for RS256 and RS512, and EC with `crv` P-384 for ES384.".to_owned(),
                );
            }
        };
        Self::new(kind, Some(algorithm))
    }

    fn new(kind: KeyKind, only: Option<Algorithm>) -> Result<Self, String> {
        match &kind {
            KeyKind::Rsa(key) if key.n().bits() < SHORTEST_RSA_KEY => {
                Err(format!("An RSA key must have at least {SHORTEST_RSA_KEY} bits."))
            }
            _ => Ok(Self { kind, only }),
        }
    }
}

impl KeyKind {
    fn of_info(info: SubjectPublicKeyInfoRef<'_>) -> Option<Self> {
        let rsa = RsaPublicKey::try_from(info.clone()).map(Self::Rsa).ok();
        rsa.or_else(|| p384::ecdsa::VerifyingKey::try_from(info).map(Self::P384).ok())
    }

    /// The key of an X.509 certificate: the seventh member of its first part, or the sixth where the version is left
    /// out (RFC 5280, section 4.1).
    fn of_certificate(der: &[u8]) -> Option<Self> {
        let certificate = AnyRef::from_der(der).ok()?;
        let mut parts = SliceReader::new(certificate.value()).ok()?;
        let signed = AnyRef::decode(&mut parts).ok()?;
        if (certificate.tag(), signed.tag()) != (Tag::Sequence, Tag::Sequence) {
            return None;
        }
        let mut members = SliceReader::new(signed.value()).ok()?;
        let version = Tag::ContextSpecific {
            constructed: true,
            number: TagNumber(0),
        };
        let before_key = if Tag::peek(&members).ok()? == version {
            6
        } else {
            5
        };
        for _ in 0..before_key {
            AnyRef::decode(&mut members).ok()?;
        }
        Self::of_info(SubjectPublicKeyInfoRef::decode(&mut members).ok()?)
    }
}

/// The label and the bytes of a PEM text. Lines may have any length: a text that came through JSON or a form may
/// have lost its line ends.
fn pem(text: &str) -> Option<(&str, Vec<u8>)> {
    let (_, text) = text.split_once("-----BEGIN ")?;
    let (label, text) = text.split_once("-----")?;
    let (body, end) = text.split_once("-----END ")?;
    end.strip_prefix(label)?.strip_prefix("-----")?;
    let body: String = body
        .chars()
        .filter(|character| !character.is_ascii_whitespace())
        .collect();
    Some((label, BASE64_STANDARD.decode(body).ok()?))
}

#[cfg(test)]
mod tests;
