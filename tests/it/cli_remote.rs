//! The verbs of the program that steer a running emulator, against a process of its own.

use serde_json::Value;

use crate::program::{self, Outcome, Program};

/// Runs a verb against `server`.
fn verb(server: &Program, arguments: &[&str]) -> Outcome {
    program::run(arguments, &[("MOCK_QLIK_URL", server.url())])
}

/// Runs a verb that has to succeed, and returns what it says.
fn said(server: &Program, arguments: &[&str]) -> String {
    let outcome = verb(server, arguments);
    assert_eq!(outcome.code, Some(0), "{arguments:?}: {}", outcome.stderr);
    outcome.stdout
}

#[test]
fn a_tenant_is_moved_in_time_kept_and_put_back() {
    let server = Program::start(&["--port", "0", "--seed", "ready"], &[]);
    assert_eq!(said(&server, &["wait", "--timeout", "5"]), "Ready.\n");
    said(&server, &["clock", "set", "2030-01-01T00:00:00Z"]);
    assert!(said(&server, &["clock", "freeze"]).starts_with("2030-01-01T00:00:0"));
    said(&server, &["clock", "set", "2030-01-01T00:00:00Z"]);
    assert_eq!(
        said(&server, &["clock", "advance", "P30D"]),
        "2030-01-31T00:00:00.000Z (frozen)\n"
    );
    assert_eq!(
        said(&server, &["clock", "advance", "-P1D"]),
        "2030-01-30T00:00:00.000Z (frozen)\n"
    );

    let saved = said(&server, &["snapshot", "save", "before"]);
    assert_eq!(
        saved,
        "before  saved at 2030-01-30T00:00:00.000Z, 3 users, 2 API keys\n"
    );
    let state = said(&server, &["snapshot", "show", "before"]);
    said(&server, &["reset", "--empty"]);
    let empty: Value = serde_json::from_str(&said(&server, &["seed", "export"])).unwrap();
    assert_eq!(empty["users"], Value::Array(Vec::new()));
    said(&server, &["snapshot", "load", "before"]);
    assert_eq!(said(&server, &["seed", "export"]), state);
    assert_eq!(
        said(&server, &["clock", "show"]),
        "2030-01-30T00:00:00.000Z (frozen)\n"
    );
    assert!(said(&server, &["clock", "resume", "--rate", "60"]).ends_with("(shifted)\n"));

    let file = program::file("state.json", &state);
    let path = file.to_str().unwrap();
    said(&server, &["reset"]);
    said(&server, &["seed", "plant", path]);
    assert_eq!(said(&server, &["seed", "export"]), state);
    said(&server, &["snapshot", "save", "again", "--from", path]);
    said(&server, &["snapshot", "rm", "before"]);
    let list: Value = serde_json::from_str(&said(&server, &["snapshot", "list", "--json"])).unwrap();
    assert_eq!(list["data"].as_array().unwrap().len(), 1);
    assert_eq!(list["data"][0]["name"], "again");
}

#[test]
fn what_goes_wrong_is_said_and_has_its_exit_code() {
    let server = Program::start(&["--port", "0", "--control-token", "sesame"], &[]);
    let refused = verb(&server, &["reset"]);
    assert_eq!(refused.code, Some(1));
    assert!(
        refused.stderr.contains("mock-control-token"),
        "{}",
        refused.stderr
    );
    assert_eq!(
        verb(&server, &["reset", "--control-token", "sesame"]).code,
        Some(0)
    );
    assert!(!refused.stderr.contains("sesame"));

    let server = Program::start(&["--port", "0"], &[]);
    let wrong = verb(&server, &["clock", "advance", "7d"]);
    assert_eq!(wrong.code, Some(1));
    assert!(wrong.stderr.contains("/advance: "), "{}", wrong.stderr);
    let missing = verb(&server, &["snapshot", "load", "nothing"]);
    assert_eq!(
        (missing.code, missing.stderr.contains("no snapshot")),
        (Some(1), true)
    );
    let no_file = verb(&server, &["seed", "plant", "no-such-file.json"]);
    assert_eq!(
        (no_file.code, no_file.stderr.contains("no-such-file.json")),
        (Some(2), true)
    );
    let nobody = program::run(&["reset", "--url", "http://127.0.0.1:9"], &[]);
    assert_eq!(nobody.code, Some(1));
    assert!(nobody.stderr.contains("--url"), "{}", nobody.stderr);
}
