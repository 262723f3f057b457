//! `fh queue drain`.

use std::time::Duration;

use fh_outbox::{Entry, MaySend, Outbox, Query, Reader, State};
use tokio::time::{Instant, sleep_until};

use crate::{
    connection::Connection,
    exit::{Exit, Failure},
    global::Global,
    interrupt::Interrupt,
    output::Output,
    place::Place,
    policy::PolicyFlags,
    watch::summary,
    worker::Worker,
};

pub(super) async fn run(
    wait: u64,
    place: &Place,
    policy: &PolicyFlags,
    global: &Global,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let connection = Connection::open(global, output).await?;
    let opened = place.open(global, connection.policy(policy)?.policy).await?;
    let outbox = &opened.outbox;
    let lane = place.lane(global);
    let interrupt = Interrupt::listen()?;
    output.show_progress();
    let worker = Worker::start(outbox, &connection.client);
    let deadline = Instant::now() + Duration::from_secs(wait);
    let mut subscription = outbox.subscribe();
    let open = loop {
        let stats = outbox.stats().await?;
        output.progress(summary(&stats));
        let here = stats.lanes.iter().find(|known| known.lane == lane);
        let open = here.map_or(0, |lane| lane.queued + lane.sending + lane.unknown + lane.accepted);
        let parked = here.map_or(0, |lane| lane.parked);
        // Behind a document that waits for a person nothing moves, however long one waits.
        let at_rest = here.is_some_and(|lane| lane.sending + lane.accepted + lane.unknown == 0);
        let stuck = parked > 0 && at_rest && waits_for_a_person(outbox, &lane).await?;
        let stuck = stuck || outbox.may_send() != MaySend::Yes;
        if open + parked == 0 || stuck {
            break open + parked;
        }
        tokio::select! {
            biased;
            () = interrupt.asked(1) => break open + parked,
            () = sleep_until(deadline) => break open + parked,
            () = subscription.changed() => {}
        }
    };
    worker.stop(&interrupt).await;
    output.end_progress();
    let stats = outbox.stats().await?;
    for alarm in &stats.alarms {
        output.remark(&format!("{}; {}", alarm.message, alarm.advice(Reader::Terminal)));
    }
    output.remark(&summary(&stats));
    if open > 0 {
        return Ok(Exit::Unsettled);
    }
    let rejected = outbox
        .list(Query::default().lane(lane).states([State::Rejected]).limit(1))
        .await?;
    Ok(if rejected.is_empty() {
        Exit::Well
    } else {
        Exit::Rejected
    })
}

/// Whether all that is queued stands behind a document that waits for a person.
async fn waits_for_a_person(outbox: &Outbox, lane: &str) -> Result<bool, Failure> {
    let last = Query::default().lane(lane).states([State::Queued]).limit(1);
    let last = outbox.list(last).await?.pop();
    let waits = |entry: Entry| entry.waits_for.is_some_and(|waits| waits.state == State::Parked);
    Ok(last.is_none_or(waits))
}
