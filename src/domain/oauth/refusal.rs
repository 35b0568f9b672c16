//! Why a client gets nothing. Each reason is a value of its own, even where RFC 6749 has one word for many.

/// Why a client gets nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(missing_docs, reason = "each says what it means in `sentence`")]
pub enum OAuthRefusal {
    UnsupportedGrantType,
    UnknownClient,
    NoClientAuthentication,
    TwoClientAuthentications,
    WrongSecret,
    AuthMethodNotAllowed,
    AssertionType,
    AssertionMalformed,
    AssertionSignature,
    AssertionSubject,
    AssertionAudience,
    AssertionWindow,
    AssertionReplayed,
    GrantNotAllowed,
    ClientNotTrusted,
    ScopeNotAllowed,
    NoScope,
    CodeUnknown,
    CodeExpired,
    CodeUsed,
    CodeOfAnotherClient,
    RedirectUriMismatch,
    VerifierMissing,
    VerifierMismatch,
    RefreshTokenUnknown,
    RefreshTokenExpired,
    RefreshTokenUsed,
    RefreshTokenRevoked,
    RefreshTokenOfAnotherClient,
    SubjectTokenNotGood,
    UserUnknown,
    UserNotActive,
    TooManyTokens,
    MalformedAuthorization,
    UnsupportedResponseType,
    ChallengeMissing,
    LoginRequired,
    ConsentRequired,
    AccessDenied,
}

