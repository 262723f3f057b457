//! `fh mappings suggest`.

use std::path::{Path, PathBuf};

use fiscal_harmony::{
    Client,
    mapping::{CurrencyProposal, NamedTax, Proposals, Seen, TaxProposal, WantedCurrency, WantedTax},
};
use serde_json::{Value, json};

use super::{
    arguments::{To, today},
    text::Text,
};
use crate::{
    exit::{Exit, Failure},
    input::{self, Source},
    output::Output,
};

pub(super) async fn run(named: &[PathBuf], to: &To, client: &Client, output: &Output) -> Result<Exit, Failure> {
    let mut seen = Seen::new();
    for path in files(named)? {
        note(&mut seen, path, output);
    }
    if seen.documents() == 0 {
        return Err(Failure {
            exit: Exit::Refused,
            message: "no document was found: they are JSON objects with LineItems, in *.json or *.jsonl files".into(),
        });
    }
    let (mapped, day) = (client.mapped().await?, today());
    let proposals = Proposals::of(&seen, &mapped, day);
    if output.is_json() && to.to.is_none() {
        proposals.taxes.iter().for_each(|tax| output.json(&tax_line(tax)));
        proposals
            .currencies
            .iter()
            .for_each(|currency| output.json(&currency_line(currency)));
        return Ok(Exit::Well);
    }
    let mut text = Text::new(&format!(
        "Proposed from {} documents. Read it before it is applied.",
        seen.documents()
    ));
    text.taxes();
    for proposal in &proposals.taxes {
        text.comment(&format!("on {} lines; {}", proposal.lines, proposal.why));
        match &proposal.tax {
            Some(tax) => text.tax(&WantedTax::new(
                &proposal.code,
                NamedTax::of(tax, &mapped.device_taxes, day),
            )),
            None => text.open_tax(&proposal.code),
        }
    }
    text.currencies();
    for proposal in &proposals.currencies {
        text.comment(&format!("on {} documents; {}", proposal.documents, proposal.why));
        match &proposal.destination {
            Some(destination) => text.currency(&WantedCurrency::new(&proposal.source, destination)),
            None => text.open_currency(&proposal.source),
        }
    }
    to.write(&text.end(&[]), output)?;
    let open = proposals.taxes.iter().filter(|tax| tax.tax.is_none()).count()
        + proposals
            .currencies
            .iter()
            .filter(|currency| currency.destination.is_none())
            .count();
    if open > 0 {
        output.remark(&format!("{open} codes are left open: fill in the lines that begin with #, or say what they are to whoever keeps them"));
    }
    Ok(Exit::Well)
}

/// The files that were named, and those of the folders that were.
fn files(named: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for path in named {
        if path.is_dir() {
            let before = files.len();
            gather(path, 0, &mut files)
                .map_err(|error| Failure::usage(format!("{} cannot be read: {error}", path.display())))?;
            files[before..].sort();
        } else {
            files.push(path.clone());
        }
    }
    Ok(files)
}

/// The files of documents in a folder and in those below it.
fn gather(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let extension = path.extension().and_then(|extension| extension.to_str());
        if path.is_dir() {
            // Links in a circle end somewhere.
            if depth < 8 {
                gather(&path, depth + 1, files)?;
            }
        } else if extension.is_some_and(|extension| {
            ["json", "jsonl"]
                .iter()
                .any(|known| extension.eq_ignore_ascii_case(known))
        }) {
            files.push(path);
        }
    }
    Ok(())
}

fn note(seen: &mut Seen, path: PathBuf, output: &Output) {
    let mut strange = 0_usize;
    let name = path.display().to_string();
    for piece in input::pieces(Source::from_argument(path)) {
        let text = match piece {
            Ok((_, piece)) => piece.text,
            Err(problem) => return output.remark(&problem.to_string()),
        };
        let value: Option<Value> = text.ok().and_then(|text| serde_json::from_slice(&text).ok());
        // A station may stand beside the document.
        let document = value.as_ref().map(|value| value.get("document").unwrap_or(value));
        if !document.is_some_and(|document| seen.note(document)) {
            strange += 1;
        }
    }
    if strange > 0 {
        output.remark(&format!(
            "{name}: {strange} parts are no documents, and were passed over"
        ));
    }
}

fn tax_line(proposal: &TaxProposal) -> Value {
    let tax = proposal.tax.as_ref();
    json!({
        "what": "tax", "code": proposal.code, "lines": proposal.lines, "is_mapped": proposal.is_mapped, "why": proposal.why,
        "tax": tax.map(|tax| &tax.name), "tax_id": tax.map(|tax| tax.id), "percent": tax.and_then(|tax| tax.percent),
    })
}

fn currency_line(proposal: &CurrencyProposal) -> Value {
    json!({
        "what": "currency", "code": proposal.source, "documents": proposal.documents, "is_mapped": proposal.is_mapped,
        "why": proposal.why, "currency": proposal.destination,
    })
}
