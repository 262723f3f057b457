//! What is said about one document.

use anstyle::{AnsiColor, Style};
use fh_agent::wording::{self, Decision};
use fh_outbox::{Cause, Entry, State as Held};
use fiscal_harmony::{DocumentKind, Outcome, Receipt};
use serde::Serialize;

use crate::{exit::Exit, output::Output, visible::visible};

/// One line of `--output json`: its keys are a promise to scripts.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(title = "Outcome")]
pub(crate) struct Report {
    /// The document's id; null when it could not be read, or when only the request is known.
    pub(crate) document: Option<String>,
    pub(crate) kind: Option<&'static str>,
    pub(crate) state: State,
    pub(crate) request_id: Option<String>,
    pub(crate) receipt: Option<ReceiptLine>,
    pub(crate) error: Option<String>,
    /// Of a rejection: whether the service takes the document again under its id, once what the reason names is corrected in it or mended in
    /// the settings of the account.
    pub(crate) actionable: Option<bool>,
    #[serde(skip)]
    pub(crate) exit: Exit,
    /// The outbox follows it further.
    #[serde(skip)]
    in_outbox: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    Fiscalised,
    Rejected,
    Pending,
    Unknown,
    Expired,
    /// In the outbox, not with the service.
    Queued,
    /// An operator let the lane go on without it.
    Skipped,
    /// Nothing was taken.
    Refused,
}

impl State {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Fiscalised => "fiscalised",
            Self::Rejected => "rejected",
            Self::Pending => "pending",
            Self::Unknown => "unknown",
            Self::Expired => "expired",
            Self::Queued => "queued",
            Self::Skipped => "skipped",
            Self::Refused => "refused",
        }
    }
}

#[derive(Debug, Serialize, schemars::JsonSchema)]
pub(crate) struct ReceiptLine {
    pub(crate) qr_url: String,
    pub(crate) verification_code: String,
    pub(crate) fiscal_day: i64,
    pub(crate) device_id: i64,
    pub(crate) receipt_number: i64,
    /// The path of the PDF once it is saved; before that, the name that `fh pdf` takes.
    pub(crate) pdf: Option<String>,
}

impl From<&Receipt> for ReceiptLine {
    fn from(receipt: &Receipt) -> Self {
        Self {
            qr_url: receipt.qr_url.clone(),
            verification_code: receipt.verification_code.clone(),
            fiscal_day: receipt.fiscal_day,
            device_id: receipt.device_id,
            receipt_number: receipt.receipt_number,
            pdf: receipt.pdf.clone(),
        }
    }
}

/// What is said of a document of which an earlier sending may have arrived, while the outbox still works on it. What the service said to the last sending is no word about
/// the first.
fn in_doubt(entry: &Entry) -> String {
    let last = entry
        .reason
        .as_deref()
        .map_or_else(String::new, |reason| format!(" (the last try: {reason})"));
    let why = match entry.cause {
        Some(Cause::Restored) => "the outbox was restored, or taken over, and cannot know whether it was sent before",
        _ => "the answer to a sending was lost",
    };
    format!(
        "it may have been taken: {why}{last}. Do not hand it in under another id; the outbox clears it up by itself \
         as long as `fh run` or `fh queue drain` runs and the service lets it"
    )
}

/// What a person must decide: the reason, what it means for him, and the commands.
fn decided(entry: &Entry) -> String {
    let standing = wording::standing(entry);
    let id = &entry.document;
    let commands: Vec<_> = standing
        .decisions
        .iter()
        .filter_map(|decision| command(*decision, id))
        .collect();
    let parts = [
        Some(entry.reason.clone().unwrap_or_else(|| standing.label.to_lowercase())),
        Some(standing.meaning.trim_end_matches('.').to_owned()),
        standing.remedy.map(|remedy| remedy.trim_end_matches('.').to_owned()),
    ];
    let said: Vec<_> = parts.into_iter().flatten().collect();
    if commands.is_empty() {
        return said.join(". ");
    }
    format!("{} ({})", said.join(". "), commands.join(", "))
}

