//! Named points at which a process can be told to die or to fail, for tests of crashes.
//!
//! Without the feature `failpoints` they cost nothing and do nothing. With it, `FH_FAILPOINT` names one as
//! `<operation>.<moment>:<kill|stop|fail>:<n>`: the n-th time that it is reached the process kills itself with `SIGKILL`, stops itself
//! with `SIGSTOP` until it gets a `SIGCONT`, or, from then on, the operation fails as if the disk had. Where there are no such signals, it
//! aborts in place of the first, and there is no second.

use crate::error::OutboxError;

/// When, in an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Inside the transaction, before anything is written. For a request: before it leaves.
    BeforeWrite,
    /// Everything is written and nothing committed.
    BeforeCommit,
    /// Committed, and nobody told. For a request: the answer is here and nothing done about it.
    AfterCommit,
}

#[cfg(feature = "failpoints")]
impl Moment {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::BeforeWrite => "before",
            Self::BeforeCommit => "commit",
            Self::AfterCommit => "after",
        }
    }
}

/// The operations of the store that write.
#[cfg(feature = "failpoints")]
pub const WRITES: [&str; 8] = [
    "enqueue", "claim", "reply", "poll", "settle", "operate", "correct", "prune",
];

/// The requests to the service.
#[cfg(feature = "failpoints")]
pub const REQUESTS: [&str; 2] = ["submit", "status"];

/// The mark of a sending, outside of the store: before it, and after it.
#[cfg(feature = "failpoints")]
pub const MARKS: [&str; 1] = ["mark"];

/// Every point, as `<operation>.<moment>`.
#[cfg(feature = "failpoints")]
#[must_use]
pub fn all() -> Vec<String> {
    use Moment::{AfterCommit, BeforeCommit, BeforeWrite};
    let point = |operation: &str, moment: Moment| format!("{operation}.{}", moment.name());
    let writes = WRITES
        .iter()
        .flat_map(|operation| [BeforeWrite, BeforeCommit, AfterCommit].map(|moment| point(operation, moment)));
    let requests = REQUESTS
        .iter()
        .chain(&MARKS)
        .flat_map(|operation| [BeforeWrite, AfterCommit].map(|moment| point(operation, moment)));
    writes.chain(requests).collect()
}

/// The points of a migration, each of them at every step that is wanting.
#[cfg(feature = "failpoints")]
pub const MIGRATION: [&str; 5] = [
    "migrate.before",
    "step.before",
    "step.commit",
    "migrate.commit",
    "migrate.after",
];

#[cfg(not(feature = "failpoints"))]
#[inline]
pub(crate) fn hit(_: &'static str, _: Moment) -> Result<(), OutboxError> {
    Ok(())
}

#[cfg(feature = "failpoints")]
pub(crate) use armed::hit;

#[cfg(feature = "failpoints")]
mod armed {
    use std::sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    };

    use super::{Moment, OutboxError};

    #[derive(PartialEq)]
    enum Manner {
        Kill,
        Stop,
        Fail,
    }

    struct Armed {
        point: String,
        manner: Manner,
        from: u64,
        reached: AtomicU64,
    }

    fn armed() -> Option<&'static Armed> {
        static ARMED: OnceLock<Option<Armed>> = OnceLock::new();
        ARMED
            .get_or_init(|| {
                let text = std::env::var("FH_FAILPOINT").ok()?;
                let mut parts = text.split(':');
                Some(Armed {
                    point: parts.next()?.to_owned(),
                    manner: match parts.next()? {
                        "kill" => Manner::Kill,
                        "stop" => Manner::Stop,
                        _ => Manner::Fail,
                    },
                    from: parts.next()?.parse().ok()?,
                    reached: AtomicU64::new(0),
                })
            })
            .as_ref()
    }

    pub(crate) fn hit(operation: &'static str, moment: Moment) -> Result<(), OutboxError> {
        let Some(armed) = armed() else { return Ok(()) };
        let is_it = armed
            .point
            .split_once('.')
            .is_some_and(|(name, when)| name == operation && when == moment.name());
        if !is_it {
            return Ok(());
        }
        let reached = armed.reached.fetch_add(1, Ordering::Relaxed) + 1;
        if armed.manner == Manner::Stop && reached == armed.from {
            stop();
        }
        if armed.manner == Manner::Kill && reached == armed.from {
            die();
        }
        if armed.manner == Manner::Fail && reached >= armed.from {
            return Err(OutboxError::Store(format!(
                "injected failure at {operation}.{}",
                moment.name()
            )));
        }
        Ok(())
    }

    #[cfg(unix)]
    fn stop() {
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::STOP);
        // The signal is on its way; this thread must not get anywhere before it is here.
        std::thread::sleep(std::time::Duration::from_millis(20));
    }

    #[cfg(unix)]
    fn die() -> ! {
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        // The signal is on its way; nothing may happen before it is here.
        loop {
            std::thread::park();
        }
    }

    #[cfg(not(unix))]
    fn stop() {
        panic!("a process cannot be stopped on this system");
    }

    #[cfg(not(unix))]
    fn die() -> ! {
        std::process::abort()
    }
}
