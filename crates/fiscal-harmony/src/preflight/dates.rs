//! The document's date against the clock, the journal and the fiscal day.

use fh_types::{CatDateTime, jiff::SignedDuration};

use super::{Level, Need, Rule};

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
    remedy: "Set the clock and the time zone (+02:00). A receipt dated ahead can turn all receipts after it red.",
    check: |subject, report| {
        let Some(now) = subject.context.now else { return };
        let date = subject.view.date;
        let ahead = date.timestamp().duration_since(now);
        let shown = CatDateTime::from_timestamp(now);
        if ahead > subject.context.settings.future_tolerance {
            report.block(
                "RCPT031",
                POINTER,
                format!("{date} is {} ahead of the clock, which shows {shown}", spoken(ahead)),
            );
        } else if ahead > CLOCK_TOLERANCE {
            report.warn(
                "RCPT031",
                POINTER,
                format!("{date} is {} ahead of the clock, which shows {shown}", spoken(ahead)),
            );
        }
        if let Some(off) = subject.context.clock_ahead.filter(|off| off.abs() >= CLOCK_TOLERANCE) {
            let direction = if off.is_negative() { "behind" } else { "ahead of" };
            report.warn(
                "RCPT031",
                POINTER,
                format!(
                    "this machine's clock is {} {direction} the service's",
                    spoken(off.abs())
                ),
            );
        }
    },
};

pub(super) const PF26: Rule = Rule {
    id: "PF26",
    title: "The date is later than that of the station's last document.",
    level: Level::Warn,
    needs: &[Need::Journal],
    only: None,
    codes: &["RCPT030"],
    remedy: "Submit in the order of dates, at least a second apart.",
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
        report.warn(
            "RCPT030",
            POINTER,
            format!("{} is not later than {last}, the date of the last document", view.date),
        );
    },
};

/// The longest fiscal day wherever one was seen, for a device that does not say \[zimra\].
const USUAL_DAY_HOURS: u32 = 24;

pub(super) const PF27: Rule = Rule {
    id: "PF27",
    title: "The date lies within the present fiscal day.",
    level: Level::Warn,
    needs: &[Need::Device, Need::Clock],
    only: None,
    codes: &["RCPT014", "RCPT041"],
    remedy: "Submit documents on the day they are issued, and close the fiscal day every day.",
    check: |subject, report| {
        let Some(now) = subject.context.now else { return };
        let date = subject.view.date;
        let device = subject.context.catalogue.and_then(|catalogue| catalogue.device());
        let hours = device
            .and_then(|device| device.day_max_hours)
            .unwrap_or(USUAL_DAY_HOURS);
        let age = now.duration_since(date.timestamp());
        if let Some(opened) = subject.context.day_opened.filter(|opened| date < *opened) {
            report.warn(
                "RCPT014",
                POINTER,
                format!("{date} is before the fiscal day was opened, at {opened}"),
            );
        } else if age > SignedDuration::from_hours(i64::from(hours)) {
            report.warn(
                "RCPT014",
                POINTER,
                format!(
                    "{date} is {} ago, and a fiscal day is at most {hours} hours long",
                    spoken(age)
                ),
            );
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
