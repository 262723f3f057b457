//! A credit note against the invoice that it credits.

use fh_types::{Amount, jiff::Span};

use super::{EarlierState, Level, Need, Rule, header::characters, subject::line_field};
use crate::{
    DocumentKind,
    document::{Fault, said},
};

const NO_ORIGINAL: Fault = Fault::of(
    "PF29",
    "no-original",
    "the credited invoice is not named",
    "Give its InvoiceId in OriginalInvoiceId: the id under which it was handed in.",
);
const NO_REASON: Fault = Fault::of(
    "PF29",
    "no-reason",
    "there is no reason",
    "Write the reason of the return into Reference.",
);
const LONG_REASON: Fault = Fault::of(
    "PF29",
    "long-reason",
    "the reason has {length} characters, the authority takes {limit}",
    "Shorten the reason in Reference.",
);
const NUMBER_FOR_ID: Fault = Fault::of(
    "PF30",
    "number-for-id",
    "{id} is the number of the invoice {right}, and its InvoiceId belongs here",
    "Write {right} into OriginalInvoiceId.",
);
const UNKNOWN_ORIGINAL: Fault = Fault::of(
    "PF30",
    "unknown",
    "{id} is not in the journal; was it fiscalised elsewhere?",
    "Look whether it is the InvoiceId, not the printed number, of an invoice of this device.",
);
const NO_INVOICE: Fault = Fault::of(
    "PF30",
    "credit-note",
    "{id} is a credit note, not an invoice",
    "Give the InvoiceId of the invoice itself. A credit note is taken back by a new invoice.",
);
const REJECTED_ORIGINAL: Fault = Fault::of(
    "PF30",
    "rejected",
    "{id} was rejected",
    "There is nothing to credit while the invoice is not fiscalised: mend it and have it fiscalised, if it was a sale.",
);
const OPEN_ORIGINAL: Fault = Fault::of(
    "PF30",
    "open",
    "{id} is not settled yet",
    "Wait until the invoice is fiscalised.",
);
const TOO_OLD: Fault = Fault::of(
    "PF31",
    "too-old",
    "the invoice is of {invoice}, the note of {note}: more than twelve months later",
    "A credit note is not possible any more; ask the authority how to correct the invoice.",
);
const BEFORE_THE_INVOICE: Fault = Fault::of(
    "PF31",
    "before-the-invoice",
    "the note is of {note}, the invoice that it credits of {invoice}, which is later",
    "Give the date of the return. A note cannot come before its invoice: look also whether OriginalInvoiceId names the right one.",
);
const OTHER_CURRENCY: Fault = Fault::of(
    "PF32",
    "other-currency",
    "the invoice is in {invoice}, the note in {note}",
    "Credit in {invoice}, with the amounts of the invoice.",
);
const OTHER_TAX: Fault = Fault::of(
    "PF33",
    "other-tax",
    "{tax} is not on the invoice, which has {theirs}",
    "Use the tax that the line had on the invoice.",
);
const TOO_MUCH: Fault = Fault::of(
    "PF34",
    "too-much",
    "{invoiced} − {credited} credited before = {left} left, the note says {total}",
    "Credit at most {left}; or look whether the goods were credited before.",
);
const OTHER_BUYER: Fault = Fault::of(
    "PF35",
    "other-buyer",
    "the invoice was to {theirs}, the note is to {ours}",
    "Credit the buyer of the invoice; or look whether OriginalInvoiceId names the right one.",
);

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
    faults: &[NO_ORIGINAL, NO_REASON, LONG_REASON],
    check: |subject, report| {
        if subject.view.original_invoice_id.is_none_or(|id| id.trim().is_empty()) {
            report.block(&NO_ORIGINAL, "RCPT015", ORIGINAL, &[]);
        }
        let reason = subject.view.reference.unwrap_or_default();
        let length = characters(reason);
        if reason.trim().is_empty() {
            report.block(&NO_REASON, "RCPT034", "/Reference", &[]);
        } else if length > REASON_CHARACTERS {
            let values = said![length, limit = REASON_CHARACTERS];
            report.block(&LONG_REASON, "RCPT02", "/Reference", values);
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
    faults: &[
        NUMBER_FOR_ID,
        UNKNOWN_ORIGINAL,
        NO_INVOICE,
        REJECTED_ORIGINAL,
        OPEN_ORIGINAL,
    ],
    check: |subject, report| {
        let Some(id) = subject.view.original_invoice_id.filter(|id| !id.trim().is_empty()) else {
            return;
        };
        let Some(original) = subject.look_up_original(report) else {
            return;
        };
        let shown = format!("{id:?}");
        let values = said![id = shown];
        match original {
            None => {
                // People read the number on the paper and take it for the id.
                let by_number = subject.ask(report, |journal| journal.by_number(id)).flatten();
                match by_number.filter(|earlier| earlier.kind == DocumentKind::Invoice) {
                    Some(earlier) => {
                        let right = format!("{:?}", earlier.id);
                        report.block(&NUMBER_FOR_ID, "RCPT032", ORIGINAL, said![id = shown, right]);
                    }
                    None => report.warn(&UNKNOWN_ORIGINAL, "RCPT032", ORIGINAL, values),
                }
            }
            Some(original) if original.kind == DocumentKind::CreditNote => {
                report.block(&NO_INVOICE, "RCPT032", ORIGINAL, values);
            }
            Some(original) => match original.state {
                EarlierState::Fiscalised => {}
                EarlierState::Rejected { .. } => report.block(&REJECTED_ORIGINAL, "RCPT032", ORIGINAL, values),
                EarlierState::Open => report.warn(&OPEN_ORIGINAL, "RCPT032", ORIGINAL, values),
            },
        }
    },
};

pub(super) const PF31: Rule = Rule {
    id: "PF31",
    title: "The credited invoice is older than the note, and at most twelve months old.",
    level: Level::Block,
    needs: &[Need::Journal],
    only: Some(DocumentKind::CreditNote),
    codes: &["RCPT033"],
    faults: &[TOO_OLD, BEFORE_THE_INVOICE],
    check: |subject, report| {
        let Some(original) = subject.original(report) else {
            return;
        };
        let Ok(last_day) = original.date.civil().checked_add(Span::new().months(12)) else {
            return;
        };
        if subject.view.date.civil() > last_day {
            let values = said![invoice = original.date, note = subject.view.date];
            report.block(&TOO_OLD, "RCPT033", "/Date", values);
        } else if subject.view.date < original.date {
            // No published text says that the authority looks at it.
            let values = said![invoice = original.date, note = subject.view.date];
            report.warn(&BEFORE_THE_INVOICE, None, "/Date", values);
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
    faults: &[OTHER_CURRENCY],
    check: |subject, report| {
        let Some(original) = subject.original(report) else {
            return;
        };
        if original.currency != subject.view.currency {
            let values = said![invoice = original.currency, note = subject.view.currency];
            report.block(&OTHER_CURRENCY, "RCPT042", "/CurrencyCode", values);
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
    faults: &[OTHER_TAX],
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
                let values = said![tax = ours, theirs = theirs.join(", ")];
                report.block(&OTHER_TAX, "RCPT036", line_field(at, "TaxCode"), values);
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
    faults: &[TOO_MUCH],
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
            report.block(&TOO_MUCH, "RCPT035", "/Total", said![invoiced, credited, left, total]);
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
    faults: &[OTHER_BUYER],
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
            let (theirs, ours) = (format!("{:?}", original.buyer_name), format!("{:?}", buyer.name));
            report.warn(&OTHER_BUYER, None, "/BuyerContact", said![theirs, ours]);
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
