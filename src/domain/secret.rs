//! Secrets as types that cannot be printed: what a client presents, what is stored, what is minted once.

use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use p384::ecdsa::signature::Signer as _;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use super::clock::Timestamp;
use super::entropy::Entropy;
use super::ids::{ApiKeyId, TenantId};
use super::jwt::{JwtError, UnverifiedJwt};
use super::oauth::pkce::{CodeChallenge, is_verifier};

/// Takes out of a text whatever may be a secret: every run of 40 or more token characters that has a digit in it.
/// No id of the service is that long. Text that a client sent passes through here before it is shown or logged.
pub fn without_secrets(text: &str) -> Cow<'_, str> {
    let is_token = |character: char| u8::try_from(character).is_ok_and(is_of_token);
    let is_secret = |run: &str| run.len() >= SHORTEST_SECRET && run.bytes().any(|byte| byte.is_ascii_digit());
    if !has_long_run(text.as_bytes()) || !text.split(|character| !is_token(character)).any(is_secret) {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len());
    for piece in text.split_inclusive(|character| !is_token(character)) {
        let run = piece.trim_end_matches(|character| !is_token(character));
        if is_secret(run) {
            kept.push('…');
            kept.push_str(&piece[run.len()..]);
        } else {
            kept.push_str(piece);
        }
    }
    Cow::Owned(kept)
}

/// A run of characters that is shorter is no secret.
const SHORTEST_SECRET: usize = 40;

fn is_of_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)
}

/// Whether there is a run that is long enough for a secret. Most texts have something else every few bytes, so this
/// looks at few of them.
fn has_long_run(text: &[u8]) -> bool {
    let mut start = 0;
    while let Some(window) = text.get(start..start + SHORTEST_SECRET) {
        match window.iter().rposition(|byte| !is_of_token(*byte)) {
            Some(gap) => start += gap + 1,
            None => return true,
        }
    }
    false
}

/// What a client sent as its credential. It may be anything.
pub struct PresentedToken<'a>(&'a str);

impl<'a> PresentedToken<'a> {
    /// Wraps the text behind `Bearer` or the value of the session cookie.
    pub fn new(text: &'a str) -> Self {
        Self(text)
    }

    /// The digest under which a token like this would be stored.
    pub fn digest(&self) -> TokenDigest {
        TokenDigest(Sha256::digest(self.0.as_bytes()).into())
    }

    /// The `tenantId` claim, if this has the form of a JWT. Nothing is verified: it serves only to name the
    /// reason of a refusal.
    pub fn claimed_tenant(&self) -> Result<Option<TenantId>, NotAToken> {
        let [header, claims, signature] = self.parts().ok_or(NotAToken)?;
        let (Some(header), Some(claims), Some(_)) = (decode(header), decode(claims), decode(signature))
        else {
            return Err(NotAToken);
        };
        let _: serde_json::Map<String, serde_json::Value> =
            serde_json::from_slice(&header).map_err(|_| NotAToken)?;
        let claims: serde_json::Map<String, serde_json::Value> =
            serde_json::from_slice(&claims).map_err(|_| NotAToken)?;
        Ok(claims
            .get("tenantId")
            .and_then(|id| id.as_str())
            .and_then(TenantId::parse))
    }

    /// The tenant that the value of a session cookie names.
    pub fn tenant_of_session(&self) -> Option<TenantId> {
        self.0.split_once('.').and_then(|(id, _)| TenantId::parse(id))
    }

    /// The token as a JWT that somebody else has signed.
    ///
    /// # Errors
    /// When it does not have that form.
    pub fn as_jwt(&self) -> Result<UnverifiedJwt<'a>, JwtError> {
        UnverifiedJwt::parse(self.0)
    }

    /// Whether it is the verifier of this challenge.
    pub fn meets(&self, challenge: &CodeChallenge) -> bool {
        challenge.is_met_by(self.0)
    }

    /// Whether it has the form of a verifier.
    pub fn is_verifier(&self) -> bool {
        is_verifier(self.0)
    }

    fn parts(&self) -> Option<[&'a str; 3]> {
        let mut parts = self.0.split('.');
        let three = [parts.next()?, parts.next()?, parts.next()?];
        parts.next().is_none().then_some(three)
    }
}

