//! The generator proper: a normalised document in, the source of the client out.

use progenitor_impl::{CrateVers, GenerationSettings, Generator, HooksMode, InterfaceStyle, TypePatch, UnknownPolicy};
use serde_json::Value;

use crate::lower::lower;
use crate::{Error, Result, schema};

/// The state that the generated client hands to its hooks: whoever signs.
const INNER: &str = "::std::sync::Arc<::fh_auth::Signer>";

/// Generates the client for a normalised document, formatted.
///
/// * Types that only answers hold are `#[non_exhaustive]`: the vendor may add a member any day, and that must not break
///   callers. Types that requests hold are exhaustive on purpose: the one crate that fills them in should fail to
///   compile when a field comes or goes.
/// * The client does not compile without an implementation of `ClientHooks`, so none can forget to sign.
/// * The constructor that makes its own HTTP client is left out: it would follow redirects and give up after 15 s.
///
/// # Errors
///
/// [`Error::Generator`] when the document is not OpenAPI 3.0 or holds what the generator refuses.
pub fn generate(document: &Value) -> Result<String> {
    let spec: openapiv3::OpenAPI = serde_json::from_value(lower(document)?)
        .map_err(|error| Error::Generator(format!("this is not OpenAPI 3.0: {error}")))?;
    let tokens = Generator::new(&settings(document)?)
        .generate_tokens(&spec)
        .map_err(|error| Error::Generator(error.to_string()))?;
    let mut file: syn::File =
        syn::parse2(tokens).map_err(|error| Error::Generator(format!("the output is not Rust: {error}")))?;
    drop_own_constructor(&mut file);
    Ok(prettyplease::unparse(&file))
}

fn settings(document: &Value) -> Result<GenerationSettings> {
    let inner = INNER
        .parse()
        .map_err(|_| Error::Generator(format!("`{INNER}` is not a type")))?;
    let mut settings = GenerationSettings::new();
    settings
        .with_interface(InterfaceStyle::Positional)
        .with_hooks(HooksMode::Expected)
        .with_inner_type(inner)
        .with_map_type("::std::collections::BTreeMap")
        .with_derive("PartialEq")
        .with_crate("fh-types", CrateVers::Any, None)
        .with_unknown_crates(UnknownPolicy::Deny);
    let requests = schema::in_requests(document);
    for name in schema::component_names(document) {
        let mut patch = TypePatch::default();
        patch.with_attr(r#"#[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]"#);
        if !requests.contains(&name) {
            patch.with_attr("#[non_exhaustive]");
        }
        settings.with_patch(name, &patch);
    }
    Ok(settings)
}

fn drop_own_constructor(file: &mut syn::File) {
    for item in &mut file.items {
        if let syn::Item::Impl(block) = item
            && block.trait_.is_none()
        {
            block
                .items
                .retain(|item| !matches!(item, syn::ImplItem::Fn(function) if function.sig.ident == "new"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn document() -> Value {
        let json_of = |name: &str| json!({"content": {"application/json": {"schema": {"$ref": name}}}});
        json!({
            "openapi": "3.0.3",
            "info": {"title": "t", "version": "1"},
            "paths": {"/a": {"post": {
                "operationId": "send_a",
                "requestBody": json_of("#/components/schemas/Sent"),
                "responses": {
                    "200": {"description": "d", "content": json_of("#/components/schemas/Read")["content"]},
                    "4XX": {"description": "d", "content": json_of("#/components/schemas/Read")["content"]}
                }
            }}},
            "components": {"schemas": {
                "Sent": {"type": "object", "required": ["Sum"], "additionalProperties": false,
                    "properties": {"Sum": {"type": "number"}, "Name": {"type": "string", "maxLength": 3}}},
                "Read": {"type": "object", "properties": {"Sum": {"type": "number", "nullable": true, "minimum": 0}}}
            }}
        })
    }

    fn generated() -> String {
        generate(&crate::normalise(&document()).unwrap()).unwrap()
    }

    /// The attributes and the head of a type.
    fn head<'s>(source: &'s str, name: &str) -> &'s str {
        let end = source.find(&format!("pub struct {name} {{")).unwrap();
        let start = source[..end].rfind("///").unwrap();
        &source[start..end]
    }

    #[test]
    fn what_is_read_may_grow_and_what_is_sent_may_not() {
        let source = generated();
        assert!(head(&source, "Read").contains("#[non_exhaustive]"));
        assert!(!head(&source, "Sent").contains("#[non_exhaustive]"));
        assert!(head(&source, "Sent").contains("deny_unknown_fields"));
    }

    #[test]
    fn numbers_are_amounts_and_strings_are_strings() {
        let source = generated();
        assert!(source.contains("pub sum: ::fh_types::Amount"));
        assert!(source.contains("pub sum: ::std::option::Option<::fh_types::Amount>"));
        assert!(source.contains("pub name: ::std::option::Option<::std::string::String>"));
        assert!(!source.contains("f64"));
    }

    #[test]
    fn hooks_are_expected_and_the_signer_is_within_their_reach() {
        let source = generated();
        assert!(source.contains("Client: ClientHooks<::std::sync::Arc<::fh_auth::Signer>>"));
        assert!(!source.contains("ClientHooks<::std::sync::Arc<::fh_auth::Signer>> for &Client"));
    }

    #[test]
    fn names_that_an_address_cannot_hold_become_types() {
        let mut document = document();
        document["components"]["schemas"]["Z-Report Summary"] =
            json!({"type": "object", "properties": {"day": {"type": "integer"}}});
        document["components"]["schemas"]["Read"]["properties"]["Summary"] =
            json!({"$ref": "#/components/schemas/Z-Report%20Summary"});
        let source = generate(&crate::normalise(&document).unwrap()).unwrap();
        assert!(source.contains("pub struct ZReportSummary {"), "{source}");
        assert!(
            source.contains("pub summary: ::std::option::Option<ZReportSummary>"),
            "{source}"
        );
    }

    #[test]
    fn what_is_not_openapi_is_refused() {
        let error = generate(&json!({"openapi": "3.0.3"})).unwrap_err().to_string();
        assert!(error.contains("not OpenAPI 3.0"), "{error}");
    }
}
