//! The tax of each line, as the device's tax table has it; and the HS code, whose form depends on the tax.

use fh_types::jiff::civil::{Date, date};

use super::{
    Level, Need, Rule,
    subject::{LineTax, line_field},
};
use crate::{
    device::{ApplicableTax, VatStatus},
    document::{Fault, faults, said},
};

const NOT_ON_THE_DATE: Fault = Fault::of(
    "PF10",
    "not-on-the-date",
    "{code} is mapped to {tax}, which {period}",
    "Use the code of the tax that applied on the date, or map {code} to it; or look at the date.",
);
const ENDED_ON_CREDIT_NOTE: Fault = Fault::of(
    "PF10",
    "ended-on-credit-note",
    "{code} is mapped to {tax}, which {period}; on a credit note the original's tax may be right",
    "Use the tax of the credited invoice. What the authority wants here is not published.",
);
const NO_SUCH_TAX: Fault = Fault::of(
    "PF10",
    "no-such-tax",
    "{code} is mapped to tax id {id}, which the device does not have; it has {known}",
    "Map {code} to one of the device's taxes.",
);
const UNMAPPED: Fault = Fault::of(
    "PF10",
    "unmapped",
    "{code} is not mapped; mapped are {known}",
    "Write one of the mapped codes, to the letter; or map {code} to a tax of the device.",
);
const NOT_REGISTERED: Fault = Fault::of(
    "PF11",
    "not-registered",
    "{code} is {tax}, and the device has no VAT number",
    "Use an exempt or zero-rated tax code, or have the VAT number registered with the authority.",
);
const NO_HS_CODE: Fault = Fault::of(
    "PF12",
    "missing",
    "there is no product code; every line needs an HS code",
    "Give the article's HS code, 8 digits without separators, as a text.",
);
const HS_SEPARATORS: Fault = Fault::of(
    "PF12",
    "separators",
    "{code} is not 4 or 8 digits; without separators it is {right}",
    "Write {right}.",
);
const HS_SEVEN: Fault = Fault::of(
    "PF12",
    "seven-digits",
    "{code} is not 4 or 8 digits; was a leading nought lost in a spreadsheet?",
    "Look it up; with the nought it is \"0{bare}\".",
);
const HS_SIX: Fault = Fault::of(
    "PF12",
    "six-digits",
    "{code} is not 4 or 8 digits; six digits are the international code, Zimbabwe's has eight",
    "Look the last two digits up in Zimbabwe's tariff.",
);
const HS_STOCK_CODE: Fault = Fault::of(
    "PF12",
    "stock-code",
    "{code} is not 4 or 8 digits; it looks like a code of your own stock",
    "ProductCode is the HS code of the customs tariff. Keep your own code in Description, and the HS code with each article.",
);
const HS_FORM: Fault = Fault::of(
    "PF12",
    "form",
    "{code} is not 4 or 8 digits",
    "Give the HS code as 8 digits without separators.",
);
const HS_TOO_SHORT: Fault = Fault::of(
    "PF12",
    "eight-needed",
    "{code} has 4 digits; a line with {tax} needs 8",
    "Give the HS code as 8 digits; the first four are right.",
);
const OTHER_RATE: Fault = Fault::of(
    "PF39",
    "other-rate",
    "{code} is {tax}; on {day} the standard rate was {rate} %",
    "Check which tax the code is mapped to, and the date.",
);
const OTHER_RATE_ON_CREDIT_NOTE: Fault = Fault::of(
    "PF39",
    "other-rate-on-credit-note",
    "{code} is {tax}; on {day} the standard rate was {rate} %, unless the credited invoice had this one",
    "Use the tax of the credited invoice.",
);

