//! The document's date against the clock, the journal and the fiscal day.

use fh_types::{CatDateTime, jiff::SignedDuration};

use super::{Level, Need, Rule};
use crate::document::{Fault, said};

const AHEAD: Fault = Fault::of(
    "PF25",
    "ahead",
    "{date} is {time} ahead of the clock, which shows {now}",
    "Look at the date; if it is right, set the clock of this machine. A receipt dated ahead can turn all receipts after it red.",
);
const LOCAL_AS_UTC: Fault = Fault::of(
    "PF25",
    "local-time-as-utc",
    "{date} is {time} ahead of the clock, which shows {now}: as far as Zimbabwe's time is from UTC",
    "If the time is the one on the wall in Zimbabwe, write +02:00 after it and not Z. A receipt dated ahead can turn all receipts after it red.",
);
const CLOCK_OFF: Fault = Fault::of(
    "PF25",
    "clock-off",
    "this machine's clock is {time} {direction} the service's",
    "Set this machine's clock, best from the network, and look whether the documents of today have right dates.",
);
const NOT_LATER: Fault = Fault::of(
    "PF26",
    "not-later",
    "{date} is not later than {last}, the date of the last document",
    "Hand documents in in the order of their dates, at least a second apart. Where one was forgotten, the authority may mark it.",
);
const SET_APART: Fault = Fault::of(
    "PF26",
    "set-apart",
    "{date} is not later than {last}, the date of the last document of this device; it goes with {next}, the next free second",
    "Nothing is to be done: two stations of one device sold in the same moment, and the authority wants a second between them.",
);
const BEFORE_THE_DAY: Fault = Fault::of(
    "PF27",
    "before-the-day",
    "{date} is before the fiscal day was opened, at {opened}",
    "Submit documents on the day they are issued, and close the fiscal day every day.",
);
const LONG_AGO: Fault = Fault::of(
    "PF27",
    "long-ago",
    "{date} is {time} ago, and a fiscal day is at most {hours} hours long",
    "Look at the date, day and month above all. Documents are submitted on the day they are issued; the authority may mark a late one.",
);

const POINTER: &str = "/Date";

/// How far a clock may be off before it is worth a word.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_secs(60);

pub(super) const PF25: Rule = Rule {
    id: "PF25",
    title: "The date is not in the future, and the clock is right.",
    level: Level::Block,
    needs: &[Need::Clock],
    only: None,
    codes: &["RCPT031", "RCPT030", "RCPT012"],
    faults: &[AHEAD, LOCAL_AS_UTC, CLOCK_OFF],
    check: |subject, report| {
        let Some(now) = subject.context.now else { return };
        let date = subject.view.date;
        let ahead = date.timestamp().duration_since(now);
        let shown = CatDateTime::from_timestamp(now);
        let values = said![date, time = spoken(ahead), now = shown];
        if ahead > subject.context.settings.future_tolerance {
            // A sale is handed in within the quarter of an hour, and its time was taken for that of London.
            let as_utc = (SignedDuration::from_mins(105)..=SignedDuration::from_mins(125)).contains(&ahead);
            let fault = if as_utc { &LOCAL_AS_UTC } else { &AHEAD };
            report.block(fault, "RCPT031", POINTER, values);
        } else if ahead > CLOCK_TOLERANCE {
            report.warn(&AHEAD, "RCPT031", POINTER, values);
        }
        if let Some(off) = subject.context.clock_ahead.filter(|off| off.abs() >= CLOCK_TOLERANCE) {
            let direction = if off.is_negative() { "behind" } else { "ahead of" };
            let values = said![time = spoken(off.abs()), direction];
            report.warn(&CLOCK_OFF, "RCPT031", POINTER, values);
        }
    },
};

pub(super) const PF26: Rule = Rule {
    id: "PF26",
    title: "The date is later than that of the station's last document. A warning, until the date is known to reach the receipt.",
    level: Level::Block,
    needs: &[Need::Journal],
    only: None,
    codes: &["RCPT030"],
    faults: &[NOT_LATER, SET_APART],
    check: |subject, report| {
        let view = &subject.view;
        let Some(Some(last)) = subject.ask(report, |journal| journal.last_date()) else {
            return;
        };
        if view.date > last {
            return;
        }
        // The document may itself be the last one, on its way again.
        let again = subject.ask(report, |journal| journal.by_id(view.id)).flatten();
        if again.is_some_and(|earlier| earlier.date == view.date) {
            return;
        }
        let settings = &subject.context.settings;
        let behind = last.timestamp().duration_since(view.date.timestamp());
        if behind <= settings.same_moment {
            let next = next_second(last);
            report.warn(&SET_APART, "RCPT030", POINTER, said![date = view.date, last, next]);
        } else if settings.date_reaches_receipt {
            report.block(&NOT_LATER, "RCPT030", POINTER, said![date = view.date, last]);
        } else {
            report.warn(&NOT_LATER, "RCPT030", POINTER, said![date = view.date, last]);
        }
    },
};

/// The first that the authority takes after that of another document.
fn next_second(last: CatDateTime) -> CatDateTime {
    let next = last.timestamp().saturating_add(SignedDuration::from_secs(1));
    next.map_or(last, CatDateTime::from_timestamp)
}

/// The longest fiscal day wherever one was seen, for a device that does not say \[zimra\].
const USUAL_DAY_HOURS: u32 = 24;

pub(super) const PF27: Rule = Rule {
    id: "PF27",
    title: "The date lies within the present fiscal day.",
    level: Level::Warn,
    needs: &[Need::Device, Need::Clock],
    only: None,
    codes: &["RCPT014", "RCPT041"],
    faults: &[BEFORE_THE_DAY, LONG_AGO],
    check: |subject, report| {
        let Some(now) = subject.context.now else { return };
        let date = subject.view.date;
        let device = subject.context.catalogue.and_then(|catalogue| catalogue.device());
        let hours = device
            .and_then(|device| device.day_max_hours)
            .unwrap_or(USUAL_DAY_HOURS);
        let age = now.duration_since(date.timestamp());
        if let Some(opened) = subject.context.day_opened.filter(|opened| date < *opened) {
            report.warn(&BEFORE_THE_DAY, "RCPT014", POINTER, said![date, opened]);
        } else if age > SignedDuration::from_hours(i64::from(hours)) {
            report.warn(&LONG_AGO, "RCPT014", POINTER, said![date, time = spoken(age), hours]);
        }
    },
};

/// A length of time in its two largest units.
pub(super) fn spoken(duration: SignedDuration) -> String {
    let seconds = duration.as_secs().unsigned_abs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => format!("{minutes} min {} s", seconds % 60),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}
