//! Follows documents through the outbox, from their taking-in to their reports.

use std::{collections::HashMap, path::PathBuf, time::Duration};

use fh_outbox::{Change, Entry, Hurry, Outbox, OutboxError, State, Subscription};
use fh_types::{CatDateTime, SystemClock};
use fiscal_harmony::Client;
use tokio::time::{Instant, sleep_until};

use crate::{
    direct::{Admission, Direct, Meaning, Reason, meaning},
    exit::{Exit, Failure},
    input::{Found, Problem},
    intake::{refused, take_in},
    output::Output,
    pdfs,
    report::{Report, State as Said},
    reports::{Reports, Slot},
};

/// How many changes are read at once.
const PAGE: usize = 500;
/// Who says so in the history of an outbox of `--direct`.
const WHO: &str = "fh submit --direct";

/// What the person asked for.
pub(crate) struct Wishes {
    /// How long the outcome of each document is waited for.
    pub(crate) wait: Duration,
    /// Whether documents are checked before they are taken in.
    pub(crate) checked: bool,
    /// Where PDFs are saved.
    pub(crate) pdfs: Option<PathBuf>,
    pub(crate) with_qr: bool,
    /// In whose place the only document comes.
    pub(crate) replaces: Option<String>,
    /// The outbox ends with this command.
    pub(crate) direct: bool,
}

/// A document whose report is not written yet.
struct Open {
    slot: Slot,
    /// With `--direct` there is none before the service has taken it.
    deadline: Option<Instant>,
    /// Somebody stands here and waits.
    _hurry: Hurry,
}

pub(crate) struct Desk<'a> {
    outbox: &'a Outbox,
    client: &'a Client,
    output: &'a Output,
    wishes: Wishes,
    subscription: Subscription,
    reports: Reports<'a>,
    open: HashMap<String, Open>,
    /// The last change that was looked at.
    after: i64,
    direct: Option<Direct>,
    has_replaced: bool,
}

impl<'a> Desk<'a> {
    pub(crate) async fn open(
        outbox: &'a Outbox,
        client: &'a Client,
        output: &'a Output,
        wishes: Wishes,
    ) -> Result<Self, Failure> {
        Ok(Self {
            after: outbox.latest_change().await?,
            subscription: outbox.subscribe(),
            reports: Reports::new(output, wishes.with_qr),
            open: HashMap::new(),
            direct: wishes.direct.then(Direct::default),
            has_replaced: false,
            outbox,
            client,
            output,
            wishes,
        })
    }

    /// Whether the next document may come.
    pub(crate) fn is_ready(&self) -> bool {
        self.direct.as_ref().is_none_or(Direct::is_ready)
    }

    /// Whether anything is waited for.
    pub(crate) fn is_waiting(&self) -> bool {
        !self.open.is_empty() || self.direct.as_ref().is_some_and(|direct| direct.held.is_some())
    }

    /// Takes a document in, or says why not.
    pub(crate) async fn take_in(&mut self, found: Result<Found, Problem>) {
        let slot = self.reports.slot();
        match found {
            Ok(found) => self.take_one(slot, found).await,
            Err(problem) => self.finish(slot, Report::refused(Exit::Refused, problem.to_string())),
        }
    }

    async fn take_one(&mut self, slot: Slot, found: Found) {
        if let Some(direct) = &mut self.direct {
            match direct.admit(&found) {
                Admission::Now => {}
                Admission::Later => {
                    direct.held = Some((slot, found));
                    return;
                }
                Admission::Never(exit, why) => return self.finish(slot, refused(exit, &found, why)),
            }
        }
        let replaces = self.wishes.replaces.as_deref();
        if replaces.is_some() && std::mem::replace(&mut self.has_replaced, true) {
            let why = "--replaces is for one document; submit this one by itself".to_owned();
            return self.finish(slot, refused(Exit::Usage, &found, why));
        }
        match take_in(self.outbox, &found, self.wishes.checked, replaces, self.output).await {
            Ok(enqueued) => {
                let deadline = self.direct.is_none().then(|| Instant::now() + self.wishes.wait);
                let document = enqueued.entry.document.clone();
                let open = Open {
                    slot,
                    deadline,
                    _hurry: self.outbox.hurry(&enqueued.entry),
                };
                self.open.insert(document, open);
                if let Some(direct) = &mut self.direct {
                    direct.begins(found);
                } else if is_final(enqueued.entry.state) {
                    self.report(enqueued.entry, None).await;
                } else if enqueued.entry.state == State::Queued {
                    // Those before it were looked at when they came, and are again when one is parked.
                    self.stop_behind_a_parked_head(vec![enqueued.entry.document]).await;
                }
                self.show();
            }
            Err(report) => self.finish(slot, report),
        }
    }

