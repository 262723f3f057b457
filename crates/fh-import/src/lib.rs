//! Documents from tables and from other people's formats: CSV, TSV, Excel (`.xlsx`) and OpenDocument (`.ods`) by a [`Mapping`], GOBL and UBL 2.1
//! invoices by what they say themselves.
//!
//! [`read()`] goes through one file and hands over one document after the other, each with the rows that it came from ([`Imported::place`]), or
//! what is wrong and where. Nothing is guessed silently: what a spreadsheet may have lost, such as a leading zero, is a [`Problem`] that says how
//! to answer it in the mapping. [`guess()`] proposes a mapping for a person to read.
//!
//! [`check_file`] and [`take_in_file`] bring a file into an [outbox](fh_outbox::Outbox); [`watch()`] does so with a folder, each document exactly once
//! through kills.

mod cell;
mod field;
mod gather;
mod gobl;
mod guess;
mod intake;
mod mapping;
mod problem;
mod read;
mod sheet;
mod ubl;
mod value;
mod watch;
mod wire;

pub use field::{Evidence, FIELDS, Field, HEADINGS, Heading};
pub use gather::Imported;
pub use guess::guess;
pub use intake::{BackDated, Line, Outcome, Taken, check_file, take_in_file};
pub use mapping::{CreditAmounts, DateForm, Encoding, Mapping, MappingError, Rows, TaxOf};
pub use problem::{Place, Problem};
pub use read::{Format, read};
pub use sheet::Limits;
pub use watch::{Moved, Watch, WatchError, watch};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
