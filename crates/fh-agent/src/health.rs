//! For machines that watch, and what the agent knows of the account.

use std::fmt::Write as _;

use axum::{
    Json,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::IntoResponse,
};
use fh_outbox::{Gravity, Reader, State as Held, Stats};
use fh_types::{CatDateTime, Clock, SystemClock};
use fiscal_harmony::{catalogue::Catalogue, device::VatStatus, webhook::Counts};
use serde_json::{Value, json};

use crate::{inside::Shared, problem::Problem};

/// The agent's own description, in OpenAPI 3.1: what is served at `/v1/openapi.json`.
pub const OPENAPI: &str = include_str!("openapi.json");

pub(super) async fn openapi() -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))],
        OPENAPI,
    )
}

/// The process answers, and says which version it is.
pub(super) async fn alive() -> Json<Value> {
    Json(json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") }))
}

/// The outbox answers and can be written, so that documents can be taken in, and the worker is not stuck. Whether the service can be reached is no part of it: taking in while it
/// cannot be is what the agent is for.
pub(super) async fn ready(State(agent): State<Shared>) -> Result<Json<Value>, Problem> {
    let change = agent.outbox.latest_change().await?;
    agent.is_writable().await?;
    if let Some(alarm) = agent.outbox.alarms_of_this_process().first() {
        let detail = format!("{}: {}", alarm.message, alarm.advice(Reader::Program));
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "Not ready", detail));
    }
    Ok(Json(json!({ "status": "ok", "latest_change": change })))
}

pub(super) async fn stats(State(agent): State<Shared>) -> Result<Json<Stats>, Problem> {
    Ok(Json(agent.outbox.stats().await?))
}

pub(super) async fn catalogue(State(agent): State<Shared>) -> Result<Json<Value>, Problem> {
    let lanes: serde_json::Map<_, _> = agent
        .lanes
        .iter()
        .filter_map(|lane| {
            let catalogue = agent.outbox.for_lane(lane.name.clone()).catalogue()?;
            Some((lane.name.clone(), described(&catalogue)))
        })
        .collect();
    if lanes.is_empty() {
        let detail = "the service has not told yet what it knows about the account; the agent goes on asking";
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "Not known yet", detail));
    }
    Ok(Json(json!({ "lanes": lanes })))
}

fn described(catalogue: &Catalogue) -> Value {
    let today = CatDateTime::now(&SystemClock);
    let taxes: Vec<_> = catalogue
        .tax_mappings()
        .map(|(code, id)| {
            let tax = catalogue.tax(code, today);
            json!({
                "code": code,
                "tax_id": id,
                "name": tax.map(|tax| &tax.name),
                "percent": tax.and_then(|tax| tax.percent),
                "valid_today": tax.is_some_and(|tax| tax.applies_on(today)),
            })
        })
        .collect();
    let vat = match catalogue.vat() {
        VatStatus::Registered(number) => json!({ "registered": true, "number": number }),
        VatStatus::NotRegistered => json!({ "registered": false }),
        _ => Value::Null,
    };
    json!({
        "age_seconds": catalogue.age(SystemClock.now()).as_secs(),
        "taxes": taxes,
        "currencies": catalogue.currencies().collect::<Vec<_>>(),
        "vat": vat,
        "not_understood": catalogue.unread().collect::<Vec<_>>(),
    })
}

/// Prometheus's text format.
pub(super) async fn metrics(State(agent): State<Shared>) -> Result<impl IntoResponse, Problem> {
    let stats = agent.outbox.stats().await?;
    let deserted = agent.deserted(stats.lanes.iter().map(|lane| lane.lane.as_str()));
    let counts = agent.pushed.as_ref().map(|receiver| receiver.counts());
    let text = exposition(&stats, deserted.len(), counts, agent.started.elapsed().as_secs());
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    Ok(([(header::CONTENT_TYPE, kind)], text))
}

fn exposition(stats: &Stats, deserted: usize, pushed: Option<Counts>, uptime: u64) -> String {
    let mut text = String::new();
    let mut family = |name: &str, help: &str, samples: Vec<(String, u64)>| {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
        for (labels, value) in samples {
            let _ = writeln!(text, "{name}{labels} {value}");
        }
    };
    let now = stats.at.timestamp().as_second();
    let age = |at: Option<CatDateTime>| at.map_or(0, |at| u64::try_from(now - at.timestamp().as_second()).unwrap_or(0));
    let mut open = Vec::new();
    for lane in &stats.lanes {
        let name = label(&lane.lane);
        for (state, count) in [
            (Held::Queued, lane.queued),
            (Held::Sending, lane.sending),
            (Held::Unknown, lane.unknown),
            (Held::Parked, lane.parked),
            (Held::Accepted, lane.accepted),
        ] {
            open.push((format!("{{lane=\"{name}\",state=\"{state}\"}}"), count));
        }
    }
    family("fh_open_documents", "Documents that are not settled.", open);
    let settled = stats.settled.iter();
    let settled = settled.map(|(state, count)| (format!("{{state=\"{state}\"}}"), *count));
    family(
        "fh_settled_documents",
        "Documents that are settled, as far as they were not pruned.",
        settled.collect(),
    );
    let by_lane = |at: fn(&fh_outbox::LaneStats) -> Option<CatDateTime>| {
        let lanes = stats.lanes.iter();
        lanes
            .map(|lane| (format!("{{lane=\"{}\"}}", label(&lane.lane)), age(at(lane))))
            .collect()
    };
    family(
        "fh_oldest_unsent_seconds",
        "Age of the oldest document that the service is not known to have.",
        by_lane(|lane| lane.oldest_unsent),
    );
    family(
        "fh_oldest_undecided_seconds",
        "Age of the oldest document that the service has taken and not decided.",
        by_lane(|lane| lane.oldest_undecided),
    );
    let alarms = [(Gravity::Warning, "warning"), (Gravity::Critical, "critical")].map(|(gravity, name)| {
        let count = stats.alarms.iter().filter(|alarm| alarm.gravity == gravity).count();
        (format!("{{gravity=\"{name}\"}}"), count as u64)
    });
    family("fh_alarms", "What a person must know.", alarms.into());
    family(
        "fh_orphans",
        "News of requests that nobody here knows.",
        vec![(String::new(), stats.orphans)],
    );
    let deserted = vec![(String::new(), deserted as u64)];
    family(
        "fh_deserted_lanes",
        "Lanes with open documents that this agent does not work for.",
        deserted,
    );
    if let Some(counts) = pushed {
        let answers = [
            ("kept", counts.kept),
            ("refused", counts.refused),
            ("not_read", counts.not_read),
            ("not_kept", counts.not_kept),
        ];
        family(
            "fh_webhooks",
            "Deliveries since the agent began, by what became of them; refused are those without a right signature.",
            answers
                .map(|(answer, count)| (format!("{{answer=\"{answer}\"}}"), count))
                .into(),
        );
    }
    family(
        "fh_uptime_seconds",
        "How long the agent has run.",
        vec![(String::new(), uptime)],
    );
    text
}

/// A text as the value of a label.
fn label(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
