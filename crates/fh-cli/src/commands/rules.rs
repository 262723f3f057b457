//! `fh rules`: what the preflight checks.

use fiscal_harmony::{
    DocumentKind,
    preflight::{self, Rule},
};
use serde_json::{Value, json};

use crate::{
    exit::{Exit, Failure},
    output::Output,
    report::kind_word,
};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {}

pub(crate) fn run(_: &Arguments, output: &Output) -> Result<Exit, Failure> {
    let rules = std::iter::once(&preflight::SHAPE).chain(preflight::rules());
    if output.is_json() {
        rules.for_each(|rule| output.json(&line(rule)));
        return Ok(Exit::Well);
    }
    output.table(
        &["rule", "what must hold", "level", "needs", "codes"],
        rules.map(|rule| {
            let needs: Vec<String> = rule.needs.iter().map(ToString::to_string).collect();
            let only = match rule.only {
                Some(DocumentKind::CreditNote) => " (credit notes)",
                Some(DocumentKind::Invoice) => " (invoices)",
                None => "",
            };
            vec![
                rule.id.to_owned(),
                format!("{}{only}", rule.title),
                rule.level.to_string(),
                needs.join(", "),
                rule.codes.join(" "),
            ]
        }),
    );
    Ok(Exit::Well)
}

/// A rule as a line of JSON.
pub(crate) fn line(rule: &Rule) -> Value {
    json!({
        "rule": rule.id, "title": rule.title, "level": rule.level, "needs": rule.needs,
        "only": rule.only.map(kind_word), "codes": rule.codes, "remedy": rule.remedy,
    })
}
