//! Schemas, changes of them and values that satisfy them, each from one seed.
#![allow(
    clippy::float_arithmetic,
    reason = "generated instances hold plain numbers, not money"
)]

use fh_drift::drift::Direction;
use jsonschema::{Draft, Validator};
use serde_json::{Map, Value, json};

/// A small deterministic generator: one seed from proptest makes a schema, its change and its instances.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % limit as u64).expect("fits")
    }

    pub(crate) fn chance(&mut self, one_in: usize) -> bool {
        self.below(one_in) == 0
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

const NAMES: [&str; 6] = ["A", "B", "C", "D", "E", "F"];

pub(crate) fn schema(dice: &mut Dice, depth: usize) -> Value {
    let kinds = if depth == 0 { 5 } else { 9 };
    let mut schema = match dice.below(kinds) {
        0 => json!({"type": "string"}),
        1 => json!({"type": "string", "enum": ["x", "y", "z"]}),
        2 => json!({"type": "integer", "minimum": 0, "maximum": 9}),
        3 => json!({"type": "number"}),
        4 => json!({"type": "boolean"}),
        5 => json!({"type": "array", "items": schema(dice, depth - 1), "maxItems": 4}),
        6 => json!({"anyOf": [{"type": "string"}, {"type": "integer"}]}),
        7 => json!({"oneOf": [{"type": "string", "enum": ["x"]}, {"type": "boolean"}]}),
        _ => object(dice, depth - 1),
    };
    if dice.chance(4) {
        schema["nullable"] = json!(true);
    }
    schema
}

pub(crate) fn object(dice: &mut Dice, depth: usize) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for name in NAMES.iter().take(4) {
        if dice.chance(2) {
            properties.insert((*name).to_owned(), schema(dice, depth));
            if dice.chance(2) {
                required.push(*name);
            }
        }
    }
    let mut object = json!({"type": "object", "properties": properties});
    if !required.is_empty() {
        object["required"] = json!(required);
    }
    match dice.below(5) {
        0 => object["additionalProperties"] = json!(false),
        1 => object["additionalProperties"] = json!({"type": "string"}),
        _ => {}
    }
    object
}

/// Every schema inside this one, itself included, as pointers.
fn places(schema: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
        for (name, inner) in properties {
            places(inner, &format!("{at}/properties/{name}"), found);
        }
    }
    if let Some(items) = schema.get("items") {
        places(items, &format!("{at}/items"), found);
    }
    for keyword in ["anyOf", "oneOf", "allOf"] {
        for index in 0..schema.get(keyword).and_then(Value::as_array).map_or(0, Vec::len) {
            places(&schema[keyword][index], &format!("{at}/{keyword}/{index}"), found);
        }
    }
}

/// One change somewhere in the schema.
pub(crate) fn change(dice: &mut Dice, root: &mut Value) {
    let mut all = Vec::new();
    places(root, "", &mut all);
    let place = dice.pick(&all).clone();
    let node = root.pointer_mut(&place).expect("a place of this schema");
    let fresh = schema(dice, 1);
    let name = *dice.pick(&NAMES);
    let Some(object) = node.as_object_mut() else { return };
    match dice.below(14) {
        0 if place.is_empty() => {}
        0 => *node = fresh,
        1 => drop(object.insert("nullable".into(), json!(true))),
        2 => drop(object.remove("nullable")),
        3 if object.contains_key("enum") => object["enum"] = json!(["x", "y", "z", "w"]),
        4 if object.contains_key("enum") => object["enum"] = json!(["x"]),
        5 => drop(object.remove("enum")),
        6 => drop(object.insert("maximum".into(), json!(dice.below(20)))),
        7 => drop(object.insert("minimum".into(), json!(dice.below(5)))),
        8 => drop(object.insert("maxLength".into(), json!(dice.below(3)))),
        9 if object.get("type") == Some(&json!("integer")) => object["type"] = json!("number"),
        10 if object.get("type") == Some(&json!("object")) => {
            object.entry("properties").or_insert_with(|| json!({}))[name] = fresh;
        }
        11 if object.contains_key("properties") => {
            let names: Vec<&str> = NAMES.iter().copied().filter(|_| dice.chance(2)).collect();
            if names.is_empty() {
                drop(object.remove("required"))
            } else {
                drop(object.insert("required".into(), json!(names)))
            }
        }
        12 if object.get("type") == Some(&json!("object")) => {
            let choices = [
                json!(true),
                json!(false),
                json!({"type": "string"}),
                json!({"type": "integer"}),
            ];
            object.insert("additionalProperties".into(), dice.pick(&choices).clone());
        }
        13 => {
            for keyword in ["anyOf", "oneOf"] {
                if let Some(Value::Array(variants)) = object.get_mut(keyword) {
                    if dice.chance(2) || variants.len() == 1 {
                        variants.push(fresh.clone())
                    } else {
                        drop(variants.remove(0))
                    }
                }
            }
        }
        _ => {}
    }
}

