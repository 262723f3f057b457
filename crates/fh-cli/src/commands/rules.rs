//! `fh rules`: what the preflight checks.

use fiscal_harmony::DocumentKind;

use crate::{
    exit::{Exit, Failure},
    output::Output,
    rulebook,
};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {}

pub(crate) fn run(_: &Arguments, output: &Output) -> Result<Exit, Failure> {
    let rules = rulebook::all();
    if output.is_json() {
        rules.for_each(|rule| output.json(&rulebook::line(rule)));
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
