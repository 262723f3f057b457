//! Components that say the same before and after, and where a comparison of them leads.
//!
//! Most of a large document is unchanged. An unchanged component is read here once, whatever the direction and however often it is
//! referred to: nothing can be said of it, and what remains is to compare the components it refers to. Only plain spellings are read
//! so. Whatever else there is, and whatever takes over words of a changed component, is left to the rules.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use fh_codegen::reference;
use serde_json::{Map, Value};

use super::additional::{Additional, references_inside};
use super::json::{flag, members, names};
use super::resolve::view;

/// Bases of bases in more steps than this are left to the rules.
const MAX_BASES: usize = 32;

/// Where an unchanged component leads.
#[derive(Debug, Default)]
pub(super) struct Still {
    /// The components to compare next.
    pub(super) leads: BTreeSet<String>,
    /// Those whose words it takes over: what they lead to is to be compared as well, they themselves are not.
    pub(super) bases: BTreeSet<String>,
    /// The leads that stand in a `oneOf`, where a change may concern the neighbours.
    pub(super) shapes: BTreeSet<String>,
}

/// What must not be said twice where several schemas are put together, or they say something new.
#[derive(Debug, Default, Clone)]
struct Body<'a> {
    properties: BTreeMap<&'a str, &'a Value>,
    required: BTreeSet<&'a str>,
    items: bool,
    choice: bool,
    closed: bool,
}

/// The unchanged components of two documents.
#[derive(Debug, Default)]
pub(super) struct Stills {
    known: HashMap<String, Rc<Still>>,
}

impl Stills {
    /// Reads the components of both documents.
    pub(super) fn of(old: &Value, new: &Value) -> Self {
        let mut reader = Reader::new(old, new);
        let mut known = HashMap::new();
        for name in reader.unchanged.keys().copied().collect::<Vec<_>>() {
            if let Some(still) = reader.component(name) {
                known.insert(name.to_owned(), Rc::new(still));
            }
        }
        // Whoever takes over words that only the rules can judge is judged by the rules too.
        let mut heirs: HashMap<&str, Vec<&str>> = HashMap::new();
        let mut left = Vec::new();
        for (name, still) in &known {
            for base in &still.bases {
                heirs.entry(base).or_default().push(name);
                if !known.contains_key(base) {
                    left.push(base.as_str());
                }
            }
        }
        let mut out = HashSet::new();
        while let Some(name) = left.pop() {
            if out.insert(name.to_owned()) {
                left.extend(heirs.get(name).into_iter().flatten());
            }
        }
        known.retain(|name, _| !out.contains(name));
        Stills { known }
    }

    /// Where a component leads, if it is unchanged and plain.
    pub(super) fn get(&self, name: &str) -> Option<&Rc<Still>> {
        self.known.get(name)
    }
}

/// Reads the components that are the same in both documents.
struct Reader<'a> {
    old: &'a Value,
    new: &'a Value,
    unchanged: BTreeMap<&'a str, &'a Map<String, Value>>,
    /// What the components say of an object as a whole; nothing for those that only the rules can judge.
    bodies: HashMap<&'a str, Option<Body<'a>>>,
}

impl<'a> Reader<'a> {
    fn new(old: &'a Value, new: &'a Value) -> Self {
        let schemas = |document: &'a Value| members(document.pointer("/components/schemas"));
        let (before, after) = (schemas(old), schemas(new));
        let unchanged = before
            .into_iter()
            .filter(|(name, schema)| after.get(name) == Some(schema) && schema.get("$ref").is_none())
            .filter_map(|(name, schema)| Some((name, schema.as_object()?)));
        Reader {
            old,
            new,
            unchanged: unchanged.collect(),
            bodies: HashMap::new(),
        }
    }

    fn component(&mut self, name: &str) -> Option<Still> {
        let mut still = Still::default();
        self.object(self.unchanged.get(name)?, &mut still)?;
        Some(still)
    }

    /// Reads a schema that stands in another.
    fn schema(&mut self, schema: &'a Value, still: &mut Still) -> Option<()> {
        let Some(object) = schema.as_object() else {
            return Some(());
        };
        if object.contains_key("$ref") {
            still.leads.insert(plain_reference(schema)?);
            return Some(());
        }
        if let [only] = parts(object)?
            && let Some(name) = plain_reference(only)
        {
            // Words about a reference: it keeps its name.
            still.leads.insert(name);
            let mut beside = object.iter().filter(|(keyword, _)| *keyword != "allOf");
            return beside
                .all(|(_, value)| !value.is_object() && !value.is_array())
                .then_some(());
        }
        self.object(object, still)
    }

