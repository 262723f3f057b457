//! The harvest itself: list, pages, fragments, one result or all problems.

use std::collections::BTreeMap;
use std::fmt;

use fh_codegen::reference;
use serde_json::{Map, Value, json};

use super::alternatives::fold;
use super::cause::{Cause, Notice, Problem, Remark};
use super::dialect::to_3_0;
use super::extensions::strip;
use super::index::{self, LIST, Link};
use super::merge::{Conflicts, Merger, Origin};
use super::page;
use super::partial::{self, Known, Partial};
use super::source::Source;
use super::yaml;

/// What a site says.
#[derive(Debug, Clone, PartialEq)]
pub struct Harvest {
    /// The merged OpenAPI 3.0 document, nothing added.
    pub document: Value,
    /// For each operation, component and page of text: its page, the page's title and age, and why it is not of today.
    pub provenance: Value,
    /// Pages of text by file name.
    pub prose: BTreeMap<String, String>,
    /// What a person should know although it stopped nothing.
    pub notices: Vec<Notice>,
    /// What could not be read; only a partial harvest has any.
    pub problems: Vec<Problem>,
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
        for problem in &self.problems {
            writeln!(f, "  {problem}")?;
        }
        write!(
            f,
            "Nothing was guessed. Go on with what could be read: `--allow-partial` keeps the last known text of the rest. Or correct the \
             reader, or tell the vendor, and harvest again."
        )
    }
}

/// Reads the list and every page on it.
///
/// # Errors
///
/// Every page that could not be fetched or does not fit, and every disagreement between pages.
pub fn gather(source: &dyn Source, conflicts: Conflicts) -> Result<Harvest, Failure> {
    let harvest = read(source, conflicts, None)?;
    if harvest.problems.is_empty() {
        Ok(harvest)
    } else {
        Err(Failure {
            problems: harvest.problems,
        })
    }
}

/// Reads what can be read, and keeps what was known of the rest.
///
/// # Errors
///
/// When there is no list of pages: then nothing can be told from nothing.
pub fn gather_partly(source: &dyn Source, conflicts: Conflicts, known: &Known) -> Result<Harvest, Failure> {
    read(source, conflicts, Some(known))
}

fn read(source: &dyn Source, conflicts: Conflicts, known: Option<&Known>) -> Result<Harvest, Failure> {
    let fail = |problem: Problem| Failure {
        problems: vec![problem.on(LIST)],
    };
    let list = source
        .page(LIST)
        .map_err(|problem| fail(Cause::NotFetched.because(problem)))?;
    let list = index::parse(&list.text, source.origin().as_deref()).map_err(fail)?;
    if list.links.len() > source.most_pages() {
        let problem = format!("lists {} pages, more than {}", list.links.len(), source.most_pages());
        return Err(fail(Cause::UnknownForm.because(problem)));
    }
    let mut gathering = Gathering {
        problems: list.problems,
        ..Gathering::default()
    };
    for link in &list.links {
        if let Err(problem) = gathering.page(source, link) {
            gathering.problems.push(problem.on(&link.path));
        }
    }
    Ok(gathering.finish(&list.title, conflicts, known))
}

#[derive(Default)]
struct Gathering {
    merger: Merger,
    prose: BTreeMap<String, String>,
    /// Where each page of text came from.
    texts: Map<String, Value>,
    notices: Vec<Notice>,
    problems: Vec<Problem>,
}

