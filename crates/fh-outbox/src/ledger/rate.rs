//! The rate of a tax, as it is kept and shown.

use std::{convert::Infallible, fmt, str::FromStr};

use fiscal_harmony::types::Amount;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The rate of a tax.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Rate {
    /// In per cent; `0` is a rate.
    Percent(Amount),
    /// Exempt: no rate.
    Exempt,
    /// No table of taxes was known when the document was taken in, and none has come since.
    Unknown,
}

const EXEMPT: &str = "exempt";
const UNKNOWN: &str = "unknown";

/// `15.5`, `exempt` or `unknown`.
impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Percent(percent) => write!(f, "{}", percent.decimal().normalize()),
            Self::Exempt => f.write_str(EXEMPT),
            Self::Unknown => f.write_str(UNKNOWN),
        }
    }
}

impl FromStr for Rate {
    type Err = Infallible;

    /// What is none of the others is unknown.
    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text {
            EXEMPT => Self::Exempt,
            text => text.parse().map_or(Self::Unknown, Self::Percent),
        })
    }
}

impl Serialize for Rate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let Ok(rate) = text.parse();
        Ok(rate)
    }
}