impl fmt::Debug for PresentedToken<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PresentedToken(..)")
    }
}

/// A credential that does not have the form of a JWT.
#[derive(Debug)]
pub struct NotAToken;

fn decode(part: &str) -> Option<Vec<u8>> {
    BASE64_URL_SAFE_NO_PAD.decode(part).ok()
}

/// The SHA-256 digest of a token: all that the tenant keeps of it. It is the only form of a secret that can be compared
/// with `==`.
#[derive(Clone, Copy, Eq, Ord, PartialOrd)]
pub struct TokenDigest([u8; 32]);

impl PartialEq for TokenDigest {
    /// Takes the same time wherever they differ.
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Hash for TokenDigest {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl TokenDigest {
    /// Takes 64 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let mut bytes = [0; 32];
        for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
        }
        Some(Self(bytes))
    }

    /// The digest as 64 hexadecimal digits.
    pub fn to_hex(self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl fmt::Debug for TokenDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("TokenDigest(..)")
    }
}

/// A token that has just been made. It is shown once and then forgotten.
pub struct MintedToken(String);

impl MintedToken {
    /// A random value of 256 bits, such as a CSRF token. Written in hexadecimal digits, so that
    /// [`without_secrets`] knows it for a secret.
    pub fn opaque(entropy: &Entropy) -> Self {
        Self(
            entropy
                .bytes::<32>()
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect(),
        )
    }

    /// The value of a session cookie: the tenant's id, so that the session is found among those of other tenants,
    /// and a random value of 256 bits.
    pub fn session(tenant: &TenantId, entropy: &Entropy) -> Self {
        let Self(secret) = Self::opaque(entropy);
        Self(format!("{tenant}.{secret}"))
    }

    /// The token itself, for the one answer that shows it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Its last characters, by which it can be told from others: few enough to give nothing away.
    pub fn hint(&self, length: usize) -> String {
        let start = self.0.len().saturating_sub(length);
        self.0.get(start..).unwrap_or_default().to_owned()
    }

    /// The digest to store.
    pub fn digest(&self) -> TokenDigest {
        PresentedToken::new(&self.0).digest()
    }
}

impl fmt::Debug for MintedToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("MintedToken(..)")
    }
}

/// A secret that the server must be able to show again to its owner: a session's CSRF token.
#[derive(Clone)]
pub struct CsrfToken(String);

impl CsrfToken {
    /// A random value of 256 bits.
    pub fn random(entropy: &Entropy) -> Self {
        Self(MintedToken::opaque(entropy).0)
    }

    /// The token, for its owner.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether `presented` is this token; takes the same time wherever they differ.
    pub fn matches(&self, presented: &str) -> bool {
        self.0.as_bytes().ct_eq(presented.as_bytes()).into()
    }
}

impl fmt::Debug for CsrfToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("CsrfToken(..)")
    }
}

/// The token that the control API asks for.
#[derive(Clone)]
pub struct ControlToken(String);

impl ControlToken {
    /// Takes a token; an empty one is none.
    pub fn new(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }

    /// The token, for the request that shows it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The digest to compare with.
    pub fn digest(&self) -> TokenDigest {
        PresentedToken::new(&self.0).digest()
    }
}

impl fmt::Debug for ControlToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ControlToken(..)")
    }
}

impl FromStr for ControlToken {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::new(text).ok_or("the token is empty")
    }
}

