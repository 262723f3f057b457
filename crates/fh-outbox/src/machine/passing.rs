//! Rejections that may pass: they speak of the service or the authority, never of the document.

use fiscal_harmony::codes::{self, Colour};

/// Parts of such texts, in small letters. A text that is not on this list goes to a person at once.
///
/// None of them is attested from the live service; they are the words for this in the published integrations \[vendor-code\] and of the
/// simulator. A text about the document must never match: what is on the list is sent again unchanged.
const TEXTS: [&str; 12] = [
    "authority could not be reached",
    "authority cannot be reached",
    "authority is unavailable",
    "authority is not available",
    "zimra could not be reached",
    "zimra is unavailable",
    "zimra is not available",
    "fdms could not be reached",
    "fdms is unavailable",
    "fdms is not available",
    "service is temporarily unavailable",
    "service temporarily unavailable",
];

/// True when the same document may be taken a little later, unchanged.
pub(crate) fn may_pass(text: &str) -> bool {
    let text = text.to_lowercase();
    !text.contains("rcpt") && !text.contains("no tin") && TEXTS.iter().any(|part| text.contains(part))
}

/// True when the authority says that it has the number already: the receipt may be this very document's.
pub(super) fn says_number_is_used(text: &str) -> bool {
    text.to_lowercase().contains("rcpt013")
}

/// True when a text names a code with which the authority keeps a receipt and does not let the fiscal day close \[zimra\], or says that the
/// day could not be closed. Whether the service repeats the codes, and whether it refuses before the authority has kept anything, is not known.
pub(super) fn keeps_the_day_open(text: &str) -> bool {
    codes::in_text(text).any(|code| matches!(code.colour, Colour::Red | Colour::Close))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_speaks_of_the_document_never_passes() {
        for text in [
            "The revenue authority could not be reached, try again",
            "The revenue authority is unavailable.",
            "ZIMRA is not available",
        ] {
            assert!(may_pass(text), "{text}");
            assert!(!may_pass(&format!("RCPT013: {text}")), "{text}");
        }
        for text in [
            "NO TIN PROVIDED",
            "RCPT025: tax is wrong",
            "The document could not be read",
            "try again",
            "tax code is not available",
            "",
        ] {
            assert!(!may_pass(text), "{text}");
        }
    }

    #[test]
    fn red_codes_keep_the_day_open_and_others_do_not() {
        for text in [
            "RCPT030: date",
            "day close failed: ReceiptsWithValidationErrors",
            "rcpt013",
        ] {
            assert!(keeps_the_day_open(text), "{text}");
        }
        for text in ["RCPT031: future date", "NO TIN PROVIDED", "RCPT02", "no", "DEV01"] {
            assert!(!keeps_the_day_open(text), "{text}");
        }
    }

    #[test]
    fn a_used_number_is_told_however_it_is_spelt() {
        assert!(says_number_is_used("rcpt013 - invoice number not unique"));
        assert!(!says_number_is_used("RCPT030"));
    }
}
