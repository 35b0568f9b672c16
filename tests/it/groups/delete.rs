//! `DELETE /api/v1/groups/{groupId}`.

use mock_qlik_cloud::domain::settings::Edition;

use super::{EVERYONE, GROUPS, join, leave, make};
use crate::support::{Actor, EDITIONS, World};

#[tokio::test]
async fn a_custom_group_goes_when_nobody_is_in_it() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let admin = world.by_session(Actor::TenantAdmin).await;
        let group = make(&admin, "Custom", "custom", &[]).await;
        let path = format!("{GROUPS}/{group}");
        let user = Actor::User.person().id;
        join(&admin, user, &group).await;
        admin
            .delete(&path)
            .send()
            .await
            .expect_refusal(403, "group-has-members");
        leave(&admin, user, &group).await;
        assert_eq!(admin.delete(&path).send().await.expect(204).text, "");
        admin.get(&path).send().await.expect(404);
        admin.delete(&path).send().await.expect(404);
        // Its name is free again.
        make(&admin, "Custom", "custom", &[]).await;
    }
}

#[tokio::test]
async fn a_deleted_user_is_in_no_groups_way() {
    let world = World::start(Edition::Current).await;
    let admin = world.by_session(Actor::TenantAdmin).await;
    let group = make(&admin, "Custom", "custom", &[]).await;
    let user = Actor::User.person().id;
    join(&admin, user, &group).await;
    admin
        .delete(&format!("/api/v1/users/{user}"))
        .send()
        .await
        .expect(204);
    admin
        .delete(&format!("{GROUPS}/{group}"))
        .send()
        .await
        .expect(204);
}

#[tokio::test]
async fn the_system_group_stays() {
    let world = World::start(Edition::Current).await;
    let admin = world.by_session(Actor::TenantAdmin).await;
    let path = format!("{GROUPS}/{EVERYONE}");
    admin
        .delete(&path)
        .send()
        .await
        .expect_refusal(403, "system-group");
    admin.get(&path).send().await.expect(200);
}

#[tokio::test]
async fn a_role_of_a_group_cannot_be_deleted() {
    let world = World::start(Edition::Current).await;
    let admin = world.by_session(Actor::TenantAdmin).await;
    let role = format!("/api/v1/roles/{}", crate::support::UNASSIGNED_ROLE);
    let group = make(&admin, "Custom", "custom", &["Unassigned"]).await;
    admin
        .delete(&role)
        .send()
        .await
        .expect_refusal(403, "role-assigned");
    admin
        .delete(&format!("{GROUPS}/{group}"))
        .send()
        .await
        .expect(204);
    admin.delete(&role).send().await.expect(204);
}
