//! `fh submit --direct`: each document is sent at once, by this process alone, and nothing is kept.

use std::{pin::pin, time::Duration};

use fiscal_harmony::{Client, Delivery, Document, Error, ErrorKind, preflight::Level, types::RequestId};
use tokio::{sync::mpsc, time::sleep};

use super::{super::gate::Gate, Arguments, read_in_background, sources};
use crate::{
    connection::Connection,
    desk::{Desk, Fate, Open},
    exit::{Exit, Failure},
    input::{Found, Problem, Source},
    interrupt::Interrupt,
    output::Output,
    report::{Report, kind_word},
    settle::{Settler, Slot},
};

/// How long a submission that is on its way may still take after Ctrl-C: losing its request id is dear.
const GRACE: Duration = Duration::from_secs(5);
/// After this many documents in a row that could not be sent, the others are not tried.
const PATIENCE: u32 = 3;
/// How often a document is offered again to a service that says "too many requests", and the longest it may ask to wait.
const OFFERS: u32 = 5;
const LONGEST_ASKED: Duration = Duration::from_secs(60);

/// What keeps a document from being sent, before anything else looks at it.
async fn preflight_gate(arguments: &Arguments, connection: &Connection, output: &Output) -> Option<Gate> {
    if arguments.no_preflight {
        output.remark("PREFLIGHT IS OFF: nothing is checked before it is sent, and one red receipt keeps the fiscal day from closing");
        return None;
    }
    let mut gate = Gate::new(&arguments.choices);
    match gate.fetch(&connection.client).await {
        Ok(unread) => unread.iter().for_each(|unread| output.remark(&format!("not understood, and not used: {unread}"))),
        Err(error) => output.remark(&format!(
            "what the service knows about the account could not be had, so taxes, mappings and currencies are not checked: {error}"
        )),
    }
    Some(gate)
}

pub(crate) async fn run(arguments: Arguments, connection: &Connection, output: &Output) -> Result<Exit, Failure> {
    let sources = sources(&arguments.files)?;
    let stdin = sources.iter().filter(|source| **source == Source::Stdin).count();
    let interrupt = Interrupt::listen()?;
    let gate = tokio::select! {
        gate = preflight_gate(&arguments, connection, output) => gate,
        () = interrupt.asked(1) => {
            return Err(Failure {
                exit: Exit::Unsettled,
                message: "interrupted: nothing was sent".to_owned(),
            });
        }
    };
    let settler = Settler::start(
        connection.client.clone(),
        Duration::from_secs(arguments.wait),
        arguments.pdf.clone(),
    );
    let mut work = Work {
        client: &connection.client,
        gate,
        output,
        desk: Desk::new(output, settler, !arguments.no_qr, arguments.pdf.is_some()),
        interrupt,
        stopped: None,
        unreachable: 0,
    };
    let mut documents = read_in_background(sources);
    let interrupted = work.submit_all(&mut documents).await.is_err();
    if interrupted {
        work.desk.give_up("interrupted");
        if stdin == 0 {
            // Files end; standard input may not.
            while let Some(found) = documents.recv().await {
                work.not_sent(found);
            }
        }
        let rest = if stdin == 0 {
            ""
        } else {
            "; the rest of standard input was not read"
        };
        output.remark(&format!("interrupted: what is said above is all that is known{rest}"));
    }
    let exit = work.desk.end();
    Ok(if interrupted { exit.max(Exit::Unsettled) } else { exit })
}

/// The person pressed Ctrl-C.
struct Interrupted;

/// Why nothing more is sent.
#[derive(Clone)]
struct Stopped {
    exit: Exit,
    why: String,
}

struct Work<'a> {
    client: &'a Client,
    /// None when nobody is to look.
    gate: Option<Gate>,
    output: &'a Output,
    desk: Desk<'a>,
    interrupt: Interrupt,
    stopped: Option<Stopped>,
    /// How many documents in a row could not be sent.
    unreachable: u32,
}

