//! The program: parse, run, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    mock_qlik_cloud::cli::run()
}
