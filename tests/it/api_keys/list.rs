//! `GET /api/v1/api-keys`.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use mock_qlik_cloud::domain::settings::Edition;
use mock_qlik_cloud::seeds::Seed;
use serde_json::{Value, json};

use super::allow_many_keys;
use crate::support::{Actor, BYSTANDER, Client, EDITIONS, START, TENANT_ID, World};

const PATH: &str = "/api/v1/api-keys";

/// A tenant in which the key holder has some keys more than the seed gives, each a minute younger than the
/// one before. Returns their ids, the oldest first.
async fn with_keys(edition: Edition, names: &[&str]) -> (World, Vec<String>) {
    let world = World::start(edition).await;
    allow_many_keys(&world).await;
    let holder = world.by_key(Actor::KeyHolder);
    let mut ids = vec![Actor::KeyHolder.person().key_id.to_owned()];
    for name in names {
        world.advance(TimeDelta::minutes(1));
        ids.push(world.mint(&holder, name, "").await.id);
    }
    (world, ids)
}

async fn ids(client: &Client, query: &[(&str, &str)]) -> Vec<String> {
    client.get(PATH).query(query).send().await.expect(200).each("id")
}

/// Follows a kind of link from an address to the end. Returns the ids of every page.
async fn walk(client: &Client, from: &str, link: &str) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut next = Some(from.to_owned());
    while let Some(address) = next {
        let page = client.get(&address).send().await.expect(200);
        pages.push(page.each("id"));
        next = page.json["links"][link]["href"].as_str().map(str::to_owned);
    }
    pages
}

#[tokio::test]
async fn a_key_is_shown_with_every_member_and_without_its_token() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let holder = world.by_key(Actor::KeyHolder);
        let list = holder.get(PATH).send().await.expect(200);
        let key = json!({
            "id": Actor::KeyHolder.person().key_id,
            "tenantId": TENANT_ID,
            "description": "Pinned key of the developer",
            "status": "active",
            "sub": Actor::KeyHolder.person().id,
            "subType": "user",
            "createdByUser": Actor::KeyHolder.person().id,
            "created": "2026-03-01T08:00:00.000Z",
            "lastUpdated": "2026-03-01T08:00:00.000Z",
            "expiry": "2027-03-02T08:00:00.000Z",
        });
        let links = json!({ "self": { "href": format!("{}{PATH}", world.url()) } });
        assert_eq!(list.json, json!({ "data": [key], "links": links }));
    }
}

#[tokio::test]
async fn a_tenant_without_keys_has_an_empty_list() {
    let world = World::start_with(Edition::Classic, Seed::shipped("tutorial").unwrap()).await;
    let list = world.sign_in("admin").await.get(PATH).send().await.expect(200);
    assert_eq!(list.json["data"], json!([]));
    assert_eq!(
        list.json["links"].as_object().unwrap().keys().collect::<Vec<_>>(),
        ["self"]
    );
}

#[tokio::test]
async fn an_admin_sees_all_keys_and_anybody_else_the_own_ones() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let all: BTreeSet<_> = (1..=7).filter(|number| *number != 3).map(key_id).collect();
        for admin in [Actor::TenantAdmin, Actor::TenantAdminHoldingKeys] {
            let seen = ids(&world.by_session(admin).await, &[]).await;
            assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), all);
        }
        for actor in [Actor::User, Actor::KeyHolder] {
            assert_eq!(
                ids(&world.by_session(actor).await, &[]).await,
                [actor.person().key_id]
            );
        }
    }
}

fn key_id(number: u32) -> String {
    format!("7d3c1a52-0b1e-4c86-9a57-{number:012}")
}

