//! The specification: composed from its sources, valid, complete, and with evidence on everything.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use fh_codegen::{Composed, document, evidence, schema};
use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn json(path: &str) -> Value {
    serde_json::from_str(&read(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn specification() -> Value {
    json("spec/openapi.json")
}

fn composed() -> Composed {
    fh_codegen::compose(&json("spec/upstream.json"), &read("spec/overlay.yaml")).unwrap()
}

#[test]
fn upstream_and_overlay_compose_to_the_checked_in_specification() {
    let normalised = fh_codegen::normalise(&composed().document).unwrap();
    assert!(
        document::render(&normalised) == read("spec/openapi.json"),
        "spec/openapi.json is out of date: run `cargo xtask regen` and review the difference"
    );
}

#[test]
fn the_copies_that_travel_with_packages_are_identical() {
    for copy in ["crates/fh-raw/openapi.json", "crates/fh-sim/openapi.json"] {
        assert!(
            read(copy) == read("spec/openapi.json"),
            "{copy} differs from spec/openapi.json: run `cargo xtask regen`"
        );
    }
    assert!(fh_raw::SPEC == read("spec/openapi.json"));
}

#[test]
fn every_element_says_how_it_is_known() {
    assert_eq!(evidence::missing(&specification()), Vec::<String>::new());
}

#[test]
fn upstream_holds_only_what_the_documentation_says_or_shows() {
    fn tags(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(map) => {
                if let Some(tag) = map.get(evidence::KEY) {
                    found.insert(tag.as_str().unwrap().to_owned());
                }
                map.values().for_each(|member| tags(member, found));
            }
            Value::Array(items) => items.iter().for_each(|item| tags(item, found)),
            _ => {}
        }
    }
    let upstream = json("spec/upstream.json");
    let mut found = BTreeSet::new();
    tags(&upstream, &mut found);
    // What has no tag is harvested, and so `docs`.
    found.retain(|tag| !["docs", "example"].contains(&tag.as_str()));
    assert_eq!(found, BTreeSet::new());
}

#[test]
fn every_action_of_the_overlay_gives_its_evidence_and_is_needed() {
    for action in composed().report {
        let place = format!("overlay action {} (`{}`)", action.index, action.target);
        assert!(
            evidence::TAGS
                .iter()
                .any(|tag| action.description.contains(&format!("[{tag}]"))),
            "{place} names no evidence: {}",
            action.description
        );
        assert!(action.changed, "{place} changes nothing");
    }
}

#[test]
fn all_22_operations_are_there() {
    let specification = specification();
    let seen: Vec<String> = document::operations(&specification)
        .iter()
        .map(|place| {
            let operation = specification.pointer(&place.pointer).unwrap();
            format!(
                "{} {} {} [{}]{}",
                operation["operationId"].as_str().unwrap(),
                place.method.to_uppercase(),
                place.path,
                operation[evidence::KEY].as_str().unwrap(),
                if operation["x-fh-experimental"] == true {
                    " experimental"
                } else {
                    ""
                }
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            "submit_credit_note POST /creditnote [docs]",
            "list_currency_mappings GET /currencymapping [vendor-code]",
            "add_currency_mapping POST /currencymapping [vendor-code]",
            "list_supported_currencies GET /currencymapping/supported-currencies [vendor-code]",
            "delete_currency_mapping DELETE /currencymapping/{id} [vendor-code]",
            "get_currency_mapping GET /currencymapping/{id} [third-party]",
            "update_currency_mapping PUT /currencymapping/{id} [docs]",
            "download_pdf GET /download/{filename} [vendor-code]",
            "get_fiscal_device GET /fiscaldevice [docs]",
            "submit_invoice POST /invoice [vendor-code]",
            "get_profile GET /profile [vendor-code]",
            "list_z_reports GET /reports/z-report [docs] experimental",
            "get_z_report GET /reports/z-report/{fiscalDay} [docs] experimental",
            "download_z_report_pdf GET /reports/z-report/{fiscalDay}/pdf [inferred] experimental",
            "check_status POST /status [docs]",
            "get_subscription GET /subscription [docs]",
            "list_tax_mappings GET /taxmapping [vendor-code]",
            "add_tax_mapping POST /taxmapping [docs]",
            "delete_tax_mapping DELETE /taxmapping/{id} [vendor-code]",
            "get_tax_mapping GET /taxmapping/{id} [third-party]",
            "update_tax_mapping PUT /taxmapping/{id} [vendor-code]",
            "test_connection POST /test [inferred] experimental",
        ]
    );
}

/// The pointers of what is in `before` and not, or not the same, in `after`.
fn lost(pointer: &str, before: &Value, after: &Value) -> Vec<String> {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => before
            .iter()
            .flat_map(|(name, member)| {
                let place = format!("{pointer}/{name}");
                match after.get(name) {
                    Some(other) => lost(&place, member, other),
                    None => vec![place],
                }
            })
            .collect(),
        (Value::Array(before), Value::Array(after)) if before.len() == after.len() => before
            .iter()
            .zip(after)
            .enumerate()
            .flat_map(|(index, (one, other))| lost(&format!("{pointer}/{index}"), one, other))
            .collect(),
        (Value::Number(before), Value::Number(after)) if before.as_f64() == after.as_f64() => Vec::new(),
        (before, after) if before == after => Vec::new(),
        _ => vec![pointer.to_owned()],
    }
}

#[test]
fn it_reads_as_openapi_3_0() {
    let parsed: openapiv3::OpenAPI = serde_json::from_value(specification()).unwrap();
    assert_eq!(parsed.openapi, "3.0.3");
    assert_eq!(parsed.operations().count(), 22);
    // What the typed model does not know it drops; nothing of ours may be such a thing.
    let round_trip = serde_json::to_value(&parsed).unwrap();
    let lost = lost("", &specification(), &round_trip);
    assert!(lost.is_empty(), "not OpenAPI 3.0: {lost:#?}");
}

#[test]
fn references_lead_somewhere_and_stand_alone() {
    fn check(document: &Value, value: &Value, place: &str) {
        match value {
            Value::Object(map) => {
                if let Some(reference) = map.get("$ref").and_then(Value::as_str) {
                    let target = reference.strip_prefix('#').and_then(|target| document.pointer(target));
                    assert!(target.is_some(), "{place}: `{reference}` leads nowhere");
                    assert_eq!(map.len(), 1, "{place}: OpenAPI 3.0 ignores what stands beside `$ref`");
                }
                for (name, member) in map {
                    check(document, member, &format!("{place}/{name}"));
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    check(document, item, &format!("{place}/{index}"));
                }
            }
            _ => {}
        }
    }
    let specification = specification();
    check(&specification, &specification, "");
}

#[test]
fn path_templates_and_path_parameters_agree() {
    let specification = specification();
    for place in document::operations(&specification) {
        let wanted: BTreeSet<&str> = place
            .path
            .split('/')
            .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
            .collect();
        let operation = specification.pointer(&place.pointer).unwrap();
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        let described: BTreeSet<&str> = parameters
            .iter()
            .map(|parameter| {
                assert_eq!(parameter["in"], "path", "{}", place.pointer);
                assert_eq!(parameter["required"], true, "{}", place.pointer);
                assert!(parameter["schema"]["type"].is_string(), "{}", place.pointer);
                parameter["name"].as_str().unwrap()
            })
            .collect();
        assert_eq!(described, wanted, "{}", place.pointer);
    }
}

#[test]
fn operations_have_what_openapi_demands_and_readers_need() {
    let specification = specification();
    let tags: BTreeSet<&str> = specification["tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| tag["name"].as_str().unwrap())
        .collect();
    let schemes = specification["components"]["securitySchemes"].as_object().unwrap();
    for place in document::operations(&specification) {
        let operation = specification.pointer(&place.pointer).unwrap();
        let at = &place.pointer;
        assert!(
            operation["summary"].is_string() && operation["description"].is_string(),
            "{at}"
        );
        assert!(
            operation["tags"]
                .as_array()
                .unwrap()
                .iter()
                .all(|tag| tags.contains(tag.as_str().unwrap())),
            "{at}"
        );
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses.keys().any(|status| status.starts_with('2')), "{at}");
        assert_eq!(responses["default"]["$ref"], "#/components/responses/Problem", "{at}");
        for (status, response) in responses {
            let response = document::resolve(&specification, response, at).unwrap();
            assert!(response["description"].is_string(), "{at}/responses/{status}");
        }
        // Signed exactly when there is a body.
        let security = operation["security"][0].as_object().unwrap();
        assert!(security.keys().all(|name| schemes.contains_key(name)), "{at}");
        assert_eq!(
            security.contains_key("ApiSignature"),
            operation.get("requestBody").is_some(),
            "{at}"
        );
    }
}

#[test]
fn documents_are_strict_and_answers_are_open() {
    let specification = specification();
    for name in schema::component_names(&specification) {
        let policy = &specification["components"]["schemas"][&name]["additionalProperties"];
        let document = ["Address", "BuyerContact", "CreditNote", "Invoice", "LineItem"].contains(&name.as_str());
        assert_eq!(
            *policy == Value::Bool(false),
            document,
            "{name}: additionalProperties is {policy}"
        );
    }
}

#[test]
fn every_property_that_is_ours_is_explained() {
    let mut specification = specification();
    schema::visit_all(&mut specification, &mut |pointer, node| {
        for (name, property) in node["properties"].as_object().into_iter().flatten() {
            // The vendor may give a name and no word about it; nobody else may.
            let vendors = property[evidence::KEY] == "docs";
            assert!(
                vendors || property["description"].is_string(),
                "{pointer}/properties/{name}"
            );
        }
        Ok(())
    })
    .unwrap();
}

#[test]
fn the_secret_has_no_header() {
    let schemes = specification()["components"]["securitySchemes"].to_string();
    assert!(schemes.contains("\"X-Api-Key\""));
    assert!(!schemes.to_lowercase().contains("\"x-api-secret\"") && !schemes.contains("X-Api_Secret"));
}

#[test]
fn the_normalised_specification_is_as_reviewed() {
    insta::assert_snapshot!("normalised_specification", read("spec/openapi.json"));
}
