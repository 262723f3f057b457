//! A credit note against the invoice that it credits.

use fh_types::{Amount, jiff::Span};

use super::{EarlierState, Level, Need, Rule, header::characters, subject::line_field};
use crate::DocumentKind;

const ORIGINAL: &str = "/OriginalInvoiceId";

/// The longest reason that the authority takes \[zimra\].
const REASON_CHARACTERS: usize = 500;

pub(super) const PF29: Rule = Rule {
    id: "PF29",
    title: "A credit note names the invoice that it credits and gives a reason of up to 500 characters.",
    level: Level::Block,
    needs: &[],
    only: Some(DocumentKind::CreditNote),
    codes: &["RCPT015", "RCPT032", "RCPT034"],
    remedy: "Give the InvoiceId of the credited invoice, and write the reason of the return into Reference.",
    check: |subject, report| {
        if subject.view.original_invoice_id.is_none_or(|id| id.trim().is_empty()) {
            report.block("RCPT015", ORIGINAL, "the credited invoice is not named");
        }
        let reason = subject.view.reference.unwrap_or_default();
        let length = characters(reason);
        if reason.trim().is_empty() {
            report.block("RCPT034", "/Reference", "there is no reason");
        } else if length > REASON_CHARACTERS {
            report.block(
                "RCPT02",
                "/Reference",
                format!("the reason has {length} characters, the authority takes {REASON_CHARACTERS}"),
            );
        }
    },
};

pub(super) const PF30: Rule = Rule {
    id: "PF30",
    title: "The credited invoice was fiscalised.",
    level: Level::Block,
    needs: &[Need::Journal],
    only: Some(DocumentKind::CreditNote),
    codes: &["RCPT032"],
    remedy: "Have the invoice fiscalised first, and give its own InvoiceId.",
    check: |subject, report| {
        let Some(id) = subject.view.original_invoice_id.filter(|id| !id.trim().is_empty()) else {
            return;
        };
        let Some(original) = subject.look_up_original(report) else {
            return;
        };
        match original {
            None => report.warn(
                "RCPT032",
                ORIGINAL,
                format!("{id:?} is not in the journal; was it fiscalised elsewhere?"),
            ),
            Some(original) if original.kind == DocumentKind::CreditNote => {
                report.block("RCPT032", ORIGINAL, format!("{id:?} is a credit note, not an invoice"));
            }
            Some(original) => match original.state {
                EarlierState::Fiscalised => {}
                EarlierState::Rejected { .. } => report.block("RCPT032", ORIGINAL, format!("{id:?} was rejected")),
                EarlierState::Open => report.warn("RCPT032", ORIGINAL, format!("{id:?} is not settled yet")),
            },
        }
    },
};

pub(super) const PF31: Rule = Rule {
    id: "PF31",
    title: "The credited invoice is at most twelve months old.",
    level: Level::Block,
    needs: &[Need::Journal],
    only: Some(DocumentKind::CreditNote),
    codes: &["RCPT033"],
    remedy: "A credit note is not possible any more; ask the authority how to correct the invoice.",
    check: |subject, report| {
        let Some(original) = subject.original(report) else {
            return;
        };
        let Ok(last_day) = original.date.civil().checked_add(Span::new().months(12)) else {
            return;
        };
        if subject.view.date.civil() > last_day {
            report.block(
                "RCPT033",
                "/Date",
                format!(
                    "the invoice is of {}, the note of {}: more than twelve months later",
                    original.date, subject.view.date
                ),
            );
        }
    },
};

pub(super) const PF32: Rule = Rule {
    id: "PF32",
    title: "The currency is that of the credited invoice.",
    level: Level::Block,
    needs: &[Need::Journal],
    only: Some(DocumentKind::CreditNote),
    codes: &["RCPT042"],
    remedy: "Credit in the currency of the invoice.",
    check: |subject, report| {
        let Some(original) = subject.original(report) else {
            return;
        };
        if original.currency != subject.view.currency {
            report.block(
                "RCPT042",
                "/CurrencyCode",
                format!(
                    "the invoice is in {}, the note in {}",
                    original.currency, subject.view.currency
                ),
            );
        }
    },
};

