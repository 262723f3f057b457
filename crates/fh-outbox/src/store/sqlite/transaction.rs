//! Statements and values in SQLite's terms.

use std::{
    future::{Future, ready},
    path::Path,
};

use futures_util::FutureExt;
use rusqlite::{Connection, types::ValueRef};

use super::fault::translate;
use crate::{
    error::OutboxError,
    store::sql::{Dialect, Row, Sql, Value, Work},
};

/// A connection inside a transaction.
pub(super) struct SqliteTransaction<'c> {
    connection: &'c Connection,
    path: &'c Path,
}

impl<'c> SqliteTransaction<'c> {
    pub(super) fn new(connection: &'c Connection, path: &'c Path) -> Self {
        Self { connection, path }
    }

    fn rows(&self, sql: &str, values: &[Value]) -> rusqlite::Result<Vec<Row>> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let columns = statement.column_count();
        let mut rows = statement.query(rusqlite::params_from_iter(values))?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let values: rusqlite::Result<Vec<Value>> = (0..columns)
                .map(|column| {
                    Ok(match row.get_ref(column)? {
                        ValueRef::Null => Value::Null,
                        ValueRef::Integer(value) => Value::Int(value),
                        ValueRef::Text(value) => Value::Text(String::from_utf8_lossy(value).into_owned()),
                        ValueRef::Blob(value) => Value::Blob(value.to_vec()),
                        ValueRef::Real(_) => return Err(rusqlite::Error::InvalidQuery),
                    })
                })
                .collect();
            found.push(Row(values?.into_iter()));
        }
        Ok(found)
    }
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        let value = match self {
            Self::Null => ValueRef::Null,
            Self::Int(value) => ValueRef::Integer(*value),
            Self::Text(value) => ValueRef::Text(value.as_bytes()),
            Self::Blob(value) => ValueRef::Blob(value),
        };
        Ok(rusqlite::types::ToSqlOutput::Borrowed(value))
    }
}

impl Sql for SqliteTransaction<'_> {
    /// There is one writer at a time, so nothing needs a lock of its own.
    const DIALECT: Dialect = Dialect {
        lock: "",
        lock_free: "",
        one_machine: true,
        origin: &[],
        tables: "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ?1",
        note: "INSERT INTO fh_outbox_history (seq, at, who, event, from_state, to_state, attempt, status, why, excerpt) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        told: "SELECT COALESCE(max(id), 0) FROM fh_outbox_history",
        steps: &[
            include_str!("../schema/sqlite/1.sql"),
            include_str!("../schema/sqlite/2.sql"),
            include_str!("../schema/sqlite/3.sql"),
            include_str!("../schema/sqlite/4.sql"),
            include_str!("../schema/sqlite/5.sql"),
        ],
    };

    fn place(&self) -> String {
        self.path.display().to_string()
    }

    fn query(&mut self, sql: &str, values: &[Value]) -> impl Future<Output = Result<Vec<Row>, OutboxError>> + Send {
        ready(self.rows(sql, values).map_err(|error| translate(self.path, &error)))
    }

    fn execute(&mut self, sql: &str, values: &[Value]) -> impl Future<Output = Result<u64, OutboxError>> + Send {
        let changed = self
            .connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute(rusqlite::params_from_iter(values)));
        let changed = changed.map(|rows| u64::try_from(rows).unwrap_or(u64::MAX));
        ready(changed.map_err(|error| translate(self.path, &error)))
    }

    fn batch(&mut self, sql: &str) -> impl Future<Output = Result<(), OutboxError>> + Send {
        ready(
            self.connection
                .execute_batch(sql)
                .map_err(|error| translate(self.path, &error)),
        )
    }

    fn queue_up(&mut self, _: &str) -> impl Future<Output = Result<(), OutboxError>> + Send {
        ready(Ok(()))
    }
}

/// Runs an operation on a connection. Nothing in it ever waits, so one poll is the whole of it.
pub(super) fn run_now<W: Work>(work: W, connection: &Connection, path: &Path) -> Result<W::Output, OutboxError> {
    let mut transaction = SqliteTransaction::new(connection, path);
    work.run(&mut transaction).now_or_never().unwrap_or_else(|| {
        Err(OutboxError::Store(
            "an operation on SQLite waited for something".to_owned(),
        ))
    })
}