/// What the token of an API key says about itself. Claims and their order as seen in keys of the real service:
/// `subType`, `tenantId`, `jti`, `aud`, `iss`, `sub`. `iat` is our choice; there is no `exp`, because the
/// expiry of a key is a record of the server.
#[derive(Debug)]
pub struct ApiKeyClaims<'a> {
    /// `user` or `externalClient`.
    pub sub_type: &'a str,
    /// The tenant that issues the key.
    pub tenant_id: &'a TenantId,
    /// The key.
    pub id: ApiKeyId,
    /// The user's id, or `SCIM\{identity provider}`.
    pub subject: &'a str,
    /// When the key is made.
    pub issued_at: Timestamp,
}

/// What an OAuth access token says about itself: the claims of the published example (`subType`, `purpose`, `jti`,
/// `iat`, `exp`, `aud`, `iss`). `tenantId` is ours: it is how a token finds its tenant among several.
#[derive(Debug)]
pub struct AccessTokenClaims<'a> {
    /// The tenant that issues the token.
    pub tenant_id: &'a TenantId,
    /// The origin of the tenant, as the client named it.
    pub audience: &'a str,
    /// When it is issued.
    pub issued_at: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
}

/// The tenant's signing key (ES384, ECDSA with P-384 and SHA-384) and its `kid`.
pub struct SigningKey {
    kid: Uuid,
    key: p384::ecdsa::SigningKey,
}

impl SigningKey {
    /// A key drawn at random.
    pub fn random(entropy: &Entropy) -> Self {
        loop {
            // A value outside of the curve's order has a chance of less than 2^-190: draw again.
            if let Some(key) = Self::from_secret(entropy.uuid(), &entropy.bytes::<48>()) {
                return key;
            }
        }
    }

    /// The key with this secret (48 bytes, big-endian); none if it is no number below the curve's order.
    pub fn from_secret(kid: Uuid, secret: &[u8]) -> Option<Self> {
        let key = p384::ecdsa::SigningKey::from_slice(secret).ok()?;
        Some(Self { kid, key })
    }

    /// Signs an OAuth access token. A tenth of a millisecond of work: call it outside of any lock.
    pub fn mint_access_token(&self, claims: &AccessTokenClaims<'_>, entropy: &Entropy) -> MintedToken {
        self.sign(&format!(
            r#"{{"subType":"user","purpose":"accessToken","tenantId":{},"jti":"{}","iat":{},"exp":{},"aud":{},"iss":"qlik.api"}}"#,
            json!(claims.tenant_id),
            BASE64_URL_SAFE_NO_PAD.encode(entropy.bytes::<24>()),
            claims.issued_at.timestamp(),
            claims.expires_at.timestamp(),
            json!(claims.audience),
        ))
    }

    /// The public part as a JSON Web Key (RFC 7517), for whoever verifies tokens.
    pub fn to_public_jwk(&self) -> serde_json::Value {
        let point = self.key.verifying_key().to_sec1_point(false);
        // The uncompressed form of a point: 4, then both coordinates.
        let (x, y) = point.as_bytes().get(1..).unwrap_or_default().split_at(48);
        json!({
            "kty": "EC",
            "crv": "P-384",
            "alg": "ES384",
            "use": "sig",
            "kid": self.kid,
            "x": BASE64_URL_SAFE_NO_PAD.encode(x),
            "y": BASE64_URL_SAFE_NO_PAD.encode(y),
        })
    }

    /// Signs an API key's token. A tenth of a millisecond of work: call it outside of any lock.
    pub fn mint(&self, claims: &ApiKeyClaims<'_>) -> MintedToken {
        self.sign(&format!(
            r#"{{"subType":{},"tenantId":{},"jti":"{}","aud":"qlik.api","iss":"qlik.api/api-keys","sub":{},"iat":{}}}"#,
            json!(claims.sub_type),
            json!(claims.tenant_id),
            claims.id,
            json!(claims.subject),
            claims.issued_at.timestamp(),
        ))
    }

