//! The verbs of the program that steer a running emulator, against a process of its own.

use serde_json::{Value, json};

use crate::program::{self, Outcome, Program};
use crate::support::prepare_clients;

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

#[test]
fn requests_are_made_to_fail_and_counted() {
    let server = Program::start(&["--port", "0", "--seed", "ready"], &[]);
    let add = ["fault", "add", "createApiKey", "--status", "503", "--times", "2"];
    assert_eq!(
        said(&server, &add),
        "fault-1  active  createApiKey: 503, 0 hits of 2\n"
    );
    let path = [
        "fault",
        "add",
        "--path",
        "/api/v1/users/*",
        "--latency",
        "PT0.001S..PT0.002S",
        "--ttl",
        "PT1M",
        "--probability",
        "0.5",
        "--json",
    ];
    let added: Value = serde_json::from_str(&said(&server, &path)).unwrap();
    assert_eq!(added["latency"]["to"], "PT0.002S");
    assert_eq!((&added["state"], &added["hits"]), (&"active".into(), &0.into()));

    let token = said(&server, &["token", "developer"]);
    for _ in 0..3 {
        create_key(&server, token.trim());
    }
    let list = said(&server, &["fault", "list"]);
    assert!(
        list.starts_with("fault-1  spent  createApiKey: 503, 2 hits of 2\n"),
        "{list}"
    );
    said(&server, &["fault", "rm", "fault-2"]);
    said(&server, &["fault", "clear"]);
    assert_eq!(said(&server, &["fault", "list"]), "");

    // What it was asked: newest last, filtered, as an archive, forgotten.
    let refused = said(
        &server,
        &["requests", "--operation", "createApiKey", "--status", "5xx"],
    );
    assert_eq!(refused.lines().count(), 2, "{refused}");
    assert!(
        refused
            .lines()
            .all(|line| line.contains("POST /api/v1/api-keys  503")),
        "{refused}"
    );
    let newest: Value =
        serde_json::from_str(&said(&server, &["requests", "--limit", "1", "--json"])).unwrap();
    assert_eq!(newest["data"][0]["status"], 201);
    let archive: Value = serde_json::from_str(&said(&server, &["requests", "--har"])).unwrap();
    assert_eq!(archive["log"]["entries"].as_array().unwrap().len(), 3);
    said(&server, &["requests", "--clear"]);
    assert_eq!(said(&server, &["requests"]), "");
}

#[test]
fn requests_are_followed_until_the_emulator_stops() {
    let server = Program::start(&["--port", "0", "--seed", "ready"], &[]);
    let token = said(&server, &["token", "developer"]);
    create_key(&server, token.trim());
    let (mut lines, mut follower) = program::follow(
        &["requests", "--follow", "--since", "0", "--json"],
        &[("MOCK_QLIK_URL", server.url())],
    );
    let mut sequence = || serde_json::from_str::<Value>(&lines.next().unwrap()).unwrap()["sequence"].clone();
    assert_eq!(sequence(), 1, "what there was before");
    create_key(&server, token.trim());
    assert_eq!(sequence(), 2, "what has come");
    drop(server);
    assert!(lines.next().is_none());
    follower.wait().unwrap();
}

