//! `GET /oauth/authorize`: a browser asks for a code in the name of a client.

use chrono::TimeDelta;

use super::token::draw_family;
use crate::domain::clock::later;
use crate::domain::error::{DomainError, Fault};
use crate::domain::ids::OAuthClientId;
use crate::domain::oauth::client::OAuthClient;
use crate::domain::oauth::pkce::CodeChallenge;
use crate::domain::oauth::refusal::OAuthRefusal;
use crate::domain::oauth::scope;
use crate::domain::oauth::token::{Authorization, AuthorizationCode, CODE_LIFETIME};
use crate::domain::policy::{self, Credential};
use crate::domain::secret::MintedToken;
use crate::ops::{Context, TenantHandle};

/// What the query of the request says, as it stands.
#[derive(Clone, Copy, Debug, Default)]
#[expect(missing_docs, reason = "each is named after its parameter")]
pub struct AuthorizeParameters<'q> {
    pub client_id: Option<&'q str>,
    pub redirect_uri: Option<&'q str>,
    pub response_type: Option<&'q str>,
    pub scope: Option<&'q str>,
    pub state: Option<&'q str>,
    pub code_challenge: Option<&'q str>,
    pub code_challenge_method: Option<&'q str>,
    pub prompt: Option<&'q str>,
    pub max_age: Option<&'q str>,
}

/// Whether and how the user is asked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Prompt {
    /// Where it is needed.
    AsNeeded,
    /// Not at all.
    None,
    /// To sign in, even if signed in.
    Login,
    /// To consent, even if consent was given.
    Consent,
}

impl Prompt {
    /// The words of the contract.
    pub const WORDS: [(&'static str, Self); 3] = [
        ("none", Self::None),
        ("login", Self::Login),
        ("consent", Self::Consent),
    ];
}

/// A request that can be answered at its redirect URI.
#[derive(Clone, Debug)]
pub struct Inquiry {
    /// The client.
    pub client: OAuthClient,
    /// Where the answer goes.
    pub redirect_uri: String,
    /// What the client wants back with it.
    pub state: Option<String>,
    /// How the user is asked.
    pub prompt: Prompt,
    /// How long ago the user may have signed in at the most.
    pub max_age: Option<TimeDelta>,
    scopes: Vec<String>,
    challenge: Option<CodeChallenge>,
}

/// Why a request is not answered as it wishes.
#[derive(Debug)]
pub enum NotAnswered {
    /// Nobody knows where to send the browser: an error for whoever sits before it.
    Here(DomainError),
    /// The client learns it.
    There {
        /// Where the browser is sent.
        redirect_uri: String,
        /// What the client wants back.
        state: Option<String>,
        /// Why.
        refusal: OAuthRefusal,
    },
}

/// Reads a request. The redirect URI must be one of the client's, character by character.
///
/// # Errors
/// What is wrong with it, and who is to be told.
pub fn read(handle: &TenantHandle, parameters: &AuthorizeParameters<'_>) -> Result<Inquiry, NotAnswered> {
    let bad = |name: &str, sentence: &str| {
        NotAnswered::Here(DomainError::invalid(Fault::in_parameter(name, sentence)))
    };
    let client = parameters
        .client_id
        .and_then(OAuthClientId::parse)
        .and_then(|id| handle.read().oauth_clients().get(&id).cloned())
        .filter(|client| client.app_type.is_interactive())
        .ok_or_else(|| bad("client_id", "This tenant has no such OAuth client."))?;
    let redirect_uri = parameters
        .redirect_uri
        .filter(|uri| client.settings.redirect_uris.iter().any(|known| known == uri))
        .ok_or_else(|| {
            let sentence = "Must be one of the redirect URIs of the OAuth client, character by character.";
            bad("redirect_uri", sentence)
        })?
        .to_owned();
    let state = parameters.state.map(str::to_owned);
    match read_rest(&client, parameters) {
        Ok((scopes, challenge, prompt, max_age)) => Ok(Inquiry {
            client,
            redirect_uri,
            state,
            prompt,
            max_age,
            scopes,
            challenge,
        }),
        Err(refusal) => Err(NotAnswered::There {
            redirect_uri,
            state,
            refusal,
        }),
    }
}

type Rest = (Vec<String>, Option<CodeChallenge>, Prompt, Option<TimeDelta>);

fn read_rest(client: &OAuthClient, parameters: &AuthorizeParameters<'_>) -> Result<Rest, OAuthRefusal> {
    let malformed = OAuthRefusal::MalformedAuthorization;
    if parameters.response_type != Some("code") {
        return Err(OAuthRefusal::UnsupportedResponseType);
    }
    if parameters.state.is_none() {
        return Err(malformed);
    }
    let prompt = match parameters.prompt {
        None => Prompt::AsNeeded,
        Some(word) => Prompt::WORDS
            .iter()
            .find(|(known, _)| *known == word)
            .map(|(_, prompt)| *prompt)
            .ok_or(malformed)?,
    };
    let max_age = match parameters.max_age {
        None => None,
        Some(seconds) => Some(TimeDelta::seconds(
            seconds.parse::<u32>().map_err(|_| malformed)?.into(),
        )),
    };
    let challenge = match (parameters.code_challenge, parameters.code_challenge_method) {
        (Some(challenge), Some("S256")) => Some(CodeChallenge::parse(challenge).ok_or(malformed)?),
        (None, None | Some("S256")) if client.app_type.is_confidential() => None,
        (None, _) => return Err(OAuthRefusal::ChallengeMissing),
        (Some(_), _) => return Err(malformed),
    };
    let scopes = scope::split(parameters.scope.unwrap_or_default());
    if scopes
        .iter()
        .any(|scope| !client.settings.allowed_scopes.contains(scope))
    {
        return Err(OAuthRefusal::ScopeNotAllowed);
    }
    Ok((scopes, challenge, prompt, max_age))
}

impl Inquiry {
    /// Whether the caller signed in so long ago that the client wants it done anew.
    pub fn is_too_long_ago(&self, context: &Context) -> bool {
        let (Some(max_age), Credential::Session(cookie)) = (self.max_age, &context.caller.credential) else {
            return false;
        };
        let tenant = context.tenant.read();
        let session = tenant.session(cookie, context.now);
        session.is_none_or(|session| context.now - session.begun() > max_age)
    }