pub(super) const PF33: Rule = Rule {
    id: "PF33",
    title: "Every tax of the note is on the credited invoice.",
    level: Level::Block,
    needs: &[Need::Journal],
    only: Some(DocumentKind::CreditNote),
    codes: &["RCPT036"],
    remedy: "Use the taxes of the credited invoice only.",
    check: |subject, report| {
        let Some(original) = subject.original(report) else {
            return;
        };
        for ((at, line), tax) in subject.lines().zip(subject.taxes()) {
            let code = &line.tax_code;
            // Ids and rates decide where both sides are known; the code alone may have been mapped anew in between.
            let on_the_original = match tax.known() {
                Some(tax) if original.taxes.iter().all(|earlier| earlier.resolved.is_some()) => original
                    .taxes
                    .iter()
                    .any(|earlier| earlier.resolved == Some((tax.id, tax.percent))),
                _ => original.taxes.iter().any(|earlier| earlier.code == *code),
            };
            if !on_the_original {
                let theirs: Vec<String> = original
                    .taxes
                    .iter()
                    .take(10)
                    .map(|tax| shown(&tax.code, tax.resolved))
                    .collect();
                let ours = shown(code, tax.known().map(|tax| (tax.id, tax.percent)));
                report.block(
                    "RCPT036",
                    line_field(at, "TaxCode"),
                    format!("{ours} is not on the invoice, which has {}", theirs.join(", ")),
                );
            }
        }
    },
};

pub(super) const PF34: Rule = Rule {
    id: "PF34",
    title: "All credits of an invoice together do not exceed it.",
    level: Level::Block,
    needs: &[Need::Journal],
    only: Some(DocumentKind::CreditNote),
    codes: &["RCPT035"],
    remedy: "Credit no more than what is left of the invoice.",
    check: |subject, report| {
        let Some(original) = subject.original(report) else {
            return;
        };
        let (Some(invoiced), Some(total)) = (original.total, subject.total()) else {
            return report.skip("the total of the note or of the invoice is not known");
        };
        let Some(credits) = subject.ask(report, |journal| journal.credits_of(&original.id)) else {
            return;
        };
        let counted = credits
            .iter()
            .filter(|credit| credit.id != subject.view.id && !matches!(credit.state, EarlierState::Rejected { .. }));
        let Some(credited) = counted.map(|credit| credit.total).sum::<Option<Amount>>() else {
            return report.skip("the total of an earlier credit note is not known");
        };
        let left = invoiced - credited;
        if total > left {
            report.block(
                "RCPT035",
                "/Total",
                format!("{invoiced} − {credited} credited before = {left} left, the note says {total}"),
            );
        }
    },
};

pub(super) const PF35: Rule = Rule {
    id: "PF35",
    title: "The buyer is that of the credited invoice.",
    level: Level::Warn,
    needs: &[Need::Journal],
    only: Some(DocumentKind::CreditNote),
    codes: &[],
    remedy: "Credit the buyer of the invoice.",
    check: |subject, report| {
        let Some(original) = subject.original(report) else {
            return;
        };
        let buyer = subject.view.buyer;
        let same = match (&original.buyer_tin, &buyer.tin) {
            (Some(theirs), Some(ours)) => theirs == ours,
            _ => original.buyer_name.trim().eq_ignore_ascii_case(buyer.name.trim()),
        };
        if !same {
            report.warn(
                None,
                "/BuyerContact",
                format!(
                    "the invoice was to {:?}, the note is to {:?}",
                    original.buyer_name, buyer.name
                ),
            );
        }
    },
};

fn shown(code: &str, resolved: Option<(i64, Option<Amount>)>) -> String {
    match resolved {
        Some((id, Some(percent))) => format!("{code:?} (id {id}, {percent} %)"),
        Some((id, None)) => format!("{code:?} (id {id}, exempt)"),
        None => format!("{code:?}"),
    }
}