#[test]
fn a_tenant_of_one_s_own_is_created_used_and_deleted() {
    let server = Program::start(&["--port", "0", "--seed", "tutorial"], &[]);
    let created = said(&server, &["tenant", "create", "alpha"]);
    let lines: Vec<_> = created.lines().collect();
    assert!(
        lines[0].starts_with("alpha  http://alpha.localhost:"),
        "{created}"
    );
    assert!(lines[1].starts_with("admin  admin@example.com  eyJ"), "{created}");
    assert!(
        lines[2].starts_with("developer  developer@example.com  eyJ"),
        "{created}"
    );
    let seeded = [
        "tenant",
        "create",
        "beta",
        "--seed",
        "empty",
        "--edition",
        "current",
        "--json",
    ];
    let seeded: Value = serde_json::from_str(&said(&server, &seeded)).unwrap();
    assert_eq!(
        (&seeded["edition"], &seeded["admin"]),
        (&"current".into(), &Value::Null)
    );

    said(&server, &["clock", "freeze", "--tenant", "alpha"]);
    assert!(said(&server, &["clock", "show", "--tenant", "alpha"]).ends_with("(frozen)\n"));
    assert!(said(&server, &["clock", "show"]).ends_with("(system)\n"));
    let nowhere = verb(&server, &["clock", "show", "--tenant", "gamma"]);
    assert_eq!(nowhere.code, Some(1));
    assert!(nowhere.stderr.contains("tenant: "), "{}", nowhere.stderr);

    said(&server, &["reset", "--all"]);
    assert!(said(&server, &["clock", "show", "--tenant", "alpha"]).ends_with("(system)\n"));
    said(&server, &["tenant", "rm", "alpha"]);
    said(&server, &["tenant", "rm", "--all"]);
    let left = said(&server, &["tenant", "list"]);
    assert_eq!(left.lines().count(), 1, "{left}");
    assert_eq!(verb(&server, &["tenant", "rm"]).code, Some(2));
}

#[test]
fn a_shell_is_told_of_the_emulator_in_its_own_grammar() {
    let server = Program::start(&["--port", "0", "--seed", "ready"], &[]);
    let id = "Mq7545_example_tenant_0000000001";
    let sh = said(&server, &["env"]);
    assert!(
        sh.contains(&format!("export MOCK_QLIK_URL='{}'\n", server.url())),
        "{sh}"
    );
    assert!(sh.contains(&format!("export QLIK_TENANT_ID='{id}'\n")), "{sh}");
    assert!(!sh.contains("QLIK_API_KEY"), "{sh}");
    assert!(said(&server, &["env", "--shell", "fish"]).contains(&format!("set -gx QLIK_TENANT_ID '{id}'")));
    assert!(
        said(&server, &["env", "--shell", "powershell"]).contains(&format!("$env:QLIK_TENANT_ID = '{id}'"))
    );
    said(&server, &["tenant", "create", "alpha"]);
    let alpha = [
        "env",
        "--tenant",
        "alpha",
        "--user",
        "developer@example.com",
        "--json",
    ];
    let alpha: Value = serde_json::from_str(&said(&server, &alpha)).unwrap();
    assert_eq!(alpha["MOCK_QLIK_TENANT"], "alpha");
    assert!(
        alpha["QLIK_TENANT_HOST"]
            .as_str()
            .unwrap()
            .starts_with("alpha.localhost:")
    );
    // The key itself says which tenant it is of.
    create_key(&server, alpha["QLIK_API_KEY"].as_str().unwrap());
    assert_eq!(
        said(&server, &["requests"]),
        "",
        "nothing came to the default tenant"
    );
    assert!(said(&server, &["requests", "--tenant", "alpha"]).contains("201"));
}

#[test]
fn a_credential_for_anybody_is_printed_and_nothing_else() {
    let server = Program::start(&["--port", "0", "--seed", "ready"], &[]);
    let day = ["token", "developer", "--expiry", "P1D", "--json"];
    let key: Value = serde_json::from_str(&said(&server, &day)).unwrap();
    create_key(&server, key["token"].as_str().unwrap());
    said(&server, &["clock", "advance", "P1DT1S"]);
    let refused = said(&server, &["requests", "--json"]);
    assert!(!refused.contains(key["token"].as_str().unwrap()));
    let session = said(&server, &["token", "viewer", "--session"]);
    let lines: Vec<_> = session.lines().collect();
    assert!(lines[0].starts_with("cookie: eas.sid=") && lines[1].starts_with("qlik-csrf-token: "));
    let nobody = verb(&server, &["token", "nobody"]);
    assert_eq!((nobody.code, nobody.stdout.as_str()), (Some(1), ""));
    assert!(nobody.stderr.contains("/user: "), "{}", nobody.stderr);
    assert_eq!(
        verb(&server, &["token", "viewer", "--expiry", "1d"]).code,
        Some(2)
    );
}

