//! The harvest itself: list, pages, fragments, one result or all problems.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Value, json};

use super::dialect::to_3_0;
use super::extensions::strip;
use super::index::{self, Link};
use super::merge::{Merger, Origin};
use super::page;
use super::source::Source;
use super::yaml;

/// What to do when pages disagree about a schema.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Conflicts {
    /// Refuse the harvest and show the difference.
    #[default]
    Refuse,
    /// Believe the schema's own page, if there is exactly one, and report the disagreement.
    SchemaPage,
}

/// What a site says.
#[derive(Debug, Clone, PartialEq)]
pub struct Harvest {
    /// The merged OpenAPI 3.0 document, nothing added.
    pub document: Value,
    /// For each operation and component: its page, the page's title and age.
    pub provenance: Value,
    /// Pages of text by file name.
    pub prose: BTreeMap<String, String>,
    /// What a person should know although it stopped nothing.
    pub notices: Vec<String>,
}

/// One thing that stopped the harvest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The page, or several.
    pub page: String,
    /// What is wrong with it.
    pub problem: String,
}

/// All that stopped the harvest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Failure {
    /// In the order in which they were met.
    pub problems: Vec<Problem>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "the harvest failed and nothing was written:")?;
        for Problem { page, problem } in &self.problems {
            writeln!(f, "  {page}: {problem}")?;
        }
        write!(
            f,
            "Nothing was guessed: correct the reader or tell the vendor, then harvest again."
        )
    }
}

/// Reads the list and every page on it.
///
/// # Errors
///
/// Every page that could not be fetched or does not fit, and every disagreement between pages.
pub fn gather(source: &dyn Source, conflicts: Conflicts) -> Result<Harvest, Failure> {
    const LIST: &str = "/llms.txt";
    let fail = |problems: Vec<String>| Failure {
        problems: problems
            .into_iter()
            .map(|problem| Problem {
                page: LIST.to_owned(),
                problem,
            })
            .collect(),
    };
    let list = source.page(LIST).map_err(|problem| fail(vec![problem]))?;
    let list = index::parse(&list.text, source.origin().as_deref()).map_err(fail)?;
    if list.links.len() > source.most_pages() {
        return Err(fail(vec![format!(
            "lists {} pages, more than {}",
            list.links.len(),
            source.most_pages()
        )]));
    }

    let mut gathering = Gathering::default();
    for link in &list.links {
        if let Err(problem) = gathering.page(source, link) {
            gathering.problems.push(Problem {
                page: link.path.clone(),
                problem,
            });
        }
    }
    gathering.finish(&list.title, conflicts)
}

#[derive(Default)]
struct Gathering {
    merger: Merger,
    prose: BTreeMap<String, String>,
    notices: Vec<String>,
    problems: Vec<Problem>,
}

impl Gathering {
    fn page(&mut self, source: &dyn Source, link: &Link) -> Result<(), String> {
        let fetched = source.page(&link.path)?;
        let page = page::parse(&fetched.text)?;
        if page.blocks.is_empty() && must_have_a_block(&link.path) {
            return Err(
                "has no section `OpenAPI Specification`, though its address is that of an endpoint or schema"
                    .to_owned(),
            );
        }
        let title = if page.title.is_empty() {
            link.title.clone()
        } else {
            page.title
        };
        let origin = Origin {
            page: link.path.clone(),
            title,
            last_modified: page.modified.or(fetched.last_modified),
        };
        for (line, block) in &page.blocks {
            let mut fragment = yaml::parse(block).map_err(|problem| format!("the block at line {line}: {problem}"))?;
            let unknown = strip(&mut fragment);
            if !unknown.is_empty() {
                let names: Vec<String> = unknown.into_iter().map(|name| format!("`{name}`")).collect();
                self.notices.push(format!(
                    "{}: unknown extension {} was kept; decide what it means",
                    link.path,
                    names.join(", ")
                ));
            }
            to_3_0(&mut fragment).map_err(|problem| format!("the block at line {line}: {problem}"))?;
            self.merger.add(&origin, &fragment);
        }
        if !page.prose.is_empty() {
            let name = file_name(&link.path)?;
            if self.prose.insert(name.clone(), page.prose).is_some() {
                return Err(format!("another page has the file name {name} too"));
            }
        }
        Ok(())
    }

    fn finish(mut self, title: &str, conflicts: Conflicts) -> Result<Harvest, Failure> {
        let version = self.document_version();
        match self.merger.finish(conflicts == Conflicts::SchemaPage) {
            Err(problems) => {
                self.problems
                    .extend(problems.into_iter().map(|(page, problem)| Problem { page, problem }));
                Err(Failure {
                    problems: self.problems,
                })
            }
            Ok(_) if !self.problems.is_empty() => Err(Failure {
                problems: self.problems,
            }),
            Ok(merged) => {
                let mut document = merged.document;
                let version = version.unwrap_or_else(|| {
                    self.notices
                        .push("no page says `Document Version: …`; the version is given as `unknown`".to_owned());
                    "unknown".to_owned()
                });
                document.insert("info".into(), json!({ "title": title, "version": version }));
                self.notices.extend(
                    merged
                        .settled
                        .into_iter()
                        .map(|text| format!("settled by the schema's own page: {text}")),
                );
                Ok(Harvest {
                    document: Value::Object(document),
                    provenance: merged.provenance,
                    prose: self.prose,
                    notices: self.notices,
                })
            }
        }
    }

    /// The one version that the words state, as `Document Version: 0.2.7`.
    fn document_version(&self) -> Option<String> {
        let mut found: Vec<&str> = Vec::new();
        for line in self.prose.values().flat_map(|text| text.lines()) {
            if let Some((_, rest)) = line.split_once("Document Version:")
                && let Some(version) = rest.split_whitespace().next()
            {
                found.push(version.trim_matches(|character: char| !character.is_ascii_alphanumeric()));
            }
        }
        found.sort_unstable();
        found.dedup();
        match found.as_slice() {
            [one] => Some((*one).to_owned()),
            _ => None,
        }
    }
}

/// Addresses end in an id whose letter says the kind: `…28719505e0` is an endpoint, `…13143017d0` a schema.
fn must_have_a_block(path: &str) -> bool {
    let stem = path.trim_end_matches(".md");
    let Some(id) = stem.rsplit('-').next() else {
        return false;
    };
    ["e0", "d0"].iter().any(|suffix| {
        id.strip_suffix(suffix)
            .is_some_and(|digits| digits.len() >= 4 && digits.bytes().all(|byte| byte.is_ascii_digit()))
    })
}

/// The last segment of the path, when it is a plain name.
fn file_name(path: &str) -> Result<String, String> {
    let name = path.rsplit('/').next().unwrap_or_default();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'%');
    if name.len() > 3 && name.len() < 200 && name.bytes().all(plain) && !name.starts_with('.') && name != "README.md" {
        Ok(name.to_owned())
    } else {
        Err(format!("`{name}` cannot be a file name"))
    }
}
