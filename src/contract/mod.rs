//! The published contract as vocabulary: which operations Qlik Cloud has, and which one a request means.
//!
//! The 731 operations come from `fixtures/contract/` (its README says from where and with which quirks).
//! `build.rs` turns those documents into the static tables of this module, so starting the emulator parses
//! nothing and finding the operation of a request takes well below a microsecond.
//!
//! # Operation ids
//!
//! One id names one operation everywhere: in permissions, rate limits, faults, the journal, the coverage
//! report and the tests. It is
//!
//! 1. the published `operationId` where no other operation of the contract has it: `createApiKey`;
//! 2. `family/operationId` where several families share it: `audits/getSettings`;
//! 3. `METHOD /path` where none is published (`GET /api/v1/users/me`) or where one family uses it twice.
//!
//! Ids are compared byte by byte. Some published ids contain a `#` (`items#listItems`).
//!
//! # Editions
//!
//! The tables hold for the classic and for the current edition: where both are published, an operation has
//! the same id, tier, deprecation and statuses in both, and the build fails should that change. Parameters
//! and schemas do differ; only the tests read those.

use axum::http::Method;

/// One published operation.
#[derive(Debug)]
pub struct Operation {
    /// Where it stands in [`operations`].
    pub place: u16,
    /// The name of the operation, unique in the contract (see the module's documentation).
    pub id: &'static str,
    /// The published method.
    pub method: Method,
    /// The published path, with parameter names as published: `/api/v1/users/{userId}`.
    pub path: &'static str,
    /// The API that the operation belongs to: `api-keys`, `core/auth-settings`.
    pub family: &'static str,
    /// The published rate limit; `None` for the 46 operations that are known from client types only.
    pub tier: Option<Tier>,
    /// Whether the contract marks the whole operation as deprecated.
    pub deprecated: bool,
    /// The statuses that the contract lists, ascending.
    pub statuses: &'static [u16],
    /// Whether the contract also describes "any other status" (`default`).
    pub has_default_status: bool,
}

/// How often a user may call, as the contract (`x-qlik-tier`) and qlik.dev publish it.
///
/// The service evaluates a limit over five minutes to allow bursts. The operations of tier 1 share one
/// allowance, so do those of tier 2; a special limit belongs to its operation alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tier {
    /// Most reads: 1000 requests a minute.
    One,
    /// Most changes: 100 requests a minute.
    Two,
    /// A limit of the operation's own.
    Special {
        /// Requests a minute.
        per_minute: u32,
    },
}

impl Tier {
    /// Requests that one user may send in a minute.
    #[must_use]
    pub const fn per_minute(self) -> u32 {
        match self {
            Self::One => 1000,
            Self::Two => 100,
            Self::Special { per_minute } => per_minute,
        }
    }
}

/// One published path with everything that can be done to it.
#[derive(Debug)]
pub struct Template {
    operations: &'static [&'static Operation],
    allowed: &'static [Method],
}

impl Template {
    /// The operations of this path, at least one, in the order of [`Template::allowed`].
    #[must_use]
    pub const fn operations(&self) -> &'static [&'static Operation] {
        self.operations
    }

    /// The methods that an `Allow` header names: the published ones, and HEAD where GET is published.
    #[must_use]
    pub const fn allowed(&self) -> &'static [Method] {
        self.allowed
    }

    /// The operation that `method` performs on this path. HEAD is the GET without its body.
    #[must_use]
    pub fn operation(&self, method: &Method) -> Option<&'static Operation> {
        let method = if *method == Method::HEAD {
            &Method::GET
        } else {
            method
        };
        self.operations
            .iter()
            .copied()
            .find(|operation| operation.method == *method)
    }
}

/// What the contract says about a request.
#[derive(Clone, Copy, Debug)]
pub enum Lookup {
    /// The request means this operation.
    Operation(&'static Operation),
    /// The path is published, the method is not; these methods are (HEAD included where GET is).
    MethodNotAllowed(&'static [Method]),
    /// The path is not in the contract.
    Unknown,
}

include!(concat!(env!("OUT_DIR"), "/contract.rs"));

/// A segment of published paths, in a table: nothing is built when the emulator starts.
#[derive(Debug)]
struct Segment {
    /// Empty for a parameter.
    text: &'static str,
    /// Where in [`TEMPLATES`] the path is that ends here.
    template: Option<u16>,
    /// Where in [`SEGMENTS`] those are that may follow: fixed ones in order, then the parameter.
    following: (u16, u16),
}

impl Segment {
    /// The path that ends where `rest` does, which follows this segment.
    fn template(&self, rest: Option<&str>) -> Option<&'static Template> {
        let Some(rest) = rest else {
            return self.template.map(|place| &TEMPLATES[usize::from(place)]);
        };
        let (segment, rest) = match rest.split_once('/') {
            Some((segment, rest)) => (segment, Some(rest)),
            None => (rest, None),
        };
        let following = &SEGMENTS[usize::from(self.following.0)..usize::from(self.following.1)];
        let (fixed, parameter) = match following.split_last() {
            Some((last, fixed)) if last.text.is_empty() => (fixed, Some(last)),
            _ => (following, None),
        };
        let of_fixed = fixed
            .binary_search_by(|fixed| fixed.text.cmp(segment))
            .ok()
            .and_then(|place| fixed[place].template(rest));
        let fits = !segment.is_empty() || rest.is_some();
        of_fixed.or_else(|| parameter.filter(|_| fits)?.template(rest))
    }
}

/// Every operation of the contract, ordered by path, then GET, POST, PUT, PATCH, DELETE.
#[must_use]
pub const fn operations() -> &'static [Operation] {
    &OPERATIONS
}

