//! Invoices and credit notes: built, or read from JSON.
//!
//! The builders compute every amount exactly, so that what they make adds up: line amounts from price and quantity, the
//! tax once on the sum of each tax, the totals from these. A document read from JSON is taken as it is; whether it adds
//! up is for preflight to say.
//!
//! A field that the vendor has added and this crate does not know yet can be given on purpose: with `extra` of a builder
//! ([`InvoiceBuilder::extra`]), or by its name when a document is read ([`Document::from_json_allowing`]). It is frozen and
//! sent with the others, and preflight warns of it.

mod any;
mod build;
mod buyer;
mod credit_note;
mod date_form;
mod difference;
mod explain;
mod extra;
mod fault;
pub(crate) mod faults;
mod foreign;
mod freeze;
mod frozen;
mod invoice;
mod kind;
mod line;
mod locate;
mod mend;
pub(crate) mod mending;
mod number_form;
mod part;
pub(crate) mod patch;
mod payment_form;
mod problem;
mod reader;
pub(crate) mod spread;
mod submit;
mod sum;
mod types;
mod view;

pub use any::Document;
pub use build::{BuildError, Prices};
pub use credit_note::{CreditNoteBuilder, credit_note_builder};
pub use difference::Difference;
pub use extra::{AllowedFields, FieldNameError};
pub use fault::Fault;
#[cfg(feature = "preflight")]
pub(crate) use fault::{Values, said};
pub use frozen::{Attempt, Frozen};
pub use invoice::{InvoiceBuilder, invoice_builder};
pub use kind::DocumentKind;
pub use line::{Line, LineBuilder, line_builder};
pub use locate::{Place, locate};
pub use part::{PartialCreditBuilder, partial_credit_builder};
pub use patch::{Patch, PatchStep};
pub use problem::DocumentError;
pub use submit::Submit;
pub use types::{Address, Buyer, CreditNote, Invoice, LineItem, PaymentMethod, UnknownPaymentMethod};
pub use view::View;
