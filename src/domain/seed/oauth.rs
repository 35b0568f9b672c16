//! OAuth clients in a seed. A secret is hashed while it is read, and written as its digest.

use serde_json::{Value, json};

use super::read::Planter;
use super::schema::{FILLED, date, described, filled, id, list, object, one_of, text as text_schema};
use super::write::without_nulls;
use crate::domain::clock::wire;
use crate::domain::document::{Fields, filled_text, text, word};
use crate::domain::ids::{OAuthClientId, UserId};
use crate::domain::jwt::Algorithm;
use crate::domain::oauth::client::{
    AppType, AuthMethod, ClientKey, ClientSecret, ClientSettings, ConsentMethod, ExtraGrant, MOST_ADDRESSES,
    MOST_PUBLIC_KEYS, MOST_SCOPES, MOST_SECRETS, OAuthClient,
};
use crate::domain::oauth::kinds;
use crate::domain::secret::{PresentedToken, TokenDigest};
use crate::domain::sorted::sorted;
use crate::domain::tenant::Tenant;

/// The length of a hint, and the shortest secret.
const HINT_LENGTH: usize = 5;

impl Planter<'_> {
    /// Reads a client, and what users have allowed it.
    pub(super) fn oauth_client(&self, tenant: &mut Tenant, pointer: &str, value: &Value) {
        let mut fields = Fields::open(self.faults, pointer, value);
        let id = fields.optional("clientId", &super::read::id_kind(OAuthClientId::parse));
        let app_type = fields.required("appType", &word(&AppType::WORDS));
        let name = fields.required("clientName", &kinds::name);
        // Without a name, the other faults are still told.
        let settings = kinds::settings(&mut fields, name.clone().unwrap_or_default());
        let settings = name.map(|_| settings);
        let keys = fields.list("publicKeys");
        let consent = match fields.value("consentMethod") {
            // The tenant has deleted its connection to the client.
            Some(Value::Null) => None,
            _ => Some(
                fields
                    .optional("consentMethod", &word(&ConsentMethod::WORDS))
                    .unwrap_or(ConsentMethod::Required),
            ),
        };
        let created_at = fields
            .optional("createdAt", &self.moment())
            .unwrap_or(self.surroundings.now);
        let updated_at = fields.optional("updatedAt", &self.moment()).unwrap_or(created_at);
        let published_at = fields.optional("publishedAt", &self.moment());
        let secrets = fields.list("secrets");
        let consents = fields.list("consents");
        fields.refuse_unknown();
        if secrets.len() > MOST_SECRETS {
            fields.fault("secrets", format!("A client has at most {MOST_SECRETS} secrets."));
        }
        let secrets = secrets
            .into_iter()
            .filter_map(|(pointer, secret)| self.client_secret(tenant, &pointer, secret))
            .collect();
        if keys.len() > MOST_PUBLIC_KEYS {
            fields.fault(
                "publicKeys",
                format!("Must have at most {MOST_PUBLIC_KEYS} entries."),
            );
        }
        let mut public_keys: Vec<ClientKey> = Vec::new();
        for (pointer, key) in keys {
            let Some(key) = self.public_key(&pointer, key) else {
                continue;
            };
            if public_keys.contains(&key) {
                self.faults.at(
                    format!("{pointer}/kid"),
                    "Another key of this seed has the same `kid`.",
                );
            }
            public_keys.push(key);
        }
        let consents: Vec<_> = consents
            .into_iter()
            .filter_map(|(pointer, consent)| self.consent(tenant, &pointer, consent))
            .collect();
        let (Some(app_type), Some(settings)) = (app_type, settings) else {
            return;
        };
        let settings = ClientSettings {
            public_keys,
            ..settings
        };
        let id = id.unwrap_or_else(|| OAuthClientId::draw(self.surroundings.entropy));
        if tenant.oauth_clients().get(&id).is_some() {
            return fields.fault("clientId", "Another OAuth client of this seed has the same id.");
        }
        tenant.seed_oauth_client(OAuthClient {
            id: id.clone(),
            app_type,
            settings,
            secrets,
            consent,
            created_at,
            updated_at,
            published_at,
        });
        for (user, scopes) in consents {
            tenant.seed_consent(id.clone(), user, scopes);
        }
    }

    fn public_key(&self, pointer: &str, value: &Value) -> Option<ClientKey> {
        let mut fields = Fields::open(self.faults, pointer, value);
        for member in KEY_MEMBERS {
            fields.value(member);
        }
        fields.refuse_unknown();
        let mut keys = kinds::public_keys(&json!([value]))
            .map_err(|sentence| self.faults.at(pointer, sentence))
            .ok()?;
        keys.pop()
    }

    fn client_secret(&self, tenant: &Tenant, pointer: &str, value: &Value) -> Option<ClientSecret> {
        let mut fields = Fields::open(self.faults, pointer, value);
        let secret = fields.optional("secret", &|value| {
            let secret = text(value)?;
            if secret.is_ascii() && secret.len() > HINT_LENGTH {
                Ok(secret)
            } else {
                Err(format!(
                    "Must have more than {HINT_LENGTH} characters, all of them ASCII."
                ))
            }
        });
        let hint = fields.optional("hint", &|value| {
            let hint = text(value)?;
            let fits =
                (1..=HINT_LENGTH).contains(&hint.len()) && hint.bytes().all(|byte| byte.is_ascii_graphic());
            if fits {
                Ok(hint)
            } else {
                Err(format!(
                    "Must have 1 to {HINT_LENGTH} characters, all of them ASCII."
                ))
            }
        });
        let digest = fields.optional("digest", &|value| {
            TokenDigest::parse(&text(value)?).ok_or("Must be 64 hexadecimal digits (SHA-256).".to_owned())
        });
        let created_at = fields
            .optional("createdAt", &self.moment())
            .unwrap_or(self.surroundings.now);
        let created_by = fields
            .optional("createdBy", &super::read::id_kind(UserId::parse))
            .and_then(|id| self.user_reference(tenant, &fields, "createdBy", id.as_str()));
        fields.refuse_unknown();
        let (hint, digest) = match (secret, hint, digest) {
            (Some(secret), None, None) => {
                let hint = secret.get(secret.len() - HINT_LENGTH..).unwrap_or_default();
                (hint.to_owned(), PresentedToken::new(&secret).digest())
            }
            (None, Some(hint), Some(digest)) => (hint, digest),
            _ => {
                self.faults
                    .at(pointer, "Needs either `secret`, or `hint` and `digest`.");
                return None;
            }
        };
        Some(ClientSecret {
            hint,
            digest,
            created_at,
            created_by,
        })
    }

    fn consent(&self, tenant: &Tenant, pointer: &str, value: &Value) -> Option<(UserId, Vec<String>)> {
        let mut fields = Fields::open(self.faults, pointer, value);
        let user = fields.required("userId", &filled_text);
        let scopes = fields.required("scopes", &kinds::scopes);
        fields.refuse_unknown();
        Some((self.user_reference(tenant, &fields, "userId", &user?)?, scopes?))
    }
}

