//! What happens in the outbox, for whoever looks on while somebody works.

use std::time::Duration;

use fh_outbox::{Outbox, Reader, State, Stats};
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::{alarms::gravity, interrupt::Interrupt, output::Output, visible::visible};

/// How often the picture for people is drawn anew, with its alarms; and how often alarms are looked for while nobody watches.
const PICTURE: Duration = Duration::from_secs(1);
const UNWATCHED: Duration = Duration::from_secs(10);

/// How long the store may take for its last word.
const LAST_WORD: Duration = Duration::from_millis(500);

/// Shows what happens until it is time to stop. Programs read each change as a line of JSON.
pub(crate) async fn watch(outbox: &Outbox, lanes: &[String], interrupt: &Interrupt, output: &Output) {
    // Also when a store that does not answer is being asked.
    tokio::select! {
        biased;
        () = interrupt.asked(1) => {}
        () = show(outbox, lanes, output) => {}
    }
}

/// Says how the outbox stands at the end, as far as it still answers.
pub(crate) async fn last_word(outbox: &Outbox, output: &Output) {
    match timeout(LAST_WORD, outbox.stats()).await {
        Ok(Ok(stats)) => output.remark(&format!("stopped; {}", summary(&stats))),
        Ok(Err(error)) => output.remark(&format!("stopped; {error}")),
        Err(_) => output.remark("stopped; the outbox does not answer at the moment"),
    }
}

async fn show(outbox: &Outbox, lanes: &[String], output: &Output) {
    let mut told = Vec::new();
    let mut after = outbox.latest_change().await.unwrap_or_default();
    let mut subscription = outbox.subscribe();
    let mut picture = interval(if output.is_watched() { PICTURE } else { UNWATCHED });
    picture.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            biased;
            _ = picture.tick() => {
                if let Ok(stats) = outbox.stats().await {
                    output.progress(summary(&stats));
                    ring(&stats, lanes, &mut told, output);
                }
            }
            () = subscription.changed() => {
                while let Ok(changes) = outbox.changes(after, 500).await
                    && let Some(last) = changes.last()
                {
                    after = last.id;
                    for change in &changes {
                        if output.is_json() {
                            output.json(change);
                        } else if change.to != State::Sending {
                            let (document, why) = (visible(&change.document), visible(&change.why));
                            output.line(&format!("{} {:<11} {document}  {why}", change.at, change.to));
                        }
                    }
                }
            }
        }
    }
}

/// Says each alarm once, until it is gone and comes again.
fn ring(stats: &Stats, lanes: &[String], told: &mut Vec<String>, output: &Output) {
    let mut now: Vec<_> = stats
        .alarms
        .iter()
        .map(|alarm| {
            // Its age grows and would make it a new one each minute.
            let key = format!(
                "{:?} {:?} {:?} {:?}",
                alarm.kind, alarm.gravity, alarm.lane, alarm.document
            );
            (
                key,
                format!(
                    "{}: {}; {}",
                    gravity(alarm),
                    alarm.message,
                    alarm.advice(Reader::Terminal)
                ),
            )
        })
        .collect();
    for lane in &stats.lanes {
        if !lanes.contains(&lane.lane) {
            let text = format!(
                "documents wait in the lane {:?}, which nobody here works for; start `fh run --with {}` or --profile",
                lane.lane, lane.lane
            );
            now.push((format!("nobody {}", lane.lane), text));
        }
    }
    for (key, text) in &now {
        if !told.contains(key) {
            output.remark(text);
        }
    }
    *told = now.into_iter().map(|(key, _)| key).collect();
}

/// The outbox in one line.
pub(crate) fn summary(stats: &Stats) -> String {
    let open = [
        State::Queued,
        State::Sending,
        State::Unknown,
        State::Parked,
        State::Accepted,
    ];
    let parts: Vec<_> = open
        .into_iter()
        .chain([State::Fiscalised, State::Rejected, State::Skipped, State::Expired])
        .map(|state| (stats.count(state), state))
        .filter(|(count, _)| *count > 0)
        .map(|(count, state)| format!("{count} {state}"))
        .collect();
    if parts.is_empty() {
        "the outbox is empty".to_owned()
    } else {
        parts.join(", ")
    }
}
