//! The Markdown twin of a page: its specification blocks and its words.

use super::cause::{Cause, Problem};
use super::index::looks_like_html;

/// The heading above the specification of an endpoint or schema.
const HEADING: &str = "openapi specification";

/// A page taken apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// The first heading.
    pub title: String,
    /// The YAML blocks of the specification section, with the line each starts at.
    pub blocks: Vec<(usize, String)>,
    /// Everything else, normalised; empty when there are no words but headings.
    pub prose: String,
    /// What the page says of its own age.
    pub modified: Option<String>,
}

/// Takes a page apart. Fences are those of CommonMark: a line indented by more than three blanks neither opens nor closes a block, and
/// a block that nobody closes ends with the page.
///
/// # Errors
///
/// When it is a web page, or the specification section holds no YAML block or another kind of block.
pub fn parse(text: &str) -> Result<Page, Problem> {
    if looks_like_html(text) {
        return Err(Cause::NotMarkdown.because("an HTML page where Markdown should be"));
    }
    let mut page = Page::default();
    let mut words = Vec::new();
    let mut section: Option<usize> = None;
    let mut had_section = false;
    let mut open: Option<Fence> = None;
    for (number, line) in text.lines().enumerate().map(|(number, line)| (number + 1, line)) {
        if let Some(fence) = &mut open {
            if fence.closed_by(line) {
                if let Some(body) = fence.specification.take() {
                    page.blocks.push((fence.line, body));
                } else {
                    words.push(line);
                }
                open = None;
            } else if let Some(body) = &mut fence.specification {
                body.push_str(line.strip_prefix(fence.indent.as_str()).unwrap_or(line));
                body.push('\n');
            } else {
                words.push(line);
            }
            continue;
        }
        if let Some(mut fence) = Fence::opened_by(line, number) {
            if section.is_some() {
                if !matches!(fence.language.as_str(), "yaml" | "yml") {
                    return Err(Cause::NoSpecification.because(format!(
                        "line {number}: a block of `{}` where the specification should be YAML",
                        fence.language
                    )));
                }
                fence.specification = Some(String::new());
            } else {
                words.push(line);
            }
            open = Some(fence);
            continue;
        }
        if let Some((level, title)) = heading(line) {
            if page.title.is_empty() {
                title.clone_into(&mut page.title);
            }
            if title.to_lowercase() == HEADING {
                section = Some(level);
                had_section = true;
                continue;
            }
            if section.is_some_and(|of| level <= of) {
                section = None;
            }
        }
        if let Some(when) = modified(line) {
            page.modified = Some(when);
        } else {
            words.push(line);
        }
    }
    if let Some(Fence {
        specification: Some(body),
        line,
        ..
    }) = open
    {
        page.blocks.push((line, body));
    }
    if had_section && page.blocks.is_empty() {
        return Err(Cause::NoSpecification.because("the section `OpenAPI Specification` holds no YAML block"));
    }
    page.prose = normalised(&words);
    Ok(page)
}

struct Fence {
    mark: char,
    length: usize,
    indent: String,
    language: String,
    line: usize,
    specification: Option<String>,
}

impl Fence {
    fn opened_by(line: &str, number: usize) -> Option<Fence> {
        let inner = unindented(line)?;
        let mark = inner.chars().next().filter(|mark| matches!(mark, '`' | '~'))?;
        let length = inner.chars().take_while(|character| *character == mark).count();
        if length < 3 || (mark == '`' && inner[length..].contains('`')) {
            return None;
        }
        let language = inner[length..]
            .split_whitespace()
            .next()
            .unwrap_or_default()
            .to_lowercase();
        let indent = line[..line.len() - inner.len()].to_owned();
        Some(Fence {
            mark,
            length,
            indent,
            language,
            line: number,
            specification: None,
        })
    }

    fn closed_by(&self, line: &str) -> bool {
        unindented(line).map(str::trim_end).is_some_and(|line| {
            line.chars().count() >= self.length && line.chars().all(|character| character == self.mark)
        })
    }
}

