//! `seed init`: a seed to begin with.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use crate::cli::remote::{Answer, Failure};
use crate::domain::seed;
use crate::seeds::{FILE, STARTER, Shipped};

/// The name of the schema beside a seed. A folder that is a seed leaves it out.
const SCHEMA_FILE: &str = "mock-qlik-cloud.schema.json";

/// What to begin with, and where.
#[derive(Args, Clone, Debug)]
pub(super) struct Beginning {
    /// The file to write; `-` prints the seed.
    #[arg(default_value = FILE)]
    file: PathBuf,

    /// Begin with a shipped seed instead of one that explains itself.
    #[arg(long, value_name = "NAME")]
    from: Option<Shipped>,

    /// Write over what is there.
    #[arg(long)]
    force: bool,
}

impl Beginning {
    /// Writes the seed and the schema.
    ///
    /// # Errors
    /// When there is something else already, or it cannot be written.
    pub(super) fn write(&self) -> Result<Answer, Failure> {
        let text = self.text().map_err(|error| failure(&self.file, error))?;
        if self.file == Path::new("-") {
            let document = serde_json::from_str(&text).map_err(|error| failure(&self.file, error))?;
            return Ok(Answer::Lines(vec![text.trim_end().to_owned()], document));
        }
        let schema = format!("{:#}\n", seed::schema());
        let files = [
            (self.file.clone(), text),
            (self.file.with_file_name(SCHEMA_FILE), schema),
        ];
        for (file, text) in &files {
            if !self.force && is_something_else(file, text) {
                return Err(failure(file, "is there already; --force writes over it"));
            }
        }
        for (file, text) in &files {
            fs::write(file, text).map_err(|error| failure(file, format!("cannot be written: {error}")))?;
        }
        let files = files.map(|(file, _)| file.display().to_string());
        let [seed, schema] = &files;
        let lines = vec![
            format!("{seed}: the seed. `mock-qlik-cloud --seed {seed}` starts with it."),
            format!("{schema}: its schema, for editors."),
        ];
        Ok(Answer::Lines(lines, json!({ "files": files })))
    }

    /// The seed, with the address of the schema beside it.
    fn text(&self) -> Result<String, serde_json::Error> {
        let made;
        let text = match self.from {
            None => STARTER,
            Some(shipped) => match shipped.text() {
                Some(text) => text,
                None => {
                    let document: Value = shipped.document()?;
                    made = format!("{document:#}\n");
                    &made
                }
            },
        };
        let mut lines = text.lines().filter(|line| !line.starts_with("  \"$schema\":"));
        let first = lines.next().unwrap_or("{");
        let rest = lines.collect::<Vec<_>>().join("\n");
        Ok(format!("{first}\n  \"$schema\": \"./{SCHEMA_FILE}\",\n{rest}\n"))
    }
}

fn is_something_else(file: &Path, text: &str) -> bool {
    file.exists() && fs::read_to_string(file).map_or(true, |present| present != text)
}

fn failure(file: &Path, problem: impl ToString) -> Failure {
    Failure::File {
        file: file.display().to_string(),
        problem: problem.to_string(),
    }
}
