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
    /// One sentence for people: what it is, and why it is judged so on the wire.
    pub meaning: &'static str,
    /// One sentence for people: why it is judged so in Rust.
    pub in_rust: &'static str,
}

impl Judgement {
    /// Both reasons, for a report.
    #[must_use]
    pub fn why(&self) -> String {
        format!("{}; in Rust: {}", self.meaning, self.in_rust)
    }
}

macro_rules! table {
    ($( $kind:ident $slug:literal [$wq:ident $wr:ident | $rq:ident $rr:ident] $scope:ident $meaning:literal $in_rust:literal; )*) => {
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
                    in_rust: $in_rust,
                }, )* }
            }
        }
    };
    (@scope doc) => { true };
    (@scope use) => { false };
}

table! {
    // Operations.
    OperationAdded "operation-added" [A A | A A] doc
        "a new operation: whoever does not call it does not notice"
        "one more method, which no caller has to know";
    OperationRemoved "operation-removed" [B B | B B] doc
        "the operation is gone: calls to it will fail"
        "the method is gone";
    PathRenamed "path-renamed" [B B | N N] doc
        "the operation moved to another path: the old path may answer 404"
        "the method keeps its name, and the path is written inside it";
    MethodChanged "method-changed" [B B | N N] doc
        "the operation moved to another method: the old one may be refused"
        "the method keeps its name, and the verb is written inside it";
    PathParameterRenamed "path-parameter-renamed" [N N | C C] doc
        "only the name inside the braces changed, which does not travel"
        "arguments are given by place, and only the argument's name in the documentation is another";
    OperationIdChanged "operation-id-changed" [N N | B B] doc
        "an operation id does not travel"
        "the generated method gets another name";
    OperationIdDerived "operation-id-derived" [N N | B B] doc
        "an operation id does not travel"
        "the generated method is named after the path and the verb, so it gets another name";
    DeprecationChanged "deprecation-changed" [C C | C C] doc
        "announced as deprecated, or no longer: it works as before"
        "the words of the documentation alone; the generator marks nothing as deprecated";

    // Parameters and headers.
    ParameterAddedRequired "parameter-added-required" [B B | B B] use
        "calls without the new parameter will be refused"
        "the method takes one more argument";
    ParameterAddedOptional "parameter-added-optional" [A A | B B] use
        "calls without it go on working"
        "the method takes one more argument, which callers must write out as `None`";
    ParameterRemoved "parameter-removed" [B B | B B] use
        "the service no longer says that it reads it"
        "the method takes one argument fewer";
    ParameterMoved "parameter-moved" [B B | B B] use
        "the same name travels in another place, and the old place is no longer read"
        "arguments are ordered by where they travel, so the order changes";
    ParameterNowRequired "parameter-now-required" [B B | B B] use
        "calls without it will be refused"
        "the argument is no longer an `Option`";
    ParameterNowOptional "parameter-now-optional" [A A | B B] use
        "calls with it go on working"
        "the argument becomes an `Option`";
    ParameterStyleChanged "parameter-style-changed" [B B | C C] use
        "the same value is spelled differently on the wire"
        "the argument keeps its type; how it is spelt is written inside the method";
    HeaderAddedRequired "header-added-required" [B A | B A] use
        "requests without the header will be refused; in an answer it is one more promise"
        "a header to send is one more argument; one that comes stands in the header map that callers have";
    HeaderAddedOptional "header-added-optional" [A A | A A] use
        "a header that may be sent, or may come: nobody has to know it"
        "headers stand beside the method, in the map that callers have";
    HeaderRemoved "header-removed" [B B | C C] use
        "the header is no longer documented, so nobody may rely on its being read or sent"
        "headers stand beside the method, and a name fewer in the documentation compiles as before";
    HeaderNowRequired "header-now-required" [B A | C C] use
        "requests without the header will be refused; in an answer it is one more promise"
        "no type tells whether a header is there";
    HeaderNowOptional "header-now-optional" [A B | C C] use
        "requests with the header go on working; in an answer whoever relies on it may miss it"
        "no type tells whether a header is there";

    // Bodies and answers.
    BodyAddedRequired "body-added-required" [B B | B B] use
        "calls without a body will be refused"
        "the method takes one more argument";
    BodyAddedOptional "body-added-optional" [A A | B B] use
        "a body may be sent, and calls without one go on working"
        "the method takes one more argument";
    BodyRemoved "body-removed" [B B | B B] use
        "the operation no longer takes a body, so what it said is lost"
        "the method takes one argument fewer";
    BodyNowRequired "body-now-required" [B B | N N] use
        "calls without the body will be refused"
        "the method takes the body as an argument either way";
    BodyNowOptional "body-now-optional" [A A | N N] use
        "calls with the body go on working"
        "the method takes the body as an argument either way";
    MediaTypeAdded "media-type-added" [A A | A A] use
        "one more media type: a choice when sending, and in an answer only for who asks for it"
        "the generator stays with the media type that it read and wrote before";
    MediaTypePreferred "media-type-preferred" [A A | B B] use
        "JSON where none was: the old media type goes on working"
        "the generator takes JSON wherever there is JSON, so the type of the body becomes another";
    MediaTypeRemoved "media-type-removed" [B B | B B] use
        "one media type fewer: refused when sent, and no longer given to who asks for it"
        "it may be the one that the generator read or wrote, and then the type of the body becomes another";
    MediaTypeChanged "media-type-changed" [B B | B B] use
        "the only media type became another: the old one is neither read nor given"
        "the type of the body follows the media type";
    ContentAdded "content-added" [A A | B B] use
        "a body is now described where none was, and nobody has to read it"
        "the method takes or gives a typed body where it had none";
    ContentRemoved "content-removed" [B B | B B] use
        "the body is no longer described, so nobody may rely on it"
        "the method no longer takes or gives the typed body";
    SuccessStatusAdded "success-status-added" [B B | B B] use
        "old clients do not know this answer to be a success"
        "the type of the success may become another";
    SuccessStatusRemoved "success-status-removed" [B B | B B] use
        "the success that clients wait for is no longer documented"
        "the type of the success may become another";
    ErrorStatusAdded "error-status-added" [A A | A A] use
        "one more documented refusal: a refusal was possible before"
        "all refusals of an operation share one type";
    ErrorStatusRemoved "error-status-removed" [A A | A A] use
        "one documented refusal fewer: whoever expects it is never wrong"
        "all refusals of an operation share one type";

    // Properties.
    PropertyAddedRequired "property-added-required" [B A | B A] use
        "bodies without it will be refused; in an answer it is one more value"
        "a builder demands it; what is only read has one more field, which such types may gain any day";
    PropertyAddedOptional "property-added-optional" [A A | A A] use
        "an optional value more: bodies without it go on working, and readers leave out what they do not know"
        "a builder has one more setter, a type that is read one more field";
    PropertyAddedToClosed "property-added-to-closed" [A B | A A] use
        "a strict reader of the old document refuses the new property"
        "one more field, which types that are read may gain any day";
    PropertyAddedToMap "property-added-to-map" [B B | A A] use
        "a name that was free so far now has a fixed meaning"
        "one more field beside the map";
    PropertyRemoved "property-removed" [B B | B B] use
        "it is no longer read, or no longer comes"
        "the field is gone";
    PropertyNowRequired "property-now-required" [B A | B B] use
        "bodies without it will be refused; in an answer it is one more promise"
        "the field is no longer an `Option`";
    PropertyNowDemanded "property-now-demanded" [B N | N N] use
        "it was mandatory in answers only; now requests without it will be refused"
        "the field was no `Option` before and is none now";
    PropertyNowOptional "property-now-optional" [A B | B B] use
        "bodies with it go on working; in an answer it may be missing"
        "the field becomes an `Option`";
    AdditionalForbidden "additional-properties-forbidden" [B A | A A] use
        "unknown properties will be refused, and no longer come"
        "the fields stay; only what the reader does with unknown members changes";
    AdditionalAllowed "additional-properties-allowed" [A B | A A] use
        "unknown properties may be sent, and may come to a reader that refuses them"
        "the fields stay; unknown members may be kept beside them";
    AdditionalNarrowed "additional-properties-narrowed" [B A | B B] use
        "free-form properties must now match a schema: fewer are taken, and fewer come"
        "the values of the map get another type";
    AdditionalWidened "additional-properties-widened" [A B | B B] use
        "free-form properties may now be anything: more is taken, and more comes"
        "the values of the map become any JSON";

    // Values.
    TypeChanged "type-changed" [B B | B B] use
        "another JSON type, which the other side does not read"
        "another Rust type";
    TypeWidened "type-widened" [A B | B B] use
        "more JSON values than before: fine to send, unexpected to receive"
        "the Rust type must hold more, so it becomes another";
    TypeNarrowed "type-narrowed" [B A | B B] use
        "fewer JSON values than before: fine to receive, refused when sent"
        "the Rust type holds less, so it becomes another";
    FormatChanged "format-changed" [B B | B B] use
        "the same JSON type, read in another way"
        "the format chooses the Rust type";
    FormatAdded "format-added" [B A | B B] use
        "a rule for the text or number where none was: refused when sent, and only promised when received"
        "the format chooses the Rust type";
    FormatRemoved "format-removed" [A B | B B] use
        "the rule for the text or number is gone: more is taken, and more comes"
        "the format chooses the Rust type";
    NullableAdded "nullable-added" [A B | B B] use
        "null may be sent, and may come to a reader that does not expect it"
        "the type becomes an `Option`";
    NullableRemoved "nullable-removed" [B A | B B] use
        "null will be refused, and no longer comes"
        "the type is no longer an `Option`";
    EnumValueAdded "enum-value-added" [A B | A A] use
        "a new value: fine to send, unknown to a closed reader"
        "one more variant of an enum that is not exhaustive";
    OpenEnumValueAdded "open-enum-value-added" [A A | A A] use
        "a new value of a set that our client reads as open"
        "one more name for a value that was readable before";
    EnumValueRemoved "enum-value-removed" [B A | B B] use
        "the value will be refused when sent, and no longer comes"
        "the variant is gone";
    EnumAdded "enum-added" [B A | B B] use
        "only listed values from now on: others are refused when sent, and no longer come"
        "an enum takes the place of the plain type";
    EnumRemoved "enum-removed" [A B | B B] use
        "any value from now on: more is taken, and more comes"
        "the plain type takes the place of the enum";
    ConstraintTightened "constraint-tightened" [B A | N N] use
        "values that were fine will be refused when sent, and no longer come"
        "limits are no part of the generated types; preflight explains them";
    ConstraintLoosened "constraint-loosened" [A B | N N] use
        "values that were ruled out are now taken, and may come"
        "limits are no part of the generated types; preflight explains them";
    ConstraintChanged "constraint-changed" [B B | N N] use
        "a rule was replaced by another that cannot be compared with it"
        "limits are no part of the generated types; preflight explains them";
    DefaultAdded "default-added" [A C | B B] use
        "leaving it out now has a documented meaning, maybe another than it had; what comes is written out"
        "the field is filled in when it is missing, so it is no longer an `Option`";
    DefaultRemoved "default-removed" [B C | B B] use
        "leaving it out no longer has a documented meaning"
        "the field is no longer filled in when it is missing, so it becomes an `Option`";
    DefaultChanged "default-changed" [B C | A A] use
        "leaving it out silently means something else"
        "the field is filled in with another value";
    ReadOnlyAdded "read-only-added" [B C | N N] use
        "the service ignores or refuses it when sent; it comes as before"
        "the generator does not look at it";
    ReadOnlyRemoved "read-only-removed" [A C | N N] use
        "it may now be sent; it comes as before"
        "the generator does not look at it";
    WriteOnlyAdded "write-only-added" [C B | N N] use
        "it is sent as before and no longer comes back"
        "the generator does not look at it";
    WriteOnlyRemoved "write-only-removed" [C A | N N] use
        "it is sent as before and may now come back, which a reader need not know"
        "the generator does not look at it";

    // Compositions and names.
    VariantAdded "variant-added" [A B | B B] use
        "one more shape: fine to send, unknown to a reader of the old document"
        "one more variant, which a `match` must know";
    VariantOverlapping "variant-overlapping" [B B | B B] use
        "one more `oneOf` shape that an old value may match as well, which makes the old value invalid"
        "one more variant, which a `match` must know";
    VariantRemoved "variant-removed" [B A | B B] use
        "one shape fewer: refused when sent, and no longer comes"
        "the variant is gone";
    ConditionAdded "condition-added" [B A | B B] use
        "one more condition of an `allOf`: fewer values fit, so some will be refused when sent, and no longer come"
        "the type is composed of one more part";
    ConditionRemoved "condition-removed" [A B | B B] use
        "one condition of an `allOf` fewer: more values fit, and some of them may come to a reader that does not expect them"
        "the type is composed of one part fewer";
    CompositionChanged "composition-changed" [B B | B B] use
        "the schema is composed in another way, and no rule can tell what fits both"
        "an enum becomes a struct of options, or the other way round";
    DiscriminatorChanged "discriminator-changed" [B B | B B] use
        "the shape is chosen by another property or value"
        "the discriminator chooses how the enum is read";
    DiscriminatorExtended "discriminator-extended" [A B | N N] use
        "one more value chooses a shape: fine to send, unknown to a reader of the old document"
        "the variants say what there is; this says only which value names which";
    SchemaAdded "schema-added" [N N | A A] doc
        "a name does not travel"
        "one more type";
    SchemaRemoved "schema-removed" [N N | B B] doc
        "a name does not travel; what used it says so itself"
        "the type is gone";
    SchemaRenamed "schema-renamed" [N N | B B] use
        "another named schema is used here; a name does not travel, and what it says differently is said apart"
        "the type has another name";
    SchemaExtracted "schema-extracted" [N N | B B] use
        "an inline schema became a named one; a name does not travel"
        "the type has another name";
    SchemaInlined "schema-inlined" [N N | B B] use
        "a named schema became an inline one; a name does not travel"
        "the type has another name, made of where it stands";
    TypeTitleChanged "type-title-changed" [C C | B B] use
        "a title does not travel"
        "the type has another name";

    // The document.
    SecurityRequired "security-required" [B B | N N] use
        "credentials that were enough are no longer enough"
        "credentials are the signer's business and in no signature";
    SecurityRelaxed "security-relaxed" [A A | N N] use
        "whoever could call before still can: less is demanded, or something else is accepted too"
        "credentials are the signer's business and in no signature";
    SecuritySchemeAdded "security-scheme-added" [C C | N N] doc
        "a new way to authenticate is described; operations that demand it say so themselves"
        "credentials are the signer's business and in no signature";
    SecuritySchemeRemoved "security-scheme-removed" [C C | N N] doc
        "a way to authenticate is no longer described; operations that demanded it say so themselves"
        "credentials are the signer's business and in no signature";
    SecuritySchemeChanged "security-scheme-changed" [B B | N N] doc
        "credentials travel in another way, and the old way may be refused"
        "credentials are the signer's business and in no signature";
    ServerAdded "server-added" [A A | N N] doc
        "one more base address beside those in use"
        "the address is given to the client when it is made";
    ServerRemoved "server-removed" [B B | N N] doc
        "a base address is no longer documented, and may stop answering"
        "the address is given to the client when it is made";
    SpecVersionChanged "spec-version-changed" [C C | B B] doc
        "another version of OpenAPI itself: nothing that travels changes"
        "what is generated from a version that the generator cannot read is unknown";
    Unclassified "unclassified" [B B | B B] doc
        "the classifier has no rule for this difference, so a person must look"
        "what it does to the types is unknown until a person has looked";

    WebhookAdded "webhook-added" [A A | N N] doc
        "one more call that the vendor can make to us"
        "receivers are written by hand";
    WebhookChanged "webhook-changed" [B B | N N] doc
        "a call that the vendor makes to us is another, or gone: what receives it may no longer fit"
        "receivers are written by hand";

    // Our overlay.
    Contradicts "contradicts" [B B | B B] doc
        "the documentation now says one thing and the overlay another: what is used does not follow until a person has said who is right"
        "the types follow the overlay and not the documentation";
    ContradictsWords "contradicts-words" [C C | C C] doc
        "the documentation now has other words than the overlay, which go on standing"
        "words are no part of the types";
    OverlayDoesNotFit "overlay-does-not-fit" [B B | B B] doc
        "a correction no longer finds what it corrects, so it is lost until a person has aimed it anew or taken it out"
        "regeneration stops at this action";
    Repeats "repeats" [C C | N N] doc
        "the documentation now says what the overlay said: that part of the overlay can go"
        "what is generated stays as it is";

    // Words.
    DescriptionChanged "description-changed" [C C | C C] doc
        "words, which change nothing that travels"
        "words are no part of the types";
    ExampleChanged "example-changed" [C C | C C] doc
        "an example, which changes nothing that travels"
        "words are no part of the types";
    TitleChanged "title-changed" [C C | C C] doc
        "a title that names no type"
        "words are no part of the types";
    TagsChanged "tags-changed" [C C | C C] doc
        "where the documentation files the operation"
        "words are no part of the types";
    InfoChanged "info-changed" [C C | C C] doc
        "the document's own title, version or contact"
        "words are no part of the types";
    ExtensionChanged "extension-changed" [C C | C C] doc
        "a vendor extension, which changes nothing that travels"
        "words are no part of the types";
    Reordered "reordered" [C C | C C] doc
        "the same things in another order"
        "the generator sorts what it reads";
    Respelled "respelled" [C C | C C] use
        "the same meaning in other keywords, such as another spelling of null"
        "the generator reads both spellings as one";
    ProseAdded "prose-added" [C C | N N] doc
        "a new page of text: a person should read it"
        "pages of text are no part of the generated code";
    ProseRemoved "prose-removed" [C C | N N] doc
        "a page of text is gone"
        "pages of text are no part of the generated code";
    ProseChanged "prose-changed" [C C | N N] doc
        "the words of a page changed: limits and header rules live there, so a person should read it"
        "pages of text are no part of the generated code";
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
