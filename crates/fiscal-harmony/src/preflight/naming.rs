//! The grammar of ids and numbers.

use std::borrow::Cow;

use super::{Level, Rule};
use crate::{
    DocumentKind,
    document::{Fault, said},
};

const ID: Fault = Fault::of(
    "PF41",
    "id",
    "the id {name} {problem}",
    "Hand in the id under which your system keeps the document, after it has given it one: letters, digits and ordinary signs.",
);
const NUMBER: Fault = Fault::of(
    "PF41",
    "number",
    "the number {name} {problem}",
    "Hand in the number that is printed, after your system has given it one: letters, digits and ordinary signs.",
);

/// The longest id that is taken. The service names no limit; nobody prints, types or reads out more.
const ID_CHARACTERS: usize = 128;

pub(super) const PF41: Rule = Rule {
    id: "PF41",
    title: "Id and number are names that can be printed, typed and put into an address: visible characters and single blanks \
            between them, at least one letter or digit, no part between slashes that is `.` or `..`; the id is at most 128 characters.",
    level: Level::Block,
    needs: &[],
    only: None,
    codes: &["RCPT02"],
    faults: &[ID, NUMBER],
    check: |subject, report| {
        let (id_field, number_field) = match subject.view.kind {
            DocumentKind::Invoice => ("/InvoiceId", "/InvoiceNumber"),
            DocumentKind::CreditNote => ("/CreditNoteId", "/CreditNoteNumber"),
        };
        let id = subject.view.id;
        // That it is empty is said by another rule, and so is what it says of the number.
        if !id.trim().is_empty()
            && let Some(problem) = problem(id)
        {
            report.block(&ID, "RCPT02", id_field, said![name = shown(id), problem]);
        }
        let number = subject.view.number;
        let is_said = number.trim() != number || number.is_empty() || number.chars().any(char::is_control);
        if !is_said && let Some(problem) = problem(number) {
            report.block(&NUMBER, "RCPT02", number_field, said![name = shown(number), problem]);
        }
    },
};

/// What keeps a text from being the name of a document, if anything does.
fn problem(name: &str) -> Option<Cow<'static, str>> {
    let length = name.chars().count();
    if length > ID_CHARACTERS {
        return Some(format!("has {length} characters; at most {ID_CHARACTERS} are taken").into());
    }
    if name.trim() != name {
        return Some("begins or ends with a blank".into());
    }
    if let Some((at, bad)) = name.chars().enumerate().find(|(_, c)| !is_visible(*c)) {
        let code = u32::from(bad);
        return Some(
            format!(
                "holds U+{code:04X} in place {}, which cannot be seen and makes names look alike",
                at + 1
            )
            .into(),
        );
    }
    if name.contains("  ") {
        return Some("holds two blanks in a row, which cannot be told from one".into());
    }
    if !name.chars().any(char::is_alphanumeric) {
        return Some("has no letter and no digit; a system writes such a placeholder before it has given an id".into());
    }
    if name.split(['/', '\\']).any(|part| matches!(part, "." | "..")) {
        return Some("has a part that is `.` or `..`, and addresses with it lead elsewhere".into());
    }
    None
}

/// The beginning of a name, with what cannot be seen written out.
fn shown(name: &str) -> String {
    const MOST: usize = 60;
    let beginning: String = name.chars().take(MOST).collect();
    let more = if name.chars().nth(MOST).is_some() { "…" } else { "" };
    format!("{beginning:?}{more}")
}

/// Characters that nothing is drawn for, or that change how others are drawn: categories Cc, Cf, Zl, Zp, Co, fillers and selectors of
/// variants, and the blanks besides the ordinary one.
const INVISIBLE: [(u32, u32); 31] = [
    (0x00AD, 0x00AD),
    (0x034F, 0x034F),
    (0x0600, 0x0605),
    (0x061C, 0x061C),
    (0x06DD, 0x06DD),
    (0x070F, 0x070F),
    (0x0890, 0x0891),
    (0x08E2, 0x08E2),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x2028, 0x202E),
    (0x2060, 0x206F),
    (0x2800, 0x2800),
    (0x3164, 0x3164),
    (0xE000, 0xF8FF),
    (0xFDD0, 0xFDEF),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFFB),
    (0xFFFE, 0xFFFF),
    (0x110BD, 0x110BD),
    (0x110CD, 0x110CD),
    (0x13430, 0x1345F),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0x1FFFE, 0x1FFFF),
    (0xE0000, 0xE0FFF),
    (0xF0000, 0x10_FFFF),
];

pub(super) fn is_visible(c: char) -> bool {
    let code = u32::from(c);
    if code < 0x80 {
        return (0x20..0x7F).contains(&code);
    }
    !c.is_control() && !c.is_whitespace() && !INVISIBLE.iter().any(|(from, to)| (*from..=*to).contains(&code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_people_use_are_names() {
        for name in [
            "INV-2026/000123",
            "1",
            "Rechnung Nr. 7",
            "S00012",
            "فاتورة ١٢",
            "発票-9",
            "é1",
            "a..b",
            "v1.2",
            "{8f0e}",
            "ACC\\7",
            &"9".repeat(128),
        ] {
            assert_eq!(problem(name), None, "{name:?}");
        }
    }

    #[test]
    fn names_that_cannot_be_seen_typed_or_opened_are_none() {
        for (name, says) in [
            ("A\0", "U+0000"),
            ("A\r\nB", "U+000D"),
            ("A\u{1b}[2J", "U+001B"),
            ("A\u{85}", "begins or ends"),
            ("A\u{85}B", "U+0085"),
            ("A\u{200b}B", "U+200B"),
            ("A\u{202e}B", "U+202E in place 2"),
            ("A\u{2067}B", "U+2067"),
            ("A\u{feff}B", "U+FEFF"),
            ("A\u{a0}B", "U+00A0"),
            ("A\u{2028}B", "U+2028"),
            ("A\u{e0041}B", "U+E0041"),
            ("A\u{3164}B", "U+3164"),
            ("A  B", "two blanks"),
            (" A", "begins or ends"),
            ("/", "placeholder"),
            ("..", "placeholder"),
            ("-", "placeholder"),
            ("A/../B", "lead elsewhere"),
            ("../A", "lead elsewhere"),
            ("A/.", "lead elsewhere"),
            ("..\\A", "lead elsewhere"),
            (&"9".repeat(5_000), "5000 characters"),
        ] {
            let problem = problem(name).unwrap_or_default();
            assert!(problem.contains(says), "{name:?}: {problem}");
        }
        assert_eq!(shown("A\u{202e}\u{200b}\0"), r#""A\u{202e}\u{200b}\0""#);
        assert!(shown(&"9".repeat(5_000)).chars().count() < 70);
    }
}
