//! What a token of a JWT provider must claim to be taken for a session: the claims that the published contract lists
//! for `POST /login/jwt-session`.

use chrono::TimeDelta;
use serde_json::{Map, Value};

use super::clock::Timestamp;
use super::document::is_address;
use super::error::{DomainError, Refusal};
use super::jwt::JwtError;

/// The `aud` of a token that is for us.
pub const AUDIENCE: &str = "qlik.api/login/jwt-session";

/// The longest that may lie between `nbf` and `exp`.
pub const LONGEST_WINDOW: TimeDelta = TimeDelta::hours(1);

/// The most characters that `sub` may have. Our choice.
pub const LONGEST_SUBJECT: usize = 255;

/// The most groups that a token may name. Our choice.
pub const MOST_GROUPS: usize = 500;

/// Why a token begins no session, where that is a refusal. What is wrong with the claims themselves is not among
/// these: the service names it claim by claim.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum JwtRefusal {
    /// No token was sent.
    Missing,
    /// It is no signed JWT.
    Malformed,
    /// Its header names an algorithm that is not taken, such as `none` or `HS256`, or not that of the key.
    Algorithm,
    /// No provider of the tenant has its `iss`.
    UnknownIssuer,
    /// Its `kid` is not that of the provider.
    UnknownKey,
    /// The provider is not available for use.
    ProviderInactive,
    /// The provider's key has not signed it.
    Signature,
    /// It is for somebody else.
    Audience,
    /// Its time has not come.
    NotYetValid,
    /// Its time is over.
    Expired,
    /// A token with its `jti` was taken before.
    Replayed,
    /// The user that it names is disabled.
    UserDisabled,
    /// The invitation of the user that it names has passed its expiry.
    InviteExpired,
}

impl JwtRefusal {
    /// A stable name for logs and headers.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Missing => "no-credential",
            Self::Malformed => "malformed-credential",
            Self::Algorithm => "jwt-algorithm",
            Self::UnknownIssuer => "jwt-unknown-issuer",
            Self::UnknownKey => "jwt-unknown-key",
            Self::ProviderInactive => "jwt-provider-inactive",
            Self::Signature => "jwt-signature",
            Self::Audience => "jwt-audience",
            Self::NotYetValid => "jwt-not-yet-valid",
            Self::Expired => "jwt-expired",
            Self::Replayed => "jwt-replayed",
            Self::UserDisabled => "owner-disabled",
            Self::InviteExpired => "invite-expired",
        }
    }

    /// What happened and what would help, for people.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Missing => {
                "No token was sent. Send `Authorization: Bearer <JWT>`, signed by the JWT provider."
            }
            Self::Malformed => "This is no signed JWT. Send `Authorization: Bearer <JWT>`.",
            Self::Algorithm => {
                "The `alg` of the token is not taken here, or is not that of the provider's key."
            }
            Self::UnknownIssuer => "No identity provider of this tenant has the `iss` of this token.",
            Self::UnknownKey => "The `kid` of the token is not that of the identity provider.",
            Self::ProviderInactive => "The identity provider is not active.",
            Self::Signature => "The key of the identity provider has not signed this token.",
            Self::Audience => "The `aud` of the token must be qlik.api/login/jwt-session.",
            Self::NotYetValid => "The token is not valid yet: its `nbf` or its `iat` lies in the future.",
            Self::Expired => "The token has expired: its `exp` has passed.",
            Self::Replayed => "A token with this `jti` has been used. Sign another one for each session.",
            Self::UserDisabled => "The user that this token names is disabled.",
            Self::InviteExpired => "The invitation of the user that this token names has expired.",
        }
    }
}

impl From<JwtError> for JwtRefusal {
    fn from(error: JwtError) -> Self {
        match error {
            JwtError::Malformed => Self::Malformed,
            JwtError::UnknownAlgorithm | JwtError::OtherAlgorithm => Self::Algorithm,
            JwtError::Signature => Self::Signature,
        }
    }
}

/// Why the claims of a verified token begin no session.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ClaimsError {
    /// A refusal.
    Refused(Refusal),
    /// Claims that are missing or are not what they must be: a phrase each.
    Invalid(Vec<String>),
}

