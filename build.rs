//! Turns the published contract (`fixtures/contract/`) into the static tables of `src/contract/mod.rs`, and takes the
//! spaces out of the description of the control API, which are more than a third of it.
//!
//! Reading the documents here has two effects: the emulator parses nothing when it starts, and a
//! contract that contradicts itself stops the build instead of a request. The output is a function of the
//! documents alone; files are read in the order of their names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

use serde_json::Value;

/// Where the documents are, seen from the package's root.
const CONTRACT: &str = "fixtures/contract";

/// The description of the control API.
const CONTROL_API: &str = "docs/control.openapi.json";

/// The methods that the contract uses, in the order in which they are listed everywhere.
const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={CONTRACT}");
    println!("cargo::rerun-if-changed={CONTROL_API}");
    let written = write_tables()
        .map_err(|problem| format!("the published contract cannot be read: {problem}"))
        .and_then(|()| write_control_api());
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            println!("cargo::error={problem}");
            ExitCode::FAILURE
        }
    }
}

/// The path of a file that the crate includes.
fn target(name: &str) -> Result<PathBuf, String> {
    let folder = env::var_os("OUT_DIR").ok_or("cargo has not set OUT_DIR")?;
    Ok(PathBuf::from(folder).join(name))
}

fn write_control_api() -> Result<(), String> {
    let in_file = |error: std::io::Error| format!("{CONTROL_API}: {error}");
    let document = fs::read_to_string(CONTROL_API).map_err(in_file)?;
    let (mut is_text, mut is_escaped) = (false, false);
    let without_spaces: String = document
        .chars()
        .filter(|&character| {
            if is_text {
                is_text = is_escaped || character != '"';
                is_escaped = !is_escaped && character == '\\';
                return true;
            }
            is_text = character == '"';
            !character.is_ascii_whitespace()
        })
        .collect();
    fs::write(target("control.openapi.json")?, without_spaces).map_err(in_file)
}

fn write_tables() -> Result<(), String> {
    let current = read_edition(&Path::new(CONTRACT).join("openapi"))?;
    let classic = read_edition(&Path::new(CONTRACT).join("classic"))?;
    for published in &classic {
        check_classic(published, &current)?;
    }
    let operations = with_ids(current)?;
    let target = target("contract.rs")?;
    fs::write(&target, tables(&operations)?).map_err(|error| format!("{}: {error}", target.display()))
}

/// One operation as a document publishes it.
struct Published {
    family: String,
    method: &'static str,
    path: String,
    published_id: Option<String>,
    /// A Rust expression of type `Option<Tier>`.
    tier: String,
    deprecated: bool,
    statuses: BTreeSet<u16>,
    has_default_status: bool,
}

