//! Statements and values in PostgreSQL's terms.

use std::{collections::HashMap, error::Error as StdError};

use tokio_postgres::{
    GenericClient, Statement,
    types::{IsNull, ToSql, Type, private::BytesMut, to_sql_checked},
};

use super::fault::Fault;
use crate::{
    error::OutboxError,
    store::sql::{Dialect, Row, Sql, Value},
};

/// Statements that a connection has prepared, by their text.
pub(super) type Statements = HashMap<String, Statement>;

/// More than there are statements in this crate; a bound, should some be made up as they go.
const STATEMENTS: usize = 256;

/// Numbers are given when a line is written and seen when its transaction ends, so a lower one may be seen later. Each transaction therefore
/// says, by a shared lock that nobody ever waits for, which number was the latest before its own: those of its own are higher. The number
/// of the line is given after that, since the lock is what the line is made from. A key of such a lock has 32 bits.
const NOTE: &str = "WITH announced AS MATERIALIZED (\
     SELECT pg_advisory_xact_lock_shared(hashtext('fh_outbox_history'::regclass::oid::text), \
     (((COALESCE(max(id), 0) & 4294967295) # 2147483648) - 2147483648)::int) FROM fh_outbox_history) \
     INSERT INTO fh_outbox_history (seq, at, who, event, from_state, to_state, attempt, status, why, excerpt) \
     SELECT ?1::bigint, ?2::bigint, ?3::text, ?4::text, ?5::text, ?6::text, ?7::bigint, ?8::bigint, ?9::text, ?10::text FROM announced";

/// The statement sees the lines that were there when it began, and asks for the locks afterwards. A transaction that had a number up to the
/// latest of those lines had said so before: either it still does, or it has ended, and the next statement sees what it wrote.
const TOLD: &str = "SELECT LEAST(latest.id, (SELECT min(latest.id - ((latest.id - announced.objid::bigint) & 4294967295)) \
     FROM pg_locks announced WHERE announced.locktype = 'advisory' AND announced.objsubid = 2 \
     AND announced.classid::bigint = (hashtext('fh_outbox_history'::regclass::oid::text)::bigint & 4294967295) \
     AND announced.database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
     AND ((latest.id - announced.objid::bigint) & 4294967295) < 2147483648)) \
     FROM (SELECT COALESCE(max(id), 0) AS id FROM fh_outbox_history) latest";

/// A connection inside a transaction.
pub(super) struct PostgresTransaction<'c, C> {
    client: &'c C,
    statements: &'c mut Statements,
    place: &'c str,
    /// The first statement that failed, after which PostgreSQL keeps nothing of the transaction.
    fault: Option<Fault>,
}

impl<'c, C: GenericClient + Sync> PostgresTransaction<'c, C> {
    pub(super) fn new(client: &'c C, statements: &'c mut Statements, place: &'c str) -> Self {
        Self {
            client,
            statements,
            place,
            fault: None,
        }
    }

    /// What failed, if anything did.
    pub(super) fn fault(self) -> Option<Fault> {
        self.fault
    }

    fn failed(&mut self, error: &tokio_postgres::Error) -> OutboxError {
        let fault = Fault::of(error);
        let told = fault.tell(self.place);
        self.fault.get_or_insert(fault);
        told
    }

    async fn statement(&mut self, sql: &str) -> Result<Statement, tokio_postgres::Error> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(&numbered(sql)).await?;
        if self.statements.len() >= STATEMENTS {
            self.statements.clear();
        }
        self.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    async fn rows(&mut self, sql: &str, values: &[Value]) -> Result<Vec<tokio_postgres::Row>, tokio_postgres::Error> {
        let statement = self.statement(sql).await?;
        self.client.query(&statement, &parameters(values)).await
    }

    async fn changed(&mut self, sql: &str, values: &[Value]) -> Result<u64, tokio_postgres::Error> {
        let statement = self.statement(sql).await?;
        self.client.execute(&statement, &parameters(values)).await
    }
}

