//! Web integrations, entries of the content security policy and IP policies in the schema of a seed.

use serde_json::{Value, json};

use super::{date, described, filled, flag, id, list, object, text};
use crate::domain::web::csp::{Directive, LONGEST_DESCRIPTION, LONGEST_NAME, MOST_ENTRIES};

/// What `WebOrigin::parse` takes, but for an address of IPv6, which a pattern cannot tell from what is none.
const ORIGIN: &str = concat!(
    r"^[Hh][Tt][Tt][Pp][Ss]?://(?:[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*|\[[0-9A-Fa-f:.]+\])",
    "(?::[1-9][0-9]{0,4})?$",
);
/// What `CspOrigin::parse` takes.
const CSP_ORIGIN: &str = r"^[!#-&(-+\--:=?-\[\]-~]{1,256}$";
/// What `AddressRange::parse` takes, but for a range that begins within another.
const RANGE: &str = concat!(
    r"^(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?:\.(?!/|$)|(?=/|$))){4}",
    "(?:/(?:3[0-2]|[12]?[0-9]))?$",
);

pub(super) fn web_integrations() -> Value {
    list(
        "The web integrations: which pages of other sites may call the tenant.",
        object(
            "A web integration.",
            &["name"],
            json!({
                "id": id("Its id, which pages send as qlik-web-integration-id."),
                "name": filled("Its name for people."),
                "validOrigins": described(
                    json!({ "type": "array", "items": text(ORIGIN), "uniqueItems": true }),
                    "The origins of the pages, such as https://example.com or http://localhost:3000."
                ),
                "createdBy": id("Who created it."),
                "created": date("When it was created. Default: now."),
                "lastUpdated": date("When it was last changed. Default: when it was created."),
            }),
        ),
    )
}

pub(super) fn csp_origins() -> Value {
    let mut properties = json!({
        "id": id("Its id."),
        "name": described(json!({ "type": "string", "maxLength": LONGEST_NAME }), "Its name for people."),
        "description": described(
            json!({ "type": "string", "maxLength": LONGEST_DESCRIPTION }),
            "Why the origin is allowed."
        ),
        "origin": described(text(CSP_ORIGIN), "The origin, such as https://example.com or *.example.com."),
        "createdDate": date("When it was created. Default: now."),
        "modifiedDate": date("When it was last changed. Default: when it was created."),
    });
    for (member, directive) in Directive::WORDS {
        let sentence = format!(
            "Whether it is allowed in {}. Default: false.",
            directive.in_header()
        );
        properties[member] = flag(&sentence);
    }
    let mut entries = list(
        "The entries of the content security policy.",
        object("An entry.", &["origin"], properties),
    );
    entries["maxItems"] = MOST_ENTRIES.into();
    entries
}

pub(super) fn ip_policies() -> Value {
    list(
        "The IP policies. If one is enabled, only addresses in one that is can reach the tenant.",
        object(
            "An IP policy.",
            &["allowedIps"],
            json!({
                "id": id("Its id."),
                "name": described(json!({ "type": "string" }), "Its name for people."),
                "enabled": flag("Whether it is in force. Default: false."),
                "allowedIps": list(
                    "Addresses of IPv4, or ranges of them, such as 127.0.0.1 or 192.0.2.0/24.",
                    text(RANGE),
                ),
                "createdBy": id("Who created it."),
                "updatedBy": id("Who last changed it."),
                "createdAt": date("When it was created. Default: now."),
                "updatedAt": date("When it was last changed. Default: when it was created."),
            }),
        ),
    )
}
