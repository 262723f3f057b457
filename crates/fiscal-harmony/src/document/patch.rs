//! What is to be changed in a document so that a finding is gone, for programs: a JSON Patch.

use std::fmt;

use fh_types::Amount;
use serde::Serialize;
use serde_json::Value;

/// One step of a [`Patch`], as [RFC 6902](https://www.rfc-editor.org/rfc/rfc6902) writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(tag = "op", rename_all = "lowercase")]
#[non_exhaustive]
pub enum PatchStep {
    /// Gives a member its value, whether it was there or not; in a list it goes before the element of that index.
    Add {
        /// The JSON pointer of the new value.
        path: String,
        /// The value.
        value: Value,
    },
    /// Puts another value in the place of one that is there; an empty path is the whole document.
    Replace {
        /// The JSON pointer of the value.
        path: String,
        /// The value that takes its place.
        value: Value,
    },
    /// Takes a value away.
    Remove {
        /// The JSON pointer of the value.
        path: String,
    },
}

/// What mends a document, where that is certain: a JSON Patch and what it does.
///
/// It is for the document that was handed in. The steps are applied one after the other; [`Patch::applied`] does so.
///
/// ```
/// use fiscal_harmony::Document;
/// let json = br#"{"InvoiceId":"A1","InvoiceNumber":"A1","IsTaxInclusive":"yes","BuyerContact":{"Name":"Cash Customer"},
///   "Date":"2026-02-03T10:00:00+02:00","CurrencyCode":"USD","LineItems":[{"Description":"Soap","UnitAmount":19.99,
///   "Quantity":3,"LineAmount":59.97,"TaxCode":"VAT","ProductCode":"34011100"}]}"#;
/// let error = Document::from_json(json).unwrap_err();
/// let mended = error.patch().unwrap().applied(json).unwrap();
/// assert!(Document::from_json(&mended).is_ok());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Patch {
    /// The steps, a JSON Patch.
    pub operations: Vec<PatchStep>,
    /// Whether `SubTotal`, `TotalTax` or `Total` become others, or the sum of the lines where no `Total` is stated. Where they do, somebody
    /// should look before it is applied.
    pub changes_total: bool,
    /// What it does, in a sentence for people. It says so when totals change.
    pub says: String,
}

/// Shown as what it says.
impl fmt::Display for Patch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.says)
    }
}

const TOTALS: [&str; 3] = ["SubTotal", "TotalTax", "Total"];
/// Beyond this many elements a list that lost one is compared from its front only.
const COMPARED: usize = 500;
/// So many elements that may be the one are looked at more closely.
const EQUAL: usize = 8;

impl Patch {
    /// What makes `after` of `before`; `None` when they are the same.
    pub(crate) fn between(before: &Value, after: &Value) -> Option<Self> {
        let mut operations = Vec::new();
        compare("", before, after, &mut operations);
        if operations.is_empty() {
            return None;
        }
        let mut says = words(&operations);
        let mut changed: Vec<String> = TOTALS.iter().filter_map(|name| moved(name, before, after)).collect();
        if before.get("Total").is_none() {
            changed.extend(moved_lines(before, after));
        }
        if !changed.is_empty() {
            says.push_str(&format!(" Totals change: {}.", changed.join(", ")));
        }
        Some(Self {
            operations,
            changes_total: !changed.is_empty(),
            says,
        })
    }

    /// The document with the patch applied, as JSON. `None` when the text is not JSON, or not the document that the patch is for.
    #[must_use]
    pub fn applied(&self, json: &[u8]) -> Option<Vec<u8>> {
        let json = json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json);
        let mut value = serde_json::from_slice(json).ok()?;
        for step in &self.operations {
            take(step, &mut value)?;
        }
        serde_json::to_vec(&value).ok()
    }
}

