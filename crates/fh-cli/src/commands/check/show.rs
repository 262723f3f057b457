//! One document's findings, for a person or for a script.

use std::{borrow::Cow, collections::BTreeMap, fmt::Write as _};

use anstyle::{AnsiColor, Style};
use fiscal_harmony::{
    document::locate,
    preflight::{self, Finding, Findings, Level, Skipped, Verdict},
};
use serde::Serialize;

use super::gate::Gate;
use crate::{
    input::{self, Piece, Position, Problem, Source},
    output::Output,
};

/// A document that was checked, and what is said about it.
pub(super) struct Checked {
    pub(super) verdict: Verdict,
    pub(super) skipped: Vec<Skipped>,
    /// Complete, with its line ends.
    pub(super) text: String,
}

/// One line of `--output json`: its keys are a promise to scripts.
#[derive(Serialize)]
struct Line<'a> {
    /// The document's id; null when it could not be read.
    document: Option<&'a str>,
    verdict: Verdict,
    findings: &'a [Finding],
    /// Findings that are not listed, where a mistake is on very many lines.
    #[serde(skip_serializing_if = "is_none")]
    unlisted: usize,
    skipped: &'a [Skipped],
    /// Where the document begins.
    file: String,
    line: Option<usize>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands fields over by reference")]
fn is_none(count: &usize) -> bool {
    *count == 0
}

impl Checked {
    pub(super) fn of(piece: Result<(Source, Piece), Problem>, gate: &Gate, json: bool) -> Self {
        let (place, text, id, findings) = match &piece {
            Err(problem) => (Place::of(&problem.source, None), None, None, unreadable(problem)),
            Ok((source, piece)) => {
                let place = Place::of(source, Some(piece.at));
                let text = piece.text.as_deref().ok();
                match input::parse(source, piece, gate.allowed()) {
                    Ok(found) => {
                        let findings = gate.check(&found.document);
                        (place, text, Some(found.document.id().to_owned()), findings)
                    }
                    Err(problem) => (place.with_trouble(&problem), text, None, unreadable(&problem)),
                }
            }
        };
        let verdict = findings.verdict();
        let text = if json {
            let line = Line {
                document: id.as_deref(),
                verdict,
                findings: &findings.findings,
                unlisted: findings.unlisted,
                skipped: &findings.skipped,
                file: place.source.to_string(),
                line: place.at.map(|at| at.line),
            };
            // Texts and numbers only: nothing here can fail to be written.
            serde_json::to_string(&line).unwrap_or_default() + "\n"
        } else {
            for_people(&place, text, id.as_deref(), &findings)
        };
        Self {
            verdict,
            skipped: findings.skipped,
            text,
        }
    }
}

fn unreadable(problem: &Problem) -> Findings {
    match &problem.cause {
        Some(error) => preflight::finding_of(error),
        None => preflight::unreadable(problem.message.clone()),
    }
    .into()
}

/// Where a document stands, and where in it the reader stumbled.
struct Place<'a> {
    source: &'a Source,
    at: Option<Position>,
    trouble: Option<Position>,
}

impl<'a> Place<'a> {
    fn of(source: &'a Source, at: Option<Position>) -> Self {
        Self {
            source,
            at,
            trouble: None,
        }
    }

    fn with_trouble(mut self, problem: &Problem) -> Self {
        self.trouble = problem.place.map(|(_, at)| at);
        self
    }
}

fn for_people(place: &Place<'_>, text: Option<&[u8]>, id: Option<&str>, findings: &Findings) -> String {
    let mut said = place.source.to_string();
    if let Some(at) = place.at {
        let _ = write!(said, ":{}", at.line);
    }
    let verdict = match findings.verdict() {
        Verdict::Pass => return format!("{said}: {}: pass\n", id.unwrap_or("?")),
        Verdict::Warn => painted(AnsiColor::Yellow, "warn"),
        Verdict::Block => painted(AnsiColor::Red, "block"),
    };
    let _ = writeln!(said, ": {}: {verdict}", id.unwrap_or("cannot be read"));
    for finding in &findings.findings {
        let colour = match finding.level {
            Level::Warn => AnsiColor::Yellow,
            Level::Block => AnsiColor::Red,
        };
        let code = finding.code.map(|code| format!(" {code}")).unwrap_or_default();
        let _ = writeln!(said, "  {}{code}: {}", painted(colour, finding.rule), finding.message);
        if let (Some(text), Some(at)) = (text, place.at) {
            said.push_str(&excerpt(place, text, at, finding).unwrap_or_default());
        }
        let _ = writeln!(said, "    = {}", finding.remedy);
    }
    if findings.unlisted > 0 {
        let _ = writeln!(said, "  and {} more like these", findings.unlisted);
    }
    said
}

fn painted(colour: AnsiColor, text: &str) -> String {
    let style = Style::new().fg_color(Some(colour.into())).bold();
    format!("{style}{text}{style:#}")
}

/// How many characters of a line are shown around what is wrong. Documents of one line are long.
const AROUND: usize = 40;
/// How many characters are underlined at most.
const UNDERLINED: usize = 60;

