//! The macros, as text.

use std::fmt::Write;

use super::fields::{Described, Field, Kind};
use super::parts::{Made, PARTS};

/// Every macro, in the order of [`PARTS`].
pub(super) fn write(parts: &[Described], out: &mut String) {
    types(parts, out);
    for described in parts {
        match described.part.made {
            Made::Document | Made::Line => {
                builder(described, out);
                literal(described, out);
            }
            Made::Piece => piece(described, out),
            Made::Word => {}
        }
    }
    let named = |name: &str| parts.iter().find(|described| described.part.name == name);
    if let (Some(invoice), Some(credit_note)) = (named("Invoice"), named("CreditNote")) {
        credit_all(invoice, credit_note, out);
    }
}

const HEAD: &str = "#[doc(hidden)]\n#[macro_export]\nmacro_rules!";

fn types(parts: &[Described], out: &mut String) {
    put(out, 0, &format!("{HEAD} document_types {{"));
    put(out, 1, "() => {");
    for described in parts {
        match described.part.made {
            Made::Word => word(described, out),
            Made::Document | Made::Line | Made::Piece => {
                object(described, out);
                methods(described, out);
            }
        }
    }
    put(out, 1, "};");
    put(out, 0, "}\n");
}

fn object(described: &Described, out: &mut String) {
    let Described { part, fields, .. } = described;
    let visible = if part.made == Made::Document {
        "pub(crate)"
    } else {
        "pub"
    };
    put(out, 2, &doc(&described.description));
    put(
        out,
        2,
        "#[derive(Debug, Clone, PartialEq, ::serde::Serialize, ::serde::Deserialize)]",
    );
    put(
        out,
        2,
        "#[cfg_attr(feature = \"schemars\", derive(::schemars::JsonSchema))]",
    );
    if part.name != part.schema {
        put(
            out,
            2,
            &format!(
                "#[cfg_attr(feature = \"schemars\", schemars(rename = {:?}))]",
                part.schema
            ),
        );
    }
    put(out, 2, "#[serde(deny_unknown_fields)]");
    put(out, 2, "#[non_exhaustive]");
    put(out, 2, &format!("pub struct {} {{", part.name));
    for field in fields {
        put(out, 3, &doc(&field.description));
        let skipped = if field.optional && !field.mandatory {
            ", skip_serializing_if = \"::std::option::Option::is_none\""
        } else {
            ""
        };
        put(out, 3, &format!("#[serde(rename = {:?}{skipped})]", field.wire));
        put(out, 3, &format!("{visible} {}: {},", field.rust, full_type(field)));
    }
    put(
        out,
        3,
        &doc("Fields that the specification does not know, given on purpose; they follow the others onto the wire."),
    );
    put(out, 3, "#[serde(flatten, skip_deserializing)]");
    put(out, 3, "#[cfg_attr(feature = \"schemars\", schemars(skip))]");
    put(out, 3, &format!("{visible} extra: {EXTRA},"));
    put(out, 2, "}");
}

const EXTRA: &str = "::serde_json::Map<::std::string::String, ::serde_json::Value>";

fn methods(described: &Described, out: &mut String) {
    let Described { part, fields, .. } = described;
    put(out, 2, &format!("impl {} {{", part.name));
    let names: Vec<String> = fields.iter().map(|field| format!("{:?}", field.wire)).collect();
    put(out, 3, "/// The names that the specification knows here.");
    put(
        out,
        3,
        &format!(
            "pub(crate) const NAMES: &'static [&'static str] = &[{}];",
            names.join(", ")
        ),
    );
    for field in described.plain() {
        match part.made {
            Made::Document => getter(field, out),
            Made::Piece if field.optional => setter(field, out),
            Made::Piece | Made::Line | Made::Word => {}
        }
    }
    put(out, 2, "}");
}

