//! What the pieces of a request cost, one by one: `cargo bench`. docs/PERFORMANCE.md says what they add up to.

#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot be set up has nothing to measure"
)]

use std::hint::black_box;

use axum::body::Body;
use axum::http::{Request, header};
use criterion::{Criterion, criterion_group, criterion_main};
use mock_qlik_cloud::domain::entropy::Entropy;
use mock_qlik_cloud::domain::filter::Filter;
use mock_qlik_cloud::domain::ids::{ApiKeyId, TenantId, UserId};
use mock_qlik_cloud::domain::journal::{self, Arrival, Draft, Journal, Outcome};
use mock_qlik_cloud::domain::page::{Direction, Limit, Sort, Start};
use mock_qlik_cloud::domain::policy::{self, Action, Caller, Credential, Identity, Target};
use mock_qlik_cloud::domain::secret::{ApiKeyClaims, PresentedToken, SigningKey};
use mock_qlik_cloud::domain::user::UserField;
use mock_qlik_cloud::ops::Context;
use mock_qlik_cloud::ops::users::{self, ListUsers, UserStart, VOCABULARY};
use mock_qlik_cloud::{Emulator, EmulatorService};
use tower::ServiceExt as _;

const ADMIN: &str = "650000000000000000000001";

/// A tenant of ten thousand users, in which the admin holds a key.
fn large() -> EmulatorService {
    Emulator::builder()
        .seed("large".parse().unwrap())
        .build()
        .unwrap()
}

/// The token of the admin's key, which the seed `ready` pins.
fn token() -> String {
    let seed = include_str!("../fixtures/seeds/ready.json");
    let seed: serde_json::Value = serde_json::from_str(seed).unwrap();
    seed.pointer("/apiKeys/0/token")
        .unwrap()
        .as_str()
        .unwrap()
        .to_owned()
}

fn admin(service: &EmulatorService) -> Context {
    let token = token();
    let tenant = service.tenant().read();
    let key = tenant
        .api_keys()
        .with_digest(&PresentedToken::new(&token).digest())
        .unwrap();
    Context {
        tenant: service.tenant().clone(),
        caller: Caller {
            identity: Identity::User(UserId::parse(ADMIN).unwrap()),
            credential: Credential::ApiKey(key.id),
        },
        now: service.clock().now(),
    }
}

fn credentials(criterion: &mut Criterion) {
    let service = large();
    let token = token();
    let digest = PresentedToken::new(&token).digest();
    criterion.bench_function("digest of a token", |bencher| {
        bencher.iter(|| PresentedToken::new(black_box(&token)).digest());
    });
    criterion.bench_function("look-up of a key by digest", |bencher| {
        let tenant = service.tenant().read();
        bencher.iter(|| tenant.api_keys().with_digest(black_box(&digest)).is_some());
    });
    let context = admin(&service);
    criterion.bench_function("decision of the policy", |bencher| {
        let tenant = service.tenant().read();
        bencher.iter(|| {
            policy::decide(
                tenant.actor(black_box(&context.caller)),
                Action::ReadUser,
                Target::Other,
            )
            .is_ok()
        });
    });
}

fn tokens(criterion: &mut Criterion) {
    let entropy = Entropy::seeded(1);
    let key = SigningKey::random(&entropy);
    let tenant = TenantId::parse("Mq7545_example_tenant_0000000001").unwrap();
    let claims = ApiKeyClaims {
        sub_type: "user",
        tenant_id: &tenant,
        id: ApiKeyId::new(entropy.uuid()),
        subject: ADMIN,
        issued_at: large().clock().now(),
    };
    criterion.bench_function("signing a token (ES384)", |bencher| {
        bencher.iter(|| key.mint(black_box(&claims)));
    });
    let token = key.mint(&claims);
    criterion.bench_function("verifying a token (ES384)", |bencher| {
        bencher.iter(|| key.verifies(black_box(token.reveal())));
    });
}

fn lists(criterion: &mut Criterion) {
    let service = large();
    let context = admin(&service);
    let text = r#"name co "fischer" and (status eq "active" or status eq "invited")"#;
    criterion.bench_function("reading a filter", |bencher| {
        bencher.iter(|| Filter::parse(black_box(text), &VOCABULARY));
    });
    let filter = Filter::parse(text, &VOCABULARY).unwrap();
    criterion.bench_function("filter on one user", |bencher| {
        bencher.iter(|| {
            filter.matches(|attribute, test| match attribute {
                "name" => test(black_box("Ada Fischer")),
                _ => test(black_box("active")),
            })
        });
    });
    let mut query = ListUsers {
        filter: None,
        statuses: None,
        email: None,
        subject: None,
        role: None,
        tenant_id: None,
        sort: Sort {
            field: UserField::Name,
            name: "name",
            direction: Direction::Ascending,
        },
        limit: Limit::try_from(100).unwrap(),
        start: UserStart::Cursor(Start::First),
        with_total: false,
    };
    criterion.bench_function("page of 100 among 10,000 users", |bencher| {
        bencher.iter(|| {
            users::list(&context, Action::ListUsers, black_box(&query), |page| {
                page.users.len()
            })
            .unwrap()
        });
    });
    query.filter = Some(Filter::parse(r#"name co "nobody""#, &VOCABULARY).unwrap());
    criterion.bench_function("filter that none of 10,000 users passes", |bencher| {
        bencher.iter(|| {
            users::list(&context, Action::ListUsers, black_box(&query), |page| {
                page.users.len()
            })
            .unwrap()
        });
    });
}

fn journal(criterion: &mut Criterion) {
    let service = large();
    let bearer = format!("Bearer {}", token());
    let headers = [
        ("accept", "application/json"),
        ("authorization", &*bearer),
        ("host", "localhost:7545"),
    ];
    let arrival = Arrival {
        at: service.clock().now(),
        http_version: "HTTP/1.1",
        method: "GET",
        path: "/api/v1/users/650000000000000000000001",
        query: None,
        operation: Some("getUser"),
        family: Some("users"),
    };
    let answer = vec![b'x'; 700];
    let mut journal = Journal::default();
    criterion.bench_function("entry of the journal", |bencher| {
        bencher.iter(|| {
            let draft = Draft::begin(black_box(&arrival), headers);
            let outcome = Outcome {
                status: Some(200),
                response_body: journal::Body::of(
                    Some("application/json"),
                    &answer,
                    journal.settings().body_bytes,
                ),
                ..Outcome::default()
            };
            journal.record(draft.end(outcome, [("content-type", "application/json")]))
        });
    });
}

/// A whole request, as it is after hyper has read it and before hyper writes the answer.
fn requests(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let service = large();
    let bearer = format!("Bearer {}", token());
    for (name, path) in [
        ("GET of a user", format!("/api/v1/users/{ADMIN}")),
        ("GET of a page of 100 users", "/api/v1/users?limit=100".to_owned()),
    ] {
        criterion.bench_function(name, |bencher| {
            bencher.iter(|| {
                runtime.block_on(async {
                    let request = Request::get(&path)
                        .header(header::HOST, "localhost")
                        .header(header::AUTHORIZATION, &bearer)
                        .body(Body::empty())
                        .unwrap();
                    let answer = service.clone().oneshot(request).await.unwrap();
                    assert!(answer.status().is_success());
                    axum::body::to_bytes(answer.into_body(), usize::MAX)
                        .await
                        .unwrap()
                })
            });
        });
    }
}

criterion_group!(pieces, credentials, tokens, lists, journal, requests);
criterion_main!(pieces);
