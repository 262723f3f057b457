//! The tax of each line, as the device's tax table has it; and the HS code, whose form depends on the tax.

use fh_types::jiff::civil::{Date, date};

use super::{
    Level, Need, Rule,
    subject::{LineTax, line_field},
};
use crate::device::{ApplicableTax, VatStatus};

pub(super) const PF10: Rule = Rule {
    id: "PF10",
    title: "Every tax code is mapped to a tax that the device may use on the document's date.",
    level: Level::Block,
    needs: &[Need::Device],
    only: None,
    codes: &["RCPT025"],
    remedy: "Map the tax code to a tax of the device's present table that applies on the document's date.",
    check: |subject, report| {
        for ((at, line), tax) in subject.lines().zip(subject.taxes()) {
            let code = &line.tax_code;
            let pointer = || line_field(at, "TaxCode");
            match *tax {
                LineTax::Known(tax) if tax.applies_on(subject.view.date) => {}
                LineTax::Known(tax) => {
                    let message = format!(
                        "{code:?} is mapped to {tax}, which {}",
                        period(tax, subject.view.date.civil().date())
                    );
                    let ended = tax
                        .valid_till
                        .is_some_and(|till| till < subject.view.date.civil().date());
                    if subject.is_credit_note() && ended {
                        // The note must use the original's tax and a tax of its own date; nothing says which wins.
                        report.warn(
                            "RCPT025",
                            pointer(),
                            format!("{message}; on a credit note the original's tax may be right"),
                        );
                    } else {
                        report.block("RCPT025", pointer(), message);
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
                        "RCPT025",
                        pointer(),
                        format!(
                            "{code:?} is mapped to tax id {id}, which the device does not have; it has {}",
                            known.join(", ")
                        ),
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
                        "RCPT025",
                        pointer(),
                        format!("{code:?} is not mapped; mapped are {known:?}"),
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
    remedy: "Use an exempt or zero-rated tax code, or have the VAT number registered with the authority.",
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
            let message = format!("{:?} is {tax}, and the device has no VAT number", line.tax_code);
            // The withholding tax is a row like any other; whether the rule applies to it is not known.
            if tax.name.to_ascii_lowercase().contains("withholding") {
                report.warn("RCPT021", line_field(at, "TaxCode"), message);
            } else {
                report.block("RCPT021", line_field(at, "TaxCode"), message);
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
    remedy: "Give the HS code as 8 digits without separators.",
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
                report.block(
                    "RCPT047",
                    pointer(),
                    "there is no product code; every line needs an HS code",
                );
            } else if !well_formed {
                report.block(
                    "RCPT048",
                    pointer(),
                    format!("{code:?} is not 4 or 8 digits{}", hint(code)),
                );
            } else if full_form_needed && code.len() == 4 {
                let Some(tax) = subject.taxes()[at].known() else {
                    continue;
                };
                if tax.percent.is_none_or(|percent| percent.is_zero()) {
                    report.block(
                        "RCPT048",
                        pointer(),
                        format!("{code:?} has 4 digits; a line with {tax} needs 8"),
                    );
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
    remedy: "Check which tax the code is mapped to, and the date.",
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
            let of_the_original = if subject.is_credit_note() {
                ", unless the credited invoice had this one"
            } else {
                ""
            };
            report.warn(
                "RCPT025",
                line_field(at, "TaxCode"),
                format!(
                    "{:?} is {tax}; on {day} the standard rate was {other} %{of_the_original}",
                    line.tax_code
                ),
            );
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
fn hint(code: &str) -> String {
    let bare: String = code.chars().filter(|c| !matches!(c, '.' | ' ' | '-' | ',')).collect();
    let digits = bare.len() == code.len() && bare.bytes().all(|byte| byte.is_ascii_digit());
    match bare.len() {
        4 | 8 if bare.bytes().all(|byte| byte.is_ascii_digit()) => format!("; without separators it is {bare:?}"),
        7 if digits => "; was a leading nought lost in a spreadsheet?".to_owned(),
        6 if digits => "; six digits are the international code, Zimbabwe's has eight".to_owned(),
        _ => String::new(),
    }
}
