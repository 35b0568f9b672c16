//! Reads a provider as REST creates one and as a seed has one.

use serde_json::{Map, Value};

use super::options::{OptionsReader, members};
use super::{Federation, FederationProtocol, JwtIssuer, Kind};
use crate::domain::document::{Faults, Fields, boolean, filled_text, text, whole_number, word};
use crate::domain::jwt::PublicKey;

/// The documented default of `clockToleranceSec`.
const CLOCK_TOLERANCE: u16 = 5;

/// The documented upper bound of `clockToleranceSec`.
pub const MOST_CLOCK_TOLERANCE: u16 = 7200;

/// The documented length of a description, in characters.
pub const LONGEST_DESCRIPTION: usize = 128;

/// The documented length of `postLogoutRedirectUri`, in characters.
const LONGEST_URI: usize = 2083;

/// A provider that does not exist yet.
#[derive(Clone, Debug)]
pub struct Draft {
    /// What it is for.
    pub description: String,
    /// Whether it is available for use.
    pub active: bool,
    /// By how many seconds its clock may differ from the tenant's.
    pub clock_tolerance_seconds: u16,
    /// The tenants that it is for, if it says so.
    pub tenant_ids: Option<Vec<String>>,
    /// What it speaks.
    pub kind: Kind,
}

/// Reads providers out of a document.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'f> {
    /// Where to note what is wrong.
    pub faults: &'f Faults,
    /// Whether the document is a seed: it has JWT providers only, is for one tenant, and has no unknown members.
    pub of_seed: bool,
}

#[derive(Clone, Copy)]
enum Protocol {
    Jwt,
    Federation(FederationProtocol),
}

const JWT_ONLY: &[(&str, Protocol)] = &[("jwtAuth", Protocol::Jwt)];

const PROTOCOLS: &[(&str, Protocol)] = &[
    ("OIDC", Protocol::Federation(FederationProtocol::Oidc)),
    ("SAML", Protocol::Federation(FederationProtocol::Saml)),
    ("jwtAuth", Protocol::Jwt),
];