fn take(step: &PatchStep, document: &mut Value) -> Option<()> {
    match step {
        PatchStep::Replace { path, value } => {
            *document.pointer_mut(path)? = value.clone();
        }
        PatchStep::Add { path, value } => {
            let (parent, name) = parent_of(document, path)?;
            match parent {
                Value::Object(members) => drop(members.insert(name, value.clone())),
                Value::Array(elements) => {
                    let at = name.parse().ok().filter(|at| *at <= elements.len())?;
                    elements.insert(at, value.clone());
                }
                _ => return None,
            }
        }
        PatchStep::Remove { path } => {
            let (parent, name) = parent_of(document, path)?;
            match parent {
                Value::Object(members) => drop(members.remove(&name)?),
                Value::Array(elements) => {
                    let at = name.parse().ok().filter(|at| *at < elements.len())?;
                    elements.remove(at);
                }
                _ => return None,
            }
        }
    }
    Some(())
}

fn parent_of<'v>(document: &'v mut Value, path: &str) -> Option<(&'v mut Value, String)> {
    let (parent, name) = path.rsplit_once('/')?;
    Some((
        document.pointer_mut(parent)?,
        name.replace("~1", "/").replace("~0", "~"),
    ))
}

fn compare(path: &str, before: &Value, after: &Value, steps: &mut Vec<PatchStep>) {
    let below = |name: &str| format!("{path}/{}", name.replace('~', "~0").replace('/', "~1"));
    match (before, after) {
        _ if same(before, after) => {}
        (Value::Object(old), Value::Object(new)) => {
            for (name, value) in new {
                match old.get(name) {
                    Some(was) => compare(&below(name), was, value, steps),
                    None => steps.push(PatchStep::Add {
                        path: below(name),
                        value: value.clone(),
                    }),
                }
            }
            let gone = old.keys().filter(|name| !new.contains_key(*name));
            steps.extend(gone.map(|name| PatchStep::Remove { path: below(name) }));
        }
        (Value::Array(old), Value::Array(new)) if old.len() == new.len() => {
            for (at, (old, new)) in old.iter().zip(new).enumerate() {
                compare(&format!("{path}/{at}"), old, new, steps);
            }
        }
        (Value::Array(old), Value::Array(new)) if old.len() == new.len() + 1 => {
            let gone = the_one_gone(old, new);
            steps.push(PatchStep::Remove {
                path: format!("{path}/{gone}"),
            });
            let rest = old.iter().enumerate().filter(|(at, _)| *at != gone);
            for (at, ((_, old), new)) in rest.zip(new).enumerate() {
                compare(&format!("{path}/{at}"), old, new, steps);
            }
        }
        _ => steps.push(PatchStep::Replace {
            path: path.to_owned(),
            value: after.clone(),
        }),
    }
}

/// The element without which most of the others are as they were.
fn the_one_gone(old: &[Value], new: &[Value]) -> usize {
    let same_in_front = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    if old.len() > COMPARED {
        return same_in_front;
    }
    let others = |gone: usize| {
        let rest = old.iter().enumerate().filter(|(at, _)| *at != gone);
        rest.zip(new).filter(|((_, old), new)| old != new).count()
    };
    let counted: Vec<usize> = (0..old.len()).map(others).collect();
    let fewest = counted.iter().min().copied().unwrap_or_default();
    // Where as many of the others change, those that change the least.
    let steps = |gone: usize| {
        let mut steps = Vec::new();
        let rest = old.iter().enumerate().filter(|(at, _)| *at != gone);
        for ((_, old), new) in rest.zip(new) {
            compare("", old, new, &mut steps);
        }
        steps.len()
    };
    let equal = (0..old.len()).filter(|gone| counted[*gone] == fewest);
    equal
        .take(EQUAL)
        .min_by_key(|gone| steps(*gone))
        .unwrap_or(same_in_front)
}

/// Numbers of the same value are the same, however they are written.
fn same(one: &Value, other: &Value) -> bool {
    match (amount(one), amount(other)) {
        (Some(one), Some(other)) => one == other,
        _ => one == other,
    }
}

/// The amount that a number is.
pub(crate) fn amount(value: &Value) -> Option<Amount> {
    value
        .is_number()
        .then(|| value.to_string())
        .and_then(|text| text.parse().ok())
}

/// An amount as JSON, without noughts at its end.
pub(crate) fn number(amount: Amount) -> Value {
    serde_json::from_str(&amount.decimal().normalize().to_string()).unwrap_or(Value::Null)
}

