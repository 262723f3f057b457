//! What is kept, and the operations on it.

pub(crate) mod enqueue;
mod journal;
pub(crate) mod listing;
pub(crate) mod news;
pub(crate) mod operations;
pub(crate) mod prune;
mod schema;
pub(crate) mod sql;
pub(crate) mod sqlite;

pub(crate) use schema::Migrate;
