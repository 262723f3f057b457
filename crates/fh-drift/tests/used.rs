//! What is compared is what is used: the vendor's document with our overlay on it, and what the one says against the other.

use fh_drift::drift::used::{Sources, compare};
use fh_drift::drift::{Class, Direction, Finding, Kind};
use serde_json::{Value, json};

/// The vendor describes a document and no way to hand it in: the operation is the overlay's, as are most limits.
fn upstream() -> Value {
    json!({
        "openapi": "3.0.3", "info": {"title": "Ledger", "version": "1"}, "servers": [{"url": "https://mock.test"}],
        "paths": {},
        "components": {"schemas": {
            "Sale": {"type": "object", "description": "A sale.", "properties": {
                "Id": {"type": "string"}, "Note": {"type": "string", "x-fh-evidence": "example"}}},
            "Menu": {"type": "string"}
        }}
    })
}

const OVERLAY: &str = "
overlay: 1.0.0
info: { title: t, version: '1' }
actions:
  - target: $.servers[0]
    description: d
    remove: true
  - target: $.paths
    description: d
    update:
      /sale:
        post:
          operationId: submit_sale
          requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/Sale' } } } }
          responses: { '200': { description: d } }
  - target: $.components.schemas.Sale
    description: d
    update:
      description: A sale, as we know it.
      properties: { Id: { maxLength: 50 }, Tip: { type: string, x-fh-evidence: inferred } }
  - target: $.components.schemas.Menu
    description: d
    remove: true
";

fn sources(upstream: Value) -> Sources {
    Sources {
        upstream,
        overlay: Some(OVERLAY.to_owned()),
    }
}

fn found(change: impl FnOnce(&mut Value)) -> Vec<Finding> {
    let mut new = upstream();
    change(&mut new);
    compare(&sources(upstream()), &sources(new)).expect("findings")
}

fn told(findings: &[Finding]) -> Vec<(Kind, Direction, &str)> {
    findings
        .iter()
        .map(|finding| (finding.kind, finding.direction, finding.at.as_str()))
        .collect()
}

#[test]
fn a_correction_that_has_stood_all_along_is_no_finding() {
    assert_eq!(found(|_| {}), []);
}

#[test]
fn a_limit_is_seen_where_the_document_travels_though_the_vendor_documents_no_way_for_it() {
    let findings = found(|new| new["components"]["schemas"]["Sale"]["properties"]["Note"]["pattern"] = json!("^[A-Z]"));
    let at = "#/components/schemas/Sale/properties/Note";
    assert!(
        findings.iter().any(|finding| {
            (finding.kind, finding.direction, finding.at.as_str())
                == (Kind::ConstraintTightened, Direction::Request, at)
                && finding.wire == Class::Breaking
        }),
        "{findings:?}"
    );
    assert_eq!(
        findings.len(),
        1,
        "the vendor's document alone says no more: {findings:?}"
    );
}

#[test]
fn a_limit_that_the_overlay_covers_is_told_as_a_contradiction() {
    let findings = found(|new| new["components"]["schemas"]["Sale"]["properties"]["Id"]["maxLength"] = json!(8));
    let at = "#/components/schemas/Sale/properties/Id";
    let contradiction = findings
        .iter()
        .find(|finding| finding.kind == Kind::Contradicts)
        .unwrap_or_else(|| panic!("{findings:?}"));
    assert_eq!(contradiction.at, format!("{at}/maxLength"));
    assert!(contradiction.is_breaking());
    assert!(
        contradiction.note.contains("now says `8`")
            && contradiction.note.contains("says `50`")
            && contradiction.note.contains("action 2"),
        "{}",
        contradiction.note
    );
    let beside = findings
        .iter()
        .find(|finding| finding.kind == Kind::ConstraintTightened)
        .expect("beside it");
    assert!(
        beside.note.starts_with("in the vendor's document alone"),
        "{}",
        beside.note
    );
}

#[test]
fn words_against_words_are_told_and_break_nothing() {
    let findings = found(|new| new["components"]["schemas"]["Sale"]["description"] = json!("What was sold."));
    assert!(
        findings.iter().any(|finding| finding.kind == Kind::ContradictsWords),
        "{findings:?}"
    );
    assert!(findings.iter().all(|finding| !finding.is_breaking()), "{findings:?}");
}

#[test]
fn what_the_overlay_takes_out_is_told_when_it_becomes_something_else() {
    let findings = found(|new| new["servers"][0]["url"] = json!("https://api.test"));
    let contradiction = findings
        .iter()
        .find(|finding| finding.kind == Kind::Contradicts)
        .expect("a finding");
    assert_eq!(contradiction.at, "#/servers/0");
    assert!(contradiction.note.contains("takes it out"), "{}", contradiction.note);
}

#[test]
fn a_target_that_is_gone_is_a_finding_among_the_others() {
    let findings = found(|new| {
        let schemas = new["components"]["schemas"].as_object_mut().expect("schemas");
        schemas.remove("Menu");
        new["components"]["schemas"]["Sale"]["properties"]["Note"]["maxLength"] = json!(8);
    });
    let told = told(&findings);
    assert!(
        told.contains(&(
            Kind::OverlayDoesNotFit,
            Direction::Document,
            "overlay action 3 (`$.components.schemas.Menu`)"
        )),
        "{told:?}"
    );
    assert!(
        told.iter().any(|(kind, ..)| *kind == Kind::ConstraintTightened),
        "{told:?}"
    );
}

#[test]
fn an_action_that_cannot_be_merged_is_a_finding_too() {
    let findings = found(|new| new["components"]["schemas"]["Sale"]["properties"] = json!([]));
    let odd = findings
        .iter()
        .find(|finding| finding.kind == Kind::OverlayDoesNotFit)
        .expect("a finding");
    assert!(
        odd.at.contains("action 2") && odd.note.contains("cannot merge"),
        "{odd:?}"
    );
}

#[test]
fn what_the_documentation_now_says_itself_is_told() {
    let findings = found(|new| {
        new["components"]["schemas"]["Sale"]["properties"]["Tip"] = json!({"type": "string"});
    });
    let repeats = findings
        .iter()
        .find(|finding| finding.kind == Kind::Repeats)
        .expect("a finding");
    assert_eq!(repeats.at, "#/components/schemas/Sale/properties/Tip");
}

#[test]
fn our_own_overlay_is_compared_as_well() {
    let mut new = sources(upstream());
    new.overlay = Some(OVERLAY.replace("maxLength: 50", "maxLength: 20"));
    let findings = compare(&sources(upstream()), &new).expect("findings");
    assert_eq!(
        told(&findings),
        [(
            Kind::ConstraintTightened,
            Direction::Request,
            "#/components/schemas/Sale/properties/Id"
        )]
    );
    new.overlay = Some("overlay: 2.0.0\n".to_owned());
    assert!(compare(&sources(upstream()), &new).is_err());
}
