use std::fmt;

/// Something outside the document that a rule needs to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Need {
    /// The device's tax table and the account's mappings.
    Device,
    /// The journal of earlier documents.
    Journal,
    /// The present time.
    Clock,
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Device => "device",
            Self::Journal => "journal",
            Self::Clock => "clock",
        })
    }
}