/// Every path of the contract, ordered by their segments, parameters last.
#[must_use]
pub const fn templates() -> &'static [Template] {
    &TEMPLATES
}

/// The operation with this id, if there is one.
#[must_use]
pub fn by_id(id: &str) -> Option<&'static Operation> {
    let found = BY_ID
        .binary_search_by(|&position| OPERATIONS[usize::from(position)].id.cmp(id))
        .ok()?;
    Some(&OPERATIONS[usize::from(BY_ID[found])])
}

/// The published path that a request path falls under, whatever the method.
///
/// `path` is the path of the request's URI as it was sent: still percent-encoded, without the query. A fixed
/// segment wins over a parameter, so `/api/v1/users/me` is never the user with the id `me`, not even for a
/// method that only `/api/v1/users/{userId}` has. A parameter stands for one segment, which
/// may be empty only where something follows it, as for axum's router; a slash at the end makes a different path.
#[must_use]
pub fn template(path: &str) -> Option<&'static Template> {
    ROOT.template(path.strip_prefix('/'))
}

/// The operation that a request means; the notes on paths at [`template`] and on HEAD at
/// [`Template::operation`] apply.
#[must_use]
pub fn find(method: &Method, path: &str) -> Lookup {
    match template(path) {
        None => Lookup::Unknown,
        Some(template) => match template.operation(method) {
            Some(operation) => Lookup::Operation(operation),
            None => Lookup::MethodNotAllowed(template.allowed),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// The path with every parameter replaced by a value that no fixed segment has.
    fn example(path: &str) -> String {
        path.split('/')
            .map(|segment| {
                if segment.starts_with('{') {
                    "some-value"
                } else {
                    segment
                }
            })
            .collect::<Vec<_>>()
            .join("/")
    }

    fn found_id(method: &Method, path: &str) -> &'static str {
        match find(method, path) {
            Lookup::Operation(operation) => operation.id,
            other => panic!("{method} {path}: {other:?}"),
        }
    }

    #[test]
    fn all_published_operations_are_here_once() {
        assert_eq!(operations().len(), 731);
        let ids: HashSet<_> = operations().iter().map(|operation| operation.id).collect();
        assert_eq!(ids.len(), 731);
        let families: HashSet<_> = operations().iter().map(|operation| operation.family).collect();
        assert_eq!(families.len(), 87);
        assert_eq!(
            templates()
                .iter()
                .map(|template| template.operations().len())
                .sum::<usize>(),
            731
        );
    }

    #[test]
    fn every_operation_is_found_by_its_id_and_by_its_path() {
        for operation in operations() {
            assert!(std::ptr::eq(
                &operations()[usize::from(operation.place)],
                operation
            ));
            assert!(
                std::ptr::eq(by_id(operation.id).unwrap(), operation),
                "{}",
                operation.id
            );
            assert_eq!(
                found_id(&operation.method, &example(operation.path)),
                operation.id
            );
            assert_eq!(found_id(&operation.method, operation.path), operation.id);
        }
        assert!(by_id("").is_none());
        assert!(by_id("CreateApiKey").is_none());
        assert!(
            by_id("getSettings").is_none(),
            "shared by two families, so it names none"
        );
    }

    #[test]
    fn ids_follow_the_three_rules() {
        let path_of = |id: &str| by_id(id).map(|operation| (operation.method.as_str(), operation.path));
        assert_eq!(path_of("createApiKey"), Some(("POST", "/api/v1/api-keys")));
        assert_eq!(
            path_of("audits/getSettings"),
            Some(("GET", "/api/v1/audits/settings"))
        );
        assert_eq!(path_of("GET /api/v1/users/me"), Some(("GET", "/api/v1/users/me")));
        let twice = "GET /api/v1/direct-access-agents/{agentId}/connectors/{connectorType}/files";
        assert!(path_of(twice).is_some());
    }

    #[test]
    fn a_fixed_segment_wins_over_a_parameter() {
        assert_eq!(found_id(&Method::GET, "/api/v1/users/me"), "GET /api/v1/users/me");
        assert_eq!(found_id(&Method::GET, "/api/v1/users/mel"), "getUserById");
        assert_eq!(found_id(&Method::GET, "/api/v1/users/actions"), "getUserById");
        assert_eq!(
            found_id(&Method::GET, "/api/v1/users/actions/count"),
            "countUsers"
        );
        assert_eq!(
            found_id(&Method::GET, "/api/v1/api-keys/configs/tenant"),
            "getApiKeysConfiguration"
        );
        assert_eq!(
            found_id(&Method::GET, "/api/v1/api-keys/configs"),
            "getApiKeyById"
        );
        assert_eq!(found_id(&Method::GET, "/api/v1/users/a%2Fb"), "getUserById");
    }

    /// The routes of the emulated operations are axum's, which finds paths with this router.
    #[test]
    fn paths_are_found_as_by_axum() {
        let mut router = matchit::Router::new();
        for template in templates() {
            let path = template.operations()[0].path.split('/').enumerate();
            let route: Vec<_> = path
                .map(|(place, segment)| match segment.starts_with('{') {
                    true => format!("{{p{place}}}"),
                    false => segment.to_owned(),
                })
                .collect();
            router
                .insert(route.join("/"), template.operations()[0].path)
                .unwrap();
        }
        let mut compared = 0;
        for template in templates() {
            let segments: Vec<_> = template.operations()[0].path.split('/').collect();
            for place in 1..=segments.len() {
                for other in ["", "me", "actions", "{p1}", "%2F", "a.b"] {
                    let mut segments = segments.clone();
                    segments.splice(place..(place + 1).min(segments.len()), [other]);
                    let path = segments.join("/");
                    let found = super::template(&path).map(|template| template.operations()[0].path);
                    assert_eq!(found, router.at(&path).ok().map(|found| *found.value), "{path}");
                    compared += 1;
                }
            }
        }
        assert!(compared > 10_000, "{compared}");
    }

    #[test]
    fn head_means_get() {
        assert_eq!(found_id(&Method::HEAD, "/api/v1/users"), "getUsers");
        assert!(matches!(
            find(&Method::HEAD, "/oauth/token"),
            Lookup::MethodNotAllowed([Method::POST])
        ));
    }

    #[test]
    fn an_unpublished_method_is_answered_with_the_published_ones() {
        let allowed = |method: &Method, path: &str| match find(method, path) {
            Lookup::MethodNotAllowed(methods) => {
                methods.iter().map(Method::as_str).collect::<Vec<_>>().join(", ")
            }
            other => panic!("{method} {path}: {other:?}"),
        };
        assert_eq!(
            allowed(&Method::PUT, "/api/v1/users/1"),
            "GET, HEAD, PATCH, DELETE"
        );
        assert_eq!(allowed(&Method::DELETE, "/api/v1/users/me"), "GET, HEAD");
        assert_eq!(allowed(&Method::GET, "/api/v1/users/actions/filter"), "POST");
        assert_eq!(allowed(&Method::OPTIONS, "/api/v1/roles"), "GET, HEAD, POST");
    }

    #[test]
    fn what_is_not_published_is_unknown() {
        for path in [
            "",
            "/",
            "/api/v1/users/",
            "/api/v1//users",
            "/API/v1/users",
            "/_mock/health",
            "*",
        ] {
            assert!(matches!(find(&Method::GET, path), Lookup::Unknown), "{path}");
        }
    }

    #[test]
    fn tiers_and_statuses_are_as_published() {
        let count = |tier| {
            operations()
                .iter()
                .filter(|operation| operation.tier == tier)
                .count()
        };
        assert_eq!(
            (count(Some(Tier::One)), count(Some(Tier::Two)), count(None)),
            (277, 368, 46)
        );
        let filter = by_id("users_api_actions_filter").unwrap();
        assert_eq!(filter.tier, Some(Tier::Special { per_minute: 200 }));
        assert_eq!(filter.tier.map(Tier::per_minute), Some(200));
        let create = by_id("createApiKey").unwrap();
        assert_eq!(create.statuses, [201, 400, 403, 429]);
        assert!(create.has_default_status);
        assert!(!by_id("deleteApiKeyById").unwrap().has_default_status);
        assert_eq!(
            operations()
                .iter()
                .filter(|operation| operation.deprecated)
                .count(),
            DEPRECATED
        );
    }

    /// 21 marked as such in the published specifications, 3 in the types of `@qlik/api`.
    const DEPRECATED: usize = 24;
}