/// The line without its indent, when that is small enough for a fence: deeper in, the line is text, such as an example in the
/// description of a schema.
fn unindented(line: &str) -> Option<&str> {
    const DEEPEST: usize = 3;
    let inner = line.trim_start_matches(' ');
    (line.len() - inner.len() <= DEEPEST).then_some(inner)
}

fn heading(line: &str) -> Option<(usize, &str)> {
    let level = line.chars().take_while(|character| *character == '#').count();
    let title = line.get(level..)?;
    ((1..=6).contains(&level) && title.starts_with(' ')).then(|| (level, title.trim().trim_end_matches('#').trim_end()))
}

/// `Modified at 2026-03-04 08:07:26`, `Last modified: …`. Kept as provenance: as prose it would be a difference
/// without a change.
fn modified(line: &str) -> Option<String> {
    let bare = line.trim().trim_matches(['*', '_', '>', ' ']);
    let lower = bare.to_ascii_lowercase();
    let prefix = ["last modified at", "last modified", "modified at"]
        .into_iter()
        .find(|prefix| lower.starts_with(prefix))?;
    let when = bare.get(prefix.len()..)?.trim_start_matches([':', '*', '_', ' ']);
    when.starts_with(|character: char| character.is_ascii_digit())
        .then(|| when.to_owned())
}

/// No white space at line ends, no runs of empty lines; empty when nothing but headings is left.
fn normalised(lines: &[&str]) -> String {
    let mut out = String::new();
    let mut blank = true;
    let mut says_something = false;
    for line in lines.iter().map(|line| line.trim_end()) {
        if line.is_empty() {
            if !blank {
                out.push('\n');
            }
            blank = true;
            continue;
        }
        says_something |= heading(line).is_none();
        out.push_str(line);
        out.push('\n');
        blank = false;
    }
    if says_something {
        format!("{}\n", out.trim_end())
    } else {
        String::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_taken_from_their_section_only() {
        let text = "# Get\n\nModified at 2026-03-04 08:07:26\n\n```yaml\nprose: yes\n```\n\n## OpenAPI Specification\n\n````yaml\nopenapi: 3.0.1\n```\n````\n\n  ```yml\n  a: 1\n  ```\n\n## After\n\nwords   \n\n\n\nmore\n";
        let page = parse(text).expect("a page");
        assert_eq!(page.title, "Get");
        assert_eq!(
            page.blocks,
            [(11, "openapi: 3.0.1\n```\n".to_owned()), (16, "a: 1\n".to_owned())]
        );
        assert_eq!(page.modified.as_deref(), Some("2026-03-04 08:07:26"));
        assert_eq!(
            page.prose,
            "# Get\n\n```yaml\nprose: yes\n```\n\n## After\n\nwords\n\nmore\n"
        );
    }

    #[test]
    fn a_page_of_headings_has_no_words() {
        assert_eq!(
            parse("# Only\n\n## OpenAPI Specification\n```yaml\na: 1\n```\n")
                .expect("a page")
                .prose,
            ""
        );
    }

    #[test]
    fn a_fence_deep_inside_a_description_is_text() {
        let text = "## OpenAPI Specification\n\n```yaml\ninfo:\n  description: |\n    Such as\n    ```json\n    {}\n    ```\nx: 1\n```\n";
        let page = parse(text).expect("a page");
        assert_eq!(page.blocks.len(), 1);
        assert!(page.blocks[0].1.ends_with("    ```\nx: 1\n"), "{:?}", page.blocks);
    }

    #[test]
    fn a_block_that_nobody_closes_ends_with_the_page() {
        let page = parse("# A\n\nwords\n```bash\nopen\n").expect("a page of text");
        assert_eq!(page.prose, "# A\n\nwords\n```bash\nopen\n");
        let page = parse("## OpenAPI Specification\n```yaml\na: 1\n").expect("a specification");
        assert_eq!(page.blocks, [(2, "a: 1\n".to_owned())]);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for (text, words) in [
            ("<!doctype html>", "HTML"),
            ("## OpenAPI Specification\n\nnone\n", "holds no YAML"),
            ("## OpenAPI Specification\n```json\n{}\n```\n", "line 2"),
        ] {
            let problem = parse(text).expect_err(words).problem;
            assert!(problem.contains(words), "{problem}");
        }
    }
}
