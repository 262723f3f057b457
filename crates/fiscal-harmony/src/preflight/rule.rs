use std::fmt;

use super::{
    finding::{Level, Report},
    need::Need,
    subject::Subject,
};
use crate::{DocumentKind, document::Fault};

/// One rule of the preflight.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Rule {
    /// Its id, `PF01` to `PF41`. Ids are stable: a rule may go, its id is not given to another.
    pub id: &'static str,
    /// What must hold, in one sentence.
    pub title: &'static str,
    /// The strongest level of its findings; some rules also warn.
    pub level: Level,
    /// What must be known for the rule to run at all.
    pub needs: &'static [Need],
    /// The one kind of document that it concerns; both when `None`.
    pub only: Option<DocumentKind>,
    /// The authority's codes that it pre-empts.
    pub codes: &'static [&'static str],
    /// The ways in which it is broken, each with its words and its remedy.
    pub faults: &'static [Fault],
    pub(super) check: fn(&Subject<'_>, &mut Report<'_>),
}

impl Rule {
    /// True when the rule has something to say about that kind of document.
    #[must_use]
    pub fn concerns(&self, kind: DocumentKind) -> bool {
        self.only.is_none_or(|only| only == kind)
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rule({}: {})", self.id, self.title)
    }
}

impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Rule {}