/// How a decision is typed.
pub(crate) fn command(decision: Decision, id: &str) -> Option<String> {
    Some(match decision {
        Decision::Correct => format!("`fh queue correct {id} FILE --why …`"),
        Decision::Replace => format!("`fh submit FILE --replaces {id}`"),
        Decision::Retry => format!("`fh queue retry {id}`"),
        Decision::Skip => format!("`fh queue skip {id} --reason …`"),
        Decision::SetAside => format!("`fh queue set-aside {id} --why …`"),
        Decision::Adopt => format!("`fh queue adopt {id} --qr …`"),
        Decision::Release => format!("`fh queue release {id} --why …`"),
        _ => return None,
    })
}

/// The word for a kind in JSON.
pub(crate) fn kind_word(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::Invoice => "invoice",
        DocumentKind::CreditNote => "credit_note",
    }
}

impl Report {
    fn bare(state: State, exit: Exit, error: Option<String>) -> Self {
        Self {
            document: None,
            kind: None,
            state,
            request_id: None,
            receipt: None,
            error,
            actionable: None,
            exit,
            in_outbox: false,
        }
    }

    /// A document of the outbox.
    pub(crate) fn of_entry(entry: &Entry) -> Self {
        let reason = entry.reason.clone();
        let mut report = match (entry.state, &entry.receipt) {
            (Held::Fiscalised, Some(receipt)) => {
                let mut report = Self::of_outcome(&Outcome::Fiscalised(receipt.clone()));
                // Fiscalised twice, or with the content before a correction.
                report.error = report.error.or(reason);
                report
            }
            (Held::Rejected, _) if entry.cause == Some(Cause::RefusedAtTheDoor) => {
                Self::bare(State::Refused, Exit::Refused, Some(decided(entry)))
            }
            (Held::Rejected, _) => Self::bare(State::Rejected, Exit::Rejected, Some(decided(entry))),
            (Held::Parked, _) => Self::parked(entry),
            (Held::Expired, _) => Self::bare(State::Expired, Exit::Unsettled, Some(decided(entry))),
            (Held::Skipped, _) => Self::bare(State::Skipped, Exit::Unsettled, reason),
            (Held::Accepted, _) => Self::pending(None),
            (Held::Unknown, _) => Self::unknown(in_doubt(entry)),
            // On the wire once more, and what was sent before may have arrived.
            (Held::Sending, _) if entry.in_doubt => Self::unknown(in_doubt(entry)),
            _ => Self::bare(State::Queued, Exit::Unsettled, wording::reason(entry)),
        };
        if report.state == State::Rejected {
            report.actionable = Some(entry.actionable);
        }
        report.document = Some(entry.document.clone());
        report.kind = Some(kind_word(entry.kind));
        report.request_id = entry.request_id.as_ref().map(ToString::to_string);
        report.in_outbox = true;
        report
    }

    /// The same, where the outbox ends with the command.
    pub(crate) fn of_its_own(mut self) -> Self {
        self.in_outbox = false;
        self
    }

    /// It waits for an operator. What may have been taken is neither rejected nor refused.
    fn parked(entry: &Entry) -> Self {
        let why = decided(entry);
        match entry.cause {
            _ if entry.in_doubt => Self::unknown(why),
            Some(Cause::Rejected) => Self::bare(State::Rejected, Exit::Rejected, Some(why)),
            Some(Cause::SetAside) => Self::bare(State::Queued, Exit::Unsettled, Some(why)),
            _ => Self::bare(State::Refused, Exit::Refused, Some(why)),
        }
    }

    /// Nothing was taken, and `exit` says whose fault that is.
    pub(crate) fn refused(exit: Exit, why: impl Into<String>) -> Self {
        Self::bare(State::Refused, exit, Some(why.into()))
    }

    /// Taken or perhaps taken, and nobody here can say more.
    pub(crate) fn unknown(why: impl Into<String>) -> Self {
        Self::bare(State::Unknown, Exit::Unsettled, Some(why.into()))
    }

    /// Taken and not decided; `why` says what kept us from knowing more, if anything did.
    pub(crate) fn pending(why: Option<String>) -> Self {
        Self::bare(State::Pending, Exit::Unsettled, why)
    }

