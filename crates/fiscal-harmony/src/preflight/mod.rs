//! Know before sending whether the tax authority will accept a document.
//!
//! One red receipt stops the fiscal day from closing until a person at the authority closes it \[zimra\], and nothing
//! downstream checks a document before that happens. [`preflight`] does: it holds a document against the authority's rules
//! and against what is known around it ([`Context`]: the device and its taxes, the journal of earlier documents, a clock). It is
//! pure: no I/O, and next to no allocation for a document that passes.
//!
//! What the authority would certainly refuse *blocks*; what is likely wrong, or not settled by any published text, *warns*. A rule
//! whose context is missing is skipped, and said to be skipped: "no findings" means no more than was looked at. The rules are data
//! ([`rules`]), each with a stable id.
//!
//! ```
//! use fiscal_harmony::{Document, preflight::{Context, Verdict, preflight}};
//! let json = br#"{"InvoiceId":"A1","InvoiceNumber":"A1","IsTaxInclusive":true,"BuyerContact":{"Name":"Cash Customer"},
//!   "Date":"2026-02-03T10:00:00+02:00","CurrencyCode":"USD","Total":59.98,"LineItems":[{"Description":"Soap","UnitAmount":19.99,
//!   "Quantity":3,"LineAmount":59.98,"TaxCode":"VAT","ProductCode":"34011100"}]}"#;
//! let findings = preflight(&Document::from_json(json)?, &Context::nothing());
//! assert_eq!(findings.verdict(), Verdict::Block);
//! assert_eq!(findings.findings[0].rule, "PF06");
//! assert_eq!(findings.findings[0].pointer, "/LineItems/0/LineAmount");
//! assert!(findings.findings[0].message.contains("3 × 19.99 = 59.97"));
//! # Ok::<(), fiscal_harmony::DocumentError>(())
//! ```

mod account;
mod buyer;
mod context;
mod credit_note;
mod dates;
mod discounts;
mod finding;
mod header;
mod journal;
mod lines;
mod mending;
mod naming;
mod need;
mod negative;
mod repeats;
mod rule;
mod shape;
mod subject;
mod taxes;
mod totals;

pub use context::{Context, Settings};
pub use finding::{Finding, Findings, Level, Skipped, Verdict};
pub use journal::{Earlier, EarlierState, EarlierTax, Journal, JournalError, MemoryJournal};
pub use mending::why_without_patch;
pub use need::Need;
pub use rule::Rule;
pub use shape::{SHAPE, finding_of, unreadable};

pub use crate::document::Fault;

use crate::Document;
use finding::Report;
use subject::Subject;

/// Every rule, in the order of its id.
static RULES: [Rule; 41] = [
    header::PF01,
    header::PF02,
    repeats::PF03,
    lines::PF04,
    lines::PF05,
    lines::PF06,
    discounts::PF07,
    discounts::PF08,
    lines::PF09,
    taxes::PF10,
    taxes::PF11,
    taxes::PF12,
    totals::PF13,
    totals::PF14,
    totals::PF15,
    totals::PF16,
    totals::PF17,
    buyer::PF18,
    buyer::PF19,
    buyer::PF20,
    buyer::PF21,
    buyer::PF22,
    lines::PF23,
    header::PF24,
    dates::PF25,
    dates::PF26,
    dates::PF27,
    header::PF28,
    credit_note::PF29,
    credit_note::PF30,
    credit_note::PF31,
    credit_note::PF32,
    credit_note::PF33,
    credit_note::PF34,
    credit_note::PF35,
    repeats::PF36,
    lines::PF37,
    account::PF38,
    taxes::PF39,
    header::PF40,
    naming::PF41,
];

/// Every rule, in the order of its id.
#[must_use]
pub fn rules() -> &'static [Rule] {
    &RULES
}

/// Every fault that a document can be told: first those of its shape, then those of each rule, in the order of the ids.
///
/// ```
/// use fiscal_harmony::preflight;
/// let fault = preflight::faults().find(|fault| fault.rule == "PF05" && fault.name == "free-article").unwrap();
/// assert!(fault.remedy.contains("DiscountAmount"));
/// ```
pub fn faults() -> impl Iterator<Item = &'static Fault> {
    std::iter::once(&SHAPE).chain(rules()).flat_map(|rule| rule.faults)
}

/// The rule of that id, in upper or lower case.
#[must_use]
pub fn rule(id: &str) -> Option<&'static Rule> {
    rules().iter().find(|rule| rule.id.eq_ignore_ascii_case(id.trim()))
}

/// Checks the names of a document alone, its id and its number: what must hold also where everything else is waived, since a name that
/// cannot be typed, printed or kept makes a document that nobody can ask for.
///
/// ```
/// # use fiscal_harmony::{Document, preflight::naming};
/// let document = Document::from_json(br#"{"InvoiceId":"/","InvoiceNumber":"7","IsTaxInclusive":true,"BuyerContact":{"Name":"Cash"},
///   "Date":"2026-02-03T10:00:00+02:00","CurrencyCode":"USD","LineItems":[]}"#)?;
/// assert_eq!(naming(&document).findings[0].rule, "PF41");
/// # Ok::<(), fiscal_harmony::DocumentError>(())
/// ```
#[must_use]
pub fn naming(document: &Document) -> Findings {
    let context = Context::nothing();
    let mut findings = Findings::default();
    (naming::PF41.check)(
        &Subject::new(document, &context),
        &mut Report::new(naming::PF41.id, &mut findings),
    );
    findings
}

/// Checks a document against every rule for which `context` knows enough.
///
/// Pure: the journal in the context is the only thing that is asked, and only for what a rule needs.
#[must_use]
pub fn preflight(document: &Document, context: &Context<'_>) -> Findings {
    let mut findings = checked(document, context);
    mending::offer(document, context, &mut findings, |mended| checked(mended, context));
    findings
}

fn checked(document: &Document, context: &Context<'_>) -> Findings {
    let subject = Subject::new(document, context);
    let mut findings = Findings::default();
    for rule in rules().iter().filter(|rule| rule.concerns(subject.view.kind)) {
        match rule.needs.iter().find_map(|need| context.lacks(*need)) {
            Some(reason) => findings.skip(rule.id, reason),
            None => (rule.check)(&subject, &mut Report::new(rule.id, &mut findings)),
        }
    }
    findings
}
