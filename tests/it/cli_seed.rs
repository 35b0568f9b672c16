//! The verbs about seeds, most of which need no emulator, and the seed that is at hand.

use std::fs;
use std::path::Path;

use mock_qlik_cloud::domain::seed;
use mock_qlik_cloud::seeds::Shipped;
use serde_json::{Value, json};

use crate::program::{self, Outcome, Program};

const BAD: &str = r#"{ "format": 1, "tenant": { "name": "", "hostnames": ["a"] }, "x": 1 }"#;

#[track_caller]
fn good(outcome: Outcome) -> String {
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    outcome.stdout
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn check_says_what_a_good_seed_holds() {
    assert_eq!(
        good(program::run(&["seed", "check", "ready"], &[])),
        "ready: good. Edition classic; users: 3, API keys: 2, custom roles: 0.\n"
    );
    let checked = program::run(&["seed", "check", "ready", "--edition", "current", "--json"], &[]);
    let expected = json!({
        "seed": "ready",
        "good": true,
        "faults": [],
        "edition": "current",
        "users": 3,
        "apiKeys": 2,
        "customRoles": 1,
    });
    assert_eq!(parsed(&good(checked)), expected);
    for (name, _) in Shipped::NAMES {
        for edition in ["classic", "current"] {
            good(program::run(&["seed", "check", name, "--edition", edition], &[]));
        }
    }
}

#[test]
fn check_names_every_fault_a_line_each() {
    let folder = program::folder("check");
    fs::write(folder.join("bad.json"), BAD).unwrap();
    let outcome = program::run_in(&folder, &["seed", "check", "bad.json"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(2), ""));
    let lines: Vec<_> = outcome
        .stderr
        .lines()
        .filter(|line| line.starts_with("bad.json: "))
        .collect();
    assert_eq!(lines.len(), 2, "{}", outcome.stderr);
    assert!(lines[0].starts_with("bad.json: /tenant/name: "), "{lines:?}");
    assert!(lines[1].starts_with("bad.json: /x: "), "{lines:?}");

    fs::write(folder.join("torn.json"), "{\n  \"format\": 1,\n").unwrap();
    let outcome = program::run_in(&folder, &["seed", "check", "torn.json", "--json"]);
    assert_eq!(outcome.code, Some(2));
    let said = parsed(&outcome.stdout);
    assert_eq!(
        (&said["good"], &said["faults"][0]["file"]),
        (&json!(false), &json!("torn.json"))
    );
    assert_eq!(said["faults"][0]["line"], 3);

    // Both at once, as the parts of one seed.
    let outcome = program::run_in(&folder, &["seed", "check", "."]);
    assert_eq!(outcome.code, Some(2));
    assert!(outcome.stderr.contains("torn.json:3:"), "{}", outcome.stderr);
    fs::remove_file(folder.join("torn.json")).unwrap();
    let said = parsed(&program::run_in(&folder, &["seed", "check", ".", "--json"]).stdout);
    let expected = (&json!("./bad.json"), &json!("/tenant/name"));
    assert_eq!(
        (&said["faults"][0]["file"], &said["faults"][0]["pointer"]),
        expected
    );

    let outcome = program::run(&["seed", "check", "nowhere"], &[]);
    assert_eq!(outcome.code, Some(2));
    assert!(outcome.stderr.contains("near-limit"), "{}", outcome.stderr);
}

#[test]
fn a_seed_that_begins_with_a_byte_order_mark_is_read() {
    let seed = include_str!("../../fixtures/seeds/empty.json");
    let file = program::file("marked.json", &format!("\u{FEFF}{seed}"));
    good(program::run(&["seed", "check", file.to_str().unwrap()], &[]));
}

#[test]
fn init_begins_a_seed_that_is_good() {
    let folder = program::folder("init");
    let said = good(program::run_in(&folder, &["seed", "init"]));
    assert!(
        said.contains("mock-qlik-cloud.json") && said.contains("mock-qlik-cloud.schema.json"),
        "{said}"
    );
    let text = fs::read_to_string(folder.join("mock-qlik-cloud.json")).unwrap();
    assert!(
        text.starts_with("{\n  \"$schema\": \"./mock-qlik-cloud.schema.json\",\n  \"$comment\": "),
        "{text}"
    );
    let schema = parsed(&fs::read_to_string(folder.join("mock-qlik-cloud.schema.json")).unwrap());
    assert_eq!(schema, seed::schema());
    assert!(jsonschema::draft202012::is_valid(&schema, &parsed(&text)));
    for edition in ["classic", "current"] {
        // It is at hand, as a file and as a folder, in which the schema is no part.
        let checked = good(program::run_in(&folder, &["seed", "check", "--edition", edition]));
        assert!(checked.starts_with("mock-qlik-cloud.json: good"), "{checked}");
        good(program::run_in(
            &folder,
            &["seed", "check", ".", "--edition", edition],
        ));
    }
    // Written again it says the same; changed, it is kept.
    good(program::run_in(&folder, &["seed", "init"]));
    let refused = program::run_in(&folder, &["seed", "init", "--from", "ready"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("--force"), "{}", refused.stderr);
    assert_eq!(
        fs::read_to_string(folder.join("mock-qlik-cloud.json")).unwrap(),
        text
    );
    good(program::run_in(
        &folder,
        &["seed", "init", "--from", "ready", "--force"],
    ));
    let ready = parsed(&fs::read_to_string(folder.join("mock-qlik-cloud.json")).unwrap());
    assert_eq!(ready["users"][1]["subject"], "developer");
    fs::write(folder.join("mock-qlik-cloud.schema.json"), "{}").unwrap();
    let refused = program::run_in(&folder, &["seed", "init", "another.json"]);
    assert_eq!(refused.code, Some(2));
    assert!(!folder.join("another.json").exists(), "half of it is written");
    let refused = program::run_in(&folder, &["seed", "init", "no/such/folder.json"]);
    assert_eq!(refused.code, Some(2));
}

#[test]
fn init_begins_with_any_shipped_seed() {
    let folder = program::folder("init-from");
    for (name, shipped) in Shipped::NAMES {
        let file = format!("{name}.json");
        let said = good(program::run_in(
            &folder,
            &["seed", "init", &file, "--from", name, "--json"],
        ));
        let files = json!({ "files": [&file, "mock-qlik-cloud.schema.json"] });
        assert_eq!(parsed(&said), files);
        let mut written = parsed(&fs::read_to_string(folder.join(&file)).unwrap());
        assert_eq!(written["$schema"], "./mock-qlik-cloud.schema.json");
        let mut document = shipped.document().unwrap();
        for seed in [&mut written, &mut document] {
            seed.as_object_mut().unwrap().remove("$schema");
        }
        assert_eq!(written, document, "{name}");
    }
    let printed = good(program::run_in(
        &folder,
        &["seed", "init", "-", "--from", "tutorial"],
    ));
    assert_eq!(
        parsed(&printed),
        parsed(&fs::read_to_string(folder.join("tutorial.json")).unwrap())
    );
    assert!(!Path::new(&folder.join("-")).exists());
    let unknown = program::run_in(&folder, &["seed", "init", "-", "--from", "nothing"]);
    assert_eq!(unknown.code, Some(2));
    assert!(unknown.stderr.contains("near-limit"), "{}", unknown.stderr);
}

#[test]
fn plant_takes_what_serve_takes_and_checks_it_first() {
    let server = Program::start(&["--port", "0"], &[]);
    let on = |arguments: &[&str]| program::run(arguments, &[("MOCK_QLIK_URL", server.url())]);
    good(on(&["seed", "plant", "near-limit"]));
    let state = parsed(&good(on(&["seed", "export"])));
    assert_eq!(state["apiKeys"].as_array().map(Vec::len), Some(5));

    let folder = program::folder("plant");
    fs::write(
        folder.join("a.json"),
        r#"{ "format": 1, "tenant": { "name": "A", "hostnames": ["a"] } }"#,
    )
    .unwrap();
    fs::write(
        folder.join("b.json"),
        r#"{ "users": [{ "subject": "b", "name": "B" }] }"#,
    )
    .unwrap();
    let path = folder.to_str().unwrap();
    good(on(&["seed", "plant", path]));
    let state = parsed(&good(on(&["seed", "export"])));
    assert_eq!(
        (&state["tenant"]["name"], &state["users"][0]["name"]),
        (&json!("A"), &json!("B"))
    );

    fs::write(folder.join("b.json"), r#"{ "users": [{ "subject": "c" }] }"#).unwrap();
    let refused = on(&["seed", "plant", path]);
    assert_eq!(refused.code, Some(2));
    assert!(
        refused.stderr.contains("b.json: /users/0/name: "),
        "{}",
        refused.stderr
    );
    assert_eq!(parsed(&good(on(&["seed", "export"]))), state);
}

#[test]
fn the_seed_of_the_working_directory_is_at_hand() {
    let folder = program::folder("at-hand");
    let seed = r#"{ "format": 1, "tenant": { "name": "At hand", "hostnames": ["a"] } }"#;
    fs::write(folder.join("mock-qlik-cloud.json"), seed).unwrap();
    let summary = |arguments: &[&str], variables: &[(&str, &str)]| {
        let server = Program::start_in(&folder, &[&["--port", "0"], arguments].concat(), variables);
        server.stop().stderr
    };
    let found = summary(&[], &[]);
    assert!(
        found.contains("mock-qlik-cloud.json, found in the working directory"),
        "{found}"
    );
    assert!(found.contains("At hand"), "{found}");
    let found = summary(&["--log-format", "json"], &[]);
    assert!(found.contains(r#""seed":"mock-qlik-cloud.json""#), "{found}");
    for (arguments, variables) in [
        (vec!["--seed", "ready"], vec![]),
        (vec![], vec![("MOCK_QLIK_SEED", "ready")]),
    ] {
        let found = summary(&arguments, &variables);
        assert!(!found.contains("At hand") && found.contains("ready"), "{found}");
    }
    fs::write(folder.join("mock-qlik-cloud.json"), BAD).unwrap();
    let refused = program::run_in(&folder, &["--port", "0"]);
    assert_eq!(refused.code, Some(2));
    assert!(
        refused.stderr.contains("mock-qlik-cloud.json: /tenant/name: "),
        "{}",
        refused.stderr
    );
}
