//! The JSON Schema of a seed, for editors and for whoever writes seeds by program: docs/seed.schema.json.
//!
//! It says what [`plant`](super::plant) takes, as far as a schema can: not that a name stands once or that a user
//! exists. Words, bounds and the format are those of the reader; tests/it/seeds_schema.rs holds the two against each
//! other, member by member and value by value.

use serde_json::{Map, Value, json};

use super::FORMAT;
use crate::domain::document::COMMENT;
use crate::domain::group::{GroupKind, LONGEST_NAME};
use crate::domain::identity_provider;
use crate::domain::settings::{ApiKeySettings, Edition, RegistrationMethod, SessionSettings};
use crate::domain::tenant::TenantStatus;
use crate::domain::user::UserStatus;

mod web;

/// An id that a seed may give: what `domain::ids` takes.
const ID: &str = "^[A-Za-z0-9_-]{1,64}$";
/// The hyphenated form.
const UUID: &str = "^[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$";
/// Not only blanks. `\s` of a schema knows U+FEFF as a blank and U+0085 as none; Unicode has it the other way round.
pub(super) const FILLED: &str = r"[^\s\x85]|\uFEFF";
/// What `document::is_address` takes.
const ADDRESS: &str = r"^(?:[^@\s\x00-\x1F\x7F-\x9F]|\uFEFF)+@(?:[^@\s\x00-\x1F\x7F-\x9F]|\uFEFF)+$";
/// What follows the `P` of a duration.
const AMOUNTS: &str = concat!(
    "(?=[0-9T])(?:[0-9]{1,12}Y)?(?:[0-9]{1,12}M)?(?:[0-9]{1,12}W)?(?:[0-9]{1,12}D)?",
    "(?:T(?=[0-9])(?:[0-9]{1,12}H)?(?:[0-9]{1,12}M)?(?:[0-9]{1,12}(?:[.,][0-9]{1,9})?S)?)?",
);
/// An RFC 3339 instant.
const INSTANT: &str = concat!(
    r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])",
    r"[Tt ](?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]+)?",
    r"(?:[Zz]|[+\-\u2212](?:[01][0-9]|2[0-3]):[0-5][0-9])",
);

/// The schema, in the dialect of draft 2020-12.
pub fn schema() -> Value {
    let mut schema = object(
        "What a tenant of mock-qlik-cloud holds when it starts. Dates are instants, or durations relative to the \
         clock at the start: -P29D is 29 days ago, P1D is tomorrow. An id that is missing is drawn at random.",
        &["format", "tenant"],
        json!({
            "$schema": described(json!({ "type": "string" }), "Where this schema is, for editors. Not read."),
            "format": described(json!({ "const": FORMAT }), "The version of this form."),
            "edition": described(
                one_of(&Edition::WORDS),
                "Era of the service: classic is that of the tutorial, with a switch for API keys and the role \
                 Developer; current is today's, with the scope api-keys. The flag --edition wins. Default: classic."
            ),
            "tenant": tenant(),
            "apiKeySettings": api_key_settings(),
            "authSettings": auth_settings(),
            "signingKey": signing_key(),
            "roles": list("The custom roles. Under the name of a built-in role: its description and scopes.", role()),
            "groupSettings": group_settings(),
            "groups": list("The groups. Under the name com.qlik.Everyone: the roles of that system group.", group()),
            "users": list("Who is in the tenant.", user()),
            "webIntegrations": web::web_integrations(),
            "cspOrigins": web::csp_origins(),
            "ipPolicies": web::ip_policies(),
            "identityProviders": list(
                "The JWT identity providers. Those of other protocols are made over REST only.",
                jwt_provider()
            ),
            "apiKeys": list("The API keys that are there from the start.", api_key()),
            "oauthClients": list("The OAuth clients.", super::oauth::schema()),
        }),
    );
    if let Value::Object(members) = &mut schema {
        members.insert(
            "$schema".to_owned(),
            json!("https://json-schema.org/draft/2020-12/schema"),
        );
        members.insert("title".to_owned(), json!("Seed of mock-qlik-cloud"));
    }
    schema
}