fn getter(field: &Field, out: &mut String) {
    let Field {
        rust, kind, optional, ..
    } = field;
    let (read, value) = match (kind, optional) {
        (Kind::Text, true) => (
            "::std::option::Option<&str>".to_owned(),
            format!("self.{rust}.as_deref()"),
        ),
        (Kind::Text, false) => ("&str".to_owned(), format!("&self.{rust}")),
        (Kind::Copied(_), _) => (full_type(field), format!("self.{rust}")),
        (Kind::Owned(path), true) => (
            format!("::std::option::Option<&{path}>"),
            format!("self.{rust}.as_ref()"),
        ),
        (Kind::Owned(path), false) => (format!("&{path}"), format!("&self.{rust}")),
    };
    put(out, 3, &doc(&field.description));
    put(out, 3, "#[must_use]");
    put(out, 3, &format!("pub fn {rust}(&self) -> {read} {{ {value} }}"));
}

fn setter(field: &Field, out: &mut String) {
    let rust = &field.rust;
    let (given, value) = match &field.kind {
        Kind::Text => (
            "impl ::std::convert::Into<::std::string::String>".to_owned(),
            format!("{rust}.into()"),
        ),
        Kind::Copied(path) | Kind::Owned(path) => (path.clone(), rust.clone()),
    };
    put(out, 3, &doc(&field.description));
    put(out, 3, "#[must_use]");
    put(out, 3, &format!("pub fn {rust}(mut self, {rust}: {given}) -> Self {{"));
    put(out, 4, &format!("self.{rust} = ::std::option::Option::Some({value});"));
    put(out, 4, "self");
    put(out, 3, "}");
}

fn word(described: &Described, out: &mut String) {
    let name = described.part.name;
    put(out, 2, &doc(&described.description));
    put(
        out,
        2,
        "#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::serde::Serialize, ::serde::Deserialize)]",
    );
    put(
        out,
        2,
        "#[cfg_attr(feature = \"schemars\", derive(::schemars::JsonSchema))]",
    );
    if name != described.part.schema {
        put(
            out,
            2,
            &format!(
                "#[cfg_attr(feature = \"schemars\", schemars(rename = {:?}))]",
                described.part.schema
            ),
        );
    }
    put(out, 2, "#[non_exhaustive]");
    put(out, 2, &format!("pub enum {name} {{"));
    for word in &described.words {
        put(
            out,
            3,
            "#[allow(missing_docs, reason = \"the specification has the word alone\")]",
        );
        put(out, 3, &format!("{word},"));
    }
    put(out, 2, "}");
    put(out, 2, &format!("impl {name} {{"));
    put(out, 3, "/// Every one, in the order of the specification.");
    let all: Vec<String> = described.words.iter().map(|word| format!("Self::{word}")).collect();
    put(
        out,
        3,
        &format!("pub const ALL: &'static [Self] = &[{}];", all.join(", ")),
    );
    put(out, 3, "/// Its word on the wire.");
    put(out, 3, "#[must_use]");
    put(out, 3, "pub fn name(self) -> &'static str {");
    put(out, 4, "match self {");
    for word in &described.words {
        put(out, 5, &format!("Self::{word} => {word:?},"));
    }
    put(out, 4, "}");
    put(out, 3, "}");
    put(out, 2, "}");
}

/// The head of a struct and its members by hand, to which the plain ones are added.
fn builder(described: &Described, out: &mut String) {
    let name = match described.part.made {
        Made::Line => "line".to_owned(),
        _ => snake(described.part.name),
    };
    put(out, 0, &format!("{HEAD} {name}_builder {{"));
    put(out, 1, "({ $($head:tt)* } { $($by_hand:tt)* }) => {");
    put(out, 2, "$($head)* {");
    put(out, 3, "$($by_hand)*");
    for field in described.plain() {
        put(out, 3, &doc(&field.description));
        if field.kind == Kind::Text {
            put(out, 3, "#[builder(into)]");
        }
        put(out, 3, &format!("{}: {},", field.rust, full_type(field)));
    }
    put(out, 2, "}");
    put(out, 1, "};");
    put(out, 0, "}\n");
}

