//! Patches for findings whose mending is certain.
//!
//! Each patch is tried before it is offered: with it the finding is gone, and less blocks than before.

mod fields;
mod lines;
mod totals;
mod unpatched;

pub use unpatched::why_without_patch;

use serde_json::Value;

use super::{
    Context,
    finding::{Finding, Findings, Level},
};
use crate::{
    Attempt, Document,
    document::{AllowedFields, Patch},
};

/// How many patches are worked out for one document at most, and for documents of up to how many lines: each is tried on the whole.
const OFFERED: usize = 20;
const LINES: usize = 1_000;

/// Gives each finding its patch, where one is certain. `check` finds anew what is wrong with a document.
pub(super) fn offer(
    document: &Document,
    context: &Context<'_>,
    findings: &mut Findings,
    check: impl Fn(&Document) -> Findings,
) {
    let is_mendable = |finding: &Finding| why_without_patch(finding.rule, finding.fault).is_none();
    if document.view().lines.len() > LINES || !findings.findings.iter().any(is_mendable) {
        return;
    }
    let Some(before) = document
        .freeze(Attempt::First)
        .ok()
        .and_then(|frozen| serde_json::from_slice::<Value>(frozen.bytes()).ok())
    else {
        return;
    };
    let patches: Vec<(usize, Patch)> = findings
        .findings
        .iter()
        .enumerate()
        .filter(|(_, finding)| is_mendable(finding))
        .take(OFFERED)
        .filter_map(|(at, finding)| {
            let mut after = before.clone();
            lines::mend(&mut after, finding, context)
                .or_else(|| totals::mend(&mut after, finding, context))
                .or_else(|| fields::mend(&mut after, finding, context))?;
            helps(&after, finding, findings, &check).then_some((at, Patch::between(&before, &after)?))
        })
        .collect();
    for (at, patch) in patches {
        findings.findings[at].patch = Some(patch);
    }
}

/// True when a finding is gone from a mended document and nothing else is worse.
fn helps(mended: &Value, finding: &Finding, before: &Findings, check: impl Fn(&Document) -> Findings) -> bool {
    let Ok(mended) = Document::from_json_allowing(mended.to_string().as_bytes(), &AllowedFields::any()) else {
        return false;
    };
    let after = check(&mended);
    let same = |findings: &Findings| {
        let of_it = |other: &&Finding| (other.rule, other.fault) == (finding.rule, finding.fault);
        findings.findings.iter().filter(of_it).count()
    };
    let blocking = |findings: &Findings| {
        let blocks = |finding: &&Finding| finding.level == Level::Block;
        findings.findings.iter().filter(blocks).count() + findings.unlisted
    };
    same(&after) < same(before) + usize::from(before.unlisted > after.unlisted)
        && match finding.level {
            Level::Block => blocking(&after) < blocking(before),
            Level::Warn => blocking(&after) <= blocking(before),
        }
}
