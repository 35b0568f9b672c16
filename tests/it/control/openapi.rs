//! `/_mock/openapi.json`: the description of the control API is complete, true, and its examples hold.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use mock_qlik_cloud::domain::settings::Edition;
use reqwest::Method;
use serde_json::Value;

use super::control;
use crate::support::{ControlApi, World};

/// A method and a path, as documents name a request.
type Route = (String, String);

const METHODS: [&str; 5] = ["get", "put", "post", "patch", "delete"];

fn read(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap()
}

/// Every route of the page on which all of them stand.
fn routes() -> BTreeSet<Route> {
    let page = read("src/control/mod.rs");
    let get = |path: &str| ("GET".to_owned(), path.to_owned());
    // Open to everybody, and so not on the page.
    let mut routes = BTreeSet::from([get("/_mock/ca.pem"), get("/_mock/health")]);
    for route in page.split(".route(").skip(1) {
        let mut parts = route.splitn(3, '"');
        let (path, rest) = (parts.nth(1).unwrap(), parts.next().unwrap());
        let words = rest.split(|letter: char| !letter.is_alphanumeric() && letter != '(');
        let methods = words.filter_map(|word| {
            METHODS
                .into_iter()
                .find(|name| word.starts_with(&format!("{name}(")))
        });
        routes.extend(methods.map(|method| (method.to_uppercase(), path.to_owned())));
    }
    routes
}

fn documented() -> BTreeSet<Route> {
    ControlApi::load()
        .operations()
        .map(|(method, path, _)| (method, path.to_owned()))
        .collect()
}

/// The requests of all `curl` lines of a document.
fn curl_lines(document: &str) -> Vec<Route> {
    let text = document.replace("\\\n", " ");
    let lines = text.lines().filter_map(|line| line.strip_prefix("$ curl "));
    lines
        .map(|line| {
            let words: Vec<_> = line.split_whitespace().collect();
            let method = words.windows(2).find(|pair| pair[0] == "-X").map(|pair| pair[1]);
            let sends = words.contains(&"-d") || words.contains(&"--data");
            let method = method.unwrap_or(if sends { "POST" } else { "GET" });
            let address = words.iter().find(|word| word.contains("localhost:7545")).unwrap();
            let path = address.trim_matches('\'').split_once("localhost:7545").unwrap().1;
            (method.to_owned(), path.split('?').next().unwrap().to_owned())
        })
        .collect()
}

#[test]
fn every_route_is_documented_and_nothing_else() {
    let routes = routes();
    assert!(routes.len() > 30, "only {} routes were found", routes.len());
    assert_eq!(routes, documented());
}

#[test]
fn every_operation_has_a_curl_line_in_the_documentation() {
    let api = ControlApi::load();
    let shown: BTreeSet<Route> = curl_lines(&read("docs/CONTROL.md"))
        .into_iter()
        .filter_map(|(method, path)| Some((method, api.template(&path)?.to_owned())))
        .collect();
    let missing: Vec<_> = documented().difference(&shown).cloned().collect();
    assert!(
        missing.is_empty(),
        "docs/CONTROL.md has no curl line for {missing:?}"
    );
}

#[test]
fn every_operation_has_a_name_of_its_own_and_words() {
    let mut names = BTreeSet::new();
    for (method, path, operation) in ControlApi::load().operations() {
        let text = |member: &str| operation[member].as_str().unwrap_or_default();
        assert!(names.insert(text("operationId").to_owned()), "{method} {path}");
        assert!(
            !text("operationId").is_empty() && !text("summary").is_empty(),
            "{method} {path}"
        );
        assert_eq!(
            operation["tags"].as_array().map(Vec::len),
            Some(1),
            "{method} {path}"
        );
    }
}

#[test]
fn examples_are_valid_and_the_version_is_that_of_the_program() {
    assert_eq!(ControlApi::load().wrong_examples(), [""; 0]);
    let document: Value = serde_json::from_str(&read("docs/control.openapi.json")).unwrap();
    assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
}

#[tokio::test]
async fn the_emulator_hands_the_document_out() {
    let world = World::start(Edition::Current).await;
    let answer = control(&world, Method::GET, "/openapi.json", None)
        .await
        .expect(200);
    let [handed_out, written]: [Value; 2] =
        [answer.text, read("docs/control.openapi.json")].map(|text| serde_json::from_str(&text).unwrap());
    assert_eq!(handed_out, written);
}