#[test]
fn the_doctor_says_what_is_wrong_and_what_to_do() {
    let server = Program::start(&["--port", "0", "--seed", "empty"], &[]);
    said(&server, &["clock", "set", "2040-01-01T00:00:00Z"]);
    let examined = verb(&server, &["doctor", "--json"]);
    assert_eq!(examined.code, Some(0), "{}", examined.stdout);
    let document: Value = serde_json::from_str(&examined.stdout).unwrap();
    let verdict = |check: &str| {
        let findings = document["findings"].as_array().unwrap();
        let finding = findings.iter().find(|finding| finding["check"] == check);
        finding.unwrap_or_else(|| panic!("{check} was not looked at"))["verdict"].clone()
    };
    for (check, expected) in [
        ("running", "ok"),
        ("version", "ok"),
        ("control", "ok"),
        ("seed", "warn"),
        ("clock", "warn"),
    ] {
        assert_eq!(verdict(check), expected, "{check}");
    }
    let proxied = [
        ("MOCK_QLIK_URL", server.url()),
        ("http_proxy", "http://proxy.example:3128"),
        ("NO_PROXY", ""),
        ("no_proxy", ""),
    ];
    let proxied = program::run(&["doctor"], &proxied);
    assert!(
        proxied.stdout.contains("NO_PROXY=localhost,127.0.0.1"),
        "{}",
        proxied.stdout
    );

    let locked = Program::start(&["--port", "0", "--control-token", "sesame"], &[]);
    let locked = verb(&locked, &["doctor"]);
    assert_eq!(locked.code, Some(1));
    assert!(locked.stdout.contains("--control-token"), "{}", locked.stdout);
    let nobody = program::run(&["doctor", "--url", "http://127.0.0.1:9"], &[]);
    assert_eq!(nobody.code, Some(1));
    assert!(nobody.stdout.contains("fail  running"), "{}", nobody.stdout);
    let no_address = program::run(&["doctor", "--url", "nowhere"], &[]);
    assert_eq!(no_address.code, Some(2));
}

#[test]
fn what_was_touched_is_counted() {
    let server = Program::start(&["--port", "0", "--seed", "ready"], &[]);
    let token = said(&server, &["token", "developer"]);
    create_key(&server, token.trim());
    let sums = said(&server, &["coverage"]);
    assert!(sums.contains(" 1 touched by 1 requests"), "{sums}");
    assert!(sums.contains("\napi-keys  1 of "), "{sums}");
    let touched = said(&server, &["coverage", "--list", "touched"]);
    assert!(
        touched.contains("createApiKey  POST /api/v1/api-keys  2xx: 1"),
        "{touched}"
    );
    said(&server, &["coverage", "--clear"]);
    let cleared: Value = serde_json::from_str(&said(&server, &["coverage", "--json"])).unwrap();
    assert_eq!(cleared["touched"], 0);
}

#[test]
fn shells_learn_every_verb() {
    for shell in ["bash", "fish", "zsh", "powershell", "elvish"] {
        let script = program::run(&["completions", shell], &[]);
        assert_eq!(script.code, Some(0));
        for word in ["doctor", "snapshot", "control-token"] {
            assert!(
                script.stdout.contains(word),
                "{word} is not in the script for {shell}"
            );
        }
    }
}

/// Creates a key over REST, whatever is answered.
fn create_key(server: &Program, token: &str) {
    let send = async {
        prepare_clients();
        let request = reqwest::Client::new().post(format!("{}/api/v1/api-keys", server.url()));
        let request = request.bearer_auth(token).json(&json!({ "description": "CI" }));
        request.send().await.unwrap();
    };
    tokio::runtime::Runtime::new().unwrap().block_on(send);
}
