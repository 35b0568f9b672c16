//! Changes a provider by a patch. Which paths there are depends on what the provider speaks.

use serde_json::{Map, Value};

use super::options::{OptionsReader, members};
use super::read::{clock_tolerance, description, meta, redirect_uri};
use super::{Federation, FederationProtocol, IdentityProvider, Kind};
use crate::domain::document::{Faults, Fields, boolean, elements, word};
use crate::domain::error::DomainError;

#[derive(Clone, Copy)]
enum Op {
    Replace,
    PromoteOptions,
}

#[derive(Clone, Copy)]
enum Property {
    Active,
    Description,
    Meta,
    PostLogoutRedirectUri,
    ClockTolerance,
    Options,
    Option(&'static str),
    PendingOptions,
    PendingOption(&'static str),
}

const JWT: &[(&str, Property)] = &[("/description", Property::Description)];

const OIDC: &[(&str, Property)] = &[
    ("/active", Property::Active),
    ("/description", Property::Description),
    ("/meta", Property::Meta),
    ("/options", Property::Options),
    ("/options/realm", Property::Option("realm")),
    ("/options/discoveryUrl", Property::Option("discoveryUrl")),
    ("/options/claimsMapping", Property::Option("claimsMapping")),
    ("/pendingOptions", Property::PendingOptions),
    ("/pendingOptions/realm", Property::PendingOption("realm")),
    (
        "/pendingOptions/discoveryUrl",
        Property::PendingOption("discoveryUrl"),
    ),
    ("/pendingOptions/clientId", Property::PendingOption("clientId")),
    (
        "/pendingOptions/clientSecret",
        Property::PendingOption("clientSecret"),
    ),
    (
        "/pendingOptions/emailVerifiedAlwaysTrue",
        Property::PendingOption("emailVerifiedAlwaysTrue"),
    ),
    (
        "/pendingOptions/claimsMapping",
        Property::PendingOption("claimsMapping"),
    ),
    (
        "/pendingOptions/idTokenSignatureAlg",
        Property::PendingOption("idTokenSignatureAlg"),
    ),
    (
        "/pendingOptions/decryptingKey",
        Property::PendingOption("decryptingKey"),
    ),
    ("/postLogoutRedirectUri", Property::PostLogoutRedirectUri),
    ("/clockToleranceSec", Property::ClockTolerance),
];

const SAML: &[(&str, Property)] = &[
    ("/active", Property::Active),
    ("/description", Property::Description),
    ("/pendingOptions", Property::PendingOptions),
    (
        "/pendingOptions/nameIdFormat",
        Property::PendingOption("nameIdFormat"),
    ),
    (
        "/pendingOptions/allowIdpInitiatedLogin",
        Property::PendingOption("allowIdpInitiatedLogin"),
    ),
    ("/pendingOptions/entityId", Property::PendingOption("entityId")),
    ("/pendingOptions/signOnUrl", Property::PendingOption("signOnUrl")),
    ("/pendingOptions/metadata", Property::PendingOption("metadata")),
    (
        "/pendingOptions/certificates",
        Property::PendingOption("certificates"),
    ),
    (
        "/pendingOptions/claimsMapping",
        Property::PendingOption("claimsMapping"),
    ),
    ("/postLogoutRedirectUri", Property::PostLogoutRedirectUri),
    ("/clockToleranceSec", Property::ClockTolerance),
];

/// The provider as `document` changes it, all or nothing. `pending_match` is the header `QLIK-IDP-POPTS-MATCH`.
///
/// # Errors
/// Every fault, or that options were to be promoted which the header does not name.
pub fn patched(
    provider: &IdentityProvider,
    document: &Value,
    pending_match: Option<&str>,
) -> Result<IdentityProvider, DomainError> {
    let faults = Faults::default();
    let mut changed = provider.clone();
    for (pointer, element) in elements(&faults, "", document) {
        let mut fields = Fields::open(&faults, pointer.as_str(), element);
        match fields.required("op", &word(ops(provider))) {
            Some(Op::Replace) => replace(&faults, &mut fields, &mut changed),
            Some(Op::PromoteOptions) => {
                let expected = provider.pending_hash().to_string();
                if !pending_match.is_some_and(|sent| sent.eq_ignore_ascii_case(&expected)) {
                    return Err(DomainError::PendingOptionsNotMatched);
                }
                // The interactive step that would verify them is not emulated.
                fields.fault("op", "The pending options have not been verified.");
            }
            None => {}
        }
    }
    faults.verdict(Some(changed))
}

fn ops(provider: &IdentityProvider) -> &'static [(&'static str, Op)] {
    const OPS: &[(&str, Op)] = &[("replace", Op::Replace), ("promote-options", Op::PromoteOptions)];
    match provider.kind {
        Kind::Jwt(_) => OPS.split_at(1).0,
        Kind::Federation(_) => OPS,
    }
}

fn paths(provider: &IdentityProvider) -> &'static [(&'static str, Property)] {
    match &provider.kind {
        Kind::Jwt(_) => JWT,
        Kind::Federation(federation) => match federation.protocol {
            FederationProtocol::Oidc => OIDC,
            FederationProtocol::Saml => SAML,
        },
    }
}

fn replace(faults: &Faults, fields: &mut Fields<'_>, provider: &mut IdentityProvider) {
    let path = fields.required("path", &word(paths(provider)));
    fields.required("value", &|_| Ok(()));
    let (Some(path), Some(value)) = (path, fields.value("value")) else {
        return;
    };
    let at = fields.pointer("value");
    match (path, &mut provider.kind) {
        (Property::Description, _) => {
            let read = fields.optional("value", &description);
            read.into_iter().for_each(|read| provider.description = read);
        }
        (Property::ClockTolerance, _) => {
            let read = fields.optional("value", &clock_tolerance);
            read.into_iter()
                .for_each(|read| provider.clock_tolerance_seconds = read);
        }
        (Property::Active, Kind::Federation(federation)) => {
            let read = fields.optional("value", &boolean);
            if read == Some(true) && federation.options.is_none() {
                fields.fault("value", "Its options wait to be verified.");
            }
            read.into_iter().for_each(|read| provider.active = read);
        }
        (property, Kind::Federation(federation)) => {
            change(faults, fields, property, federation, (&at, value));
        }
        // A JWT provider has no other path.
        (_, Kind::Jwt(_)) => {}
    }
}

fn change(
    faults: &Faults,
    fields: &mut Fields<'_>,
    property: Property,
    federation: &mut Federation,
    (at, value): (&str, &Value),
) {
    let members = members(federation.protocol, federation.interactive);
    let reader = OptionsReader { faults };
    let member = |options: &mut Option<Map<String, Value>>, name: &str| match options {
        Some(options) => {
            let read = reader.member(at, value, members, name);
            options.extend(read.map(|read| (name.to_owned(), read)));
        }
        None => faults.at(at, "This provider has no such options."),
    };
    match property {
        Property::Meta => {
            let read = fields.optional("value", &meta);
            read.into_iter().for_each(|read| federation.meta = read);
        }
        Property::PostLogoutRedirectUri => {
            federation.post_logout_redirect_uri = fields.optional("value", &redirect_uri);
        }
        Property::Options => federation.options = reader.object(at, value, members),
        Property::Option(name) => member(&mut federation.options, name),
        Property::PendingOptions => federation.pending_options = reader.object(at, value, members),
        Property::PendingOption(name) => member(&mut federation.pending_options, name),
        Property::Active | Property::Description | Property::ClockTolerance => {}
    }
}
