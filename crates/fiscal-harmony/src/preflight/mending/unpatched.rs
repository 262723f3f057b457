//! The faults for which no patch is ever certain, each with the reason.

const NOT_JSON: &str = "the text is not JSON, and a patch needs JSON";
const VALUE: &str = "only whoever made the document knows the value";
const READINGS: &str = "it can be read in two ways";
const WORDS: &str = "only a person can say it in fewer words";
const OUTSIDE: &str = "what is to be mended is not the document";
const LOOK: &str = "somebody has to look what happened";
const HS: &str = "the code has to be looked up in the tariff";
const FINE: &str = "it may be meant, and then nothing is to be done";
const TAX: &str = "which tax is right has to be looked up";

/// Rule, fault, reason.
static WITHOUT: [(&str, &[&str], &str); 41] = [
    (
        "PF00",
        &[
            "utf-16",
            "encoding",
            "spreadsheet",
            "csv",
            "web-page",
            "cut-short",
            "not-json",
            "more-text",
        ],
        NOT_JSON,
    ),
    ("PF00", &["duplicate-field", "comma-unclear", "date-unclear"], READINGS),
    (
        "PF00",
        &[
            "no-id",
            "other-kind",
            "null",
            "other",
            "nan",
            "percentage",
            "number-text",
            "date-only",
            "date-form",
        ],
        VALUE,
    ),
    ("PF00", &["unwritable", "extra-name", "unreadable"], OUTSIDE),
    ("PF01", &["no-lines"], VALUE),
    ("PF02", &["id-empty", "number-empty"], VALUE),
    ("PF02", &["number-long"], WORDS),
    ("PF03", &["used-by-rejected", "used"], VALUE),
    ("PF04", &["negative-line"], READINGS),
    ("PF05", &["negative-line"], READINGS),
    ("PF05", &["free-article"], VALUE),
    ("PF06", &["too-large"], VALUE),
    ("PF07", &["too-large"], VALUE),
    ("PF08", &["more-than-the-line"], VALUE),
    ("PF10", &["not-on-the-date", "ended-on-credit-note", "no-such-tax"], TAX),
    ("PF11", &["not-registered"], TAX),
    (
        "PF12",
        &[
            "missing",
            "seven-digits",
            "six-digits",
            "stock-code",
            "form",
            "eight-needed",
            "number-short",
        ],
        HS,
    ),
    ("PF14", &["half-a-cent"], FINE),
    ("PF17", &["negative"], LOOK),
    ("PF17", &["zero"], FINE),
    ("PF18", &["long-name"], WORDS),
    ("PF18", &["vat-number-for-tin", "tin-form", "no-tin"], VALUE),
    ("PF19", &["without-tin", "own-tin"], VALUE),
    ("PF22", &["incomplete"], VALUE),
    ("PF23", &["empty"], VALUE),
    ("PF23", &["too-long"], WORDS),
    ("PF24", &["old", "unknown", "form", "only-if-mapped"], VALUE),
    ("PF25", &["ahead"], LOOK),
    ("PF25", &["clock-off"], OUTSIDE),
    ("PF26", &["not-later"], LOOK),
    ("PF26", &["set-apart"], FINE),
    ("PF27", &["before-the-day", "long-ago"], LOOK),
    ("PF29", &["no-original", "no-reason"], VALUE),
    ("PF29", &["long-reason"], WORDS),
    ("PF30", &["unknown", "credit-note", "rejected", "open"], LOOK),
    ("PF31", &["too-old", "before-the-invoice"], LOOK),
    ("PF32", &["other-currency"], LOOK),
    ("PF33", &["other-tax"], TAX),
    ("PF34", &["too-much"], LOOK),
    ("PF35", &["other-buyer"], LOOK),
    ("PF36", &["id-used"], VALUE),
];

/// Of what the document itself is not the cause.
static AROUND: [(&str, &str); 2] = [("PF38", OUTSIDE), ("PF39", TAX)];

/// Why a finding of this fault never has a [`Patch`](crate::document::Patch), if it never has one. One that may have it has none all the same
/// where it would not help.
///
/// ```
/// use fiscal_harmony::preflight::why_without_patch;
/// assert_eq!(why_without_patch("PF13", "swapped"), None);
/// assert!(why_without_patch("PF12", "six-digits").unwrap().contains("tariff"));
/// ```
#[must_use]
pub fn why_without_patch(rule: &str, fault: &str) -> Option<&'static str> {
    let around = AROUND.iter().find(|(id, _)| *id == rule).map(|(_, why)| *why);
    around.or_else(|| {
        let (_, _, why) = WITHOUT
            .iter()
            .find(|(id, faults, _)| *id == rule && faults.contains(&fault))?;
        Some(*why)
    })
}