fn tenant() -> Value {
    object(
        "The tenant itself. The switches only show; what is behind them is not emulated.",
        &["name", "hostnames"],
        json!({
            "id": id("Its id."),
            "name": filled("Its name for people."),
            "hostnames": {
                "description": "Its host names: the first is shown, the second is an alias.",
                "type": "array",
                "items": text(FILLED),
                "minItems": 1,
            },
            "datacenter": filled("The data centre. Default: local."),
            "region": filled("The region. Default: local."),
            "status": described(one_of(&TenantStatus::WORDS), "Whether it can be used. Default: active."),
            "createdByUser": id("Who created it: the id of a user of this seed."),
            "created": date("When it was created. Default: now."),
            "lastUpdated": date("When it was last changed. Default: when it was created."),
            "statusLastUpdatedAt": date("When its status last changed. Default: when it was created."),
            "enableAnalyticCreation": flag("A switch of the tenant. Default: false."),
            "enableAppOpeningFeedback": flag("A switch of the tenant. Default: false."),
            "autoAssignCreateSharedSpacesRoleToProfessionals": flag("A switch of the tenant. Default: true."),
            "autoAssignPrivateAnalyticsContentCreatorRoleToProfessionals":
                flag("A switch of the tenant. Default: true."),
            "autoAssignDataServicesContributorRoleToProfessionals": flag("A switch of the tenant. Default: true."),
        }),
    )
}

fn api_key_settings() -> Value {
    object(
        "What API keys may do, with the members of the service's own resource.",
        &[],
        json!({
            "api_keys_enabled": flag(
                "Whether API keys are switched on. The current edition has no switch. Default: false."
            ),
            "max_api_key_expiry": lifetime("The longest life of a new key. Default: PT24H."),
            "max_keys_per_user": {
                "description": "How many active keys a user may have. Default: 5.",
                "type": "integer",
                "minimum": 0,
                "maximum": ApiKeySettings::MOST_KEYS_PER_USER,
            },
            "scim_externalClient_expiry": lifetime("The longest life of a new SCIM key. Default: P365D."),
        }),
    )
}

fn auth_settings() -> Value {
    let minutes = |(least, most): (u16, u16), multiple: u16, description| {
        described(
            json!({ "type": "integer", "minimum": least, "maximum": most, "multipleOf": multiple }),
            description,
        )
    };
    object(
        "How people sign in, with the members of the service's own resource.",
        &[],
        json!({
            "id": id("The id of the settings."),
            "userSessionInactivityTimeoutMinutes": minutes(
                SessionSettings::INACTIVITY_BOUNDS,
                1,
                "A session ends after so many minutes without a request. Default: 30."
            ),
            "maxUserSessionLifespanMinutes": minutes(
                SessionSettings::LIFESPAN_BOUNDS,
                60,
                "A session ends after so many minutes in any case: whole hours. Default: 1440."
            ),
            "dynamicClientRegistrationEnabled": flag(
                "Whether clients may register themselves. Only shown. Default: false."
            ),
            "dcrAllowedAuthenticationMethods": list(
                "How such clients may prove who they are. Default: client_secret.",
                one_of(&RegistrationMethod::WORDS)
            ),
        }),
    )
}

fn signing_key() -> Value {
    object(
        "The key that signs the tokens of new API keys, where it must be known. Without it, one is drawn.",
        &["kid", "secret"],
        json!({
            "kid": described(text(UUID), "The id of the key: a UUID."),
            "secret": described(text("^[0-9A-Fa-f]{96}$"), "A P-384 private key: 96 hexadecimal digits."),
        }),
    )
}

fn role() -> Value {
    object(
        "A role.",
        &["name"],
        json!({
            "id": id("Its id. That of a built-in role is known already."),
            "name": filled("Its name, which users of this seed refer to."),
            "description": described(json!({ "type": "string" }), "What it is for."),
            "assignedScopes": names("The scopes that it grants, such as api-keys."),
            "createdAt": date("When it was created. Default: now."),
            "lastUpdatedAt": date("When it was last changed. Default: when it was created."),
            "createdBy": id("Who created it."),
            "updatedBy": id("Who last changed it."),
        }),
    )
}

