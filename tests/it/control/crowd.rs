//! Many tenants, many workers, one process: nobody meets anybody.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use mock_qlik_cloud::domain::settings::Edition;
use reqwest::Method;
use serde_json::{Value, json};

use super::control;
use crate::support::{Client, START, World};

const TENANTS: usize = 64;
const WORKERS: usize = 64;
const STEPS: usize = 24;

/// Who is in the seed of every tenant.
const SEEDED: [&str; 3] = ["admin", "developer", "viewer"];

/// A worker's chance: it repeats.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

struct Place {
    name: String,
    id: String,
    admin: Client,
}

async fn places(world: &World) -> Vec<Place> {
    let mut places = Vec::new();
    for number in 0..TENANTS {
        let body = json!({ "name": format!("suite-{number}") });
        let created = control(world, Method::POST, "/tenants", Some(&body))
            .await
            .expect(201);
        places.push(Place {
            name: created.str("/name").to_owned(),
            id: created.str("/id").to_owned(),
            admin: world.with_token(created.str("/admin/token")),
        });
    }
    places
}

async fn subjects(place: &Place) -> BTreeSet<String> {
    let list = place
        .admin
        .get("/api/v1/users?limit=100")
        .send()
        .await
        .expect(200);
    assert!(
        list.json["data"]
            .as_array()
            .unwrap()
            .iter()
            .all(|user| user["tenantId"] == place.id),
        "{}: somebody of another tenant",
        place.name
    );
    list.each("subject").into_iter().collect()
}

async fn steer(world: &World, place: &Place, method: Method, path: &str, body: Option<&Value>) -> Value {
    let path = format!("{path}?tenant={}", place.name);
    let answer = control(world, method, &path, body).await;
    assert!((200..300).contains(&answer.status), "{path}: {}", answer.text);
    answer.json
}

async fn create_user(place: &Place, subject: &str) -> u16 {
    let body = json!({ "subject": subject, "name": subject, "status": "active" });
    place.admin.post("/api/v1/users").json(&body).send().await.status
}

/// A tenant of its own: whatever the others do, it is exactly as this worker left it.
async fn alone(world: Arc<World>, place: Arc<Place>, seed: u64) {
    let mut dice = Dice(seed);
    let seeded: BTreeSet<String> = SEEDED.map(str::to_owned).into();
    let mut here = seeded.clone();
    let mut kept = None;
    let mut hours = 0;
    for step in 0..STEPS {
        match dice.below(6) {
            0 | 1 => {
                let subject = format!("{}-{step}", place.name);
                assert_eq!(create_user(&place, &subject).await, 201);
                here.insert(subject);
            }
            2 => {
                steer(&world, &place, Method::POST, "/reset", None).await;
                here.clone_from(&seeded);
                hours = 0;
            }
            3 => {
                steer(
                    &world,
                    &place,
                    Method::PUT,
                    "/clock",
                    Some(&json!({ "advance": "PT1H" })),
                )
                .await;
                hours += 1;
            }
            4 => {
                steer(&world, &place, Method::PUT, "/snapshots/kept", None).await;
                kept = Some((here.clone(), hours));
            }
            _ => {
                if let Some((users, then)) = &kept {
                    steer(&world, &place, Method::POST, "/snapshots/kept/restore", None).await;
                    here.clone_from(users);
                    hours = *then;
                }
            }
        }
        assert_eq!(subjects(&place).await, here, "{}", place.name);
        let clock = steer(&world, &place, Method::GET, "/clock", None).await;
        let shown = START.parse::<chrono::DateTime<chrono::Utc>>().unwrap() + chrono::TimeDelta::hours(hours);
        assert_eq!(
            clock["now"],
            shown.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
            "{}",
            place.name
        );
    }
}

/// Everywhere at once: the workers meet in the tenants, the tenants do not meet.
async fn everywhere(world: Arc<World>, places: Arc<Vec<Arc<Place>>>, seed: u64) {
    let mut dice = Dice(seed);
    for step in 0..STEPS {
        let place = &places[usize::try_from(dice.below(TENANTS as u64)).unwrap()];
        match dice.below(4) {
            0 => drop(steer(&world, place, Method::POST, "/reset", None).await),
            1 => drop(
                steer(
                    &world,
                    place,
                    Method::PUT,
                    "/clock",
                    Some(&json!({ "advance": "PT1M" })),
                )
                .await,
            ),
            _ => assert_eq!(
                create_user(place, &format!("{}-{seed}-{step}", place.name)).await,
                201
            ),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_tenants_under_sixty_four_workers_never_meet() {
    let world = Arc::new(World::start(Edition::Classic).await);
    let of_the_default = super::state(&world).await;
    let places: Vec<_> = places(&world).await.into_iter().map(Arc::new).collect();
    let places = Arc::new(places);
    let all = async {
        let alone = places.iter().enumerate().map(|(worker, place)| {
            tokio::spawn(alone(Arc::clone(&world), Arc::clone(place), worker as u64 + 1))
        });
        for worker in alone.collect::<Vec<_>>() {
            worker.await.unwrap();
        }
        let everywhere = (0..WORKERS).map(|worker| {
            tokio::spawn(everywhere(
                Arc::clone(&world),
                Arc::clone(&places),
                worker as u64 + 1,
            ))
        });
        for worker in everywhere.collect::<Vec<_>>() {
            worker.await.unwrap();
        }
    };
    // A deadlock would last for ever.
    tokio::time::timeout(Duration::from_secs(240), all).await.unwrap();
    for place in places.iter() {
        let foreign: Vec<_> = subjects(place)
            .await
            .into_iter()
            .filter(|subject| {
                !SEEDED.contains(&subject.as_str()) && !subject.starts_with(&format!("{}-", place.name))
            })
            .collect();
        assert!(foreign.is_empty(), "{}: {foreign:?}", place.name);
    }
    assert_eq!(super::state(&world).await, of_the_default);
}
