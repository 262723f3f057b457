//! Why a text is not a document.

use std::{borrow::Cow, fmt};

use super::{
    fault::{Fault, Values, said},
    faults,
    patch::Patch,
};

/// Why a text is not a document: what is wrong, where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentError {
    pub(super) fault: &'static Fault,
    pub(super) pointer: String,
    pub(super) place: Option<(usize, usize)>,
    message: String,
    remedy: Cow<'static, str>,
    patch: Option<Box<Patch>>,
}

impl DocumentError {
    /// What is wrong, without the place.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to do.
    #[must_use]
    pub fn remedy(&self) -> &str {
        &self.remedy
    }

    /// What mends the text, for programs, where that is certain.
    #[must_use]
    pub fn patch(&self) -> Option<&Patch> {
        self.patch.as_deref()
    }

    /// Which of the known faults it is.
    #[must_use]
    pub fn fault(&self) -> &'static Fault {
        self.fault
    }

    /// The JSON pointer of the value that is wrong, such as `/LineItems/0/UnitAmount`; empty for the whole document.
    #[must_use]
    pub fn pointer(&self) -> &str {
        &self.pointer
    }

    /// The line of the text, from 1.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        self.place.map(|(line, _)| line)
    }

    /// The column of the text, from 1.
    #[must_use]
    pub fn column(&self) -> Option<usize> {
        self.place.map(|(_, column)| column)
    }

    /// Something about the document as a whole.
    pub(super) fn whole(fault: &'static Fault, values: Values<'_>) -> Self {
        Self {
            fault,
            pointer: String::new(),
            place: None,
            message: fault.message(values),
            remedy: fault.advice(values),
            patch: None,
        }
    }

    /// With what mends the text.
    pub(super) fn with_patch(mut self, patch: Option<Patch>) -> Self {
        self.patch = patch.map(Box::new);
        self
    }

    pub(super) fn placed(mut self, place: (usize, usize)) -> Self {
        self.place = Some(place);
        self
    }

    pub(super) fn at(mut self, pointer: String) -> Self {
        self.pointer = pointer;
        self
    }

    pub(super) fn unwritable(error: &serde_json::Error) -> Self {
        Self::whole(&faults::UNWRITABLE, said![why = error])
    }
}

impl fmt::Display for DocumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((line, column)) = self.place {
            write!(f, "line {line}, column {column}: ")?;
        }
        if !self.pointer.is_empty() {
            write!(f, "{}: ", self.pointer)?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for DocumentError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_shows_line_column_and_pointer() {
        let error = DocumentError::whole(&faults::OTHER, said![why = "bad"])
            .at("/LineItems/0".into())
            .placed((3, 7));
        assert_eq!(error.to_string(), "line 3, column 7: /LineItems/0: bad");
    }
}
