//! `doctor`: why something does not work. Each line says what is in order, what is not, and what to do.

use std::env;
use std::net::IpAddr;
use std::time::Duration;

use chrono::TimeDelta;
use clap::Args;
use serde::Serialize;
use serde_json::json;
use tokio::net::{TcpStream, lookup_host};

use super::exit;
use super::remote::{self, Answer, Target};
use crate::domain::clock::{Clock, ClockMode, wire};
use crate::domain::ids::TenantName;
use crate::remote::{Connections, Health, Remote, RemoteError, TenantFace};

/// Longer than a connection to this machine takes.
const PATIENCE: Duration = Duration::from_secs(2);

/// How far the clock of another process may differ without having been moved.
const SKEW: TimeDelta = TimeDelta::seconds(5);

/// The variables that send requests through a proxy.
const PROXIES: [&str; 6] = [
    "http_proxy",
    "HTTP_PROXY",
    "https_proxy",
    "HTTPS_PROXY",
    "all_proxy",
    "ALL_PROXY",
];

/// Which emulator to look after.
#[derive(Args, Clone, Debug)]
pub(super) struct DoctorCommand {
    /// Which emulator.
    #[command(flatten)]
    target: Target,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Ok,
    Warn,
    Fail,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Finding {
    check: &'static str,
    verdict: Verdict,
    what: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
}

impl Finding {
    fn ok(check: &'static str, what: impl Into<String>) -> Self {
        Self {
            check,
            verdict: Verdict::Ok,
            what: what.into(),
            remedy: None,
        }
    }

    fn warn(check: &'static str, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Warn,
            remedy: Some(remedy.into()),
            ..Self::ok(check, what)
        }
    }

    fn fail(check: &'static str, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Fail,
            ..Self::warn(check, what, remedy)
        }
    }

    fn lines(&self) -> impl Iterator<Item = String> {
        let verdict = match self.verdict {
            Verdict::Ok => "ok  ",
            Verdict::Warn => "warn",
            Verdict::Fail => "fail",
        };
        let line = format!("{verdict}  {:<9}  {}", self.check, self.what);
        let remedy = self.remedy.as_ref().map(|remedy| format!("{:17}{remedy}", ""));
        std::iter::once(line).chain(remedy)
    }
}

/// Looks, and tells; returns the exit code.
pub(super) async fn run(command: DoctorCommand) -> u8 {
    let remote = match command.target.remote() {
        Ok(remote) => remote,
        Err(error) => return remote::complain(&command.target, &error.into()),
    };
    let findings = examine(&remote, command.target.tenant()).await;
    let is_well = findings.iter().all(|finding| finding.verdict != Verdict::Fail);
    let lines = findings.iter().flat_map(Finding::lines).collect();
    let document = json!({ "well": is_well, "findings": findings });
    remote::tell(&command.target, Ok(Answer::Lines(lines, document)));
    if is_well { exit::DONE } else { exit::FAILED }
}

async fn examine(remote: &Remote, tenant: Option<&str>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let health = remote.health().await;
    findings.push(running(remote, &health));
    if let Ok(health) = &health {
        findings.push(version(health));
        findings.push(connections(health));
        let default = TenantName::of_the_default();
        let face = remote.find_tenant(tenant.unwrap_or(default.as_str())).await;
        findings.push(control(&face));
        if let Ok(face) = &face {
            findings.push(seed(face));
        }
        findings.push(clock(health));
    }
    findings.extend(hosts(remote.url(), health.is_ok()).await);
    findings.push(proxies());
    findings
}

fn running(remote: &Remote, health: &Result<Health, RemoteError>) -> Finding {
    let url = remote.url();
    match health {
        Ok(health) => Finding::ok(
            "running",
            format!(
                "{url}, edition {}, tenants: {}",
                health.edition.as_str(),
                health.tenants
            ),
        ),
        Err(error @ RemoteError::Unreachable { .. }) if url.starts_with("https:") => Finding::fail(
            "running",
            error.to_string(),
            "Name the certificate to trust, --ca FILE (`mock-qlik-cloud ca --url http://… --out FILE` fetches it), or \
             use http.",
        ),
        Err(error @ RemoteError::Unreachable { .. }) => Finding::fail(
            "running",
            error.to_string(),
            "Start it with `mock-qlik-cloud`, or name where it is: --url (MOCK_QLIK_URL).",
        ),
        Err(error @ RemoteError::Stranger { .. }) => Finding::fail(
            "running",
            error.to_string(),
            "Something else has the port. Start the emulator at another: `mock-qlik-cloud --port 0` takes a free one.",
        ),
        Err(error) => Finding::fail(
            "running",
            error.to_string(),
            "Check --url (MOCK_QLIK_URL) and --tenant (MOCK_QLIK_TENANT).",
        ),
    }
}

fn version(health: &Health) -> Finding {
    let ours = env!("CARGO_PKG_VERSION");
    if health.version == ours {
        return Finding::ok("version", ours);
    }
    Finding::warn(
        "version",
        format!("{} runs, and this program is {ours}", health.version),
        "Use the program of the version that runs, or start the emulator anew.",
    )
}

