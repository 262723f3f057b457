//! The little SQL that the operations need of an engine, so that each is written once whatever the engine.

use std::future::Future;

use tokio::sync::oneshot;

use super::by::By;
use crate::{bells::Effect, error::OutboxError, machine::Micros};

/// A value on its way in or out.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Null,
    Int(i64),
    Text(String),
    Blob(Vec<u8>),
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Self::Int(i64::from(value))
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Int(i64::from(value))
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<&[u8]> for Value {
    fn from(value: &[u8]) -> Self {
        Self::Blob(value.to_vec())
    }
}

impl<T> From<Option<T>> for Value
where
    Self: From<T>,
{
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Self::from)
    }
}

/// One row of an answer. Columns are taken in order.
#[derive(Debug)]
pub(crate) struct Row(pub(crate) std::vec::IntoIter<Value>);

impl Row {
    fn next(&mut self) -> Result<Value, OutboxError> {
        self.0
            .next()
            .ok_or_else(|| OutboxError::Store("a row is shorter than it should be".to_owned()))
    }

    pub(crate) fn int(&mut self) -> Result<i64, OutboxError> {
        match self.next()? {
            Value::Int(value) => Ok(value),
            other => Err(wrong("a number", &other)),
        }
    }

    pub(crate) fn flag(&mut self) -> Result<bool, OutboxError> {
        Ok(self.int()? != 0)
    }

    pub(crate) fn count(&mut self) -> Result<u32, OutboxError> {
        Ok(u32::try_from(self.int()?).unwrap_or(u32::MAX))
    }

    pub(crate) fn maybe_int(&mut self) -> Result<Option<i64>, OutboxError> {
        match self.next()? {
            Value::Null => Ok(None),
            Value::Int(value) => Ok(Some(value)),
            other => Err(wrong("a number", &other)),
        }
    }

    pub(crate) fn text(&mut self) -> Result<String, OutboxError> {
        match self.next()? {
            Value::Text(value) => Ok(value),
            other => Err(wrong("a text", &other)),
        }
    }

    pub(crate) fn maybe_text(&mut self) -> Result<Option<String>, OutboxError> {
        match self.next()? {
            Value::Null => Ok(None),
            Value::Text(value) => Ok(Some(value)),
            other => Err(wrong("a text", &other)),
        }
    }

    pub(crate) fn blob(&mut self) -> Result<Vec<u8>, OutboxError> {
        match self.next()? {
            Value::Blob(value) => Ok(value),
            other => Err(wrong("bytes", &other)),
        }
    }
}

fn wrong(wanted: &str, found: &Value) -> OutboxError {
    let found = match found {
        Value::Null => "nothing",
        Value::Int(_) => "a number",
        Value::Text(_) => "a text",
        Value::Blob(_) => "bytes",
    };
    OutboxError::Store(format!(
        "a column holds {found} where {wanted} belongs; the outbox was changed by something else"
    ))
}

/// What engines say differently.
#[derive(Debug)]
pub(crate) struct Dialect {
    /// Ends a `SELECT` of rows that are about to be changed: nobody else changes them before this transaction is over.
    pub(crate) lock: &'static str,
    /// As `lock`, and rows that another transaction holds are left out.
    pub(crate) lock_free: &'static str,
    /// The store is worked on from one machine at a time.
    pub(crate) one_machine: bool,
    /// What tells one server, and one course of its history, from another: a question whether it may be asked, and the question.
    pub(crate) origin: &'static [(&'static str, &'static str)],
    /// Counts the tables of the name `?1` that a plain name would find.
    pub(crate) tables: &'static str,
    /// Keeps a line of the history; its values are in the order of the columns. Where lines can become visible in another order than that
    /// of their numbers, it says first, to whoever reads them, from which number on it may be about to add one.
    pub(crate) note: &'static str,
    /// The number of the latest line before which no other can become visible any more; what comes after it is read in a statement of its
    /// own, later.
    pub(crate) told: &'static str,
    /// The schema, step by step.
    pub(crate) steps: &'static [&'static str],
}

/// An open transaction. Statements number their parameters `?1`, `?2`, …, and are such as every engine understands: flags and
/// counts are `BIGINT`, a sum is cast to one, and a parameter stands where its type is plain.
pub(crate) trait Sql {
    const DIALECT: Dialect;

    /// Where the store is, for people; without a password.
    fn place(&self) -> String;

    /// Runs a statement that answers rows.
    fn query(&mut self, sql: &str, values: &[Value]) -> impl Future<Output = Result<Vec<Row>, OutboxError>> + Send;

    /// Runs a statement that changes rows, and says how many.
    fn execute(&mut self, sql: &str, values: &[Value]) -> impl Future<Output = Result<u64, OutboxError>> + Send;

    /// Runs statements without parameters or answers.
    fn batch(&mut self, sql: &str) -> impl Future<Output = Result<(), OutboxError>> + Send;

    /// Lets transactions that name the same thing go one after another, from here to their ends, where the engine would let them run
    /// beside each other.
    fn queue_up(&mut self, thing: &str) -> impl Future<Output = Result<(), OutboxError>> + Send;
}

/// An operation on the store: everything in it happens, or nothing.
pub(crate) trait Work: Clone + Send + 'static {
    type Output: Send + 'static;

    /// Its name in failpoints.
    const NAME: &'static str;

    /// It may take long where there is much to do, so that its silence says nothing about the line.
    #[cfg_attr(not(feature = "postgres"), expect(dead_code, reason = "a file is not silent"))]
    const MAY_TAKE_LONG: bool = false;

    /// Who does it. What is done by somebody takes its time from the engine's clock, where that is not this machine's.
    fn by(&self) -> Option<&By> {
        None
    }

    /// The time by the engine's clock.
    #[cfg_attr(
        not(feature = "postgres"),
        allow(dead_code, reason = "a file has no clock of its own")
    )]
    fn told_the_time(&self, now: Micros) {
        if let Some(by) = self.by() {
            by.told_the_time(now);
        }
    }

    /// Whom it concerns that it was done.
    fn effect(_: &Self::Output) -> Effect {
        Effect::default()
    }

    fn run<S: Sql>(self, sql: &mut S) -> impl Future<Output = Result<Self::Output, OutboxError>>;
}

/// Where what came of an operation is told.
pub(super) type Told<W> = oneshot::Sender<Result<<W as Work>::Output, OutboxError>>;
