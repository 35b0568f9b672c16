//! The flags about TLS, the verb `ca`, and the verbs that steer an emulator over https.

use std::fs;

use serde_json::Value;

use super::files::Own;
use super::{folder, trusting};
use crate::program::{self, Program};

#[tokio::test]
async fn flags_and_variables_say_how_tls_is_spoken() {
    let folder = folder("program");
    let path = folder.display().to_string();
    let by_variable = [
        ("MOCK_QLIK_TLS", "only"),
        ("MOCK_QLIK_TLS_DIR", path.as_str()),
        ("MOCK_QLIK_TLS_NAME", "tenant.example,*.eu.qlikcloud.com"),
    ];
    let by_flag = [
        "--tls",
        "only",
        "--tls-dir",
        &path,
        "--tls-name",
        "tenant.example",
        "--tls-name=*.eu.qlikcloud.com",
    ];
    let twins = [(vec![], by_variable.to_vec()), (by_flag.to_vec(), vec![])];
    for (flags, variables) in twins {
        let server = Program::start(&[vec!["--port", "0"], flags].concat(), &variables);
        assert!(server.url().starts_with("https://127.0.0.1:"), "{}", server.url());
        let (_, port) = server.url().rsplit_once(':').unwrap();
        let pem = fs::read_to_string(folder.join("ca.pem")).unwrap();
        let address = format!("127.0.0.1:{port}").parse().unwrap();
        for name in ["tenant.example", "acme.eu.qlikcloud.com"] {
            let client = trusting(&pem).resolve(name, address).build().unwrap();
            let answer = client.get(format!("https://{name}:{port}/health")).send().await;
            assert_eq!(answer.unwrap().status(), 200);
        }
        let probe = program::run(&["healthcheck", "--port", port], &[]);
        assert_eq!(probe.code, Some(0), "{}", probe.stderr);
    }

    let own = Own::make(&folder.join("own"));
    let (certificate, key) = (
        own.certificate.display().to_string(),
        own.key.display().to_string(),
    );
    let variables = [
        ("MOCK_QLIK_TLS_CERT", certificate.as_str()),
        ("MOCK_QLIK_TLS_KEY", key.as_str()),
    ];
    let flags = ["--tls-cert", &certificate, "--tls-key", &key];
    let twins = [(vec![], variables.to_vec()), (flags.to_vec(), vec![])];
    for (flags, variables) in twins {
        let server = Program::start(&[vec!["--port", "0"], flags].concat(), &variables);
        let https = server.url().replace("http:", "https:");
        let client = trusting(&own.authority).build().unwrap();
        let answer = client.get(format!("{https}/health")).send().await;
        assert_eq!(answer.unwrap().status(), 200);
        // Nobody answers the good-bye of HTTP/2 while this thread waits.
        drop(client);
        tokio::task::yield_now().await;
        let summary = server.stop().stderr;
        assert!(summary.contains("a certificate of yours"), "{summary}");
    }
    // A flag wins over its variable.
    let server = Program::start(&["--port", "0", "--tls", "off"], &[("MOCK_QLIK_TLS", "only")]);
    assert!(server.url().starts_with("http:"));
    let summary = server.stop().stderr;
    assert!(summary.contains("https    off"), "{summary}");
}

#[test]
fn flags_that_do_not_go_together_are_exit_code_2() {
    for flags in [
        vec!["--tls-cert", "a.pem"],
        vec!["--tls-key", "a.pem"],
        vec!["--tls-cert", "a.pem", "--tls-key", "b.pem", "--tls-dir", "c"],
        vec!["--tls-cert", "a.pem", "--tls-key", "b.pem", "--tls-name", "c"],
        // Files that are not there.
        vec!["--tls-cert", "a.pem", "--tls-key", "b.pem"],
        vec!["--tls-dir", "/dev/null/folder"],
    ] {
        let outcome = program::run(&[vec!["--port", "0"], flags.clone()].concat(), &[]);
        assert_eq!(
            (outcome.code, outcome.stdout.as_str()),
            (Some(2), ""),
            "{flags:?}"
        );
        assert!(outcome.stderr.contains("--tls"), "{}", outcome.stderr);
    }
}

