//! The courier of results: pushes, their repetition, and the save-and-test of a receiver.

mod burst;
mod courier;
mod push;

pub(crate) use burst::save_and_test;
pub(crate) use courier::{courier, deliver_now};
pub(crate) use push::push_again;