    fn object(&mut self, object: &'a Map<String, Value>, still: &mut Still) -> Option<()> {
        let body = self.body(object, 0)?;
        self.inside(object, still)?;
        for part in parts(object)? {
            match plain_reference(part) {
                Some(base) => {
                    still.bases.insert(base);
                }
                None => self.inside(part.as_object()?, still)?,
            }
        }
        for (name, property) in &body.properties {
            let refers = property
                .as_object()
                .is_some_and(|property| property.contains_key("$ref") || references_inside(property));
            if refers && body.required.contains(name) {
                // What a request must hold depends on what the property refers to.
                let read_only = |document| flag(&view(document, property).merged(), "readOnly");
                if read_only(self.old) != read_only(self.new) {
                    return None;
                }
            }
        }
        Some(())
    }

    /// What a schema leads to but for its `allOf`.
    fn inside(&mut self, object: &'a Map<String, Value>, still: &mut Still) -> Option<()> {
        let properties = object.get("properties").and_then(Value::as_object);
        for property in properties.into_iter().flat_map(Map::values) {
            self.schema(property, still)?;
        }
        if let Additional::Typed(others) = Additional::of(object) {
            self.schema(others, still)?;
        }
        if let Some(items) = object.get("items") {
            self.schema(items, still)?;
        }
        for keyword in CHOICES {
            for shape in object.get(keyword).and_then(Value::as_array).into_iter().flatten() {
                match plain_reference(shape) {
                    Some(name) => {
                        if keyword == "oneOf" {
                            still.shapes.insert(name.clone());
                        }
                        still.leads.insert(name);
                    }
                    // A free string or null beside the others says something of them.
                    None => {
                        let shape = shape.as_object()?;
                        let plain = shape.get("type").is_none_or(|kind| *kind == "object");
                        if !plain || shape.contains_key("$ref") || references_inside(shape) {
                            return None;
                        }
                    }
                }
            }
        }
        Some(())
    }

    /// What a schema says of an object as a whole, with its `allOf`.
    fn body(&mut self, object: &'a Map<String, Value>, depth: usize) -> Option<Body<'a>> {
        let mut body = Body::own(object)?;
        for part in parts(object)? {
            let of_part = match plain_reference(part) {
                Some(base) => self.base(&base, depth + 1)?,
                None => {
                    let part = part.as_object()?;
                    if part.contains_key("$ref") || part.contains_key("allOf") {
                        return None;
                    }
                    Body::own(part)?
                }
            };
            body.add(of_part)?;
        }
        Some(body)
    }

    fn base(&mut self, name: &str, depth: usize) -> Option<Body<'a>> {
        let (&name, &object) = self.unchanged.get_key_value(name)?;
        if let Some(known) = self.bodies.get(name) {
            return known.clone();
        }
        if depth > MAX_BASES {
            return None;
        }
        // A component that is built upon itself is not plain.
        self.bodies.insert(name, None);
        let body = self.body(object, depth);
        self.bodies.insert(name, body.clone());
        body
    }
}

const CHOICES: [&str; 2] = ["oneOf", "anyOf"];

/// The schemas of an `allOf`; nothing where that is no list.
fn parts(object: &Map<String, Value>) -> Option<&[Value]> {
    match object.get("allOf") {
        None => Some(&[]),
        Some(parts) => parts.as_array().map(Vec::as_slice),
    }
}

impl<'a> Body<'a> {
    fn own(object: &'a Map<String, Value>) -> Option<Self> {
        if object.contains_key("const") || object.get("type").is_some_and(Value::is_array) {
            return None;
        }
        Some(Body {
            properties: members(object.get("properties")),
            required: names(object, "required"),
            items: object.contains_key("items"),
            choice: CHOICES.iter().any(|keyword| object.contains_key(*keyword)),
            closed: !matches!(Additional::of(object), Additional::Open),
        })
    }

