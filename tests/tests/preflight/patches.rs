//! Obeying a remedy by a program: each patch that is offered does what it says, and each fault has one or a reason for none.

use std::collections::BTreeSet;

use fh_types::Amount;
use fiscal_harmony::{
    Document,
    document::{AllowedFields, Patch},
    preflight::{self, Finding, Level, finding_of, preflight, why_without_patch},
};
use serde_json::Value;

use crate::{
    faults::{cases, findings_of, text},
    support::Surroundings,
};

fn blocking(findings: &[Finding]) -> usize {
    findings.iter().filter(|finding| finding.level == Level::Block).count()
}

fn of_it(findings: &[Finding], finding: &Finding) -> usize {
    let same = |other: &&Finding| (other.rule, other.fault) == (finding.rule, finding.fault);
    findings.iter().filter(same).count()
}

fn totals(json: &Value) -> Vec<Option<Amount>> {
    ["SubTotal", "TotalTax", "Total"]
        .iter()
        .map(|name| {
            json.get(*name)
                .filter(|value| value.is_number())?
                .to_string()
                .parse()
                .ok()
        })
        .collect()
}

fn sum_of_lines(json: &Value) -> Option<Amount> {
    let lines = json.get("LineItems")?.as_array()?;
    lines
        .iter()
        .map(|line| {
            line.get("LineAmount")
                .filter(|value| value.is_number())?
                .to_string()
                .parse::<Amount>()
                .ok()
        })
        .sum()
}

/// What is wrong with a patch, if anything is.
fn fault_of(case: &Value, before: &[Finding], finding: &Finding, patch: &Patch) -> Option<String> {
    let surroundings = Surroundings::read(case.get("context").unwrap_or(&Value::Null));
    let text = text(case);
    let Some(mended) = patch.applied(&text) else {
        return Some("it cannot be applied".to_owned());
    };
    let after = match Document::from_json_allowing(&mended, &AllowedFields::any()) {
        Ok(document) => preflight(&document, &surroundings.context()).findings,
        Err(error) => vec![finding_of(&error)],
    };
    if of_it(&after, finding) >= of_it(before, finding) {
        return Some(format!("the finding stays: {after:?}"));
    }
    let (fewer, as_many) = (
        blocking(&after) < blocking(before),
        blocking(&after) == blocking(before),
    );
    // The reader stops at the first fault of a text, so those behind it cannot be counted.
    let was_read = Document::from_json(&text).is_ok() || case.get("allowed").is_some();
    if was_read && !fewer && !(as_many && finding.level == Level::Warn) {
        return Some(format!("no less blocks: {after:?}"));
    }
    let (old, new) = (
        serde_json::from_slice(&text).unwrap(),
        serde_json::from_slice(&mended).unwrap(),
    );
    let moved = totals(&old)
        .iter()
        .zip(totals(&new))
        .any(|(old, new)| old.is_some_and(|old| new.is_some_and(|new| old != new)))
        || old.get("Total").is_none()
            && sum_of_lines(&old)
                .zip(sum_of_lines(&new))
                .is_some_and(|(old, new)| old != new);
    if moved != patch.changes_total || moved != patch.says.contains("Totals change: ") {
        return Some(format!("totals move: {moved}; it says {patch:?}"));
    }
    None
}

#[test]
fn a_patch_that_is_applied_takes_its_finding_away_and_says_so_when_totals_change() {
    let mut seen = BTreeSet::new();
    let mut complaints = Vec::new();
    let mut tried = 0;
    let all = cases("cases", &["cases"])
        .into_iter()
        .chain(cases("vectors", &["trips"]));
    for (name, case) in all {
        let before = findings_of(&case);
        for finding in &before {
            let fault = (finding.rule, finding.fault);
            let Some(patch) = &finding.patch else { continue };
            tried += 1;
            seen.insert(fault);
            if why_without_patch(fault.0, fault.1).is_some() {
                complaints.push(format!("{name}: {fault:?} has a patch, and is listed as without"));
            }
            if let Some(wrong) = fault_of(&case, &before, finding, patch) {
                complaints.push(format!("{name}: {fault:?}: {patch}: {wrong}"));
            }
        }
    }
    for fault in preflight::faults() {
        let has_one = seen.contains(&(fault.rule, fault.name));
        if !has_one && why_without_patch(fault.rule, fault.name).is_none() {
            complaints.push(format!("{}.{}: no case shows its patch", fault.rule, fault.name));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    assert!(tried > seen.len(), "{tried} patches of {} faults", seen.len());
}
