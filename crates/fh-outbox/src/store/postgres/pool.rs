//! Connections: few, opened when they are needed, and thrown away when they fail.
//!
//! A pool of our own, because each connection is given the same settings and asked the same questions before it is trusted, and
//! because what is left of a pool after that is a list and a semaphore.

use std::{cell::RefCell, time::Duration};

use tokio::{
    sync::{Semaphore, SemaphorePermit},
    task::AbortHandle,
    time::timeout,
};
use tokio_postgres::{Client, Config, Connection, SimpleQueryMessage, Socket};

use super::{
    fault::Fault,
    tls::{Secured, Tls},
    transaction::Statements,
};
use crate::error::OutboxError;

/// How many connections one outbox opens for its operations. A server has a hundred by default, for everyone.
const CONNECTIONS: usize = 4;

/// How long the server may be silent, be it while a connection is made or after a statement. Whoever asks at a counter is answered after it.
pub(super) const PATIENCE: Duration = Duration::from_secs(4);

/// What every session is told: whom a lock keeps waiting is told so before he takes it for silence, and a node that is frozen in the middle of a transaction
/// does not hold its lane for ever. A commit is answered when it is on the disk; `remote_apply` is more than that, and is left alone.
const SESSION: &str = "SET lock_timeout = '3s'; SET idle_in_transaction_session_timeout = '60s'; SET client_min_messages = 'warning'; \
     SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') NOT IN ('on', 'remote_apply'); \
     SELECT current_setting('fsync'), pg_backend_pid()";

/// The half of a connection that moves the bytes.
pub(super) type Wire = Connection<Socket, Secured<Socket>>;

/// Where the server is and how to reach it.
#[derive(Clone)]
pub(super) struct Server {
    pub(super) config: Config,
    pub(super) place: String,
    pub(super) tls: Tls,
}

impl Server {
    /// Opens a connection. Nothing moves until the wire is polled.
    pub(super) async fn connect(&self) -> Result<(Client, Wire), Fault> {
        timeout(PATIENCE, self.config.connect(self.tls.clone()))
            .await
            .map_err(|_| Fault::gone(format!("no connection within {} s", PATIENCE.as_secs())))?
            .map_err(|error| Fault::of(&error))
    }

    /// Makes a fresh session one of ours, and says the number of the server's process for it.
    pub(super) async fn prepare(&self, client: &Client) -> Result<i32, OutboxError> {
        let answers = timeout(PATIENCE, client.simple_query(SESSION))
            .await
            .map_err(|_| Fault::gone(format!("no answer within {} s", PATIENCE.as_secs())).tell(&self.place))?
            .map_err(|error| Fault::of(&error).tell(&self.place))?;
        let last = answers.iter().rev().find_map(|answer| match answer {
            SimpleQueryMessage::Row(row) => Some((row.get(0)?, row.get(1)?.parse().ok()?)),
            _ => None,
        });
        match last {
            Some(("on", process)) => Ok(process),
            _ => Err(OutboxError::NotDurable {
                place: self.place.clone(),
                why: "its server runs with `fsync = off`: switch it on",
            }),
        }
    }
}

/// A connection with what it has prepared.
pub(super) struct Link {
    pub(super) client: Client,
    pub(super) statements: Statements,
    wire: AbortHandle,
}

impl Link {
    /// Cuts the line unless it is told that all went well: whoever gives up waiting for an answer leaves nothing behind that waits on.
    pub(super) fn cut_unless_over(&self) -> Cut {
        Cut(Some(self.wire.clone()))
    }
}

/// Cuts a line when it is dropped.
pub(super) struct Cut(Option<AbortHandle>);

impl Cut {
    /// An answer came, whatever it said.
    pub(super) fn over(mut self) {
        self.0 = None;
    }
}

impl Drop for Cut {
    fn drop(&mut self) {
        if let Some(wire) = &self.0 {
            wire.abort();
        }
    }
}

/// The connections that nobody uses at the moment.
pub(super) struct Pool {
    pub(super) server: Server,
    idle: RefCell<Vec<Link>>,
    permits: Semaphore,
}

impl Pool {
    pub(super) fn new(server: Server) -> Self {
        Self {
            server,
            idle: RefCell::new(Vec::new()),
            permits: Semaphore::new(CONNECTIONS),
        }
    }

    /// Waits for the right to use a connection.
    pub(super) async fn permit(&self) -> Result<SemaphorePermit<'_>, OutboxError> {
        let closed = |_| OutboxError::Store("the pool of connections is closed".to_owned());
        self.permits.acquire().await.map_err(closed)
    }

    /// A connection that seems to be alive, or a new one.
    pub(super) async fn take(&self) -> Result<Link, OutboxError> {
        while let Some(link) = { self.idle.borrow_mut().pop() } {
            if !link.client.is_closed() {
                return Ok(link);
            }
        }
        let (client, wire) = self
            .server
            .connect()
            .await
            .map_err(|fault| fault.tell(&self.server.place))?;
        // How it ends is told to whoever uses the client.
        let wire = tokio::task::spawn_local(async move { drop(wire.await) }).abort_handle();
        let link = Link {
            client,
            statements: Statements::new(),
            wire,
        };
        let cut = link.cut_unless_over();
        self.server.prepare(&link.client).await?;
        cut.over();
        Ok(link)
    }

    /// Gives up the connections that nobody uses: where one is silent, the others are on the same line.
    pub(super) fn forget(&self) {
        self.idle.borrow_mut().clear();
    }

    /// Takes back a connection that is outside any transaction.
    pub(super) fn put(&self, link: Link) {
        self.idle.borrow_mut().push(link);
    }
}
