//! The agent behind `fh serve`, as programs meet it: the real process, asked over HTTP.
#![cfg(unix)]

mod child;
mod durability;
mod events;
mod extra_fields;
mod fresh;
mod guard;
mod limits;
mod openapi;
mod receipts;
mod silent;
mod stations;
mod unit;
mod webhooks;
mod worlds;

pub(crate) use child::{Agent, Answer, Said};
