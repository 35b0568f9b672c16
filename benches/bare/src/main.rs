//! The least that axum can do for the requests that `benches/compare` sends to the emulator: what is left of the
//! emulator's time above this server's is what its rules, its journal and its validation cost.
//!
//! ```text
//! bare-axum serve PORT FOLDER      answers with what the emulator has answered, read from FOLDER
//! bare-axum sign THREADS SECONDS   prints how many ES384 signatures a second THREADS threads make
//! ```

use std::collections::HashMap;
use std::error::Error;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;
use std::{env, fs, thread};

use axum::extract::{FromRequestParts, Path as PathParameter, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::Html;
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use p384::ecdsa::signature::Signer as _;
use p384::ecdsa::{Signature, SigningKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// A user, with the members of the emulator's answer: one that is missing here fails at the start.
#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct User {
    id: String,
    tenant_id: String,
    subject: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    status: String,
    assigned_roles: Vec<Role>,
    assigned_groups: Vec<String>,
    assigned_scopes: Vec<String>,
    created_at: String,
    last_updated_at: String,
    links: HashMap<String, Link>,
    roles: Vec<String>,
    groups: Vec<String>,
    created: String,
    last_updated: String,
}

/// A role inside a user.
#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Role {
    id: String,
    name: String,
    #[serde(rename = "type")]
    kind: String,
    level: String,
}

/// Where something is.
#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Link {
    href: String,
}

/// A page of users.
#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct UserPage {
    data: Vec<User>,
    links: HashMap<String, Link>,
}

/// What a client says of a key to be made.
#[derive(Deserialize)]
struct NewKey {
    description: String,
    sub: String,
}

/// A key, under the digest of its token.
#[derive(Clone, Serialize)]
struct Key {
    id: String,
    description: String,
    sub: String,
}

/// A key with its token, for the only time.
#[derive(Serialize)]
struct CreatedKey {
    #[serde(flatten)]
    key: Key,
    token: String,
}

/// What the server holds.
struct Server {
    users: HashMap<String, User>,
    page: UserPage,
    html: String,
    signing_key: SigningKey,
    keys: RwLock<HashMap<[u8; 32], Key>>,
    next_key: AtomicU64,
}

impl Server {
    /// Reads what the emulator has answered: `token`, `users.json`, `page.html`.
    fn load(folder: &Path) -> Result<Self, Box<dyn Error>> {
        let page: UserPage = serde_json::from_slice(&fs::read(folder.join("users.json"))?)?;
        let token = fs::read_to_string(folder.join("token"))?;
        let key = Key {
            id: "0".to_owned(),
            description: "The key of the benchmark".to_owned(),
            sub: String::new(),
        };
        Ok(Self {
            users: page
                .data
                .iter()
                .map(|user| (user.id.clone(), user.clone()))
                .collect(),
            page,
            html: fs::read_to_string(folder.join("page.html"))?,
            signing_key: signing_key()?,
            keys: RwLock::new(HashMap::from([(digest(&token), key)])),
            next_key: AtomicU64::new(1),
        })
    }

    fn read_keys(&self) -> RwLockReadGuard<'_, HashMap<[u8; 32], Key>> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_keys(&self) -> RwLockWriteGuard<'_, HashMap<[u8; 32], Key>> {
        self.keys.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Inserts a key whose token `mint` makes from the key's id.
    fn insert(&self, new: NewKey, mint: impl FnOnce(&str) -> String) -> (StatusCode, Json<CreatedKey>) {
        let id = format!("{:032x}", self.next_key.fetch_add(1, Ordering::Relaxed));
        let token = mint(&id);
        let key = Key {
            id,
            description: new.description,
            sub: new.sub,
        };
        self.write_keys().insert(digest(&token), key.clone());
        (StatusCode::CREATED, Json(CreatedKey { key, token }))
    }
}

/// The proof that a request bears the token of a key.
struct Authenticated;

impl FromRequestParts<Arc<Server>> for Authenticated {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, server: &Arc<Server>) -> Result<Self, StatusCode> {
        let header = parts.headers.get(header::AUTHORIZATION);
        let token = header
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "));
        match token {
            Some(token) if server.read_keys().contains_key(&digest(token)) => Ok(Self),
            _ => Err(StatusCode::UNAUTHORIZED),
        }
    }
}

