use serde_json::{Value, json};

use super::*;

/// The least that the facade handles by hand, with what a test puts beside it.
fn specification(change: impl FnOnce(&mut Value)) -> Value {
    let mut schemas = json!({});
    for part in &PARTS {
        let mut schema = json!({"description": format!("About {}.", part.schema)});
        if part.made == Made::Word {
            schema["enum"] = json!(["Cash", "Card"]);
        } else {
            schema["type"] = json!("object");
            schema["additionalProperties"] = json!(false);
            schema["required"] = json!(part.by_hand);
            for field in part.by_hand {
                schema["properties"][field] = json!({"type": "string", "description": "By hand."});
            }
        }
        schemas[part.schema] = schema;
    }
    change(&mut schemas);
    json!({"paths": {}, "components": {"schemas": schemas}})
}

fn due_date() -> Value {
    json!({"type": "string", "format": "date-time", "description": "When it is due.", "x-fh-evidence": "docs",
        "x-rust-type": {"crate": "fh-types", "version": "*", "path": "fh_types::CatDateTime"}})
}

/// The text of one macro.
fn macro_of<'s>(source: &'s str, name: &str) -> &'s str {
    let start = source.find(&format!("macro_rules! {name} {{")).unwrap();
    let end = source[start..].find("\n}\n").unwrap();
    &source[start..start + end]
}

#[test]
fn an_optional_field_is_set_kept_frozen_and_read_without_a_hand() {
    let source = documents(&specification(|schemas| {
        schemas["Invoice"]["properties"]["DueDate"] = due_date()
    }))
    .unwrap();
    let optional = "due_date: ::std::option::Option<::fh_types::CatDateTime>";
    let types = macro_of(&source, "document_types");
    assert!(types.contains(&format!("pub(crate) {optional}")));
    assert!(types.contains("rename = \"DueDate\", skip_serializing_if"));
    assert!(types.contains("pub fn due_date(&self) -> ::std::option::Option<::fh_types::CatDateTime>"));
    assert!(types.contains("#[doc = \"When it is due.\"]"));
    assert!(macro_of(&source, "invoice_builder").contains(optional));
    assert!(macro_of(&source, "new_invoice").contains("due_date: $parts.due_date"));
    assert!(!macro_of(&source, "credit_note_builder").contains("due_date"));
    syn::parse_file(&source).unwrap();
}

#[test]
fn a_mandatory_field_is_demanded_by_the_builder() {
    let source = documents(&specification(|schemas| {
        schemas["Invoice"]["properties"]["DueDate"] = due_date();
        schemas["Invoice"]["required"]
            .as_array_mut()
            .unwrap()
            .push(json!("DueDate"));
    }))
    .unwrap();
    assert!(macro_of(&source, "invoice_builder").contains("due_date: ::fh_types::CatDateTime,"));
}

#[test]
fn what_nobody_would_give_is_an_error_of_the_compiler_that_says_who_must() {
    let source = documents(&specification(|schemas| {
        for schema in ["CreditNote", "BuyerContact"] {
            schemas[schema]["properties"]["DueDate"] = due_date();
            schemas[schema]["required"]
                .as_array_mut()
                .unwrap()
                .push(json!("DueDate"));
        }
    }))
    .unwrap();
    for (name, who) in [
        ("credit_all", "CreditNote::for_all_of"),
        ("new_buyer", "the constructors of Buyer"),
    ] {
        let text = macro_of(&source, name);
        assert!(
            text.contains("compile_error!(\"DueDate is mandatory now: ") && text.contains(who),
            "{text}"
        );
    }
}

#[test]
fn a_credit_note_takes_over_what_it_shares_with_its_invoice() {
    let source = documents(&specification(|schemas| {
        for schema in ["CreditNote", "Invoice"] {
            schemas[schema]["properties"]["Shop"] = json!({"type": "string"});
        }
        schemas["CreditNote"]["properties"]["Clerk"] = json!({"type": "string"});
    }))
    .unwrap();
    let text = macro_of(&source, "credit_all");
    assert!(text.contains("shop: ::std::clone::Clone::clone(&$invoice.shop)"));
    assert!(text.contains("clerk: ::std::option::Option::None"));
}

#[test]
fn a_field_by_hand_that_is_gone_and_a_schema_that_is_unknown_are_named() {
    let gone = documents(&specification(|schemas| {
        schemas["Invoice"]["properties"]
            .as_object_mut()
            .unwrap()
            .remove("Total");
    }));
    let error = gone.unwrap_err().to_string();
    assert!(
        error.contains("/components/schemas/Invoice") && error.contains("`Total`"),
        "{error}"
    );
    let unknown = documents(&specification(|schemas| {
        schemas["Invoice"]["properties"]["Terms"] = json!({"$ref": "#/components/schemas/Terms"});
    }));
    let error = unknown.unwrap_err().to_string();
    assert!(
        error.contains("Invoice/properties/Terms") && error.contains("PARTS"),
        "{error}"
    );
}

#[test]
fn schemas_for_others_have_the_new_field_and_no_limits() {
    let specification = specification(|schemas| {
        schemas["Invoice"]["properties"]["DueDate"] = due_date();
        schemas["Invoice"]["properties"]["Method"] = json!({"$ref": "#/components/schemas/PaymentMethodType"});
        schemas["Invoice"]["properties"]["Shop"] = json!({"type": "string", "maxLength": 3});
    });
    let schema: Value = serde_json::from_str(&json_schema(&specification, "Invoice").unwrap()).unwrap();
    assert_eq!(
        schema["properties"]["DueDate"],
        json!({"description": "When it is due.", "type": ["string", "null"], "format": "date-time"})
    );
    assert_eq!(schema["properties"]["Shop"], json!({"type": ["string", "null"]}));
    assert_eq!(schema["$defs"]["PaymentMethodType"]["enum"], json!(["Cash", "Card"]));
    assert_eq!(schema["title"], "Invoice");
    let all = openapi_schemas(&specification).unwrap();
    let (_, invoice) = all.iter().find(|(name, _)| *name == "Invoice").unwrap();
    assert_eq!(
        invoice["properties"]["DueDate"],
        json!({"description": "When it is due.", "type": "string", "format": "date-time", "nullable": true})
    );
}
