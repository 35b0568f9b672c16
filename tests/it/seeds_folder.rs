//! A folder as a seed, and the seed of the working directory.

use std::path::{Path, PathBuf};

use mock_qlik_cloud::domain::settings::Edition;
use mock_qlik_cloud::seeds::{Place, Seed, SeedError};
use mock_qlik_cloud::{Emulator, StartError};
use serde_json::{Value, json};

use crate::program;
use crate::support::World;

fn folder(name: &str, files: &[(&str, Value)]) -> PathBuf {
    let folder = program::folder(name);
    for (name, document) in files {
        std::fs::write(folder.join(name), document.to_string()).unwrap();
    }
    folder
}

fn base() -> Value {
    json!({ "format": 1, "tenant": { "name": "Base", "hostnames": ["base.localhost"] } })
}

fn user(id: &str) -> Value {
    json!({ "id": id, "subject": format!("subject-{id}"), "name": id })
}

async fn refused(folder: &Path) -> SeedError {
    let started = Emulator::builder()
        .seed(Seed::Folder(folder.into()))
        .start()
        .await;
    match started {
        Err(StartError::Seed(error)) => error,
        other => panic!("{other:?}"),
    }
}

/// The name of the file without its folder, the pointer, and the sentence of each fault.
async fn faults(folder: &Path) -> Vec<(String, String, String)> {
    let error = refused(folder).await;
    let faults = error.faults().iter().map(|fault| {
        let Place::Pointer(pointer) = &fault.place else {
            panic!("{fault}")
        };
        let file = fault.file.strip_prefix(&format!("{}", folder.display())).unwrap();
        (
            file.trim_start_matches('/').to_owned(),
            pointer.clone(),
            fault.sentence.clone(),
        )
    });
    faults.collect()
}

async fn places(folder: &Path) -> Vec<(String, String)> {
    let faults = faults(folder).await;
    faults
        .into_iter()
        .map(|(file, pointer, _)| (file, pointer))
        .collect()
}

fn place(file: &str, pointer: &str) -> (String, String) {
    (file.to_owned(), pointer.to_owned())
}

#[tokio::test]
async fn its_files_make_one_tenant_in_the_order_of_their_names() {
    let folder = folder(
        "merged",
        &[
            (
                "20-people.json",
                json!({
                    "$comment": "later",
                    "tenant": { "name": "Later" },
                    "users": [{ "id": "b", "subject": "b", "name": "B", "assignedRoles": ["Keys"] }],
                }),
            ),
            ("10-base.json", {
                let mut base = base();
                base["users"] = json!([user("a")]);
                base["apiKeySettings"] = json!({ "api_keys_enabled": true, "max_keys_per_user": 2 });
                base
            }),
            (
                "30-rest.json",
                json!({
                    "apiKeySettings": { "max_keys_per_user": 3 },
                    "roles": [{ "name": "Keys", "assignedScopes": ["api-keys"] }],
                    "apiKeys": [{ "description": "k", "sub": "b", "token": "t", "expiry": "P1D" }],
                }),
            ),
            // Neither is a part.
            ("mock-qlik-cloud.schema.json", json!({ "type": "object" })),
            (".40-hidden.json", json!([])),
            ("notes.txt", json!("no seed")),
        ],
    );
    std::fs::create_dir(folder.join("50-folder.json")).unwrap();
    let seed: Seed = folder.to_str().unwrap().parse().unwrap();
    assert_eq!(seed, Seed::Folder(folder.clone()));
    let document = seed.document().unwrap();
    assert_eq!(document["users"][0]["id"], "a");
    assert_eq!(document["users"][1]["id"], "b");
    assert_eq!(
        document["tenant"],
        json!({ "name": "Later", "hostnames": ["base.localhost"] })
    );
    assert_eq!(
        document["apiKeySettings"],
        json!({ "api_keys_enabled": true, "max_keys_per_user": 3 })
    );
    let world = World::start_with(Edition::Current, seed).await;
    world
        .with_token("t")
        .get("/api/v1/users/me")
        .send()
        .await
        .expect(301);
}