async fn user(
    _: Authenticated,
    State(server): State<Arc<Server>>,
    PathParameter(id): PathParameter<String>,
) -> Result<Json<User>, StatusCode> {
    let user = server.users.get(&id).ok_or(StatusCode::NOT_FOUND)?;
    Ok(Json(user.clone()))
}

async fn users(_: Authenticated, State(server): State<Arc<Server>>) -> Json<UserPage> {
    Json(server.page.clone())
}

async fn create_key(
    _: Authenticated,
    State(server): State<Arc<Server>>,
    Json(new): Json<NewKey>,
) -> (StatusCode, Json<CreatedKey>) {
    server.insert(new, |id| {
        BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(id.as_bytes()))
    })
}

async fn create_signed_key(
    _: Authenticated,
    State(server): State<Arc<Server>>,
    Json(new): Json<NewKey>,
) -> (StatusCode, Json<CreatedKey>) {
    server.insert(new, |id| sign(&server.signing_key, id))
}

async fn page(State(server): State<Arc<Server>>) -> Html<String> {
    Html(server.html.clone())
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

fn signing_key() -> Result<SigningKey, Box<dyn Error>> {
    Ok(SigningKey::from_slice(&[7; 48])?)
}

/// A token as long as one of the emulator, signed with ES384 as there.
fn sign(key: &SigningKey, id: &str) -> String {
    let mut token = BASE64_URL_SAFE_NO_PAD
        .encode(r#"{"alg":"ES384","kid":"00000000-0000-0000-0000-000000000000","typ":"JWT"}"#);
    token.push('.');
    let claims = format!(
        r#"{{"subType":"user","tenantId":"00000000000000000000000000000000","jti":"{id}","aud":"qlik.api","iss":"qlik.api/api-keys","sub":"000000000000000000000000","iat":1700000000}}"#
    );
    BASE64_URL_SAFE_NO_PAD.encode_string(claims, &mut token);
    let signature: Signature = key.sign(token.as_bytes());
    token.push('.');
    BASE64_URL_SAFE_NO_PAD.encode_string(signature.to_bytes(), &mut token);
    token
}

async fn serve(port: u16, folder: &Path) -> Result<(), Box<dyn Error>> {
    let routes = Router::new()
        .route("/health", get(async || "OK"))
        .route("/api/v1/users", get(users))
        .route("/api/v1/users/{id}", get(user))
        .route("/api/v1/api-keys", post(create_key))
        .route("/signed/api/v1/api-keys", post(create_signed_key))
        .route("/console/users", get(page))
        .with_state(Arc::new(Server::load(folder)?));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    axum::serve(listener, routes).await?;
    Ok(())
}

/// Signs on so many threads for so long; returns the signatures of all of them a second.
fn signatures_a_second(threads: u64, seconds: u64) -> Result<u64, Box<dyn Error>> {
    let key = signing_key()?;
    let (stop, signatures) = (AtomicBool::new(false), AtomicU64::new(0));
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let id = signatures.fetch_add(1, Ordering::Relaxed);
                    std::hint::black_box(sign(&key, &id.to_string()));
                }
            });
        }
        thread::sleep(Duration::from_secs(seconds));
        stop.store(true, Ordering::Relaxed);
    });
    Ok(signatures.into_inner() / seconds.max(1))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["serve", port, folder] => serve(port.parse()?, Path::new(folder)).await,
        ["sign", threads, seconds] => {
            println!("{}", signatures_a_second(threads.parse()?, seconds.parse()?)?);
            Ok(())
        }
        _ => Err("usage: bare-axum serve PORT FOLDER | sign THREADS SECONDS".into()),
    }
}
