//! The catalogue of faults: what is said fits the fault and not only the field, each fault has a case that shows it, and nothing
//! is said that is not in the catalogue.

use std::{collections::BTreeSet, fs};

use fiscal_harmony::{
    Document,
    document::AllowedFields,
    preflight::{self, Fault, Finding, finding_of, preflight},
};
use serde_json::Value;

use crate::support::{Surroundings, change, directory, json_file};

/// Those that no document can show.
const WITHOUT_A_CASE: [(&str, &str, &str); 6] = [
    ("PF00", "other", "what the reader of JSON may say in a later version"),
    (
        "PF00",
        "unwritable",
        "a document that was built and has an amount beyond what can be written",
    ),
    (
        "PF00",
        "extra-name",
        "a document that was built with an extra field of a known name",
    ),
    ("PF00", "unreadable", "a file that is not there"),
    ("PF06", "too-large", "numbers beyond what the reader takes"),
    ("PF07", "too-large", "numbers beyond what the reader takes"),
];

/// The text of a case: a document with changes, with one piece of its text in place of another, or a text of its own.
pub(crate) fn text(case: &Value) -> Vec<u8> {
    if let Some(text) = case.get("text") {
        return text.as_str().unwrap().as_bytes().to_vec();
    }
    if let Some(bytes) = case.get("bytes") {
        return unescaped(bytes.as_str().unwrap());
    }
    let name = format!("{}.json", case["base"].as_str().unwrap());
    if let Some(swap) = case.get("swap") {
        let whole = fs::read_to_string(directory().join(name)).unwrap();
        let (old, new) = (swap[0].as_str().unwrap(), swap[1].as_str().unwrap());
        assert!(whole.contains(old), "{old} is not in the document");
        return whole.replacen(old, new, 1).into_bytes();
    }
    let mut value = json_file(&name);
    change(&mut value, &case["change"]);
    value.to_string().into_bytes()
}

/// Bytes with `\xE9` for what is no text.
fn unescaped(text: &str) -> Vec<u8> {
    let mut parts = text.split("\\x");
    let mut bytes = parts.next().unwrap().as_bytes().to_vec();
    for part in parts {
        bytes.push(u8::from_str_radix(&part[..2], 16).unwrap());
        bytes.extend_from_slice(&part.as_bytes()[2..]);
    }
    bytes
}

pub(crate) fn findings_of(case: &Value) -> Vec<Finding> {
    let surroundings = Surroundings::read(case.get("context").unwrap_or(&Value::Null));
    let allowed = case["allowed"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str);
    match Document::from_json_allowing(&text(case), &AllowedFields::named(allowed).unwrap()) {
        Ok(document) => preflight(&document, &surroundings.context()).findings,
        Err(error) => vec![finding_of(&error)],
    }
}

/// The cases of every file in a folder, with what they are called.
pub(crate) fn cases(folder: &str, lists: &[&str]) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(directory().join(folder)).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let file = json_file(&format!("{folder}/{name}"));
        for case in lists.iter().flat_map(|list| file[*list].as_array().unwrap()) {
            all.push((format!("{name}, {}", case["name"].as_str().unwrap()), case.clone()));
        }
    }
    all
}

