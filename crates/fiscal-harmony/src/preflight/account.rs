//! The account behind the document: certificate and subscription.

use fh_types::{CatDateTime, jiff::SignedDuration};

use super::{Level, Need, Rule, dates::spoken};
use crate::document::{Fault, said};

const NOTICE: SignedDuration = SignedDuration::from_hours(30 * 24);

const ENDED: Fault = Fault::of(
    "PF38",
    "ended",
    "the {what} ended on {till}, {time} ago",
    "Have the {what} renewed with the service before anything is sent.",
);
const ENDS: Fault = Fault::of(
    "PF38",
    "ends",
    "the {what} ends on {till}, in {time}",
    "Have the {what} renewed with the service in good time; documents may be sent until then.",
);

pub(super) const PF38: Rule = Rule {
    id: "PF38",
    title: "The device's certificate and the subscription are good for 30 days to come.",
    level: Level::Block,
    needs: &[Need::Device, Need::Clock],
    only: None,
    codes: &["DEV01"],
    faults: &[ENDED, ENDS],
    check: |subject, report| {
        let (Some(now), Some(catalogue)) = (subject.context.now, subject.context.catalogue) else {
            return;
        };
        let certificate = catalogue.device().and_then(|device| device.certificate_valid_till);
        let subscription = catalogue
            .subscription()
            .and_then(|subscription| subscription.valid_till);
        if certificate.is_none() && subscription.is_none() {
            return report.skip("neither the certificate's nor the subscription's end is known");
        }
        // The fields of a subscription are not documented; what was read as its end may be something else.
        let mut check = |what: &str, till: CatDateTime, is_certain: bool| {
            let left = till.timestamp().duration_since(now);
            let values = said![what, till, time = spoken(left.abs())];
            if left.is_negative() && is_certain {
                report.block(&ENDED, "DEV01", "", values);
            } else if left.is_negative() {
                report.warn(&ENDED, "DEV01", "", values);
            } else if left < NOTICE {
                report.warn(&ENDS, "DEV01", "", values);
            }
        };
        if let Some(till) = certificate {
            check("device's certificate", till, true);
        }
        if let Some(till) = subscription {
            check("subscription", till, false);
        }
    },
};