/// The schema of a client.
pub(super) fn schema() -> Value {
    let limited = |maximum: usize, description: &str| {
        described(json!({ "type": "string", "maxLength": maximum }), description)
    };
    let entries = |pattern: &str, maximum: usize, description: &str| {
        let mut items = text_schema(pattern);
        items["maxLength"] = kinds::LONGEST_ENTRY.into();
        let mut list = list(description, items);
        list["maxItems"] = maximum.into();
        list
    };
    let mut name = limited(kinds::LONGEST_NAME, "Its name for people.");
    name["pattern"] = FILLED.into();
    let mut methods = list(
        "How a web client proves who it is. Default: client_secret.",
        one_of(&AuthMethod::WORDS),
    );
    methods["minItems"] = 1.into();
    let mut secrets = list("Its secrets.", secret_schema());
    secrets["maxItems"] = MOST_SECRETS.into();
    let mut keys = list("Its public keys, each a JSON Web Key.", key_schema());
    keys["maxItems"] = MOST_PUBLIC_KEYS.into();
    object(
        "An OAuth client.",
        &["appType", "clientName"],
        json!({
            "clientId": id("Its id."),
            "appType": described(one_of(&AppType::WORDS), "What kind of application it is."),
            "clientName": name,
            "description": limited(kinds::LONGEST_DESCRIPTION, "What it is for."),
            "clientUri": limited(kinds::LONGEST_URI, "The address of its home page."),
            "logoUri": limited(kinds::LONGEST_URI, "The address of its picture."),
            "redirectUris": entries(
                REDIRECT_URI, MOST_ADDRESSES, "Where a browser may be sent with a code."
            ),
            "allowedOrigins": entries(
                ORIGIN, MOST_ADDRESSES, "The origins of web pages that may call the tenant with its tokens."
            ),
            "allowedScopes": entries(
                SCOPE, MOST_SCOPES, "The scopes that it may ask for. Default: user_default."
            ),
            "allowedGrantTypes": list(
                "What a web client may do beyond the code flow.", one_of(&ExtraGrant::WORDS)
            ),
            "allowedAuthMethods": methods,
            "publicKeys": keys,
            "secrets": secrets,
            "consentMethod": {
                "description": "Whether users are asked. Null: the tenant has deleted its connection to the client. \
                                Default: required.",
                "enum": ["required", "trusted", null],
            },
            "consents": list("What users have allowed it.", object(
                "What a user has allowed it.",
                &["userId", "scopes"],
                json!({
                    "userId": filled("The id of a user of this seed."),
                    "scopes": entries(SCOPE, MOST_SCOPES, "The scopes."),
                }),
            )),
            "createdAt": date("When it was created. Default: now."),
            "updatedAt": date("When it was last changed. Default: when it was created."),
            "publishedAt": date("Since when it is published."),
        }),
    )
}