impl Reader<'_> {
    /// Reads a provider; none if anything is wrong with it.
    pub fn read(&self, fields: &mut Fields<'_>) -> Option<Draft> {
        let description = fields.optional("description", &description);
        let tolerance = fields.optional("clockToleranceSec", &clock_tolerance);
        let tenant_ids = (!self.of_seed && fields.value("tenantIds").is_some()).then(|| {
            let ids = fields.list("tenantIds").into_iter();
            ids.filter_map(|(pointer, id)| self.noted(pointer, text(id)))
                .collect()
        });
        let active = fields.optional("active", &boolean);
        let protocols = if self.of_seed { JWT_ONLY } else { PROTOCOLS };
        let protocol = fields.required("protocol", &word(protocols));
        // What is wrong with the rest of a seed is worth finding in any case.
        let (kind, active) = match protocol.or(self.of_seed.then_some(Protocol::Jwt))? {
            Protocol::Jwt => (self.jwt(fields).map(Kind::Jwt), active.unwrap_or(true)),
            Protocol::Federation(protocol) => {
                let federation = self.federation(fields, protocol);
                let available = federation.as_ref().is_some_and(|read| read.options.is_some());
                if active == Some(true) && federation.is_some() && !available {
                    fields.fault(
                        "active",
                        "A provider whose options wait to be verified is not active.",
                    );
                }
                (federation.map(Kind::Federation), active.unwrap_or(available))
            }
        };
        Some(Draft {
            description: description.unwrap_or_default(),
            active,
            clock_tolerance_seconds: tolerance.unwrap_or(CLOCK_TOLERANCE),
            tenant_ids,
            kind: kind?,
        })
    }

    fn noted<T>(&self, pointer: String, read: Result<T, String>) -> Option<T> {
        read.map_err(|sentence| self.faults.at(pointer, sentence)).ok()
    }

    fn jwt(&self, fields: &mut Fields<'_>) -> Option<JwtIssuer> {
        fields.required("provider", &word(&[("external", ())]));
        fields.optional("interactive", &|value| match boolean(value)? {
            false => Ok(()),
            true => Err("Nobody signs in by a JWT provider in a browser: must be false.".to_owned()),
        });
        fields.required("options", &|_| Ok(()));
        let mut options = fields.object("options")?;
        let issuer = options.required("issuer", &filled_text);
        options.required("staticKeys", &|_| Ok(()));
        let keys = options.list("staticKeys");
        if keys.len() != 1 && options.value("staticKeys").is_some_and(Value::is_array) {
            options.fault("staticKeys", "Must have one key: a provider has no more.");
        }
        if self.of_seed {
            options.refuse_unknown();
        }
        let keys: Vec<_> = keys
            .into_iter()
            .map(|(pointer, key)| {
                let mut key = Fields::open(self.faults, pointer, key);
                let key_id = key.required("kid", &filled_text);
                let pem = key.required("pem", &pem);
                if self.of_seed {
                    key.refuse_unknown();
                }
                key_id.zip(pem)
            })
            .collect();
        let (key_id, (pem, key)) = keys.into_iter().next()??;
        Some(JwtIssuer {
            issuer: issuer?,
            key_id,
            pem,
            key,
        })
    }

    fn federation(&self, fields: &mut Fields<'_>, protocol: FederationProtocol) -> Option<Federation> {
        let words: Vec<_> = protocol.providers().iter().map(|word| (*word, *word)).collect();
        let provider = fields.required("provider", &word(&words));
        let interactive = fields.required("interactive", &boolean);
        let skip_verify = fields.optional("skipVerify", &boolean).unwrap_or(false);
        let create_new_users = fields.optional("createNewUsersOnLogin", &boolean).unwrap_or(true);
        let post_logout_redirect_uri = fields.optional("postLogoutRedirectUri", &redirect_uri);
        let meta = fields.optional("meta", &meta);
        let members = members(protocol, interactive?);
        let reader = OptionsReader { faults: self.faults };
        let mut options = |member| {
            let value = fields.value(member)?;
            reader.object(&fields.pointer(member), value, members)
        };
        let (pending_options, options) = (options("pendingOptions"), options("options"));
        let sent = |fields: &mut Fields<'_>, member| fields.value(member).is_some();
        let (has_options, has_pending) = (sent(fields, "options"), sent(fields, "pendingOptions"));
        match interactive? {
            true if !has_options && !has_pending => fields.fault(
                "pendingOptions",
                "`pendingOptions` is required, or `options` with `skipVerify`.",
            ),
            true if has_options && !skip_verify => fields.fault(
                "options",
                "Options that were never verified need `skipVerify`. Send them as `pendingOptions` otherwise.",
            ),
            false if !has_options => fields.fault("options", "`options` is required."),
            _ => {}
        }
        Some(Federation {
            protocol,
            provider: provider?,
            interactive: interactive?,
            create_new_users,
            post_logout_redirect_uri,
            meta: meta.unwrap_or_default(),
            options,
            pending_options,
        })
    }
}

/// A description.
pub(super) fn description(value: &Value) -> Result<String, String> {
    no_longer_than(text(value)?, LONGEST_DESCRIPTION)
}

/// By how many seconds clocks may differ.
pub(super) fn clock_tolerance(value: &Value) -> Result<u16, String> {
    whole_number(0, MOST_CLOCK_TOLERANCE)(value)
}

/// Where a browser goes after signing out.
pub(super) fn redirect_uri(value: &Value) -> Result<String, String> {
    no_longer_than(text(value)?, LONGEST_URI)
}

/// Whatever somebody keeps with a provider.
pub(super) fn meta(value: &Value) -> Result<Map<String, Value>, String> {
    value.as_object().cloned().ok_or("Must be an object.".to_owned())
}

fn no_longer_than(text: String, longest: usize) -> Result<String, String> {
    if text.chars().count() > longest {
        return Err(format!("Must have at most {longest} characters."));
    }
    Ok(text)
}

/// A public key or certificate. The service takes it as one line only: its guide warns of line ends and blanks at the
/// end.
fn pem(value: &Value) -> Result<(String, PublicKey), String> {
    let text = filled_text(value)?;
    if text.contains(['\r', '\n']) {
        return Err("Must be a single line: take the line ends out of the PEM text.".to_owned());
    }
    if text.trim() != text {
        return Err("Must be a PEM text without blanks at its beginning and end.".to_owned());
    }
    let key = PublicKey::from_pem(&text)?;
    Ok((text, key))
}
