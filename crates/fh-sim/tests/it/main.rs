//! The simulator over HTTP, as a client sees it.

mod till;
mod transactions;
