//! Z-reports, as the service tells them. None of their fields is known by name, and the vendor may change them at any time
//! \[docs\].

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::wire;

/// The Z-report of one fiscal day.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
#[non_exhaustive]
pub struct ZReport {
    /// All that the service tells, by its own names.
    pub members: Map<String, Value>,
}

/// A page of the list of Z-reports.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
#[non_exhaustive]
pub struct ZReports {
    /// All that the service tells, by its own names: the reports and how they are paged.
    pub members: Map<String, Value>,
}

impl ZReport {
    pub(crate) fn from_wire(wire: wire::ZReport) -> Self {
        Self { members: wire.0 }
    }
}

impl ZReports {
    pub(crate) fn from_wire(wire: wire::Paged) -> Self {
        Self { members: wire.0 }
    }
}
