//! `POST /api/v1/users/actions/invite`, and what becomes of an invitation.

use chrono::TimeDelta;
use mock_qlik_cloud::domain::settings::Edition;
use serde_json::{Value, json};

use super::crowd;
use crate::support::{Client, EDITIONS, World};

const INVITE: &str = "/api/v1/users/actions/invite";

async fn invite(admin: &Client, invitees: Value) -> Vec<Value> {
    let answer = admin
        .post(INVITE)
        .json(&json!({ "invitees": invitees }))
        .send()
        .await
        .expect(207);
    answer.json["data"].as_array().unwrap().clone()
}

async fn read(admin: &Client, id: &str) -> Value {
    admin
        .get(&format!("/api/v1/users/{id}"))
        .send()
        .await
        .expect(200)
        .json
}

async fn renew(admin: &Client, id: &str) {
    let patch = json!([{ "op": "renew", "path": "/inviteExpiry", "value": "" }]);
    admin
        .patch(&format!("/api/v1/users/{id}"))
        .json(&patch)
        .send()
        .await
        .expect(204);
}

fn in_a_week(world: &World) -> i64 {
    (world.now() + TimeDelta::days(7)).timestamp()
}

#[tokio::test]
async fn a_new_address_becomes_an_invited_user() {
    for edition in EDITIONS {
        let (world, admin) = crowd::start(edition).await;
        let outcomes = invite(&admin, json!([{ "email": "new@example.com" }])).await;
        assert_eq!(outcomes.len(), 1);
        assert_eq!(
            (&outcomes[0]["email"], &outcomes[0]["status"]),
            (&json!("new@example.com"), &json!("ok"))
        );
        let user = read(&admin, outcomes[0]["userId"].as_str().unwrap()).await;
        assert_eq!(user["subject"], outcomes[0]["subject"]);
        assert_eq!(user["subject"].as_str().unwrap().len(), 36, "a UUID");
        assert_eq!(
            user["name"], "new@example.com",
            "the address stands in for the name"
        );
        assert_eq!(user["status"], "invited");
        assert_eq!(user["inviteExpiry"], in_a_week(&world));
        assert!(user.get("locale").is_none());
    }
}

#[tokio::test]
async fn a_name_and_a_language_are_kept() {
    let (_world, admin) = crowd::start(Edition::Current).await;
    let outcomes = invite(
        &admin,
        json!([{ "email": "new@example.com", "name": "New One", "language": "sv" }]),
    )
    .await;
    let user = read(&admin, outcomes[0]["userId"].as_str().unwrap()).await;
    assert_eq!(
        (&user["name"], &user["locale"]),
        (&json!("New One"), &json!("sv"))
    );
}

#[tokio::test]
async fn each_invitee_has_an_outcome_of_its_own() {
    for edition in EDITIONS {
        let (_world, admin) = crowd::start(edition).await;
        let invited = invite(&admin, json!([{ "email": "open@example.com" }])).await;
        let outcomes = invite(
            &admin,
            json!([
                { "email": "new@example.com" },
                { "email": "mid@example.com" },
                { "email": "Gina@example.com" },
                { "email": "open@example.com" },
                { "email": "nobody" },
                { "email": "ida@example.com" },
                { "email": "hugo@example.com" },
                { "email": "NEW@example.com" },
            ]),
        )
        .await;
        let of = |member: &str| {
            outcomes
                .iter()
                .map(|outcome| outcome[member].as_str().unwrap_or("-"))
                .collect::<Vec<_>>()
        };
        // A deleted user's address is free; the last one is that of the first.
        assert_eq!(
            of("status"),
            ["ok", "error", "error", "exists", "error", "ok", "error", "exists"]
        );
        assert_eq!(of("code"), ["-", "1001", "1002", "-", "400", "-", "1001", "-"]);
        assert_eq!(outcomes[3]["userId"], invited[0]["userId"]);
        assert_eq!(outcomes[3]["subject"], invited[0]["subject"]);
        assert_ne!(
            outcomes[5]["userId"],
            crowd::id("09"),
            "the deleted user stays deleted"
        );
        assert_eq!(outcomes[7]["userId"], outcomes[0]["userId"]);
        for failed in [1, 2, 4, 6] {
            assert!(outcomes[failed]["title"].is_string() && outcomes[failed]["detail"].is_string());
            assert!(outcomes[failed].get("userId").is_none());
        }
        let count = admin.get("/api/v1/users/actions/count").send().await.expect(200);
        assert_eq!(count.json["total"], 12);
    }
}

#[tokio::test]
async fn who_was_invited_by_another_way_is_shown_with_the_subject_of_that_way() {
    for edition in EDITIONS {
        let (_world, admin) = crowd::start(edition).await;
        let user = json!({ "subject": r"idp\open", "email": "open@example.com", "status": "invited" });
        admin.post("/api/v1/users").json(&user).send().await.expect(201);
        let outcomes = invite(&admin, json!([{ "email": "open@example.com" }])).await;
        assert_eq!(outcomes[0]["status"], "exists");
        assert_eq!(outcomes[0]["subject"], r"idp\open");
    }
}

