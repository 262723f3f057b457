//! Mappings that documents suggest.

use fh_types::{Amount, CatDateTime};

use super::{mapped::Mapped, named::plain, seen::Seen};
use crate::device::ApplicableTax;

/// What a tax code probably stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TaxProposal {
    /// Your code, as the documents use it.
    pub code: String,
    /// On how many lines it was seen.
    pub lines: usize,
    /// The tax; `None` when nothing says which.
    pub tax: Option<ApplicableTax>,
    /// Why this one, or why none.
    pub why: String,
    /// The account maps it so already.
    pub is_mapped: bool,
}

/// What a currency code probably stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CurrencyProposal {
    /// Your code, as the documents use it.
    pub source: String,
    /// On how many documents it was seen.
    pub documents: usize,
    /// The authority's code; `None` when nothing says which.
    pub destination: Option<String>,
    /// Why this one, or why none.
    pub why: String,
    /// The account maps it so already.
    pub is_mapped: bool,
}

/// What the codes of documents probably stand for. A person decides.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Proposals {
    /// The tax codes, in their order.
    pub taxes: Vec<TaxProposal>,
    /// The currency codes, in their order.
    pub currencies: Vec<CurrencyProposal>,
}

impl Proposals {
    /// What the codes that were seen probably stand for in this account, on a day.
    ///
    /// A tax code is recognised by how it is mapped already, by the authority's name or id in it, by a rate in it, by the sums of the documents
    /// that use it alone, and by words such as `EXEMPT`; where two of these disagree, nothing is proposed.
    #[must_use]
    pub fn of(seen: &Seen, mapped: &Mapped, day: CatDateTime) -> Self {
        let taxes: Vec<_> = mapped.device_taxes.iter().filter(|tax| tax.applies_on(day)).collect();
        Self {
            taxes: seen
                .tax_codes()
                .map(|(code, lines)| tax(code, lines, seen, mapped, &taxes))
                .collect(),
            currencies: seen
                .currency_codes()
                .map(|(code, documents)| currency(code, documents, mapped))
                .collect(),
        }
    }
}

fn tax(code: &str, lines: usize, seen: &Seen, mapped: &Mapped, taxes: &[&ApplicableTax]) -> TaxProposal {
    let proposal = |tax: Option<&ApplicableTax>, why: String, is_mapped| TaxProposal {
        code: code.to_owned(),
        lines,
        tax: tax.cloned(),
        why,
        is_mapped,
    };
    let is_it = |tax: &&&ApplicableTax| {
        mapped
            .taxes
            .iter()
            .any(|mapping| mapping.tax_code == code && mapping.destination_tax_id == tax.id)
    };
    if let Some(tax) = taxes.iter().find(is_it) {
        return proposal(Some(tax), "is mapped so".to_owned(), true);
    }
    let (documents, by_sums) = seen.by_sums(code, taxes);
    let fits = |tax: &ApplicableTax| documents == 0 || by_sums.iter().any(|other| other.id == tax.id);
    let (named, why) = by_name(code, taxes);
    match (named.as_slice(), by_sums.as_slice()) {
        ([tax], _) if fits(tax) => proposal(Some(tax), why.to_owned(), false),
        ([tax], _) => {
            let sums = if by_sums.is_empty() {
                "no tax of the device".to_owned()
            } else {
                names(&by_sums)
            };
            let why = format!("{why} for {tax}, and the sums of {documents} documents for {sums}: look at it");
            proposal(None, why, false)
        }
        (_, [tax]) => proposal(Some(tax), format!("by the sums of {documents} documents"), false),
        (_, []) if documents > 0 => {
            let why = format!("the sums of {documents} documents fit no tax that applies today");
            proposal(None, why, false)
        }
        (several, sums) => {
            let both: Vec<_> = several.iter().filter(|tax| fits(tax)).copied().collect();
            let open = if both.is_empty() { sums } else { both.as_slice() };
            let open = if open.is_empty() { taxes } else { open };
            proposal(None, format!("nothing says which of {}", names(open)), false)
        }
    }
}

