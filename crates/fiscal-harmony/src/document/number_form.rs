//! Numbers as people and spreadsheets write them, and how JSON wants them.

use fh_types::Amount;

use super::{fault::Fault, faults};

/// What is wrong with the form of a number, and how it is written: one way where that is certain, two where it is not.
#[derive(Debug, PartialEq)]
pub(super) struct NumberForm {
    pub(super) fault: &'static Fault,
    pub(super) right: String,
    pub(super) other: String,
}

impl NumberForm {
    fn of(fault: &'static Fault, right: impl Into<String>) -> Self {
        Self {
            fault,
            right: right.into(),
            other: String::new(),
        }
    }
}

/// What currencies are called beside a number.
const CURRENCIES: [&str; 14] = [
    "RTGS$", "US$", "ZW$", "ZIG", "ZWG", "ZWL", "USD", "ZAR", "EUR", "GBP", "Z$", "R", "$", "€",
];

/// Judges a text that is no number of JSON. `None` when it does not look like a number at all.
pub(super) fn judge(text: &str) -> Option<NumberForm> {
    let text = text.trim();
    let bare = text.trim_start_matches(['-', '+']);
    if [
        "nan",
        "inf",
        "infinity",
        "#n/a",
        "#div/0!",
        "#value!",
        "#ref!",
        "undefined",
        "none",
    ]
    .iter()
    .any(|word| bare.eq_ignore_ascii_case(word))
    {
        return Some(NumberForm::of(&faults::NOT_A_NUMBER, ""));
    }
    if let Some(number) = bare.strip_suffix('%') {
        return plain(number.trim())
            .or(separated(number.trim()).map(|_| String::new()))
            .map(|_| NumberForm::of(&faults::PERCENTAGE, ""));
    }
    let minus = if text.starts_with('-') { "-" } else { "" };
    let mut form = without_currency(bare)
        .and_then(|number| match (plain(number), separated(number)) {
            (Some(right), _) => Some(NumberForm::of(&faults::CURRENCY_SIGN, right)),
            (None, Some(inner)) if inner.other.is_empty() => Some(NumberForm {
                fault: &faults::CURRENCY_SIGN,
                ..inner
            }),
            (None, inner) => inner,
        })
        .or_else(|| separated(bare))
        .or_else(|| {
            plain(bare)
                .filter(|right| right != bare || minus != &text[..minus.len()] || text.starts_with('+'))
                .map(|right| NumberForm::of(&faults::NUMBER_FORM, right))
        })?;
    for written in [&mut form.right, &mut form.other] {
        if !written.is_empty() {
            written.insert_str(0, minus);
        }
    }
    Some(form)
}

fn without_currency(text: &str) -> Option<&str> {
    CURRENCIES.iter().find_map(|currency| {
        let (length, whole) = (currency.len(), text.len());
        let front = text.get(..length).filter(|front| front.eq_ignore_ascii_case(currency));
        let number = if front.is_some() {
            &text[length..]
        } else {
            let back = text.get(whole.checked_sub(length)?..)?;
            back.eq_ignore_ascii_case(currency).then(|| &text[..whole - length])?
        };
        Some(number.trim()).filter(|number| number.starts_with(|c: char| c.is_ascii_digit()))
    })
}

/// Digits with at most one dot, in the form of JSON.
fn plain(text: &str) -> Option<String> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if (whole.is_empty() && fraction.is_empty()) || !digits(whole) || !digits(fraction) {
        return None;
    }
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let written = if fraction.is_empty() {
        whole.to_owned()
    } else {
        format!("{whole}.{fraction}")
    };
    written.parse::<Amount>().ok().map(|_| written)
}

/// Numbers with a comma, or with something between thousands.
fn separated(text: &str) -> Option<NumberForm> {
    let is_blank = |c: char| matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\'' | '’' | '_');
    let joined: String = text.chars().filter(|c| !is_blank(*c)).collect();
    let had_blanks = joined.len() != text.len();
    if !joined.starts_with(|c: char| c.is_ascii_digit())
        || !joined.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ','))
    {
        return None;
    }
    let groups = |text: &str, separator: char| {
        let mut parts = text.split(separator);
        let first = parts.next().unwrap_or_default();
        (1..=3).contains(&first.len()) && digits(first) && parts.all(|part| part.len() == 3 && digits(part))
    };
    match (joined.matches(',').count(), joined.matches('.').count()) {
        (0, 0 | 1) if had_blanks => Some(NumberForm::of(&faults::THOUSANDS, plain(&joined)?)),
        (1, 0) => {
            let (whole, fraction) = joined.split_once(',')?;
            let dotted = plain(&format!("{whole}.{fraction}"))?;
            if !had_blanks && fraction.len() == 3 && whole.len() <= 3 && !whole.starts_with('0') {
                Some(NumberForm {
                    other: plain(&format!("{whole}{fraction}"))?,
                    ..NumberForm::of(&faults::COMMA_UNCLEAR, dotted)
                })
            } else {
                Some(NumberForm::of(&faults::DECIMAL_COMMA, dotted))
            }
        }
        (1.., 0) if groups(&joined, ',') => Some(NumberForm::of(&faults::THOUSANDS, plain(&joined.replace(',', ""))?)),
        (1.., 1) if joined.rfind(',') < joined.find('.') => {
            let (whole, fraction) = joined.split_once('.')?;
            groups(whole, ',').then_some(())?;
            let number = format!("{}.{fraction}", whole.replace(',', ""));
            Some(NumberForm::of(&faults::THOUSANDS, plain(&number)?))
        }
        (1, _) => {
            let (whole, fraction) = joined.split_once(',')?;
            groups(whole, '.').then_some(())?;
            let number = format!("{}.{fraction}", whole.replace('.', ""));
            Some(NumberForm::of(&faults::DECIMAL_COMMA, plain(&number)?))
        }
        _ => None,
    }
}

fn digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_told_apart_and_written_as_json_wants_them() {
        for (text, fault, right, other) in [
            ("2,50", "decimal-comma", "2.50", ""),
            ("0,675", "decimal-comma", "0.675", ""),
            ("-5,00", "decimal-comma", "-5.00", ""),
            ("1.234,50", "decimal-comma", "1234.50", ""),
            ("1 234,50", "decimal-comma", "1234.50", ""),
            ("1,234.00", "thousands", "1234.00", ""),
            ("1,234,567", "thousands", "1234567", ""),
            ("1 234.00", "thousands", "1234.00", ""),
            ("1,234", "comma-unclear", "1.234", "1234"),
            ("$2.50", "currency-sign", "2.50", ""),
            ("US$ 1,234.00", "currency-sign", "1234.00", ""),
            ("5 usd", "currency-sign", "5", ""),
            ("-$5", "currency-sign", "-5", ""),
            ("NaN", "nan", "", ""),
            ("-Infinity", "nan", "", ""),
            ("15.5%", "percentage", "", ""),
            ("007", "number-form", "7", ""),
            ("+5", "number-form", "5", ""),
            (".5", "number-form", "0.5", ""),
        ] {
            let form = judge(text).unwrap_or_else(|| panic!("{text} is not recognised"));
            assert_eq!(
                (form.fault.name, form.right.as_str(), form.other.as_str()),
                (fault, right, other),
                "{text}"
            );
        }
        for text in ["x", "", "1,2,3", "1.2.3", "12-5", "R", "1,23,456"] {
            assert_eq!(judge(text), None, "{text}");
        }
    }
}
