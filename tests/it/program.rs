//! The program itself, as a process: what it is started with, what it prints, what it exits with.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle};

/// What the line begins with that says where the server is.
const READY: &str = "Ready. ";

/// What a process left behind.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Its exit code; none if a signal killed it.
    pub(crate) code: Option<i32>,
    /// Everything that it wrote on standard output.
    pub(crate) stdout: String,
    /// Everything that it wrote on standard error.
    pub(crate) stderr: String,
}

/// Runs the program to its end. A server that starts although it should not is killed, and has no exit code.
pub(crate) fn run(arguments: &[&str], variables: &[(&str, &str)]) -> Outcome {
    finish(command(arguments, variables))
}

/// The same in another working directory.
pub(crate) fn run_in(folder: &Path, arguments: &[&str]) -> Outcome {
    let mut command = command(arguments, &[]);
    command.current_dir(folder);
    finish(command)
}

fn finish(mut command: Command) -> Outcome {
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.expect("the program starts");
    let stderr = read_all(child.stderr.take().expect("a pipe"));
    let mut stdout = String::new();
    for line in BufReader::new(child.stdout.take().expect("a pipe")).lines() {
        let line = line.expect("standard output is UTF-8");
        if line.starts_with(READY) {
            child.kill().expect("the server is killed");
        }
        stdout.push_str(&line);
        stdout.push('\n');
    }
    let status = child.wait().expect("the program ends");
    Outcome {
        code: status.code(),
        stdout,
        stderr: stderr.join().expect("standard error was read"),
    }
}

/// Runs the program, and returns what it prints line by line as it comes, and the process.
pub(crate) fn follow(
    arguments: &[&str],
    variables: &[(&str, &str)],
) -> (impl Iterator<Item = String> + use<>, Child) {
    let mut command = command(arguments, variables);
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    (lines.map(|line| line.expect("standard output is UTF-8")), child)
}

/// A server that has said that it is ready. It is killed when it is dropped.
pub(crate) struct Program {
    child: Child,
    url: String,
    first_line: String,
    rest_of_stdout: Option<JoinHandle<String>>,
    stderr: Option<JoinHandle<String>>,
}

impl Program {
    /// Starts the server and waits for the line that says where it is.
    pub(crate) fn start(arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        Self::wait_for(command(arguments, variables))
    }

    /// The same in another working directory.
    pub(crate) fn start_in(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = command(arguments, variables);
        command.current_dir(folder);
        Self::wait_for(command)
    }

    /// The same from a shell that does this first, such as `ulimit -n 300`.
    pub(crate) fn start_after(first: &str, arguments: &[&str]) -> Self {
        let program = command(arguments, &[]);
        let mut shell = Command::new("sh");
        shell
            .args(["-c", &format!("{first} && exec \"$0\" \"$@\"")])
            .arg(program.get_program())
            .args(program.get_args())
            .stdin(Stdio::null());
        for (name, _) in program.get_envs() {
            shell.env_remove(name);
        }
        Self::wait_for(shell)
    }

    fn wait_for(mut command: Command) -> Self {
        crate::support::prepare_clients();
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let stderr = read_all(child.stderr.take().expect("a pipe"));
        let mut first_line = String::new();
        stdout
            .read_line(&mut first_line)
            .expect("standard output is UTF-8");
        let Some(url) = first_line
            .strip_prefix(READY)
            .map(|url| url.trim_end().to_owned())
        else {
            let _ = child.kill();
            let _ = child.wait();
            panic!(
                "it is not ready: {first_line:?}\n{}",
                stderr.join().expect("standard error was read")
            );
        };
        Self {
            child,
            url,
            first_line,
            rest_of_stdout: Some(read_all(stdout)),
            stderr: Some(stderr),
        }
    }

    /// Where it listens, without a slash at the end.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Host and port, as a socket wants them.
    pub(crate) fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// Sends a signal, such as `TERM`.
    pub(crate) fn signal(&self, name: &str) {
        // A shell has `kill` built in, so that no package is needed for it.
        let status = Command::new("sh")
            .args(["-c", "kill -s \"$0\" \"$1\"", name, &self.child.id().to_string()])
            .status();
        assert!(
            status.is_ok_and(|status| status.success()),
            "SIG{name} was not sent"
        );
    }

    /// Waits for the end.
    pub(crate) fn wait(mut self) -> Outcome {
        let status = self.child.wait().expect("the program ends");
        let rest = |reader: &mut Option<JoinHandle<String>>| {
            reader
                .take()
                .map(|reader| reader.join().expect("the output was read"))
                .unwrap_or_default()
        };
        let stdout = format!("{}{}", self.first_line, rest(&mut self.rest_of_stdout));
        Outcome {
            code: status.code(),
            stdout,
            stderr: rest(&mut self.stderr),
        }
    }

    /// Tells it to stop, and waits for the end.
    pub(crate) fn stop(self) -> Outcome {
        self.signal("TERM");
        self.wait()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Both fail if it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Writes a file for one test and returns its path.
pub(crate) fn file(name: &str, text: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).expect("a temporary file can be written");
    path
}

/// Makes an empty folder for one test and returns its path.
pub(crate) fn folder(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
    // It is there if an earlier process had the same number.
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).expect("a temporary folder can be made");
    path
}

fn command(arguments: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mock-qlik-cloud"));
    // What is set for a server of yours must not reach the servers of the tests.
    for (name, _) in
        std::env::vars_os().filter(|(name, _)| OsStr::to_string_lossy(name).starts_with("MOCK_QLIK_"))
    {
        command.env_remove(name);
    }
    command
        .args(arguments)
        .envs(variables.iter().copied())
        .stdin(Stdio::null());
    command
}

/// Reads in a thread of its own, so that a full pipe never holds up the program.
fn read_all(mut from: impl Read + Send + 'static) -> JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes).expect("a pipe can be read");
        utf8(bytes)
    })
}

fn utf8(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("the output is UTF-8")
}
