//! The certificate authority: made once, kept if there is a folder for it, and the issuer of every certificate that
//! the emulator shows.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use chrono::TimeDelta;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rsa::pkcs8::der::asn1::{GeneralizedTime, UtcTime};
use rsa::pkcs8::der::{AnyRef, Decode as _, SliceReader, Tag, Tagged as _};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use super::TlsError;
use crate::domain::clock::Timestamp;

/// How long the authority is good for.
const AUTHORITY_LIFETIME: TimeDelta = TimeDelta::days(3650);

/// How long a certificate is good for. Apple's platforms take at most 825 days from an authority of one's own.
const CERTIFICATE_LIFETIME: TimeDelta = TimeDelta::days(90);

/// Clients whose clocks are slow see no certificate of tomorrow.
const LEEWAY: TimeDelta = TimeDelta::days(1);

/// The file with the key and the certificate: for nobody but its owner.
const KEY_FILE: &str = "ca-key.pem";

/// The file with the certificate: for clients.
const CERTIFICATE_FILE: &str = "ca.pem";

/// How many drafts may be in a folder, those included that somebody left behind who was killed.
const DRAFTS: u32 = 1_000;

const BEGIN_CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----";

/// A certificate authority.
pub(super) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

/// A certificate with its key.
pub(super) struct Issued {
    pub(super) certificate: CertifiedKey,
    pub(super) expires: Timestamp,
}

impl Authority {
    /// An authority that nobody has seen before.
    pub(super) fn new(now: Timestamp) -> Result<Self, TlsError> {
        let key = KeyPair::generate()?;
        let params = params(&key, now)?;
        let pem = params.self_signed(&key)?.pem();
        Ok(Self {
            issuer: Issuer::new(params, key),
            pem,
        })
    }

    /// The authority of a folder, which is made if there is none.
    pub(super) fn kept_in(
        folder: &Path,
        now: Timestamp,
        provider: &CryptoProvider,
    ) -> Result<Self, TlsError> {
        let file = folder.join(KEY_FILE);
        let failed = |path: &Path, error: &io::Error| TlsError::file(path, error.to_string());
        let text = match fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
                let made = Self::new(now)?;
                let text = format!("{}{}", made.issuer.key().serialize_pem(), made.pem);
                write_unless_there(&file, &text).map_err(|error| failed(&file, &error))?;
                // Another process may have been faster; then its authority is the one that is kept.
                fs::read_to_string(&file).map_err(|error| failed(&file, &error))?
            }
            Err(error) => return Err(failed(&file, &error)),
        };
        let authority = Self::read(&text, now, provider).map_err(|problem| TlsError::file(&file, problem))?;
        let public = folder.join(CERTIFICATE_FILE);
        if fs::read_to_string(&public).ok().as_deref() != Some(authority.pem.as_str()) {
            write(&public, &authority.pem).map_err(|error| failed(&public, &error))?;
        }
        Ok(authority)
    }

    /// What [`Self::kept_in`] has written, or what is wrong with it.
    fn read(text: &str, now: Timestamp, provider: &CryptoProvider) -> Result<Self, String> {
        let key = PrivateKeyDer::from_pem_slice(text.as_bytes())
            .map_err(|error| format!("holds no private key: {error}"))?;
        let certificate = CertificateDer::from_pem_slice(text.as_bytes())
            .map_err(|error| format!("holds no certificate: {error}"))?;
        let expired = expiry(&certificate).filter(|expiry| *expiry <= now);
        let pem = text.find(BEGIN_CERTIFICATE).and_then(|begin| text.get(begin..));
        let pem = pem.unwrap_or_default().to_owned();
        let issuing =
            KeyPair::try_from(&key).map_err(|error| format!("holds a key of another kind: {error}"))?;
        CertifiedKey::from_der(vec![certificate], key, provider)
            .map_err(|error| format!("holds a certificate that is not of its key: {error}"))?;
        if let Some(expired) = expired {
            return Err(format!(
                "holds a certificate that expired on {}: delete the file, and let clients trust the new ca.pem",
                expired.format("%Y-%m-%d")
            ));
        }
        let params = params(&issuing, now).map_err(|error| error.to_string())?;
        Ok(Self {
            issuer: Issuer::new(params, issuing),
            pem,
        })
    }

    /// The certificate that clients are to trust, in PEM.
    pub(super) fn pem(&self) -> &str {
        &self.pem
    }

    /// A certificate for these names and addresses, with a key of its own. Its serial number comes from the key, so
    /// that no two certificates have the same: Firefox refuses the second.
    pub(super) fn issue(
        &self,
        names: &[String],
        now: Timestamp,
        provider: &CryptoProvider,
    ) -> Result<Issued, TlsError> {
        let key = KeyPair::generate()?;
        let expires = now + CERTIFICATE_LIFETIME;
        let mut params = CertificateParams::new(names)?;
        params.not_before = calendar(now - LEEWAY);
        params.not_after = calendar(expires);
        params.distinguished_name = rcgen::DistinguishedName::new();
        // A common name has 64 characters at the most; clients look at the other names only.
        params
            .distinguished_name
            .push(DnType::CommonName, "mock-qlik-cloud");
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let certificate = params.signed_by(&key, &self.issuer)?;
        let key = PrivateKeyDer::from(key);
        let certificate = CertifiedKey::from_der(vec![certificate.into()], key, provider)?;
        Ok(Issued { certificate, expires })
    }
}

