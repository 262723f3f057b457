//! `llms.txt`: the list of pages.

use reqwest::Url;

use super::cause::{Cause, Problem};

/// Where every site has its list.
pub const LIST: &str = "/llms.txt";

/// The pages of a site, in the order in which it lists them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// The first heading.
    pub title: String,
    /// The pages, each once.
    pub links: Vec<Link>,
    /// Lines that lead to no page of this site.
    pub problems: Vec<Problem>,
}

/// One page of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The heading it stands under.
    pub group: String,
    /// The text of the link.
    pub title: String,
    /// The absolute path on the site, such as `/get-profile-28719507e0.md`.
    pub path: String,
}

/// Reads the list. Links must be relative, or have the origin given; without one, all must agree on theirs.
///
/// # Errors
///
/// When it is no such list.
pub fn parse(text: &str, origin: Option<&str>) -> Result<Index, Problem> {
    if looks_like_html(text) {
        return Err(Cause::NotMarkdown
            .because("an HTML page where the list of pages should be")
            .on(LIST));
    }
    let mut index = Index {
        title: String::new(),
        links: Vec::new(),
        problems: Vec::new(),
    };
    let mut origin = origin.map(str::to_owned);
    let mut group = String::new();
    for (number, line) in text.lines().enumerate().map(|(number, line)| (number + 1, line.trim())) {
        if let Some(title) = line.strip_prefix("# ") {
            if index.title.is_empty() {
                title.trim().clone_into(&mut index.title);
            }
        } else if let Some(title) = line.strip_prefix("## ") {
            title.trim().clone_into(&mut group);
        } else if let Some(item) = line.strip_prefix("- ").or_else(|| line.strip_prefix("* ")) {
            let Some((title, target)) = link(item) else { continue };
            match path_of(target, &mut origin) {
                Ok(path) if index.links.iter().any(|link| link.path == path) => {}
                Ok(path) => index.links.push(Link {
                    group: group.clone(),
                    title: title.to_owned(),
                    path,
                }),
                Err(problem) => {
                    let problem = Cause::ForeignLink.because(format!("line {number}: {problem}"));
                    index.problems.push(problem.on(LIST));
                }
            }
        }
    }
    if index.links.is_empty() {
        return Err(Cause::NoSpecification
            .because("lists no page: this is not the list of a documentation site")
            .on(LIST));
    }
    Ok(index)
}

/// Whether the text is a web page, such as the one a site shows for any address it does not know.
pub(super) fn looks_like_html(text: &str) -> bool {
    let start: String = text
        .trim_start_matches('\u{feff}')
        .trim_start()
        .chars()
        .take(15)
        .collect();
    let start = start.to_ascii_lowercase();
    start.starts_with("<!doctype") || start.starts_with("<html") || start.starts_with("<head")
}

/// The text and target of the first Markdown link of an item.
fn link(item: &str) -> Option<(&str, &str)> {
    let middle = item.find("](")?;
    let start = item[..middle].rfind('[')?;
    let rest = &item[middle + 2..];
    let mut depth = 0_usize;
    for (at, character) in rest.char_indices() {
        match character {
            '(' => depth += 1,
            ')' if depth == 0 => return Some((item[start + 1..middle].trim(), rest[..at].trim())),
            ')' => depth -= 1,
            _ => {}
        }
    }
    None
}

fn path_of(target: &str, origin: &mut Option<String>) -> Result<String, String> {
    let placeholder = "https://relative.invalid";
    let base = Url::parse(origin.as_deref().unwrap_or(placeholder)).map_err(|error| error.to_string())?;
    let url = base
        .join(target)
        .map_err(|error| format!("`{target}` is no address: {error}"))?;
    let found = url.origin().ascii_serialization();
    if found != placeholder {
        match origin {
            Some(expected) if *expected != found => {
                return Err(format!("`{target}` is a page of another host; expected {expected}"));
            }
            _ => *origin = Some(found),
        }
    }
    if url.query().is_some() || !url.path().ends_with(".md") {
        return Err(format!("`{target}` is not the Markdown twin of a page (no `.md`)"));
    }
    Ok(url.path().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_titles_and_paths_are_read() {
        let text = "# Things\n\n> Words.\n\n## Docs\n- [Intro](https://a.test/intro-1m0.md): Say [hello](x)\n\n## API Docs\n- Mappings > Tax [Add (new)](/add-2e0.md)\n* [Again](https://a.test/intro-1m0.md)\n";
        let index = parse(text, Some("https://a.test")).expect("a list");
        assert_eq!(index.title, "Things");
        let found: Vec<_> = index
            .links
            .iter()
            .map(|link| (link.group.as_str(), link.title.as_str(), link.path.as_str()))
            .collect();
        assert_eq!(
            found,
            [
                ("Docs", "Intro", "/intro-1m0.md"),
                ("API Docs", "Add (new)", "/add-2e0.md")
            ]
        );
    }

    #[test]
    fn every_line_that_does_not_fit_is_named() {
        let text = "# T\n- [A](https://a.test/a.md)\n- [B](https://b.test/b.md)\n- [C](https://a.test/c)\n";
        let index = parse(text, None).expect("a list");
        assert_eq!(index.links.len(), 1);
        let problems: Vec<_> = index.problems.iter().map(|problem| problem.problem.as_str()).collect();
        assert_eq!(problems.len(), 2);
        assert!(
            problems[0].starts_with("line 3:") && problems[0].contains("another host"),
            "{problems:?}"
        );
        assert!(problems[1].starts_with("line 4:"), "{problems:?}");
        assert!(parse("nothing here", None).is_err());
        assert!(parse("\n<!DOCTYPE html><html>", None).is_err());
    }
}
