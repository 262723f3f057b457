//! `fh rules`: what the preflight checks, and what it says.

use fiscal_harmony::{DocumentKind, preflight};

use crate::{
    exit::{Exit, Failure},
    output::Output,
    rulebook,
};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Every fault that can be found, with its words and with what to do about it. Names in braces stand for the values of
    /// the document.
    #[arg(long)]
    faults: bool,
}

pub(crate) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    if arguments.faults {
        list_faults(output);
        return Ok(Exit::Well);
    }
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

fn list_faults(output: &Output) {
    let faults = preflight::faults();
    if output.is_json() {
        return faults.for_each(|fault| output.json(&rulebook::fault_line(fault)));
    }
    output.table(
        &["rule", "fault", "words", "remedy"],
        faults.map(|fault| {
            [fault.rule, fault.name, fault.words, fault.remedy]
                .map(str::to_owned)
                .to_vec()
        }),
    );
}
