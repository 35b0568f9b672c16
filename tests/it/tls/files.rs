//! What is kept in files, and what is read from them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use mock_qlik_cloud::tls::TlsSettings;
use mock_qlik_cloud::{Emulator, StartError};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};

use super::{folder, settings, start, trusting};

/// Whether a client that trusts `pem` is answered.
async fn is_answered(emulator: &Emulator, pem: &str) -> bool {
    let client = trusting(pem).build().unwrap();
    let url = emulator.https_url().unwrap();
    client.get(format!("{url}/health")).send().await.is_ok()
}

/// Why an emulator does not start with these settings.
async fn refusal(settings: TlsSettings) -> String {
    match Emulator::builder().tls(settings).start().await {
        Err(StartError::Tls(error)) => error.to_string(),
        other => panic!("not refused for TLS: {other:?}"),
    }
}

#[tokio::test]
async fn a_kept_authority_outlives_the_emulator() {
    let folder = folder("kept").join("below");
    let first = start(settings().kept_in(&folder)).await;
    let pem = fs::read_to_string(folder.join("ca.pem")).unwrap();
    assert_eq!(first.ca_pem(), Some(pem.as_str()));
    first.stop().await;
    let mode = |file: &str| fs::metadata(folder.join(file)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("ca-key.pem"), mode("ca.pem")), (0o600, 0o644));

    // The file for clients is made again if it is lost, or is another's.
    for lost in [true, false] {
        if lost {
            fs::remove_file(folder.join("ca.pem")).unwrap();
        } else {
            fs::write(folder.join("ca.pem"), "another").unwrap();
        }
        let second = start(settings().kept_in(&folder)).await;
        assert_eq!(fs::read_to_string(folder.join("ca.pem")).unwrap(), pem);
        assert!(is_answered(&second, &pem).await);
    }
    let files = fs::read_dir(&folder).unwrap().count();
    assert_eq!(files, 2, "nothing else is left in the folder");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_that_start_at_once_one_makes_the_authority() {
    let folder = folder("race");
    let starts: Vec<_> = (0..8)
        .map(|_| tokio::spawn(start(settings().kept_in(&folder))))
        .collect();
    let mut emulators = Vec::new();
    for start in starts {
        emulators.push(start.await.unwrap());
    }
    let pem = fs::read_to_string(folder.join("ca.pem")).unwrap();
    for emulator in &emulators {
        assert_eq!(emulator.ca_pem(), Some(pem.as_str()));
        assert!(is_answered(emulator, &pem).await);
    }
}

#[tokio::test]
async fn an_authority_that_cannot_be_used_is_named() {
    let kept = folder("broken");
    start(settings().kept_in(&kept)).await.stop().await;
    let file = kept.join("ca-key.pem");
    let whole = fs::read_to_string(&file).unwrap();
    let (key, certificate) = whole.split_at(whole.find("-----BEGIN CERTIFICATE").unwrap());
    let other = folder("broken-other");
    start(settings().kept_in(&other)).await.stop().await;
    let stranger = fs::read_to_string(other.join("ca.pem")).unwrap();
    for (text, problem) in [
        (String::new(), "no private key"),
        (certificate.to_owned(), "no private key"),
        (key.to_owned(), "no certificate"),
        (format!("{key}{stranger}"), "not of its key"),
    ] {
        fs::write(&file, text).unwrap();
        let refused = refusal(settings().kept_in(&kept)).await;
        assert!(
            refused.starts_with(&file.display().to_string()) && refused.contains(problem),
            "{refused}"
        );
    }
    // A file where the folder should be.
    let refused = refusal(settings().kept_in(&file)).await;
    assert!(refused.contains("ca-key.pem"), "{refused}");
}

#[tokio::test]
async fn an_authority_that_has_expired_is_named_with_the_day() {
    let kept = folder("expired");
    fs::create_dir_all(&kept).unwrap();
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.not_before = rcgen::date_time_ymd(2010, 1, 1);
    params.not_after = rcgen::date_time_ymd(2020, 1, 1);
    let key = KeyPair::generate().unwrap();
    let authority = params.self_signed(&key).unwrap().pem();
    let file = kept.join("ca-key.pem");
    fs::write(&file, format!("{}{authority}", key.serialize_pem())).unwrap();
    let refused = refusal(settings().kept_in(&kept)).await;
    assert!(
        refused.starts_with(&file.display().to_string()) && refused.contains("expired on 2020-01-01"),
        "{refused}"
    );
    // Nothing was written over: whoever trusts it is told.
    assert!(fs::read_to_string(&file).unwrap().ends_with(&authority));
}

/// Certificates as somebody else makes them: of an authority, and for `localhost`.
pub(super) struct Own {
    pub(super) authority: String,
    pub(super) certificate: PathBuf,
    pub(super) key: PathBuf,
}

impl Own {
    pub(super) fn make(folder: &Path) -> Self {
        fs::create_dir_all(folder).unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        params
            .distinguished_name
            .push(DnType::CommonName, "Authority of a company");
        let key = KeyPair::generate().unwrap();
        let authority = params.self_signed(&key).unwrap().pem();
        let issuer = Issuer::new(params, key);
        let params = CertificateParams::new(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &issuer).unwrap();
        let own = Self {
            authority,
            certificate: folder.join("certificate.pem"),
            key: folder.join("key.pem"),
        };
        fs::write(&own.certificate, certificate.pem()).unwrap();
        fs::write(&own.key, key.serialize_pem()).unwrap();
        own
    }
}

#[tokio::test]
async fn a_certificate_of_ones_own_is_shown_instead() {
    let own = Own::make(&folder("own"));
    let emulator = start(settings().own_certificate(&own.certificate, &own.key)).await;
    assert!(is_answered(&emulator, &own.authority).await);
    assert_eq!(emulator.ca_pem(), None);
    let client = trusting(&own.authority).build().unwrap();
    let url = emulator.https_url().unwrap();
    let none = client.get(format!("{url}/_mock/ca.pem")).send().await.unwrap();
    assert_eq!(none.status(), 404);
    let none: serde_json::Value = none.json().await.unwrap();
    assert!(
        none["errors"][0]["detail"]
            .as_str()
            .unwrap()
            .contains("--tls-cert")
    );
}

#[tokio::test]
async fn a_certificate_of_ones_own_that_cannot_be_used_is_named() {
    let (own, other) = (Own::make(&folder("own-bad")), Own::make(&folder("own-bad-other")));
    let missing = own.key.with_file_name("missing.pem");
    for (certificate, key, named) in [
        (&own.certificate, &other.key, &own.certificate),
        (&own.certificate, &missing, &missing),
        (&missing, &own.key, &missing),
        (&own.key, &own.key, &own.key),
        (&own.certificate, &own.certificate, &own.certificate),
    ] {
        let refused = refusal(settings().own_certificate(certificate, key)).await;
        assert!(refused.starts_with(&named.display().to_string()), "{refused}");
    }
}