impl OAuthRefusal {
    /// The word of RFC 6749, or of OpenID Connect for what it does not have.
    pub fn word(self) -> &'static str {
        match self {
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnknownClient
            | Self::NoClientAuthentication
            | Self::WrongSecret
            | Self::AuthMethodNotAllowed
            | Self::AssertionType
            | Self::AssertionMalformed
            | Self::AssertionSignature
            | Self::AssertionSubject
            | Self::AssertionAudience
            | Self::AssertionWindow
            | Self::AssertionReplayed => "invalid_client",
            Self::TwoClientAuthentications | Self::MalformedAuthorization | Self::ChallengeMissing => {
                "invalid_request"
            }
            Self::GrantNotAllowed | Self::ClientNotTrusted => "unauthorized_client",
            Self::ScopeNotAllowed | Self::NoScope => "invalid_scope",
            Self::CodeUnknown
            | Self::CodeExpired
            | Self::CodeUsed
            | Self::CodeOfAnotherClient
            | Self::RedirectUriMismatch
            | Self::VerifierMissing
            | Self::VerifierMismatch
            | Self::RefreshTokenUnknown
            | Self::RefreshTokenExpired
            | Self::RefreshTokenUsed
            | Self::RefreshTokenRevoked
            | Self::RefreshTokenOfAnotherClient
            | Self::SubjectTokenNotGood
            | Self::UserUnknown => "invalid_grant",
            Self::UserNotActive | Self::TooManyTokens | Self::AccessDenied => "access_denied",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::LoginRequired => "login_required",
            Self::ConsentRequired => "consent_required",
        }
    }

    /// A stable name for logs and headers.
    pub fn slug(self) -> &'static str {
        match self {
            Self::UnsupportedGrantType => "unsupported-grant-type",
            Self::UnknownClient => "unknown-client",
            Self::NoClientAuthentication => "no-client-authentication",
            Self::TwoClientAuthentications => "two-client-authentications",
            Self::WrongSecret => "wrong-client-secret",
            Self::AuthMethodNotAllowed => "auth-method-not-allowed",
            Self::AssertionType => "assertion-type",
            Self::AssertionMalformed => "assertion-malformed",
            Self::AssertionSignature => "assertion-signature",
            Self::AssertionSubject => "assertion-subject",
            Self::AssertionAudience => "assertion-audience",
            Self::AssertionWindow => "assertion-window",
            Self::AssertionReplayed => "assertion-replayed",
            Self::GrantNotAllowed => "grant-not-allowed",
            Self::ClientNotTrusted => "client-not-trusted",
            Self::ScopeNotAllowed => "scope-not-allowed",
            Self::NoScope => "no-scope",
            Self::CodeUnknown => "code-unknown",
            Self::CodeExpired => "code-expired",
            Self::CodeUsed => "code-used",
            Self::CodeOfAnotherClient => "code-of-another-client",
            Self::RedirectUriMismatch => "redirect-uri-mismatch",
            Self::VerifierMissing => "verifier-missing",
            Self::VerifierMismatch => "verifier-mismatch",
            Self::RefreshTokenUnknown => "refresh-token-unknown",
            Self::RefreshTokenExpired => "refresh-token-expired",
            Self::RefreshTokenUsed => "refresh-token-used",
            Self::RefreshTokenRevoked => "refresh-token-revoked",
            Self::RefreshTokenOfAnotherClient => "refresh-token-of-another-client",
            Self::SubjectTokenNotGood => "subject-token-not-good",
            Self::UserUnknown => "user-unknown",
            Self::UserNotActive => "user-not-active",
            Self::TooManyTokens => "too-many-tokens",
            Self::MalformedAuthorization => "malformed-authorization",
            Self::UnsupportedResponseType => "unsupported-response-type",
            Self::ChallengeMissing => "challenge-missing",
            Self::LoginRequired => "login-required",
            Self::ConsentRequired => "consent-required",
            Self::AccessDenied => "access-denied",
        }
    }

    /// What happened and what would help, for people.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::UnsupportedGrantType => {
                "grant_type must be client_credentials, authorization_code, refresh_token, \
                 urn:ietf:params:oauth:grant-type:token-exchange or urn:qlik:oauth:user-impersonation."
            }
            Self::UnknownClient => "This tenant has no OAuth client with this client_id.",
            Self::NoClientAuthentication => {
                "The client must prove who it is: by client_secret, by HTTP Basic, or by client_assertion."
            }
            Self::TwoClientAuthentications => "Send one proof of who the client is, not several.",
            Self::WrongSecret => "The client has no such secret, or it has been deleted.",
            Self::AuthMethodNotAllowed => "This client must prove who it is otherwise (allowedAuthMethods).",
            Self::AssertionType => {
                "client_assertion_type must be urn:ietf:params:oauth:client-assertion-type:jwt-bearer."
            }
            Self::AssertionMalformed => {
                "client_assertion must be a JWT signed with RS256, RS512 or ES384, with iss, sub, aud, jti, iat and exp."
            }
            Self::AssertionSignature => {
                "Signature validation failed: no public key of the client verifies the assertion."
            }
            Self::AssertionSubject => "iss and sub of the assertion must both be the client_id.",
            Self::AssertionAudience => {
                "Invalid audience: aud of the assertion must be the address of this endpoint, without a slash at the end."
            }
            Self::AssertionWindow => {
                "The assertion has expired, is not good yet, or lasts longer than five minutes."
            }
            Self::AssertionReplayed => "The jti of the assertion was used before.",
            Self::GrantNotAllowed => "The client may not use this grant type (allowedGrantTypes).",
            Self::ClientNotTrusted => {
                "The client acts without asking anybody, so a tenant admin must trust it: set its consent method to \
                 trusted."
            }
            Self::ScopeNotAllowed => "The client may not ask for one of these scopes (allowedScopes).",
            Self::NoScope => "No scope would be granted. Ask for one that the client may ask for.",
            Self::CodeUnknown => "This tenant has not issued this code.",
            Self::CodeExpired => "The code has expired.",
            Self::CodeUsed => "The code was used before. What it led to is revoked.",
            Self::CodeOfAnotherClient => "The code was issued to another client.",
            Self::RedirectUriMismatch => "redirect_uri is not the one that the code was sent to.",
            Self::VerifierMissing => "code_verifier is missing, or has no 43 to 128 characters.",
            Self::VerifierMismatch => "code_verifier does not match the code_challenge.",
            Self::RefreshTokenUnknown => "This tenant has not issued this refresh token.",
            Self::RefreshTokenExpired => "The refresh token has expired.",
            Self::RefreshTokenUsed => "The refresh token was used before. What came from it is revoked.",
            Self::RefreshTokenRevoked => "The refresh token has been revoked.",
            Self::RefreshTokenOfAnotherClient => "The refresh token was issued to another client.",
            Self::SubjectTokenNotGood => "subject_token is not a good access token of this client.",
            Self::UserUnknown => "No user of this tenant fits user_lookup.",
            Self::UserNotActive => "The user is disabled.",
            Self::TooManyTokens => "The user has reached the maximum number of tokens.",
            Self::MalformedAuthorization => {
                "A parameter is missing or wrong: state, code_challenge_method=S256, prompt, max_age."
            }
            Self::UnsupportedResponseType => "response_type must be code.",
            Self::ChallengeMissing => {
                "A public client must send a code_challenge with code_challenge_method=S256."
            }
            Self::LoginRequired => "Nobody is signed in, and prompt=none forbids to ask.",
            Self::ConsentRequired => "The user has not allowed this yet, and prompt=none forbids to ask.",
            Self::AccessDenied => "The user has not allowed it.",
        }
    }
}
