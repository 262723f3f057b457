//! PostgreSQL: rows, leases and fencing tokens, with no coordination of our own beside them.
//!
//! A thread with a runtime of its own holds the connections, so that the outbox works in any runtime and outlives none. Each
//! operation is one transaction at READ COMMITTED that locks the rows it is about to change; transactions that meet are tried
//! again, and so are those whose connection was lost before anything was committed.

mod bell;
mod fault;
mod pool;
mod tls;
mod transaction;

use std::{rc::Rc, sync::Arc, thread, time::Duration};

use futures_util::future::{FutureExt, LocalBoxFuture};
use tokio::{
    sync::mpsc,
    task::{JoinSet, LocalSet},
    time::{sleep, timeout},
};
use tokio_postgres::{Config, SimpleQueryMessage, types::Type};

use self::{
    bell::Ring,
    fault::Fault,
    pool::{Link, PATIENCE, Pool, Server},
    tls::Tls,
    transaction::{PostgresTransaction, Statements},
};
use super::sql::{Told, Work};
use crate::{
    bells::Bells,
    error::OutboxError,
    failpoint::{self, Moment},
    machine::Micros,
};

/// Asks what time it is, in microseconds since 1970.
const CLOCK: &str = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint";

/// How often an operation is tried before its failure is told.
const TRIES: u32 = 6;

pub(crate) struct Postgres {
    place: String,
    queue: mpsc::UnboundedSender<Box<dyn Job>>,
}

/// An operation on its way to the thread, with its answer's way back.
trait Job: Send {
    fn perform(self: Box<Self>, engine: Rc<Engine>) -> LocalBoxFuture<'static, ()>;
}

struct Errand<W: Work> {
    work: W,
    writes: bool,
    answer: Told<W>,
}

impl<W: Work> Job for Errand<W> {
    fn perform(self: Box<Self>, engine: Rc<Engine>) -> LocalBoxFuture<'static, ()> {
        async move {
            let done = engine.perform(&self.work, self.writes).await;
            // Who does not wait for the answer any more does not need it.
            let _ = self.answer.send(done);
        }
        .boxed_local()
    }
}

impl Postgres {
    /// Starts the thread. The server is first spoken to by the first operation.
    pub(crate) fn open(config: Config, place: String, bells: Arc<Bells>) -> Result<Self, OutboxError> {
        let cannot = |what: String| OutboxError::Store(format!("{place}: {what}"));
        let tls = Tls::new(config.get_ssl_mode())
            .map_err(|error| cannot(format!("the certificates of this system cannot be used: {error}")))?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| cannot(error.to_string()))?;
        let (queue, jobs) = mpsc::unbounded_channel();
        let server = Server {
            config,
            place: place.clone(),
            tls,
        };
        thread::Builder::new()
            .name("fh-outbox-postgres".to_owned())
            .spawn(move || {
                let tasks = LocalSet::new();
                tasks.block_on(&runtime, serve(server, jobs, bells));
                // The connections take their leave of the server.
                let _ = runtime.block_on(async { timeout(Duration::from_secs(2), tasks).await });
            })
            .map_err(|error| cannot(error.to_string()))?;
        Ok(Self { place, queue })
    }

    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    pub(crate) fn write<W: Work>(&self, work: W, answer: Told<W>) {
        self.send(work, true, answer);
    }

    pub(crate) fn read<W: Work>(&self, work: W, answer: Told<W>) {
        self.send(work, false, answer);
    }

    fn send<W: Work>(&self, work: W, writes: bool, answer: Told<W>) {
        // Should the thread be gone, so is the sender of the answer, which the waiting side sees.
        let _ = self.queue.send(Box::new(Errand { work, writes, answer }));
    }
}

/// Does what is asked, several at once, until nobody can ask any more.
async fn serve(server: Server, mut jobs: mpsc::UnboundedReceiver<Box<dyn Job>>, bells: Arc<Bells>) {
    let engine = Rc::new(Engine {
        pool: Pool::new(server.clone()),
        ring: Rc::default(),
    });
    let bell = tokio::task::spawn_local(bell::attend(server, engine.ring.clone(), bells));
    let mut running = JoinSet::new();
    loop {
        tokio::select! {
            job = jobs.recv() => match job {
                Some(job) => { running.spawn_local(job.perform(engine.clone())); }
                None => break,
            },
            Some(_) = running.join_next(), if !running.is_empty() => {}
        }
    }
    while running.join_next().await.is_some() {}
    bell.abort();
}

struct Engine {
    pool: Pool,
    ring: Rc<Ring>,
}

/// Why a try came to nothing.
struct Failed {
    error: OutboxError,
    /// What may be done about it by trying again; none when that would not help, or when it may have been committed.
    again: Option<Fault>,
}

impl From<OutboxError> for Failed {
    fn from(error: OutboxError) -> Self {
        Self { error, again: None }
    }
}

impl Engine {
    async fn perform<W: Work>(&self, work: &W, writes: bool) -> Result<W::Output, OutboxError> {
        if W::MAY_TAKE_LONG {
            return self.persist(work, writes).await;
        }
        // A silent line tells nothing, not even that it is broken; what was under way on it may be kept or not.
        let silence = |_| {
            self.pool.forget();
            let what = format!("no answer within {} s", PATIENCE.as_secs());
            Err(Fault::gone(what).tell(&self.pool.server.place))
        };
        timeout(PATIENCE, self.persist(work, writes))
            .await
            .unwrap_or_else(silence)
    }

