//! The commands, one module each.

pub(crate) mod account;
pub(crate) mod backup;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod currency;
pub(crate) mod doctor;
pub(crate) mod explain;
pub(crate) mod listen;
pub(crate) mod mappings;
pub(crate) mod pdf;
pub(crate) mod probe;
pub(crate) mod qr;
pub(crate) mod queue;
pub(crate) mod receipt;
pub(crate) mod recover;
pub(crate) mod rules;
pub(crate) mod run;
pub(crate) mod schema;
pub(crate) mod serve;
pub(crate) mod sim;
pub(crate) mod sold;
pub(crate) mod status;
pub(crate) mod submit;
pub(crate) mod tax;
pub(crate) mod trigger;
pub(crate) mod zreport;
