//! `DELETE /api/v1/api-keys/{id}`: gone for its owner, revoked by an admin.

use chrono::TimeDelta;
use mock_qlik_cloud::domain::settings::Edition;

use crate::support::{Actor, EDITIONS, START, World};

const PATH: &str = "/api/v1/api-keys";

#[tokio::test]
async fn the_owner_removes_a_key_for_good() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let holder = world.by_key(Actor::KeyHolder);
        let minted = world.mint(&holder, "short-lived", "").await;
        let path = format!("{PATH}/{}", minted.id);
        assert_eq!(holder.delete(&path).send().await.expect(204).text, "");
        holder.get(&path).send().await.expect(404);
        holder.delete(&path).send().await.expect(404);
        let admin = world.by_session(Actor::TenantAdmin).await;
        admin.get(&path).send().await.expect(404);
        assert!(!admin.get(PATH).send().await.expect(200).text.contains(&minted.id));
        let refused = world
            .with_token(&minted.token)
            .get("/api/v1/users/me")
            .send()
            .await;
        refused.expect_refusal(401, "unknown-credential");
    }
}

#[tokio::test]
async fn an_admin_revokes_a_key_which_stays_in_the_list() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let admin = world.by_session(Actor::TenantAdmin).await;
        for actor in [Actor::KeyHolder, Actor::ScimClient] {
            let path = format!("{PATH}/{}", actor.person().key_id);
            let mut wanted = admin.get(&path).send().await.expect(200).json;
            assert_eq!(admin.delete(&path).send().await.expect(204).text, "");
            wanted["status"] = "revoked".into();
            wanted["lastUpdated"] = START.into();
            assert_eq!(admin.get(&path).send().await.expect(200).json, wanted);
            let refused = world.by_key(actor).get("/api/v1/users/me").send().await;
            refused.expect_refusal(401, "key-revoked");
        }
    }
}

#[tokio::test]
async fn revoking_twice_changes_nothing_more() {
    let world = World::start(Edition::Classic).await;
    let admin = world.by_session(Actor::TenantAdmin).await;
    let path = format!("{PATH}/{}", Actor::KeyHolder.person().key_id);
    admin.delete(&path).send().await.expect(204);
    let once = admin.get(&path).send().await.expect(200).json;
    world.advance(TimeDelta::minutes(1));
    admin.delete(&path).send().await.expect(204);
    assert_eq!(admin.get(&path).send().await.expect(200).json, once);
}

#[tokio::test]
async fn the_owner_removes_a_revoked_key_too() {
    let world = World::start(Edition::Classic).await;
    let path = format!("{PATH}/{}", Actor::KeyHolder.person().key_id);
    world
        .by_session(Actor::TenantAdmin)
        .await
        .delete(&path)
        .send()
        .await
        .expect(204);
    let owner = world.by_session(Actor::KeyHolder).await;
    owner.delete(&path).send().await.expect(204);
    owner.get(&path).send().await.expect(404);
}

#[tokio::test]
async fn an_admin_who_owns_the_key_is_its_owner() {
    let world = World::start(Edition::Classic).await;
    let admin = world.by_session(Actor::TenantAdminHoldingKeys).await;
    let path = format!("{PATH}/{}", Actor::TenantAdminHoldingKeys.person().key_id);
    admin.delete(&path).send().await.expect(204);
    admin.get(&path).send().await.expect(404);
}

#[tokio::test]
async fn what_is_no_key_is_not_found() {
    let world = World::start(Edition::Classic).await;
    let admin = world.by_session(Actor::TenantAdmin).await;
    for id in ["1fc531f9-1964-46d6-9267-256e707fac45", "nonsense"] {
        admin.delete(&format!("{PATH}/{id}")).send().await.expect(404);
    }
}