impl Gathering {
    fn page(&mut self, source: &dyn Source, link: &Link) -> Result<(), Problem> {
        let fetched = source
            .page(&link.path)
            .map_err(|problem| Cause::NotFetched.because(problem))?;
        let page = page::parse(&fetched.text)?;
        if page.blocks.is_empty() && must_have_a_block(&link.path) {
            return Err(Cause::NoSpecification.because(
                "has no section `OpenAPI Specification`, though its address is that of an endpoint or schema",
            ));
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
        // A page counts as a whole: half of one would be a document that nobody wrote.
        let mut fragments = Vec::new();
        for (line, block) in &page.blocks {
            let at = |problem: String| format!("the block at line {line}: {problem}");
            let fragment = yaml::parse(block).map_err(|problem| Cause::BrokenYaml.because(at(problem)))?;
            let fragment = self
                .in_our_form(fragment, &link.path)
                .map_err(|problem| Cause::BeyondOpenApi.because(at(problem)))?;
            fragments.push(fragment);
        }
        for fragment in &fragments {
            self.merger.add(&origin, fragment);
        }
        if !page.prose.is_empty() {
            let name = file_name(&link.path)?;
            if self.prose.insert(name.clone(), page.prose).is_some() {
                return Err(Cause::SameName.because(format!("another page has the file name {name} too")));
            }
            self.texts.insert(format!("prose/{name}"), origin.to_json());
        }
        Ok(())
    }

    /// A fragment as OpenAPI 3.0 without the documentation tool's own extensions, its references in one spelling.
    fn in_our_form(&mut self, mut fragment: Value, page: &str) -> Result<Value, String> {
        let unknown = strip(&mut fragment);
        if !unknown.is_empty() {
            self.notices.push(Notice::new(
                Remark::UnknownExtension,
                page,
                format!("unknown extension {} was kept; decide what it means", listed(unknown)),
            ));
        }
        let mut left_out = to_3_0(&mut fragment)?;
        if let Some(webhooks) = fragment.get_mut("webhooks") {
            // The same form as that of paths, in another place.
            let mut paths = json!({ "paths": webhooks.take() });
            left_out.extend(to_3_0(&mut paths)?);
            *webhooks = paths["paths"].take();
        }
        if !left_out.is_empty() {
            let text = format!("{} says nothing of the shape and was left out", listed(left_out));
            self.notices.push(Notice::new(Remark::LeftOut, page, text));
        }
        reference::each(&mut fragment, &mut reference::respelled);
        for text in fold(&mut fragment) {
            self.notices.push(Notice::new(Remark::AlternativeAnswer, page, text));
        }
        Ok(fragment)
    }

    fn finish(mut self, title: &str, conflicts: Conflicts, known: Option<&Known>) -> Harvest {
        let version = self.document_version();
        let mut merged = std::mem::take(&mut self.merger).finish(conflicts);
        self.problems.append(&mut merged.problems);
        self.notices.append(&mut merged.notices);
        merged.provenance.append(&mut self.texts);
        if let Some(known) = known.filter(|_| !self.problems.is_empty()) {
            let partial = Partial {
                document: &mut merged.document,
                provenance: &mut merged.provenance,
                prose: &mut self.prose,
                problems: &self.problems,
            };
            self.notices
                .extend(partial::keep(partial, known, |page| file_name(page).ok()));
        }
        let version = version.or_else(|| self.document_version()).unwrap_or_else(|| {
            self.notices.push(Notice::new(
                Remark::Document,
                LIST,
                "no page says `Document Version: …`; the version is given as `unknown`",
            ));
            "unknown".to_owned()
        });
        merged
            .document
            .insert("info".into(), json!({ "title": title, "version": version }));
        Harvest {
            document: Value::Object(merged.document),
            provenance: Value::Object(merged.provenance),
            prose: self.prose,
            notices: self.notices,
            problems: self.problems,
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

fn listed(names: impl IntoIterator<Item = String>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
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

/// The whole path as one plain name, so that two folders may hold pages of the same name. Of a path too long for a file, the id at its
/// end.
fn file_name(path: &str) -> Result<String, Problem> {
    const LONGEST: usize = 200;
    let mut name = path.trim_start_matches('/').replace('/', "--");
    if name.len() >= LONGEST
        && let Some((_, id)) = name.rsplit_once('-')
    {
        name = id.to_owned();
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'%');
    if name.len() > 3
        && name.len() < LONGEST
        && name.bytes().all(plain)
        && !name.starts_with('.')
        && name != "README.md"
    {
        Ok(name)
    } else {
        Err(Cause::UnknownForm.because(format!("`{name}` cannot be a file name")))
    }
}