#[tokio::test]
async fn only_a_resent_invitation_lasts_anew() {
    for edition in EDITIONS {
        let (world, admin) = crowd::start(edition).await;
        let invited = invite(&admin, json!([{ "email": "open@example.com" }])).await;
        let id = invited[0]["userId"].as_str().unwrap();
        let before = read(&admin, id).await;
        world.advance(TimeDelta::minutes(10));
        for resend in [
            json!([{ "email": "open@example.com", "resend": false }]),
            json!([{ "email": "OPEN@example.com" }]),
        ] {
            assert_eq!(invite(&admin, resend).await[0]["status"], "exists");
            assert_eq!(read(&admin, id).await, before);
        }
        let again = invite(&admin, json!([{ "email": "open@example.com", "resend": true }])).await;
        assert_eq!(again, invited, "the same user, invited again");
        let after = read(&admin, id).await;
        assert_eq!(after["inviteExpiry"], in_a_week(&world));
        assert_ne!(after["lastUpdatedAt"], before["lastUpdatedAt"]);
    }
}

#[tokio::test]
async fn everything_that_is_wrong_is_said_at_once_and_nobody_is_invited() {
    for edition in EDITIONS {
        let (_world, admin) = crowd::start(edition).await;
        for (body, faults) in [
            (json!({}), vec!["/invitees"]),
            (json!([]), vec![""]),
            (
                json!({ "invitees": { "email": "new@example.com" } }),
                vec!["/invitees"],
            ),
            (
                json!({ "invitees": [
                    { "email": "new@example.com" },
                    7,
                    { "name": "" },
                    { "email": 7, "resend": "yes", "language": "english" },
                ] }),
                vec![
                    "/invitees/1",
                    "/invitees/2/email",
                    "/invitees/2/name",
                    "/invitees/3/email",
                    "/invitees/3/resend",
                    "/invitees/3/language",
                ],
            ),
        ] {
            let answer = admin.post(INVITE).json(&body).send().await.expect(400);
            // This operation's errors have the status as their code, and no member for the place.
            let errors = answer.json["errors"].as_array().unwrap();
            assert_eq!(errors.len(), faults.len(), "{}", answer.text);
            for (error, place) in errors.iter().zip(faults) {
                assert_eq!(error["code"], 400);
                assert!(
                    error["detail"]
                        .as_str()
                        .unwrap()
                        .starts_with(&format!("{place}: ")),
                    "{error}"
                );
            }
            assert!(answer.json.get("traceId").is_none());
        }
        let count = admin.get("/api/v1/users/actions/count").send().await.expect(200);
        assert_eq!(count.json["total"], 9);
        assert_eq!(invite(&admin, json!([])).await, [] as [Value; 0]);
    }
}

#[tokio::test]
async fn whoever_signs_in_has_accepted() {
    for edition in EDITIONS {
        let (world, admin) = crowd::start(edition).await;
        let outcomes = invite(&admin, json!([{ "email": "new@example.com" }])).await;
        let id = outcomes[0]["userId"].as_str().unwrap();
        // The last moment of the week.
        world.advance(TimeDelta::days(7) - TimeDelta::milliseconds(1));
        let newcomer = world.sign_in("new@example.com").await;
        let user = newcomer
            .get(&format!("/api/v1/users/{id}"))
            .send()
            .await
            .expect(200)
            .json;
        assert_eq!(user["status"], "active");
        assert!(user.get("inviteExpiry").is_none());
        let admin = world.sign_in("admin").await;
        assert_eq!(
            invite(&admin, json!([{ "email": "new@example.com" }])).await[0]["code"],
            "1001"
        );
    }
}

#[tokio::test]
async fn an_invitation_ends_after_a_week_and_can_be_renewed() {
    for edition in EDITIONS {
        let (world, admin) = crowd::start(edition).await;
        let outcomes = invite(&admin, json!([{ "email": "new@example.com" }])).await;
        let id = outcomes[0]["userId"].as_str().unwrap();
        world.advance(TimeDelta::days(7));
        let sign_in = || {
            world
                .anonymous()
                .post("/login")
                .form(&[("user", "new@example.com")])
                .send()
        };
        sign_in().await.expect_refusal(403, "invite-expired");
        let admin = world.sign_in("admin").await;
        assert_eq!(read(&admin, id).await["status"], "invited");
        renew(&admin, id).await;
        assert_eq!(read(&admin, id).await["inviteExpiry"], in_a_week(&world));
        sign_in().await.expect(303);
        assert_eq!(read(&admin, id).await["status"], "active");
    }
}

#[tokio::test]
async fn only_an_invitation_can_be_renewed() {
    for edition in EDITIONS {
        let (_world, admin) = crowd::start(edition).await;
        let patch = json!([{ "op": "renew", "path": "/inviteExpiry", "value": "" }]);
        for last in ["02", "07", "08"] {
            let answer = admin
                .patch(&format!("/api/v1/users/{}", crowd::id(last)))
                .json(&patch)
                .send()
                .await;
            answer.expect_faults(&["/0/path"]);
        }
    }
}

#[tokio::test]
async fn a_provisioned_user_becomes_active_by_signing_in() {
    let (world, admin) = crowd::start(Edition::Current).await;
    world.sign_in("tom").await;
    assert_eq!(read(&admin, &crowd::id("08")).await["status"], "active");
}
