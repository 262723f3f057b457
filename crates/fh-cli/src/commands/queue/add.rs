//! `fh queue add`.

use std::path::PathBuf;

use crate::{
    connection::{Connection, policy_for_looking},
    exit::{Exit, Failure},
    fields::Fields,
    global::Global,
    intake::take_in,
    interrupt::Interrupt,
    output::Output,
    place::Place,
    policy::ReadingFlags,
    reading::{in_background, sources},
    report::Report,
    reports::Reports,
    station::AtStation,
};

pub(super) async fn run(
    files: &[PathBuf],
    station: &AtStation,
    place: &Place,
    reading: &ReadingFlags,
    fields: &Fields,
    global: &Global,
    output: &Output,
) -> Result<Exit, Failure> {
    let sources = sources(files)?;
    let allowed = fields.allowed(global, output)?;
    let chosen = policy_for_looking(global, reading, output)?;
    let opened = place.open(global, chosen.policy).await?;
    if let Some(client) = Connection::to_ask(global, output) {
        opened.outbox.learn_from(&client);
    }
    let outbox = station.of(&opened.outbox);
    let interrupt = Interrupt::listen()?;
    let mut reports = Reports::new(output, false);
    let mut documents = in_background(sources, allowed);
    let mut interrupted = false;
    loop {
        let found = tokio::select! {
            biased;
            () = interrupt.asked(1) => {
                interrupted = true;
                break;
            }
            found = documents.recv() => found,
        };
        let Some(found) = found else { break };
        let slot = reports.slot();
        let taken = match &found {
            Ok(found) => take_in(&outbox, found, true, None, output).await,
            Err(problem) => Err(Report::refused(Exit::Refused, problem.to_string())),
        };
        let report = match taken {
            Ok(enqueued) => {
                let mut report = Report::of_entry(&enqueued.entry);
                // That it is not settled is what was asked for.
                report.exit = Exit::Well;
                report
            }
            Err(report) => report,
        };
        reports.finish(slot, report);
    }
    let exit = reports.end();
    if interrupted {
        output.remark("interrupted: what is said above to be queued is in the outbox; the rest was not taken in");
        return Ok(exit.max(Exit::Unsettled));
    }
    Ok(exit)
}
