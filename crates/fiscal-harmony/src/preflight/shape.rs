//! What the strict reader refuses, as findings.

use std::borrow::Cow;

use super::{
    buyer,
    finding::{Finding, Level},
    header,
    rule::Rule,
    taxes,
};
use crate::{
    DocumentError,
    document::{faults, said},
};

/// The rule before all others: a file that is not a document in form has no values to check. It is not in
/// [`rules`](super::rules), as it runs in the reader ([`Document::from_json`](crate::Document::from_json)).
pub const SHAPE: Rule = Rule {
    id: "PF00",
    title: "The text is JSON with the fields of an invoice or a credit note, and no others.",
    level: Level::Block,
    needs: &[],
    only: None,
    codes: &["RCPT02"],
    faults: faults::OF_THE_SHAPE,
    check: |_, _| {},
};

/// A reader's error as a finding: of the rule that watches over the field where the fault has one, else of [`SHAPE`].
///
/// ```
/// use fiscal_harmony::{Document, preflight::finding_of};
/// let error = Document::from_json(b"{\"InvoiceId\": \"A1\", \"PaymentMethod\": \"EcoCash\"}").unwrap_err();
/// let finding = finding_of(&error);
/// assert_eq!((finding.rule, finding.fault), ("PF28", "other-word"), "no such way to pay");
/// assert_eq!(finding.remedy, "Write \"MobileWallet\".");
/// ```
#[must_use]
pub fn finding_of(error: &DocumentError) -> Finding {
    let fault = error.fault();
    let with_faults_of_the_reader = [taxes::PF12, buyer::PF18, header::PF28];
    let rule = with_faults_of_the_reader.into_iter().find(|rule| rule.id == fault.rule);
    let codes = rule.unwrap_or(SHAPE).codes;
    Finding {
        rule: fault.rule,
        fault: fault.name,
        level: Level::Block,
        code: codes.first().copied(),
        pointer: error.pointer().to_owned(),
        message: error.message().to_owned(),
        remedy: Cow::Owned(error.remedy().to_owned()),
        patch: error.patch().cloned(),
    }
}

/// A text that cannot even be looked at, as a finding of [`SHAPE`]: a file that is not there, say.
#[must_use]
pub fn unreadable(message: impl Into<String>) -> Finding {
    let message: String = message.into();
    let values = said![why = message];
    Finding {
        rule: SHAPE.id,
        fault: faults::UNREADABLE.name,
        level: Level::Block,
        code: None,
        pointer: String::new(),
        message: faults::UNREADABLE.message(values),
        remedy: faults::UNREADABLE.advice(values),
        patch: None,
    }
}
