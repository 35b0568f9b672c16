//! A request for every row of the matrix, which would be done for somebody who may.

use serde_json::{Value, json};

use crate::support::{
    Actor, BYSTANDER, CSP_ENTRY, Client, EMPTY_GROUP, HOSTNAME, IP_POLICY, PAGE, Person, ROBOT, ROBOT_SECRET,
    ROBOT_SECRET_HINT, Request, START, TENANT_ID, UNASSIGNED_ROLE, WEB_INTEGRATION, jwt,
};

/// The id of the role `TenantAdmin`, the same in every tenant.
const TENANT_ADMIN_ROLE: &str = "608050f750afab80bd53586d";

/// The request of a row. What is nobody's own is the bystander's.
pub(super) fn request(operation: &str, about: &str, actor: Actor, client: &Client) -> Request {
    let own = match actor {
        Actor::Anonymous => BYSTANDER,
        somebody => somebody.person(),
    };
    match operation.split_once(' ') {
        Some(("POST", "/login/jwt-session")) => {
            let claims = jwt::claims(START.parse().unwrap(), "once");
            let token = jwt::sign(&jwt::header(), &claims);
            let login = client.post("/login/jwt-session");
            login.header("authorization", &format!("Bearer {token}"))
        }
        Some((method @ ("GET" | "POST"), path)) => by_path(method, path, client),
        _ if operation.contains("OAuthClient") || operation.contains("ConnectionConfig") => {
            oauth_clients(operation, client)
        }
        _ if operation.contains("ApiKey") => api_keys(operation, about, own, client),
        _ if operation.contains("Idp")
            || [
                "identity-providers/getStatus",
                "getMeMeta",
                "getWellKnownMetaData",
            ]
            .contains(&operation) =>
        {
            identity_providers(operation, client)
        }
        _ if operation.contains("AuthSettings") => auth_settings(operation, client),
        _ if operation.contains("WebIntegration") => web_integrations(operation, client),
        _ if operation.contains("CSP") => csp_origins(operation, client),
        _ if operation.contains("IPPolic") => ip_policies(operation, client),
        _ if operation.contains("Role") => roles(operation, about, client),
        _ if operation.contains("roup") || operation == "patchSettings" => groups(operation, about, client),
        _ if operation.contains("Tenant") => tenants(operation, client),
        _ => users(operation, about, own, client),
    }
}

fn by_path(method: &str, path: &str, client: &Client) -> Request {
    match (method, path) {
        ("GET", "/oauth/authorize") => client.get(path).query(&[
            ("response_type", "code"),
            ("client_id", PAGE),
            ("redirect_uri", "https://page.example/callback"),
            ("scope", "user_default"),
            ("state", "state"),
            ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
            ("code_challenge_method", "S256"),
        ]),
        ("POST", "/oauth/token") => client.post(path).json(&json!({
            "grant_type": "client_credentials", "client_id": ROBOT, "client_secret": ROBOT_SECRET,
        })),
        ("POST", "/oauth/revoke") => client.post(path).json(&json!({ "token": "unknown" })),
        ("GET", _) => client.get(path),
        _ => client.post(path).form(&[("user", "viewer")]),
    }
}

fn api_keys(operation: &str, about: &str, own: Person, client: &Client) -> Request {
    let list = "/api/v1/api-keys";
    let config = format!("/api/v1/api-keys/configs/{TENANT_ID}");
    let key = match about {
        "own" => own.key_id,
        "SCIM" => Actor::ScimClient.person().key_id,
        _ => BYSTANDER.key_id,
    };
    let key = format!("{list}/{key}");
    let owner = if about.starts_with("own") { own } else { BYSTANDER };
    match (operation, about) {
        ("getApiKeys", "all") => client.get(list),
        ("getApiKeys", "own by sub" | "other by sub") => client.get(list).query(&[("sub", owner.id)]),
        ("getApiKeys", _) => client.get(list).query(&[("createdByUser", owner.id)]),
        ("createApiKey", "own") => client.post(list).json(&json!({ "description": "new" })),
        ("createApiKey", "SCIM") => {
            let body = json!({ "description": "new", "subType": "externalClient", "sub": r"SCIM\new" });
            client.post(list).json(&body)
        }
        ("createApiKey", _) => client
            .post(list)
            .json(&json!({ "description": "new", "sub": owner.id })),
        ("getApiKeyById", _) => client.get(&key),
        ("updateApiKey", _) => client.patch(&key).json(&replace("/description", json!("new"))),
        ("deleteApiKeyById", _) => client.delete(&key),
        ("getApiKeysConfiguration", _) => client.get(&config),
        ("updateApiKeyConfiguration", _) => client
            .patch(&config)
            .json(&replace("/max_keys_per_user", json!(7))),
        _ => panic!("no request for {operation}"),
    }
}

