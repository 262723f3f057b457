//! What arrived from the service while the probe listened.

use serde_json::Value;

use super::view::{listed, names};
use crate::{conclusion::Conclusion, exchange::Exchange, log::Log};

pub(super) fn read(log: &Log, question: &str) -> Conclusion {
    let arrived: Vec<&Exchange> = log.under("webhooks/in").collect();
    if arrived.is_empty() {
        let why =
            "it needs a person in the portal: `fh probe --resume --webhook-listen ADDRESS`, then Save & Test there";
        return Conclusion::open(question, why);
    }
    let support = arrived.iter().map(|one| one.step.clone());
    let signed = |one: &&&Exchange| {
        one.request
            .headers
            .get("x-api-signature")
            .is_some_and(|word| word == "right")
    };
    let right = arrived.iter().filter(signed).count();
    if question == "webhook-test" {
        let text = format!("{} requests, {right} of them rightly signed", arrived.len());
        return Conclusion::answer(question, text.clone(), text).resting_on(support);
    }
    let payloads: Vec<Value> = arrived
        .iter()
        .filter(signed)
        .filter_map(|one| serde_json::from_str(one.request.body.as_deref()?).ok())
        .collect();
    if payloads.is_empty() {
        return Conclusion::not_settled(question, "no rightly signed request held JSON").resting_on(support);
    }
    let text = listed(
        payloads
            .iter()
            .flat_map(names)
            .collect::<std::collections::BTreeSet<_>>(),
    );
    Conclusion::answer(question, text.clone(), text).resting_on(support)
}
