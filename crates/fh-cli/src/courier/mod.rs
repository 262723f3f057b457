//! Alarms reach somebody who is not looking: a command is run for each, or it is posted to an address, once.

mod command;
mod post;
mod settings;
mod to;

use std::{
    collections::BTreeSet,
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::Duration,
};

use fh_outbox::{Alarm, Outbox, Reader};
use fh_types::{CatDateTime, Clock, SystemClock};
use serde_json::{Value, json};

pub(crate) use self::settings::{AlarmFlags, AlarmSettings};
use self::to::To;
use crate::exit::Failure;

/// How often alarms are looked for. With the time that sending one may take, each is sent within a minute.
const ROUND: Duration = Duration::from_secs(15);

/// How long the store may take to say what rings.
const PATIENCE: Duration = Duration::from_secs(10);

/// Sends alarms until it is dropped.
pub(crate) struct Courier {
    /// Dropped, it ends the thread.
    _stop: mpsc::Sender<()>,
}

impl Courier {
    /// Begins, if there is anyone to be sent alarms. It has a thread and a runtime of its own: it goes on when the worker is stuck.
    pub(crate) fn start(outbox: &Outbox, settings: AlarmSettings) -> Result<Option<Self>, Failure> {
        let to = settings.recipients()?;
        if to.is_empty() {
            return Ok(None);
        }
        let cannot = |error: std::io::Error| Failure::service(format!("alarms cannot be sent: {error}"));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(cannot)?;
        let (stop, stopped) = mpsc::channel();
        let outbox = outbox.clone();
        thread::Builder::new()
            .name("fh-alarms".to_owned())
            .spawn(move || {
                let mut rounds = Rounds {
                    outbox,
                    to,
                    sent: BTreeSet::new(),
                };
                loop {
                    runtime.block_on(rounds.go());
                    if stopped.recv_timeout(ROUND) != Err(RecvTimeoutError::Timeout) {
                        return;
                    }
                }
            })
            .map_err(cannot)?;
        Ok(Some(Self { _stop: stop }))
    }
}

struct Rounds {
    outbox: Outbox,
    to: Vec<To>,
    /// Who was sent which alarm of this process: what the store could not tell.
    sent: BTreeSet<(&'static str, String)>,
}

impl Rounds {
    async fn go(&mut self) {
        // What is wrong with the store is known once something is written; it is not kept for long.
        let _ = tokio::time::timeout(PATIENCE, self.outbox.check_writable()).await;
        let own = self.outbox.alarms_of_this_process();
        let ringing: BTreeSet<_> = own.iter().map(Alarm::id).collect();
        self.sent.retain(|(_, id)| ringing.contains(id));
        for to in &self.to {
            for alarm in &own {
                let key = (to.name(), alarm.id());
                if !self.sent.contains(&key) && deliver(&self.outbox, to, alarm).await {
                    self.sent.insert(key);
                }
            }
            let kept = tokio::time::timeout(PATIENCE, self.outbox.alarms_to_send(to.name())).await;
            for alarm in kept.ok().and_then(Result::ok).unwrap_or_default() {
                if deliver(&self.outbox, to, &alarm).await
                    && let Err(error) = self.outbox.alarm_was_sent(to.name(), &alarm).await
                {
                    tracing::warn!(%error, "an alarm was sent, and may be sent another time");
                }
            }
        }
    }
}

/// True when it was sent.
async fn deliver(outbox: &Outbox, to: &To, alarm: &Alarm) -> bool {
    let letter = letter(outbox, alarm);
    let sent = to.send(alarm, &letter).await;
    if let Err(why) = &sent {
        tracing::warn!(
            to = to.name(),
            alarm = alarm.id(),
            why,
            "an alarm could not be sent; it is tried again"
        );
    }
    sent.is_ok()
}

/// What is sent.
fn letter(outbox: &Outbox, alarm: &Alarm) -> Value {
    json!({
        "id": alarm.id(),
        "key": alarm.key,
        "kind": alarm.kind,
        "gravity": alarm.gravity,
        "lane": alarm.lane,
        "document": alarm.document,
        "since": alarm.since,
        "message": alarm.message,
        "remedy": alarm.advice(Reader::Terminal),
        "outbox": outbox.place(),
        "sent_at": CatDateTime::from_timestamp(SystemClock.now()),
    })
}