#[test]
fn each_case_is_told_what_fits_it() {
    let mut complaints = Vec::new();
    for (name, case) in cases("cases", &["cases"]) {
        let found = findings_of(&case);
        let wanted = case["finds"].as_array().unwrap();
        let contains = |text: &str, part: &Value| part.as_str().is_none_or(|part| text.contains(part));
        for wanted in wanted {
            let is_there = found.iter().any(|finding| {
                finding.rule == wanted["rule"]
                    && finding.fault == wanted["fault"]
                    && wanted["pointer"]
                        .as_str()
                        .is_none_or(|pointer| pointer == finding.pointer)
                    && contains(&finding.message, &wanted["says"])
                    && contains(&finding.remedy, &wanted["remedy"])
            });
            if !is_there {
                let told: String = found
                    .iter()
                    .map(|finding| {
                        format!(
                            "\n  {}.{} {finding}\n    = {}",
                            finding.rule, finding.fault, finding.remedy
                        )
                    })
                    .collect();
                complaints.push(format!("{name}: wanted {wanted}, found{told}"));
            }
        }
        if wanted.is_empty() && !found.is_empty() {
            complaints.push(format!("{name}: should pass, found {}", found[0]));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn every_fault_has_a_case_and_nothing_is_said_beside_the_catalogue() {
    let mut seen = BTreeSet::new();
    let all = cases("cases", &["cases"])
        .into_iter()
        .chain(cases("vectors", &["passes", "trips"]));
    for (name, case) in all {
        for finding in findings_of(&case) {
            let fault = preflight::faults().find(|fault| (fault.rule, fault.name) == (finding.rule, finding.fault));
            let fault = fault.unwrap_or_else(|| panic!("{name}: no such fault: {}.{}", finding.rule, finding.fault));
            assert!(
                is_of(fault.words, &finding.message),
                "{name}: {finding}: not {:?}",
                fault.words
            );
            assert!(
                is_of(fault.remedy, &finding.remedy),
                "{name}: {:?} is not {:?}",
                finding.remedy,
                fault.remedy
            );
            seen.insert((finding.rule, finding.fault));
        }
    }
    let without: BTreeSet<(&str, &str)> = WITHOUT_A_CASE.iter().map(|(rule, name, _)| (*rule, *name)).collect();
    let missing: Vec<_> = preflight::faults()
        .map(|fault| (fault.rule, fault.name))
        .filter(|fault| !seen.contains(fault) && !without.contains(fault))
        .collect();
    assert!(missing.is_empty(), "no case shows {missing:?}");
    assert!(without.is_disjoint(&seen), "a case shows what is listed as without one");
}

#[test]
fn names_of_faults_are_unique_and_each_rule_lists_its_own() {
    let mut seen = BTreeSet::new();
    for Fault {
        rule,
        name,
        words,
        remedy,
        ..
    } in preflight::faults()
    {
        assert!(seen.insert((rule, name)), "{rule}.{name} is there twice");
        assert!(
            name.bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'),
            "{name}"
        );
        assert!(
            !words.is_empty() && remedy.ends_with(['.', '}']),
            "{rule}.{name}: {remedy}"
        );
    }
    for rule in std::iter::once(&preflight::SHAPE).chain(preflight::rules()) {
        assert!(
            !rule.faults.is_empty() && rule.faults.iter().all(|fault| fault.rule == rule.id),
            "{}",
            rule.id
        );
    }
}

/// True when a text is a template with something in the place of each name in braces.
fn is_of(template: &str, text: &str) -> bool {
    let mut fixed = vec![String::new()];
    let mut rest = template;
    while let Some((before, braced)) = rest.split_once('{') {
        let last = fixed.last_mut().unwrap();
        last.push_str(before);
        match braced.split_once('}') {
            Some((name, after))
                if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') =>
            {
                fixed.push(String::new());
                rest = after;
            }
            _ => {
                last.push('{');
                rest = braced;
            }
        }
    }
    fixed.last_mut().unwrap().push_str(rest);
    let Some(mut text) = text.strip_prefix(fixed[0].as_str()) else {
        return false;
    };
    let Some((last, middle)) = fixed[1..].split_last() else {
        return text.is_empty();
    };
    for part in middle {
        let Some(at) = text.find(part.as_str()) else {
            return false;
        };
        text = &text[at + part.len()..];
    }
    text.ends_with(last.as_str())
}

#[test]
fn a_phone_number_is_taken_in_both_forms() {
    let case = serde_json::json!({"base": "invoice", "change": {"/BuyerContact/Phone": 772_000_000}});
    assert_eq!(findings_of(&case), []);
}

#[test]
fn a_placeholder_is_no_number() {
    let case = serde_json::json!({"base": "invoice", "change": {"/InvoiceNumber": "/"}});
    assert!(
        findings_of(&case)
            .iter()
            .any(|finding| finding.pointer == "/InvoiceNumber")
    );
}
