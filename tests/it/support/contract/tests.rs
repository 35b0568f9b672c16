//! The checks themselves are checked: each finds what it is there for.

use axum::http::{HeaderMap, HeaderValue};
use mock_qlik_cloud::contract::operations;
use serde_json::{Value, json};

use super::document::{elements, members};
use super::{Contract, Edition, answers_checked, requests_checked};

const JSON: Option<&str> = Some("application/json; charset=utf-8");

fn contract() -> &'static Contract {
    Contract::load().expect("the contract and its exceptions are readable")
}

fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
    pairs
        .iter()
        .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)))
        .collect()
}

fn answer(edition: Edition, id: &str, status: u16, body: &Value) -> Result<(), String> {
    contract().check_answer(
        edition,
        id,
        status,
        JSON,
        &HeaderMap::new(),
        body.to_string().as_bytes(),
    )
}

/// The complaint about an answer that must not pass.
fn complaint(id: &str, status: u16, body: &Value) -> String {
    answer(Edition::Current, id, status, body).expect_err("the contract does not allow it")
}

fn key() -> Value {
    json!({
        "id": "1fc531f9-1964-46d6-9267-256e707fac45",
        "tenantId": "tenant",
        "description": "A key",
        "status": "active",
        "sub": "user",
        "subType": "user",
        "expiry": "2030-01-01T00:00:00.000Z",
        "createdByUser": "user",
    })
}

fn with(mut value: Value, name: &str, member: Value) -> Value {
    value[name] = member;
    value
}

#[test]
fn an_answer_as_published_passes() {
    let before = answers_checked();
    answer(Edition::Current, "getApiKeyById", 200, &key()).unwrap();
    let page =
        json!({ "data": [key()], "links": { "self": { "href": "http://localhost/api/v1/api-keys" } } });
    answer(Edition::Classic, "getApiKeys", 200, &page).unwrap();
    let error = json!({ "errors": [{ "code": "APIKEYS-1", "title": "Not found", "status": 404 }] });
    answer(Edition::Current, "getApiKeyById", 404, &error).unwrap();
    // Covered by `default`.
    answer(Edition::Current, "getApiKeyById", 410, &error).unwrap();
    assert!(answers_checked() >= before + 4);
}

#[test]
fn a_status_that_is_not_published_is_refused() {
    let error = json!({ "errors": [{ "code": "APIKEYS-1", "title": "Bad" }] });
    assert!(complaint("deleteApiKeyById", 400, &error).contains("the status is not published"));
    assert!(complaint("countUsers", 409, &error).contains("the status is not published"));
    assert!(complaint("noSuchOperation", 200, &error).contains("no operation of the contract"));
}

#[test]
fn a_body_that_breaks_the_schema_is_refused() {
    let cases = [
        (with(key(), "status", json!("paused")), "`/status`"),
        (with(key(), "expiry", json!("tomorrow")), "date-time"),
        (with(key(), "id", json!(7)), "`/id`"),
        (json!({ "id": "1" }), "required"),
        (
            with(key(), "invented", json!(null)),
            "does not know these members: /invented",
        ),
        (with(key(), "token", json!("secret")), "/token"),
    ];
    for (body, expected) in cases {
        let complaint = complaint("getApiKeyById", 200, &body);
        assert!(complaint.contains(expected), "{complaint}");
    }
    let text = contract().check_answer(
        Edition::Current,
        "getApiKeyById",
        200,
        JSON,
        &HeaderMap::new(),
        b"{",
    );
    assert!(text.unwrap_err().contains("not JSON"));
}

/// A pattern of `spaces` escapes a quotation mark, which a regular expression must not.
const UNUSABLE: [&str; 2] = ["createSpace", "updateSpaceById"];

