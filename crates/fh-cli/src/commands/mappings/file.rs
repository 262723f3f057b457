//! The file, read.

use std::{io::Read, path::Path};

use fiscal_harmony::{
    mapping::{NamedTax, Wanted, WantedCurrency, WantedTax},
    types::Amount,
};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::exit::{Exit, Failure};

/// What a tax code may say.
const KEYS: [&str; 5] = ["tax", "percent", "exempt", "id", "name"];

type Table<'t> = DeTable<'t>;

/// Something wrong, and where.
type Wrong = (usize, String);

/// Reads what should be mapped.
pub(super) fn read(path: &Path) -> Result<Wanted, Failure> {
    let name = if path.as_os_str() == "-" {
        "standard input".into()
    } else {
        path.display().to_string()
    };
    let mut text = String::new();
    let read = if path.as_os_str() == "-" {
        std::io::stdin().read_to_string(&mut text).map(drop)
    } else {
        std::fs::read_to_string(path).map(|read| text = read)
    };
    read.map_err(|error| Failure::usage(format!("{name} cannot be read: {error}")))?;
    parse(&text).map_err(|(offset, message)| {
        let before = &text[..offset.min(text.len())];
        let (line, start) = (
            before.matches('\n').count() + 1,
            before.rfind('\n').map_or(0, |at| at + 1),
        );
        let column = before[start..].chars().count() + 1;
        Failure {
            exit: Exit::Refused,
            message: format!("{name}:{line}:{column}: {message}"),
        }
    })
}

fn parse(text: &str) -> Result<Wanted, Wrong> {
    let file = DeTable::parse(text).map_err(|error| {
        let offset = error.span().map_or(0, |span| span.start);
        (offset, format!("this is not TOML: {}", error.message()))
    })?;
    let mut wanted = Wanted::default();
    for (section, content) in file.get_ref() {
        let at = section.span().start;
        let name = section.get_ref().as_ref();
        if !matches!(name, "taxes" | "currencies") {
            return Err((
                at,
                format!("{name:?} is not known; the sections are [taxes] and [currencies]"),
            ));
        }
        let DeValue::Table(content) = content.get_ref() else {
            return Err((
                at,
                format!("{name} is a section; write [{name}] and a line for each code below it"),
            ));
        };
        if name == "taxes" {
            wanted.taxes = Some(taxes(content)?);
        } else {
            wanted.currencies = Some(currencies(content)?);
        }
    }
    if wanted.taxes.is_none() && wanted.currencies.is_none() {
        return Err((
            0,
            "it says nothing; write [taxes] or [currencies] and a line for each code below it".into(),
        ));
    }
    Ok(wanted)
}

fn taxes(content: &Table<'_>) -> Result<Vec<WantedTax>, Wrong> {
    let mut taxes = Vec::new();
    for (code, value) in content {
        let mut wanted = WantedTax::new(code.get_ref().as_ref(), NamedTax::default());
        match value.get_ref() {
            DeValue::String(name) => wanted.tax.name = Some(name.to_string()),
            DeValue::Table(said) => tax(&mut wanted, said)?,
            _ => {
                let example = r#"{ tax = "Standard rated 15.5%", percent = 15.5 }"#;
                return Err((value.span().start, format!("a tax code says {example}")));
            }
        }
        taxes.push(wanted);
    }
    Ok(taxes)
}

