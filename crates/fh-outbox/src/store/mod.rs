//! What is kept, and the operations on it.

pub(crate) mod news;
pub(crate) mod operations;
mod schema;
pub(crate) mod sql;
pub(crate) mod sqlite;

pub(crate) use schema::Migrate;