/// The named schemas of a document, and whose view is taken.
#[derive(Clone, Copy)]
pub(crate) struct World<'a> {
    /// The named schemas.
    pub(crate) schemas: &'a Map<String, Value>,
    /// Who sends.
    pub(crate) direction: Direction,
}

impl World<'_> {
    fn named(&self, schema: &Value) -> Option<(String, Value)> {
        let name = schema.get("$ref")?.as_str()?.strip_prefix("#/components/schemas/")?;
        Some((name.to_owned(), self.schemas.get(name).cloned().unwrap_or_default()))
    }

    /// Only the other side sends this.
    fn not_mine(&self, schema: &Value) -> bool {
        let keyword = match self.direction {
            Direction::Request => "readOnly",
            _ => "writeOnly",
        };
        schema.get(keyword) == Some(&json!(true))
    }
}

/// A value that probably satisfies the schema; the caller keeps only those that do.
pub(crate) fn instance(dice: &mut Dice, world: World<'_>, schema: &Value, depth: usize) -> Value {
    if schema.get("nullable") == Some(&json!(true)) && dice.chance(4) {
        return Value::Null;
    }
    if let Some((_, target)) = world.named(schema) {
        return instance(dice, world, &target, depth);
    }
    if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
        let mut own = schema.clone();
        own.as_object_mut().expect("a schema").remove("allOf");
        let mut whole = Value::Null;
        for part in parts.iter().chain([&own]) {
            match (&mut whole, instance(dice, world, part, depth)) {
                (Value::Object(whole), Value::Object(more)) => whole.extend(more),
                (whole, more @ Value::Object(_)) => *whole = more,
                (Value::Null, more) => whole = more,
                _ => {}
            }
        }
        return whole;
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        return dice.pick(values).clone();
    }
    for keyword in ["anyOf", "oneOf"] {
        if let Some(variants) = schema
            .get(keyword)
            .and_then(Value::as_array)
            .filter(|list| !list.is_empty())
        {
            let variant = dice.pick(variants).clone();
            let mut value = instance(dice, world, &variant, depth);
            if let (Some(property), Some((name, _)), Value::Object(object)) = (
                schema.pointer("/discriminator/propertyName"),
                world.named(&variant),
                &mut value,
            ) {
                object.insert(property.as_str().expect("a name").to_owned(), json!(name));
            }
            return value;
        }
    }
    let limit = |keyword: &str, otherwise: u64| schema.get(keyword).and_then(Value::as_u64).unwrap_or(otherwise);
    match schema.get("type").and_then(Value::as_str) {
        Some("string") => {
            let longest = usize::try_from(limit("maxLength", 4)).expect("small");
            json!("xyzw"[..dice.below(longest.min(4) + 1)])
        }
        Some("integer") => {
            let (low, high) = (limit("minimum", 0), limit("maximum", 20));
            json!(low + dice.below(usize::try_from(high.saturating_sub(low) + 1).expect("small")) as u64)
        }
        Some("number") => json!(dice.below(40) as f64 / 2.0),
        Some("boolean") => json!(dice.chance(2)),
        Some("array") if depth == 0 => json!([]),
        Some("array") => {
            let items = schema.get("items").cloned().unwrap_or_default();
            (0..dice.below(4))
                .map(|_| instance(dice, world, &items, depth - 1))
                .collect()
        }
        Some("object") => {
            let mut object = Map::new();
            let required: Vec<&str> = schema
                .get("required")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect();
            let deeper = depth.saturating_sub(1);
            for (name, inner) in schema
                .get("properties")
                .and_then(Value::as_object)
                .into_iter()
                .flatten()
            {
                if world.not_mine(inner) {
                    continue;
                }
                if depth > 0 && (required.contains(&name.as_str()) || dice.chance(2)) {
                    object.insert(name.clone(), instance(dice, world, inner, deeper));
                }
            }
            for name in required {
                let not_mine = schema
                    .get("properties")
                    .and_then(|all| all.get(name))
                    .is_some_and(|inner| world.not_mine(inner));
                if !not_mine {
                    object.entry(name).or_insert_with(|| json!("free"));
                }
            }
            // Where the document speaks of other properties, there may be some.
            if let Some(free @ Value::Object(_)) = schema.get("additionalProperties") {
                object
                    .entry(*dice.pick(&NAMES))
                    .or_insert(instance(dice, world, free, deeper));
            }
            Value::Object(object)
        }
        _ => json!("anything"),
    }
}