pub(super) const PF10: Rule = Rule {
    id: "PF10",
    title: "Every tax code is mapped to a tax that the device may use on the document's date.",
    level: Level::Block,
    needs: &[Need::Device],
    only: None,
    codes: &["RCPT025"],
    faults: &[NOT_ON_THE_DATE, ENDED_ON_CREDIT_NOTE, NO_SUCH_TAX, UNMAPPED],
    check: |subject, report| {
        for ((at, line), tax) in subject.lines().zip(subject.taxes()) {
            let code = || format!("{:?}", line.tax_code);
            let pointer = || line_field(at, "TaxCode");
            match *tax {
                LineTax::Known(tax) if tax.applies_on(subject.view.date) => {}
                LineTax::Known(tax) => {
                    let values = said![
                        code = code(),
                        tax,
                        period = period(tax, subject.view.date.civil().date())
                    ];
                    let ended = tax
                        .valid_till
                        .is_some_and(|till| till < subject.view.date.civil().date());
                    if subject.is_credit_note() && ended {
                        // The note must use the original's tax and a tax of its own date; nothing says which wins.
                        report.warn(&ENDED_ON_CREDIT_NOTE, "RCPT025", pointer(), values);
                    } else {
                        report.block(&NOT_ON_THE_DATE, "RCPT025", pointer(), values);
                    }
                }
                LineTax::Unlisted(id) => {
                    let known: Vec<String> = subject
                        .context
                        .catalogue
                        .and_then(|catalogue| catalogue.device())
                        .map(|device| device.taxes.iter().take(10).map(ToString::to_string).collect())
                        .unwrap_or_default();
                    report.block(
                        &NO_SUCH_TAX,
                        "RCPT025",
                        pointer(),
                        said![code = code(), id, known = known.join(", ")],
                    );
                }
                LineTax::Unmapped => {
                    let known: Vec<&str> = subject
                        .context
                        .catalogue
                        .into_iter()
                        .flat_map(|catalogue| catalogue.tax_mappings())
                        .map(|(code, _)| code)
                        .take(10)
                        .collect();
                    report.block(
                        &UNMAPPED,
                        "RCPT025",
                        pointer(),
                        said![code = code(), known = format!("{known:?}")],
                    );
                }
            }
        }
    },
};

pub(super) const PF11: Rule = Rule {
    id: "PF11",
    title: "A tax above 0 % is used only by a taxpayer who is registered for VAT.",
    level: Level::Block,
    needs: &[Need::Device],
    only: None,
    codes: &["RCPT021"],
    faults: &[NOT_REGISTERED],
    check: |subject, report| {
        match subject.context.catalogue.map(|catalogue| catalogue.vat()) {
            Some(VatStatus::NotRegistered) => {}
            Some(VatStatus::Registered(_)) | None => return,
            Some(VatStatus::Unknown) => return report.skip("whether the taxpayer is registered for VAT is not known"),
        }
        for ((at, line), tax) in subject.lines().zip(subject.taxes()) {
            let Some(tax) = tax
                .known()
                .filter(|tax| tax.percent.is_some_and(|percent| percent.is_positive()))
            else {
                continue;
            };
            let code = format!("{:?}", line.tax_code);
            let values = said![code, tax];
            // The withholding tax is a row like any other; whether the rule applies to it is not known.
            if tax.name.to_ascii_lowercase().contains("withholding") {
                report.warn(&NOT_REGISTERED, "RCPT021", line_field(at, "TaxCode"), values);
            } else {
                report.block(&NOT_REGISTERED, "RCPT021", line_field(at, "TaxCode"), values);
            }
        }
    },
};

