//! The two engines, so that one suite is run on both: `on_both_engines!(tests)` makes a SQLite and a PostgreSQL test of each function.
//!
//! PostgreSQL needs the feature `postgres` and, in `FH_TEST_POSTGRES`, the URL of a cluster in which schemas may be made, as
//! `cargo xtask test` starts one. Each test makes a schema of its own and drops it again; a test that fails leaves it for inspection.

#![allow(
    dead_code,
    unreachable_pub,
    unused_macros,
    reason = "each test file uses what it needs"
)]

#[cfg(feature = "sqlite")]
use std::path::PathBuf;

/// A store for one test.
pub struct Place {
    pub address: String,
    inner: Inner,
}

/// A copy of a store.
pub enum Backup {
    #[cfg(feature = "sqlite")]
    File(PathBuf),
    #[cfg(feature = "postgres")]
    Tables,
}

/// The tables of a store.
#[cfg(feature = "postgres")]
async fn tables_of(client: &fh_outbox::tokio_postgres::Client) -> Vec<String> {
    let query =
        r"SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema() AND tablename LIKE 'fh\_outbox\_%'";
    let rows = client.query(query, &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

enum Inner {
    #[cfg(feature = "sqlite")]
    Sqlite { path: PathBuf, _folder: tempfile::TempDir },
    #[cfg(feature = "postgres")]
    Postgres {
        schema: String,
        client: fh_outbox::tokio_postgres::Client,
    },
}

impl Place {
    #[cfg(feature = "sqlite")]
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("till.db");
        Self {
            address: path.to_str().unwrap().to_owned(),
            inner: Inner::Sqlite { path, _folder: folder },
        }
    }

    /// None, said aloud, when there is no cluster; in CI that is a failure.
    #[cfg(feature = "postgres")]
    pub async fn postgres() -> Option<Self> {
        use std::{
            io::Write,
            sync::atomic::{AtomicU32, Ordering},
        };
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let Ok(cluster) = std::env::var("FH_TEST_POSTGRES") else {
            let missing = "FH_TEST_POSTGRES is not set, so NOTHING IS TESTED ON POSTGRESQL; `cargo xtask test` sets it";
            assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{missing}");
            // Past the capture of the test's output, which nobody would see.
            std::io::stderr().write_all(format!("{missing}\n").as_bytes()).unwrap();
            return None;
        };
        let schema = format!("fh_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let client = raw(&cluster).await;
        client
            .batch_execute(&format!("CREATE SCHEMA {schema}; SET search_path = {schema}"))
            .await
            .unwrap();
        let sign = if cluster.contains('?') { '&' } else { '?' };
        Some(Self {
            address: format!("{cluster}{sign}options=-csearch_path%3D{schema}&application_name={schema}"),
            inner: Inner::Postgres { schema, client },
        })
    }

    /// Runs statements in the store, behind the outbox's back.
    pub async fn execute(&self, sql: &str) -> Result<(), String> {
        match &self.inner {
            #[cfg(feature = "sqlite")]
            Inner::Sqlite { path, .. } => sqlite(path).execute_batch(sql).map_err(|error| error.to_string()),
            #[cfg(feature = "postgres")]
            Inner::Postgres { client, .. } => client.batch_execute(sql).await.map_err(|error| {
                let said = error.as_db_error().map(|error| error.message().to_owned());
                said.unwrap_or_else(|| error.to_string())
            }),
        }
    }

    /// A number out of the store.
    pub async fn number(&self, sql: &str) -> i64 {
        match &self.inner {
            #[cfg(feature = "sqlite")]
            Inner::Sqlite { path, .. } => sqlite(path).query_row(sql, [], |row| row.get(0)).unwrap(),
            #[cfg(feature = "postgres")]
            Inner::Postgres { client, .. } => client.query_one(sql, &[]).await.unwrap().get(0),
        }
    }

    /// Texts out of the store.
    pub async fn texts(&self, sql: &str) -> Vec<String> {
        match &self.inner {
            #[cfg(feature = "sqlite")]
            Inner::Sqlite { path, .. } => {
                let connection = sqlite(path);
                let mut statement = connection.prepare(sql).unwrap();
                let rows = statement.query_map([], |row| row.get(0)).unwrap();
                rows.collect::<Result<_, _>>().unwrap()
            }
            #[cfg(feature = "postgres")]
            Inner::Postgres { client, .. } => {
                let rows = client.query(sql, &[]).await.unwrap();
                rows.iter().map(|row| row.get(0)).collect()
            }
        }
    }

    /// A copy of the whole store, as a backup is.
    pub async fn backup(&self) -> Backup {
        match &self.inner {
            #[cfg(feature = "sqlite")]
            Inner::Sqlite { path, .. } => {
                let copy = path.with_extension("backup");
                let _ = std::fs::remove_file(&copy);
                sqlite(path)
                    .execute("VACUUM INTO ?1", [copy.to_str().unwrap()])
                    .unwrap();
                Backup::File(copy)
            }
            #[cfg(feature = "postgres")]
            Inner::Postgres { client, .. } => {
                let mut tables = String::new();
                for table in tables_of(client).await {
                    tables.push_str(&format!(
                        "DROP TABLE IF EXISTS backup_{table}; CREATE TABLE backup_{table} AS SELECT * FROM {table};"
                    ));
                }
                // All of one moment, as a dump is.
                client
                    .batch_execute(&format!("BEGIN ISOLATION LEVEL REPEATABLE READ; {tables} COMMIT"))
                    .await
                    .unwrap();
                Backup::Tables
            }
        }
    }

    /// Puts it back, as whoever restores does.
    pub async fn put_back(&self, backup: &Backup) {
        match (&self.inner, backup) {
            #[cfg(feature = "sqlite")]
            (Inner::Sqlite { path, .. }, Backup::File(copy)) => {
                for end in ["", "-wal", "-shm"] {
                    let mut name = path.as_os_str().to_owned();
                    name.push(end);
                    let _ = std::fs::remove_file(name);
                }
                std::fs::copy(copy, path).unwrap();
            }
            #[cfg(feature = "postgres")]
            (Inner::Postgres { client, .. }, Backup::Tables) => {
                let mut tables = String::new();
                for table in tables_of(client).await {
                    tables.push_str(&format!(
                        "TRUNCATE {table}; INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM backup_{table};"
                    ));
                }
                client.batch_execute(&format!("BEGIN; {tables} COMMIT")).await.unwrap();
            }
            #[cfg(all(feature = "sqlite", feature = "postgres"))]
            _ => panic!("a backup of the other engine"),
        }
    }

    /// The file of SQLite's.
    pub fn file(&self) -> Option<&std::path::Path> {
        match &self.inner {
            #[cfg(feature = "sqlite")]
            Inner::Sqlite { path, .. } => Some(path),
            #[cfg(feature = "postgres")]
            Inner::Postgres { .. } => None,
        }
    }

    /// The schema of PostgreSQL's.
    pub fn schema(&self) -> Option<&str> {
        match &self.inner {
            #[cfg(feature = "sqlite")]
            Inner::Sqlite { .. } => None,
            #[cfg(feature = "postgres")]
            Inner::Postgres { schema, .. } => Some(schema),
        }
    }

    /// The tables as version 1 made them.
    pub fn schema_of_version_1(&self) -> &'static str {
        match &self.inner {
            #[cfg(feature = "sqlite")]
            Inner::Sqlite { .. } => include_str!("../../src/store/schema/sqlite/1.sql"),
            #[cfg(feature = "postgres")]
            Inner::Postgres { .. } => include_str!("../../src/store/schema/postgres/1.sql"),
        }
    }

    /// Ends the connections of every outbox on this store, and says how many.
    #[cfg(feature = "postgres")]
    pub async fn cut_connections(&self, at_most: i64) -> i64 {
        #[cfg_attr(
            not(feature = "sqlite"),
            allow(irrefutable_let_patterns, reason = "there is no other")
        )]
        let Inner::Postgres { schema, client } = &self.inner else {
            panic!("SQLite has no connections")
        };
        let cut = "SELECT count(pg_terminate_backend(pid)) FROM \
                   (SELECT pid FROM pg_stat_activity WHERE application_name = $1 ORDER BY random() LIMIT $2) AS victim";
        client.query_one(cut, &[schema, &at_most]).await.unwrap().get(0)
    }

    pub async fn remove(self) {
        match self.inner {
            #[cfg(feature = "sqlite")]
            Inner::Sqlite { .. } => {}
            #[cfg(feature = "postgres")]
            Inner::Postgres { schema, client } => {
                let drop = format!("DROP SCHEMA {schema} CASCADE");
                // A worker that was just dropped may be in the middle of something, and one of the two gives way.
                let gives_way = |error: &tokio_postgres::Error| {
                    error.code() == Some(&tokio_postgres::error::SqlState::T_R_DEADLOCK_DETECTED)
                };
                while let Err(error) = client.batch_execute(&drop).await {
                    assert!(gives_way(&error), "{error}");
                }
            }
        }
    }
}

