//! The judgement: one row per kind of change.
//!
//! Columns are the wire for requests and responses, then the Rust API for requests and responses. To change what the
//! project thinks of a change, change its row; the corpus in `tests/drift-corpus` says who notices.

use serde::{Serialize, Serializer};

use super::class::Class::{self, Additive as A, Breaking as B, Cosmetic as C, None as N};

/// A row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judgement {
    /// For what travels to the service.
    pub wire_request: Class,
    /// For what travels back.
    pub wire_response: Class,
    /// For users of the generated Rust, where the thing is sent.
    pub rust_request: Class,
    /// For users of the generated Rust, where the thing is received.
    pub rust_response: Class,
    /// The kind is about the document as a whole, so its wire class also holds outside any operation.
    pub about_document: bool,
    /// One sentence for people: why it is judged so.
    pub meaning: &'static str,
}

macro_rules! table {
    ($( $kind:ident $slug:literal [$wq:ident $wr:ident | $rq:ident $rr:ident] $scope:ident $meaning:literal; )*) => {
        /// A kind of change.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind { $( #[doc = $meaning] $kind, )* }

        impl Kind {
            /// Every kind, in the order of the table.
            pub const ALL: &'static [Kind] = &[$( Kind::$kind, )*];

            /// The stable name used in reports, in the corpus and in `drift-ack.toml`.
            pub const fn slug(self) -> &'static str {
                match self { $( Kind::$kind => $slug, )* }
            }

            /// The row of the table.
            pub const fn judgement(self) -> Judgement {
                match self { $( Kind::$kind => Judgement {
                    wire_request: $wq,
                    wire_response: $wr,
                    rust_request: $rq,
                    rust_response: $rr,
                    about_document: table!(@scope $scope),
                    meaning: $meaning,
                }, )* }
            }
        }
    };
    (@scope doc) => { true };
    (@scope use) => { false };
}

