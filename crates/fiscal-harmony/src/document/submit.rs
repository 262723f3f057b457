use super::{
    any::Document,
    frozen::{Attempt, Frozen},
    problem::DocumentError,
    types::{CreditNote, Invoice},
};

/// What can be submitted: a document, or one that was frozen earlier.
pub trait Submit: sealed::Sealed {
    /// The bytes to send.
    ///
    /// # Errors
    ///
    /// As [`Document::freeze`].
    fn to_frozen(&self) -> Result<Frozen, DocumentError>;
}

impl Submit for Document {
    fn to_frozen(&self) -> Result<Frozen, DocumentError> {
        self.freeze(Attempt::First)
    }
}

impl Submit for Invoice {
    fn to_frozen(&self) -> Result<Frozen, DocumentError> {
        self.freeze(Attempt::First)
    }
}

impl Submit for CreditNote {
    fn to_frozen(&self) -> Result<Frozen, DocumentError> {
        self.freeze(Attempt::First)
    }
}

impl Submit for Frozen {
    fn to_frozen(&self) -> Result<Frozen, DocumentError> {
        Ok(self.clone())
    }
}

mod sealed {
    /// Keeps [`Submit`](super::Submit) to the types of this crate.
    pub trait Sealed {}
    impl Sealed for super::Document {}
    impl Sealed for super::Invoice {}
    impl Sealed for super::CreditNote {}
    impl Sealed for super::Frozen {}
}
