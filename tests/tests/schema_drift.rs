//! The code's view of the wire and the specification's are one: `schemars` describes the generated types, and each
//! description must equal the component schema of the same name.
//!
//! Compared are the names of properties, their types, whether they are required, whether they may be null, and what
//! becomes of unknown members. Limits are not: the wire types are plain, preflight checks limits. One difference is no
//! drift: an optional property that is not nullable is an `Option` in Rust, which reads null as absent and, as the
//! comparison checks, never writes null.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;

use fh_raw::types;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

/// A type as the code has it, for reading and for writing.
struct Code {
    name: &'static str,
    read: Value,
    write: Value,
}

fn code<T: JsonSchema>(name: &'static str) -> Code {
    let schema = |settings: SchemaSettings| settings.into_generator().into_root_schema_for::<T>().to_value();
    Code {
        name,
        read: schema(SchemaSettings::draft2020_12().for_deserialize()),
        write: schema(SchemaSettings::draft2020_12().for_serialize()),
    }
}

macro_rules! wire_types {
    ($($name:ident),* $(,)?) => { vec![$(code::<types::$name>(stringify!($name))),*] };
}

fn wire_types() -> Vec<Code> {
    wire_types![
        Address,
        ApplicableTax,
        BillingPlan,
        BillingStatus,
        BuyerContact,
        CreditNote,
        CurrencyMapping,
        DeviceConfig,
        FieldErrors,
        FiscalDevice,
        Invoice,
        LineItem,
        Paged,
        PaymentMethodType,
        ProblemDetails,
        Profile,
        QrData,
        StatusRequest,
        Subscription,
        TaxMapping,
        ZReport,
        ZReportSummary,
    ]
}

#[test]
fn every_wire_type_is_what_the_specification_says() {
    let specification: Value = serde_json::from_str(fh_raw::SPEC).unwrap();
    let components = specification["components"]["schemas"].as_object().unwrap();
    let types = wire_types();
    let compared: BTreeSet<&str> = types.iter().map(|code| code.name).collect();
    let specified: BTreeSet<&str> = components.keys().map(String::as_str).collect();
    assert_eq!(
        compared, specified,
        "each component has a wire type of the same name, listed above"
    );
    let drift: Vec<String> = types
        .iter()
        .flat_map(|code| drift(code, &components[code.name]))
        .collect();
    assert!(
        drift.is_empty(),
        "code and specification have drifted:\n{}",
        drift.join("\n")
    );
}

/// The facade's documents are types of its own; they are held to the same specification.
#[test]
fn every_document_of_the_facade_is_what_the_specification_says() {
    let specification: Value = serde_json::from_str(fh_raw::SPEC).unwrap();
    let own = [
        code::<fiscal_harmony::Address>("Address"),
        code::<fiscal_harmony::Buyer>("BuyerContact"),
        code::<fiscal_harmony::CreditNote>("CreditNote"),
        code::<fiscal_harmony::Invoice>("Invoice"),
        code::<fiscal_harmony::LineItem>("LineItem"),
        code::<fiscal_harmony::PaymentMethod>("PaymentMethodType"),
    ];
    let drift: Vec<String> = own
        .iter()
        .flat_map(|code| drift(code, &specification["components"]["schemas"][code.name]))
        .collect();
    assert!(
        drift.is_empty(),
        "the facade and the specification have drifted:\n{}",
        drift.join("\n")
    );
}

/// One line for each difference between a type and its component schema, naming the property.
fn drift(code: &Code, specified: &Value) -> Vec<String> {
    let name = code.name;
    let mut found = Vec::new();
    let mut differ = |place: String, what: &str, specified: &str, code: &str| {
        if specified != code {
            found.push(format!(
                "{place}: {what} is {specified} in the specification and {code} in the code"
            ));
        }
    };
    differ(name.to_owned(), "the type", &kind(specified).0, &kind(&code.read).0);
    differ(
        name.to_owned(),
        "an unknown member",
        unknown(specified),
        unknown(&code.read),
    );
    let empty = Map::new();
    let properties = |schema: &'_ Value| {
        schema["properties"]
            .as_object()
            .cloned()
            .unwrap_or_else(|| empty.clone())
    };
    let (wanted, read, written) = (properties(specified), properties(&code.read), properties(&code.write));
    let names: BTreeSet<&String> = wanted.keys().chain(read.keys()).chain(written.keys()).collect();
    for property in names {
        let place = format!("{name}.{property}");
        let (Some(wanted), Some(read), Some(written)) =
            (wanted.get(property), read.get(property), written.get(property))
        else {
            differ(
                place,
                "the property",
                presence(wanted.contains_key(property)),
                presence(read.contains_key(property) && written.contains_key(property)),
            );
            continue;
        };
        let required = is_required(specified, property);
        let ((wanted, nullable), (read, reads_null), (written, _)) = (kind(wanted), kind(read), kind(written));
        differ(place.clone(), "the type", &wanted, &read);
        differ(place.clone(), "the type", &wanted, &written);
        let word = |required| if required { "required" } else { "optional" };
        differ(
            place.clone(),
            "it",
            word(required),
            word(is_required(&code.read, property)),
        );
        // Were it written always, an absent value would be written as null.
        differ(
            place.clone(),
            "it",
            word(required),
            word(is_required(&code.write, property)),
        );
        let word = |nullable| if nullable { "nullable" } else { "not nullable" };
        if required || nullable {
            differ(place, "it", word(nullable), word(reads_null));
        }
    }
    found
}

