//! The content security policy: list, read, create, change and delete entries, for tenant admins; and the header that
//! they make, for everybody.

use std::collections::{BTreeMap, BTreeSet};

use super::Context;
use crate::domain::clock::Timestamp;
use crate::domain::error::{DomainError, Fault, Resource};
use crate::domain::ids::CspEntryId;
use crate::domain::page::{Cursor, Limit, Position, Sort, SortKey, Start, paginate};
use crate::domain::policy::{Action, Target};
use crate::domain::tenant::Tenant;
use crate::domain::web::csp::{self, CspEntry, CspOrigin, Directive, LONGEST_HEADER, MOST_ENTRIES};

/// What a list of entries can be sorted by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(missing_docs, reason = "each is named after the property that it sorts by")]
pub enum CspField {
    Name,
    Origin,
    Created,
    Modified,
}

impl CspField {
    /// The words that `sort` takes.
    pub const WORDS: [(&'static str, Self); 4] = [
        ("name", Self::Name),
        ("origin", Self::Origin),
        ("createdDate", Self::Created),
        ("modifiedDate", Self::Modified),
    ];
}

/// Which entries to list.
#[derive(Clone, Debug)]
pub struct ListCspEntries {
    /// Only those whose name is like this.
    pub name: Option<Pattern>,
    /// Only those whose origin is like this.
    pub origin: Option<Pattern>,
    /// Only those that allow this, or that do not.
    pub directives: Vec<(Directive, bool)>,
    /// In this order.
    pub sort: Sort<CspField>,
    /// At most so many.
    pub limit: Limit,
    /// From here on.
    pub start: Start<'static>,
}

/// A text to search for, "wildcard and case insensitive" as documented: it may stand anywhere, and an asterisk in it
/// stands for anything. What exactly a wildcard is there is our choice.
#[derive(Clone, Debug)]
pub struct Pattern(Vec<String>);

impl Pattern {
    /// The pattern of this text.
    pub fn new(text: &str) -> Self {
        Self(text.to_lowercase().split('*').map(str::to_owned).collect())
    }

    fn fits(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        let mut rest = text.as_str();
        self.0.iter().all(|part| match rest.split_once(part.as_str()) {
            Some((_, behind)) => {
                rest = behind;
                true
            }
            None => false,
        })
    }
}

/// One page of entries.
#[derive(Clone, Debug)]
pub struct CspEntryPage {
    /// The entries.
    pub entries: Vec<CspEntry>,
    /// The cursor of the next page.
    pub next: Option<Cursor>,
    /// The cursor of the previous page.
    pub previous: Option<Cursor>,
}

/// Lists entries.
///
/// # Errors
/// When the caller may not.
pub fn list(context: &Context, query: &ListCspEntries) -> Result<CspEntryPage, DomainError> {
    let tenant = context.tenant.read();
    context.require(&tenant, Action::ListCspEntries, Target::Other)?;
    let wanted = tenant.web().csp_entries.values().filter(|entry| {
        let name = entry.name.as_deref().unwrap_or_default();
        query.name.as_ref().is_none_or(|pattern| pattern.fits(name))
            && query
                .origin
                .as_ref()
                .is_none_or(|pattern| pattern.fits(entry.origin.as_str()))
            && query
                .directives
                .iter()
                .all(|(directive, allowed)| entry.directives.contains(directive) == *allowed)
    });
    let page = paginate(
        wanted,
        |entry| Position::new(sort_key(entry, query.sort.field), entry.id.as_str()),
        query.sort.direction,
        &query.start,
        query.limit,
    );
    Ok(CspEntryPage {
        next: page.next.map(|position| Cursor::new(&query.sort, position)),
        previous: page.previous.map(|position| Cursor::new(&query.sort, position)),
        entries: page.items.into_iter().cloned().collect(),
    })
}

fn sort_key(entry: &CspEntry, field: CspField) -> SortKey<'_> {
    match field {
        CspField::Name => entry.name.as_deref().map(str::to_lowercase).into(),
        CspField::Origin => entry.origin.as_str().to_lowercase().into(),
        CspField::Created => entry.created.into(),
        CspField::Modified => entry.modified.into(),
    }
}

/// All entries, by origin.
///
/// # Errors
/// When the caller may not.
pub fn all(context: &Context) -> Result<Vec<CspEntry>, DomainError> {
    let tenant = context.tenant.read();
    context.require(&tenant, Action::ListCspEntries, Target::Other)?;
    let mut all: Vec<_> = tenant.web().csp_entries.values().cloned().collect();
    all.sort_by_cached_key(|entry| (entry.origin.clone(), entry.id.to_string()));
    Ok(all)
}

