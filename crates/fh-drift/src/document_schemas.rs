//! The schemas of documents that stand elsewhere than in the specification: the files for editors, and the part of the agent's
//! description that is about documents. They follow the specification, so that a new field is in them without a hand.

use std::path::{Path, PathBuf};
use std::{fs, io};

use fh_codegen::{document, documents};
use serde_json::Value;

/// The description of the agent's API.
pub const AGENT: &str = "crates/fh-agent/src/openapi.json";

/// The schema of each kind of document, as editors read it.
pub const FOR_EDITORS: [(&str, &str); 2] = [
    ("Invoice", "docs/schemas/invoice.schema.json"),
    ("CreditNote", "docs/schemas/credit-note.schema.json"),
];

/// The files, each with what it should hold. One that does not stand in this workspace is left out: a workspace may hold the
/// specification alone.
///
/// # Errors
///
/// When a file cannot be read, or has no place for a schema.
pub fn files(root: &Path, specification: &Value) -> Result<Vec<(PathBuf, String)>, Error> {
    let mut files = Vec::new();
    for (name, path) in FOR_EDITORS {
        let path = root.join(path);
        if path.exists() {
            files.push((path, documents::json_schema(specification, name)?));
        }
    }
    let agent = root.join(AGENT);
    if agent.exists() {
        let mut text = fs::read_to_string(&agent).map_err(|source| Error::File {
            path: agent.clone(),
            source,
        })?;
        for (name, schema) in documents::openapi_schemas(specification)? {
            text = put(&text, name, &schema).ok_or_else(|| Error::NoPlace {
                path: agent.clone(),
                name: name.to_owned(),
            })?;
        }
        files.push((agent, text));
    }
    Ok(files)
}

/// Why the schemas cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file cannot be read.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// The description of the agent's API has no such schema to replace.
    #[error(
        "{path}: there is no component schema {name} to replace; add an empty one, `\"{name}\": {{}}` over two lines"
    )]
    NoPlace {
        /// The file.
        path: PathBuf,
        /// The schema.
        name: String,
    },
    /// The specification lacks a schema.
    #[error(transparent)]
    Specification(#[from] fh_codegen::Error),
}

/// The text with one component schema replaced. The rest of the file is people's, so it is not read and written again.
fn put(text: &str, name: &str, schema: &Value) -> Option<String> {
    const INDENT: &str = "      ";
    let components = text.find("\n  \"components\": {")?;
    let schemas = components + text[components..].find("\n    \"schemas\": {")?;
    let head = format!("\n{INDENT}\"{name}\": {{");
    let start = schemas + text[schemas..].find(&head)? + 1;
    let end = start + text[start..].find(&format!("\n{INDENT}}}"))? + 1 + INDENT.len() + 1;
    let rendered = document::render(schema);
    let lines: Vec<String> = rendered
        .trim_end()
        .lines()
        .map(|line| format!("{INDENT}{line}"))
        .collect();
    let member = format!("{INDENT}\"{name}\": {}", lines.join("\n").trim_start());
    Some(format!("{}{member}{}", &text[..start], &text[end..]))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn one_schema_is_replaced_and_the_rest_is_untouched() {
        let text = "{\n  \"paths\": {  },\n  \"components\": {\n    \"schemas\": {\n      \"A\": {\n        \"x\": 1\n      },\n      \"B\": {\n        \"y\": {\n          \"z\": 1\n        }\n      }\n    }\n  }\n}\n";
        let put = put(text, "B", &json!({"new": true})).unwrap();
        assert_eq!(
            put,
            text.replace("\"y\": {\n          \"z\": 1\n        }", "\"new\": true")
        );
        assert_eq!(super::put(text, "C", &json!({})), None);
    }
}
