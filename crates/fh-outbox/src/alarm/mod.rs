//! What a person must know, as data.

mod gather;
mod kinds;
mod of_documents;
mod of_notices;
mod of_store;

pub(crate) use gather::alarms;
pub(crate) use kinds::Acknowledged;
pub use kinds::{Alarm, AlarmKind, Gravity};
