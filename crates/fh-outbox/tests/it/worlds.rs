//! The worlds of the simulator's profiles, and what must hold in each.

use std::{collections::BTreeMap, time::Duration};

use fh_outbox::OnUnknown;
use fh_sim::{Dose, Fault, FaultPlan, Options, Profile, Repeat};
use fiscal_harmony::{Document, types::CatDateTime};

use crate::support::priced;

/// What must hold with a service that behaves so.
#[derive(Debug)]
pub(crate) struct Promise {
    /// Each document is fiscalised once, and not more.
    pub(crate) once: bool,
    /// Nobody has to look a document up at the authority, unless it was rejected while an earlier sending of it was in doubt.
    pub(crate) without_looking_up: bool,
}

impl Promise {
    pub(crate) fn of(options: &Options, on_unknown: OnUnknown) -> Self {
        let retries_are_known = options.repeat_with_retry != Repeat::SecondAcceptance;
        let names_are_unique = options.faults.dose(Fault::EarlierRequestId).is_none();
        Self {
            once: retries_are_known || options.unique_numbers || on_unknown == OnUnknown::Hold,
            without_looking_up: retries_are_known && names_are_unique && on_unknown == OnUnknown::Resend,
        }
    }
}

/// A document of this lane, a minute after the one before it: dates are in order where the authority looks at them.
pub(crate) fn sale(lane: usize, number: usize) -> Document {
    let mut document = priced(&format!("L{lane}-{number}"), "115.5");
    let morning: CatDateTime = "2026-11-21T08:00:00+02:00".parse().unwrap();
    let seconds = i64::try_from(number).unwrap() * 60;
    document.set_date(CatDateTime::from_timestamp(
        morning.timestamp() + Duration::from_secs(u64::try_from(seconds).unwrap()),
    ));
    document
}

/// A fifth of what is asked is struck, beside what the profile itself does.
pub(crate) fn faults(profile: &FaultPlan, seed: u64) -> FaultPlan {
    let common = [
        Fault::DropBefore,
        Fault::LostReply,
        Fault::Delay,
        Fault::TooManyRequests429,
        Fault::ServerError500Html,
        Fault::BadGateway502Html,
        Fault::WebhookBeforeReply,
        Fault::WebhookDuplicate,
        Fault::WebhookReorder,
        Fault::RejectedOnce,
    ];
    let quick = |rate| Dose {
        ms: Some(20),
        seconds: Some(0),
        ..Dose::rate(rate)
    };
    // Several, so that one is rejected without doubt in each life.
    let plan = common.into_iter().fold(FaultPlan::default().seed(seed), |plan, fault| {
        plan.with(fault, quick(0.03))
    });
    let plan = plan.with(Fault::RejectedOnce, quick(0.1));
    let own = Fault::ALL
        .into_iter()
        .filter_map(|fault| Some((fault, profile.dose(fault)?.clone())));
    own.fold(plan, |plan, (fault, dose)| plan.with(fault, dose))
}

/// The profiles that travel with the simulator, and the hostile one before an authority that does not look at numbers.
pub(crate) fn worlds() -> BTreeMap<&'static str, Options> {
    let mut worlds: BTreeMap<_, _> = Profile::shipped()
        .map(|name| (name, Profile::named(name).unwrap().options().unwrap()))
        .collect();
    let mut unchecked = worlds["hostile"].clone();
    unchecked.unique_numbers = false;
    worlds.insert("hostile, numbers unchecked", unchecked);
    worlds
}