/// How a total moves, if it does.
fn moved(name: &str, before: &Value, after: &Value) -> Option<String> {
    let (old, new) = (before.get(name), after.get(name));
    match (old.and_then(amount), new.and_then(amount)) {
        (Some(old), Some(new)) if old != new => Some(format!("{name} from {old} to {new}")),
        // A text that was meant as this number, and an amount that was not said, are no other totals.
        _ => None,
    }
}

/// How the sum of the lines moves, if it does.
fn moved_lines(before: &Value, after: &Value) -> Option<String> {
    let sum = |document: &Value| {
        let lines = document.get("LineItems")?.as_array()?;
        let amounts: Option<Vec<Amount>> = lines.iter().map(|line| amount(line.get("LineAmount")?)).collect();
        Amount::checked_sum(amounts?)
    };
    let (old, new) = (sum(before)?, sum(after)?);
    (old != new).then(|| format!("the sum of the lines from {old} to {new}"))
}

fn words(steps: &[PatchStep]) -> String {
    const SHOWN: usize = 6;
    let mut said: Vec<String> = steps
        .iter()
        .take(SHOWN)
        .map(|step| match step {
            PatchStep::Add { path, value } | PatchStep::Replace { path, value } if path.is_empty() => {
                let kind = if value.is_object() {
                    "the document within"
                } else {
                    "another value"
                };
                format!("puts {kind} in the place of the whole")
            }
            PatchStep::Add { path, value } | PatchStep::Replace { path, value } => {
                let text: String = value.to_string().chars().take(60).collect();
                format!("sets {path} to {text}")
            }
            PatchStep::Remove { path } => format!("takes {path} out"),
        })
        .collect();
    if steps.len() > SHOWN {
        said.push(format!("and {} more", steps.len() - SHOWN));
    }
    let mut text = said.join(", ");
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text + "."
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn patch(before: &Value, after: &Value) -> Patch {
        let patch = Patch::between(before, after).unwrap();
        let made = patch.applied(before.to_string().as_bytes()).unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&made).unwrap(), *after);
        patch
    }

    #[test]
    fn it_makes_the_one_of_the_other_in_few_steps() {
        let before = json!({"LineItems": [{"A": 1}, {"A": -1}, {"A": 3}], "a/b": 1, "Total": 3});
        let taken_out = json!({"LineItems": [{"A": 1, "B": 2}, {"A": 3}], "a/b": 2, "Total": 3});
        let made = patch(&before, &taken_out);
        assert_eq!(
            made.says,
            "Takes /LineItems/1 out, sets /LineItems/0/B to 2, sets /a~1b to 2."
        );
        assert!(!made.changes_total);
        let made = patch(&before, &json!({"LineItems": [], "Total": 4}));
        assert!(
            made.changes_total && made.says.ends_with("Totals change: Total from 3 to 4."),
            "{made}"
        );
        let unsaid = patch(
            &json!({"LineItems": [{"LineAmount": 5}, {"LineAmount": -1}]}),
            &json!({"LineItems": [{"LineAmount": 5}]}),
        );
        assert!(
            unsaid.changes_total && unsaid.says.ends_with("the sum of the lines from 4 to 5."),
            "{unsaid}"
        );
        let whole = patch(&json!([{"InvoiceId": "A"}]), &json!({"InvoiceId": "A"}));
        assert!(whole.says.contains("the document within"), "{whole}");
    }

    #[test]
    fn it_is_for_the_document_that_it_was_made_for() {
        let made = patch(&json!({"A": 1, "B": [1]}), &json!({"A": 2, "B": []}));
        assert_eq!(made.applied(b"{\"A\": 1}"), None);
        assert_eq!(made.applied(b"nonsense"), None);
        assert_eq!(
            Patch::between(&json!({"A": 5}), &json!({"A": 5.0})),
            None,
            "the same number"
        );
        let steps = serde_json::to_value(&made.operations).unwrap();
        assert_eq!(steps[0], json!({"op": "replace", "path": "/A", "value": 2}));
    }
}