    fn sign(&self, payload: &str) -> MintedToken {
        let header = format!(r#"{{"alg":"ES384","kid":"{}","typ":"JWT"}}"#, self.kid);
        let mut token = BASE64_URL_SAFE_NO_PAD.encode(header);
        token.push('.');
        BASE64_URL_SAFE_NO_PAD.encode_string(payload, &mut token);
        let signature: p384::ecdsa::Signature = self.key.sign(token.as_bytes());
        token.push('.');
        BASE64_URL_SAFE_NO_PAD.encode_string(signature.to_bytes(), &mut token);
        MintedToken(token)
    }

    /// Whether this key signed `token`.
    pub fn verifies(&self, token: &str) -> bool {
        use p384::ecdsa::signature::Verifier as _;
        let Some((signed, signature)) = token.rsplit_once('.') else {
            return false;
        };
        let Some(signature) =
            decode(signature).and_then(|bytes| p384::ecdsa::Signature::from_slice(&bytes).ok())
        else {
            return false;
        };
        self.key
            .verifying_key()
            .verify(signed.as_bytes(), &signature)
            .is_ok()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SigningKey")
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minted() -> (SigningKey, MintedToken) {
        let entropy = Entropy::seeded(1);
        let key = SigningKey::random(&entropy);
        let tenant = TenantId::parse("BL4tTJ4S7xrHTcq0zQxQrJ5qB1_Q6cSo").unwrap();
        let token = key.mint(&ApiKeyClaims {
            sub_type: "user",
            tenant_id: &tenant,
            id: ApiKeyId::new(entropy.uuid()),
            subject: "62716ab404a7bd8626af9bd6",
            issued_at: Timestamp::UNIX_EPOCH,
        });
        (key, token)
    }

    #[test]
    fn a_token_has_the_published_beginning_and_its_own_signature() {
        let (key, token) = minted();
        assert!(token.reveal().starts_with("eyJhbGciOiJFUzM4NCIsImtpZCI6I"));
        assert!(key.verifies(token.reveal()));
        assert!(!SigningKey::random(&Entropy::seeded(2)).verifies(token.reveal()));
    }

    #[test]
    fn the_claimed_tenant_is_read_and_nonsense_is_none() {
        let (_, token) = minted();
        let claimed = PresentedToken::new(token.reveal()).claimed_tenant().unwrap();
        assert_eq!(claimed.unwrap().as_str(), "BL4tTJ4S7xrHTcq0zQxQrJ5qB1_Q6cSo");
        for nonsense in ["", "a.b", "a.b.c", "e30.e30.e30.e30", "not a token"] {
            assert!(
                PresentedToken::new(nonsense).claimed_tenant().is_err(),
                "{nonsense}"
            );
        }
    }

    #[test]
    fn no_secret_is_printed() {
        let (_, token) = minted();
        let csrf = CsrfToken::random(&Entropy::seeded(3));
        let printed = format!(
            "{token:?} {:?} {:?} {csrf:?}",
            token.digest(),
            PresentedToken::new(token.reveal())
        );
        assert!(!printed.contains(token.reveal()) && !printed.contains(csrf.reveal()));
    }

    #[test]
    fn a_secret_in_a_text_is_taken_out_and_the_rest_stays() {
        let (_, token) = minted();
        let opaque = MintedToken::opaque(&Entropy::seeded(4));
        let text = format!(
            "/a/{}?b={} 7d3c1a52-0b1e-4c86-9a57-000000000001",
            token.reveal(),
            opaque.reveal()
        );
        assert_eq!(
            without_secrets(&text),
            "/a/…?b=… 7d3c1a52-0b1e-4c86-9a57-000000000001"
        );
        let plain = "/autoAssignPrivateAnalyticsContentCreatorRoleToProfessionals is no secret: é";
        assert_eq!(without_secrets(plain), plain);
    }

    #[test]
    fn a_digest_reads_its_own_hexadecimal_form_only() {
        assert!(TokenDigest::parse(&"0f".repeat(32)).is_some());
        for wrong in ["", "0f", &"0g".repeat(32), &"é".repeat(32)] {
            assert!(TokenDigest::parse(wrong).is_none());
        }
    }
}
