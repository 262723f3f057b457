//! What documents are made of, as the specification says: fields, their names on the wire, getters of those that no hand
//! touches. Written by `fh_codegen::documents`.

use std::{fmt, str::FromStr};

fh_raw::document_types! {}

impl fmt::Display for PaymentMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A word that is no payment method.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no payment method; known are {known}", known = PaymentMethod::ALL.iter().map(|method| method.name()).collect::<Vec<_>>().join(", "))]
pub struct UnknownPaymentMethod(String);

/// Reads the word as the wire has it, to the letter.
impl FromStr for PaymentMethod {
    type Err = UnknownPaymentMethod;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .copied()
            .find(|method| method.name() == word)
            .ok_or_else(|| UnknownPaymentMethod(word.to_owned()))
    }
}
