//! What the classifier promises, checked on generated schemas against a JSON Schema validator.

mod generated;

use fh_codegen::reference;
use fh_drift::drift::{Class, Direction, Policy, classify};
use generated::{Dice, World, change, change_family, family, instance, object, validator};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

fn document(schema: &Value, direction: Direction) -> Value {
    let content = json!({"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}});
    let operation = match direction {
        Direction::Request => json!({"requestBody": {"content": content}, "responses": {}}),
        _ => json!({"responses": {"200": {"description": "", "content": content}}}),
    };
    json!({"openapi": "3.0.1", "paths": {"/thing": {"post": operation}}, "components": {"schemas": {"Thing": schema}}})
}

fn breaks(old: &Value, new: &Value, direction: Direction) -> bool {
    let findings = classify(&document(old, direction), &document(new, direction), Policy::default());
    findings.iter().any(|finding| finding.wire == Class::Breaking)
}

/// Reverses every list whose order says nothing and changes every description.
fn shuffled(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            let mut out: Map<String, Value> = object
                .iter()
                .rev()
                .map(|(key, value)| (key.clone(), shuffled(value)))
                .collect();
            if object.contains_key("type") {
                out.insert("description".into(), json!("other words"));
            }
            Value::Object(out)
        }
        Value::Array(items) => items.iter().rev().map(shuffled).collect(),
        other => other.clone(),
    }
}

/// A schema that refers to nothing.
fn alone(direction: Direction) -> World<'static> {
    static NONE: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);
    World {
        schemas: &NONE,
        direction,
    }
}

fn family_document(schemas: &Map<String, Value>, direction: Direction) -> Value {
    let mut document = document(&json!({}), direction);
    document["components"]["schemas"] = json!(schemas);
    document
}

/// A family before and after some changes, and whether they break who sends or reads in this direction.
fn families(dice: &mut Dice, changes: usize, direction: Direction) -> (Map<String, Value>, Map<String, Value>, bool) {
    let old = family(dice);
    let mut new = old.clone();
    for _ in 0..changes {
        change_family(dice, &mut new);
    }
    let findings = classify(
        &family_document(&old, direction),
        &family_document(&new, direction),
        Policy::default(),
    );
    let breaks = findings.iter().any(|finding| finding.wire == Class::Breaking);
    (old, new, breaks)
}

/// What an old client sends that a new service refuses, or what a new service sends that an old client cannot read.
fn counterexample(
    dice: &mut Dice,
    old: &Map<String, Value>,
    new: &Map<String, Value>,
    direction: Direction,
) -> Option<Value> {
    let (sender, reader) = if direction == Direction::Request {
        (old, new)
    } else {
        (new, old)
    };
    let world = |schemas| World { schemas, direction };
    let thing = json!({"$ref": "#/components/schemas/Thing"});
    let reader = if direction == Direction::Response {
        &the_first_that_fits(reader)
    } else {
        reader
    };
    let (sent, read) = (validator(world(sender), &thing), validator(world(reader), &thing));
    (0..12)
        .map(|_| instance(dice, world(sender), &thing, 4))
        .find(|value| sent.is_valid(value) && !read.is_valid(value))
}

/// As whoever reads an answer takes a choice without a discriminator: as the first shape that fits, whether another fits too or not.
fn the_first_that_fits(schemas: &Map<String, Value>) -> Map<String, Value> {
    fn read(value: &mut Value) {
        match value {
            Value::Object(object) => {
                if !object.contains_key("discriminator")
                    && let Some(shapes) = object.remove("oneOf")
                {
                    object.insert("anyOf".to_owned(), shapes);
                }
                object.values_mut().for_each(read);
            }
            Value::Array(items) => items.iter_mut().for_each(read),
            _ => {}
        }
    }
    let mut schemas = schemas.clone();
    schemas.values_mut().for_each(read);
    schemas
}