/// The taxes that a code names, and by what.
fn by_name<'t>(code: &str, taxes: &[&'t ApplicableTax]) -> (Vec<&'t ApplicableTax>, &'static str) {
    let those = |of: &dyn Fn(&ApplicableTax) -> bool| taxes.iter().filter(|tax| of(tax)).copied().collect::<Vec<_>>();
    let named = those(&|tax| plain(&tax.name) == plain(code));
    if !named.is_empty() {
        return (named, "the code is the authority's name");
    }
    let with_id = those(&|tax| tax.id.to_string() == code.trim());
    if !with_id.is_empty() {
        return (with_id, "the code is the authority's id");
    }
    let rates = numbers(code);
    let rated = those(&|tax| tax.percent.is_some_and(|percent| rates.contains(&percent)));
    if !rated.is_empty() {
        return (rated, "the rate stands in the code");
    }
    let code = code.to_uppercase();
    let speaks = |words: &[&str]| words.iter().any(|word| code.contains(word));
    if speaks(&["EXEMPT", "EXM", "NON-VAT", "NOVAT"]) || code == "E" || code == "EX" {
        (those(&|tax| tax.percent.is_none()), "a word in the code")
    } else if speaks(&["ZERO"]) || code == "Z" {
        let is_zero = |tax: &ApplicableTax| tax.percent.is_some_and(Amount::is_zero);
        (those(&is_zero), "a word in the code")
    } else if rates.is_empty() && speaks(&["STANDARD", "STD", "VAT"]) {
        let is_standard = |tax: &ApplicableTax| {
            tax.percent.is_some_and(Amount::is_positive) && !plain(&tax.name).contains("withholding")
        };
        (those(&is_standard), "a word in the code")
    } else {
        (Vec::new(), "")
    }
}

/// The numbers that stand in a code.
fn numbers(code: &str) -> Vec<Amount> {
    code.split(|c: char| !c.is_ascii_digit() && c != '.')
        .filter_map(|part| part.trim_matches('.').parse().ok())
        .collect()
}

fn names(taxes: &[&ApplicableTax]) -> String {
    let names: Vec<_> = taxes.iter().take(8).map(ToString::to_string).collect();
    if names.is_empty() {
        "no tax, as the device has none".to_owned()
    } else {
        names.join(", ")
    }
}

