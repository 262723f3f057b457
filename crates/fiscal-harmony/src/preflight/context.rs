use std::fmt;

use fh_types::{
    CatDateTime, Clock,
    jiff::{SignedDuration, Timestamp},
};

use super::{journal::Journal, need::Need};
use crate::{catalogue::Catalogue, tax::DiscountPolicy};

/// What is known around a document. It is built up from what there is; what is missing is skipped by name.
///
/// ```
/// use fiscal_harmony::preflight::{Context, MemoryJournal};
/// use fiscal_harmony::types::SystemClock;
/// let journal = MemoryJournal::default();
/// let context = Context::nothing().journal(&journal).clock(&SystemClock);
/// ```
#[derive(Clone, Copy, Default)]
pub struct Context<'a> {
    pub(super) catalogue: Option<&'a Catalogue>,
    pub(super) journal: Option<&'a dyn Journal>,
    pub(super) now: Option<Timestamp>,
    pub(super) clock_ahead: Option<SignedDuration>,
    pub(super) day_opened: Option<CatDateTime>,
    pub(super) settings: Settings,
}

/// Where the vendor's or the authority's texts leave a choice. Every choice has a default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// How `LineAmount` relates to the discount. Default: [`DiscountPolicy::NetOfDiscount`].
    pub discounts: DiscountPolicy,
    /// How far ahead of the clock a date may be before it blocks. The authority has such a limit and does not publish it; default:
    /// 5 minutes, as simulators of it have \[inferred\].
    pub future_tolerance: SignedDuration,
    /// Whether a total of zero is meant. Default: no, and it warns.
    pub zero_totals: bool,
    /// Whether it is known that a document's `Date` reaches the receipt: by a probe of the service, or by whoever says so. Then one that is
    /// not later than the last blocks, since the authority keeps a red receipt for it (RCPT030). Default: no, and it warns.
    pub date_reaches_receipt: bool,
    /// By how much a date may be behind the last one of its device and still get the next free second from whoever takes the document in, as
    /// an outbox does for two stations that sell in the same second. Default: not at all.
    pub same_moment: SignedDuration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            discounts: DiscountPolicy::default(),
            future_tolerance: SignedDuration::from_mins(5),
            zero_totals: false,
            date_reaches_receipt: false,
            same_moment: SignedDuration::from_secs(-1),
        }
    }
}

impl Settings {
    /// With another reading of discounts.
    #[must_use]
    pub fn discounts(mut self, policy: DiscountPolicy) -> Self {
        self.discounts = policy;
        self
    }

    /// With another tolerance for dates ahead of the clock.
    #[must_use]
    pub fn future_tolerance(mut self, tolerance: SignedDuration) -> Self {
        self.future_tolerance = tolerance;
        self
    }

    /// With knowledge of whether the `Date` reaches the receipt.
    #[must_use]
    pub fn date_reaches_receipt(mut self, is_known_to: bool) -> Self {
        self.date_reaches_receipt = is_known_to;
        self
    }

    /// With documents of one moment set apart by whoever takes them in.
    #[must_use]
    pub fn same_moment(mut self, behind: SignedDuration) -> Self {
        self.same_moment = behind;
        self
    }

    /// With totals of zero meant as they are.
    #[must_use]
    pub fn zero_totals(mut self, meant: bool) -> Self {
        self.zero_totals = meant;
        self
    }
}

impl<'a> Context<'a> {
    /// Nothing is known but the document.
    #[must_use]
    pub fn nothing() -> Self {
        Self::default()
    }

    /// With the device, its taxes and the account's mappings.
    #[must_use]
    pub fn catalogue(mut self, catalogue: &'a Catalogue) -> Self {
        self.catalogue = Some(catalogue);
        self
    }

    /// With the journal of earlier documents.
    #[must_use]
    pub fn journal(mut self, journal: &'a dyn Journal) -> Self {
        self.journal = Some(journal);
        self
    }

    /// With the present time, as a clock shows it.
    #[must_use]
    pub fn clock(self, clock: &dyn Clock) -> Self {
        self.at(clock.now())
    }

    /// With the present time.
    #[must_use]
    pub fn at(mut self, now: Timestamp) -> Self {
        self.now = Some(now);
        self
    }

    /// With how far this machine's clock is ahead of the service's (its `Date` header); negative when behind.
    #[must_use]
    pub fn clock_ahead(mut self, by: SignedDuration) -> Self {
        self.clock_ahead = Some(by);
        self
    }

    /// With the moment when the fiscal day was opened.
    #[must_use]
    pub fn day_opened(mut self, at: CatDateTime) -> Self {
        self.day_opened = Some(at);
        self
    }

    /// With other settings.
    #[must_use]
    pub fn settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// Why a need is not met, if it is not.
    pub(super) fn lacks(&self, need: Need) -> Option<&'static str> {
        match need {
            Need::Device => match self.catalogue {
                None => Some("the device is not known"),
                Some(catalogue) if !catalogue.knows_taxes() => Some("the device's tax table is not known"),
                Some(_) => None,
            },
            Need::Journal => self
                .journal
                .is_none()
                .then_some("there is no journal of earlier documents"),
            Need::Clock => self.now.is_none().then_some("the present time is not known"),
        }
    }
}

impl fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("catalogue", &self.catalogue)
            .field("journal", &self.journal.map(|_| ".."))
            .field("now", &self.now)
            .field("clock_ahead", &self.clock_ahead)
            .field("day_opened", &self.day_opened)
            .field("settings", &self.settings)
            .finish()
    }
}