    /// Behind a document that waits for a person nothing is sent, however long one waits: that is said instead.
    async fn stop_behind_a_parked_head(&mut self, documents: Vec<String>) {
        for document in documents {
            let Ok(entry) = self.outbox.find(&document).await else {
                continue;
            };
            let Some(waits) = entry.waits_for.as_ref().filter(|waits| waits.state == State::Parked) else {
                continue;
            };
            if let Some(open) = self.open.remove(&document) {
                let mut report = Report::of_entry(&entry);
                let first = &waits.document;
                report.error = Some(format!(
                    "waits {}; `fh queue show {first}` says what to do about that one",
                    waits.why
                ));
                self.finish(open.slot, report);
            }
        }
    }

    /// Waits for something to happen, and looks at it.
    pub(crate) async fn news(&mut self) {
        let deadline = self.open.values().filter_map(|open| open.deadline).min();
        tokio::select! {
            () = self.subscription.changed() => {
                if let Err(error) = self.follow().await {
                    self.output.remark(&error.message);
                }
            }
            () = until(deadline) => {
                let now = Instant::now();
                let is_late = |open: &Open| open.deadline.is_some_and(|deadline| deadline <= now);
                let late = self.open.iter().filter(|(_, open)| is_late(open));
                for document in late.map(|(document, _)| document.clone()).collect::<Vec<_>>() {
                    self.conclude(&document, None).await;
                }
            }
        }
        // The invoice of a credit note that was held back may be decided now.
        if let Some((slot, found)) = self.direct.as_mut().and_then(|direct| direct.held.take()) {
            self.take_one(slot, found).await;
        }
    }

    /// Looks at what has changed since the last look.
    pub(crate) async fn follow(&mut self) -> Result<(), Failure> {
        loop {
            let changes = self.outbox.changes(self.after, PAGE).await?;
            if changes.is_empty() {
                return Ok(());
            }
            for change in changes {
                if self.open.contains_key(&change.document) || change.to == State::Parked {
                    self.look_at(&change).await?;
                }
                self.after = change.id;
            }
        }
    }

    async fn look_at(&mut self, change: &Change) -> Result<(), Failure> {
        if self.direct.is_some() {
            return self.look_directly(change).await;
        }
        if is_final(change.to) {
            self.conclude(&change.document, None).await;
            if change.to == State::Parked {
                self.stop_behind_a_parked_head(self.open.keys().cloned().collect())
                    .await;
            }
        } else if change.event == "lane_refused" {
            // No waiting helps against that; the outbox tries again all the same.
            let exit = match change.status {
                // An earlier sending may have arrived, whatever was said to this one.
                _ if change.to == State::Unknown => None,
                Some(401) => Some(Exit::Credentials),
                _ => Some(Exit::Service),
            };
            self.conclude(&change.document, exit).await;
        }
        Ok(())
    }

    /// With `--direct`, what is on the wire is let go as soon as it is known whether the service has it.
    async fn look_directly(&mut self, change: &Change) -> Result<(), Failure> {
        let Some(direct) = &mut self.direct else { return Ok(()) };
        let meaning = meaning(change);
        if !direct.is_sending(&change.document) {
            if meaning == Meaning::Decided {
                self.conclude(&change.document, None).await;
            }
            return Ok(());
        }
        match meaning {
            Meaning::GoesOn => {}
            Meaning::Taken => {
                direct.off_the_wire(None);
                if let Some(open) = self.open.get_mut(&change.document) {
                    open.deadline = Some(Instant::now() + self.wishes.wait);
                }
            }
            Meaning::Decided => {
                direct.off_the_wire(None);
                self.conclude(&change.document, None).await;
            }
            Meaning::Busy => {
                let due = self.outbox.find(&change.document).await?.due_at;
                let now = CatDateTime::now(&SystemClock).timestamp().as_second();
                if !direct.may_offer_again(due.map_or(0, |due| due.timestamp().as_second() - now)) {
                    self.give_back(change, Reason::Service).await?;
                }
            }
            Meaning::NotTaken(reason) => self.give_back(change, reason).await?,
            Meaning::InDoubt => {
                // The documents after it go on; it is cleared up when they are through.
                let why = "it may have arrived; the documents after it go on";
                if !self.lets_go(self.outbox.set_aside(&change.document, WHO, why).await)? {
                    return Ok(());
                }
                let found = self.direct.as_mut().and_then(|direct| {
                    direct.in_doubt.push(change.document.clone());
                    direct.off_the_wire(None)
                });
                if let (Some(found), Some(open)) = (found, self.open.remove(&change.document)) {
                    let mut report = refused(Exit::Unsettled, &found, change.why.clone());
                    report.state = Said::Unknown;
                    self.finish(open.slot, report);
                }
            }
        }
        Ok(())
    }

    /// It was not taken, and is not sent again by this command.
    async fn give_back(&mut self, change: &Change, reason: Reason) -> Result<(), Failure> {
        const WHY: &str = "not taken; it was offered once";
        if !change.to.is_settled() && !self.lets_go(self.outbox.skip(&change.document, WHO, WHY).await)? {
            return Ok(());
        }
        let found = self
            .direct
            .as_mut()
            .and_then(|direct| direct.off_the_wire(Some(reason)));
        if let (Some(found), Some(open)) = (found, self.open.remove(&change.document)) {
            self.finish(open.slot, refused(reason.exit(), &found, change.why.clone()));
        }
        Ok(())
    }