table! {
    // Operations.
    OperationAdded "operation-added" [A A | A A] doc "a new operation";
    OperationRemoved "operation-removed" [B B | B B] doc "the operation is gone: calls to it will fail";
    PathRenamed "path-renamed" [B B | N N] doc "the operation moved to another path: the old path may answer 404";
    MethodChanged "method-changed" [B B | N N] doc "the operation moved to another method";
    PathParameterRenamed "path-parameter-renamed" [N N | C C] doc "only the name inside the braces changed: positional arguments keep their place";
    OperationIdChanged "operation-id-changed" [N N | B B] doc "the generated method gets another name";
    OperationIdDerived "operation-id-derived" [N N | B B] doc "without an operation id the generated name follows the path or method, which changed";
    DeprecationChanged "deprecation-changed" [C C | C C] doc "announced as deprecated, or no longer";

    // Parameters and headers.
    ParameterAddedRequired "parameter-added-required" [B B | B B] use "calls without the new parameter will be refused";
    ParameterAddedOptional "parameter-added-optional" [A A | B B] use "optional on the wire; one more positional argument in Rust";
    ParameterRemoved "parameter-removed" [B B | B B] use "the service no longer says that it reads it";
    ParameterMoved "parameter-moved" [B B | B B] use "the same name travels in another place";
    ParameterNowRequired "parameter-now-required" [B B | B B] use "calls without it will be refused";
    ParameterNowOptional "parameter-now-optional" [A A | B B] use "may be left out; its Rust argument becomes an `Option`";
    ParameterStyleChanged "parameter-style-changed" [B B | C C] use "the same value is spelled differently on the wire";
    HeaderAddedRequired "header-added-required" [B A | B A] use "requests without the header will be refused; in an answer it is one more promise";
    HeaderAddedOptional "header-added-optional" [A A | A A] use "a header that may be sent, or may come";
    HeaderRemoved "header-removed" [B B | C C] use "the header is no longer documented";
    HeaderNowRequired "header-now-required" [B A | C C] use "requests without the header will be refused";
    HeaderNowOptional "header-now-optional" [A B | C C] use "the header may be left out";

    // Bodies and answers.
    BodyAddedRequired "body-added-required" [B B | B B] use "calls without a body will be refused";
    BodyAddedOptional "body-added-optional" [A A | B B] use "a body may be sent; one more argument in Rust";
    BodyRemoved "body-removed" [B B | B B] use "the operation no longer takes a body";
    BodyNowRequired "body-now-required" [B B | N N] use "calls without the body will be refused";
    BodyNowOptional "body-now-optional" [A A | N N] use "the body may be left out";
    MediaTypeAdded "media-type-added" [A B | A B] use "one more media type: a choice when sending, a surprise when receiving";
    MediaTypeRemoved "media-type-removed" [B A | B A] use "one media type fewer: it will be refused when sent, and no longer comes";
    MediaTypeChanged "media-type-changed" [B B | B B] use "the only media type became another";
    ContentAdded "content-added" [A A | B B] use "a body is now described where none was";
    ContentRemoved "content-removed" [B B | B B] use "the body is no longer described";
    SuccessStatusAdded "success-status-added" [B B | B B] use "old clients do not know this answer to be a success";
    SuccessStatusRemoved "success-status-removed" [B B | B B] use "the success that clients wait for is no longer documented";
    ErrorStatusAdded "error-status-added" [A A | A A] use "one more documented refusal";
    ErrorStatusRemoved "error-status-removed" [A A | A A] use "one documented refusal fewer";

    // Properties.
    PropertyAddedRequired "property-added-required" [B A | B A] use "bodies without it will be refused; in an answer it is one more value";
    PropertyAddedOptional "property-added-optional" [A A | A A] use "an optional value more";
    PropertyAddedToClosed "property-added-to-closed" [A B | A A] use "a strict reader of the old document refuses the new property";
    PropertyAddedToMap "property-added-to-map" [B B | A A] use "a name that was free so far now has a fixed meaning";
    PropertyRemoved "property-removed" [B B | B B] use "it is no longer read, or no longer comes";
    PropertyNowRequired "property-now-required" [B A | B B] use "bodies without it will be refused; its Rust type loses the `Option`";
    PropertyNowOptional "property-now-optional" [A B | B B] use "it may be missing; its Rust type becomes an `Option`";
    AdditionalForbidden "additional-properties-forbidden" [B A | A A] use "unknown properties will be refused";
    AdditionalAllowed "additional-properties-allowed" [A B | A A] use "unknown properties may come";
    AdditionalNarrowed "additional-properties-narrowed" [B A | B B] use "free-form properties must now match a schema";
    AdditionalWidened "additional-properties-widened" [A B | B B] use "free-form properties may now be anything";

    // Values.
    TypeChanged "type-changed" [B B | B B] use "another JSON type";
    TypeWidened "type-widened" [A B | B B] use "more JSON values than before: fine to send, unexpected to receive";
    TypeNarrowed "type-narrowed" [B A | B B] use "fewer JSON values than before: fine to receive, refused when sent";
    FormatChanged "format-changed" [B B | B B] use "the same JSON type, read in another way";
    FormatAdded "format-added" [B A | B B] use "a rule for the text or number where none was";
    FormatRemoved "format-removed" [A B | B B] use "the rule for the text or number is gone";
    NullableAdded "nullable-added" [A B | B B] use "null may be sent, and may come";
    NullableRemoved "nullable-removed" [B A | B B] use "null will be refused, and no longer comes";
    EnumValueAdded "enum-value-added" [A B | A A] use "a new value: fine to send, unknown to a closed reader";
    OpenEnumValueAdded "open-enum-value-added" [A A | A A] use "a new value of a set that our client reads as open";
    EnumValueRemoved "enum-value-removed" [B A | B B] use "the value will be refused; its Rust variant is gone";
    EnumAdded "enum-added" [B A | B B] use "only listed values from now on";
    EnumRemoved "enum-removed" [A B | B B] use "any value from now on";
    ConstraintTightened "constraint-tightened" [B A | N N] use "values that were fine will be refused";
    ConstraintLoosened "constraint-loosened" [A B | N N] use "values may come that were ruled out before";
    ConstraintChanged "constraint-changed" [B B | N N] use "a rule was replaced by another that cannot be compared with it";
    DefaultAdded "default-added" [A C | B B] use "leaving it out now has a documented meaning";
    DefaultRemoved "default-removed" [B C | B B] use "leaving it out no longer has a documented meaning";
    DefaultChanged "default-changed" [B C | A A] use "leaving it out silently means something else";
    ReadOnlyAdded "read-only-added" [B C | N N] use "the service ignores or refuses it when sent";
    ReadOnlyRemoved "read-only-removed" [A C | N N] use "it may now be sent";
    WriteOnlyAdded "write-only-added" [C B | N N] use "it no longer comes back";
    WriteOnlyRemoved "write-only-removed" [C A | N N] use "it may now come back";

    // Compositions and names.
    VariantAdded "variant-added" [A B | B B] use "one more shape: fine to send, unknown to a reader of the old document";
    VariantOverlapping "variant-overlapping" [B B | B B] use "one more `oneOf` shape that an old value may match as well, which makes the old value invalid";
    VariantRemoved "variant-removed" [B A | B B] use "one shape fewer: refused when sent, and no longer comes";
    CompositionChanged "composition-changed" [B B | B B] use "the schema is composed in another way";
    DiscriminatorChanged "discriminator-changed" [B B | B B] use "the shape is chosen by another property or value";
    SchemaAdded "schema-added" [N N | A A] doc "a new named schema";
    SchemaRemoved "schema-removed" [N N | B B] doc "the generated type is gone";
    SchemaRenamed "schema-renamed" [N N | B B] use "another named schema is used here, so another Rust type";
    SchemaExtracted "schema-extracted" [N N | B B] use "an inline schema became a named one, so another Rust type";
    SchemaInlined "schema-inlined" [N N | B B] use "a named schema became an inline one, so another Rust type";
    TypeTitleChanged "type-title-changed" [C C | B B] use "the title of an inline schema names its Rust type";

    // The document.
    SecurityRequired "security-required" [B B | N N] use "credentials are demanded where none were, or others than before";
    SecurityRelaxed "security-relaxed" [A A | N N] use "credentials are no longer demanded, or others are accepted too";
    SecuritySchemeAdded "security-scheme-added" [C C | N N] doc "a new way to authenticate is described";
    SecuritySchemeRemoved "security-scheme-removed" [C C | N N] doc "a way to authenticate is no longer described; operations that demanded it say so themselves";
    SecuritySchemeChanged "security-scheme-changed" [B B | N N] doc "credentials travel in another way";
    ServerAdded "server-added" [A A | N N] doc "one more base address";
    ServerRemoved "server-removed" [B B | N N] doc "a base address is no longer documented";
    SpecVersionChanged "spec-version-changed" [C C | B B] doc "another version of OpenAPI itself: the generator reads 3.0 only";
    Unclassified "unclassified" [B B | B B] doc "the classifier has no rule for this difference, so a person must look";

    // Words.
    DescriptionChanged "description-changed" [C C | C C] doc "words";
    ExampleChanged "example-changed" [C C | C C] doc "an example";
    TitleChanged "title-changed" [C C | C C] doc "a title that names no type";
    TagsChanged "tags-changed" [C C | C C] doc "where the documentation files the operation";
    InfoChanged "info-changed" [C C | C C] doc "the document's own title, version or contact";
    ExtensionChanged "extension-changed" [C C | C C] doc "a vendor extension";
    Reordered "reordered" [C C | C C] doc "the same things in another order";
    Respelled "respelled" [C C | C C] use "the same meaning in other keywords, such as another spelling of null";
    ProseAdded "prose-added" [C C | N N] doc "a new page of text: a person should read it";
    ProseRemoved "prose-removed" [C C | N N] doc "a page of text is gone";
    ProseChanged "prose-changed" [C C | N N] doc "the words of a page changed: limits and header rules live there, so a person should read it";
}

impl Kind {
    /// The kind with this stable name.
    pub fn from_slug(slug: &str) -> Option<Kind> {
        Kind::ALL.iter().copied().find(|kind| kind.slug() == slug)
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.slug())
    }
}
