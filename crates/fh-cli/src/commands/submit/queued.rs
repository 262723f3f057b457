//! `fh submit`: into the outbox, and on from there while somebody waits.

use std::{collections::HashMap, path::PathBuf, time::Duration};

use fh_outbox::{AlarmKind, Change, Entry, Outbox, State, Subscription};
use fiscal_harmony::Client;
use tokio::time::{Instant, sleep_until};

use super::{Arguments, read_in_background, sources};
use crate::{
    cli::Global,
    connection::Connection,
    desk::note_pdf,
    exit::{Exit, Failure},
    input::{Found, Problem, Source},
    intake::{not_taken_in, take_in},
    interrupt::Interrupt,
    output::Output,
    report::Report,
    reports::Reports,
    settle::{PdfFailure, Slot},
    worker::Worker,
};

/// How many changes are read at once.
const PAGE: usize = 500;

pub(super) async fn run(
    arguments: Arguments,
    connection: &Connection,
    global: &Global,
    output: &Output,
) -> Result<Exit, Failure> {
    let sources = sources(&arguments.files)?;
    let reads_stdin = sources.contains(&Source::Stdin);
    let mut policy = connection.policy();
    policy.preflight = arguments.choices.settings();
    // Somebody stands at the till and waits.
    policy.first_poll = policy.first_poll.min(Duration::from_secs(1));
    policy.poll_linger = policy.poll_linger.min(Duration::from_millis(500));
    let opened = arguments.place.open(global, policy).await?;
    let interrupt = Interrupt::listen()?;
    if arguments.no_preflight {
        output.remark("PREFLIGHT IS OFF: nothing is checked before it is sent, and one red receipt keeps the fiscal day from closing");
    } else {
        tokio::select! {
            () = learn(&opened.outbox, &connection.client, output) => {}
            () = interrupt.asked(1) => {
                return Err(Failure { exit: Exit::Unsettled, message: "interrupted: nothing was taken in".to_owned() });
            }
        }
    }
    let after = opened.outbox.latest_change().await?;
    let mut work = Work {
        subscription: opened.outbox.subscribe(),
        client: &connection.client,
        outbox: &opened.outbox,
        output,
        reports: Reports::new(output, !arguments.no_qr),
        open: HashMap::new(),
        after,
        wait: Duration::from_secs(arguments.wait),
        checked: !arguments.no_preflight,
        pdfs: arguments.pdf.clone(),
    };
    let worker = Worker::start(&opened.outbox, &connection.client);
    let mut documents = read_in_background(sources);
    let mut at_end = false;
    let mut interrupted = false;
    while !at_end || !work.open.is_empty() {
        tokio::select! {
            biased;
            () = interrupt.asked(1) => {
                interrupted = true;
                break;
            }
            found = documents.recv(), if !at_end => match found {
                Some(found) => work.take_in(found).await,
                None => at_end = true,
            },
            () = work.news() => {}
        }
    }
    worker.stop(&interrupt).await;
    if interrupted {
        // What was on the wire was waited for; it may have an answer now.
        work.follow().await?;
        work.give_up("interrupted").await?;
        if !reads_stdin {
            while let Some(found) = documents.recv().await {
                let slot = work.reports.slot();
                work.reports.finish(slot, not_taken_in(found));
            }
        }
        output.remark("interrupted: what was taken in is in the outbox; `fh run` or `fh queue drain` goes on with it");
    }
    let exit = work.reports.end();
    Ok(if interrupted { exit.max(Exit::Unsettled) } else { exit })
}

/// What the service knows of the account, for the checks; a till that is offline does without.
async fn learn(outbox: &Outbox, client: &Client, output: &Output) {
    match client.catalogue().await {
        Ok(catalogue) => {
            for unread in catalogue.unread() {
                output.remark(&format!("not understood, and not used: {unread}"));
            }
            outbox.set_catalogue(catalogue);
        }
        Err(error) => output.remark(&format!(
            "what the service knows about the account could not be had, so taxes, mappings and currencies are not checked: {error}"
        )),
    }
}

/// A document whose report is not written yet.
struct Open {
    slot: Slot,
    deadline: Instant,
}

struct Work<'a> {
    outbox: &'a Outbox,
    client: &'a Client,
    output: &'a Output,
    subscription: Subscription,
    reports: Reports<'a>,
    open: HashMap<String, Open>,
    /// The last change that was looked at.
    after: i64,
    wait: Duration,
    checked: bool,
    pdfs: Option<PathBuf>,
}