fn presence(there: bool) -> &'static str {
    if there { "there" } else { "missing" }
}

fn is_required(schema: &Value, property: &str) -> bool {
    schema["required"]
        .as_array()
        .is_some_and(|names| names.iter().any(|name| name == property))
}

/// What becomes of members that the schema does not name.
fn unknown(schema: &Value) -> &'static str {
    match &schema["additionalProperties"] {
        Value::Bool(false) => "refused",
        Value::Null => "ignored",
        _ => "kept",
    }
}

/// The type in words that OpenAPI 3.0 and JSON Schema 2020-12 share, and whether null belongs to it.
fn kind(schema: &Value) -> (String, bool) {
    let said_nullable = schema["nullable"] == true;
    let (kind, null) = if let Some(reference) = schema["$ref"].as_str() {
        (reference.rsplit('/').next().unwrap_or(reference).to_owned(), false)
    } else if let Some(all) = schema["allOf"].as_array() {
        assert_eq!(all.len(), 1, "only a wrapped reference is understood: {schema}");
        kind(&all[0])
    } else if let Some(either) = schema["oneOf"].as_array().or(schema["anyOf"].as_array()) {
        one_of(either)
    } else if let Some(values) = schema["enum"].as_array() {
        let mut values: Vec<_> = values.iter().map(Value::to_string).collect();
        values.sort();
        (format!("one of {}", values.join(", ")), false)
    } else {
        named(schema)
    };
    (kind, null || said_nullable)
}

fn one_of(either: &[Value]) -> (String, bool) {
    let null = either.iter().any(|schema| schema["type"] == "null");
    let mut kinds: Vec<String> = either
        .iter()
        .filter(|schema| schema["type"] != "null")
        .map(|schema| kind(schema).0)
        .collect();
    kinds.sort();
    (kinds.join(" or "), null)
}

fn named(schema: &Value) -> (String, bool) {
    let names: Vec<&str> = match &schema["type"] {
        Value::String(name) => vec![name],
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        _ => return ("anything".to_owned(), true),
    };
    let null = names.contains(&"null");
    let name = names.into_iter().find(|name| *name != "null").unwrap_or("null");
    let kind = match name {
        "array" => format!("array of {}", kind(&schema["items"]).0),
        "object" if schema["properties"].is_object() => "object".to_owned(),
        "object" if schema["additionalProperties"].is_object() => {
            format!("map of {}", kind(&schema["additionalProperties"]).0)
        }
        "object" => "map of anything".to_owned(),
        "string" if schema["format"] == "date-time" => "date-time".to_owned(),
        "integer" => format!("integer ({})", schema["format"].as_str().unwrap_or("any size")),
        other => other.to_owned(),
    };
    (kind, null)
}

mod the_comparison {
    use super::*;

    fn specified() -> Value {
        json!({"type": "object", "required": ["Id"], "properties": {
            "Id": {"type": "integer", "format": "int64"},
            "Name": {"type": "string", "nullable": true},
            "Part": {"allOf": [{"$ref": "#/components/schemas/Part"}], "nullable": true},
            "Flag": {"type": "boolean"},
            "Extra": {"description": "anything"}
        }})
    }

    fn in_code() -> Value {
        json!({"type": "object", "required": ["Id"], "properties": {
            "Id": {"type": "integer", "format": "int64"},
            "Name": {"type": ["string", "null"]},
            "Part": {"anyOf": [{"$ref": "#/$defs/Part"}, {"type": "null"}]},
            "Flag": {"type": ["boolean", "null"]},
            "Extra": true
        }})
    }

