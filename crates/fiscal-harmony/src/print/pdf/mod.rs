//! The receipt as a PDF of our own: nothing is asked of the service for it.

mod a4;
mod ink;
mod roll;
mod widths;

use super::{content::Content, settings::Settings};

/// The paper of a PDF.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Sheet {
    /// Pages of 210 by 297 mm.
    #[default]
    A4,
    /// A roll of 80 mm, as long as the receipt.
    Roll,
}

impl Sheet {
    /// Every paper, the default first.
    pub const ALL: [Self; 2] = [Self::A4, Self::Roll];

    /// Its name in settings: `a4` or `80mm`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::A4 => "a4",
            Self::Roll => "80mm",
        }
    }
}

pub(super) fn pdf(content: &Content, settings: &Settings, sheet: Sheet) -> Vec<u8> {
    match sheet {
        Sheet::A4 => a4::pdf(content, settings),
        Sheet::Roll => roll::pdf(content, settings),
    }
}