    /// Tries until it is done, or trying again is of no use.
    async fn persist<W: Work>(&self, work: &W, writes: bool) -> Result<W::Output, OutboxError> {
        let _permit = self.pool.permit().await?;
        for tries in 1_u32.. {
            let failed = match self.once(work.clone(), writes).await {
                Ok(done) => return Ok(done),
                Err(failed) => failed,
            };
            match failed.again {
                Some(fault) if tries < TRIES => {
                    if fault.is_collision() {
                        sleep(Duration::from_millis(fastrand::u64(0..=10 << tries))).await;
                    }
                }
                _ => return Err(failed.error),
            }
        }
        unreachable!("the loop ends by returning")
    }

    /// One transaction. A connection on which anything unclear happened is not used again.
    async fn once<W: Work>(&self, work: W, writes: bool) -> Result<W::Output, Failed> {
        let link = self.pool.take().await?;
        let cut = link.cut_unless_over();
        let done = self.on(link, work, writes).await;
        cut.over();
        done
    }

    async fn on<W: Work>(&self, mut link: Link, work: W, writes: bool) -> Result<W::Output, Failed> {
        let begin = match (writes, W::MAY_TAKE_LONG) {
            // Not `READ WRITE`: a server that takes no writes by default has its reasons.
            (true, false) => "BEGIN ISOLATION LEVEL READ COMMITTED",
            (true, true) => "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = '60s'",
            (false, _) => "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY",
        };
        if work.by().is_some() {
            work.told_the_time(self.begin(&link, begin).await?);
        } else {
            self.plain(&link, begin).await?;
        }
        if let Err(error) = failpoint::hit(W::NAME, Moment::BeforeWrite) {
            return Err(self.give_up(link, error, None).await);
        }
        let Link { client, statements, .. } = &mut link;
        let mut transaction = PostgresTransaction::new(client, statements, &self.pool.server.place);
        let done = work.run(&mut transaction).await;
        let done = match (done, transaction.fault()) {
            (Ok(done), None) => done,
            (Ok(_), Some(fault)) => {
                let error = fault.tell(&self.pool.server.place);
                return Err(self.give_up(link, error, Some(fault)).await);
            }
            (Err(error), fault) => return Err(self.give_up(link, error, fault).await),
        };
        if let Err(error) = failpoint::hit(W::NAME, Moment::BeforeCommit) {
            return Err(self.give_up(link, error, None).await);
        }
        // From here on it may have been committed, whatever is said.
        link.client
            .batch_execute("COMMIT")
            .await
            .map_err(|error| Fault::of(&error).tell(&self.pool.server.place))?;
        let _ = failpoint::hit(W::NAME, Moment::AfterCommit);
        self.pool.put(link);
        if writes {
            self.ring.strike(&W::effect(&done));
        }
        Ok(done)
    }

    /// Begins a transaction, and says when that is: one clock for all nodes, by which their leases are kept.
    async fn begin(&self, link: &Link, begin: &str) -> Result<Micros, Failed> {
        let told = |fault: Fault| Failed {
            error: fault.tell(&self.pool.server.place),
            again: Some(fault),
        };
        let answers = link
            .client
            .simple_query(&format!("{begin}; {CLOCK}"))
            .await
            .map_err(|error| told(Fault::of(&error)))?;
        let time = answers.iter().find_map(|answer| match answer {
            SimpleQueryMessage::Row(row) => row.get(0)?.parse().ok(),
            _ => None,
        });
        time.ok_or_else(|| told(Fault::gone("the server does not tell the time")))
    }

    /// A statement before which nothing was written.
    async fn plain(&self, link: &Link, sql: &str) -> Result<(), Failed> {
        link.client.batch_execute(sql).await.map_err(|error| {
            let fault = Fault::of(&error);
            Failed {
                error: fault.tell(&self.pool.server.place),
                again: Some(fault),
            }
        })
    }

    /// Ends a transaction of which nothing is to be kept.
    async fn give_up(&self, link: Link, error: OutboxError, fault: Option<Fault>) -> Failed {
        let is_over = fault.as_ref().is_some_and(Fault::ends_connection);
        if !is_over && link.client.batch_execute("ROLLBACK").await.is_ok() {
            self.pool.put(link);
        }
        Failed {
            error,
            again: fault.filter(Fault::is_worth_another_try),
        }
    }
}

/// Runs an operation in a transaction of the caller's, whose commit is made to wait for the disk and to wake the workers.
pub(crate) async fn run_in<W: Work>(
    work: W,
    transaction: &tokio_postgres::Transaction<'_>,
    place: &str,
) -> Result<W::Output, OutboxError> {
    let told = |error: tokio_postgres::Error| Fault::of(&error).tell(place);
    if work.by().is_some() {
        let row = transaction.query_one(CLOCK, &[]).await.map_err(told)?;
        work.told_the_time(row.get(0));
    }
    let mut statements = Statements::new();
    let mut inner = PostgresTransaction::new(transaction, &mut statements, place);
    let done = work.run(&mut inner).await?;
    for message in bell::messages(&W::effect(&done)) {
        let last = "SELECT pg_notify($1, $2), CASE WHEN current_setting('synchronous_commit') IN ('on', 'remote_apply') THEN '' \
                    ELSE set_config('synchronous_commit', 'on', true) END";
        transaction
            .query_typed(last, &[(&bell::CHANNEL, Type::TEXT), (&message, Type::TEXT)])
            .await
            .map_err(told)?;
    }
    Ok(done)
}