#[test]
fn the_verb_prints_the_certificate_or_writes_it_and_says_who_wants_to_know() {
    let server = Program::start(&["--port", "0", "--control-token", "sesame"], &[]);
    let said = |arguments: &[&str]| {
        let outcome = program::run(arguments, &[("MOCK_QLIK_URL", server.url())]);
        assert_eq!(outcome.code, Some(0), "{arguments:?}: {}", outcome.stderr);
        outcome.stdout
    };
    let pem = said(&["ca"]);
    assert!(
        pem.starts_with("-----BEGIN CERTIFICATE-----\n") && pem.ends_with("-----END CERTIFICATE-----\n"),
        "{pem}"
    );
    let folder = folder("it's a folder");
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("ca.pem");
    let path = file.display().to_string();
    let exports = said(&["ca", "--out", &path]);
    assert_eq!(fs::read_to_string(&file).unwrap(), pem);
    let quoted = path.replace('\'', r"'\''");
    for name in [
        "CURL_CA_BUNDLE",
        "MOCK_QLIK_CA",
        "NODE_EXTRA_CA_CERTS",
        "REQUESTS_CA_BUNDLE",
        "SSL_CERT_FILE",
    ] {
        let line = format!("export {name}='{quoted}'");
        assert!(exports.lines().any(|other| other == line), "{line}: {exports}");
    }
    let document: Value = serde_json::from_str(&said(&["ca", "--out", &path, "--json"])).unwrap();
    assert_eq!(document["pem"], pem);
    assert_eq!(document["variables"]["NODE_EXTRA_CA_CERTS"], path);

    let unwritable = program::run(
        &["ca", "--out", "/dev/null/ca.pem"],
        &[("MOCK_QLIK_URL", server.url())],
    );
    assert_eq!(unwritable.code, Some(2));
    let server = Program::start(&["--port", "0", "--tls", "off"], &[]);
    let none = program::run(&["ca"], &[("MOCK_QLIK_URL", server.url())]);
    assert_eq!(none.code, Some(1));
    assert!(none.stderr.contains("--tls"), "{}", none.stderr);
}

#[test]
fn the_verbs_go_over_https_with_what_they_are_to_trust() {
    let folder = folder("verbs");
    let path = folder.display().to_string();
    let server = Program::start(&["--port", "0", "--tls", "only", "--tls-dir", &path], &[]);
    let plain = server.url().replace("https:", "http:");
    let file = folder.join("ca.pem").display().to_string();
    // What is not trusted yet is fetched over plain http.
    let pem = program::run(&["ca", "--url", &plain], &[]);
    assert_eq!(
        (pem.code, pem.stdout),
        (Some(0), fs::read_to_string(&file).unwrap())
    );

    let by_flag = program::run(&["clock", "freeze", "--url", server.url(), "--ca", &file], &[]);
    assert_eq!(by_flag.code, Some(0), "{}", by_flag.stderr);
    let variables = [("MOCK_QLIK_URL", server.url()), ("MOCK_QLIK_CA", file.as_str())];
    let by_variable = program::run(&["clock", "show"], &variables);
    assert!(
        by_variable.stdout.ends_with("(frozen)\n"),
        "{}",
        by_variable.stderr
    );

    let untrusted = program::run(&["clock", "show", "--url", server.url()], &[]);
    assert_eq!(untrusted.code, Some(1));
    assert!(untrusted.stderr.contains("--ca"), "{}", untrusted.stderr);
    let refused = program::run(&["clock", "show", "--url", &plain], &[]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("https://"), "{}", refused.stderr);
    let nothing = program::file("no-certificate.pem", "");
    let nothing = nothing.display().to_string();
    for (url, ca) in [
        (server.url(), nothing.as_str()),
        (server.url(), "nowhere.pem"),
        ("ftp://localhost", file.as_str()),
        ("localhost:7545", file.as_str()),
    ] {
        let outcome = program::run(&["clock", "show", "--url", url, "--ca", ca], &[]);
        assert_eq!(outcome.code, Some(2), "{url} {ca}: {}", outcome.stderr);
    }
}
