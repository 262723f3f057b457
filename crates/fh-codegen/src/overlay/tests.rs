use super::*;
use serde_json::json;

fn overlay(actions: &str) -> String {
    format!("overlay: 1.0.0\ninfo: {{ title: t, version: '1' }}\nactions:\n{actions}")
}

#[test]
fn updates_merge_and_removals_remove() {
    let upstream = json!({"a": {"keep": 1, "old": 2, "list": [1]}, "gone": [10, 20]});
    let text = overlay(
        "  - { target: $.a, description: d, update: { old: 3, list: [1, 2], new: { deep: true } } }\n\
         \x20 - { target: '$.gone[0]', description: d, remove: true }\n",
    );
    let composed = compose(&upstream, &text).unwrap();
    assert_eq!(
        composed.document,
        json!({"a": {"keep": 1, "old": 3, "list": [1, 2], "new": {"deep": true}}, "gone": [20]})
    );
}

#[test]
fn an_action_that_changes_nothing_is_reported() {
    let text = overlay(
        "  - { target: $.a, description: d, update: { x: 1, list: [1] } }\n\
         \x20 - { target: '$.*', description: e, update: { y: 2 } }\n",
    );
    let composed = compose(&json!({"a": {"x": 1, "list": [1]}, "b": {}}), &text).unwrap();
    let seen: Vec<_> = composed
        .report
        .iter()
        .map(|action| (action.matched, action.changed))
        .collect();
    assert_eq!(seen, [(1, false), (2, true)]);
    assert_eq!(composed.report[1].description, "e");
}

#[test]
fn an_action_that_matches_nothing_is_an_error() {
    let text = overlay("  - { target: $.missing.member, description: d, remove: true }\n");
    let error = compose(&json!({}), &text).unwrap_err().to_string();
    assert!(
        error.contains("action 0") && error.contains("$.missing.member"),
        "{error}"
    );
}

#[test]
fn all_vanished_targets_are_named_at_once() {
    let text = overlay(
        "  - { target: $.gone, description: d, remove: true }\n\
         \x20 - { target: $.here, description: d, update: { a: 1 } }\n\
         \x20 - { target: $.lost, description: d, update: { a: 1 } }\n",
    );
    let error = compose(&json!({"here": {}}), &text).unwrap_err().to_string();
    assert!(
        error.contains("action 0 (`$.gone`)") && error.contains("2 (`$.lost`)"),
        "{error}"
    );
}

#[test]
fn what_was_inferred_and_is_now_documented_is_known_from_the_documentation() {
    let text = overlay(
        "  - target: $.components.schemas.S.properties\n    description: d\n    update:\n\
         \x20     a: { type: string, x-fh-evidence: inferred }\n\
         \x20     b: { type: string, x-fh-evidence: inferred }\n",
    );
    let upstream = |properties: Value| json!({"components": {"schemas": {"S": {"properties": properties}}}});
    let tag = |composed: &Composed, name: &str| {
        composed.document["components"]["schemas"]["S"]["properties"][name][evidence::KEY].clone()
    };

    let composed = compose(&upstream(json!({"a": {"type": "string"}})), &text).unwrap();
    assert_eq!(
        (tag(&composed, "a"), tag(&composed, "b")),
        (json!("docs"), json!("inferred"))
    );
    assert!(composed.report[0].changed);
    assert_eq!(composed.report[0].documented, ["/components/schemas/S/properties/a"]);

    let both = json!({"a": {"type": "string"}, "b": {"type": "string"}});
    let composed = compose(&upstream(both), &text).unwrap();
    assert_eq!(
        (tag(&composed, "b"), composed.report[0].changed),
        (json!("docs"), false)
    );

    let otherwise = compose(&upstream(json!({"a": {"type": "integer"}})), &text).unwrap();
    assert_eq!(
        tag(&otherwise, "a"),
        json!("inferred"),
        "a correction keeps its own evidence"
    );
    assert!(otherwise.report[0].documented.is_empty());
}

#[test]
fn what_fits_is_applied_and_the_rest_is_told() {
    let text = overlay(
        "  - { target: $.gone, description: d, remove: true }\n\
         \x20 - { target: $.list, description: d, update: { a: { b: 1 } } }\n\
         \x20 - { target: $, description: d, update: { here: 2, list: { c: 1 } } }\n",
    );
    let composed = compose_what_fits(&json!({"here": 1, "list": {"a": [1]}}), &text).unwrap();
    assert_eq!(composed.document, json!({"here": 2, "list": {"a": [1], "c": 1}}));
    let failed: Vec<_> = composed
        .failed
        .iter()
        .map(|action| (action.index, action.gone))
        .collect();
    assert_eq!(failed, [(0, true), (1, false)]);
}

#[test]
fn what_the_documentation_says_otherwise_is_told() {
    let text = overlay(
        "  - { target: $.a, description: d, update: { max: 50, min: 1, new: 2, x-fh-evidence: kb, list: [9] } }\n\
         \x20 - { target: '$.b[0]', description: d, remove: true }\n",
    );
    let upstream = json!({"a": {"max": 8, "min": 1, "x-fh-evidence": "docs", "list": [1]}, "b": [{"url": "x"}]});
    let composed = compose(&upstream, &text).unwrap();
    let told: Vec<_> = composed
        .report
        .iter()
        .flat_map(|action| &action.contradicted)
        .map(|said| (said.pointer.as_str(), &said.documented, said.overlaid.as_ref()))
        .collect();
    assert_eq!(
        told,
        [
            ("/a/max", &json!(8), Some(&json!(50))),
            ("/b/0", &json!({"url": "x"}), None)
        ]
    );
}

#[test]
fn an_update_never_changes_the_kind_of_a_value() {
    let text = overlay("  - { target: $, description: d, update: { a: { b: { c: 1 } } } }\n");
    let error = compose(&json!({"a": {"b": [1]}}), &text).unwrap_err().to_string();
    assert!(error.contains("`/a/b`"), "{error}");
}

#[test]
fn the_overlay_itself_is_read_strictly() {
    let versions = compose(
        &json!({}),
        "overlay: 2.0.0\ninfo: {title: t, version: '1'}\nactions: []",
    );
    assert!(versions.unwrap_err().to_string().contains("2.0.0"));
    for actions in [
        "  - { target: $, update: {} }\n",
        "  - { target: $, description: d, updat: {} }\n",
        "  - { target: $, description: d }\n",
        "  - { target: $, description: d, update: {}, remove: true }\n",
    ] {
        assert!(compose(&json!({}), &overlay(actions)).is_err(), "{actions}");
    }
}
