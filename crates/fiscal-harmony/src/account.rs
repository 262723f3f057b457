//! What the service tells about an account: whose it is, its fiscal device, its subscription.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::wire;

/// The public information of the account that owns the device of an API key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Profile {
    /// The user's id.
    #[serde(rename = "Id")]
    pub id: i64,
    /// The user's name.
    #[serde(rename = "FullName", skip_serializing_if = "Option::is_none")]
    pub full_name: Option<String>,
    /// What else the service tells, by its own names.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// The fiscal device of an API key, as the service has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FiscalDevice {
    /// The state of the subscription, of which no form is documented.
    #[serde(rename = "BillingStatus", skip_serializing_if = "Option::is_none")]
    pub billing_status: Option<Value>,
    /// The authority's configuration: a text of JSON, which
    /// [`DeviceConfig::from_json`](crate::device::DeviceConfig::from_json) reads.
    #[serde(rename = "CurrentConfig", skip_serializing_if = "Option::is_none")]
    pub current_config: Option<String>,
    /// What else the service tells, by its own names.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// The subscription. The vendor documents none of its fields.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
#[non_exhaustive]
pub struct Subscription {
    /// All that the service tells, by its own names.
    pub members: Map<String, Value>,
}

impl Profile {
    pub(crate) fn from_wire(wire: wire::Profile) -> Self {
        Self {
            id: wire.id,
            full_name: wire.full_name,
            extra: wire.extra,
        }
    }
}

impl FiscalDevice {
    pub(crate) fn from_wire(wire: wire::FiscalDevice) -> Self {
        Self {
            billing_status: wire.billing_status.map(Into::into),
            current_config: wire.current_config,
            extra: wire.extra,
        }
    }
}

impl Subscription {
    pub(crate) fn from_wire(wire: wire::Subscription) -> Self {
        Self { members: wire.0 }
    }
}
