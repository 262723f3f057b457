//! The mappings, held against the device's taxes and against what documents use.

use std::collections::BTreeSet;

use fiscal_harmony::{
    device::ApplicableTax,
    mapping::{Mapped, TaxMapping},
};

use super::{
    account::{asked, last_years_rate},
    check::Found,
    sight::{Sight, Used},
};

/// The mappings, or why there is nothing to hold against anything.
fn mapped(sight: &Sight) -> Result<&Mapped, Found> {
    let account = asked(sight)?;
    account
        .mapped
        .as_ref()
        .map_err(|error| Found::skip(format!("the mappings could not be read: {error}")))
}

fn used(sight: &Sight) -> Option<&Used> {
    let used = &sight.outbox.as_ref().ok()?.open.as_ref().ok()?.used;
    (used.documents > 0).then_some(used)
}

/// The rows of a mapping's tax.
fn rows<'m>(mapped: &'m Mapped, mapping: &TaxMapping) -> Vec<&'m ApplicableTax> {
    let rows = mapped.device_taxes.iter();
    rows.filter(|tax| tax.id == mapping.destination_tax_id).collect()
}

fn quoted<'c>(codes: impl IntoIterator<Item = &'c str>) -> String {
    let codes: Vec<_> = codes.into_iter().take(10).map(|code| format!("{code:?}")).collect();
    codes.join(", ")
}

pub(super) fn mapped_taxes(sight: &Sight) -> Found {
    let mapped = match mapped(sight) {
        Ok(mapped) => mapped,
        Err(found) => return found,
    };
    if mapped.taxes.is_empty() {
        return Found::fail("no tax code is mapped, so that no document can be taken".to_owned());
    }
    let Some(used) = used(sight) else {
        return Found::pass(format!("{} tax codes are mapped", mapped.taxes.len()));
    };
    let known: BTreeSet<_> = mapped.taxes.iter().map(|mapping| mapping.tax_code.as_str()).collect();
    let unmapped: Vec<_> = used
        .taxes
        .keys()
        .map(String::as_str)
        .filter(|code| !known.contains(code))
        .collect();
    if unmapped.is_empty() {
        Found::pass(format!(
            "every tax code of the last {} documents is mapped",
            used.documents
        ))
    } else {
        Found::fail(format!(
            "documents use tax codes that are not mapped: {}",
            quoted(unmapped)
        ))
    }
}

pub(super) fn known_taxes(sight: &Sight) -> Found {
    let mapped = match mapped(sight) {
        Ok(mapped) => mapped,
        Err(found) => return found,
    };
    if mapped.device_taxes.is_empty() {
        return Found::skip("the device's taxes are not known".to_owned());
    }
    let lost: Vec<_> = mapped
        .taxes
        .iter()
        .filter(|mapping| rows(mapped, mapping).is_empty())
        .map(|mapping| format!("{:?} (tax id {})", mapping.tax_code, mapping.destination_tax_id))
        .collect();
    if lost.is_empty() {
        Found::pass("every mapping points to a tax of the device".to_owned())
    } else {
        Found::fail(format!(
            "mapped to taxes that the device does not have: {}",
            lost.join(", ")
        ))
    }
}

pub(super) fn current_taxes(sight: &Sight) -> Found {
    let mapped = match mapped(sight) {
        Ok(mapped) => mapped,
        Err(found) => return found,
    };
    if mapped.device_taxes.is_empty() {
        return Found::skip("the device's taxes are not known".to_owned());
    }
    let mut ended: Vec<(&str, &ApplicableTax)> = Vec::new();
    for mapping in &mapped.taxes {
        let rows = rows(mapped, mapping);
        if let Some(row) = rows
            .first()
            .filter(|_| !rows.iter().any(|row| row.applies_on(sight.now)))
        {
            ended.push((&mapping.tax_code, row));
        }
    }
    let used_after = |code: &str, tax: &ApplicableTax| {
        let latest = used(sight)
            .and_then(|used| used.taxes.get(code))
            .map(|(_, latest)| *latest);
        latest.is_some_and(|latest| !tax.applies_on(latest))
    };
    let wrong: Vec<_> = ended
        .iter()
        .filter(|(code, tax)| used_after(code, tax))
        .map(|(code, tax)| match tax.valid_till {
            Some(till) => format!("{code:?} is mapped to {tax}, which applied until {till}"),
            None => format!("{code:?} is mapped to {tax}, which does not apply yet"),
        })
        .collect();
    if !wrong.is_empty() {
        return Found::fail(format!(
            "documents use tax codes of taxes that do not apply: {}",
            wrong.join("; ")
        ));
    }
    if ended.is_empty() {
        Found::pass("every mapped tax applies today".to_owned())
    } else {
        // Credit notes on the sales of that time need it.
        let codes = quoted(ended.iter().map(|(code, _)| *code));
        Found::pass(format!(
            "of taxes that have ended, and no document used since: {codes}; the others apply today"
        ))
    }
}

