//! Management console, API keys: every key of the tenant.

use askama::Template;

use crate::api::extract::Parameters;
use crate::console::moment::Moment;
use crate::console::page::PageResult;
use crate::console::pager::{Column, Pager, columns, order};
use crate::console::shell::{Section, Shell};
use crate::console::visitor::Visitor;
use crate::domain::api_key::KeyStatus;
use crate::domain::error::DomainError;
use crate::domain::ids::ApiKeyId;
use crate::domain::page::{Direction, Limit, Sort};
use crate::domain::policy::Action;
use crate::ops::api_keys::{self, ApiKeyPage, ApiKeyView, KeyCursor, KeyField, ListApiKeys};

/// Where the page is.
pub(super) const PATH: &str = "/console/api-keys";

/// The orders that the console offers.
const ORDERS: [(&str, KeyField); 6] = [
    ("description", KeyField::Description),
    ("owner", KeyField::Owner),
    ("lastUpdated", KeyField::LastUpdated),
    ("created", KeyField::Created),
    ("expiry", KeyField::Expiry),
    ("status", KeyField::Status),
];

/// The newest first, as the contract's list has it.
pub(super) const USUAL_ORDER: Sort<KeyField> = Sort {
    field: KeyField::Created,
    name: "created",
    direction: Direction::Descending,
};

/// The page.
#[derive(Debug, Template)]
#[template(path = "api_keys.html")]
pub(in crate::console) struct ApiKeysPage {
    pub(in crate::console) shell: Shell,
    /// What was searched for.
    pub(in crate::console) search: String,
    /// The status that was chosen, or nothing.
    pub(in crate::console) status: String,
    /// The column before the id.
    pub(in crate::console) name: Vec<Column>,
    /// The columns behind the id.
    pub(in crate::console) columns: Vec<Column>,
    pub(in crate::console) rows: Vec<KeyRow>,
    pub(in crate::console) pager: Pager,
    /// The same list without a search.
    pub(in crate::console) everything: &'static str,
}

/// A key in a list.
#[derive(Clone, Debug)]
pub(in crate::console) struct KeyRow {
    pub(in crate::console) id: String,
    pub(in crate::console) description: String,
    /// The owner's name, or the subject of a SCIM key.
    pub(in crate::console) owner: String,
    /// What else is known of the owner.
    pub(in crate::console) owner_detail: String,
    pub(in crate::console) created: Moment,
    pub(in crate::console) last_updated: Moment,
    pub(in crate::console) expiry: Moment,
    pub(in crate::console) status: KeyStatus,
    /// Whether it is the visitor's own: deleted rather than revoked.
    pub(in crate::console) own: bool,
}

impl KeyRow {
    /// The key as it is now.
    pub(in crate::console) fn new(visitor: &Visitor, view: ApiKeyView) -> Self {
        let now = visitor.context.now;
        let ApiKeyView {
            key, status, owner, ..
        } = view;
        let own = visitor
            .context
            .caller
            .user_id()
            .is_some_and(|id| id.as_str() == key.subject.as_str());
        let (owner, owner_detail) = match owner {
            Some(owner) if owner.deleted => (owner.name, "Deleted user".to_owned()),
            Some(owner) => (owner.name, owner.email.unwrap_or_default()),
            None => (key.subject.to_string(), "SCIM client".to_owned()),
        };
        Self {
            id: key.id.to_string(),
            description: key.description,
            owner,
            owner_detail,
            created: Moment::new(key.created, now),
            last_updated: Moment::new(key.last_updated, now),
            expiry: Moment::new(key.expiry, now),
            status,
            own,
        }
    }

    pub(in crate::console) fn is_active(&self) -> bool {
        self.status == KeyStatus::Active
    }

    /// The status as it is documented for the table.
    pub(in crate::console) fn status_label(&self) -> &'static str {
        match self.status {
            KeyStatus::Active => "Active",
            KeyStatus::Expired => "Expired",
            KeyStatus::Revoked => "Revoked",
        }
    }
}

impl ApiKeysPage {
    /// The choices of the field Status.
    pub(in crate::console) fn statuses(&self) -> [(&'static str, &'static str); 4] {
        [
            ("", "Any status"),
            ("active", "Active"),
            ("expired", "Expired"),
            ("revoked", "Revoked"),
        ]
    }

    /// Whether the list is narrowed down.
    pub(in crate::console) fn is_narrowed(&self) -> bool {
        !self.search.is_empty() || !self.status.is_empty()
    }

    /// Whether any of the keys can be revoked.
    pub(in crate::console) fn has_active(&self) -> bool {
        self.rows.iter().any(KeyRow::is_active)
    }
}

/// `GET /console/api-keys`: `search`, `status`, `sort`, and the cursors `after` and `before`.
pub(in crate::console) async fn show(visitor: Visitor, parameters: Parameters) -> PageResult {
    visitor.require(Action::ListApiKeys)?;
    let search = parameters.get("search").unwrap_or_default().trim().to_owned();
    let status = parameters.word("status", &KeyStatus::WORDS).ok().flatten();
    let sort = order(&parameters, &ORDERS, USUAL_ORDER);
    let query = ListApiKeys {
        created_by: None,
        sub: None,
        status,
        search: (!search.is_empty()).then(|| search.clone()),
        sort,
        limit: Limit::default(),
        cursor: cursor(&parameters),
        with_total: true,
    };
    let ApiKeyPage {
        keys,
        next,
        previous,
        total,
    } = list(&visitor, query)?;
    let status = status.map_or("", KeyStatus::as_str);
    let order = sort.to_string();
    let narrowed = [("search", search.as_str()), ("status", status)];
    let kept = [narrowed[0], narrowed[1], ("sort", order.as_str())];
    let mut name = columns(
        PATH,
        &sort,
        &narrowed,
        &[
            ("description", "Name"),
            ("owner", "Owner"),
            ("lastUpdated", "Last update"),
            ("created", "Creation date"),
            ("expiry", "Expiry date"),
            ("status", "Status"),
        ],
    );
    let page = ApiKeysPage {
        shell: Shell::new(&visitor, Section::ApiKeys, "API keys"),
        columns: name.split_off(1),
        name,
        pager: Pager::new(
            PATH,
            &kept,
            (keys.len(), total.unwrap_or_default()),
            previous.map(|id| ("before", id.to_string())),
            next.map(|id| ("after", id.to_string())),
        ),
        rows: keys.into_iter().map(|key| KeyRow::new(&visitor, key)).collect(),
        status: status.to_owned(),
        everything: PATH,
        search,
    };
    visitor.show(&page)
}

/// Lists keys. A cursor whose key is gone leads to the first page rather than to an error.
pub(super) fn list(visitor: &Visitor, query: ListApiKeys) -> Result<ApiKeyPage, DomainError> {
    match api_keys::list(&visitor.context, &query) {
        Err(DomainError::Invalid(_)) if query.cursor.is_some() => api_keys::list(
            &visitor.context,
            &ListApiKeys {
                cursor: None,
                ..query
            },
        ),
        outcome => outcome,
    }
}

/// Where the page starts.
pub(super) fn cursor(parameters: &Parameters) -> Option<KeyCursor> {
    let id = |name: &str| parameters.get(name).and_then(ApiKeyId::parse);
    id("after")
        .map(KeyCursor::After)
        .or_else(|| id("before").map(KeyCursor::Before))
}
