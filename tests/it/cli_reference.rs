//! docs/CLI.md is what `--help` says of every verb, and nothing else.

use std::fmt::Write as _;
use std::path::Path;

use crate::program;

/// What stands before the verbs.
const HEAD: &str = "# The command line

What `mock-qlik-cloud --help` says, and every verb of it. This file is generated: the test `cli_reference` writes it
beside the build when it differs, and says how to take it over.

Every flag with a variable can be set by either; the flag wins. Verbs for a running emulator find it by `--url`
(`MOCK_QLIK_URL`), speak of one of its tenants with `--tenant` (`MOCK_QLIK_TENANT`), and answer for programs with
`--json`: one document on standard output. What goes wrong is said on standard error, with what to do.

| exit code | meaning |
|---|---|
| 0 | done; stopped as told (SIGTERM, SIGINT); healthy |
| 1 | refused, not reachable, not ready in time, failed while running; `doctor` found something that fails |
| 2 | a flag, a variable, a file or the seed is wrong |
| 3 | the port is taken |
";

/// The verbs below a command, each with those below it, in the order of the help.
fn verbs(command: &clap::Command, path: &[String], all: &mut Vec<Vec<String>>) {
    all.push(path.to_vec());
    for verb in command.get_subcommands().filter(|verb| verb.get_name() != "help") {
        let mut path = path.to_vec();
        path.push(verb.get_name().to_owned());
        verbs(verb, &path, all);
    }
}

#[test]
fn the_reference_is_what_the_help_says() {
    let mut all = Vec::new();
    verbs(&mock_qlik_cloud::cli::command(), &[], &mut all);
    assert!(all.len() > 30, "only {} verbs were found", all.len());
    let mut expected = HEAD.to_owned();
    for path in &all {
        let mut arguments: Vec<&str> = path.iter().map(String::as_str).collect();
        arguments.push("--help");
        let help = program::run(&arguments, &[]);
        assert_eq!(help.code, Some(0), "{arguments:?}: {}", help.stderr);
        let level = "#".repeat(path.len() + 2);
        let name = ["mock-qlik-cloud"]
            .into_iter()
            .chain(path.iter().map(String::as_str));
        let name: Vec<_> = name.collect();
        let lines: Vec<_> = help.stdout.lines().map(str::trim_end).collect();
        let text = lines.join("\n");
        write!(
            expected,
            "\n{level} {}\n\n```text\n{}\n```\n",
            name.join(" "),
            text.trim()
        )
        .unwrap();
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/CLI.md");
    let written = std::fs::read_to_string(&file).unwrap_or_default();
    if written != expected {
        let right = program::file("CLI.md", &expected);
        panic!(
            "docs/CLI.md is not what --help says. Take it over: cp {} {}",
            right.display(),
            file.display()
        );
    }
}