pub(super) fn standard_rate(sight: &Sight) -> Found {
    let mapped = match mapped(sight) {
        Ok(mapped) => mapped,
        Err(found) => return found,
    };
    let old = last_years_rate();
    let now: Vec<_> = mapped
        .device_taxes
        .iter()
        .filter(|tax| tax.applies_on(sight.now))
        .collect();
    let has_new = now.iter().any(|tax| tax.percent.is_some_and(|percent| percent > old));
    // Some rows of the authority's have no end, and stay in the table beside their successor.
    let is_old = |tax: &ApplicableTax| tax.percent == Some(old);
    let to_old: Vec<_> = mapped
        .taxes
        .iter()
        .filter(|mapping| rows(mapped, mapping).iter().any(|tax| is_old(tax)))
        .filter(|mapping| {
            !rows(mapped, mapping)
                .iter()
                .any(|tax| !is_old(tax) && tax.applies_on(sight.now))
        })
        .collect();
    let to_new = mapped.taxes.iter().any(|mapping| {
        let rows = rows(mapped, mapping);
        rows.iter()
            .any(|tax| tax.applies_on(sight.now) && tax.percent.is_some_and(|percent| percent > old))
    });
    let codes = quoted(to_old.iter().map(|mapping| mapping.tax_code.as_str()));
    if has_new && !to_old.is_empty() && !to_new {
        return Found::fail(format!(
            "the standard tax is mapped at last year's rate of {old} % alone: {codes}"
        ));
    }
    let still_used = to_old.iter().filter(|mapping| {
        let latest = used(sight).and_then(|used| used.taxes.get(&mapping.tax_code));
        latest.is_some_and(|(_, latest)| latest.civil().date().year() >= 2026)
    });
    let still_used = quoted(still_used.map(|mapping| mapping.tax_code.as_str()));
    if has_new && !still_used.is_empty() {
        return Found::fail(format!(
            "documents of this year use codes at last year's rate of {old} %: {still_used}"
        ));
    }
    Found::pass("no document of this year uses last year's rate".to_owned())
}

pub(super) fn mapped_twice(sight: &Sight) -> Found {
    let mapped = match mapped(sight) {
        Ok(mapped) => mapped,
        Err(found) => return found,
    };
    let taxes = mapped.taxes.iter().map(|mapping| mapping.tax_code.as_str());
    let currencies = mapped.currencies.iter().map(|mapping| mapping.source_currency.as_str());
    let mut twice = BTreeSet::new();
    for codes in [taxes.collect::<Vec<_>>(), currencies.collect()] {
        let mut seen = BTreeSet::new();
        twice.extend(codes.into_iter().filter(|code| !seen.insert(*code)));
    }
    if twice.is_empty() {
        Found::pass("no code is mapped twice".to_owned())
    } else {
        Found::warn(format!("mapped more than once: {}", quoted(twice)))
            .guess("which of two mappings of one code counts is not documented")
    }
}

pub(super) fn currencies(sight: &Sight) -> Found {
    let mapped = match mapped(sight) {
        Ok(mapped) => mapped,
        Err(found) => return found,
    };
    if mapped.currencies.is_empty() {
        return Found::fail("no currency is mapped, so that no document can be taken".to_owned());
    }
    let odd: Vec<_> = mapped
        .currencies
        .iter()
        .filter(|mapping| !mapped.supported.is_empty() && !mapped.supported.contains(&mapping.destination_currency))
        .map(|mapping| format!("{:?} to {:?}", mapping.source_currency, mapping.destination_currency))
        .collect();
    if !odd.is_empty() {
        return Found::fail(format!(
            "mapped to currencies that the service does not support: {}",
            odd.join(", ")
        ));
    }
    let takes = |code: &str| {
        mapped.supported.iter().any(|known| known == code)
            || mapped
                .currencies
                .iter()
                .any(|mapping| mapping.source_currency == code || mapping.destination_currency == code)
    };
    let unmapped: Vec<_> = used(sight)
        .into_iter()
        .flat_map(|used| used.currencies.keys())
        .map(String::as_str)
        .filter(|code| !takes(code))
        .collect();
    if unmapped.is_empty() {
        Found::pass(format!("{} currencies are mapped", mapped.currencies.len()))
    } else {
        Found::fail(format!(
            "documents use currencies that are not mapped: {}",
            quoted(unmapped)
        ))
    }
}