fn parameters(values: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    values.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

impl<C: GenericClient + Sync> Sql for PostgresTransaction<'_, C> {
    const DIALECT: Dialect = Dialect {
        lock: " FOR UPDATE",
        lock_free: " FOR UPDATE SKIP LOCKED",
        one_machine: false,
        origin: &[
            (
                "SELECT COALESCE(has_function_privilege(to_regprocedure('pg_control_system()'), 'execute'), FALSE)",
                "SELECT CAST(system_identifier AS TEXT) FROM pg_control_system()",
            ),
            (
                "SELECT NOT pg_is_in_recovery() AND COALESCE(has_function_privilege(to_regprocedure('pg_walfile_name(pg_lsn)'), 'execute') \
                 AND has_function_privilege(to_regprocedure('pg_current_wal_lsn()'), 'execute'), FALSE)",
                "SELECT substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)",
            ),
        ],
        tables: "SELECT count(*) FROM pg_class WHERE oid = to_regclass(?1)",
        note: NOTE,
        told: TOLD,
        steps: &[
            include_str!("../schema/postgres/1.sql"),
            include_str!("../schema/postgres/2.sql"),
            include_str!("../schema/postgres/3.sql"),
            include_str!("../schema/postgres/4.sql"),
            include_str!("../schema/postgres/5.sql"),
        ],
    };

    fn place(&self) -> String {
        self.place.to_owned()
    }

    async fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>, OutboxError> {
        let rows = self.rows(sql, values).await.map_err(|error| self.failed(&error))?;
        rows.iter().map(row).collect()
    }

    async fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64, OutboxError> {
        self.changed(sql, values).await.map_err(|error| self.failed(&error))
    }

    async fn batch(&mut self, sql: &str) -> Result<(), OutboxError> {
        self.client
            .batch_execute(sql)
            .await
            .map_err(|error| self.failed(&error))
    }

    async fn queue_up(&mut self, thing: &str) -> Result<(), OutboxError> {
        let thing = [Value::from(format!("fh_outbox {thing}"))];
        let lock = "SELECT pg_advisory_xact_lock(hashtextextended(?1, 0))";
        self.query(lock, &thing).await.map(|_| ())
    }
}

/// `?1` as PostgreSQL writes it, `$1`.
fn numbered(sql: &str) -> String {
    let mut numbered = String::with_capacity(sql.len());
    let mut is_quoted = false;
    let mut letters = sql.chars().peekable();
    while let Some(letter) = letters.next() {
        is_quoted ^= letter == '\'';
        let is_parameter = letter == '?' && !is_quoted && letters.peek().is_some_and(char::is_ascii_digit);
        numbered.push(if is_parameter { '$' } else { letter });
    }
    numbered
}

impl ToSql for Value {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(value) => value.to_sql_checked(kind, out),
            // PostgreSQL keeps no NUL in a text, and what somebody else wrote into one must not cost what stands beside it.
            Self::Text(value) if value.contains('\0') => value.replace('\0', "\u{fffd}").to_sql_checked(kind, out),
            Self::Text(value) => value.to_sql_checked(kind, out),
            Self::Blob(value) => value.to_sql_checked(kind, out),
        }
    }

    /// Whether the type fits is asked when the value is known.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

fn row(row: &tokio_postgres::Row) -> Result<Row, OutboxError> {
    let values: Result<Vec<_>, _> = (0..row.len()).map(|column| value(row, column)).collect();
    Ok(Row(values?.into_iter()))
}

fn value(row: &tokio_postgres::Row, column: usize) -> Result<Value, OutboxError> {
    let read = match *row.columns()[column].type_() {
        Type::INT8 => row.try_get::<_, Option<i64>>(column).map(Value::from),
        Type::INT4 => row
            .try_get::<_, Option<i32>>(column)
            .map(|value| value.map(i64::from).into()),
        Type::BOOL => row.try_get::<_, Option<bool>>(column).map(Value::from),
        Type::TEXT | Type::VARCHAR | Type::NAME => row.try_get::<_, Option<String>>(column).map(Value::from),
        Type::BYTEA => row
            .try_get::<_, Option<Vec<u8>>>(column)
            .map(|value| value.map_or(Value::Null, Value::Blob)),
        Type::VOID => return Ok(Value::Null),
        ref other => {
            return Err(OutboxError::Store(format!(
                "a column is of the type {other}, which this program does not read"
            )));
        }
    };
    read.map_err(|_| OutboxError::Store("a column could not be read".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_numbered_in_postgresqls_way_and_texts_are_left_alone() {
        assert_eq!(
            numbered("SELECT a FROM b WHERE c = ?1 AND d LIKE '?2 ''?3''' OR e = ?12"),
            "SELECT a FROM b WHERE c = $1 AND d LIKE '?2 ''?3''' OR e = $12"
        );
    }
}