impl Work<'_> {
    async fn submit_all(&mut self, documents: &mut mpsc::Receiver<Result<Found, Problem>>) -> Result<(), Interrupted> {
        let interrupt = self.interrupt.clone();
        let mut at_end = false;
        while !at_end || self.desk.is_waiting() {
            tokio::select! {
                biased;
                () = interrupt.asked(1) => return Err(Interrupted),
                () = self.desk.news(), if self.desk.is_waiting() => {}
                found = documents.recv(), if !at_end => match found {
                    Some(found) => self.submit(found).await?,
                    None => at_end = true,
                },
            }
        }
        Ok(())
    }

    /// Submits one document. One at a time: the device numbers receipts in the order in which they come.
    async fn submit(&mut self, found: Result<Found, Problem>) -> Result<(), Interrupted> {
        let slot = self.desk.slot();
        let found = match found {
            Ok(found) => found,
            Err(problem) => {
                self.desk
                    .finish(slot, Report::refused(Exit::Refused, problem.to_string()));
                return Ok(());
            }
        };
        if let Some(Stopped { exit, why }) = self.stopped.clone() {
            self.refuse(slot, &found, exit, &why);
            return Ok(());
        }
        let checked = match self.look_over(&found) {
            Ok(()) => self.after_its_invoice(slot, &found).await?,
            Err(why) => Err(why),
        };
        if let Err(why) = checked {
            self.refuse(slot, &found, Exit::Refused, &why);
            return Ok(());
        }
        match self.offer(&found.document).await {
            Ok(request_id) => {
                self.unreachable = 0;
                let kind = kind_word(found.document.kind());
                let open = Open::new(Some(found.document.id().to_owned()), Some(kind), request_id);
                self.desk.submitted(slot, open, true);
                Ok(())
            }
            Err(NotSubmitted::Failed(error)) => {
                self.look_at(&error);
                let mut report = Report::of_failed_submission(&error);
                report.error = Some(found.problem(error.to_string()).to_string());
                self.finish(slot, &found, report);
                Ok(())
            }
            Err(NotSubmitted::CutShort) => {
                let report = Report::unknown(
                    found
                        .problem("interrupted before the service answered: it may have been taken. Do not send it again blindly; look for it in the portal first".to_owned())
                        .to_string(),
                );
                self.finish(slot, &found, report);
                Err(Interrupted)
            }
            Err(NotSubmitted::BeforeSending) => {
                self.refuse(slot, &found, Exit::Unsettled, "not sent: interrupted");
                Err(Interrupted)
            }
        }
    }

    /// What the tax authority is certain to refuse is not sent; what is likely wrong is said.
    fn look_over(&self, found: &Found) -> Result<(), String> {
        let Some(gate) = &self.gate else { return Ok(()) };
        let findings = gate.check(&found.document);
        let said = |level: Level| {
            let of_level = findings.findings.iter().filter(move |finding| finding.level == level);
            let texts = of_level.map(ToString::to_string);
            texts
                .map(|text| text.trim_start_matches("block ").to_owned())
                .collect::<Vec<_>>()
        };
        for warning in said(Level::Warn) {
            self.output.remark(&found.problem(warning).to_string());
        }
        if findings.blocks() {
            return Err(format!("not sent: {}", said(Level::Block).join("; ")));
        }
        Ok(())
    }

    /// A credit note waits for the invoice that it credits, if that is in the same command; it is held back when the invoice
    /// was not taken, since the authority would refuse it.
    async fn after_its_invoice(&mut self, slot: Slot, found: &Found) -> Result<Result<(), String>, Interrupted> {
        let view = found.document.view();
        let Some(invoice) = view.original_invoice_id else {
            return Ok(Ok(()));
        };
        let interrupt = self.interrupt.clone();
        while self.desk.fate_of_invoice(invoice) == Some(Fate::Open) {
            tokio::select! {
                biased;
                () = interrupt.asked(1) => {
                    self.refuse(slot, found, Exit::Unsettled, "not sent: interrupted");
                    return Err(Interrupted);
                }
                () = self.desk.news() => {}
            }
        }
        Ok(match self.desk.fate_of_invoice(invoice) {
            Some(Fate::Bad(state)) => Err(format!(
                "not sent: it credits the invoice {invoice}, which is {} in this very command; settle that one first",
                state.word()
            )),
            _ => Ok(()),
        })
    }

    /// Offers a document to the service, again when it asks for patience.
    async fn offer(&self, document: &Document) -> Result<RequestId, NotSubmitted> {
        let mut offers = 1;
        loop {
            let submitted = {
                let mut submission = pin!(self.client.submit(document));
                tokio::select! {
                    biased;
                    submitted = &mut submission => submitted,
                    () = self.out_of_time() => return Err(NotSubmitted::CutShort),
                }
            };
            let error = match submitted {
                Ok(request_id) => return Ok(request_id),
                Err(error) => error,
            };
            let pause = error.retry_after().unwrap_or(Duration::from_secs(1));
            let busy = error.kind() == ErrorKind::TooManyRequests && error.delivery() == Delivery::Refused;
            if !busy || offers == OFFERS || pause > LONGEST_ASKED {
                return Err(NotSubmitted::Failed(error));
            }
            offers += 1;
            tokio::select! {
                () = sleep(pause) => {}
                () = self.interrupt.asked(1) => return Err(NotSubmitted::BeforeSending),
            }
        }
    }

    async fn out_of_time(&self) {
        self.interrupt.asked(1).await;
        tokio::select! {
            () = sleep(GRACE) => {}
            () = self.interrupt.asked(2) => {}
        }
    }

    /// Decides whether it makes sense to send the next document.
    fn look_at(&mut self, error: &Error) {
        match (Exit::of(error), error.kind()) {
            (exit @ Exit::Credentials, _) | (exit @ Exit::Service, ErrorKind::PaymentRequired) => {
                self.stopped = Some(Stopped {
                    exit,
                    why: "not sent: the service refused an earlier document for a reason that holds for all".to_owned(),
                });
            }
            (exit @ Exit::Service, _) => {
                self.unreachable += 1;
                if self.unreachable == PATIENCE {
                    self.stopped = Some(Stopped {
                        exit,
                        why: format!("not sent: the {PATIENCE} documents before it could not be sent either"),
                    });
                }
            }
            _ => self.unreachable = 0,
        }
    }

    fn finish(&mut self, slot: Slot, found: &Found, mut report: Report) {
        report.document = Some(found.document.id().to_owned());
        report.kind = Some(kind_word(found.document.kind()));
        self.desk.finish(slot, report);
    }

    fn refuse(&mut self, slot: Slot, found: &Found, exit: Exit, why: &str) {
        let report = Report::refused(exit, found.problem(why.to_owned()).to_string());
        self.finish(slot, found, report);
    }

    /// After an interruption.
    fn not_sent(&mut self, found: Result<Found, Problem>) {
        let slot = self.desk.slot();
        match found {
            Ok(found) => self.refuse(slot, &found, Exit::Unsettled, "not sent: interrupted"),
            Err(problem) => self
                .desk
                .finish(slot, Report::refused(Exit::Refused, problem.to_string())),
        }
    }
}

enum NotSubmitted {
    Failed(Error),
    /// Interrupted while the service was being asked.
    CutShort,
    /// Interrupted between two offers.
    BeforeSending,
}
