use std::fmt;

#[cfg(feature = "preflight")]
use crate::preflight::{self, Rule};

/// What a code does to the receipt and to the fiscal day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[derive(serde::Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Colour {
    /// The receipt is kept, and the fiscal day cannot be closed.
    Red,
    /// The receipt is kept, and the fiscal day can be closed.
    Yellow,
    /// The request is refused and nothing is kept.
    Refused,
    /// It is no receipt's: the fiscal day could not be closed.
    Close,
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Red => "red",
            Self::Yellow => "yellow",
            Self::Refused => "refused",
            Self::Close => "close",
        })
    }
}

/// One code of the authority's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Code {
    /// The code, such as `RCPT026`.
    pub code: &'static str,
    /// What it does to the receipt and the fiscal day.
    pub colour: Colour,
    /// What the authority says with it.
    pub meaning: &'static str,
    /// What is usually behind it.
    pub cause: &'static str,
    /// What to do about it.
    pub remedy: &'static str,
}

impl Code {
    /// The preflight rules that find the fault before the document leaves; none where the service itself makes the number,
    /// signature or payment that the code is about.
    #[cfg(feature = "preflight")]
    pub fn rules(&self) -> impl Iterator<Item = &'static Rule> + use<> {
        let code = self.code;
        preflight::rules().iter().filter(move |rule| rule.codes.contains(&code))
    }
}