fn group_settings() -> Value {
    object(
        "What the tenant does with groups, with the members of the service's own resource.",
        &[],
        json!({
            "autoCreateGroups": flag("Whether a sign-in creates the groups that do not exist yet. Default: false."),
            "syncIdpGroups": flag("A switch that is only kept. Default: false."),
        }),
    )
}

fn group() -> Value {
    let mut name =
        filled("Its name, which users of this seed refer to; unique among the groups of its kind.");
    if let Value::Object(members) = &mut name {
        members.insert("maxLength".to_owned(), json!(LONGEST_NAME));
    }
    object(
        "A group. Whoever is in it has its roles.",
        &["name"],
        json!({
            "id": id("Its id. That of the system group is known already."),
            "name": name,
            "providerType": described(
                one_of(&GroupKind::WORDS),
                "Who says who is in it: the identity provider, or a tenant admin. Default: idp."
            ),
            "description": described(json!({ "type": "string" }), "What it is for."),
            "assignedRoles": names("The names of its roles: built-in ones of the edition, or of this seed."),
            "createdAt": date("When it was created. Default: now."),
            "lastUpdatedAt": date("When it was last changed. Default: when it was created."),
            "createdBy": id("Who created it."),
            "updatedBy": id("Who last changed it."),
        }),
    )
}

/// A name; or name and kind, where a group of each kind has the name.
fn group_reference() -> Value {
    let mut schema = object(
        "The name of a group; with its kind, where a group of each kind has the name.",
        &["name", "providerType"],
        json!({
            "name": filled("The name of the group."),
            "providerType": described(one_of(&GroupKind::WORDS), "The kind of the group."),
        }),
    );
    if let Value::Object(members) = &mut schema {
        // What is said about strings, and what is said about objects, does not concern the other.
        members.insert("type".to_owned(), json!(["string", "object"]));
        members.insert("pattern".to_owned(), json!(FILLED));
    }
    schema
}

fn user() -> Value {
    let string = |description| described(json!({ "type": "string" }), description);
    object(
        "A user.",
        &["subject", "name"],
        json!({
            "id": id("The id."),
            "subject": filled("The name that the identity provider knows the user by; unique."),
            "name": filled("The name for people."),
            "email": described(text(ADDRESS), "The e-mail address; unique."),
            "status": described(one_of(&UserStatus::WORDS), "Whether the user may come in. Default: active."),
            "assignedRoles": names("The names of the user's roles: built-in ones of the edition, or of this seed."),
            "assignedGroups": described(
                json!({ "type": "array", "items": group_reference(), "uniqueItems": true }),
                "The groups of this seed that the user is in, besides com.qlik.Everyone."
            ),
            "picture": string("The address of a picture."),
            "locale": string("The language that the identity provider gave."),
            "zoneinfo": string("The time zone that the identity provider gave."),
            "preferredLocale": string("The language that the user chose."),
            "preferredZoneinfo": string("The time zone that the user chose."),
            "inviteExpiry": date("When the invitation ends, for an invited user."),
            "createdAt": date("When the user was created. Default: now."),
            "lastUpdatedAt": date("When the user was last changed. Default: when the user was created."),
        }),
    )
}

fn api_key() -> Value {
    let mut schema = object(
        "An API key, with its token or the digest of it.",
        &["description", "sub", "expiry"],
        json!({
            "id": described(text(UUID), "The id: a UUID."),
            "description": described(json!({ "type": "string" }), "What the owner calls it."),
            "sub": filled(r"For whom it speaks: the id of a user of this seed, or SCIM\… for an external client."),
            "subType": described(
                json!({ "enum": ["user", "externalClient"] }),
                "For whom it speaks. An external client has no user, so createdByUser is required. Default: user."
            ),
            "createdByUser": id("Who made it: the id of a user of this seed. Default: the user of sub."),
            "token": filled("What a client sends behind Bearer: any text. Only its digest is kept."),
            "digest": described(
                text("^[0-9A-Fa-f]{64}$"),
                "The SHA-256 digest of the token, instead of it: 64 hexadecimal digits."
            ),
            "created": date("When it was made. Default: now."),
            "lastUpdated": date("When it was last changed. Default: when it was made."),
            "expiry": date("From when on it opens nothing. In the past, the key has expired."),
            "revoked": flag("Whether a tenant admin has revoked it. Default: false."),
        }),
    );
    if let Value::Object(members) = &mut schema {
        members.insert(
            "oneOf".to_owned(),
            json!([{ "required": ["token"] }, { "required": ["digest"] }]),
        );
        members.insert(
            "if".to_owned(),
            json!({ "properties": { "subType": { "const": "externalClient" } }, "required": ["subType"] }),
        );
        members.insert("then".to_owned(), json!({ "required": ["createdByUser"] }));
    }
    schema
}