fn tax(wanted: &mut WantedTax, said: &Table<'_>) -> Result<(), Wrong> {
    for (key, value) in said {
        let at = value.span().start;
        match (key.get_ref().as_ref(), value.get_ref()) {
            ("tax", DeValue::String(name)) => wanted.tax.name = Some(name.to_string()),
            ("name", DeValue::String(name)) => wanted.label = Some(name.to_string()),
            ("percent", _) => {
                if wanted.tax.rate == Some(None) {
                    return Err((at, "an exempt tax has no rate; leave `percent` or `exempt` out".into()));
                }
                wanted.tax.rate = Some(Some(percent(value)?));
            }
            ("exempt", DeValue::Boolean(true)) => {
                if wanted.tax.rate.is_some() {
                    return Err((at, "an exempt tax has no rate; leave `percent` or `exempt` out".into()));
                }
                wanted.tax.rate = Some(None);
            }
            ("exempt", DeValue::Boolean(false)) => {}
            ("id", DeValue::Integer(id)) => {
                let id = id
                    .to_string()
                    .parse()
                    .map_err(|_| (at, "id is the number of a tax".to_owned()))?;
                wanted.tax.id = Some(id);
            }
            (known, _) if KEYS.contains(&known) => {
                let what = match known {
                    "exempt" => "true or false",
                    "id" => "a number",
                    _ => "text in quotation marks",
                };
                return Err((at, format!("{known} is {what}")));
            }
            (other, _) => {
                let known = KEYS.join(", ");
                return Err((key.span().start, format!("{other:?} is not known; known are {known}")));
            }
        }
    }
    Ok(())
}

/// A rate, read from its digits: it never passes through binary fractions.
fn percent(value: &Spanned<DeValue<'_>>) -> Result<Amount, Wrong> {
    let digits = match value.get_ref() {
        DeValue::String(text) => text.trim().trim_end_matches('%').trim().to_owned(),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.as_str().to_owned(),
        _ => String::new(),
    };
    let wrong = || (value.span().start, "percent is a number such as 15.5".to_owned());
    digits.parse().map_err(|_| wrong())
}

fn currencies(content: &Table<'_>) -> Result<Vec<WantedCurrency>, Wrong> {
    let mut currencies = Vec::new();
    for (code, value) in content {
        let DeValue::String(destination) = value.get_ref() else {
            let message = r#"a currency says the authority's code, such as ZIG = "ZWG""#;
            return Err((value.span().start, message.to_owned()));
        };
        currencies.push(WantedCurrency::new(code.get_ref().as_ref(), destination.as_ref()));
    }
    Ok(currencies)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taxes_and_currencies_are_read_with_exact_rates() {
        let text = "[taxes]\n'VAT15.5' = { tax = 'Standard rated 15.5%', percent = 15.50, name = 'Std' }\nZ = { percent = 0 }\n\
                    E = { exempt = true, id = 3 }\nN = 'Named'\n[currencies]\n'US$' = 'USD'\n";
        let wanted = parse(text).unwrap();
        let of = |code: &str| wanted.taxes.iter().flatten().find(|tax| tax.code == code).unwrap();
        assert_eq!(
            of("VAT15.5").tax,
            NamedTax::new("Standard rated 15.5%", "15.5".parse().ok())
        );
        assert_eq!(of("VAT15.5").label.as_deref(), Some("Std"));
        assert_eq!(of("Z").tax.rate, Some(Some(Amount::ZERO)));
        assert_eq!((of("E").tax.rate, of("E").tax.id), (Some(None), Some(3)));
        assert_eq!((of("N").tax.name.as_deref(), of("N").tax.rate), (Some("Named"), None));
        assert_eq!(wanted.currencies, Some(vec![WantedCurrency::new("US$", "USD")]));
        assert_eq!(parse("[taxes]\n").unwrap().currencies, None);
    }

    #[test]
    fn mistakes_are_named() {
        for (text, words) in [
            ("", "says nothing"),
            ("[tax]\n", "the sections are"),
            ("taxes = 3\n", "is a section"),
            ("[taxes]\nA = 3\n", "a tax code says"),
            ("[taxes]\nA = { rate = 3 }\n", "known are tax, percent"),
            ("[taxes]\nA = { percent = true }\n", "such as 15.5"),
            ("[taxes]\nA = { percent = nan }\n", "such as 15.5"),
            ("[taxes]\nA = { exempt = true, percent = 0 }\n", "has no rate"),
            ("[taxes]\nA = { id = '3' }\n", "id is a number"),
            ("[taxes]\nA = 'x'\nA = 'y'\n", "not TOML"),
            ("[currencies]\nA = 3\n", "the authority's code"),
        ] {
            let (_, message) = parse(text).unwrap_err();
            assert!(message.contains(words), "{text}: {message}");
        }
    }
}
