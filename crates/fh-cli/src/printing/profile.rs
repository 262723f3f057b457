//! `[PROFILE.seller]` and `[PROFILE.print]`.

use std::path::{Path, PathBuf};

use fiscal_harmony::print::{Seller, Settings};
use toml::{Spanned, de::DeValue};

/// The keys that name a picture and a font; the others are those of [`Settings`].
const LOGO: &str = "logo";
const FONT: &str = "font";
/// The key for lines that stand above all others; the others are those of [`Seller`].
const LINES: &str = "lines";

/// What a profile says about printing. All of it is allowed.
#[derive(Debug, Clone, Default)]
pub(crate) struct OfProfile {
    pub(crate) seller: Seller,
    pub(crate) print: Print,
}

/// How it has receipts printed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Print {
    /// By name, a printer first, since it decides others.
    pub(crate) choices: Vec<(String, String)>,
    /// The file of the logo.
    pub(crate) logo: Option<PathBuf>,
    /// The file of the font for scripts that need shaping.
    pub(crate) font: Option<PathBuf>,
}

/// Text, or what is written without quotation marks and means it.
fn word(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Reads the seller of a profile: a table of parts, or a list of lines.
pub(crate) fn read_seller<E>(
    value: &Spanned<DeValue<'_>>,
    profile: &str,
    wrong: &impl Fn(usize, String) -> E,
) -> Result<Seller, E> {
    let content = match value.get_ref() {
        DeValue::Array(_) => return Ok(lines(value, wrong)?.into()),
        DeValue::Table(content) => content,
        _ => {
            let message = format!("seller is a table; write [{profile}.seller] and its keys below it");
            return Err(wrong(value.span().start, message));
        }
    };
    let mut seller = Seller::default();
    for (name, value) in content {
        let key = name.get_ref().as_ref();
        if key == LINES {
            seller.lines = lines(value, wrong)?;
            continue;
        }
        let Some(text) = word(value.get_ref()) else {
            let message = format!("[{profile}.seller] {key} is text in quotation marks");
            return Err(wrong(value.span().start, message));
        };
        seller
            .set(key, &text)
            .map_err(|error| wrong(name.span().start, format!("[{profile}.seller]: {error}, {LINES}")))?;
    }
    Ok(seller)
}

fn lines<E>(value: &Spanned<DeValue<'_>>, wrong: &impl Fn(usize, String) -> E) -> Result<Vec<String>, E> {
    let expected = |at: usize| {
        wrong(
            at,
            "the seller\u{2019}s lines are a list of texts, such as [\"Corner Shop\"]".to_owned(),
        )
    };
    let DeValue::Array(items) = value.get_ref() else {
        return Err(expected(value.span().start));
    };
    let text = |item: &Spanned<DeValue<'_>>| match item.get_ref() {
        DeValue::String(text) => Ok(text.to_string()),
        _ => Err(expected(item.span().start)),
    };
    items.iter().map(text).collect()
}

/// Reads how a profile has receipts printed. A file is looked for beside the profile file.
pub(crate) fn read_print<E>(
    value: &Spanned<DeValue<'_>>,
    profile: &str,
    file: &Path,
    wrong: &impl Fn(usize, String) -> E,
) -> Result<Print, E> {
    let DeValue::Table(content) = value.get_ref() else {
        let message = format!("print is a table; write [{profile}.print] and its keys below it");
        return Err(wrong(value.span().start, message));
    };
    let mut print = Print::default();
    for (name, value) in content {
        let key = name.get_ref().as_ref();
        let text = word(value.get_ref()).unwrap_or_default();
        let path = || Some(file.parent().unwrap_or(Path::new("")).join(&text));
        match key {
            LOGO => print.logo = path(),
            FONT => print.font = path(),
            _ => {}
        }
        if [LOGO, FONT].contains(&key) {
            continue;
        }
        if Settings::KEYS.iter().all(|known| known.name != key) {
            let known: Vec<_> = Settings::KEYS
                .iter()
                .map(|known| known.name)
                .chain([LOGO, FONT])
                .collect();
            let message = format!(
                "[{profile}.print] has an unknown key {key:?}; known are {}",
                known.join(", ")
            );
            return Err(wrong(name.span().start, message));
        }
        Settings::default()
            .set(key, &text)
            .map_err(|error| wrong(value.span().start, error.to_string()))?;
        print.choices.push((key.to_owned(), text));
    }
    print.choices.sort_by_key(|(name, _)| name != "printer");
    Ok(print)
}