/// The offending line with a caret under it, and its place in the file.
fn excerpt(place: &Place<'_>, text: &[u8], at: Position, finding: &Finding) -> Option<String> {
    let (start, end) = span(place, text, at, finding)?;
    let found = at.within(text, start);
    let line_start = text[..start]
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |newline| newline + 1);
    let line_end = text[start..]
        .iter()
        .position(|byte| *byte == b'\n')
        .map_or(text.len(), |newline| start + newline);
    let before = String::from_utf8_lossy(&text[line_start..start]);
    let value = String::from_utf8_lossy(&text[start..end.min(line_end)]);
    let after = String::from_utf8_lossy(&text[end.min(line_end)..line_end]);

    let skipped = before.chars().count().saturating_sub(AROUND);
    let lead: String = before.chars().skip(skipped).collect();
    let lead = clean(if skipped > 0 { format!("…{lead}") } else { lead });
    let shown: String = value.chars().take(UNDERLINED).collect();
    let shown = clean(shown);
    let cut_value = value.chars().count() > UNDERLINED;
    let mut tail: String = if cut_value {
        String::new()
    } else {
        after.trim_end().chars().take(AROUND).collect()
    };
    if cut_value || after.trim_end().chars().count() > AROUND {
        tail.push('…');
    }
    let number = found.line.to_string();
    let margin = " ".repeat(number.len());
    let pointer = if finding.pointer.is_empty() {
        ""
    } else {
        finding.pointer.as_str()
    };
    let caret = painted(AnsiColor::Red, &"^".repeat(shown.chars().count().max(1)));
    Some(format!(
        "    {margin}--> {}:{}:{} {pointer}\n    {number} | {lead}{shown}{}\n    {margin} | {}{caret}\n",
        place.source,
        found.line,
        found.column,
        clean(tail),
        " ".repeat(lead.chars().count()),
    ))
}

/// The bytes of the text that a finding is about.
fn span(place: &Place<'_>, text: &[u8], at: Position, finding: &Finding) -> Option<(usize, usize)> {
    if let Some(trouble) = place.trouble {
        // The reader counts characters from the beginning of the file, the text begins at the document.
        let line_starts = std::iter::once(0).chain(
            text.iter()
                .enumerate()
                .filter(|(_, byte)| **byte == b'\n')
                .map(|(at, _)| at + 1),
        );
        let line_start = line_starts.into_iter().nth(trouble.line.checked_sub(at.line)?)?;
        let columns = if trouble.line == at.line {
            trouble.column.checked_sub(at.column)?
        } else {
            trouble.column - 1
        };
        let rest = &text[line_start..];
        let is_boundary = |byte: u8| byte & 0xC0 != 0x80;
        let offset = rest
            .iter()
            .enumerate()
            .filter(|(_, byte)| is_boundary(**byte))
            .map(|(at, _)| at)
            .nth(columns)
            .unwrap_or(rest.len());
        let start = (line_start + offset).min(text.len());
        // The reader stops behind a value that it does not take; the value itself is the better place.
        if !finding.pointer.is_empty()
            && let Some(found) = locate(text, &finding.pointer)
            && found.end <= start + 1
        {
            return Some((found.start, found.end));
        }
        return Some((start, start));
    }
    if finding.pointer.is_empty() {
        return None;
    }
    let found = locate(text, &finding.pointer)?;
    Some((found.start, found.end))
}

/// Nothing that could steer a terminal, and one column for each character.
fn clean(text: String) -> String {
    if text.chars().any(char::is_control) {
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
    } else {
        text
    }
}

/// Which rules were not checked, by reason.
#[derive(Default)]
pub(super) struct Skips(BTreeMap<Cow<'static, str>, BTreeMap<&'static str, usize>>);

impl Skips {
    pub(super) fn add(&mut self, skipped: &[Skipped]) {
        for skipped in skipped {
            if !self.0.contains_key(&skipped.reason) {
                self.0.insert(skipped.reason.clone(), BTreeMap::new());
            }
            if let Some(rules) = self.0.get_mut(&skipped.reason) {
                *rules.entry(skipped.rule).or_default() += 1;
            }
        }
    }

    pub(super) fn tell(&self, output: &Output) {
        for (reason, rules) in &self.0 {
            let rules: Vec<&str> = rules.keys().copied().collect();
            output.line(&format!("not checked: {} ({reason})", rules.join(" ")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excerpt_of(text: &str, pointer: &str) -> String {
        let at = input::Position { line: 7, column: 1 };
        let mut finding = preflight::unreadable("wrong");
        finding.pointer = pointer.to_owned();
        let source = Source::Stdin;
        anstream::adapter::strip_str(&excerpt(&Place::of(&source, Some(at)), text.as_bytes(), at, &finding).unwrap())
            .to_string()
    }

    #[test]
    fn the_caret_stands_under_the_value() {
        let shown = excerpt_of("{\n  \"Total\": 59.98,\n  \"é\": 1\n}", "/Total");
        assert_eq!(
            shown,
            "     --> standard input:8:12 /Total\n    8 |   \"Total\": 59.98,\n      |            ^^^^^\n"
        );
    }

    #[test]
    fn a_long_line_is_shown_around_what_is_wrong() {
        let text = format!(
            "{{\"a\":\"{}\",\"Total\":5,\"b\":\"{}\"}}",
            "ü".repeat(500),
            "y".repeat(500)
        );
        let shown = excerpt_of(&text, "/Total");
        let lines: Vec<&str> = shown.lines().collect();
        assert!(lines[1].chars().count() < 110, "{shown}");
        let caret = lines[2].chars().position(|c| c == '^').unwrap();
        assert_eq!(lines[1].chars().nth(caret), Some('5'), "{shown}");
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        assert!(!excerpt_of("{\"Total\":\"\u{1b}[2J\t\"}", "/Total").contains('\u{1b}'));
    }
}