/// What `kinds::redirect_uris` takes.
const REDIRECT_URI: &str = concat!(
    r"^(?:https://(?:\[[0-9A-Za-z:.]+\]|[A-Za-z0-9._-]+)(?::[0-9]{1,5})?(?:[/?][\x21\x22\x24-\x5B\x5D-\x7E]*)?",
    r"|http://(?:(?:[A-Za-z0-9._-]+\.)?localhost|127\.(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])\.(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])\.(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])|\[::1\])(?::[0-9]{1,5})?(?:[/?][\x21\x22\x24-\x5B\x5D-\x7E]*)?",
    r"|(?!(?:about|blob|data|file|filesystem|ftp|https?|javascript|mailto|vbscript|view-source|wss?):)[a-z][a-z0-9+.-]*:[\x21\x22\x24-\x5B\x5D-\x7E]+)$",
);
/// What `kinds::origins` takes.
const ORIGIN: &str = r"^https?://[A-Za-z0-9._:\[\]-]+$";
/// What `kinds::scopes` takes.
const SCOPE: &str = r"^[\x21-\x7E]+$";

fn secret_schema() -> Value {
    let mut schema = object(
        "A secret, or the hint and the digest of one.",
        &[],
        json!({
            "secret": described(text_schema(r"^[\x00-\x7F]{6,}$"), "The secret. Only its digest is kept."),
            "hint": described(text_schema(r"^[\x21-\x7E]{1,5}$"), "The last characters of the secret."),
            "digest": described(text_schema("^[0-9A-Fa-f]{64}$"), "The SHA-256 digest of the secret."),
            "createdAt": date("When it was made. Default: now."),
            "createdBy": id("Who made it: the id of a user of this seed."),
        }),
    );
    schema["oneOf"] = json!([
        { "required": ["secret"], "not": { "anyOf": [{ "required": ["hint"] }, { "required": ["digest"] }] } },
        { "required": ["hint", "digest"], "not": { "required": ["secret"] } },
    ]);
    schema
}

