//! The rules of ARCHITECTURE.md that no compiler checks, read off the source itself.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use axum::http::StatusCode;

/// What each module of the crate may import besides itself. An arrow that is not here points back.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("contract", &[]),
    ("ops", &["domain"]),
    ("seeds", &["domain"]),
    ("tls", &["domain"]),
    ("config", &["domain", "seeds", "server", "tls"]),
    ("api", &["contract", "domain", "ops"]),
    // The other doors take a request apart, and refuse it, as REST does.
    ("console", &["api", "contract", "domain", "ops", "seeds"]),
    ("control", &["api", "contract", "domain", "ops", "seeds"]),
    (
        "server",
        &["api", "console", "contract", "control", "domain", "ops", "tls"],
    ),
    (
        "emulator",
        &[
            "api", "control", "domain", "ops", "remote", "seeds", "server", "tls",
        ],
    ),
    // A client of the control API.
    ("remote", &["control", "domain", "tls"]),
    (
        "cli",
        &[
            "config", "domain", "emulator", "ops", "remote", "seeds", "server", "tls",
        ],
    ),
];

/// The files at the root, which put the modules together.
const ROOT: [&str; 2] = ["lib", "main"];

/// The only file that names a status of an error.
const STATUSES: &str = "src/api/error.rs";

/// Where a secret may leave its type: at the one answer, or the one request, that shows it.
const REVEALS: [&str; 13] = [
    "src/api/api_keys/create.rs",
    "src/api/oauth/token.rs",
    "src/api/oauth_clients/",
    "src/api/login.rs",
    "src/api/sessions.rs",
    "src/cli/env.rs",
    "src/cli/tenant.rs",
    "src/cli/token.rs",
    "src/console/",
    "src/control/tenants.rs",
    "src/control/tokens.rs",
    "src/domain/secret.rs",
    "src/remote/",
];

/// A secret that cannot be compared with `==` is compared by what takes the same time wherever two differ.
#[test]
fn no_secret_has_a_comparison_that_stops_early() {
    let text = fs::read_to_string("src/domain/secret.rs").unwrap();
    let derived: Vec<_> = text
        .lines()
        .filter(|line| line.trim_start().starts_with("#[derive(") && line.contains("PartialEq"))
        .collect();
    assert_eq!(
        derived, [""; 0],
        "compare in constant time, as `TokenDigest` does"
    );
    let by_hand: Vec<_> = text
        .split("impl PartialEq for ")
        .skip(1)
        .map(|rest| {
            (
                rest.split(' ').next().unwrap(),
                rest.split("\n}\n").next().unwrap().contains("ct_eq"),
            )
        })
        .collect();
    assert_eq!(by_hand, [("TokenDigest", true)]);
}

