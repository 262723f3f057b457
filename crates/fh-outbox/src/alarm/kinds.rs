//! What an alarm says.

use fiscal_harmony::types::CatDateTime;
use serde::Serialize;

use super::words::{Reader, for_reader};

/// How grave an alarm is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Gravity {
    /// Look at it today.
    Warning,
    /// Look at it now.
    Critical,
}

/// What an alarm is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AlarmKind {
    /// A document has not been sent for long.
    Unsent,
    /// A document was taken and is not decided for long.
    Unresolved,
    /// A document waits until an operator decides, and perhaps its lane with it.
    Parked,
    /// A document is probably fiscalised although the service said no. Told until it is adopted or released.
    ProbablyFiscalised,
    /// The credentials, the subscription or the device are refused: nothing of the lane is taken.
    Refused,
    /// A document was rejected. Told until it is acknowledged, or taken up again.
    Rejected,
    /// A document was taken and never decided. Told until it is acknowledged, or taken up again.
    Expired,
    /// A credit note has waited long for its invoice.
    WaitsForInvoice,
    /// The authority has two receipts for one document.
    FiscalisedTwice,
    /// A receipt shows, or may show, the content before a correction. Told until it is acknowledged.
    OtherContent,
    /// A document counts as fiscalised on the word of an operator. Told until it is acknowledged.
    Adopted,
    /// Documents were refused with codes with which the authority keeps a receipt and does not let the fiscal day close. Told for each lane
    /// until it is acknowledged.
    RedReceipts,
    /// A webhook was refused: nobody's secret had signed it, or it told of another lane's document. Told until it is acknowledged.
    WebhookRefused,
    /// Webhooks are expected and do not come.
    WebhookSilence,
    /// Receipts came for submissions that nobody here knows.
    Orphans,
    /// This machine's clock and the service's differ.
    Clock,
    /// A worker of this process is stuck.
    WorkerStuck,
    /// The disk of the store is full.
    DiskFull,
    /// The store cannot be written.
    StoreFailing,
    /// Nothing is sent from this machine before somebody says that the outbox is its own; see [`MaySend`](crate::MaySend).
    TakeOver,
    /// The outbox was restored, or taken over from another machine. Told until it is acknowledged.
    Restored,
    /// No backup has been made for longer than [`Policy::backup_warning`](crate::Policy::backup_warning), where any ever was.
    StaleBackup,
}

impl AlarmKind {
    /// Its name, as in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unsent => "unsent",
            Self::Unresolved => "unresolved",
            Self::Parked => "parked",
            Self::ProbablyFiscalised => "probably_fiscalised",
            Self::Refused => "refused",
            Self::Rejected => "rejected",
            Self::Expired => "expired",
            Self::WaitsForInvoice => "waits_for_invoice",
            Self::FiscalisedTwice => "fiscalised_twice",
            Self::OtherContent => "other_content",
            Self::Adopted => "adopted",
            Self::RedReceipts => "red_receipts",
            Self::WebhookRefused => "webhook_refused",
            Self::WebhookSilence => "webhook_silence",
            Self::Orphans => "orphans",
            Self::Clock => "clock",
            Self::WorkerStuck => "worker_stuck",
            Self::DiskFull => "disk_full",
            Self::StoreFailing => "store_failing",
            Self::TakeOver => "take_over",
            Self::Restored => "restored",
            Self::StaleBackup => "stale_backup",
        }
    }
}

/// Something that a person must know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Alarm {
    /// Its name for [`Outbox::acknowledge`](crate::Outbox::acknowledge); none for one that ends only when it is mended.
    pub key: Option<String>,
    /// What it is about.
    pub kind: AlarmKind,
    /// How grave it is.
    pub gravity: Gravity,
    /// The lane that it is about.
    pub lane: Option<String>,
    /// The document that it is about.
    pub document: Option<String>,
    /// Since when.
    pub since: Option<CatDateTime>,
    /// What is the matter.
    pub message: String,
    /// What to do, in the words of this library.
    pub remedy: &'static str,
}

impl Alarm {
    /// Its name among all: the same as long as it is the same alarm, and another once it has become graver.
    #[must_use]
    pub fn id(&self) -> String {
        let gravity = match self.gravity {
            Gravity::Warning => "warning",
            Gravity::Critical => "critical",
        };
        let part = |text: &Option<String>| text.clone().unwrap_or_default();
        format!(
            "{}:{gravity}:{}:{}",
            self.kind.name(),
            part(&self.lane),
            part(&self.document)
        )
    }

    /// What to do, in words for whoever reads it.
    #[must_use]
    pub fn advice(&self, reader: Reader) -> &'static str {
        for_reader(self.remedy, reader)
    }
}

/// What a person knows of who acknowledges an alarm.
pub(crate) enum Acknowledged<'a> {
    /// The state of a document.
    Document(&'a str),
    /// The fiscal day of a lane.
    DayOf(&'a str),
    /// What was noted under that very key.
    Notice,
    /// That the store was restored.
    Restore,
}

impl<'a> Acknowledged<'a> {
    /// By the key of an alarm; none when there is no such key.
    pub(crate) fn of(key: &'a str) -> Option<Self> {
        let (kind, about) = match key.split_once(':') {
            Some((kind, about)) => (kind, Some(about)),
            None => (key, None),
        };
        let of_documents = [
            AlarmKind::FiscalisedTwice,
            AlarmKind::OtherContent,
            AlarmKind::Expired,
            AlarmKind::Rejected,
            AlarmKind::Adopted,
        ];
        match about {
            Some(document) if of_documents.iter().any(|known| known.name() == kind) => Some(Self::Document(document)),
            Some(lane) if kind == AlarmKind::RedReceipts.name() => Some(Self::DayOf(lane)),
            None if kind == AlarmKind::Restored.name() => Some(Self::Restore),
            _ if kind == AlarmKind::WebhookRefused.name() => Some(Self::Notice),
            _ => None,
        }
    }
}
