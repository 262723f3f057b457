use std::fmt;

use super::codes::{Colour, code};
use crate::Options;

/// Something the authority remarks on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) code: &'static str,
    pub(crate) colour: Colour,
    text: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({:?}): {}", self.code, self.colour, self.text)
    }
}

impl Finding {
    /// What it says, without the code.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

/// Findings in the order of discovery, coloured as the options say.
pub(crate) struct Findings<'a> {
    options: &'a Options,
    found: Vec<Finding>,
}

impl<'a> Findings<'a> {
    pub(crate) fn new(options: &'a Options) -> Self {
        Self {
            options,
            found: Vec::new(),
        }
    }

    pub(crate) fn into_vec(self) -> Vec<Finding> {
        self.found
    }

    pub(crate) fn add(&mut self, name: &'static str, text: impl Into<String>) {
        let default = code(name).map_or(Colour::Red, |known| known.default);
        self.add_as(name, default, text);
    }

    /// In this colour, unless the options give the code another.
    pub(crate) fn add_as(&mut self, name: &'static str, default: Colour, text: impl Into<String>) {
        let colour = self.options.colours.get(name).copied().unwrap_or(default);
        let repeated = self.found.iter().any(|finding| finding.code == name);
        if colour != Colour::Off && !repeated {
            self.found.push(Finding {
                code: name,
                colour,
                text: text.into(),
            });
        }
    }
}