#[test]
fn every_schema_of_the_contract_is_usable() {
    let mut schemas = 0;
    for edition in [Edition::Classic, Edition::Current] {
        for operation in operations() {
            let document = contract().document((edition, operation.family, None)).unwrap();
            let published = document.operation(operation).unwrap();
            let responses = members(&published["responses"]).map(|(_, response)| response);
            let mut parts: Vec<_> = responses
                .map(|response| document.resolve(response).unwrap())
                .collect();
            parts.push(&published["requestBody"]);
            let bodies = parts.iter().flat_map(|part| members(&part["content"]));
            let mut found: Vec<_> = bodies.filter_map(|(_, body)| body.get("schema")).collect();
            let parameters = elements(&published["parameters"]);
            let parameters = parameters.map(|parameter| document.resolve(parameter).unwrap());
            found.extend(parameters.map(|parameter| &parameter["schema"]));
            for schema in found {
                let problem = document.validate(schema, &json!([])).err().unwrap_or_default();
                let known = UNUSABLE.contains(&operation.id);
                assert_eq!(
                    problem.contains("not usable"),
                    known && problem.contains("regex"),
                    "{problem}"
                );
                schemas += 1;
            }
        }
    }
    assert!(schemas > 2 * 4000, "{schemas}");
}

#[test]
fn invented_members_are_found_at_every_depth() {
    let role = |extra: Value| {
        let mut role = json!({ "id": "1", "name": "TenantAdmin", "type": "default", "level": "admin" });
        role.as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        json!({ "id": "u", "name": "n", "subject": "s", "tenantId": "t", "assignedRoles": [role] })
    };
    answer(Edition::Current, "getUserById", 200, &role(json!({}))).unwrap();
    let complaint = complaint("getUserById", 200, &role(json!({ "colour": "red" })));
    assert!(complaint.contains("/assignedRoles/0/colour"), "{complaint}");
    // `meta` names no members, so it may have any.
    let error = json!({ "errors": [{ "code": "c", "title": "t", "status": 404, "meta": { "any": { "thing": 1 } } }] });
    answer(Edition::Current, "getUserById", 404, &error).unwrap();
}

#[test]
fn the_editions_have_schemas_of_their_own() {
    let config = json!({ "api_keys_enabled": true, "max_keys_per_user": 5, "max_api_key_expiry": "PT24H" });
    answer(Edition::Classic, "getApiKeysConfiguration", 200, &config).unwrap();
    assert!(complaint("getApiKeysConfiguration", 200, &config).contains("/api_keys_enabled"));
}

#[test]
fn media_type_headers_and_emptiness_count() {
    let check = |id: &str, status, content_type, pairs: &[_], body: &[u8]| {
        contract().check_answer(Edition::Current, id, status, content_type, &headers(pairs), body)
    };
    let me = "GET /api/v1/users/me";
    check(
        me,
        301,
        Some("text/html"),
        &[("location", "/api/v1/users/1")],
        b"Moved",
    )
    .unwrap();
    assert!(
        check(me, 301, Some("text/html"), &[], b"Moved")
            .unwrap_err()
            .contains("`Location` is missing")
    );
    let json_instead = check(me, 301, JSON, &[("location", "/")], b"{}").unwrap_err();
    assert!(json_instead.contains("should be text/html"), "{json_instead}");

    check("updateUserById", 204, None, &[], b"").unwrap();
    assert!(
        check("updateUserById", 204, JSON, &[], b"{}")
            .unwrap_err()
            .contains("no body is published")
    );

    let token = "GET /api/v1/csrf-token";
    check(token, 204, None, &[("qlik-csrf-token", "x")], b"").unwrap();
    assert!(
        check(token, 204, None, &[], b"")
            .unwrap_err()
            .contains("`qlik-csrf-token` is missing")
    );

    let error = br#"{"errors":[{"code":"HTTP-429","title":"API rate limit reached."}]}"#;
    check("getUsers", 429, JSON, &[("retry-after", "13")], error).unwrap();
    assert!(
        check("getUsers", 429, JSON, &[("retry-after", "soon")], error)
            .unwrap_err()
            .contains("integer")
    );
    assert!(
        check("getUsers", 429, None, &[("retry-after", "13")], error)
            .unwrap_err()
            .contains("there is none")
    );
}

#[test]
fn exceptions_cover_what_they_name_and_no_more() {
    let refused = json!({
        "errors": [{ "code": "HTTP-401", "title": "Unauthorized", "status": 401 }],
        "traceId": "0123456789abcdef0123456789abcdef",
    });
    for id in ["getApiKeys", "inviteUsers", "getTenantById", "items#listItems"] {
        answer(Edition::Classic, id, 401, &refused).unwrap();
    }
    assert!(complaint("getApiKeys", 401, &json!({ "error": "no" })).contains("nor does the exception"));
    // `users` lists 401 with a `status` that is a number, so the exception does not apply; `items` lists it
    // with a header that the emulator does not know, so it does.
    let text = json!({ "errors": [{ "code": "HTTP-401", "title": "Unauthorized", "status": "401" }] });
    assert!(complaint("getUsers", 401, &text).contains("`/errors/0/status`"));

    let forbidden = json!({ "errors": [{ "code": "ROLES-1", "title": "Forbidden" }] });
    answer(Edition::Current, "getRoles", 403, &forbidden).unwrap();
    let with_status = json!({ "errors": [{ "code": "ROLES-1", "title": "Forbidden", "status": 403 }] });
    assert!(complaint("getRoles", 403, &with_status).contains("/errors/0/status"));
}