    fn drift_with(read: Value, write: Value, specified: &Value) -> Vec<String> {
        let code = Code {
            name: "Thing",
            read,
            write,
        };
        drift(&code, specified)
    }

    /// The drift after one change to the specification, the code as it is.
    fn after(change: impl Fn(&mut Value)) -> Vec<String> {
        let mut specified = specified();
        change(&mut specified);
        drift_with(in_code(), in_code(), &specified)
    }

    #[test]
    fn finds_nothing_where_both_say_the_same() {
        assert_eq!(after(|_| {}), Vec::<String>::new());
    }

    #[test]
    fn names_a_property_that_is_missing_on_either_side() {
        assert_eq!(
            after(|schema| schema["properties"]["New"] = json!({"type": "string"})),
            ["Thing.New: the property is there in the specification and missing in the code"]
        );
        assert_eq!(
            after(|schema| {
                schema["properties"].as_object_mut().unwrap().remove("Flag");
            }),
            ["Thing.Flag: the property is missing in the specification and there in the code"]
        );
    }

    #[test]
    fn names_a_property_of_another_type() {
        for (property, schema, seen) in [
            ("Id", json!({"type": "string"}), "string"),
            ("Id", json!({"type": "integer", "format": "int32"}), "integer (int32)"),
            (
                "Name",
                json!({"type": "string", "format": "date-time", "nullable": true}),
                "date-time",
            ),
            (
                "Name",
                json!({"type": "string", "enum": ["a"], "nullable": true}),
                "one of \"a\"",
            ),
            (
                "Part",
                json!({"allOf": [{"$ref": "#/components/schemas/Other"}], "nullable": true}),
                "Other",
            ),
            (
                "Name",
                json!({"type": "array", "items": {"type": "number"}, "nullable": true}),
                "array of number",
            ),
        ] {
            let found = after(|specified| specified["properties"][property] = schema.clone());
            assert!(
                found
                    .iter()
                    .all(|line| line.starts_with(&format!("Thing.{property}: the type is {seen} "))),
                "{found:#?}"
            );
            assert!(!found.is_empty());
        }
    }

    #[test]
    fn names_a_property_that_is_required_on_one_side_only() {
        let found = after(|schema| schema["required"] = json!(["Id", "Name"]));
        assert!(
            found[0].starts_with("Thing.Name: it is required in the specification and optional"),
            "{found:#?}"
        );
        let found = after(|schema| schema["required"] = json!([]));
        assert!(
            found[0].starts_with("Thing.Id: it is optional in the specification and required"),
            "{found:#?}"
        );
    }

    #[test]
    fn names_a_property_that_is_nullable_on_one_side_only() {
        let found = after(|schema| schema["properties"]["Id"]["nullable"] = json!(true));
        assert_eq!(
            found,
            ["Thing.Id: it is nullable in the specification and not nullable in the code"]
        );

        let mut code = in_code();
        code["properties"]["Id"]["type"] = json!(["integer", "null"]);
        let found = drift_with(code.clone(), code, &specified());
        assert_eq!(
            found,
            ["Thing.Id: it is not nullable in the specification and nullable in the code"]
        );
    }

    #[test]
    fn names_an_optional_property_that_would_be_written_as_null() {
        let mut write = in_code();
        write["required"] = json!(["Id", "Flag"]);
        let found = drift_with(in_code(), write, &specified());
        assert_eq!(
            found,
            ["Thing.Flag: it is optional in the specification and required in the code"]
        );
    }

    #[test]
    fn tells_how_unknown_members_are_treated() {
        let found = after(|schema| schema["additionalProperties"] = json!(false));
        assert_eq!(
            found,
            ["Thing: an unknown member is refused in the specification and ignored in the code"]
        );
        let found = after(|schema| schema["additionalProperties"] = json!(true));
        assert_eq!(
            found,
            ["Thing: an unknown member is kept in the specification and ignored in the code"]
        );
    }

    #[test]
    fn compares_types_that_are_no_objects() {
        let found = drift_with(
            json!({"type": "string", "enum": ["A", "B"]}),
            json!({"type": "string", "enum": ["A", "B"]}),
            &json!({"type": "string", "enum": ["A", "C"]}),
        );
        assert_eq!(
            found,
            ["Thing: the type is one of \"A\", \"C\" in the specification and one of \"A\", \"B\" in the code"]
        );
    }
}