/// A literal of the fields by hand, completed with the plain ones of the builder's parts.
fn literal(described: &Described, out: &mut String) {
    let name = described.part.name;
    put(out, 0, &format!("{HEAD} new_{} {{", snake(name)));
    put(out, 1, "($parts:ident; $($by_hand:tt)*) => {");
    put(out, 2, &format!("{name} {{"));
    put(out, 3, "$($by_hand)*");
    for Field { rust, .. } in described.plain() {
        put(out, 3, &format!("{rust}: $parts.{rust},"));
    }
    put(out, 3, "extra: $parts.extra,");
    put(out, 2, "}");
    put(out, 1, "};");
    put(out, 0, "}\n");
}

/// A literal of the fields by hand, completed with plain ones that are not given yet.
fn piece(described: &Described, out: &mut String) {
    let name = described.part.name;
    put(out, 0, &format!("{HEAD} new_{} {{", snake(name)));
    put(out, 1, "($($by_hand:tt)*) => {");
    put(out, 2, &format!("{name} {{"));
    put(out, 3, "$($by_hand)*");
    for field in described.plain() {
        let value = if field.optional {
            "::std::option::Option::None".to_owned()
        } else {
            demanded(&format!("the constructors of {name}"), field)
        };
        put(out, 3, &format!("{}: {value},", field.rust));
    }
    put(out, 3, "extra: ::std::default::Default::default(),");
    put(out, 2, "}");
    put(out, 1, "};");
    put(out, 0, "}\n");
}

/// A credit note of a whole invoice: what both have is the invoice's.
fn credit_all(invoice: &Described, credit_note: &Described, out: &mut String) {
    put(out, 0, &format!("{HEAD} credit_all {{"));
    put(out, 1, "($invoice:expr; $($by_hand:tt)*) => {");
    put(out, 2, "CreditNote {");
    put(out, 3, "$($by_hand)*");
    for field in credit_note.plain() {
        let rust = &field.rust;
        let twin = invoice
            .fields
            .iter()
            .find(|twin| twin.wire == field.wire && twin.kind == field.kind && (field.optional || !twin.optional));
        let value = match (twin, &field.kind) {
            (Some(twin), _) if field.optional && !twin.optional => {
                format!("::std::option::Option::Some(::std::clone::Clone::clone(&$invoice.{rust}))")
            }
            (Some(_), Kind::Copied(_)) => format!("$invoice.{rust}"),
            (Some(_), _) => format!("::std::clone::Clone::clone(&$invoice.{rust})"),
            (None, _) if field.optional => "::std::option::Option::None".to_owned(),
            (None, _) => demanded("CreditNote::for_all_of and CreditNote::for_part_of", field),
        };
        put(out, 3, &format!("{rust}: {value},"));
    }
    put(out, 3, "extra: ::std::default::Default::default(),");
    put(out, 2, "}");
    put(out, 1, "};");
    put(out, 0, "}\n");
}

/// A mandatory field that nobody gives: the compiler says who must.
fn demanded(who: &str, field: &Field) -> String {
    let said = format!(
        "{} is mandatory now: {who} must take it; handle it by hand there and name it in fh_codegen::documents::PARTS",
        field.wire
    );
    format!("::std::compile_error!({said:?})")
}

fn full_type(field: &Field) -> String {
    let path = field.kind.path();
    if field.optional {
        format!("::std::option::Option<{path}>")
    } else {
        path.to_owned()
    }
}

fn doc(text: &str) -> String {
    format!("#[doc = {text:?}]")
}

/// A type's name as part of a macro's.
fn snake(name: &str) -> String {
    debug_assert!(PARTS.iter().any(|part| part.name == name));
    let mut written = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !written.is_empty() {
            written.push('_');
        }
        written.push(c.to_ascii_lowercase());
    }
    written
}

fn put(out: &mut String, depth: usize, line: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{:indent$}{line}", "", indent = 4 * depth);
}