#[tokio::test]
async fn filters_narrow_the_list_and_work_together() {
    let world = World::start(Edition::Classic).await;
    let admin = world.by_session(Actor::TenantAdminHoldingKeys).await;
    let (admin_id, scim) = (
        Actor::TenantAdminHoldingKeys.person().id,
        Actor::ScimClient.person(),
    );
    let short = world
        .mint(&world.by_key(Actor::KeyHolder), "short", "PT1M")
        .await
        .id;
    admin
        .delete(&format!("{PATH}/{}", BYSTANDER.key_id))
        .send()
        .await
        .expect(204);
    world.advance(TimeDelta::minutes(1));

    let holder = Actor::KeyHolder.person();
    assert_eq!(ids(&admin, &[("sub", BYSTANDER.id)]).await, [BYSTANDER.key_id]);
    assert_eq!(ids(&admin, &[("sub", scim.id)]).await, [scim.key_id]);
    assert_eq!(
        ids(&admin, &[("sub", holder.id), ("sort", "created")]).await,
        [holder.key_id, &short]
    );
    let made_by_admin: BTreeSet<_> = ids(&admin, &[("createdByUser", admin_id)])
        .await
        .into_iter()
        .collect();
    assert_eq!(made_by_admin, BTreeSet::from([key_id(1), scim.key_id.to_owned()]));
    assert_eq!(ids(&admin, &[("status", "expired")]).await, [short.as_str()]);
    assert_eq!(ids(&admin, &[("status", "revoked")]).await, [BYSTANDER.key_id]);
    let active: BTreeSet<_> = ids(&admin, &[("status", "active")]).await.into_iter().collect();
    assert_eq!(active, BTreeSet::from([1, 2, 4, 5, 7].map(key_id)));

    assert_eq!(
        ids(&admin, &[("sub", scim.id), ("createdByUser", admin_id)]).await,
        [scim.key_id]
    );
    assert_eq!(
        ids(&admin, &[("sub", holder.id), ("status", "expired")]).await,
        [short.as_str()]
    );
    assert_eq!(
        ids(&admin, &[("sub", BYSTANDER.id), ("status", "active")]).await,
        [""; 0]
    );
    assert_eq!(ids(&admin, &[("sub", "nobody")]).await, [""; 0]);
    assert_eq!(
        ids(&world.by_key(Actor::KeyHolder), &[("status", "expired")]).await,
        [short]
    );
}

#[tokio::test]
async fn the_youngest_key_comes_first_unless_asked_otherwise() {
    let (world, oldest_first) = with_keys(Edition::Classic, &["b", "a", "c"]).await;
    let holder = world.by_key(Actor::KeyHolder);
    let youngest_first: Vec<_> = oldest_first.iter().rev().cloned().collect();
    assert_eq!(ids(&holder, &[]).await, youngest_first);
    assert_eq!(ids(&holder, &[("sort", "-created")]).await, youngest_first);
    assert_eq!(ids(&holder, &[("sort", "created")]).await, oldest_first);
    assert_eq!(ids(&holder, &[("sort", "+created")]).await, oldest_first);
    // A `+` that was not encoded arrives as a blank.
    let plain = holder
        .get(&format!("{PATH}?sort=+created"))
        .tolerated_beyond_the_contract()
        .send()
        .await;
    assert_eq!(plain.expect(200).each("id"), oldest_first);

    let by_name = holder
        .get(PATH)
        .query(&[("sort", "description")])
        .send()
        .await
        .expect(200);
    assert_eq!(
        by_name.each("description"),
        ["a", "b", "c", "Pinned key of the developer"]
    );
}

#[tokio::test]
async fn every_published_order_is_one() {
    let (world, _) = with_keys(Edition::Classic, &["Beta", "alpha", "beta", "Alpha"]).await;
    let admin = world.by_session(Actor::TenantAdmin).await;
    admin
        .delete(&format!("{PATH}/{}", BYSTANDER.key_id))
        .send()
        .await
        .expect(204);
    world
        .mint(&world.by_key(Actor::KeyHolder), "gone soon", "PT1M")
        .await;
    world.advance(TimeDelta::minutes(1));
    let all = ids(&admin, &[]).await;
    for field in ["createdByUser", "sub", "status", "description", "created"] {
        let asked = async |sort: &str| {
            let page = admin.get(PATH).query(&[("sort", sort)]).send().await.expect(200);
            let same: BTreeSet<_> = page.each("id").into_iter().collect();
            assert_eq!(
                same,
                all.iter().cloned().collect(),
                "{sort} loses or repeats a key"
            );
            // Case does not matter where people have written the text.
            let values: Vec<_> = page
                .each(field)
                .iter()
                .map(|value| value.to_lowercase())
                .collect();
            (page.each("id"), values)
        };
        let (ascending, values) = asked(field).await;
        assert!(values.is_sorted(), "{field}: {values:?}");
        assert_eq!(asked(&format!("+{field}")).await.0, ascending);
        let (mut descending, values) = asked(&format!("-{field}")).await;
        assert!(values.iter().rev().is_sorted(), "-{field}: {values:?}");
        descending.reverse();
        assert_eq!(
            descending, ascending,
            "-{field} is {field} from behind, equal values included"
        );
    }
}