#[tokio::test]
async fn a_fault_is_said_with_its_file_and_its_place_in_it() {
    let folder = folder(
        "faulty",
        &[
            ("a.json", {
                let mut base = base();
                base["tenant"]["created"] = json!("soon");
                base["tenant"]["status"] = json!("gone");
                base["users"] = json!([user("a"), { "id": "x" }]);
                base
            }),
            (
                "b.json",
                json!({
                    "tenant": { "status": "lost", "region": 7 },
                    "colour": "red",
                    "users": [user("b"), { "id": "c", "subject": "SUBJECT-A", "name": "C", "assignedRoles": ["No"] }],
                }),
            ),
        ],
    );
    let mut found = places(&folder).await;
    found.sort();
    let expected = [
        place("a.json", "/tenant/created"),
        place("a.json", "/users/1/name"),
        place("a.json", "/users/1/subject"),
        place("b.json", "/colour"),
        place("b.json", "/tenant/region"),
        place("b.json", "/tenant/status"),
        place("b.json", "/users/1/assignedRoles/0"),
        place("b.json", "/users/1/subject"),
    ];
    assert_eq!(found, expected);
    // What no file says is said about the folder.
    let folder = self::folder("without", &[("a.json", json!({ "users": [] }))]);
    assert_eq!(
        places(&folder).await,
        [place("", "/format"), place("", "/tenant")]
    );
}

#[tokio::test]
async fn an_id_in_two_files_is_a_fault_that_names_both() {
    let folder = folder(
        "twice",
        &[
            ("a.json", {
                let mut base = base();
                base["users"] = json!([user("a"), user("b")]);
                base
            }),
            ("b.json", json!({ "users": [user("c"), user("b")] })),
        ],
    );
    let found = faults(&folder).await;
    let [(file, pointer, sentence)] = found.as_slice() else {
        panic!("{found:?}")
    };
    assert_eq!((file.as_str(), pointer.as_str()), ("b.json", "/users/1/id"));
    assert!(
        sentence.contains(&format!("{}", folder.join("a.json").display()))
            && sentence.contains("/users/1/id"),
        "{sentence}"
    );
    assert!(Seed::Folder(folder).document().is_err());
    // Twice in one file is no matter of the folder.
    let folder = self::folder(
        "twice-in-one",
        &[
            ("a.json", base()),
            ("b.json", json!({ "users": [user("a"), user("a")] })),
        ],
    );
    assert_eq!(places(&folder).await, [place("b.json", "/users/1/id")]);
}

#[tokio::test]
async fn a_part_in_another_format_is_not_hidden_by_a_later_one() {
    let folder = folder(
        "formats",
        &[
            ("a.json", json!({ "format": 2 })),
            ("b.json", base()),
            ("c.json", json!({ "format": 1 })),
        ],
    );
    let found = places(&folder).await;
    assert!(found.contains(&place("b.json", "/format")), "{found:?}");
}

#[tokio::test]
async fn a_value_in_the_place_of_another_takes_its_place_in_what_is_said() {
    let folder = folder(
        "replaced",
        &[
            ("a.json", base()),
            ("b.json", json!({ "tenant": 7 })),
            (
                "c.json",
                json!({ "tenant": { "name": "", "hostnames": ["c.localhost"] } }),
            ),
        ],
    );
    assert_eq!(places(&folder).await, [place("c.json", "/tenant/name")]);
}

#[tokio::test]
async fn every_file_that_cannot_be_read_is_named() {
    let folder = folder("unreadable", &[("a.json", base()), ("b.json", json!([]))]);
    std::fs::write(folder.join("c.json"), "{\n  \"format\" 1\n}").unwrap();
    std::fs::write(folder.join("d.json"), b"\xFF\xFE{\0}\0").unwrap();
    let error = refused(&folder).await.to_string();
    let lines: Vec<_> = error.lines().collect();
    let name = |file: &str| folder.join(file).display().to_string();
    assert_eq!(
        lines[0],
        format!("{}: /: Must be an object, not an array.", name("b.json"))
    );
    assert_eq!(
        lines[1],
        format!("{}:2:12: is no JSON document: expected `:`", name("c.json"))
    );
    assert!(
        lines[2].starts_with(&format!("{}: is written in UTF-16", name("d.json"))),
        "{error}"
    );
    assert_eq!(lines.len(), 3);

    let empty = program::folder("no-parts");
    let error = refused(&empty).await.to_string();
    assert_eq!(
        error,
        format!("{}: has no file that ends in .json", empty.display())
    );
    std::fs::remove_dir(&empty).unwrap();
    assert!(refused(&empty).await.to_string().contains("cannot be read"));
}

#[tokio::test]
async fn a_large_folder_is_put_together_at_once() {
    let users = |from: usize| -> Vec<_> {
        (from..from + 3000)
            .map(|number| user(&number.to_string()))
            .collect()
    };
    let folder = folder(
        "large",
        &[
            ("a.json", base()),
            ("b.json", json!({ "users": users(0) })),
            ("c.json", json!({ "users": users(10_000) })),
        ],
    );
    let document = Seed::Folder(folder).document().unwrap();
    assert_eq!(document["users"].as_array().map(Vec::len), Some(6000));
}