    /// Puts another schema beside this one; nothing where the two say something of one another.
    fn add(&mut self, other: Body<'a>) -> Option<()> {
        let clash = self.closed || other.closed || (self.items && other.items) || (self.choice && other.choice);
        for (name, property) in other.properties {
            if self
                .properties
                .insert(name, property)
                .is_some_and(|mine| mine != property)
            {
                return None;
            }
        }
        self.required.extend(other.required);
        self.items |= other.items;
        self.choice |= other.choice;
        (!clash).then_some(())
    }
}

/// The component that a schema refers to, when that is all it does.
pub(super) fn plain_reference(schema: &Value) -> Option<String> {
    let object = schema.as_object().filter(|object| object.len() == 1)?;
    reference::schema(object.get("$ref")?.as_str()?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::class::Policy;
    use super::super::document::judged;
    use super::*;

    const COMPONENTS: usize = 4;

    fn refers() -> impl Strategy<Value = Value> {
        (0..COMPONENTS).prop_map(|number| json!({"$ref": format!("#/components/schemas/C{number}")}))
    }

    fn leaf() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(json!({"type": "string"})),
            Just(json!({"type": "string", "maxLength": 9})),
            Just(json!({"type": "integer", "readOnly": true})),
            Just(json!({"type": "string", "enum": ["a", "b"]})),
        ]
    }

    /// Schemas of every spelling that is read here, and of some that are not.
    fn schema() -> impl Strategy<Value = Value> {
        let inner = prop_oneof![3 => refers(), 2 => leaf()];
        inner.prop_recursive(2, 6, 2, |inner| {
            let object = (
                prop::collection::btree_map("[a-c]", inner.clone(), 0..3),
                prop::collection::btree_set("[a-c]", 0..2),
                prop::option::of(prop_oneof![Just(json!(false)), inner.clone()]),
            )
                .prop_map(|(properties, required, additional)| {
                    let mut object = json!({"type": "object", "properties": properties, "required": required});
                    if let Some(additional) = additional {
                        object["additionalProperties"] = additional;
                    }
                    object
                });
            let list = |of: BoxedStrategy<Value>| prop::collection::vec(of, 1..3);
            prop_oneof![
                4 => object,
                1 => inner.clone().prop_map(|items| json!({"type": "array", "items": items})),
                2 => list(inner.clone().boxed()).prop_map(|parts| json!({"allOf": parts})),
                1 => list(inner.clone().boxed()).prop_map(|parts| json!({"allOf": parts, "description": "words"})),
                2 => list(inner.clone().boxed()).prop_map(|shapes| json!({"oneOf": shapes})),
                1 => list(inner.boxed()).prop_map(|shapes| json!({"anyOf": shapes})),
            ]
        })
    }

    fn document(schemas: &[Value]) -> Value {
        let named: Map<String, Value> = schemas
            .iter()
            .enumerate()
            .map(|(number, schema)| (format!("C{number}"), schema.clone()))
            .collect();
        let content = |number: usize| json!({"application/json": {"schema": {"$ref": format!("#/components/schemas/C{number}")}}});
        let operation = json!({
            "requestBody": {"content": content(0)},
            "responses": {"200": {"description": "ok", "content": content(1)}}
        });
        json!({"openapi": "3.0.3", "paths": {"/a": {"post": operation}}, "components": {"schemas": named}})
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_passed_over_has_no_findings(
            schemas in prop::collection::vec(schema(), COMPONENTS),
            changed in 0..COMPONENTS,
            change in schema(),
        ) {
            let old = document(&schemas);
            let mut schemas = schemas;
            schemas[changed] = change;
            let new = document(&schemas);
            let looked = judged(&old, &new, Policy::OURS, Stills::default());
            prop_assert_eq!(judged(&old, &new, Policy::OURS, Stills::of(&old, &new)), looked);
        }
    }

    #[test]
    fn a_component_with_bases_in_a_circle_is_passed_over_when_none_changed() {
        let thing = |other: usize| {
            let whole =
                json!({"allOf": [{"$ref": format!("#/components/schemas/C{other}")}, {"properties": {"more": {}}}]});
            json!({"type": "object", "properties": {"whole": whole}})
        };
        let (old, mut new) = (
            document(&[thing(1), thing(2), thing(0)]),
            document(&[thing(1), thing(2), thing(0)]),
        );
        assert_eq!(Stills::of(&old, &new).known.len(), 3);
        new["components"]["schemas"]["C2"]["title"] = json!("Two");
        assert!(Stills::of(&old, &new).known.is_empty());
    }
}
