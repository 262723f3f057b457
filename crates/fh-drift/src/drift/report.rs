//! The same findings for people, for a pull request and for machines.

use std::fmt::Write as _;

use serde_json::json;

use super::ack::Judged;
use super::class::Class;
use super::finding::Finding;

/// Nothing changed.
pub const EXIT_NONE: u8 = 0;
/// A breaking change that nobody accepted, or an entry of the acknowledgement file that is stale.
pub const EXIT_BREAKING: u8 = 1;
/// There is no report: the site does not fit, or a file cannot be read.
pub const EXIT_NO_REPORT: u8 = 2;
/// Something changed: harvest, regenerate, review.
pub const EXIT_REGENERATE: u8 = 4;

/// How the report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For a terminal.
    Human,
    /// For a pull request.
    Markdown,
    /// For a program.
    Json,
}

/// What was compared with what: it decides what there is to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compared {
    /// The specification with a harvest that nobody has written yet.
    Site,
    /// An earlier state of `spec/` with the present one.
    Specifications,
    /// Two documents, whatever they are.
    Documents,
}

/// The exit code that the findings and the acknowledgements amount to.
pub fn exit_code(findings: &[Finding], judged: &Judged<'_>) -> u8 {
    if !judged.unacknowledged.is_empty() || !judged.stale.is_empty() {
        EXIT_BREAKING
    } else if findings.is_empty() {
        EXIT_NONE
    } else {
        EXIT_REGENERATE
    }
}

/// Writes the report in the format asked for; it ends with a newline.
pub fn render(format: Format, compared: Compared, findings: &[Finding], judged: &Judged<'_>) -> String {
    match format {
        Format::Human => human(compared, findings, judged),
        Format::Markdown => markdown(compared, findings, judged),
        Format::Json => json(findings, judged),
    }
}

/// The worst class of either axis decides the heading a finding stands under.
fn group(findings: &[Finding], class: Class) -> Vec<&Finding> {
    findings
        .iter()
        .filter(|finding| finding.wire.max(finding.rust) == class)
        .collect()
}

const GROUPS: [(Class, &str); 4] = [
    (Class::Breaking, "Breaking"),
    (Class::Additive, "Additive"),
    (Class::Cosmetic, "Cosmetic"),
    (Class::None, "Without effect"),
];

fn counts(findings: &[Finding]) -> String {
    let of = |class| group(findings, class).len();
    format!(
        "{} breaking, {} additive, {} cosmetic",
        of(Class::Breaking),
        of(Class::Additive),
        of(Class::Cosmetic) + of(Class::None)
    )
}

fn verdict(compared: Compared, findings: &[Finding], judged: &Judged<'_>) -> String {
    match exit_code(findings, judged) {
        EXIT_NONE => match compared {
            Compared::Site => "The documentation says what it said before.".to_owned(),
            Compared::Specifications => "The specification says what it said before.".to_owned(),
            Compared::Documents => "Both documents say the same.".to_owned(),
        },
        EXIT_BREAKING if judged.unacknowledged.is_empty() => {
            "spec/drift-ack.toml has stale entries: correct it first.".to_owned()
        }
        EXIT_BREAKING => format!(
            "{} breaking and not accepted: a person accepts each in spec/drift-ack.toml, or the change waits.",
            judged.unacknowledged.len()
        ),
        _ => match compared {
            Compared::Site => {
                "Regeneration needed: `cargo xtask harvest --write`, then `cargo xtask regen`.".to_owned()
            }
            Compared::Specifications => {
                "Regeneration needed: `cargo xtask regen`, unless the change brings its files along.".to_owned()
            }
            Compared::Documents => "Something changed, and nothing of it breaks.".to_owned(),
        },
    }
}

fn acknowledgement(finding: &Finding, judged: &Judged<'_>) -> Option<String> {
    let (_, entry) = judged.acknowledged.iter().find(|(accepted, _)| *accepted == finding)?;
    Some(format!(
        "accepted by {} until {}: {}",
        entry.accepted_by, entry.until, entry.reason
    ))
}

fn human(compared: Compared, findings: &[Finding], judged: &Judged<'_>) -> String {
    let mut out = String::new();
    for (class, title) in GROUPS {
        let group = group(findings, class);
        if group.is_empty() {
            continue;
        }
        let _ = writeln!(out, "{title} ({})", group.len());
        for finding in group {
            let _ = writeln!(
                out,
                "  {} [{}] wire {}, rust {}\n    at   {}\n    what {}\n    why  {}",
                finding.kind.slug(),
                finding.direction.as_str(),
                finding.wire.as_str(),
                finding.rust.as_str(),
                finding.at,
                finding.note,
                finding.kind.judgement().why(),
            );
            if let Some(line) = acknowledgement(finding, judged) {
                let _ = writeln!(out, "    {line}");
            }
        }
        out.push('\n');
    }
    for line in &judged.stale {
        let _ = writeln!(out, "Stale: {line}");
    }
    if !findings.is_empty() {
        let _ = writeln!(out, "{}.", counts(findings));
    }
    let _ = writeln!(out, "{}", verdict(compared, findings, judged));
    out
}

fn markdown(compared: Compared, findings: &[Finding], judged: &Judged<'_>) -> String {
    let mut out = String::from("## What changed in the documentation\n\n");
    let _ = writeln!(out, "{}", verdict(compared, findings, judged));
    if !findings.is_empty() {
        let _ = writeln!(out, "\n{}.", counts(findings));
    }
    for (class, title) in GROUPS {
        let group = group(findings, class);
        if group.is_empty() {
            continue;
        }
        let _ = writeln!(
            out,
            "\n### {title}\n\n| change | direction | wire | Rust | where | what | why |\n| --- | --- | --- | --- | --- | --- | --- |"
        );
        for finding in group {
            let mut why = finding.kind.judgement().why();
            if let Some(line) = acknowledgement(finding, judged) {
                let _ = write!(why, " ({line})");
            }
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} | `{}` | {} | {} |",
                finding.kind.slug(),
                finding.direction.as_str(),
                finding.wire.as_str(),
                finding.rust.as_str(),
                cell(&finding.at),
                cell(&finding.note),
                cell(&why),
            );
        }
    }
    if !judged.stale.is_empty() {
        out.push_str("\n### Stale acknowledgements\n\n");
        for line in &judged.stale {
            let _ = writeln!(out, "- {line}");
        }
    }
    out
}

/// Text from a web page inside a table: it must not end the cell, the row or start markup.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;").replace(['\n', '\r'], " ")
}

fn json(findings: &[Finding], judged: &Judged<'_>) -> String {
    let list: Vec<_> = findings
        .iter()
        .map(|finding| {
            json!({
                "change": finding.kind.slug(),
                "direction": finding.direction.as_str(),
                "wire": finding.wire.as_str(),
                "rust": finding.rust.as_str(),
                "at": finding.at,
                "note": finding.note,
                "acknowledged": acknowledgement(finding, judged).is_some(),
            })
        })
        .collect();
    let report = json!({ "exit": exit_code(findings, judged), "findings": list, "stale": judged.stale });
    format!("{report:#}\n")
}
