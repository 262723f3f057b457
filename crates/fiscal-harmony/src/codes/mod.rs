//! What the tax authority's codes mean, what usually causes them, and what to do.
//!
//! A receipt that the authority finds fault with is *kept and coloured*: one red (or grey) receipt stops the fiscal day from
//! closing until a person at the authority closes it, a yellow one does not \[zimra\]. A request that breaks the structure is
//! refused and nothing is kept. Whether the service repeats these codes in the `Error` of an outcome is not known; where it
//! does, [`in_text`] finds them.
//!
//! *Grey* is no code: a receipt is grey while the one before it is missing, and is checked again when the gap is filled
//! \[zimra\].
//!
//! ```
//! use fiscal_harmony::codes;
//! let found: Vec<_> = codes::in_text("ZIMRA said: rcpt026 (tax amount), RCPT019.").map(|code| code.code).collect();
//! assert_eq!(found, ["RCPT026", "RCPT019"]);
//! assert!(codes::find("RCPT026").unwrap().rules().any(|rule| rule.id == "PF15"));
//! ```

mod code;
mod table;

pub use code::{Code, Colour};

/// Every code, in the order of the authority's specification.
#[must_use]
pub fn all() -> &'static [Code] {
    table::CODES
}

/// The code of that name, in upper or lower case.
#[must_use]
pub fn find(code: &str) -> Option<&'static Code> {
    let code = code.trim();
    all().iter().find(|known| known.code.eq_ignore_ascii_case(code))
}

/// The codes that a text names, in the order in which it first does. Texts are free-form: any case, any punctuation around.
///
/// The one text of the service's own that has been published, `NO TIN PROVIDED` \[third-party\], is found too.
pub fn in_text(text: &str) -> impl Iterator<Item = &'static Code> {
    let mut mentions: Vec<(usize, &'static Code)> = all()
        .iter()
        .filter_map(|code| Some((mention(text, code.code)?, code)))
        .collect();
    mentions.sort_by_key(|(at, _)| *at);
    mentions.into_iter().map(|(_, code)| code)
}

/// Where `code` first stands in `text` by itself, and not as a part of a longer word or number.
fn mention(text: &str, code: &str) -> Option<usize> {
    let (text, code) = (text.as_bytes(), code.as_bytes());
    let alone = |byte: Option<&u8>| byte.is_none_or(|byte| !byte.is_ascii_alphanumeric());
    (0..=text.len().checked_sub(code.len())?).find(|&at| {
        let end = at + code.len();
        text[at..end].eq_ignore_ascii_case(code)
            && alone(at.checked_sub(1).and_then(|before| text.get(before)))
            && alone(text.get(end))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(feature = "preflight")]
    use crate::preflight;

    fn named(text: &str) -> Vec<&'static str> {
        in_text(text).map(|code| code.code).collect()
    }

    #[test]
    fn codes_are_found_in_free_text_once_each_and_in_order() {
        assert_eq!(
            named("[{\"validationErrorCode\":\"RCPT037\"},{\"validationErrorCode\":\"rcpt026\"}] RCPT037 again"),
            ["RCPT037", "RCPT026"]
        );
        assert_eq!(named("No TIN provided"), ["NO TIN PROVIDED"]);
        assert_eq!(named("DEV01"), ["DEV01"]);
    }

    #[test]
    fn the_words_of_the_days_close_are_known() {
        assert_eq!(
            named("close failed: receiptswithvalidationerrors; CountersMismatch"),
            ["ReceiptsWithValidationErrors", "CountersMismatch"]
        );
        for word in ["MissingReceipts", "BadCertificateSignature", "FiscalDayCloseFailed"] {
            assert_eq!(find(word).unwrap().colour, Colour::Close);
        }
    }

    #[test]
    fn a_longer_word_or_number_is_not_a_code() {
        assert_eq!(named("RCPT0260 XRCPT026 RCPT02X"), Vec::<&str>::new());
        assert_eq!(named("RCPT02"), ["RCPT02"], "and not RCPT020 or RCPT026");
        assert_eq!(named(""), Vec::<&str>::new());
        assert_eq!(named("Überweisung RCPT019é"), ["RCPT019"]);
    }

    #[test]
    fn the_table_is_whole_and_each_code_stands_once() {
        let codes: Vec<&str> = all().iter().map(|code| code.code).collect();
        for number in (10..=43).chain([47, 48]) {
            assert!(codes.contains(&format!("RCPT{number:03}").as_str()), "RCPT{number:03}");
        }
        for number in 44..=46 {
            assert!(find(&format!("RCPT{number:03}")).is_none(), "not in version 7.2");
        }
        for number in 1..=15 {
            assert!(find(&format!("DEV{number:02}")).is_some(), "DEV{number:02}");
        }
        for code in [
            "RCPT01", "RCPT02", "FISC01", "FISC03", "FISC04", "FILE01", "FILE02", "FILE03", "FILE04", "FILE05",
        ] {
            assert!(find(code).is_some(), "{code}");
        }
        let mut unique = codes.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), codes.len());
        let yellow: Vec<&str> = all()
            .iter()
            .filter(|code| code.colour == Colour::Yellow)
            .map(|code| code.code)
            .collect();
        assert_eq!(yellow, ["RCPT014", "RCPT031", "RCPT041"]);
    }

    #[cfg(feature = "preflight")]
    #[test]
    fn every_code_that_a_rule_names_is_in_the_table() {
        for rule in preflight::rules() {
            for code in rule.codes {
                assert!(find(code).is_some(), "{} names {code}", rule.id);
            }
        }
    }
}