fn jwt_provider() -> Value {
    let key = object(
        "The key.",
        &["kid", "pem"],
        json!({
            "kid": filled("The `kid` of its tokens."),
            "pem": filled("The public key or a certificate with it: a PEM text on a single line."),
        }),
    );
    object(
        "A JWT identity provider, with the members of the service's own resource.",
        &["protocol", "provider", "options"],
        json!({
            "id": id("The id."),
            "protocol": described(json!({ "const": "jwtAuth" }), "What it speaks."),
            "provider": described(json!({ "const": "external" }), "Whose product it is."),
            "interactive": described(json!({ "const": false }), "Whether people sign in by it. Default: false."),
            "active": flag("Whether it is available for use. Default: true."),
            "description": {
                "description": "What it is for.",
                "type": "string",
                "maxLength": identity_provider::LONGEST_DESCRIPTION,
            },
            "clockToleranceSec": {
                "description": "By how many seconds its clock may differ from the tenant's. Default: 5.",
                "type": "integer",
                "minimum": 0,
                "maximum": identity_provider::MOST_CLOCK_TOLERANCE,
            },
            "created": date("When it was made. Default: now."),
            "lastUpdated": date("When it was last changed. Default: when it was made."),
            "options": object(
                "Whose tokens it vouches for.",
                &["issuer", "staticKeys"],
                json!({
                    "issuer": filled("The `iss` of its tokens."),
                    "staticKeys": {
                        "description": "The key that signs them.",
                        "type": "array",
                        "items": key,
                        "minItems": 1,
                        "maxItems": 1,
                    },
                }),
            ),
        }),
    )
}

/// An object that takes these members and a comment, and no others.
pub(super) fn object(description: &str, required: &[&str], mut properties: Value) -> Value {
    if let Value::Object(members) = &mut properties {
        members.insert(
            COMMENT.to_owned(),
            json!({ "description": "For people. Not read." }),
        );
    }
    described(
        json!({
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        }),
        description,
    )
}

pub(super) fn list(description: &str, items: Value) -> Value {
    described(json!({ "type": "array", "items": items }), description)
}

/// A list of names, each of which stands there once.
fn names(description: &str) -> Value {
    let items = text(FILLED);
    described(
        json!({ "type": "array", "items": items, "uniqueItems": true }),
        description,
    )
}

pub(super) fn text(pattern: &str) -> Value {
    json!({ "type": "string", "pattern": pattern })
}

pub(super) fn id(description: &str) -> Value {
    described(text(ID), description)
}

pub(super) fn filled(description: &str) -> Value {
    described(text(FILLED), description)
}

fn flag(description: &str) -> Value {
    described(json!({ "type": "boolean" }), description)
}

/// An instant, or a duration relative to the clock.
pub(super) fn date(description: &str) -> Value {
    let schema = text(&format!("^(?:-?P{AMOUNTS}|{INSTANT})$"));
    described(schema, description)
}

/// A duration that is longer than nothing.
fn lifetime(description: &str) -> Value {
    let schema = text(&format!("^P(?=.*[1-9]){AMOUNTS}$"));
    described(schema, description)
}

pub(super) fn one_of<T>(words: &[(&'static str, T)]) -> Value {
    let words: Vec<_> = words.iter().map(|(word, _)| *word).collect();
    json!({ "enum": words })
}

pub(super) fn described(mut schema: Value, description: &str) -> Value {
    if let Value::Object(members) = &mut schema {
        let members: &mut Map<String, Value> = members;
        members.insert("description".to_owned(), json!(description));
    }
    schema
}