/// OpenAPI 3.0 as the JSON Schema it was made from: null is said with `anyOf`, a discriminator with the name it asks for, and what
/// only the other side sends with a property that may not be there.
fn json_schema(world: World<'_>, schema: &Value) -> Value {
    let Some(object) = schema.as_object() else {
        return schema.clone();
    };
    let mut out = Map::new();
    for (key, value) in object {
        let value = match key.as_str() {
            "nullable" | "readOnly" | "writeOnly" | "discriminator" => continue,
            "$ref" => json!(
                value
                    .as_str()
                    .expect("a reference")
                    .replace("#/components/schemas/", "#/definitions/")
            ),
            "properties" => value
                .as_object()
                .expect("properties")
                .iter()
                .map(|(name, inner)| (name.clone(), property(world, inner)))
                .collect(),
            "required" => {
                let names = value.as_array().expect("names").iter();
                let mine = |name: &&Value| {
                    let inner = object.get("properties").and_then(|all| all.get(name.as_str()?));
                    !inner.is_some_and(|inner| world.not_mine(inner))
                };
                let names: Vec<&Value> = names.filter(mine).collect();
                if names.is_empty() {
                    continue;
                }
                json!(names)
            }
            "items" | "additionalProperties" => json_schema(world, value),
            "allOf" => value
                .as_array()
                .expect("parts")
                .iter()
                .map(|part| json_schema(world, part))
                .collect(),
            "anyOf" | "oneOf" => {
                let variants = value.as_array().expect("variants").iter();
                variants.map(|variant| chosen(world, object, variant)).collect()
            }
            _ => value.clone(),
        };
        out.insert(key.clone(), value);
    }
    // What stands beside a reference counts, as it does from 3.1 on.
    if out.len() > 1
        && let Some(reference) = out.remove("$ref")
    {
        out = Map::from_iter([("allOf".to_owned(), json!([{ "$ref": reference }, out]))]);
    }
    if object.get("nullable") == Some(&json!(true)) {
        json!({"anyOf": [out, {"type": "null"}]})
    } else {
        Value::Object(out)
    }
}

fn property(world: World<'_>, schema: &Value) -> Value {
    match (world.not_mine(schema), world.direction) {
        (false, _) => json_schema(world, schema),
        (true, Direction::Request) => json!({"not": {}}),
        (true, _) => json!({}),
    }
}

fn chosen(world: World<'_>, choice: &Map<String, Value>, variant: &Value) -> Value {
    let schema = json_schema(world, variant);
    let property = choice.get("discriminator").and_then(|all| all.get("propertyName"));
    match (property.and_then(Value::as_str), world.named(variant)) {
        (Some(property), Some((name, _))) => {
            json!({"allOf": [schema, {"required": [property], "properties": {property: {"enum": [name]}}}]})
        }
        _ => schema,
    }
}

pub(crate) fn validator(world: World<'_>, schema: &Value) -> Validator {
    let mut whole = json!({"allOf": [json_schema(world, schema)]});
    whole["definitions"] = world
        .schemas
        .iter()
        .map(|(name, schema)| (name.clone(), json_schema(world, schema)))
        .collect();
    jsonschema::options()
        .with_draft(Draft::Draft4)
        .build(&whole)
        .expect("a schema")
}

/// Schemas that inherit, choose by a name, hold themselves, and have properties that only one side sends.
pub(crate) fn family(dice: &mut Dice) -> Map<String, Value> {
    let reference = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    let mut family = Map::new();
    let mut base = object(dice, 1);
    base["properties"]["kind"] = json!({"type": "string"});
    base.as_object_mut().expect("a schema").remove("additionalProperties");
    family.insert("Base".into(), base);
    for name in ["Left", "Right", "Third"] {
        let mut own = object(dice, 1);
        if dice.chance(2) {
            own.as_object_mut().expect("a schema").remove("additionalProperties");
        }
        let child = if dice.chance(2) {
            own["allOf"] = json!([reference("Base")]);
            own
        } else {
            json!({"allOf": [reference("Base"), own]})
        };
        family.insert(name.into(), child);
    }
    let mut thing = object(dice, 1);
    thing.as_object_mut().expect("a schema").remove("additionalProperties");
    thing["properties"]["Choice"] =
        json!({"oneOf": [reference("Left"), reference("Right")], "discriminator": {"propertyName": "kind"}});
    thing["properties"]["Free"] = json!({"oneOf": [object(dice, 1), object(dice, 1)]});
    thing["properties"]["Next"] = reference("Thing");
    thing["properties"]["List"] = json!({"type": "array", "items": reference("Left")});
    thing["properties"]["Plain"] = reference("Base");
    family.insert("Thing".into(), thing);
    family
}

/// One change somewhere in the family.
pub(crate) fn change_family(dice: &mut Dice, family: &mut Map<String, Value>) {
    let names: Vec<String> = family.keys().cloned().collect();
    let name = dice.pick(&names).clone();
    let schema = &mut family[&name];
    match dice.below(6) {
        0 | 1 => {
            let mut all = Vec::new();
            places(schema, "", &mut all);
            all.retain(|place| place.rsplit('/').nth(1) == Some("properties"));
            if all.is_empty() {
                return;
            }
            let keyword = *dice.pick(&["readOnly", "writeOnly"]);
            let property = schema.pointer_mut(dice.pick::<String>(&all)).expect("a property");
            property[keyword] = json!(property.get(keyword) != Some(&json!(true)));
        }
        2 => {
            let choice = &mut family["Thing"]["properties"]["Choice"];
            if let Some(Value::Array(shapes)) = choice.get_mut("oneOf") {
                shapes.push(json!({"$ref": "#/components/schemas/Third"}));
            }
        }
        _ => change(dice, schema),
    }
}
