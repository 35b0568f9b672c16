//! `completions`: what a shell wants to know to complete this program's verbs and flags.

use std::io;

use clap::Args;
use clap_complete::Shell;

use super::{command, exit};

/// For which shell.
#[derive(Args, Clone, Debug)]
pub(super) struct CompletionsCommand {
    /// The shell.
    shell: Shell,
}

/// Prints the script; returns the exit code.
pub(super) fn run(completions: &CompletionsCommand) -> u8 {
    let mut script = Vec::new();
    let mut command = command();
    let name = command.get_name().to_owned();
    clap_complete::generate(completions.shell, &mut command, name, &mut script);
    // Whoever does not want all of it, such as `head`, may close its end.
    let _ = io::Write::write_all(&mut io::stdout(), &script);
    exit::DONE
}
