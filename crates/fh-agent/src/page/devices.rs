//! The lanes, each a fiscal device: what waits, its clock, its certificate, what its tax codes stand for.

use axum::{
    extract::State,
    response::{Html, IntoResponse, Response},
};
use fh_outbox::{LaneStats, LedgerEntry, LedgerQuery, Stats};
use fh_types::{CatDateTime, jiff::civil::Date};
use maud::{Markup, html};

use super::{
    frame::{Failed, foreign, known, now, part, when},
    language::say,
};
use crate::{
    address::escaped,
    inside::{Inside, Lane, Shared},
    sheet,
};

/// A clock may be so wrong before it is said, in seconds: a date in the future is refused.
const PRECISE: i64 = 60;
/// A certificate that ends within so many days is renewed now.
const SOON: i64 = 30;

pub(super) async fn show(State(agent): State<Shared>) -> Result<Response, Failed> {
    let stats = known(&agent, agent.outbox.stats().await)?;
    let now = now();
    let mut shown = Vec::new();
    let others = stats.lanes.iter().map(|lane| lane.lane.as_str());
    let unserved = others.filter(|name| agent.lane(Some(name)).is_none());
    let served = agent.lanes.iter().map(|lane| lane.name.as_str());
    for name in served.chain(unserved) {
        let query = LedgerQuery::new(Date::MIN, Date::MAX)
            .of_lane(name)
            .standing([None])
            .newest_first()
            .limit(1);
        let last = known(&agent, agent.outbox.ledger(query).await)?.pop();
        shown.push(device(&agent, &stats, name, last.as_ref(), now));
    }
    let body = html! {
        h1 { (say("Devices")) }
        p.hint { (say("A lane is a fiscal device. Its documents go out one after the other.")) }
        div #devices data-live { @for device in &shown { (device) } }
    };
    Ok(Html(part(&agent, say("Devices"), "/devices", &body).into_string()).into_response())
}

fn device(agent: &Inside, stats: &Stats, name: &str, last: Option<&LedgerEntry>, now: CatDateTime) -> Markup {
    let busy = stats.lanes.iter().find(|lane| lane.lane == name);
    let lane = agent.lane(Some(name));
    html! {
        section.card.device {
            h2 { a href={ "/documents?lane=" (escaped(name)) } { (foreign(name)) } }
            (waiting(busy, now))
            @if lane.is_none() { p.problem { strong { "Nobody works here. " } (agent.advice.lane) } }
            dl {
                div {
                    dt { (say("Last fiscalised")) }
                    dd {
                        @match last {
                            Some(last) => {
                                a href={ "/documents/" (escaped(&last.document)) } { (foreign(&last.number)) }
                                ", " (when(last.date, now))
                            }
                            None => { (say("Nothing yet")) }
                        }
                    }
                }
                @if let Some(lane) = lane { (settings(agent, lane, now)) }
            }
            @if let Some(lane) = lane { (mappings(agent, lane, now)) }
        }
    }
}

fn waiting(busy: Option<&LaneStats>, now: CatDateTime) -> Markup {
    html! {
        p {
            @match busy {
                None => { (say("Nothing waits.")) }
                Some(lane) => {
                    (lane.queued + lane.sending + lane.unknown) " " (say("to be sent")) ", " (lane.accepted) " " (say("awaiting a receipt"))
                    @if lane.parked > 0 { ", " strong { (lane.parked) " " (say("held for a decision")) } }
                    @if let Some(oldest) = lane.oldest_unsent { ", " (say("the oldest since")) " " (when(oldest, now)) }
                    "."
                }
            }
        }
    }
}

fn settings(agent: &Inside, lane: &Lane, now: CatDateTime) -> Markup {
    let catalogue = agent.outbox.for_lane(lane.name.clone()).catalogue();
    let device = catalogue.as_ref().and_then(|catalogue| catalogue.device());
    let ahead = lane.client.clock_ahead().map(|ahead| ahead.as_secs());
    let certificate = device.and_then(|device| device.certificate_valid_till);
    let left = certificate.map(|till| (till.timestamp().as_second() - now.timestamp().as_second()) / 86_400);
    html! {
        div {
            dt { (say("Clock")) }
            dd {
                @match ahead {
                    None => { (say("Not compared yet")) }
                    Some(ahead) if ahead.abs() < PRECISE => { (say("Agrees with the service")) }
                    Some(ahead) => {
                        strong { (ahead.abs()) " s " @if ahead > 0 { (say("ahead")) } @else { (say("behind")) } }
                    }
                }
            }
        }
        @if let (Some(certificate), Some(left)) = (certificate, left) {
            div {
                dt { (say("Certificate")) }
                dd {
                    (say("Valid until")) " " (when(certificate, now))
                    @if left < SOON { " " strong { (say("Renew it now.")) } }
                }
            }
        }
        @if let Some(device) = device {
            @for (name, value) in [(say("Taxpayer"), &device.taxpayer_name), (say("Branch"), &device.branch_name), (say("Serial number"), &device.serial_number)] {
                @if let Some(value) = value { div { dt { (name) } dd.foreign { (foreign(value)) } } }
            }
        }
        @if let Some(catalogue) = &catalogue {
            @if let Some(till) = catalogue.subscription().and_then(|subscription| subscription.valid_till) {
                div { dt { (say("Subscription")) } dd { (say("Valid until")) " " (when(till, now)) } }
            }
        }
    }
}

fn mappings(agent: &Inside, lane: &Lane, now: CatDateTime) -> Markup {
    let Some(catalogue) = agent.outbox.for_lane(lane.name.clone()).catalogue() else {
        return html! { p.hint { (say("The account was not read yet.")) } };
    };
    let mut codes: Vec<_> = catalogue.tax_mappings().collect();
    codes.sort_unstable();
    let currencies: Vec<_> = catalogue.currencies().collect();
    html! {
        details id={ "mappings-" (escaped(&lane.name)) } {
            summary { (say("Tax codes and currencies")) }
            table {
                thead { tr { th scope="col" { (say("Code")) } th scope="col" { (say("Tax")) } th.number scope="col" { (say("Rate")) } } }
                tbody {
                    @for (code, _) in codes {
                        @let tax = catalogue.tax(code, now);
                        tr {
                            td { (foreign(code)) }
                            @match tax {
                                Some(tax) => {
                                    td { (foreign(&tax.name)) }
                                    td.number { (sheet::rate(tax.percent.map_or(fh_outbox::Rate::Exempt, fh_outbox::Rate::Percent))) }
                                }
                                None => { td colspan="2" { strong { (say("No tax that applies today")) } } }
                            }
                        }
                    }
                }
            }
            p { (say("Currency")) ": " (currencies.join(", ")) }
        }
        p.hint { (say("To look for everything that stands in the way, run:")) " " code { "fh doctor" } }
    }
}