fn currency(code: &str, documents: usize, mapped: &Mapped) -> CurrencyProposal {
    let proposal = |destination: Option<&str>, why: &str, is_mapped| CurrencyProposal {
        source: code.to_owned(),
        documents,
        destination: destination.map(str::to_owned),
        why: why.to_owned(),
        is_mapped,
    };
    if let Some(mapping) = mapped.currencies.iter().find(|mapping| mapping.source_currency == code) {
        return proposal(Some(&mapping.destination_currency), "is mapped so", true);
    }
    let supported = |wanted: &str| {
        mapped
            .supported
            .iter()
            .find(|known| *known == wanted)
            .map(String::as_str)
    };
    if let Some(same) = supported(code) {
        return proposal(Some(same), "is the authority's own code", false);
    }
    let plain = code.trim().to_uppercase();
    if let Some(same) = supported(&plain) {
        return proposal(Some(same), "is the authority's code in other letters", false);
    }
    let known = match plain.as_str() {
        "US$" | "$" | "USS" | "DOLLAR" | "DOLLARS" => Some("USD"),
        "ZIG" => Some("ZWG"),
        "R" | "RAND" | "RANDS" => Some("ZAR"),
        "P" | "PULA" => Some("BWP"),
        "£" | "POUND" | "POUNDS" => Some("GBP"),
        "€" | "EURO" | "EUROS" => Some("EUR"),
        _ => None,
    };
    match known.and_then(supported) {
        Some(destination) => proposal(Some(destination), "by how people write it", false),
        None if matches!(plain.as_str(), "ZWL" | "RTGS" | "ZWD" | "BOND") => proposal(
            None,
            "the Zimbabwe dollar ended in April 2024; today's currency is ZWG (ZiG), and what was in the old one must be converted",
            false,
        ),
        None => proposal(None, "nothing says which", false),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::mapping::{CurrencyMapping, TaxMapping};

    fn account() -> Mapped {
        let tax = |id, name: &str, percent: Option<&str>| {
            ApplicableTax::new(id, name, percent.map(|percent| percent.parse().unwrap()))
        };
        Mapped::new(
            vec![TaxMapping::new("KNOWN", 2)],
            vec![CurrencyMapping::new("US$", "USD")],
            vec![
                tax(3, "Exempt", None),
                tax(2, "Zero rated 0%", Some("0")),
                tax(517, "Standard rated 15.5%", Some("15.5")),
                tax(514, "Non-VAT Withholding Tax", Some("5")),
            ],
            vec!["USD".into(), "ZWG".into(), "ZAR".into()],
        )
    }

    fn proposed(code: &str, sums: &[(&str, &str)]) -> (Option<i64>, String) {
        let mut seen = Seen::new();
        seen.note(&json!({"LineItems": [{"TaxCode": code}]}));
        for (total, tax) in sums {
            seen.note(&json!({"LineItems": [{"TaxCode": code}], "Total": total, "TotalTax": tax}));
        }
        let proposals = Proposals::of(&seen, &account(), "2026-11-27T10:00:00".parse().unwrap());
        let proposal = proposals.taxes.into_iter().next().unwrap();
        (proposal.tax.map(|tax| tax.id), proposal.why)
    }

    #[test]
    fn a_code_is_recognised_by_its_name_its_rate_its_words_or_the_sums() {
        let standard = [("115.50", "15.50")];
        for (code, sums, id, why) in [
            ("KNOWN", &[][..], Some(2), "is mapped so"),
            ("zero rated 0%", &[], Some(2), "authority's name"),
            ("517", &[], Some(517), "authority's id"),
            ("VAT 15.5%", &[], Some(517), "rate stands"),
            ("A-5.0", &[], Some(514), "rate stands"),
            ("VAT", &[], Some(517), "a word"),
            ("EXM", &[], Some(3), "a word"),
            ("A", &standard, Some(517), "sums of 1 documents"),
            (
                "B",
                &[("10.00", "0.00")],
                None,
                "nothing says which of Exempt (id 3, exempt), Zero rated",
            ),
            ("C", &[], None, "nothing says which"),
            ("D", &[("115.00", "15.00")], None, "fit no tax"),
            ("ZERO", &standard, None, "look at it"),
            ("VAT15", &[], None, "nothing says which"),
        ] {
            let (found, said) = proposed(code, sums);
            assert_eq!(found, id, "{code}: {said}");
            assert!(said.contains(why), "{code}: {said}");
        }
    }

    #[test]
    fn a_currency_is_recognised_in_the_ways_people_write_it() {
        let mut seen = Seen::new();
        for code in ["US$", "USD", "zwg", "ZiG", "Rand", "RTGS", "XYZ"] {
            seen.note(&json!({"LineItems": [], "CurrencyCode": code}));
        }
        let proposals = Proposals::of(&seen, &account(), "2026-11-27T10:00:00".parse().unwrap());
        let of = |code: &str| {
            let proposal = proposals
                .currencies
                .iter()
                .find(|proposal| proposal.source == code)
                .unwrap();
            (proposal.destination.as_deref(), proposal.is_mapped)
        };
        assert_eq!(of("US$"), (Some("USD"), true));
        assert_eq!(of("USD"), (Some("USD"), false));
        assert_eq!(of("zwg"), (Some("ZWG"), false));
        assert_eq!(of("ZiG"), (Some("ZWG"), false));
        assert_eq!(of("Rand"), (Some("ZAR"), false));
        assert_eq!((of("RTGS"), of("XYZ")), ((None, false), (None, false)));
    }
}
