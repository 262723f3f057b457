//! What can be wrong with a specification, and where.

/// The result of every fallible function of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// A specification that cannot be composed, normalised or generated from.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The overlay is not a document this crate understands.
    #[error("the overlay cannot be read: {0}")]
    Overlay(String),

    /// One action of the overlay cannot be applied.
    #[error("overlay action {index} (`{target}`): {problem}")]
    Action {
        /// The action's place in `actions`, from 0.
        index: usize,
        /// The action's JSONPath, as written.
        target: String,
        /// What is wrong, and what to do.
        problem: String,
    },

    /// An element of the document is missing, contradictory or beyond the generator.
    #[error("{pointer}: {problem}")]
    Document {
        /// The element, as a JSON pointer.
        pointer: String,
        /// What is wrong, and what to do.
        problem: String,
    },

    /// The generator refused the document or wrote something that is not Rust.
    #[error("the client cannot be generated: {0}")]
    Generator(String),
}

impl Error {
    pub(crate) fn at(pointer: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Document {
            pointer: pointer.into(),
            problem: problem.into(),
        }
    }
}
