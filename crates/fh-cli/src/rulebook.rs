//! The rules of the preflight, for those who list and explain them.

use fiscal_harmony::preflight::{self, Fault, Rule};
use serde_json::{Value, json};

use crate::report::kind_word;

/// Every rule, the one about the shape of documents first.
pub(crate) fn all() -> impl Iterator<Item = &'static Rule> {
    std::iter::once(&preflight::SHAPE).chain(preflight::rules())
}

/// A rule as a line of JSON.
pub(crate) fn line(rule: &Rule) -> Value {
    json!({
        "rule": rule.id, "title": rule.title, "level": rule.level, "needs": rule.needs,
        "only": rule.only.map(kind_word), "codes": rule.codes,
        "faults": rule.faults.iter().map(fault_line).collect::<Vec<_>>(),
    })
}

/// A fault as a line of JSON.
pub(crate) fn fault_line(fault: &Fault) -> Value {
    json!({"rule": fault.rule, "fault": fault.name, "words": fault.words, "remedy": fault.remedy})
}