/// Two shapes of an answer that overlap, of which one gets narrower: an answer that was of both is of one now, and is read as before.
#[test]
fn a_choice_whose_shapes_overlap_may_get_narrower_in_answers() {
    let mut dice = Dice(14_258_453_624_725_015_242);
    let (old, new, breaks) = families(&mut dice, 3, Direction::Response);
    assert!(!breaks);
    assert_eq!(counterexample(&mut dice, &old, &new, Direction::Response), None);
}

/// A choice of shapes takes null only when one of them does, whatever its neighbours in an `allOf` say.
#[test]
fn a_choice_that_becomes_nullable_beside_what_is_so_already_is_found() {
    let thing = |choice: Value| json!({"allOf": [{"type": "object", "nullable": true}, choice]});
    let shapes = json!([{"type": "object"}, {"type": "boolean"}]);
    let (old, new) = (
        thing(json!({"oneOf": shapes})),
        thing(json!({"oneOf": shapes, "nullable": true})),
    );
    assert!(breaks(&old, &new, Direction::Response) && !breaks(&old, &new, Direction::Request));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_differs_from_itself(seed: u64) {
        let schema = object(&mut Dice(seed), 3);
        for direction in [Direction::Request, Direction::Response] {
            let document = document(&schema, direction);
            prop_assert_eq!(classify(&document, &document.clone(), Policy::default()), vec![]);
        }
    }

    #[test]
    fn order_and_words_are_cosmetic(seed: u64) {
        let schema = object(&mut Dice(seed), 3);
        for direction in [Direction::Request, Direction::Response] {
            let old = document(&schema, direction);
            for finding in classify(&old, &shuffled(&old), Policy::default()) {
                prop_assert!(finding.wire.max(finding.rust) <= Class::Cosmetic, "{finding:?}");
            }
        }
    }

    #[test]
    fn a_difference_is_never_silent(seed: u64) {
        let mut dice = Dice(seed);
        let old = object(&mut dice, 3);
        let mut new = old.clone();
        change(&mut dice, &mut new);
        let findings = classify(&document(&old, Direction::Request), &document(&new, Direction::Request), Policy::default());
        prop_assert_eq!(findings.is_empty(), old == new);
    }

    #[test]
    fn what_is_not_breaking_for_requests_accepts_every_old_request(seed: u64, changes in 1_usize..4) {
        let mut dice = Dice(seed);
        let old = object(&mut dice, 3);
        let mut new = old.clone();
        for _ in 0..changes {
            change(&mut dice, &mut new);
        }
        if !breaks(&old, &new, Direction::Request) {
            let (before, after) = (validator(alone(Direction::Request), &old), validator(alone(Direction::Request), &new));
            for _ in 0..12 {
                let request = instance(&mut dice, alone(Direction::Request), &old, 9);
                if before.is_valid(&request) {
                    prop_assert!(after.is_valid(&request), "{request}\n  old {old}\n  new {new}");
                }
            }
        }
    }

    #[test]
    fn what_is_not_breaking_for_responses_gives_only_answers_an_old_reader_takes(seed: u64, changes in 1_usize..4) {
        let mut dice = Dice(seed);
        let old = object(&mut dice, 3);
        let mut new = old.clone();
        for _ in 0..changes {
            change(&mut dice, &mut new);
        }
        if !breaks(&old, &new, Direction::Response) {
            let (before, after) = (validator(alone(Direction::Request), &old), validator(alone(Direction::Request), &new));
            for _ in 0..12 {
                let answer = instance(&mut dice, alone(Direction::Response), &new, 9);
                if after.is_valid(&answer) {
                    prop_assert!(before.is_valid(&answer), "{answer}\n  old {old}\n  new {new}");
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn families_that_are_not_broken_go_on_talking(seed: u64, changes in 1_usize..4) {
        for direction in [Direction::Request, Direction::Response] {
            let mut dice = Dice(seed);
            let (old, new, breaks) = families(&mut dice, changes, direction);
            if !breaks {
                let value = counterexample(&mut dice, &old, &new, direction);
                prop_assert!(value.is_none(), "{direction:?} {value:?}\n  old {}\n  new {}", json!(old), json!(new));
            }
        }
    }

    #[test]
    fn names_that_an_address_cannot_hold_are_names_like_any_other(seed: u64, changes in 1_usize..4) {
        let mut dice = Dice(seed);
        let old = family(&mut dice);
        let mut new = old.clone();
        for _ in 0..changes {
            change_family(&mut dice, &mut new);
        }
        for direction in [Direction::Request, Direction::Response] {
            let judged = |before: &Value, after: &Value| -> Vec<_> {
                let findings = classify(before, after, Policy::default());
                let mut kinds: Vec<_> = findings.iter().map(|finding| (finding.kind, finding.wire, finding.rust)).collect();
                kinds.sort();
                kinds
            };
            let (before, after) = (family_document(&old, direction), family_document(&new, direction));
            let (odd_before, odd_after) = (with_odd_names(&before), with_odd_names(&after));
            prop_assert_eq!(judged(&odd_before, &odd_after), judged(&before, &after));
            // Encoded or not, a reference leads to the same.
            let mut plain = odd_before.clone();
            reference::each(&mut plain, &mut reference::plain);
            let findings = classify(&odd_before, &plain, Policy::default());
            prop_assert!(findings.iter().all(|finding| finding.wire.max(finding.rust) <= Class::Cosmetic), "{:?}", findings);
        }
    }

    #[test]
    fn a_family_does_not_differ_from_itself_but_in_its_title(seed: u64) {
        let family = family(&mut Dice(seed));
        for direction in [Direction::Request, Direction::Response] {
            let old = family_document(&family, direction);
            let mut new = old.clone();
            new["info"] = json!({"title": "other"});
            let findings = classify(&old, &new, Policy::default());
            prop_assert_eq!(findings.iter().map(|finding| finding.kind.slug()).collect::<Vec<_>>(), ["info-changed"]);
        }
    }
}

/// The document with every component called as a documentation tool lets people call them, and its references encoded.
fn with_odd_names(document: &Value) -> Value {
    let odd = |name: &str| format!("[{name}] Größe (1)");
    let mut renamed = document.clone();
    let schemas = renamed["components"]["schemas"].take();
    renamed["components"]["schemas"] = schemas
        .as_object()
        .expect("schemas")
        .iter()
        .map(|(name, schema)| (odd(name), schema.clone()))
        .collect();
    reference::each(&mut renamed, &mut |written| {
        reference::to_schema(&odd(&reference::schema(written).expect("a schema")))
    });
    renamed
}

/// Every set of some things, as the bits of a number.
fn chosen<T: Clone>(from: &[T], bits: usize) -> Vec<T> {
    let taken = from.iter().enumerate().filter(|(index, _)| bits & (1 << index) != 0);
    taken.map(|(_, one)| one.clone()).collect()
}

/// Whoever sends or reads one of the old media types goes on exactly when it is still there.
#[test]
fn a_media_type_breaks_exactly_when_it_goes() {
    let types = ["application/json", "text/csv", "application/xml"];
    let document = |media: &[&str], direction| {
        let mut document = document(&json!({"type": "string"}), direction);
        let content: Map<String, Value> = media
            .iter()
            .map(|media| ((*media).to_owned(), json!({"schema": {"type": "string"}})))
            .collect();
        let place = if direction == Direction::Request {
            "/requestBody"
        } else {
            "/responses/200"
        };
        let at = format!("/paths/~1thing/post{place}");
        document.pointer_mut(&at).expect("a body")["content"] = Value::Object(content);
        document
    };
    for direction in [Direction::Request, Direction::Response] {
        for (old, new) in (1..8).flat_map(|old| (1..8).map(move |new| (old, new))) {
            let (before, after) = (chosen(&types, old), chosen(&types, new));
            let gone = before.iter().any(|media| !after.contains(media));
            let findings = classify(
                &document(&before, direction),
                &document(&after, direction),
                Policy::default(),
            );
            let broken = findings.iter().any(|finding| finding.wire == Class::Breaking);
            assert_eq!(broken, gone, "{direction:?} {before:?} → {after:?}: {findings:?}");
        }
    }
}

/// Whoever holds enough for one of the old alternatives must still hold enough for one of the new.
#[test]
fn credentials_break_exactly_when_somebody_no_longer_gets_in() {
    let alternatives = [
        json!({}),
        json!({"key": []}),
        json!({"login": ["read"]}),
        json!({"login": ["read", "write"]}),
        json!({"key": [], "login": ["read"]}),
    ];
    // What a caller can hold: nothing or the key, and no login or one with some scopes.
    let holders: Vec<Value> = [json!({}), json!({"key": []})]
        .into_iter()
        .flat_map(|held| {
            [None, Some(json!(["read"])), Some(json!(["read", "write"]))]
                .into_iter()
                .map(move |scopes| {
                    let mut held = held.clone();
                    if let Some(scopes) = scopes {
                        held["login"] = scopes;
                    }
                    held
                })
        })
        .collect();
    let gets_in = |held: &Value, asked: &[Value]| {
        asked.iter().any(|one| {
            one.as_object().expect("schemes").iter().all(|(scheme, scopes)| {
                held.get(scheme).is_some_and(|held| {
                    let held = held.as_array().expect("scopes");
                    scopes
                        .as_array()
                        .expect("scopes")
                        .iter()
                        .all(|scope| held.contains(scope))
                })
            })
        })
    };
    let document = |security: &[Value]| {
        let mut document = document(&json!({"type": "string"}), Direction::Request);
        document["paths"]["/thing"]["post"]["security"] = json!(security);
        document
    };
    for (old, new) in (1..32).flat_map(|old| (1..32).map(move |new| (old, new))) {
        let (before, after) = (chosen(&alternatives, old), chosen(&alternatives, new));
        let shut_out = holders
            .iter()
            .any(|held| gets_in(held, &before) && !gets_in(held, &after));
        let findings = classify(&document(&before), &document(&after), Policy::default());
        let broken = findings.iter().any(|finding| finding.wire == Class::Breaking);
        assert_eq!(broken, shut_out, "{before:?} → {after:?}: {findings:?}");
    }
}

/// The properties above would hold emptily if nothing were ever judged harmless, or no instance were ever valid.
#[test]
fn the_generator_makes_harmless_changes_and_valid_instances() {
    let (mut harmless, mut valid, mut tried) = (0, 0, 0);
    for seed in 0..600 {
        let mut dice = Dice(seed * 7919);
        let old = object(&mut dice, 3);
        let mut new = old.clone();
        change(&mut dice, &mut new);
        if old != new && !breaks(&old, &new, Direction::Request) {
            harmless += 1;
            tried += 1;
            valid += usize::from(validator(alone(Direction::Request), &old).is_valid(&instance(
                &mut dice,
                alone(Direction::Request),
                &old,
                9,
            )));
        }
    }
    assert!(harmless > 60, "only {harmless} harmless changes");
    assert!(valid * 3 > tried * 2, "only {valid} of {tried} instances are valid");
}

/// The same of the families: harmless changes are made and said to be so, breaking ones are found by instances too, and most instances
/// are valid.
#[test]
fn families_change_harmlessly_and_otherwise() {
    let (mut harmless, mut found, mut valid, mut tried) = (0, 0, 0, 0);
    for seed in 0..600 {
        for direction in [Direction::Request, Direction::Response] {
            let mut dice = Dice(seed * 7919);
            let (old, new, breaks) = families(&mut dice, 1, direction);
            harmless += usize::from(old != new && !breaks);
            found += usize::from(breaks && counterexample(&mut dice, &old, &new, direction).is_some());
            let world = World {
                schemas: &old,
                direction,
            };
            let thing = json!({"$ref": "#/components/schemas/Thing"});
            let value = instance(&mut dice, world, &thing, 4);
            tried += 1;
            valid += usize::from(validator(world, &thing).is_valid(&value));
        }
    }
    assert!(harmless > 200, "only {harmless} harmless changes");
    assert!(found > 40, "only {found} breaking changes that an instance shows");
    assert!(valid * 4 > tried, "only {valid} of {tried} instances are valid");
}