    /// The scopes that the caller has still to allow; none if nobody needs to be asked. What was allowed before is not
    /// asked again (documented).
    pub fn to_be_allowed(&self, context: &Context) -> Vec<String> {
        if self.prompt == Prompt::Consent {
            return self.scopes.clone();
        }
        if self.client.is_trusted() {
            return Vec::new();
        }
        let allowed = self.allowed_before(context);
        let unasked = self.scopes.iter().filter(|scope| !allowed.contains(scope));
        unasked.cloned().collect()
    }

    /// What was asked for.
    pub fn scopes(&self) -> &[String] {
        &self.scopes
    }

    fn allowed_before(&self, context: &Context) -> Vec<String> {
        let tenant = context.tenant.read();
        let Some(user) = context.caller.user_id() else {
            return Vec::new();
        };
        tenant
            .oauth_clients()
            .consent(&self.client.id, user)
            .map(str::to_owned)
            .collect()
    }

    /// Notes that the caller allows what was asked for.
    ///
    /// # Errors
    /// When no user stands behind the credential.
    pub fn allow(&self, context: &Context) -> Result<(), DomainError> {
        let user = context.caller.user_id().ok_or(OAuthRefusal::LoginRequired)?;
        let mut tenant = context.tenant.write();
        let permit = policy::token_for(tenant.users().get(user), 0)?;
        let client = self.client.id.clone();
        tenant.allow_oauth_client(&permit, client, user.clone(), self.scopes.clone());
        Ok(())
    }

    /// Issues a code for what was asked for, as far as it is allowed: by the client's list and, unless the client is
    /// trusted, by the user, now or before.
    ///
    /// # Errors
    /// When nothing is allowed, or the user may have no token.
    pub fn issue_code(&self, context: &Context) -> Result<MintedToken, OAuthRefusal> {
        let user = context.caller.user_id().ok_or(OAuthRefusal::LoginRequired)?;
        let before = self.allowed_before(context);
        let is_allowed = |scope: &&String| self.client.is_trusted() || before.contains(scope);
        let scopes: Vec<String> = self
            .client
            .settings
            .allowed_scopes
            .iter()
            .filter(is_allowed)
            .filter(|scope| self.scopes.contains(scope))
            .cloned()
            .collect();
        if scopes.is_empty() {
            return Err(OAuthRefusal::NoScope);
        }
        let code = MintedToken::opaque(context.tenant.entropy());
        let mut tenant = context.tenant.write();
        let permit = policy::token_for(tenant.users().get(user), 0)?;
        let authenticated_at = match &context.caller.credential {
            Credential::Session(cookie) => tenant.session(cookie, context.now).map(|session| session.begun()),
            _ => None,
        };
        let record = AuthorizationCode {
            authorization: Authorization {
                client: self.client.id.clone(),
                user: user.clone(),
                scopes,
                authenticated_at,
            },
            redirect_uri: self.redirect_uri.clone(),
            challenge: self.challenge.clone(),
            family: draw_family(&context.tenant),
            expiry: later(context.now, CODE_LIFETIME),
            used: false,
        };
        tenant.issue_code(&permit, code.digest(), record, context.now);
        Ok(code)
    }
}