#[test]
fn a_needed_exception_is_no_longer_unused() {
    // Not the shared contract: other tests of the process use exceptions too.
    let contract = Contract::read().unwrap();
    let unused = |text: &str| {
        contract
            .unused_exceptions()
            .iter()
            .any(|line| line.contains(text))
    };
    let answer = |id: &str, status, body: &Value| {
        let body = body.to_string();
        contract.check_answer(
            Edition::Current,
            id,
            status,
            JSON,
            &HeaderMap::new(),
            body.as_bytes(),
        )
    };

    let id = "1fc531f9-1964-46d6-9267-256e707fac45";
    let ok = json!({ "status": "ok", "email": "a@example.com", "userId": "1", "subject": id });
    let failed = json!({ "status": "error", "email": "a@example.com", "code": "1001", "title": "Active" });
    assert!(unused("InviteErrorItem"));
    answer("inviteUsers", 207, &json!({ "data": [ok] })).unwrap();
    assert!(
        unused("InviteErrorItem"),
        "this answer passes without the exception"
    );
    answer("inviteUsers", 207, &json!({ "data": [ok, failed] })).unwrap();
    assert!(!unused("InviteErrorItem"));
    let mixed = with(ok, "title", json!("of a success"));
    let complaint = answer("inviteUsers", 207, &json!({ "data": [mixed] })).unwrap_err();
    assert!(complaint.contains("/data/0/title"), "{complaint}");

    assert!(unused("status 501 of *"));
    let missing = json!({ "errors": [{ "code": "MOCK-NOT-EMULATED", "title": "Not emulated" }] });
    answer("items#listItems", 501, &missing).unwrap();
    assert!(!unused("status 501 of *"));
}

#[test]
fn an_accepted_request_has_to_be_one_that_the_contract_allows() {
    let before = requests_checked();
    let check = |id: &str, query: &[(&str, &str)], body: Option<Value>| {
        let query: Vec<_> = query
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()))
            .collect();
        contract().check_request(Edition::Current, id, &query, body.as_ref())
    };
    check(
        "getUsers",
        &[("limit", "100"), ("sort", "+name"), ("totalResults", "true")],
        None,
    )
    .unwrap();
    check(
        "getUsers",
        &[("sort", " name"), ("limit", ""), ("unknown", "x")],
        None,
    )
    .unwrap();
    assert!(
        check("getUsers", &[("limit", "101")], None)
            .unwrap_err()
            .contains("`limit` is `101`")
    );
    assert!(
        check("getUsers", &[("limit", "many")], None)
            .unwrap_err()
            .contains("`limit` is `many`")
    );
    assert!(
        check("getApiKeys", &[("status", "paused")], None)
            .unwrap_err()
            .contains("`status`")
    );
    assert!(
        check("GET /oauth/authorize", &[], None)
            .unwrap_err()
            .contains("is required")
    );

    check(
        "createApiKey",
        &[],
        Some(json!({ "description": "d", "more": 1 })),
    )
    .unwrap();
    assert!(
        check("createApiKey", &[], Some(json!({})))
            .unwrap_err()
            .contains("description")
    );
    assert!(
        check("createApiKey", &[], None)
            .unwrap_err()
            .contains("a body is required")
    );
    assert!(
        check("deleteApiKeyById", &[], Some(json!({})))
            .unwrap_err()
            .contains("takes no JSON body")
    );

    let add = json!([{ "op": "add", "path": "/assignedRoles/-", "value": { "name": "TenantAdmin" } }]);
    check("updateUserById", &[], Some(add)).unwrap();
    let both = json!({ "subject": "s", "assignedRoles": [{ "id": "1", "name": "TenantAdmin" }] });
    check("createUser", &[], Some(both)).unwrap();
    assert!(requests_checked() > before);
}
