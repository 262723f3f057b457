//! A small point of sale, to learn the SDK from: a sale and its invoice are kept in one transaction, a worker sends the
//! invoice, a webhook or a question brings the result, the receipt is printed, and a part of it can be taken back.
#![allow(missing_docs, reason = "an example: its names must do")]

pub mod counter;
pub mod shop;