    pub(crate) fn of_outcome(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Fiscalised(receipt) => {
                let mut report = Self::bare(State::Fiscalised, Exit::Well, None);
                report.receipt = Some(receipt.into());
                let mismatches = receipt.mismatches();
                if !mismatches.is_empty() {
                    let all: Vec<_> = mismatches.iter().map(ToString::to_string).collect();
                    report.exit = Exit::Service;
                    report.error = Some(format!(
                        "the receipt contradicts itself ({}): do not print it, and report it to the service",
                        all.join("; ")
                    ));
                }
                report
            }
            Outcome::Rejected(rejection) => {
                let mut report = Self::bare(State::Rejected, Exit::Rejected, Some(rejection.reason.clone()));
                report.actionable = Some(rejection.actionable);
                report
            }
            Outcome::Unknown(error) => Self::unknown(error.to_string()),
            Outcome::Expired => Self::bare(
                State::Expired,
                Exit::Unsettled,
                Some(
                    "not decided within the seven days for which the service can be asked; look it up in the portal"
                        .to_owned(),
                ),
            ),
            _ => Self::pending(None),
        }
    }

    pub(crate) fn write(&self, output: &Output, with_qr: bool) {
        if output.is_json() {
            output.json(self);
            if let Some(error) = &self.error {
                output.remark(error);
            }
        } else {
            output.write(&self.human(output, with_qr));
        }
    }

    fn human(&self, output: &Output, with_qr: bool) -> String {
        let what = match (self.kind, &self.document) {
            (Some(kind), Some(id)) => format!("{} {}", kind.replace('_', " "), visible(id)),
            (_, Some(id)) => visible(id).into_owned(),
            _ => self
                .request_id
                .as_ref()
                .map_or("document".to_owned(), |id| format!("request {id}")),
        };
        let (colour, word) = match self.state {
            State::Fiscalised => (AnsiColor::Green, "fiscalised"),
            State::Rejected => (AnsiColor::Red, "REJECTED by the service or the authority"),
            State::Pending => (AnsiColor::Yellow, "PENDING: taken, not decided yet"),
            State::Unknown => (AnsiColor::Yellow, "UNKNOWN: it may have been taken"),
            State::Expired => (AnsiColor::Red, "EXPIRED"),
            State::Queued => (AnsiColor::Yellow, "QUEUED: kept in the outbox, not sent yet"),
            State::Skipped => (AnsiColor::Yellow, "SKIPPED by an operator"),
            State::Refused => (AnsiColor::Red, "REFUSED: nothing was taken"),
        };
        let mut text = format!(
            "{} {}\n",
            output.styled(Style::new().bold(), &what),
            output.styled(Style::new().fg_color(Some(colour.into())), word)
        );
        let mut field = |name: &str, value: &str| text.push_str(&format!("  {name:<18} {}\n", visible(value)));
        if let Some(receipt) = &self.receipt {
            field("verification code", &receipt.verification_code);
            field(
                "receipt",
                &format!(
                    "number {} of fiscal day {}, device {}",
                    receipt.receipt_number, receipt.fiscal_day, receipt.device_id
                ),
            );
            field("QR link", &receipt.qr_url);
            field("PDF", receipt.pdf.as_deref().unwrap_or("none was offered"));
        }
        if self.document.is_some()
            && let Some(id) = &self.request_id
        {
            field("request id", id);
        }
        if let Some(error) = &self.error {
            field(if self.state == State::Rejected { "reason" } else { "why" }, error);
        }
        match (self.state, self.actionable, &self.request_id) {
            // What to do about it is said with the reason.
            (State::Rejected, Some(true), _) if self.in_outbox => {}
            (State::Pending | State::Queued, ..) if self.in_outbox => {
                let id = self.document.as_deref().unwrap_or_default();
                field(
                    "next",
                    &format!("it stays in the outbox: `fh run` goes on, `fh queue show {id}` tells"),
                );
            }
            (State::Rejected, ..) if self.in_outbox => {}
            (State::Rejected, Some(true), _) => {
                field(
                    "next",
                    "mend what the reason names, in the document (`fh queue correct`, if it is in an outbox) or in the settings of the account; the \
                     service takes it again under its id",
                );
            }
            (State::Rejected, ..) => field("next", "the service takes this document no more; look at the reason"),
            (State::Pending, _, Some(id)) => field("next", &format!("ask again: fh status {id} --wait 60")),
            _ => {}
        }
        if with_qr && let Some(receipt) = &self.receipt {
            text.push('\n');
            match fiscal_harmony::Qr::new(&receipt.qr_url) {
                Ok(qr) if output.has_colour() => text.push_str(&qr.terminal()),
                Ok(qr) => text.push_str(&qr.text()),
                Err(error) => text.push_str(&format!("  {error}\n")),
            }
        }
        text.push('\n');
        text
    }
}