impl Published {
    fn method_and_path(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// Every operation of every document in `folder`, ordered by path and method.
fn read_edition(folder: &Path) -> Result<Vec<Published>, String> {
    let in_folder = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(in_folder)? {
        let file = entry.map_err(in_folder)?.path();
        if file.extension().is_some_and(|extension| extension == "json") {
            files.push(file);
        }
    }
    files.sort();
    let mut operations = Vec::new();
    for file in files {
        let read = || {
            let text = fs::read_to_string(&file).map_err(|error| error.to_string())?;
            let document = serde_json::from_str(&text).map_err(|error| error.to_string())?;
            read_document(&document)
        };
        operations.extend(read().map_err(|problem: String| format!("{}: {problem}", file.display()))?);
    }
    operations.sort_by(|a, b| (&a.path, method_rank(a.method)).cmp(&(&b.path, method_rank(b.method))));
    for pair in operations.windows(2) {
        if pair[0].method_and_path() == pair[1].method_and_path() {
            return Err(format!(
                "{} is published by two families",
                pair[0].method_and_path()
            ));
        }
    }
    Ok(operations)
}

fn read_document(document: &Value) -> Result<Vec<Published>, String> {
    let family = document["info"]["title"]
        .as_str()
        .ok_or("`info.title`, the family's name, is missing")?;
    let paths = document["paths"].as_object().ok_or("`paths` is missing")?;
    let mut operations = Vec::new();
    for (path, item) in paths {
        for (method, operation) in item.as_object().ok_or_else(|| format!("{path}: not an object"))? {
            let method = METHODS
                .into_iter()
                .find(|known| known.eq_ignore_ascii_case(method))
                .ok_or_else(|| format!("{path}: `{method}` is none of {}", METHODS.join(", ")))?;
            let read = read_operation(family, method, path, operation);
            operations.push(read.map_err(|problem| format!("{method} {path}: {problem}"))?);
        }
    }
    Ok(operations)
}

fn read_operation(
    family: &str,
    method: &'static str,
    path: &str,
    operation: &Value,
) -> Result<Published, String> {
    let mut statuses = BTreeSet::new();
    let mut has_default_status = false;
    for status in operation["responses"]
        .as_object()
        .ok_or("`responses` is missing")?
        .keys()
    {
        match status.parse() {
            Ok(number @ 100..=599) => {
                statuses.insert(number);
            }
            _ if status == "default" => has_default_status = true,
            _ => return Err(format!("`{status}` is neither an HTTP status nor `default`")),
        }
    }
    Ok(Published {
        family: family.to_owned(),
        method,
        path: path.to_owned(),
        published_id: operation["operationId"].as_str().map(str::to_owned),
        tier: read_tier(&operation["x-qlik-tier"])?,
        // `x-qlik-deprecated` in the published specifications, `deprecated` in the types of `@qlik/api`.
        deprecated: operation["x-qlik-deprecated"] == true || operation["deprecated"] == true,
        statuses,
        has_default_status,
    })
}

/// `{"tier":"1","limit":1000}` as an expression of type `Option<Tier>`.
fn read_tier(tier: &Value) -> Result<String, String> {
    if tier.is_null() {
        return Ok("None".to_owned());
    }
    match (tier["tier"].as_str(), tier["limit"].as_u64()) {
        (Some("1"), Some(1000)) => Ok("Some(Tier::One)".to_owned()),
        (Some("2"), Some(100)) => Ok("Some(Tier::Two)".to_owned()),
        (Some("special"), Some(per_minute)) => {
            Ok(format!("Some(Tier::Special {{ per_minute: {per_minute} }})"))
        }
        _ => Err(format!(
            "`x-qlik-tier` is {tier}; known are 1 (1000), 2 (100) and special (any limit)"
        )),
    }
}

/// The tables describe both editions, which holds as long as the classic documents differ from the current
/// ones in parameters and schemas only.
fn check_classic(classic: &Published, current: &[Published]) -> Result<(), String> {
    let name = classic.method_and_path();
    let same = current
        .iter()
        .find(|operation| operation.method_and_path() == name)
        .ok_or_else(|| format!("{name} is published for the classic edition only"))?;
    let face = |operation: &Published| {
        (
            operation.family.clone(),
            operation.published_id.clone(),
            operation.tier.clone(),
            operation.deprecated,
            operation.statuses.clone(),
            operation.has_default_status,
        )
    };
    if face(classic) == face(same) {
        Ok(())
    } else {
        Err(format!(
            "{name}: id, tier, deprecation or statuses differ between the two editions"
        ))
    }
}

/// Gives every operation its id; the rule is in the documentation of `src/contract/mod.rs`.
fn with_ids(operations: Vec<Published>) -> Result<Vec<(String, Published)>, String> {
    let mut in_contract: BTreeMap<String, usize> = BTreeMap::new();
    let mut in_family: BTreeMap<(String, String), usize> = BTreeMap::new();
    for operation in &operations {
        if let Some(id) = &operation.published_id {
            *in_contract.entry(id.clone()).or_default() += 1;
            *in_family
                .entry((operation.family.clone(), id.clone()))
                .or_default() += 1;
        }
    }
    let mut taken = BTreeSet::new();
    let mut named = Vec::new();
    for operation in operations {
        let id = match &operation.published_id {
            Some(id) if in_contract[id] == 1 => id.clone(),
            Some(id) if in_family[&(operation.family.clone(), id.clone())] == 1 => {
                format!("{}/{id}", operation.family)
            }
            _ => operation.method_and_path(),
        };
        if !taken.insert(id.clone()) {
            return Err(format!("two operations have the id `{id}`"));
        }
        named.push((id, operation));
    }
    Ok(named)
}

/// The text of `contract.rs`.
fn tables(operations: &[(String, Published)]) -> Result<String, String> {
    let mut text = format!("static OPERATIONS: [Operation; {}] = [\n", operations.len());
    for (place, (id, operation)) in operations.iter().enumerate() {
        let Published {
            family,
            method,
            path,
            tier,
            deprecated,
            statuses,
            has_default_status,
            ..
        } = operation;
        text += &format!(
            "    Operation {{ place: {place}, id: {id:?}, method: Method::{method}, path: {path:?}, family: {family:?}, tier: {tier}, \
             deprecated: {deprecated}, statuses: &{statuses:?}, has_default_status: {has_default_status} }},\n",
            statuses = statuses.iter().collect::<Vec<_>>(),
        );
    }
    text += "];\n";

    let mut by_id: Vec<usize> = (0..operations.len()).collect();
    by_id.sort_by_key(|&position| &operations[position].0);
    text += &format!("static BY_ID: [u16; {}] = {by_id:?};\n", by_id.len());

    let mut root = Segment::default();
    for (position, (_, operation)) in operations.iter().enumerate() {
        root.publish(&operation.path, position)?;
    }
    let (mut templates, mut segments) = (Vec::new(), Vec::new());
    let root = root.write("", operations, &mut templates, &mut segments)?;
    text += &format!("static TEMPLATES: [Template; {}] = [\n", templates.len());
    text += &templates.concat();
    text += "];\n";
    text += &format!("static SEGMENTS: [Segment; {}] = [\n", segments.len());
    text += &segments.concat();
    text += "];\n";
    text += &format!("static ROOT: Segment = {root};\n");
    Ok(text)
}

/// What is published from one segment of a path on: the contract names some positions differently
/// (`/api/v1/assistants/{id}`, `/api/v1/assistants/{assistantId}/threads`), so a parameter has no name here.
#[derive(Default)]
struct Segment {
    /// What is published for the path that ends here.
    operations: Vec<usize>,
    fixed: BTreeMap<String, Segment>,
    parameter: Option<Box<Segment>>,
}

impl Segment {
    fn publish(&mut self, path: &str, position: usize) -> Result<(), String> {
        let mut end = self;
        for segment in path.split('/').skip(1) {
            end = if segment.starts_with('{') && segment.ends_with('}') {
                end.parameter.get_or_insert_default()
            } else if segment.contains(['{', '}']) {
                return Err(format!("{path}: a parameter has to fill its segment"));
            } else {
                end.fixed.entry(segment.to_owned()).or_default()
            };
        }
        end.operations.push(position);
        Ok(())
    }

    /// Adds what follows this segment, and what is published here; returns the expression for itself.
    fn write(
        mut self,
        text: &str,
        operations: &[(String, Published)],
        templates: &mut Vec<String>,
        segments: &mut Vec<String>,
    ) -> Result<String, String> {
        let mut template = "None".to_owned();
        if !self.operations.is_empty() {
            self.operations
                .sort_by_key(|&position| method_rank(operations[position].1.method));
            let methods = self
                .operations
                .iter()
                .map(|&position| operations[position].1.method);
            let allowed = allowed(methods)?;
            let list: Vec<_> = self
                .operations
                .iter()
                .map(|position| format!("&OPERATIONS[{position}]"))
                .collect();
            template = format!("Some({})", templates.len());
            templates.push(format!(
                "    Template {{ operations: &[{}], allowed: &[{allowed}] }},\n",
                list.join(", "),
            ));
        }
        // Those that follow stand side by side, the parameter last.
        let mut following = Vec::new();
        for (text, segment) in self.fixed {
            following.push(segment.write(&text, operations, templates, segments)?);
        }
        if let Some(segment) = self.parameter {
            following.push(segment.write("", operations, templates, segments)?);
        }
        let from = segments.len();
        segments.extend(following.iter().map(|segment| format!("    {segment},\n")));
        let to = segments.len();
        Ok(format!(
            "Segment {{ text: {text:?}, template: {template}, following: ({from}, {to}) }}"
        ))
    }
}

/// The methods of one template as Rust expressions; HEAD stands behind GET.
fn allowed(methods: impl Iterator<Item = &'static str>) -> Result<String, String> {
    let mut seen = BTreeSet::new();
    let mut list = Vec::new();
    for method in methods {
        if !seen.insert(method) {
            return Err(format!(
                "two paths that a router cannot tell apart both have {method}"
            ));
        }
        list.push(format!("Method::{method}"));
        if method == "GET" {
            list.push("Method::HEAD".to_owned());
        }
    }
    Ok(list.join(", "))
}

fn method_rank(method: &str) -> usize {
    METHODS
        .iter()
        .position(|known| *known == method)
        .unwrap_or(METHODS.len())
}