fn identity_providers(operation: &str, client: &Client) -> Request {
    let list = "/api/v1/identity-providers";
    let provider = format!("{list}/{}", jwt::PROVIDER_ID);
    match operation {
        "getIdps" => client.get(list),
        "createIdp" => client.post(list).json(&json!({
            "protocol": "jwtAuth",
            "provider": "external",
            "options": { "issuer": "new", "staticKeys": [{ "kid": "new", "pem": jwt::certificate() }] },
        })),
        "getIdp" => client.get(&provider),
        "updateIdp" => client
            .patch(&provider)
            .json(&replace("/description", json!("new"))),
        "deleteIdp" => client.delete(&provider),
        "identity-providers/getStatus" => client.get(&format!("{list}/status")),
        "getMeMeta" => client.get(&format!("{list}/me/meta")),
        "getWellKnownMetaData" => client.get(&format!("{list}/.well-known/metadata.json")),
        _ => panic!("no request for {operation}"),
    }
}

fn auth_settings(operation: &str, client: &Client) -> Request {
    let settings = "/api/core/auth-settings";
    match operation {
        "getAuthSettings" => client.get(settings),
        "updateAuthSettings" => client
            .patch(settings)
            .json(&replace("/userSessionInactivityTimeoutMinutes", json!(45))),
        _ => panic!("no request for {operation}"),
    }
}

fn oauth_clients(operation: &str, client: &Client) -> Request {
    let list = "/api/v1/oauth-clients";
    let one = format!("{list}/{ROBOT}");
    let (secrets, connection) = (
        format!("{one}/client-secrets"),
        format!("{one}/connection-configs/me"),
    );
    match operation {
        "readAllOAuthClients" => client.get(list),
        "createOAuthClient" => client
            .post(list)
            .json(&json!({ "appType": "spa", "clientName": "New" })),
        "readOAuthClient" => client.get(&one),
        "patchOAuthClient" => client.patch(&one).json(&replace("/description", json!("new"))),
        "deleteOAuthClient" => client.delete(&one).header("qlik-confirm-delete", ROBOT),
        "publishOAuthClient" => client.post(&format!("{one}/actions/publish")),
        "createOAuthClientSecret" => client.post(&secrets),
        "deleteOAuthClientSecret" => client.delete(&format!("{secrets}/{ROBOT_SECRET_HINT}")),
        "readConnectionConfig" => client.get(&connection),
        "patchConnectionConfig" => client
            .patch(&connection)
            .json(&replace("/consentMethod", json!("required"))),
        "deleteConnectionConfig" => client.delete(&connection),
        _ => panic!("no request for {operation}"),
    }
}

fn roles(operation: &str, about: &str, client: &Client) -> Request {
    let list = "/api/v1/roles";
    let id = match about {
        // The default role has no published id; this is the emulator's.
        "UserDefault" => "75450000000000000000a00c",
        "built-in" => TENANT_ADMIN_ROLE,
        _ => UNASSIGNED_ROLE,
    };
    let role = format!("{list}/{id}");
    match operation {
        "getRoles" => client.get(list),
        "createRole" => client.post(list).json(&json!({ "name": "New" })),
        "getRoleById" => client.get(&role),
        "updateRoleById" => client.patch(&role).json(&replace("/description", json!("new"))),
        "deleteRoleById" => client.delete(&role),
        _ => panic!("no request for {operation}"),
    }
}

fn groups(operation: &str, about: &str, client: &Client) -> Request {
    let list = "/api/v1/groups";
    let id = match about {
        "system" => "000000000000000000000001",
        _ => EMPTY_GROUP,
    };
    let group = format!("{list}/{id}");
    let settings = format!("{list}/settings");
    let roles = json!([{ "name": "Steward" }]);
    match operation {
        "getGroups" => client.get(list),
        "groups_api_actions_filter" => client.post(&format!("{list}/actions/filter")),
        "getGroupById" => client.get(&group),
        "postGroups" => client
            .post(list)
            .json(&json!({ "name": "New", "providerType": "custom" })),
        "updateGroupById" => client.patch(&group).json(&replace("/assignedRoles", roles)),
        "deleteGroupById" => client.delete(&group),
        "groups_api_get_settings" => client.get(&settings),
        "patchSettings" => client
            .patch(&settings)
            .json(&replace("/autoCreateGroups", json!(true))),
        _ => panic!("no request for {operation}"),
    }
}