#[cfg(feature = "sqlite")]
fn sqlite(path: &PathBuf) -> fh_outbox::rusqlite::Connection {
    let connection = fh_outbox::rusqlite::Connection::open(path).unwrap();
    connection.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
    connection
}

/// A connection past the outbox.
#[cfg(feature = "postgres")]
pub async fn raw(address: &str) -> fh_outbox::tokio_postgres::Client {
    let address = address.replace("application_name=", "application_name=raw_");
    let (client, wire) = fh_outbox::tokio_postgres::connect(&address, fh_outbox::tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(wire);
    client
}

/// A small invoice that passes every check.
pub fn document(id: &str) -> fiscal_harmony::Document {
    let json = format!(
        r#"{{"InvoiceId":"{id}","InvoiceNumber":"{id}","IsTaxInclusive":true,"BuyerContact":{{"Name":"Cash Customer"}},
        "Date":"2026-11-21T09:00:00+02:00","LineItems":[{{"Description":"Toner","ProductCode":"84439990","UnitAmount":115.5,
        "Quantity":1,"LineAmount":115.5,"TaxCode":"VAT15.5"}}],"SubTotal":100,"TotalTax":15.5,"Total":115.5,"CurrencyCode":"USD"}}"#
    );
    fiscal_harmony::Document::from_json(json.as_bytes()).unwrap()
}

macro_rules! on_both_engines {
    ($($name:ident),+ $(,)?) => {
        #[cfg(feature = "sqlite")]
        mod sqlite {$(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let place = crate::engine::Place::sqlite();
                super::$name(&place).await;
                place.remove().await;
            }
        )+}

        #[cfg(feature = "postgres")]
        mod postgres {$(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                if let Some(place) = crate::engine::Place::postgres().await {
                    super::$name(&place).await;
                    place.remove().await;
                }
            }
        )+}
    };
}

/// The same for what only PostgreSQL has.
#[cfg(feature = "postgres")]
macro_rules! on_postgres {
    ($($name:ident),+ $(,)?) => {
        mod postgres {$(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                if let Some(place) = crate::engine::Place::postgres().await {
                    super::$name(&place).await;
                    place.remove().await;
                }
            }
        )+}
    };
}
