//! What published integrations send although the OpenAPI document forbids it: each has a switch of its own.

use serde_json::{Map, Value, json};

use crate::{Leniency, Options};

/// Opens or closes the schemas of the components for each such value.
pub(crate) fn apply(components: &mut Map<String, Value>, options: &Options) {
    let empty = json!({ "enum": [""] });
    let six_digits = json!({ "type": "string", "pattern": "^[0-9]{6}$" });
    let ten_digits = json!({ "type": "string", "pattern": "^[0-9]{9,10}$" });
    for (component, property, matching, leniency) in [
        ("BuyerContact", "Tin", &empty, options.empty_tin),
        ("BuyerContact", "VatNumber", &empty, options.empty_tin),
        ("CreditNote", "Reference", &empty, options.empty_reference),
        ("CreditNote", "OriginalInvoiceId", &empty, options.empty_original),
        ("LineItem", "ProductCode", &empty, options.empty_hs_code),
        ("LineItem", "ProductCode", &six_digits, options.six_digit_hs_code),
        ("LineItem", "ProductCode", &ten_digits, options.ten_digit_hs_code),
    ] {
        let properties = components
            .get_mut(component)
            .and_then(|schema| schema.get_mut("properties"));
        if let Some(schema) = properties.and_then(|properties| properties.get_mut(property)) {
            *schema = with(schema, matching, leniency);
        }
    }
    if options.empty_buyer != Leniency::FormError
        && let Some(buyer) = components.get_mut("BuyerContact")
    {
        *buyer = with(
            buyer,
            &json!({ "type": "object", "maxProperties": 0 }),
            options.empty_buyer,
        );
    }
    if let Some(address) = components.get_mut("Address") {
        *address = match options.incomplete_address {
            Leniency::FormError => json!({ "allOf": [address, complete(address)] }),
            Leniency::Taken | Leniency::Authority => loose(address),
        };
    }
}

/// A schema that takes what matches too, or certainly not.
fn with(schema: &Value, matching: &Value, leniency: Leniency) -> Value {
    match leniency {
        Leniency::FormError => json!({ "allOf": [schema, { "not": matching }] }),
        Leniency::Taken | Leniency::Authority => json!({ "anyOf": [matching, schema] }),
    }
}

fn names(schema: &Value) -> impl Iterator<Item = &String> {
    let properties = schema.get("properties").and_then(Value::as_object);
    properties.into_iter().flat_map(Map::keys)
}

/// All parts, and none of them empty, also where nothing else is bounded.
fn complete(address: &Value) -> Value {
    let filled = names(address).map(|name| (name.clone(), json!({ "minLength": 1 })));
    json!({ "properties": filled.collect::<Map<_, _>>(), "required": names(address).collect::<Vec<_>>() })
}

/// Any parts, empty or not.
fn loose(address: &Value) -> Value {
    let mut loose = address.clone();
    if let Some(schema) = loose.as_object_mut() {
        schema.remove("required");
    }
    let properties = loose.get_mut("properties").and_then(Value::as_object_mut);
    for part in properties.into_iter().flat_map(|properties| properties.values_mut()) {
        if let Some(part) = part.as_object_mut() {
            part.remove("minLength");
            part.insert("type".into(), json!(["string", "null"]));
        }
    }
    loose
}