    /// Whether the lane goes on without a document; not when a worker has it in hand again, so that what comes of that counts.
    fn lets_go(&self, decided: Result<Entry, OutboxError>) -> Result<bool, Failure> {
        match decided {
            Ok(_) => Ok(true),
            Err(OutboxError::NotPossible { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    async fn conclude(&mut self, document: &str, exit: Option<Exit>) {
        match self.outbox.find(document).await {
            Ok(entry) => self.report(entry, exit).await,
            Err(error) => {
                if let Some(open) = self.open.remove(document) {
                    let report = Report::unknown(format!("{document}: {error}"));
                    self.finish(open.slot, report);
                }
            }
        }
    }

    async fn report(&mut self, entry: Entry, exit: Option<Exit>) {
        let Some(open) = self.open.remove(&entry.document) else {
            return;
        };
        let mut report = self.report_of(&entry);
        if let Some(exit) = exit {
            report.exit = exit;
        }
        if self.direct.is_some() && entry.state == State::Accepted {
            report.error = Some(format!(
                "it was taken, and no outcome could be had within {} seconds",
                self.wishes.wait.as_secs()
            ));
        }
        if let (Some(folder), Some(receipt)) = (&self.wishes.pdfs, &entry.receipt) {
            pdfs::note(&mut report, pdfs::save_of(self.client, receipt, folder).await);
        }
        self.finish(open.slot, report);
        self.show();
    }

    fn report_of(&self, entry: &Entry) -> Report {
        let report = Report::of_entry(entry);
        if self.direct.is_some() {
            report.of_its_own()
        } else {
            report
        }
    }

    /// After an interruption, when nobody works any more: says of everything open what is known.
    pub(crate) async fn give_up(&mut self) -> Result<(), Failure> {
        const WHY: &str = "interrupted";
        for document in self.open.keys().cloned().collect::<Vec<_>>() {
            let entry = self.outbox.find(&document).await?;
            let Some(open) = self.open.remove(&document) else {
                continue;
            };
            let on_the_wire = self
                .direct
                .as_mut()
                .filter(|direct| direct.is_sending(&document))
                .and_then(|direct| direct.off_the_wire(None));
            let mut report = match (&on_the_wire, entry.state) {
                (Some(found), State::Queued) => {
                    self.outbox
                        .skip(&document, WHO, "interrupted before it was sent")
                        .await?;
                    refused(Exit::Unsettled, found, "not sent: interrupted".to_owned())
                }
                (Some(found), State::Sending) => {
                    let why =
                        "interrupted before the service answered: it may have been taken. Do not send it again blindly";
                    let mut report = refused(Exit::Unsettled, found, why.to_owned());
                    report.state = Said::Unknown;
                    report
                }
                _ => self.report_of(&entry),
            };
            if !is_final(entry.state) && report.error.is_none() {
                report.error = Some(WHY.to_owned());
            }
            self.finish(open.slot, report);
        }
        if let Some((slot, found)) = self.direct.as_mut().and_then(|direct| direct.held.take()) {
            self.finish(slot, self.refused_by_interruption(&found));
        }
        Ok(())
    }

    /// After an interruption: a document that nothing was done with.
    pub(crate) fn leave_out(&mut self, found: Result<Found, Problem>) {
        let slot = self.reports.slot();
        let report = match found {
            Ok(found) => self.refused_by_interruption(&found),
            Err(problem) => Report::refused(Exit::Refused, problem.to_string()),
        };
        self.finish(slot, report);
    }

    fn refused_by_interruption(&self, found: &Found) -> Report {
        let what = if self.direct.is_some() { "sent" } else { "taken in" };
        refused(Exit::Unsettled, found, format!("not {what}: interrupted"))
    }

    /// With `--direct`, when nobody works any more: hands what is in doubt back to the outbox, which clears it up when somebody works
    /// on it again. Says how many documents are not decided.
    pub(crate) async fn hand_back(&mut self) -> Result<u64, Failure> {
        let in_doubt = self.direct.as_mut().map(|direct| std::mem::take(&mut direct.in_doubt));
        for document in in_doubt.unwrap_or_default() {
            let why = "it may have arrived; kept so that it can be cleared up";
            match self.outbox.retry_because(&document, WHO, why).await {
                // Its result came in the meantime.
                Ok(_) | Err(OutboxError::NotPossible { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(self.outbox.stats().await?.open())
    }

    fn finish(&mut self, slot: Slot, report: Report) {
        if let Some(direct) = &mut self.direct {
            direct.ended(&report);
        }
        self.reports.finish(slot, report);
    }

    fn show(&self) {
        self.reports.show(self.open.len());
    }

    /// The end: how the process should exit.
    pub(crate) fn end(self) -> Exit {
        self.reports.end()
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
