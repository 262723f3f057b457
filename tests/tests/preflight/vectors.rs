//! One file per rule: changes to a document that passes everything, those that still pass and those that trip that rule and
//! no other.

use std::{collections::BTreeSet, fs};

use fiscal_harmony::{
    Document,
    document::AllowedFields,
    preflight::{self, Finding, Findings, preflight},
};
use serde_json::Value;

use crate::support::{Surroundings, change, directory, json_file, rules_of};

fn run(case: &Value) -> Findings {
    let mut value = json_file(&format!("{}.json", case["base"].as_str().unwrap()));
    change(&mut value, &case["change"]);
    let surroundings = Surroundings::read(case.get("context").unwrap_or(&Value::Null));
    let allowed = case["allowed"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str);
    match Document::from_json_allowing(value.to_string().as_bytes(), &AllowedFields::named(allowed).unwrap()) {
        Ok(document) => preflight(&document, &surroundings.context()),
        Err(error) => preflight::finding_of(&error).into(),
    }
}

fn told(findings: &[Finding]) -> String {
    findings.iter().map(|finding| format!("\n  {finding}")).collect()
}

#[test]
fn the_documents_that_all_vectors_start_from_pass_every_rule_and_none_is_skipped() {
    for base in ["invoice", "invoice-exclusive", "credit-note"] {
        let findings = run(&serde_json::json!({ "base": base, "change": {} }));
        assert_eq!(findings, Findings::default(), "{base}");
    }
}

#[test]
fn every_rule_has_a_vector_that_passes_and_one_that_trips_it_alone() {
    let mut seen = BTreeSet::new();
    let mut complaints = Vec::new();
    for entry in fs::read_dir(directory().join("vectors")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let vectors = json_file(&format!("vectors/{name}"));
        let rule = vectors["rule"].as_str().unwrap();
        assert_eq!(name, format!("{rule}.json"));
        assert!(seen.insert(rule.to_owned()));
        let (passes, trips) = (
            vectors["passes"].as_array().unwrap(),
            vectors["trips"].as_array().unwrap(),
        );
        assert!(!passes.is_empty() && !trips.is_empty(), "{rule}");
        for case in passes {
            let findings = run(case);
            if !findings.findings.is_empty() {
                complaints.push(format!(
                    "{rule}, {}: should pass{}",
                    case["name"],
                    told(&findings.findings)
                ));
            }
        }
        for case in trips {
            let findings = run(case);
            let as_expected = |finding: &Finding| {
                finding.level.to_string() == case["level"].as_str().unwrap()
                    && finding.code == case["code"].as_str()
                    && finding.pointer == case["pointer"].as_str().unwrap()
                    && finding.message.contains(case["says"].as_str().unwrap())
            };
            if rules_of(&findings) != BTreeSet::from([rule]) || !findings.findings.iter().any(as_expected) {
                complaints.push(format!(
                    "{rule}, {}: not as expected{}",
                    case["name"],
                    told(&findings.findings)
                ));
            }
            for finding in &findings.findings {
                let table = preflight::rule(rule).unwrap();
                assert!(finding.level <= table.level, "{finding}");
            }
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    let rules: BTreeSet<String> = preflight::rules().iter().map(|rule| rule.id.to_owned()).collect();
    assert_eq!(seen, rules);
}

#[test]
fn without_its_context_a_rule_is_skipped_by_name_and_never_passed_in_silence() {
    use fiscal_harmony::preflight::{Context, Need};
    for base in ["invoice", "credit-note"] {
        let document = crate::support::document(&json_file(&format!("{base}.json")));
        let findings = preflight(&document, &Context::nothing());
        let skipped: BTreeSet<&str> = findings.skipped.iter().map(|skipped| skipped.rule).collect();
        let in_part = ["PF12", "PF24"];
        let expected: BTreeSet<&str> = preflight::rules()
            .iter()
            .filter(|rule| rule.concerns(document.kind()) && (!rule.needs.is_empty() || in_part.contains(&rule.id)))
            .map(|rule| rule.id)
            .collect();
        assert_eq!(skipped, expected);
        assert!(findings.findings.is_empty());
        assert!(
            preflight::rules()
                .iter()
                .any(|rule| rule.needs == [Need::Device, Need::Clock])
        );
    }
}

#[test]
fn what_is_wrong_on_every_line_is_listed_twenty_times_and_counted() {
    let mut invoice = json_file("invoice.json");
    let line = invoice["LineItems"][0].clone();
    invoice["LineItems"] = (0..50).map(|_| line.clone()).collect();
    for line in invoice["LineItems"].as_array_mut().unwrap() {
        line["ProductCode"] = "".into();
    }
    let surroundings = Surroundings::read(&Value::Null);
    let findings = preflight(&crate::support::document(&invoice), &surroundings.context());
    let listed = findings
        .findings
        .iter()
        .filter(|finding| finding.rule == "PF12")
        .count();
    assert_eq!((listed, findings.unlisted), (20, 30));
    assert!(findings.blocks());
}
