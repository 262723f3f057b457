//! Ctrl-C: once to stop in order, twice to stop at once.

use tokio::sync::watch;

use crate::exit::Failure;

/// Counts how often the person (or the system) asked to stop.
#[derive(Clone)]
pub(crate) struct Interrupt(watch::Receiver<u8>);

impl Interrupt {
    /// Begins to listen for Ctrl-C and, where there is one, the request to terminate.
    pub(crate) fn listen() -> Result<Self, Failure> {
        let mut signals =
            Signals::new().map_err(|error| Failure::service(format!("Ctrl-C cannot be listened for: {error}")))?;
        let (count, receiver) = watch::channel(0_u8);
        tokio::spawn(async move {
            while signals.next().await && !count.is_closed() {
                count.send_modify(|count| *count = count.saturating_add(1));
            }
        });
        Ok(Self(receiver))
    }

    /// One that somebody else asks: the second value does.
    #[cfg(windows)]
    pub(crate) fn by_hand() -> (Self, impl Fn()) {
        let (count, receiver) = watch::channel(0_u8);
        (Self(receiver), move || {
            count.send_modify(|count| *count = count.saturating_add(1))
        })
    }

    /// Ends when it was asked for `times` times.
    pub(crate) async fn asked(&self, times: u8) {
        let mut receiver = self.0.clone();
        if receiver.wait_for(|count| *count >= times).await.is_err() {
            // Nobody can ask any more.
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) -> bool {
        tokio::select! {
            received = self.interrupt.recv() => received.is_some(),
            received = self.terminate.recv() => received.is_some(),
        }
    }
}

/// What Windows tells a program on a console. It ends the program some five seconds after the window was closed, and sooner or later
/// after the others but the first two, whatever the program does.
#[cfg(windows)]
struct Signals {
    interrupt: tokio::signal::windows::CtrlC,
    stop: tokio::signal::windows::CtrlBreak,
    close: tokio::signal::windows::CtrlClose,
    sign_out: tokio::signal::windows::CtrlLogoff,
    shutdown: tokio::signal::windows::CtrlShutdown,
}

#[cfg(windows)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_logoff, ctrl_shutdown};
        Ok(Self {
            interrupt: ctrl_c()?,
            stop: ctrl_break()?,
            close: ctrl_close()?,
            sign_out: ctrl_logoff()?,
            shutdown: ctrl_shutdown()?,
        })
    }

    async fn next(&mut self) -> bool {
        tokio::select! {
            received = self.interrupt.recv() => received.is_some(),
            received = self.stop.recv() => received.is_some(),
            received = self.close.recv() => received.is_some(),
            received = self.sign_out.recv() => received.is_some(),
            received = self.shutdown.recv() => received.is_some(),
        }
    }
}
