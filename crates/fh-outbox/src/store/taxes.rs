//! What the tax codes of a document stood for, as it is kept.

use fiscal_harmony::{preflight::EarlierTax, types::Amount};

/// Taxes as `[[code, id, percent], …]`; id and percent are null when they were not known or do not apply.
pub(super) fn taxes_to_text(taxes: &[EarlierTax]) -> String {
    let rows: Vec<_> = taxes
        .iter()
        .map(|tax| match &tax.resolved {
            Some((id, percent)) => (&tax.code, Some(*id), percent.map(|percent| percent.to_string())),
            None => (&tax.code, None, None),
        })
        .collect();
    serde_json::to_string(&rows).unwrap_or_default()
}

pub(super) fn taxes_from_text(text: &str) -> Option<Vec<EarlierTax>> {
    let rows: Vec<(String, Option<i64>, Option<String>)> = serde_json::from_str(text).ok()?;
    rows.into_iter()
        .map(|(code, id, percent)| {
            let percent: Option<Amount> = percent.map(|percent| percent.parse()).transpose().ok()?;
            Some(EarlierTax {
                code,
                resolved: id.map(|id| (id, percent)),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_taxes_stood_for_is_kept_exactly() {
        let tax = |code: &str, resolved| EarlierTax {
            code: code.to_owned(),
            resolved,
        };
        let taxes = vec![
            tax("VAT", Some((517, Some("15.50".parse().unwrap())))),
            tax("EXEMPT", Some((3, None))),
            tax("?", None),
        ];
        assert_eq!(taxes_from_text(&taxes_to_text(&taxes)), Some(taxes));
    }
}
