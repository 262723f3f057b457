//! What can be wrong with a page, and what is worth knowing of one that is right: each as a kind, so that a list of hundreds can be read.

use std::fmt;

/// Why something could not be harvested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// The page did not come: not found, refused, too slow, too large.
    NotFetched,
    /// The link leads to another host, or not to the Markdown twin of a page.
    ForeignLink,
    /// The list or a page is no Markdown.
    NotMarkdown,
    /// There is no specification where one belongs, or it describes nothing.
    NoSpecification,
    /// The specification is no YAML, or would take more than a page can need.
    BrokenYaml,
    /// It says what OpenAPI 3.0 has no form for.
    BeyondOpenApi,
    /// It has a form that this reader does not know.
    UnknownForm,
    /// A reference leads to nothing that any page describes.
    LostReference,
    /// Pages say different things of one operation or component.
    Disagreement,
    /// Two pages want the same file.
    SameName,
}

impl Cause {
    /// The name of the kind in reports.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Cause::NotFetched => "not-fetched",
            Cause::ForeignLink => "foreign-link",
            Cause::NotMarkdown => "not-markdown",
            Cause::NoSpecification => "no-specification",
            Cause::BrokenYaml => "broken-yaml",
            Cause::BeyondOpenApi => "beyond-openapi-3.0",
            Cause::UnknownForm => "unknown-form",
            Cause::LostReference => "lost-reference",
            Cause::Disagreement => "disagreement",
            Cause::SameName => "same-name",
        }
    }

    /// A problem of this kind, its page still to be named.
    pub(super) fn because(self, problem: impl Into<String>) -> Problem {
        Problem {
            page: String::new(),
            cause: self,
            about: None,
            problem: problem.into(),
        }
    }
}

/// One thing that could not be harvested.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The page, or several.
    pub page: String,
    /// The kind.
    pub cause: Cause,
    /// The operation or component alone that it concerns, such as `POST /invoice`; the whole page when there is none.
    pub about: Option<String>,
    /// What is wrong.
    pub problem: String,
}

impl Problem {
    pub(super) fn on(mut self, page: &str) -> Self {
        page.clone_into(&mut self.page);
        self
    }

    pub(super) fn about(mut self, element: &str) -> Self {
        self.about = Some(element.to_owned());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}]: {}", self.page, self.cause.slug(), self.problem)
    }
}

/// What a person should know although it stopped nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Remark {
    /// Pages say the same in other words.
    WordsDiffer,
    /// Several pages describe one operation, and were put together.
    MergedPages,
    /// Pages disagree, and one of them was believed.
    Settled,
    /// A second answer for one status became one more shape of the first.
    AlternativeAnswer,
    /// A keyword that says nothing of the shape, and that OpenAPI 3.0 does not have, was left out.
    LeftOut,
    /// A call that the vendor makes to us.
    Webhook,
    /// An extension that is not the documentation tool's.
    UnknownExtension,
    /// Something about the document as a whole.
    Document,
    /// The last known text was kept.
    Stale,
}

impl Remark {
    /// The name of the kind in reports.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Remark::WordsDiffer => "words-differ",
            Remark::MergedPages => "merged-pages",
            Remark::Settled => "settled",
            Remark::AlternativeAnswer => "alternative-answer",
            Remark::LeftOut => "left-out",
            Remark::Webhook => "webhook",
            Remark::UnknownExtension => "unknown-extension",
            Remark::Document => "document",
            Remark::Stale => "stale",
        }
    }
}

/// A remark with its page or element.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Notice {
    /// The kind.
    pub remark: Remark,
    /// The page, or the element that stands on several.
    pub about: String,
    /// What there is to know.
    pub text: String,
}

impl Notice {
    pub(super) fn new(remark: Remark, about: impl Into<String>, text: impl Into<String>) -> Self {
        Notice {
            remark,
            about: about.into(),
            text: text.into(),
        }
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}]: {}", self.about, self.remark.slug(), self.text)
    }
}