fn key_schema() -> Value {
    let number = |description: &str| described(text_schema("^[A-Za-z0-9_-]*$"), description);
    let kind = |algorithms: &[&str], key_type: &str, members: &[&str]| {
        json!({
            "properties": { "alg": { "enum": algorithms }, "kty": { "const": key_type } },
            "required": members,
        })
    };
    let mut schema = object(
        "The public part of a key, as a JSON Web Key: RSA of at least 2048 bits, or P-384.",
        &["kid", "use", "alg", "kty"],
        json!({
            "kid": { "description": "Its id.", "type": "string", "minLength": 1 },
            "use": { "description": "What it is for: signatures.", "const": "sig" },
            "alg": described(one_of(&Algorithm::WORDS), "The one algorithm that it is for."),
            "kty": { "description": "What kind of key it is.", "enum": ["RSA", "EC"] },
            "n": number("The modulus of an RSA key."),
            "e": number("The exponent of an RSA key."),
            "crv": { "description": "The curve of an EC key.", "const": "P-384" },
            "x": number("A coordinate of an EC key."),
            "y": number("A coordinate of an EC key."),
        }),
    );
    schema["oneOf"] = json!([
        kind(&["RS256", "RS512"], "RSA", &["n", "e"]),
        kind(&["ES384"], "EC", &["crv", "x", "y"]),
    ]);
    schema
}

/// The members of a JSON Web Key.
const KEY_MEMBERS: [&str; 9] = ["kid", "use", "alg", "kty", "n", "e", "crv", "x", "y"];

/// All clients with what users have allowed them, in order.
pub(super) fn written(tenant: &Tenant) -> Vec<Value> {
    let clients = tenant.oauth_clients().iter();
    sorted(clients, |client| (client.created_at, client.id.to_string()))
        .into_iter()
        .map(|client| {
            let mut written = client_value(client);
            let consents: Vec<Value> = tenant
                .oauth_clients()
                .consents()
                .filter(|(of, _, _)| **of == client.id)
                .map(|(_, user, scopes)| json!({ "userId": user, "scopes": scopes }))
                .collect();
            if !consents.is_empty() {
                written["consents"] = consents.into();
            }
            // Written even where it is null, which says that there is no connection.
            written["consentMethod"] = json!(client.consent.map(ConsentMethod::as_str));
            written
        })
        .collect()
}

fn client_value(client: &OAuthClient) -> Value {
    let settings = &client.settings;
    let secrets: Vec<Value> = client.secrets.iter().map(secret_value).collect();
    let grants: Vec<_> = settings.extra_grants.iter().map(|grant| grant.as_str()).collect();
    let methods: Vec<_> = settings
        .auth_methods
        .iter()
        .map(|method| method.as_str())
        .collect();
    let keys: Vec<_> = settings.public_keys.iter().map(|key| &key.jwk).collect();
    without_nulls(json!({
        "clientId": client.id,
        "appType": client.app_type.as_str(),
        "clientName": settings.name,
        "description": settings.description,
        "clientUri": settings.client_uri,
        "logoUri": settings.logo_uri,
        "redirectUris": settings.redirect_uris,
        "allowedOrigins": settings.allowed_origins,
        "allowedScopes": settings.allowed_scopes,
        "allowedGrantTypes": grants,
        "allowedAuthMethods": methods,
        "publicKeys": keys,
        "secrets": secrets,
        "createdAt": wire(client.created_at),
        "updatedAt": wire(client.updated_at),
        "publishedAt": client.published_at.map(wire),
    }))
}

fn secret_value(secret: &ClientSecret) -> Value {
    without_nulls(json!({
        "hint": secret.hint,
        "digest": secret.digest.to_hex(),
        "createdAt": wire(secret.created_at),
        "createdBy": secret.created_by,
    }))
}
