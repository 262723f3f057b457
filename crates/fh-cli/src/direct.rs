//! How `--direct` differs: one document is on the wire at a time, each is offered once, and what was not taken is given up instead of
//! kept. Decisions only; the desk carries them out.

use std::collections::HashMap;

use fh_outbox::{Change, State as Held};

use crate::{
    exit::Exit,
    input::Found,
    report::{Report, State},
    reports::Slot,
};

/// After this many documents in a row that could not be sent, the others are not tried.
const PATIENCE: u32 = 3;
/// How often a document is offered to a service that says "too many requests".
const OFFERS: u32 = 5;
/// The longest it may ask to wait, in seconds.
const LONGEST_ASKED: i64 = 60;

/// What is known of an invoice that a credit note of the same command may refer to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Open,
    /// Fiscalised, or taken and likely to be.
    Good,
    Bad(State),
}

/// Why nothing more is sent.
#[derive(Debug, Clone)]
struct Stopped {
    exit: Exit,
    why: String,
}

/// Whether a document may go into the outbox now.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    Now,
    /// The invoice that it credits is not decided.
    Later,
    Never(Exit, String),
}

/// What a change means for the document on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// Nothing is decided by it.
    GoesOn,
    /// The service has it.
    Taken,
    /// The service asks for patience.
    Busy,
    /// It was not taken.
    NotTaken(Reason),
    /// It may have arrived.
    InDoubt,
    /// There is its result.
    Decided,
}

/// Why a document was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    /// Something about this very document.
    Document,
    /// The key or the secret.
    Credentials,
    /// The subscription.
    Payment,
    /// The network or the service.
    Service,
}

impl Reason {
    pub(crate) fn exit(self) -> Exit {
        match self {
            Self::Document => Exit::Refused,
            Self::Credentials => Exit::Credentials,
            Self::Payment | Self::Service => Exit::Service,
        }
    }
}

pub(crate) fn meaning(change: &Change) -> Meaning {
    match (change.event.as_str(), change.status) {
        ("accepted", _) => Meaning::Taken,
        // An earlier sending may have arrived, whatever was said to this one.
        ("not_sent" | "lane_refused", _) if change.to == Held::Unknown => Meaning::InDoubt,
        // Nothing more comes of it by itself.
        ("rejected" | "refused", _) if change.to == Held::Parked => Meaning::Decided,
        ("busy", _) => Meaning::Busy,
        ("not_sent", _) => Meaning::NotTaken(Reason::Service),
        ("lane_refused", Some(401 | 403)) => Meaning::NotTaken(Reason::Credentials),
        ("lane_refused", Some(402)) => Meaning::NotTaken(Reason::Payment),
        ("lane_refused", _) => Meaning::NotTaken(Reason::Service),
        ("refused" | "hold", _) => Meaning::NotTaken(Reason::Document),
        ("lost" | "conflict" | "lease_expired" | "worker_died", _) => Meaning::InDoubt,
        _ if change.to.is_settled() => Meaning::Decided,
        _ => Meaning::GoesOn,
    }
}

/// What is remembered from document to document.
#[derive(Default)]
pub(crate) struct Direct {
    /// Where the document stood that is on its way to the service.
    on_the_wire: Option<Found>,
    /// A credit note whose invoice is not decided.
    pub(crate) held: Option<(Slot, Found)>,
    /// What may have arrived, and is to be cleared up after this command.
    pub(crate) in_doubt: Vec<String>,
    invoices: HashMap<String, Fate>,
    stopped: Option<Stopped>,
    /// How many documents in a row could not be sent.
    unreachable: u32,
    /// How often the document on the wire was offered.
    offers: u32,
}

impl Direct {
    /// Whether the next document may come. One at a time: the device numbers receipts in the order in which they come.
    pub(crate) fn is_ready(&self) -> bool {
        self.on_the_wire.is_none() && self.held.is_none()
    }

    /// A credit note waits for the invoice that it credits, if that is in the same command; it is held back when the invoice was not
    /// taken, since the authority would refuse it.
    pub(crate) fn admit(&self, found: &Found) -> Admission {
        if let Some(Stopped { exit, why }) = &self.stopped {
            return Admission::Never(*exit, why.clone());
        }
        let view = found.document.view();
        let Some(invoice) = view.original_invoice_id else {
            return Admission::Now;
        };
        match self.invoices.get(invoice) {
            Some(Fate::Open) => Admission::Later,
            Some(Fate::Bad(state)) => Admission::Never(
                Exit::Refused,
                format!(
                    "not sent: it credits the invoice {invoice}, which is {} in this very command; settle that one first",
                    state.word()
                ),
            ),
            Some(Fate::Good) | None => Admission::Now,
        }
    }

    /// A document is in the outbox and will be sent.
    pub(crate) fn begins(&mut self, found: Found) {
        if found.document.view().original_invoice_id.is_none() {
            self.invoices.insert(found.document.id().to_owned(), Fate::Open);
        }
        self.offers = 0;
        self.on_the_wire = Some(found);
    }

    /// Whether this is the document on the wire.
    pub(crate) fn is_sending(&self, document: &str) -> bool {
        self.on_the_wire
            .as_ref()
            .is_some_and(|found| found.document.id() == document)
    }

    /// It was offered in vain; whether it is offered again, when the service asks for so many seconds.
    pub(crate) fn may_offer_again(&mut self, asked: i64) -> bool {
        self.offers += 1;
        self.offers < OFFERS && asked <= LONGEST_ASKED
    }

    /// The document on the wire is not there any more, and `reason` says why if it was not taken.
    pub(crate) fn off_the_wire(&mut self, reason: Option<Reason>) -> Option<Found> {
        match reason {
            None | Some(Reason::Document) => self.unreachable = 0,
            Some(reason @ (Reason::Credentials | Reason::Payment)) => {
                self.stopped = Some(Stopped {
                    exit: reason.exit(),
                    why: "not sent: the service refused an earlier document for a reason that holds for all".to_owned(),
                });
            }
            Some(Reason::Service) => {
                self.unreachable += 1;
                if self.unreachable == PATIENCE {
                    self.stopped = Some(Stopped {
                        exit: Exit::Service,
                        why: format!("not sent: the {PATIENCE} documents before it could not be sent either"),
                    });
                }
            }
        }
        self.on_the_wire.take()
    }

    /// What became of a document, for the credit notes that refer to it.
    pub(crate) fn ended(&mut self, report: &Report) {
        if let (Some(id), Some("invoice")) = (&report.document, report.kind) {
            let fate = match report.state {
                State::Fiscalised | State::Pending => Fate::Good,
                state => Fate::Bad(state),
            };
            self.invoices.insert(id.clone(), fate);
        }
    }
}