impl Work<'_> {
    async fn take_in(&mut self, found: Result<Found, Problem>) {
        let slot = self.reports.slot();
        match take_in(self.outbox, found, self.checked, self.output).await {
            Ok(enqueued) => {
                let open = Open {
                    slot,
                    deadline: Instant::now() + self.wait,
                };
                self.open.insert(enqueued.entry.document.clone(), open);
                if is_final(enqueued.entry.state) {
                    self.report(enqueued.entry, None).await;
                } else if enqueued.entry.state == State::Queued {
                    self.stop_behind_a_parked_head().await;
                }
                self.reports.show(self.open.len());
            }
            Err(report) => self.reports.finish(slot, report),
        }
    }

    /// Behind a parked document nothing is sent, however long one waits: that is said instead.
    async fn stop_behind_a_parked_head(&mut self) {
        let Ok(stats) = self.outbox.stats().await else { return };
        let parked = stats
            .alarms
            .into_iter()
            .find(|alarm| alarm.kind == AlarmKind::Parked && alarm.lane.as_deref() == Some(self.outbox.lane()));
        let Some(alarm) = parked else { return };
        for document in self.open.keys().cloned().collect::<Vec<_>>() {
            let Ok(entry) = self.outbox.find(&document).await else {
                continue;
            };
            if entry.state != State::Queued {
                continue;
            }
            if let Some(open) = self.open.remove(&document) {
                let mut report = Report::of_entry(&entry);
                report.error = Some(format!(
                    "{}; {} (`fh queue retry`, `fh queue skip`)",
                    alarm.message, alarm.remedy
                ));
                self.reports.finish(open.slot, report);
            }
        }
    }

    /// Waits for something to happen, and looks at it.
    async fn news(&mut self) {
        let deadline = self.open.values().map(|open| open.deadline).min();
        tokio::select! {
            () = self.subscription.changed() => {
                if let Err(error) = self.follow().await {
                    self.output.remark(&error.message);
                }
            }
            () = until(deadline) => {
                let now = Instant::now();
                let late = self.open.iter().filter(|(_, open)| open.deadline <= now);
                for document in late.map(|(document, _)| document.clone()).collect::<Vec<_>>() {
                    self.conclude(&document, None).await;
                }
            }
        }
    }

    /// Looks at what has changed since the last look.
    async fn follow(&mut self) -> Result<(), Failure> {
        loop {
            let changes = self.outbox.changes(self.after, PAGE).await?;
            let Some(last) = changes.last() else { return Ok(()) };
            self.after = last.id;
            for change in changes {
                if self.open.contains_key(&change.document) || change.to == State::Parked {
                    self.look_at(&change).await;
                }
            }
        }
    }

    async fn look_at(&mut self, change: &Change) {
        if is_final(change.to) {
            self.conclude(&change.document, None).await;
            if change.to == State::Parked {
                self.stop_behind_a_parked_head().await;
            }
        } else if change.event == "lane_refused" {
            // No waiting helps against that; the outbox tries again all the same.
            let exit = if change.status == Some(401) {
                Exit::Credentials
            } else {
                Exit::Service
            };
            self.conclude(&change.document, Some(exit)).await;
        }
    }

    async fn conclude(&mut self, document: &str, exit: Option<Exit>) {
        match self.outbox.find(document).await {
            Ok(entry) => self.report(entry, exit).await,
            Err(error) => {
                if let Some(open) = self.open.remove(document) {
                    let report = Report::unknown(format!("{document}: {error}"));
                    self.reports.finish(open.slot, report);
                }
            }
        }
    }

    async fn report(&mut self, entry: Entry, exit: Option<Exit>) {
        let Some(open) = self.open.remove(&entry.document) else {
            return;
        };
        let mut report = Report::of_entry(&entry);
        if let Some(exit) = exit {
            report.exit = exit;
        }
        if let (Some(folder), Some(receipt)) = (&self.pdfs, &entry.receipt) {
            let saved = if receipt.pdf.is_none() {
                Err(PdfFailure::None)
            } else {
                match self.client.pdf(receipt).await {
                    Ok(pdf) => pdf.save_in(folder).map_err(PdfFailure::Save),
                    Err(error) => Err(PdfFailure::Fetch(error)),
                }
            };
            note_pdf(&mut report, saved);
        }
        self.reports.finish(open.slot, report);
        self.reports.show(self.open.len());
    }

    /// Says of everything open what is known.
    async fn give_up(&mut self, why: &str) -> Result<(), Failure> {
        for document in self.open.keys().cloned().collect::<Vec<_>>() {
            let entry = self.outbox.find(&document).await?;
            let Some(open) = self.open.remove(&document) else {
                continue;
            };
            let mut report = Report::of_entry(&entry);
            if !is_final(entry.state) && report.error.is_none() {
                report.error = Some(why.to_owned());
            }
            self.reports.finish(open.slot, report);
        }
        Ok(())
    }
}

/// Nothing more happens to it unless somebody acts.
fn is_final(state: State) -> bool {
    state.is_settled() || state == State::Parked
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