/// When a certificate expires: the second of the two times in the fifth member of its first part (RFC 5280, section 4.1),
/// in which a version stands first.
fn expiry(certificate: &CertificateDer<'_>) -> Option<Timestamp> {
    let inside = |part: AnyRef<'_>| part.value().to_vec();
    let whole = inside(AnyRef::from_der(certificate).ok()?);
    let signed = inside(AnyRef::decode(&mut SliceReader::new(&whole).ok()?).ok()?);
    let mut members = SliceReader::new(&signed).ok()?;
    for _before in ["version", "serial number", "algorithm", "issuer"] {
        AnyRef::decode(&mut members).ok()?;
    }
    let validity = inside(AnyRef::decode(&mut members).ok()?);
    let mut times = SliceReader::new(&validity).ok()?;
    AnyRef::decode(&mut times).ok()?;
    let end = AnyRef::decode(&mut times).ok()?;
    let seconds = match end.tag() {
        Tag::UtcTime => end.decode_as::<UtcTime>().ok()?.to_unix_duration(),
        _ => end.decode_as::<GeneralizedTime>().ok()?.to_unix_duration(),
    };
    Timestamp::from_timestamp(i64::try_from(seconds.as_secs()).ok()?, 0)
}

/// What the authority of a key says of itself. Its name has a part of the key in it: some clients tell authorities
/// apart by their names only.
fn params(key: &KeyPair, now: Timestamp) -> Result<CertificateParams, rcgen::Error> {
    let digest = Sha256::digest(key.public_key_raw());
    let short: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let mut params = CertificateParams::new(Vec::new())?;
    params.not_before = calendar(now - LEEWAY);
    params.not_after = calendar(now + AUTHORITY_LIFETIME);
    params.distinguished_name = rcgen::DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::OrganizationName, "mock-qlik-cloud");
    params
        .distinguished_name
        .push(DnType::CommonName, format!("mock-qlik-cloud CA {short}"));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(params)
}

fn calendar(at: Timestamp) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(at.timestamp()).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// Writes a file that nobody else can read, whole or not at all, unless there is one of that name.
fn write_unless_there(file: &Path, text: &str) -> io::Result<()> {
    let draft = draft(file, text, 0o600)?;
    // A second name for the same file: unlike renaming, this replaces nothing.
    let linked = match fs::hard_link(&draft, file) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        other => other,
    };
    fs::remove_file(&draft)?;
    linked
}

/// Writes a file that everybody can read, whole or not at all.
fn write(file: &Path, text: &str) -> io::Result<()> {
    fs::rename(draft(file, text, 0o644)?, file)
}

/// Writes a file beside another one, under a name that nobody else uses: many may start at once in one folder.
fn draft(file: &Path, text: &str, mode: u32) -> io::Result<PathBuf> {
    let mut number = 0_u32;
    let (draft, mut written) = loop {
        let draft = file.with_extension(format!("pem.{number}"));
        let mut options = OpenOptions::new();
        match options.write(true).create_new(true).mode(mode).open(&draft) {
            Ok(written) => break (draft, written),
            Err(error) if error.kind() == ErrorKind::AlreadyExists && number < DRAFTS => number += 1,
            Err(error) => return Err(error),
        }
    };
    // The mask of the process may say otherwise.
    written.set_permissions(Permissions::from_mode(mode))?;
    written.write_all(text.as_bytes())?;
    Ok(draft)
}