pub(super) const PF12: Rule = Rule {
    id: "PF12",
    title: "Every product code is an HS code of 4 or 8 digits; 8 where a VAT payer's line is zero-rated or exempt.",
    level: Level::Block,
    needs: &[],
    only: None,
    codes: &["RCPT047", "RCPT048"],
    faults: &[
        NO_HS_CODE,
        HS_SEPARATORS,
        HS_SEVEN,
        HS_SIX,
        HS_STOCK_CODE,
        HS_FORM,
        HS_TOO_SHORT,
        faults::HS_NUMBER,
        faults::HS_NUMBER_SHORT,
    ],
    check: |subject, report| {
        let full_form_needed = match subject.context.catalogue {
            Some(catalogue) if catalogue.knows_taxes() && *catalogue.vat() != VatStatus::Unknown => {
                matches!(catalogue.vat(), VatStatus::Registered(_))
            }
            _ => {
                report.skip("device and VAT registration are not known; that zero-rated and exempt lines have 8 digits was not checked");
                false
            }
        };
        for (at, line) in subject.lines() {
            let code = &line.product_code;
            let pointer = || line_field(at, "ProductCode");
            let well_formed = matches!(code.len(), 4 | 8) && code.bytes().all(|byte| byte.is_ascii_digit());
            if code.trim().is_empty() {
                report.block(&NO_HS_CODE, "RCPT047", pointer(), &[]);
            } else if !well_formed {
                let (fault, bare) = form(code);
                let (code, right) = (format!("{code:?}"), format!("{bare:?}"));
                report.block(fault, "RCPT048", pointer(), said![code, right, bare]);
            } else if full_form_needed && code.len() == 4 {
                let Some(tax) = subject.taxes()[at].known() else {
                    continue;
                };
                if tax.percent.is_none_or(|percent| percent.is_zero()) {
                    let code = format!("{code:?}");
                    report.block(&HS_TOO_SHORT, "RCPT048", pointer(), said![code, tax]);
                }
            }
        }
    },
};

/// When 15.5 % took the place of 15 % as the standard rate.
const RATE_CHANGE: Date = date(2026, 1, 1);

pub(super) const PF39: Rule = Rule {
    id: "PF39",
    title: "The standard rate fits the date: 15 % until 2025, 15.5 % from 2026.",
    level: Level::Warn,
    needs: &[Need::Device],
    only: None,
    codes: &["RCPT025"],
    faults: &[OTHER_RATE, OTHER_RATE_ON_CREDIT_NOTE],
    check: |subject, report| {
        let (old, new) = (fh_types::Amount::from_units(15), fh_types::Amount::cents(1550));
        let day = subject.view.date.civil().date();
        for ((at, line), tax) in subject.lines().zip(subject.taxes()) {
            let Some(tax) = tax.known() else { continue };
            let other = match tax.percent {
                Some(percent) if percent == old && day >= RATE_CHANGE => "15.5",
                Some(percent) if percent == new && day < RATE_CHANGE => "15",
                _ => continue,
            };
            let fault = if subject.is_credit_note() {
                &OTHER_RATE_ON_CREDIT_NOTE
            } else {
                &OTHER_RATE
            };
            let code = format!("{:?}", line.tax_code);
            let values = said![code, tax, day, rate = other];
            report.warn(fault, "RCPT025", line_field(at, "TaxCode"), values);
        }
    },
};

fn period(tax: &ApplicableTax, day: Date) -> String {
    match (tax.valid_from, tax.valid_till) {
        (Some(from), _) if day < from => format!("applies from {from}; the document is of {day}"),
        (_, Some(till)) => format!("applied until {till}; the document is of {day}"),
        _ => "does not apply".to_owned(),
    }
}

/// The usual faults of HS codes. None of them is mended silently: a digit too few has more than one cure.
fn form(code: &str) -> (&'static Fault, String) {
    let bare: String = code.chars().filter(|c| !matches!(c, '.' | ' ' | '-' | ',')).collect();
    let all_digits = bare.bytes().all(|byte| byte.is_ascii_digit());
    let untouched = bare.len() == code.len();
    let fault = match bare.len() {
        4 | 8 if all_digits => &HS_SEPARATORS,
        7 if all_digits && untouched => &HS_SEVEN,
        6 if all_digits && untouched => &HS_SIX,
        _ if code.chars().any(char::is_alphabetic) => &HS_STOCK_CODE,
        _ => &HS_FORM,
    };
    (fault, bare)
}