#[tokio::test]
async fn a_page_has_20_keys_unless_asked_otherwise() {
    let names: Vec<_> = (1..=21).map(|number| format!("key {number}")).collect();
    let (world, all) = with_keys(
        Edition::Classic,
        &names.iter().map(String::as_str).collect::<Vec<_>>(),
    )
    .await;
    let holder = world.by_key(Actor::KeyHolder);
    assert_eq!(ids(&holder, &[]).await.len(), 20);
    assert_eq!(ids(&holder, &[("limit", "1")]).await.len(), 1);
    assert_eq!(ids(&holder, &[("limit", "100")]).await.len(), all.len());
    for wrong in ["0", "101", "-1", "1.5", "twenty", "99999999999999999999"] {
        holder
            .get(PATH)
            .query(&[("limit", wrong)])
            .send()
            .await
            .expect_faults(&["limit"]);
    }
}

#[tokio::test]
async fn following_the_links_visits_every_key_once_and_leads_back() {
    for edition in EDITIONS {
        let (world, all) = with_keys(edition, &["e", "d", "c", "b", "a", "A"]).await;
        let holder = world.by_key(Actor::KeyHolder);
        for sort in [
            "created",
            "-created",
            "description",
            "-description",
            "status",
            "-sub",
        ] {
            let whole = ids(&holder, &[("sort", sort)]).await;
            let first = format!("{PATH}?limit=3&sort={sort}");
            let pages = walk(&holder, &first, "next").await;
            assert_eq!(
                pages.iter().map(Vec::len).collect::<Vec<_>>(),
                [3, 3, 1],
                "{sort}"
            );
            assert_eq!(pages.concat(), whole, "{sort}");

            let last = format!("{first}&startingAfter={}", whole[5]);
            let mut back = walk(&holder, &last, "prev").await;
            back.reverse();
            assert_eq!(back.concat(), whole, "{sort} backwards");
        }
        assert_eq!(all.len(), 7);
    }
}

#[tokio::test]
async fn the_cursor_is_the_id_of_a_key_and_free_of_the_page_size() {
    let (world, all) = with_keys(Edition::Classic, &["1", "2", "3", "4", "5"]).await;
    let holder = world.by_key(Actor::KeyHolder);
    let after = |id: &str, limit: &'static str| {
        let id = id.to_owned();
        let holder = holder.clone();
        async move {
            ids(
                &holder,
                &[("sort", "created"), ("limit", limit), ("startingAfter", &id)],
            )
            .await
        }
    };
    assert_eq!(after(&all[0], "2").await, all[1..3]);
    assert_eq!(after(&all[2], "100").await, all[3..]);
    assert_eq!(after(&all[2], "1").await, all[3..4]);
    assert_eq!(after(&all[5], "2").await, [""; 0]);
    let before = |id: &str| {
        let id = id.to_owned();
        let holder = holder.clone();
        async move {
            ids(
                &holder,
                &[("sort", "created"), ("limit", "2"), ("endingBefore", &id)],
            )
            .await
        }
    };
    assert_eq!(
        before(&all[5]).await,
        all[3..5],
        "the two that stand right before it"
    );
    assert_eq!(before(&all[1]).await, all[..1]);
    assert_eq!(before(&all[0]).await, [""; 0]);
}

#[tokio::test]
async fn a_walk_goes_on_while_keys_come_and_go() {
    let (world, all) = with_keys(Edition::Classic, &["1", "2", "3", "4", "5"]).await;
    let (holder, admin) = (
        world.by_key(Actor::KeyHolder),
        world.by_session(Actor::TenantAdmin).await,
    );
    let query = [("sort", "created"), ("limit", "2"), ("status", "active")];
    let first = holder.get(PATH).query(&query).send().await.expect(200);
    assert_eq!(first.each("id"), all[..2]);

    // The key that the cursor names leaves the list by being revoked, another by being deleted.
    admin
        .delete(&format!("{PATH}/{}", all[1]))
        .send()
        .await
        .expect(204);
    holder
        .delete(&format!("{PATH}/{}", all[3]))
        .send()
        .await
        .expect(204);
    world.advance(TimeDelta::minutes(1));
    world.mint(&holder, "6", "").await;
    let second = holder.get(first.str("/links/next/href")).send().await.expect(200);
    assert_eq!(second.each("description"), ["2", "4"]);
    let third = holder
        .get(second.str("/links/next/href"))
        .send()
        .await
        .expect(200);
    assert_eq!(third.each("description"), ["5", "6"]);
    assert_eq!(third.json["links"].get("next"), None);
}