#[test]
fn imports_go_one_way() {
    let rules: BTreeMap<&str, &[&str]> = MAY_IMPORT.iter().copied().collect();
    let mut faults = Vec::new();
    let mut met = BTreeSet::new();
    for file in sources() {
        let module = file.module();
        if ROOT.contains(&module) {
            continue;
        }
        met.insert(module.to_owned());
        let Some(allowed) = rules.get(module) else {
            faults.push(format!(
                "{}: the module `{module}` has no row in MAY_IMPORT",
                file.name
            ));
            continue;
        };
        for imported in file.imports() {
            if imported != module && !allowed.contains(&imported.as_str()) {
                faults.push(format!(
                    "{}: `{module}` may not import `crate::{imported}`",
                    file.name
                ));
            }
        }
    }
    faults.extend(
        rules
            .keys()
            .filter(|row| !met.contains(**row))
            .map(|row| format!("no module is called `{row}`")),
    );
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn the_domain_and_its_use_cases_know_no_http_and_do_not_wait() {
    let foreign = [
        "axum",
        "http",
        "hyper",
        "reqwest",
        "tokio",
        "tower",
        "tower_http",
        "async",
        "await",
    ];
    let faults: Vec<_> = sources()
        .iter()
        .filter(|file| ["domain", "ops"].contains(&file.module()))
        .flat_map(|file| {
            words(&file.code)
                .filter(|(_, word)| foreign.contains(word))
                .map(|(line, word)| format!("{}:{line}: {word}", file.name))
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn one_file_names_the_statuses_of_errors() {
    let names: BTreeSet<String> = (400..600)
        .filter_map(|code| StatusCode::from_u16(code).ok())
        .filter_map(constant)
        .collect();
    for known in [
        "NOT_FOUND",
        "PAYLOAD_TOO_LARGE",
        "URI_TOO_LONG",
        "NOT_IMPLEMENTED",
    ] {
        assert!(names.contains(known), "{known} is not recognised any more");
    }
    let is_error =
        |word: &str| names.contains(word) || word.parse::<u16>().is_ok_and(|code| (400..600).contains(&code));
    let faults: Vec<_> = sources()
        .iter()
        .filter(|file| {
            ["api", "console", "control", "server"].contains(&file.module()) && file.name != STATUSES
        })
        .flat_map(|file| {
            words(&file.code)
                .filter(|(_, word)| is_error(word))
                .map(|(line, word)| format!("{}:{line}: {word} belongs into {STATUSES}", file.name))
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn a_secret_leaves_its_type_only_where_it_is_shown() {
    let faults: Vec<_> = sources()
        .iter()
        .filter(|file| !REVEALS.iter().any(|allowed| file.name.starts_with(allowed)))
        .flat_map(|file| lines_with(file, ".reveal("))
        .collect();
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn nothing_outside_of_tests_gives_up() {
    let faults: Vec<_> = sources()
        .iter()
        .flat_map(|file| {
            let gives_up = [
                ".unwrap()",
                ".expect(",
                "panic!(",
                "todo!(",
                "unimplemented!(",
                "unreachable!(",
            ];
            gives_up
                .into_iter()
                .flat_map(|what| lines_with(file, what))
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// A file below `src`, without its tests.
struct Source {
    /// Its path from the root of the project.
    name: String,
    /// Its code: comments and the insides of texts are blank.
    code: String,
}

impl Source {
    /// The module right below the crate that the file belongs to.
    fn module(&self) -> &str {
        let path = self.name.strip_prefix("src/").unwrap_or(&self.name);
        path.split('/').next().unwrap_or(path).trim_end_matches(".rs")
    }

    /// How many `super` lead from this file to the crate.
    fn depth(&self) -> usize {
        let parts: Vec<_> = self
            .name
            .trim_start_matches("src/")
            .trim_end_matches(".rs")
            .split('/')
            .collect();
        parts.iter().filter(|part| **part != "mod").count()
    }

    /// The modules right below the crate that this file names, by `crate::` or by enough `super::`.
    fn imports(&self) -> BTreeSet<String> {
        let up_to_the_crate = "super::".repeat(self.depth());
        ["crate::", up_to_the_crate.as_str()]
            .into_iter()
            .flat_map(|prefix| {
                self.code.match_indices(prefix).filter(move |(at, _)| {
                    !self.code[..*at]
                        .ends_with(|before: char| before == ':' || before == '_' || before.is_alphanumeric())
                })
            })
            .flat_map(|(at, prefix)| first_names(&self.code[at + prefix.len()..]))
            .collect()
    }
}

/// `a` of `a::b`; `a` and `c` of `{a::b, c}`.
fn first_names(path: &str) -> Vec<String> {
    let name = |text: &str| {
        text.trim_start()
            .split(|after: char| after != '_' && !after.is_alphanumeric())
            .next()
            .map(str::to_owned)
    };
    let Some(group) = path.strip_prefix('{') else {
        return name(path).into_iter().collect();
    };
    let mut depth = 0_i32;
    let mut names: Vec<String> = name(group).into_iter().collect();
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.extend(name(&group[at + 1..])),
            _ => {}
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    collect(&root.join("src"), &mut files);
    files.sort();
    assert!(files.len() > 40, "only {} files were found", files.len());
    let mut for_tests = Vec::new();
    let mut sources = Vec::new();
    for path in files {
        let text = fs::read_to_string(&path).expect("a source file can be read");
        let (code, modules) = without_tests(&code_of(&text));
        let folder = match path.file_stem().and_then(|stem| stem.to_str()) {
            Some("mod" | "lib" | "main") => path.parent().expect("below the root").to_owned(),
            _ => path.with_extension(""),
        };
        for_tests.extend(
            modules
                .iter()
                .map(|module| folder.join(module).with_extension("rs")),
        );
        sources.push((path, code));
    }
    sources.retain(|(path, _)| !for_tests.contains(path));
    let name = |path: PathBuf| {
        path.strip_prefix(root)
            .expect("below the root")
            .display()
            .to_string()
    };
    sources
        .into_iter()
        .map(|(path, code)| Source {
            name: name(path),
            code,
        })
        .collect()
}

/// The code without its tests, and the modules of files that are for tests only. A module of tests stands at the
/// end of its file.
fn without_tests(code: &str) -> (String, Vec<String>) {
    const FOR_TESTS: &str = "#[cfg(test)]";
    let mut kept = String::new();
    let mut modules = Vec::new();
    let mut parts = code.split(FOR_TESTS);
    kept.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let item = part.trim_start();
        match item
            .strip_prefix("mod ")
            .and_then(|item| item.split_once([';', ' ']))
        {
            Some((_, rest)) if rest.trim_start().starts_with('{') => break,
            Some((module, _)) => modules.push(module.to_owned()),
            None => {}
        }
        kept.push_str(part);
    }
    (kept, modules)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder can be read") {
        let path = entry.expect("an entry can be read").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The words of code, with the numbers of their lines.
fn words(code: &str) -> impl Iterator<Item = (usize, &str)> {
    code.lines().enumerate().flat_map(|(index, line)| {
        line.split(|character: char| character != '_' && !character.is_alphanumeric())
            .map(move |word| (index + 1, word))
    })
}

fn lines_with(file: &Source, what: &str) -> Vec<String> {
    let lines = file
        .code
        .lines()
        .enumerate()
        .filter(|(_, line)| line.contains(what));
    lines
        .map(|(index, _)| format!("{}:{}: {what}", file.name, index + 1))
        .collect()
}

/// The name that the crate `http` gives a status: the phrase in capitals.
fn constant(status: StatusCode) -> Option<String> {
    let phrase = status.canonical_reason()?.replace('\'', "");
    Some(
        phrase
            .to_uppercase()
            .replace(|character: char| !character.is_alphanumeric(), "_"),
    )
}

/// The source with a blank for each character of a comment or inside of a text. Lines stay where they are.
fn code_of(source: &str) -> String {
    let mut code = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            'r' if !code.ends_with(|before: char| before == '_' || before.is_alphanumeric()) => {
                raw_text(rest).unwrap_or(0)
            }
            '"' => text(rest),
            // Otherwise a lifetime.
            '\'' => character(rest).unwrap_or(0),
            _ => 0,
        };
        if length == 0 {
            code.push(first);
            rest = &rest[first.len_utf8()..];
        } else {
            code.extend(
                rest[..length]
                    .chars()
                    .map(|hidden| if hidden == '\n' { '\n' } else { ' ' }),
            );
            rest = &rest[length..];
        }
    }
    code
}

/// The length of a text in quotes at the beginning of `rest`.
fn text(rest: &str) -> usize {
    let mut escaped = false;
    for (at, character) in rest.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// The length of a raw text, such as `r#"…"#`.
fn raw_text(rest: &str) -> Option<usize> {
    let marks = rest[1..].bytes().take_while(|byte| *byte == b'#').count();
    let inside = rest
        .get(2 + marks..)
        .filter(|_| rest[1 + marks..].starts_with('"'))?;
    let end = format!("\"{}", "#".repeat(marks));
    inside.find(&end).map(|at| 2 + marks + at + end.len())
}

/// The length of a character in quotes, such as `'a'` or `'\n'`.
fn character(rest: &str) -> Option<usize> {
    let inside = rest[1..].chars().next()?;
    if inside == '\\' {
        return rest.get(3..)?.find('\'').map(|at| 3 + at + 1);
    }
    let end = 1 + inside.len_utf8();
    rest.get(end..)?.starts_with('\'').then_some(end + 1)
}

#[test]
fn code_is_told_from_texts_and_comments() {
    let source = "a /* 404 */ \"4\\\"04\" r#\"4\"04\"# 'x' '\\'' &'a b // 404\nc";
    let kept: Vec<_> = words(&code_of(source))
        .filter(|(_, word)| !word.is_empty())
        .map(|(line, word)| (line, word.to_owned()))
        .collect();
    assert_eq!(
        kept,
        [
            (1, "a".to_owned()),
            (1, "a".to_owned()),
            (1, "b".to_owned()),
            (2, "c".to_owned())
        ]
    );
}

#[test]
fn tests_are_left_out() {
    let code = "mod a;\n#[cfg(test)]\nmod b;\nmod c;\n#[cfg(test)]\nmod tests {\n    x.unwrap()\n}\n";
    let (kept, modules) = without_tests(code);
    assert!(kept.contains("mod c;") && !kept.contains("unwrap"), "{kept}");
    assert_eq!(modules, ["b"]);
}

#[test]
fn names_are_found_in_every_form_of_a_path() {
    let file = |name: &str, code: &str| Source {
        name: name.to_owned(),
        code: code.to_owned(),
    };
    let found = file(
        "src/api/users/mod.rs",
        "use crate::{ops::{self, x}, console}; super::super::server::f(); super::links::g()",
    );
    assert_eq!(
        found.imports().into_iter().collect::<Vec<_>>(),
        ["console", "ops", "server"]
    );
    assert_eq!(
        file("src/ops/users.rs", "super::super::api::f()")
            .imports()
            .into_iter()
            .collect::<Vec<_>>(),
        ["api"]
    );
}