impl From<JwtRefusal> for Refusal {
    fn from(refusal: JwtRefusal) -> Self {
        Self::Jwt(refusal)
    }
}

impl From<JwtRefusal> for DomainError {
    fn from(refusal: JwtRefusal) -> Self {
        Refusal::Jwt(refusal).into()
    }
}

impl From<ClaimsError> for DomainError {
    fn from(error: ClaimsError) -> Self {
        match error {
            ClaimsError::Refused(refusal) => refusal.into(),
            ClaimsError::Invalid(faults) => Self::JwtClaims(faults),
        }
    }
}

/// Who comes with a token, and how long it is good.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SessionClaims {
    /// `sub`: the user's subject.
    pub subject: String,
    /// The user's name.
    pub name: String,
    /// The user's e-mail address.
    pub email: String,
    /// Whether the provider has verified that the address is the user's.
    pub email_verified: bool,
    /// The names of the user's groups, if the provider says anything of groups.
    pub groups: Option<Vec<String>>,
    /// `jti`: a token is taken once.
    pub token_id: String,
    /// `exp`, and the tolerance: nobody takes the token after that.
    pub good_until: Timestamp,
}

impl SessionClaims {
    /// Reads the claims of a verified token at `now`; `tolerance` is by how much the provider's clock may differ.
    ///
    /// # Errors
    /// First whether it is for somebody else, then everything that is missing or wrong, then its time.
    pub fn read(
        claims: &Map<String, Value>,
        tolerance: TimeDelta,
        now: Timestamp,
    ) -> Result<Self, ClaimsError> {
        let mut reader = ClaimsReader {
            claims,
            faults: Vec::new(),
        };
        let audience = reader.required("aud");
        if audience.is_some_and(|audience| !names(audience, AUDIENCE)) {
            return Err(ClaimsError::Refused(Refusal::Jwt(JwtRefusal::Audience)));
        }
        let subject = reader.text("sub");
        if subject
            .as_ref()
            .is_some_and(|subject| subject.chars().count() > LONGEST_SUBJECT)
        {
            reader.invalid("sub", &format!("must have at most {LONGEST_SUBJECT} characters"));
        }
        if reader.text("subType").is_some_and(|kind| kind != "user") {
            reader.invalid("subType", "must be `user`");
        }
        let (name, email) = (reader.text("name"), reader.text("email"));
        if email.as_ref().is_some_and(|email| !is_address(email)) {
            reader.invalid("email", "must be an e-mail address");
        }
        let email_verified = reader.required("email_verified").map(Value::as_bool);
        if email_verified == Some(None) {
            reader.invalid("email_verified", "must be true or false");
        }
        let token_id = reader.token_id();
        let issued = reader.instant("iat");
        let (begin, end) = (reader.instant("nbf"), reader.instant("exp"));
        let groups = reader.groups();
        if let (Some(begin), Some(end)) = (begin, end)
            && !(TimeDelta::zero()..=LONGEST_WINDOW).contains(&(end - begin))
        {
            reader.faults.push(
                "Invalid claim: exp must be after nbf, and the time between them must not exceed 3600 seconds".to_owned(),
            );
        }
        let (
            Some(subject),
            Some(name),
            Some(email),
            Some(Some(email_verified)),
            Some(token_id),
            Some(issued),
            Some(begin),
            Some(end),
        ) = (subject, name, email, email_verified, token_id, issued, begin, end)
        else {
            return Err(ClaimsError::Invalid(reader.faults));
        };
        if !reader.faults.is_empty() {
            return Err(ClaimsError::Invalid(reader.faults));
        }
        let good_until = end + tolerance;
        let refused = |why| Err(ClaimsError::Refused(Refusal::Jwt(why)));
        if now < begin - tolerance || now < issued - tolerance {
            return refused(JwtRefusal::NotYetValid);
        }
        if now >= good_until {
            return refused(JwtRefusal::Expired);
        }
        Ok(Self {
            subject,
            name,
            email,
            email_verified,
            groups,
            token_id,
            good_until,
        })
    }
}

