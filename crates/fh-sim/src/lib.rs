//! A simulator of the Fiscal Harmony API and of the tax authority behind it.
//!
//! [`Sim::start`] gives a server on a loopback port with credentials, a taxpayer, a fiscal device, tax and currency mappings.
//! It is the judge in this workspace's tests: it verifies signatures over raw bytes, checks bodies against the OpenAPI
//! document itself, redoes the authority's arithmetic in integers, and counts in a [`Ledger`] what it accepted, so that
//! anyone can assert "exactly once". It shares no request type and no arithmetic with the client it judges.
//!
//! Faults come on demand ([`FaultPlan`], [`Sim::script`]). Where the vendor's behaviour is unknown there is a switch in
//! [`Options`]; `docs/simulator.md` says what is faithful, what is a switch and what is the simulator's own invention.

mod account;
mod authority;
mod call;
mod choices;
mod control;
mod device;
mod dice;
mod document;
mod engine;
mod exact;
mod fault;
mod flow;
mod handle;
mod hook;
mod ledger;
mod leniency;
mod mappings;
mod operations;
mod options;
mod pace;
mod pdf;
mod problem;
mod profile;
mod qr;
mod receipt;
mod record;
mod reports;
mod schema;
mod seed;
mod server;
mod settlement;
mod settler;
mod sim;
mod spelling;
mod state_file;
mod switches;
mod transactions;
mod webhook;
mod world;

pub use authority::{Colour, RCPT_CODES, RcptCode};
pub use choices::{
    CashPrefix, DiscountOf, DiscountPolicy, EmptyStation, EmptyStatus, ErrorBody, GetSignature, GuessedPaths,
    HeaderCheck, KeyCase, Leniency, MappingAnswer, MappingCreated, MissingPdf, NaiveDates, OffsetDates, PdfType,
    PendingForm, ReceiptDate, RejectedAgain, Repeat, SameIdOtherContent, SecondMapping, StatusOfUnknown, SubmitAnswer,
    SubscriptionForm, SwitchValue, TaxCodes, Ties, UnitPrice, UnknownFields, WebhookBurst, WebhookCookies,
    WorldAtStart, ZReportFields, ZReportPage, ZReportPaging, ZReportPdfPath,
};
pub use fault::{Dose, Fault, FaultPlan, FaultPlanError};
pub use handle::{DayCloseError, DeviceHandle};
pub use hook::{Burst, BurstStep, Delivery, PushError};
pub use ledger::{Count, Ledger};
pub use operations::Operation;
pub use options::{Options, OptionsBuilder};
pub use pace::{Spread, SpreadError};
pub use profile::{Profile, ProfileError, Scalar};
pub use sim::{Sim, StartError, run};
pub use switches::{SWITCHES, Switch, SwitchError, Values, switches_as_markdown};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
