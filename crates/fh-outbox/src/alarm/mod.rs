//! What a person must know, as data.

mod gather;
mod kinds;
mod of_documents;
mod of_notices;
mod of_process;
mod of_store;
mod words;

pub(crate) use gather::alarms;
pub(crate) use kinds::Acknowledged;
pub use kinds::{Alarm, AlarmKind, Gravity};
pub(crate) use of_process::of_process;
pub use words::Reader;