/// Whether an `aud` names us: it is a text, or a list of texts (RFC 7519, section 4.1.3).
fn names(audience: &Value, wanted: &str) -> bool {
    match audience {
        Value::Array(list) => list.iter().any(|one| one == wanted),
        one => one == wanted,
    }
}

struct ClaimsReader<'c> {
    claims: &'c Map<String, Value>,
    faults: Vec<String>,
}

impl<'c> ClaimsReader<'c> {
    /// A claim that must be there. The words are those of the service.
    fn required(&mut self, name: &str) -> Option<&'c Value> {
        let claim = self.claims.get(name).filter(|claim| !claim.is_null());
        if claim.is_none() {
            self.faults.push(format!("Missing required claim: {name}"));
        }
        claim
    }

    fn invalid(&mut self, name: &str, rule: &str) {
        self.faults.push(format!("Invalid claim: {name} {rule}"));
    }

    fn text(&mut self, name: &str) -> Option<String> {
        let claim = self.required(name)?;
        let text = claim.as_str().filter(|text| !text.trim().is_empty());
        if text.is_none() {
            self.invalid(name, "must be a string with something in it");
        }
        text.map(str::to_owned)
    }

    /// `jti`: a text. A published example has a number.
    fn token_id(&mut self) -> Option<String> {
        match self.claims.get("jti") {
            Some(Value::Number(number)) => Some(number.to_string()),
            _ => self.text("jti"),
        }
    }

    /// A number of seconds since 1970, perhaps with a fraction (RFC 7519, section 2).
    fn instant(&mut self, name: &str) -> Option<Timestamp> {
        let claim = self.required(name)?;
        let milliseconds = claim.as_f64().map(|seconds| seconds * 1000.0);
        // A float that is too large or small becomes the greatest or least whole number, which is no instant.
        let instant =
            milliseconds.and_then(|milliseconds| Timestamp::from_timestamp_millis(milliseconds as i64));
        let instant = instant.filter(|instant| (0..=9999).contains(&chrono::Datelike::year(instant)));
        if instant.is_none() {
            self.invalid(name, "must be a number of seconds since 1970");
        }
        instant
    }

    fn groups(&mut self) -> Option<Vec<String>> {
        let claim = self.claims.get("groups").filter(|claim| !claim.is_null())?;
        let names = claim.as_array().and_then(|names| {
            let names = names.iter().map(|name| name.as_str().map(str::to_owned));
            names.collect::<Option<Vec<_>>>()
        });
        if names.is_none() {
            self.invalid("groups", "must be an array of strings");
        }
        if names.as_ref().is_some_and(|names| names.len() > MOST_GROUPS) {
            self.invalid("groups", &format!("must name at most {MOST_GROUPS} groups"));
        }
        names
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_timestamp_millis(1_658_416_400_000).unwrap()
    }

    /// The claims of the published guide.
    fn published() -> Value {
        json!({
            "sub": "SomeSampleSeedValue",
            "subType": "user",
            "name": "Hardcore Harry",
            "email": "harry@example.com",
            "email_verified": true,
            "groups": ["Administrators", "Sales", "Marketing"],
            "jti": "k5bU_cFI4_-vFfpJ3DjDsIZK-ZhJGRbBfusUWZ0ifBI",
            "iat": 1_658_416_389,
            "iss": "https://my-custom-jwt",
            "aud": "qlik.api/login/jwt-session",
            "nbf": 1_658_416_390,
            "exp": 1_658_416_690,
        })
    }

    fn read(claims: &Value) -> Result<SessionClaims, ClaimsError> {
        SessionClaims::read(claims.as_object().unwrap(), TimeDelta::seconds(5), now())
    }

    fn with(name: &str, value: Value) -> Value {
        let mut claims = published();
        claims[name] = value;
        claims
    }

    #[test]
    fn the_published_claims_are_taken() {
        let claims = read(&published()).unwrap();
        assert_eq!(claims.subject, "SomeSampleSeedValue");
        assert_eq!(claims.groups.unwrap().len(), 3);
        assert_eq!(claims.good_until.timestamp(), 1_658_416_695);
        let number = read(&with("jti", json!(17_111_234_567_u64))).unwrap();
        assert_eq!(number.token_id, "17111234567");
        assert!(read(&with("aud", json!(["other", AUDIENCE]))).is_ok());
        assert_eq!(read(&with("groups", Value::Null)).unwrap().groups, None);
    }

    #[test]
    fn every_claim_that_is_missing_is_named_at_once() {
        let Err(ClaimsError::Invalid(faults)) = read(&json!({})) else {
            panic!("it was taken")
        };
        let expected = [
            "aud",
            "sub",
            "subType",
            "name",
            "email",
            "email_verified",
            "jti",
            "iat",
            "nbf",
            "exp",
        ]
        .map(|name| format!("Missing required claim: {name}"));
        assert_eq!(faults, expected);
    }

    #[test]
    fn a_claim_of_another_kind_is_invalid() {
        for (name, value) in [
            ("sub", json!(7)),
            ("sub", json!(" ")),
            ("subType", json!("externalClient")),
            ("name", json!("")),
            ("sub", json!("s".repeat(256))),
            ("email", json!(false)),
            ("email", json!("harry")),
            ("email", json!("harry@")),
            ("email", json!("harry @example.com")),
            ("email_verified", json!("true")),
            ("jti", json!([])),
            ("iat", json!("now")),
            ("nbf", json!(1e300)),
            ("exp", json!(-1e300)),
            ("groups", json!("Sales")),
            ("groups", json!([1])),
            ("groups", json!(vec!["Sales"; 501])),
        ] {
            match read(&with(name, value.clone())) {
                Err(ClaimsError::Invalid(faults)) => {
                    assert_eq!(faults.len(), 1, "{name} {value}: {faults:?}");
                    assert!(faults[0].contains(name), "{faults:?}");
                }
                other => panic!("{name} {value}: {other:?}"),
            }
        }
    }

    #[test]
    fn the_window_is_an_hour_at_the_most() {
        let begin = now().timestamp();
        let window = |seconds: i64| {
            let mut claims = with("nbf", json!(begin));
            claims["exp"] = json!(begin + seconds);
            read(&claims)
        };
        assert!(window(3600).is_ok());
        for wrong in [3601, -1] {
            assert!(matches!(window(wrong), Err(ClaimsError::Invalid(_))), "{wrong}");
        }
    }

    #[test]
    fn its_time_is_kept_to_the_millisecond_and_the_tolerance() {
        let at = |begin: f64, end: f64| {
            let mut claims = with("nbf", json!(begin));
            claims["exp"] = json!(end);
            read(&claims).err()
        };
        let seconds = 1_658_416_400.0;
        assert_eq!(at(seconds + 5.0, seconds + 60.0), None);
        assert_eq!(
            at(seconds + 5.001, seconds + 60.0),
            Some(ClaimsError::Refused(Refusal::Jwt(JwtRefusal::NotYetValid)))
        );
        assert_eq!(at(seconds - 60.0, seconds - 4.999), None);
        assert_eq!(
            at(seconds - 60.0, seconds - 5.0),
            Some(ClaimsError::Refused(Refusal::Jwt(JwtRefusal::Expired)))
        );
    }

    #[test]
    fn nobody_issues_a_token_tomorrow() {
        let issued = |seconds: f64| read(&with("iat", json!(1_658_416_400.0 + seconds))).err();
        assert_eq!(issued(5.0), None);
        let refused = ClaimsError::Refused(Refusal::Jwt(JwtRefusal::NotYetValid));
        assert_eq!(issued(5.001), Some(refused));
    }

    #[test]
    fn as_much_as_may_be_is_taken() {
        assert!(read(&with("sub", json!("s".repeat(255)))).is_ok());
        assert!(read(&with("groups", json!(vec!["Sales"; 500]))).is_ok());
    }

    #[test]
    fn a_token_for_somebody_else_is_refused_before_all() {
        assert_eq!(
            read(&json!({ "aud": "qlik.api" })),
            Err(ClaimsError::Refused(Refusal::Jwt(JwtRefusal::Audience)))
        );
    }
}
