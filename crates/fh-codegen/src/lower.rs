//! What the generator should see of a normalised document: the shapes, not the limits.
//!
//! With a length or a pattern on a string the generator writes a wrapper type whose constructor checks it. Here the
//! checks belong to preflight, which can explain them, so the wire types stay plain. The document itself keeps them, for
//! the simulator and for readers.

use serde_json::Value;

use crate::{Result, schema};

const LIMITS: [&str; 12] = [
    "minLength",
    "maxLength",
    "pattern",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minItems",
    "maxItems",
    "uniqueItems",
    "example",
];

/// Removes limits, examples and this project's own extensions from every schema.
///
/// # Errors
///
/// None today; the walk's signature allows them.
pub fn lower(document: &Value) -> Result<Value> {
    let mut document = document.clone();
    schema::visit_all(&mut document, &mut |_, node| {
        if let Some(map) = node.as_object_mut() {
            map.retain(|name, _| !LIMITS.contains(&name.as_str()) && !name.starts_with("x-fh-"));
        }
        Ok(())
    })?;
    Ok(document)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn limits_go_and_shapes_stay() {
        let document = json!({"components": {"schemas": {"S": {
            "type": "object", "additionalProperties": false, "required": ["pattern"],
            "properties": {"pattern": {"type": "string", "pattern": "x", "maxLength": 3, "x-fh-evidence": "docs",
                "nullable": true, "x-rust-type": {"crate": "c"}}}
        }}}});
        assert_eq!(
            lower(&document).unwrap(),
            json!({"components": {"schemas": {"S": {
                "type": "object", "additionalProperties": false, "required": ["pattern"],
                "properties": {"pattern": {"type": "string", "nullable": true, "x-rust-type": {"crate": "c"}}}
            }}}})
        );
    }
}