/// Whether clients may soon be refused.
fn connections(health: &Health) -> Finding {
    let Connections { open, maximum } = health.connections;
    let what = format!("{open} open, {maximum} at most");
    if open < maximum - maximum / 10 {
        return Finding::ok("sockets", what);
    }
    Finding::warn(
        "sockets",
        what,
        "More are answered with 503. Close those that no client uses, or start it with more: --max-connections, and \
         `ulimit -n` if its log says so.",
    )
}

fn control(face: &Result<TenantFace, RemoteError>) -> Finding {
    match face {
        Ok(_) => Finding::ok("control", "the control API lets us in"),
        Err(error @ RemoteError::Refused { status, .. }) if status.as_u16() == 404 => Finding::fail(
            "control",
            error.to_string(),
            "`mock-qlik-cloud tenant list` names the tenants there are: --tenant (MOCK_QLIK_TENANT).",
        ),
        Err(error) => Finding::fail(
            "control",
            error.to_string(),
            "Give the token that it was started with: --control-token (MOCK_QLIK_CONTROL_TOKEN).",
        ),
    }
}

fn seed(face: &TenantFace) -> Finding {
    let what = format!(
        "tenant {}, users: {}, API keys: {}",
        face.name, face.users, face.api_keys
    );
    if face.users == 0 {
        return Finding::warn(
            "seed",
            what,
            "Nobody can sign in: `mock-qlik-cloud seed plant ready`, or start with --seed tutorial.",
        );
    }
    Finding::ok("seed", what)
}

fn clock(health: &Health) -> Finding {
    let skew = health.time - Clock::system().now();
    let shown = wire(health.time);
    let remedy = "Tokens and sessions go by it. `mock-qlik-cloud reset` sets it back, with everything else.";
    match health.clock {
        ClockMode::Frozen => Finding::warn("clock", format!("{shown}, it stands still"), remedy),
        _ if skew.abs() > SKEW => Finding::warn(
            "clock",
            format!("{shown}, {} s from this machine's", skew.num_seconds()),
            remedy,
        ),
        _ => Finding::ok("clock", shown),
    }
}

/// Whether the names under which it can be called lead to it.
async fn hosts(url: &str, is_running: bool) -> Vec<Finding> {
    let default_port = if url.starts_with("https:") { 443 } else { 80 };
    let authority = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = authority.split('/').next().unwrap_or_default();
    let port = authority
        .rsplit_once(':')
        .and_then(|(_, port)| port.parse().ok())
        .unwrap_or(default_port);
    let mut findings = vec![tenants_of_this_machine(port).await];
    if is_running {
        findings.push(localhost(port).await);
    }
    findings
}

async fn tenants_of_this_machine(port: u16) -> Finding {
    let name = format!("{}.localhost", TenantName::of_the_default());
    let found = lookup_host((name.as_str(), port)).await;
    if found.is_ok_and(|mut addresses| addresses.all(|address| address.ip().is_loopback())) {
        return Finding::ok("hosts", format!("{name} is this machine"));
    }
    Finding::warn(
        "hosts",
        format!("{name} is not found to be this machine"),
        "Only needed to name a tenant by its host: add the names to the hosts file, or let the credential choose.",
    )
}

/// Clients that are told `localhost` may try IPv6 first, and some try nothing else.
async fn localhost(port: u16) -> Finding {
    let name = "localhost";
    let addresses: Vec<_> = match lookup_host((name, port)).await {
        Ok(addresses) => addresses.collect(),
        Err(error) => {
            let remedy = "Use 127.0.0.1, or add localhost to the hosts file.";
            return Finding::warn(name, error.to_string(), remedy);
        }
    };
    let mut deaf = Vec::new();
    for address in &addresses {
        let connected = tokio::time::timeout(PATIENCE, TcpStream::connect(address)).await;
        if !matches!(connected, Ok(Ok(_))) {
            deaf.push(address.ip());
        }
    }
    if deaf.is_empty() {
        return Finding::ok(name, "every address of it answers");
    }
    let deaf: Vec<_> = deaf.iter().map(IpAddr::to_string).collect();
    Finding::warn(
        name,
        format!("may also mean {}, where nothing answers", deaf.join(", ")),
        "If a client hangs or is refused there, give it 127.0.0.1, or start with --host ::.",
    )
}

fn proxies() -> Finding {
    let check = "proxies";
    let set = |name: &&str| env::var_os(name).is_some_and(|value| !value.is_empty());
    let found: Vec<_> = PROXIES.into_iter().filter(set).collect();
    let exempt = ["no_proxy", "NO_PROXY"]
        .iter()
        .find_map(|name| env::var(name).ok());
    let exempt = exempt.unwrap_or_default();
    let covers = |host: &str| exempt.split(',').any(|entry| [host, "*"].contains(&entry.trim()));
    if found.is_empty() {
        return Finding::ok(check, "none is set");
    }
    if covers("localhost") && covers("127.0.0.1") {
        return Finding::ok(check, format!("{}, but not for this machine", found.join(", ")));
    }
    Finding::warn(
        check,
        format!(
            "{} may send requests for this machine to a proxy",
            found.join(", ")
        ),
        "export NO_PROXY=localhost,127.0.0.1,.localhost",
    )
}