/// Reads an entry.
///
/// # Errors
/// When there is none with this id, or the caller may not.
pub fn read(context: &Context, id: &str) -> Result<CspEntry, DomainError> {
    let tenant = context.tenant.read();
    context.require(&tenant, Action::ReadCspEntry, Target::Other)?;
    find(&tenant, id).cloned()
}

/// What an entry consists of besides its id and its dates, `CSPEntryContent` in the published contract.
#[derive(Clone, Debug)]
pub struct CspEntryContent {
    /// The name.
    pub name: Option<String>,
    /// Why the origin is allowed.
    pub description: Option<String>,
    /// The origin.
    pub origin: CspOrigin,
    /// What it may be used for.
    pub directives: BTreeSet<Directive>,
}

/// Makes an entry.
///
/// # Errors
/// When the caller may not, there are as many entries as there may be, or the header would be too long.
pub fn create(context: &Context, content: CspEntryContent) -> Result<CspEntry, DomainError> {
    let id = CspEntryId::draw(context.tenant.entropy(), context.now);
    put(context, Action::CreateCspEntry, |tenant| {
        if tenant.web().csp_entries.len() >= MOST_ENTRIES {
            let sentence = format!("The maximum of {MOST_ENTRIES} entries is reached. Delete one first.");
            return Err(DomainError::invalid(Fault::of_request(sentence)));
        }
        Ok(entry(id, content, context.now, context.now))
    })
}

/// Puts another content in the place of that of an entry.
///
/// # Errors
/// When there is none with this id, the caller may not, or the header would be too long.
pub fn replace(context: &Context, id: &str, content: CspEntryContent) -> Result<CspEntry, DomainError> {
    put(context, Action::UpdateCspEntry, |tenant| {
        let old = find(tenant, id)?;
        Ok(entry(old.id.clone(), content, old.created, context.now))
    })
}

fn put(
    context: &Context,
    action: Action,
    make: impl FnOnce(&Tenant) -> Result<CspEntry, DomainError>,
) -> Result<CspEntry, DomainError> {
    let mut tenant = context.tenant.write();
    let permit = context.require(&tenant, action, Target::Other)?;
    let made = make(&tenant)?;
    let mut entries: BTreeMap<_, _> = tenant.web().csp_entries.clone();
    entries.insert(made.id.clone(), made.clone());
    let length = csp::header(entries.values()).len();
    if length > LONGEST_HEADER {
        let sentence = format!("The header would have {length} characters, and may have {LONGEST_HEADER}.");
        return Err(DomainError::invalid(Fault::of_request(sentence)));
    }
    tenant.web_mut(&permit).csp_entries = entries;
    Ok(made)
}

/// Deletes an entry.
///
/// # Errors
/// When there is none with this id, or the caller may not.
pub fn delete(context: &Context, id: &str) -> Result<(), DomainError> {
    let mut tenant = context.tenant.write();
    let permit = context.require(&tenant, Action::DeleteCspEntry, Target::Other)?;
    let id = find(&tenant, id)?.id.clone();
    tenant.web_mut(&permit).csp_entries.remove(&id);
    Ok(())
}

/// The header that all entries make.
///
/// # Errors
/// When the caller may not.
pub fn header(context: &Context) -> Result<String, DomainError> {
    let tenant = context.tenant.read();
    context.require(&tenant, Action::ReadCspHeader, Target::Other)?;
    Ok(csp::header(tenant.web().csp_entries.values()))
}

fn entry(id: CspEntryId, content: CspEntryContent, created: Timestamp, modified: Timestamp) -> CspEntry {
    CspEntry {
        id,
        name: content.name,
        description: content.description,
        origin: content.origin,
        directives: content.directives,
        created,
        modified,
    }
}

fn find<'t>(tenant: &'t Tenant, id: &str) -> Result<&'t CspEntry, DomainError> {
    CspEntryId::parse(id)
        .and_then(|id| tenant.web().csp_entries.get(&id))
        .ok_or(DomainError::NotFound(Resource::CspEntry))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_stands_anywhere_and_its_asterisks_for_anything() {
        for (pattern, text, fits) in [
            ("exam", "https://EXAMPLE.com", true),
            ("EXAMPLE", "https://example.com", true),
            ("https*com", "https://example.com", true),
            ("*", "", true),
            ("com*https", "https://example.com", false),
            ("example*example", "https://example.com", false),
        ] {
            assert_eq!(Pattern::new(pattern).fits(text), fits, "{pattern} {text}");
        }
    }
}