fn web_integrations(operation: &str, client: &Client) -> Request {
    let list = "/api/v1/web-integrations";
    let integration = format!("{list}/{WEB_INTEGRATION}");
    match operation {
        "getWebIntegrations" => client.get(list),
        "createWebIntegration" => client.post(list).json(&json!({ "name": "New" })),
        "getWebIntegrationById" => client.get(&integration),
        "updateWebIntegrationById" => client.patch(&integration).json(&replace("/name", json!("New"))),
        "deleteWebIntegrationById" => client.delete(&integration),
        _ => panic!("no request for {operation}"),
    }
}

fn csp_origins(operation: &str, client: &Client) -> Request {
    let list = "/api/v1/csp-origins";
    let entry = format!("{list}/{CSP_ENTRY}");
    let content = json!({ "origin": "https://new.example" });
    match operation {
        "listCSPEntries" => client.get(list),
        "createCSPEntry" => client.post(list).json(&content),
        "getCSPEntry" => client.get(&entry),
        "updateCSPEntry" => client.put(&entry).json(&content),
        "deleteCSPEntry" => client.delete(&entry),
        "getCSPHeader" => client.get(&format!("{list}/actions/generate-header")),
        _ => panic!("no request for {operation}"),
    }
}

fn ip_policies(operation: &str, client: &Client) -> Request {
    let list = "/api/core/ip-policies";
    let policy = format!("{list}/{IP_POLICY}");
    match operation {
        "getIPPolicies" => client.get(list),
        "createIPPolicy" => client.post(list).json(&json!({ "allowedIps": ["192.0.2.1"] })),
        "getIPPolicyByID" => client.get(&policy),
        "updateIPPolicyByID" => client.patch(&policy).json(&replace("/name", json!("New"))),
        "deleteIPPolicyByID" => client.delete(&policy),
        _ => panic!("no request for {operation}"),
    }
}

fn tenants(operation: &str, client: &Client) -> Request {
    let tenant = format!("/api/v1/tenants/{TENANT_ID}");
    let action = |name: &str| {
        client
            .post(&format!("{tenant}/actions/{name}"))
            .header("qlik-confirm-hostname", HOSTNAME)
    };
    match operation {
        "createTenant" => client
            .post("/api/v1/tenants")
            .json(&json!({ "licenseKey": "a-license" })),
        "getTenantById" => client.get(&tenant),
        "updateTenantById" => client.patch(&tenant).json(&replace("/name", json!("New"))),
        "deactivateTenantById" => action("deactivate").json(&json!({ "purgeAfterDays": 10 })),
        "reactivateTenantById" => action("reactivate"),
        _ => panic!("no request for {operation}"),
    }
}

fn users(operation: &str, about: &str, own: Person, client: &Client) -> Request {
    let list = "/api/v1/users";
    // There is no user behind a SCIM client.
    let own = if own.subject.is_empty() { BYSTANDER } else { own };
    let user = if about.starts_with("own") {
        own.id
    } else {
        BYSTANDER.id
    };
    let user = format!("{list}/{user}");
    match (operation, about) {
        ("getUsers", _) => client.get(list),
        ("countUsers", _) => client.get(&format!("{list}/actions/count")),
        ("users_api_actions_filter", _) => client
            .post(&format!("{list}/actions/filter"))
            .json(&json!({ "filter": "name co \"e\"" })),
        ("createUser", _) => client.post(list).json(&json!({ "subject": "new" })),
        ("inviteUsers", _) => {
            let body = json!({ "invitees": [{ "email": "new@example.com" }] });
            client.post(&format!("{list}/actions/invite")).json(&body)
        }
        ("getUserById", _) => client.get(&user),
        ("deleteUserById", _) => client.delete(&user),
        ("updateUserById", about) => client.patch(&user).json(&user_patch(about)),
        _ => panic!("no request for {operation}"),
    }
}

fn user_patch(about: &str) -> Value {
    match about.split_once(' ') {
        Some((_, "preferences")) => replace("/preferredLocale", json!("de")),
        Some((_, "name")) => replace("/name", json!("New")),
        Some((_, "status")) => replace("/status", json!("disabled")),
        Some((_, "roles, none")) => replace("/assignedRoles", json!([])),
        Some((_, "roles" | "roles, more")) => {
            json!([{ "op": "add", "path": "/assignedRoles/-", "value": { "id": UNASSIGNED_ROLE } }])
        }
        Some((_, "groups" | "groups, more")) => {
            json!([{ "op": "add", "path": "/assignedGroups/-", "value": EMPTY_GROUP }])
        }
        _ => panic!("no patch for {about}"),
    }
}

fn replace(path: &str, value: Value) -> Value {
    json!([{ "op": "replace", "path": path, "value": value }])
}
