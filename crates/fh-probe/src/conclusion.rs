//! What is concluded, and what it rests on.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The answer to one question, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conclusion {
    /// The question's name.
    pub question: String,
    /// What came out.
    #[serde(flatten)]
    pub finding: Finding,
    /// The steps of the exchanges that support it.
    pub support: Vec<String>,
    /// The simulator's switches that follow, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub switches: BTreeMap<String, String>,
}

/// What came out of asking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "finding", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Finding {
    /// It was seen.
    Answer {
        /// The answer in a word, such as `second-acceptance`, for programs.
        value: String,
        /// The answer in a sentence, for people.
        said: String,
    },
    /// What would show it is hidden by something else that the service does.
    Hidden {
        /// The question whose answer hides it.
        by: String,
        /// Why.
        why: String,
    },
    /// It was asked, and what came does not settle it.
    NotSettled {
        /// Why not.
        why: String,
    },
    /// It was not asked.
    NotAsked {
        /// Why not.
        why: String,
    },
    /// It needs time or a person; `fh probe --resume` settles it later.
    Open {
        /// What it waits for.
        why: String,
    },
}

impl Conclusion {
    /// It was seen.
    pub(crate) fn answer(question: &str, value: impl Into<String>, said: impl Into<String>) -> Self {
        Self::new(
            question,
            Finding::Answer {
                value: value.into(),
                said: said.into(),
            },
        )
    }

    /// It cannot be seen because of another answer.
    pub(crate) fn hidden(question: &str, by: &str, why: impl Into<String>) -> Self {
        Self::new(
            question,
            Finding::Hidden {
                by: by.to_owned(),
                why: why.into(),
            },
        )
    }

    /// It was asked in vain.
    pub(crate) fn not_settled(question: &str, why: impl Into<String>) -> Self {
        Self::new(question, Finding::NotSettled { why: why.into() })
    }

    /// It was not asked.
    pub(crate) fn not_asked(question: &str, why: impl Into<String>) -> Self {
        Self::new(question, Finding::NotAsked { why: why.into() })
    }

    /// It waits.
    pub(crate) fn open(question: &str, why: impl Into<String>) -> Self {
        Self::new(question, Finding::Open { why: why.into() })
    }

    fn new(question: &str, finding: Finding) -> Self {
        Self {
            question: question.to_owned(),
            finding,
            support: Vec::new(),
            switches: BTreeMap::new(),
        }
    }

    /// Rests on these steps.
    pub(crate) fn resting_on<S: Into<String>>(mut self, steps: impl IntoIterator<Item = S>) -> Self {
        for step in steps {
            let step = step.into();
            if !self.support.contains(&step) {
                self.support.push(step);
            }
        }
        self
    }

    /// A switch of the simulator that follows.
    pub(crate) fn switch(mut self, name: &str, value: impl Into<String>) -> Self {
        self.switches.insert(name.to_owned(), value.into());
        self
    }

    /// Whether asking again in another run would be of use: it was asked and not settled, or it is open.
    #[must_use]
    pub fn is_unsettled(&self) -> bool {
        matches!(self.finding, Finding::NotSettled { .. } | Finding::Open { .. })
    }

    /// The answer in a word.
    #[must_use]
    pub fn value(&self) -> Option<&str> {
        match &self.finding {
            Finding::Answer { value, .. } => Some(value),
            _ => None,
        }
    }
}
