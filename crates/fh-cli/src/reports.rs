//! The reports of one command, written in the order of its documents whatever the order in which they settle.

use std::collections::BTreeMap;

use crate::{exit::Exit, output::Output, report::Report};

/// The place of a document among those of one command.
pub(crate) type Slot = usize;

pub(crate) struct Reports<'a> {
    output: &'a Output,
    with_qr: bool,
    slots: usize,
    written: usize,
    done: BTreeMap<Slot, Report>,
    counts: BTreeMap<&'static str, usize>,
    exit: Exit,
}

impl<'a> Reports<'a> {
    pub(crate) fn new(output: &'a Output, with_qr: bool) -> Self {
        Self {
            output,
            with_qr,
            slots: 0,
            written: 0,
            done: BTreeMap::new(),
            counts: BTreeMap::new(),
            exit: Exit::Well,
        }
    }

    /// The next document's place.
    pub(crate) fn slot(&mut self) -> Slot {
        self.slots += 1;
        self.slots - 1
    }

    /// Nothing more is to come for this document.
    pub(crate) fn finish(&mut self, slot: Slot, report: Report) {
        self.exit = self.exit.max(report.exit);
        *self.counts.entry(report.state.word()).or_default() += 1;
        self.done.insert(slot, report);
        while let Some(report) = self.done.remove(&self.written) {
            report.write(self.output, self.with_qr);
            self.written += 1;
        }
    }

    /// Shows how far it is.
    pub(crate) fn show(&self, open: usize) {
        let settled = self.slots - open;
        self.output.progress(format!("{settled} of {} settled", self.slots));
    }

    /// The end: how the process should exit.
    pub(crate) fn end(self) -> Exit {
        self.output.end_progress();
        if self.slots > 1 && !self.output.is_json() {
            let counts: Vec<_> = self
                .counts
                .iter()
                .map(|(word, count)| format!("{count} {word}"))
                .collect();
            self.output
                .remark(&format!("{} documents: {}", self.slots, counts.join(", ")));
        }
        self.exit
    }
}