#[tokio::test]
async fn links_are_absolute_and_lead_to_where_the_client_came_from() {
    let (world, _) = with_keys(Edition::Classic, &["1", "2"]).await;
    let holder = world.by_key(Actor::KeyHolder);
    let request = holder
        .get(PATH)
        .query(&[("sort", "+description"), ("limit", "1"), ("status", "active")]);
    let page = request
        .header("host", "my-tenant.example:8080")
        .send()
        .await
        .expect(200);
    let own = "http://my-tenant.example:8080/api/v1/api-keys";
    assert_eq!(
        page.str("/links/self/href"),
        format!("{own}?sort=%2Bdescription&limit=1&status=active")
    );
    // A client takes what stands behind the first `&` for the cursor: so it must not come first.
    let id = page.each("id").remove(0);
    let next = format!("{own}?limit=1&sort=%2Bdescription&status=active&startingAfter={id}");
    assert_eq!(page.str("/links/next/href"), next);
    assert_eq!(
        page.json["links"].get("prev"),
        None,
        "nothing stands before the first page"
    );

    let here = next.replace("http://my-tenant.example:8080", &world.url());
    let second = holder.get(&here).send().await.expect(200);
    let (after, before) = (second.str("/links/next/href"), second.str("/links/prev/href"));
    for (link, cursor) in [(after, "startingAfter"), (before, "endingBefore")] {
        assert!(link.starts_with(&world.url()), "{link}");
        assert_eq!(link.matches(cursor).count(), 1, "{link}");
        assert_eq!(
            link.matches("startingAfter").count() + link.matches("endingBefore").count(),
            1,
            "{link}"
        );
    }
}

#[tokio::test]
async fn a_cursor_that_is_none_is_refused() {
    let world = World::start(Edition::Classic).await;
    let holder = world.by_key(Actor::KeyHolder);
    for name in ["startingAfter", "endingBefore"] {
        // Nonsense, no key of the tenant, and a key that this caller must not see.
        for wrong in [
            "nonsense",
            "1fc531f9-1964-46d6-9267-256e707fac45",
            BYSTANDER.key_id,
        ] {
            holder
                .get(PATH)
                .query(&[(name, wrong)])
                .send()
                .await
                .expect_faults(&[name]);
        }
    }
    let id = Actor::KeyHolder.person().key_id;
    let both = [("startingAfter", id), ("endingBefore", id)];
    holder
        .get(PATH)
        .query(&both)
        .send()
        .await
        .expect_faults(&["endingBefore"]);
}

#[tokio::test]
async fn a_word_that_is_not_published_is_refused() {
    let world = World::start(Edition::Classic).await;
    let holder = world.by_key(Actor::KeyHolder);
    for (name, wrong) in [
        ("status", "frozen"),
        ("status", "Active"),
        ("sort", "expiry"),
        ("sort", "--created"),
        ("sort", "created,sub"),
        ("sort", "Created"),
    ] {
        holder
            .get(PATH)
            .query(&[(name, wrong)])
            .send()
            .await
            .expect_faults(&[name]);
    }
}

#[tokio::test]
async fn unknown_empty_and_repeated_parameters_are_tolerated() {
    let (world, all) = with_keys(Edition::Classic, &["1", "2"]).await;
    let holder = world.by_key(Actor::KeyHolder);
    let path =
        format!("{PATH}?unknown=1&&status=&sub=&limit=1&limit=100&sort=created&sort=-created&startingAfter=");
    let page = holder.get(&path).send().await.expect(200);
    assert_eq!(
        page.each("id"),
        all[..1],
        "of a repeated parameter the first counts"
    );
}

#[tokio::test]
async fn the_status_is_that_of_the_moment() {
    let world = World::start(Edition::Current).await;
    let session = world.by_session(Actor::KeyHolder).await;
    let minted = world.mint(&session, "a quarter of an hour", "PT15M").await;
    let status = async || -> Value {
        let list = session.get(PATH).send().await.expect(200);
        let mut keys = list.json["data"].as_array().unwrap().iter();
        keys.find(|key| key["id"] == minted.id.as_str()).unwrap()["status"].clone()
    };
    assert_eq!(minted.json["created"], START);
    assert_eq!(status().await, "active");
    world.advance(TimeDelta::minutes(15));
    assert_eq!(status().await, "expired");
    world.advance(-TimeDelta::minutes(1));
    assert_eq!(status().await, "active");
}
