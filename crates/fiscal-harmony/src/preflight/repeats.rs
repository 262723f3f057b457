//! Documents that were handed in before: numbers used twice, and retries.

use super::{Earlier, EarlierState, Level, Need, Rule, subject::Subject};
use crate::{
    Attempt, DocumentKind,
    document::{Fault, said},
};

const NUMBER_OF_REJECTED: Fault = Fault::of(
    "PF03",
    "used-by-rejected",
    "{number} was used by the {kind} {id} of {date}, which was rejected; if the authority kept it, the number is spent",
    "Look up whether the authority kept the rejected document; where that is not certain, take the next number.",
);
const NUMBER_USED: Fault = Fault::of(
    "PF03",
    "used",
    "{number} was used by the {kind} {id} of {date}, with other content",
    "Take the next number; a number is never used twice. What became of the first document can be looked up.",
);
const RETRY_OF_NOTHING: Fault = Fault::of(
    "PF36",
    "retry-of-nothing",
    "IsRetry is true, and {id} was never handed in",
    "Leave IsRetry out of a document that is sent for the first time.",
);
const RETRY_UNSAID: Fault = Fault::of(
    "PF36",
    "retry-unsaid",
    "{id} was handed in before and rejected; to send it again IsRetry must be true",
    "Set IsRetry to true.",
);
const ID_USED: Fault = Fault::of(
    "PF36",
    "id-used",
    "the id {id} belongs to the {kind} {number} of {date}",
    "Give this document an id of its own; the earlier one keeps its id.",
);

pub(super) const PF03: Rule = Rule {
    id: "PF03",
    title: "The number was never used for another document.",
    level: Level::Block,
    needs: &[Need::Journal],
    only: None,
    codes: &["RCPT013", "RCPT020"],
    faults: &[NUMBER_OF_REJECTED, NUMBER_USED],
    check: |subject, report| {
        let view = &subject.view;
        let Some(Some(earlier)) = subject.ask(report, |journal| journal.by_number(view.number)) else {
            return;
        };
        if same_body(subject, &earlier) {
            return;
        }
        let pointer = match view.kind {
            DocumentKind::Invoice => "/InvoiceNumber",
            DocumentKind::CreditNote => "/CreditNoteNumber",
        };
        let (number, id) = (format!("{:?}", view.number), format!("{:?}", earlier.id));
        let values = said![number, kind = earlier.kind, id, date = earlier.date];
        match earlier.state {
            // A rejected document is mended under its own number, as the cure for a missing TIN shows [vendor-code].
            EarlierState::Rejected { .. } if earlier.id == view.id => {}
            EarlierState::Rejected { .. } => report.warn(&NUMBER_OF_REJECTED, "RCPT013", pointer, values),
            EarlierState::Open | EarlierState::Fiscalised => {
                report.block(&NUMBER_USED, "RCPT013", pointer, values);
            }
        }
    },
};

pub(super) const PF36: Rule = Rule {
    id: "PF36",
    title: "IsRetry is true exactly when the same document was handed in before.",
    level: Level::Block,
    needs: &[Need::Journal],
    only: None,
    codes: &["RCPT013"],
    faults: &[RETRY_OF_NOTHING, RETRY_UNSAID, ID_USED],
    check: |subject, report| {
        let view = &subject.view;
        let Some(earlier) = subject.ask(report, |journal| journal.by_id(view.id)) else {
            return;
        };
        let id = format!("{:?}", view.id);
        let earlier = match (earlier, view.is_retry) {
            (None, false) | (Some(_), true) => return,
            (None, true) => return report.block(&RETRY_OF_NOTHING, "RCPT013", "/IsRetry", said![id]),
            (Some(earlier), false) => earlier,
        };
        if matches!(earlier.state, EarlierState::Rejected { .. }) {
            report.block(&RETRY_UNSAID, "RCPT013", "/IsRetry", said![id]);
        } else if !same_body(subject, &earlier) {
            // The very same document again is a question for its outcome, which is harmless.
            let number = format!("{:?}", earlier.number);
            let values = said![id, kind = earlier.kind, number, date = earlier.date];
            report.block(&ID_USED, "RCPT013", "/IsRetry", values);
        }
    },
};

fn same_body(subject: &Subject<'_>, earlier: &Earlier) -> bool {
    // A retry differs from its first attempt in the flag alone, so the first attempt's form is compared.
    subject
        .document
        .freeze(Attempt::First)
        .is_ok_and(|frozen| frozen.sha256() == earlier.sha256)
}
