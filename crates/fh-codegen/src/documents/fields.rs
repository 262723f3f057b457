//! What the specification says of a part of a document.

use serde_json::Value;

use super::parts::{Made, PARTS, Part, part};
use crate::names::snake_case;
use crate::{Error, Result, reference};

/// A part with what its schema says.
pub(super) struct Described {
    pub(super) part: &'static Part,
    pub(super) description: String,
    /// In the order of their names, as they go onto the wire.
    pub(super) fields: Vec<Field>,
    /// The words of a [`Made::Word`].
    pub(super) words: Vec<String>,
}

impl Described {
    pub(super) fn plain(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| !field.by_hand)
    }
}

/// One field.
#[derive(Clone, PartialEq)]
pub(super) struct Field {
    pub(super) wire: String,
    pub(super) rust: String,
    pub(super) kind: Kind,
    /// It stands in `required`.
    pub(super) mandatory: bool,
    /// Rust has it as an `Option`.
    pub(super) optional: bool,
    pub(super) description: String,
    pub(super) by_hand: bool,
}

/// The type of a field, apart from whether it may be missing.
#[derive(Clone, PartialEq)]
pub(super) enum Kind {
    Text,
    /// A type that is copied, by its path.
    Copied(String),
    /// Any other, by its path.
    Owned(String),
}

impl Kind {
    pub(super) fn path(&self) -> &str {
        match self {
            Self::Text => "::std::string::String",
            Self::Copied(path) | Self::Owned(path) => path,
        }
    }
}

pub(super) fn read(document: &Value, part: &'static Part) -> Result<Described> {
    let pointer = format!("/components/schemas/{}", part.schema);
    let schema = document
        .pointer(&pointer)
        .ok_or_else(|| Error::at(&pointer, "documents are made of this schema, and it is gone"))?;
    let mut fields = Vec::new();
    if let Some(Value::Object(properties)) = schema.get("properties") {
        let mut properties: Vec<_> = properties.iter().collect();
        properties.sort_by_key(|(name, _)| *name);
        for (name, property) in properties {
            let mandatory = schema["required"]
                .as_array()
                .is_some_and(|required| required.iter().any(|required| required == name.as_str()));
            fields.push(Field {
                wire: name.clone(),
                rust: field_name(name),
                kind: kind(property, &format!("{pointer}/properties/{name}"))?,
                mandatory,
                optional: !mandatory || property["nullable"] == true,
                description: match description(property) {
                    silent if silent.is_empty() => {
                        format!("`{name}`: the vendor's documentation gives the name and no word about it.")
                    }
                    said => said,
                },
                by_hand: part.by_hand.contains(&name.as_str()),
            });
        }
    }
    for name in part.by_hand {
        if !fields.iter().any(|field| field.wire == *name) {
            let problem =
                format!("the facade handles `{name}` by hand, and it is gone: take it out there and out of PARTS");
            return Err(Error::at(&pointer, problem));
        }
    }
    let words: Vec<String> = schema["enum"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|word| word.as_str().map(str::to_owned))
        .collect();
    if let Some(word) = words.iter().find(|word| syn::parse_str::<syn::Ident>(word).is_err()) {
        return Err(Error::at(&pointer, format!("`{word}` is no name that Rust can have")));
    }
    if (part.made == Made::Word) == words.is_empty() {
        return Err(Error::at(
            &pointer,
            "PARTS says otherwise of whether this is a list of words",
        ));
    }
    Ok(Described {
        part,
        description: description(schema),
        fields,
        words,
    })
}

fn description(schema: &Value) -> String {
    schema["description"].as_str().unwrap_or_default().to_owned()
}

fn kind(schema: &Value, pointer: &str) -> Result<Kind> {
    if let Some(path) = schema.pointer("/x-rust-type/path").and_then(Value::as_str) {
        return Ok(Kind::Copied(format!("::{path}")));
    }
    let reference = schema["$ref"]
        .as_str()
        .or_else(|| match schema["allOf"].as_array()?.as_slice() {
            [one] => one["$ref"].as_str(),
            _ => None,
        });
    if let Some(reference) = reference {
        let name = &reference::name(reference);
        return match part(name) {
            Some(part) if part.made == Made::Word => Ok(Kind::Copied(part.name.to_owned())),
            Some(part) => Ok(Kind::Owned(part.name.to_owned())),
            None => {
                let known: Vec<&str> = PARTS.iter().map(|part| part.schema).collect();
                let problem = format!(
                    "documents do not know the schema {name}: add it to PARTS beside {}",
                    known.join(", ")
                );
                Err(Error::at(pointer, problem))
            }
        };
    }
    Ok(match schema["type"].as_str() {
        Some("string") => Kind::Text,
        Some("boolean") => Kind::Copied("bool".to_owned()),
        Some("integer") => Kind::Copied("i64".to_owned()),
        Some("array") => {
            let items = kind(&schema["items"], &format!("{pointer}/items"))?;
            Kind::Owned(format!("::std::vec::Vec<{}>", items.path()))
        }
        Some("number") => return Err(Error::at(pointer, "a number that is no exact amount")),
        _ => Kind::Owned("::serde_json::Value".to_owned()),
    })
}

/// The field's name in Rust.
fn field_name(name: &str) -> String {
    let mut written = snake_case(name);
    // Keywords, and what every document has already.
    const TAKEN: [&str; 12] = [
        "type", "ref", "use", "self", "for", "in", "where", "match", "move", "extra", "build", "mod",
    ];
    if TAKEN.contains(&written.as_str()) {
        written.push('_');
    }
    written
}

#[cfg(test)]
mod tests {
    use super::field_name;

    #[test]
    fn names_are_written_as_the_client_writes_them() {
        for (wire, rust) in [
            ("HouseNo", "house_no"),
            ("taxPayerTIN", "tax_payer_tin"),
            ("QRUrl", "qr_url"),
            ("Type", "type_"),
            ("DueDate", "due_date"),
            ("x-y", "x_y"),
        ] {
            assert_eq!(field_name(wire), rust);
        }
    }
}
