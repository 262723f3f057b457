//! `apalis-bench FILE SINGLE TOGETHER WRITERS BYTES`: pushes jobs one at a time and from several tasks at once, durably, and prints
//! the seconds that each took.

use std::{env, error::Error, str::FromStr, time::Instant};

use apalis::prelude::*;
use apalis_sqlite::{SqlitePool, SqliteStorage};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [file, single, together, writers, bytes] = arguments.as_slice() else {
        return Err("FILE SINGLE TOGETHER WRITERS BYTES".into());
    };
    let (single, together, writers): (usize, usize, usize) = (single.parse()?, together.parse()?, writers.parse()?);
    let body = "x".repeat(bytes.parse()?);
    let options = SqliteConnectOptions::from_str(file)?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let pool: SqlitePool = SqlitePoolOptions::new().max_connections(4).connect_with(options).await?;
    SqliteStorage::setup(&pool).await?;
    let mut storage = SqliteStorage::<String>::new(&pool);

    let started = Instant::now();
    for _ in 0..single {
        storage.push(body.clone()).await?;
    }
    let alone = started.elapsed();

    let started = Instant::now();
    let tasks: Vec<_> = (0..writers)
        .map(|_| {
            let (mut storage, body) = (storage.clone(), body.clone());
            tokio::spawn(async move {
                for _ in 0..together / writers {
                    storage.push(body.clone()).await?;
                }
                Ok::<_, BoxDynError>(())
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    println!("{} {}", alone.as_secs_f64(), started.elapsed().as_secs_f64());
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM Jobs").fetch_one(&pool).await?;
    assert_eq!(count, i64::try_from(single + together / writers * writers)?);
    Ok(())
}
