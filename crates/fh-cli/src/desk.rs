//! Keeps track of every submission of one command, from its sending to its report.

use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
};

use fiscal_harmony::{Outcome, types::RequestId};

use crate::{
    exit::Exit,
    output::Output,
    report::{Report, State},
    reports::Reports,
    settle::{PdfFailure, Settled, Settler, Slot},
};

/// A submission whose report is not written yet.
pub(crate) struct Open {
    pub(crate) document: Option<String>,
    pub(crate) kind: Option<&'static str>,
    pub(crate) request_id: RequestId,
    /// Complete but for the PDF.
    report: Option<Report>,
}

impl Open {
    pub(crate) fn new(document: Option<String>, kind: Option<&'static str>, request_id: RequestId) -> Self {
        Self {
            document,
            kind,
            request_id,
            report: None,
        }
    }
}

/// What is known of an invoice that a credit note of the same command may refer to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Open,
    /// Fiscalised, or taken and likely to be.
    Good,
    Bad(State),
}

/// Follows submissions to their reports.
pub(crate) struct Desk<'a> {
    reports: Reports<'a>,
    settler: Settler,
    wants_pdf: bool,
    open: BTreeMap<Slot, Open>,
    invoices: HashMap<String, Fate>,
}

impl<'a> Desk<'a> {
    pub(crate) fn new(output: &'a Output, settler: Settler, with_qr: bool, wants_pdf: bool) -> Self {
        Self {
            reports: Reports::new(output, with_qr),
            settler,
            wants_pdf,
            open: BTreeMap::new(),
            invoices: HashMap::new(),
        }
    }

    /// The next document's place.
    pub(crate) fn slot(&mut self) -> Slot {
        self.reports.slot()
    }

    /// Whether anything is waited for.
    pub(crate) fn is_waiting(&self) -> bool {
        !self.open.is_empty()
    }

    pub(crate) fn fate_of_invoice(&self, id: &str) -> Option<Fate> {
        self.invoices.get(id).copied()
    }

    /// Waits for the outcome of a submission.
    pub(crate) fn submitted(&mut self, slot: Slot, open: Open, just_submitted: bool) {
        if let (Some(id), Some("invoice")) = (&open.document, open.kind) {
            self.invoices.insert(id.clone(), Fate::Open);
        }
        self.settler.add(slot, open.request_id.clone(), just_submitted);
        self.open.insert(slot, open);
        self.show();
    }

    /// Nothing more is to come for this document.
    pub(crate) fn finish(&mut self, slot: Slot, report: Report) {
        if let (Some(id), Some("invoice")) = (&report.document, report.kind) {
            let fate = match report.state {
                State::Fiscalised | State::Pending => Fate::Good,
                state => Fate::Bad(state),
            };
            self.invoices.insert(id.clone(), fate);
        }
        self.reports.finish(slot, report);
        self.show();
    }

    /// Takes the next piece of news from the settler.
    pub(crate) async fn news(&mut self) {
        match self.settler.next().await {
            Some(settled) => self.take(settled),
            // The settler is gone, which only a fault of its own can bring about.
            None => self.give_up("the waiting for outcomes broke off"),
        }
    }

    fn take(&mut self, settled: Settled) {
        match settled {
            Settled::Outcome(slot, outcome) => {
                let report = Report::of_outcome(&outcome);
                if self.wants_pdf && matches!(outcome, Outcome::Fiscalised(_)) {
                    if let Some(open) = self.open.get_mut(&slot) {
                        open.report = Some(report);
                    }
                } else {
                    self.close(slot, report);
                }
            }
            Settled::Unanswered(slot, error) => {
                let mut report =
                    Report::pending(Some(format!("it was taken, but its outcome could not be had: {error}")));
                if self.open.get(&slot).is_some_and(|open| open.document.is_none()) {
                    // Only asked about: that it was ever taken is not known either.
                    report = Report::unknown(error.to_string());
                    report.exit = Exit::of(&error);
                }
                self.close(slot, report);
            }
            Settled::Pdf(slot, saved) => {
                let report = self.open.get_mut(&slot).and_then(|open| open.report.take());
                if let Some(mut report) = report {
                    note_pdf(&mut report, saved);
                    self.close(slot, report);
                }
            }
        }
    }

    fn close(&mut self, slot: Slot, mut report: Report) {
        let Some(open) = self.open.remove(&slot) else { return };
        report.document = open.document;
        report.kind = open.kind;
        report.request_id = Some(open.request_id.as_str().to_owned());
        self.finish(slot, report);
    }

    /// Stops waiting and says of everything open what is known.
    pub(crate) fn give_up(&mut self, why: &str) {
        self.settler.stop();
        while let Some(settled) = self.settler.try_next() {
            self.take(settled);
        }
        for slot in self.open.keys().copied().collect::<Vec<_>>() {
            let known = self.open.get_mut(&slot).and_then(|open| open.report.take());
            let report = match known {
                Some(mut report) => {
                    report.exit = report.exit.max(Exit::Service);
                    report.error = Some(format!("{why} before the PDF was saved; get it with `fh pdf`"));
                    report
                }
                None => Report::pending(Some(why.to_owned())),
            };
            self.close(slot, report);
        }
    }

    fn show(&self) {
        self.reports.show(self.open.len());
    }

    /// The end: how the process should exit.
    pub(crate) fn end(self) -> Exit {
        self.reports.end()
    }
}

pub(crate) fn note_pdf(report: &mut Report, saved: Result<PathBuf, PdfFailure>) {
    let why = match saved {
        Ok(path) => {
            if let Some(receipt) = &mut report.receipt {
                receipt.pdf = Some(path.display().to_string());
            }
            return;
        }
        Err(PdfFailure::None) => "the service offered no PDF for it".to_owned(),
        Err(PdfFailure::Fetch(error)) => format!("its PDF could not be had: {error}; try again with `fh pdf`"),
        Err(PdfFailure::Save(error)) => format!("its PDF could not be saved: {error}; try again with `fh pdf`"),
    };
    report.exit = report.exit.max(Exit::Service);
    report.error = Some(match report.error.take() {
        Some(earlier) => format!("{earlier}; {why}"),
        None => format!("it is fiscalised, but {why}"),
    });
}
