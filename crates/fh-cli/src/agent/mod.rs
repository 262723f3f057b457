//! The agent behind `fh serve`: a small local REST API for tills in any language, with a page for the back office.
//!
//! `guard` decides who may ask at all; `documents` takes documents in and tells where they stand; `receipt` prints; `events`
//! tells of changes as they happen; `health` is for machines that watch. The page is HTML over the same outbox.

mod address;
mod documents;
mod events;
mod guard;
mod health;
mod page;
mod problem;
mod receipt;
mod token;

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Router, middleware,
    routing::{MethodRouter, get, post},
};
use fh_outbox::Outbox;
use fh_types::SystemClock;
use fiscal_harmony::Client;
use tokio::sync::watch;

pub(crate) use guard::Guard;
pub(crate) use token::Token;

/// The agent's own description, in OpenAPI.
pub(crate) const OPENAPI: &str = include_str!("openapi.json");

/// Where receipts are, each form of them under its name.
const RECEIPT: &str = "/v1/documents/{id}/{form}";
/// The longest document. The longest real ones have a few hundred lines of 200 bytes.
const MAX_BODY: usize = 1024 * 1024;
/// How long a body may take to arrive.
const BODY_WITHIN: Duration = Duration::from_secs(10);
/// The longest that a request may be made to wait for a result.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// Taxes and mappings change by hand, and rarely.
const CATALOGUE_AGE: Duration = Duration::from_secs(15 * 60);
/// How soon a catalogue that could not be had is asked for again.
const CATALOGUE_AGAIN: Duration = Duration::from_secs(30);

/// A lane and the client of its device.
#[derive(Clone)]
pub(crate) struct Lane {
    pub(crate) name: String,
    pub(crate) client: Client,
}

/// What all handlers share.
pub(crate) struct Agent {
    pub(crate) outbox: Outbox,
    /// The first one is meant where none is named.
    pub(crate) lanes: Vec<Lane>,
    /// What stands at the top of printed receipts.
    pub(crate) seller: Vec<String>,
    pub(crate) sandbox: bool,
    /// True once the agent is to end; whoever waits for something gets its answer then.
    pub(crate) stopping: watch::Receiver<bool>,
    pub(crate) started: Instant,
}

type Shared = Arc<Agent>;

impl Agent {
    /// The lane of that name, or the first.
    fn lane(&self, name: Option<&str>) -> Option<&Lane> {
        match name {
            None => self.lanes.first(),
            Some(name) => self.lanes.iter().find(|lane| lane.name == name),
        }
    }

    /// The names of lanes with open documents that nobody here works for.
    fn deserted<'a>(&self, lanes: impl IntoIterator<Item = &'a str>) -> BTreeSet<&'a str> {
        let served = |name: &str| self.lanes.iter().any(|lane| lane.name == name);
        lanes.into_iter().filter(|name| !served(name)).collect()
    }

    /// Ends when the agent is to end.
    async fn is_stopping(&self) {
        let mut stopping = self.stopping.clone();
        if stopping.wait_for(|stopping| *stopping).await.is_err() {
            // Whoever could say so is gone.
        }
    }
}

/// The API: what [`OPENAPI`] describes.
fn routes() -> [(&'static str, MethodRouter<Shared>); 13] {
    [
        ("/v1/documents", get(documents::list).post(documents::take_in)),
        ("/v1/documents/{id}", get(documents::show)),
        ("/v1/documents/{id}/history", get(documents::history)),
        ("/v1/documents/{id}/retry", post(documents::retry)),
        ("/v1/documents/{id}/skip", post(documents::skip)),
        (RECEIPT, get(receipt::show)),
        ("/v1/events", get(events::stream)),
        ("/v1/catalogue", get(health::catalogue)),
        ("/v1/stats", get(health::stats)),
        ("/v1/openapi.json", get(health::openapi)),
        ("/healthz", get(health::alive)),
        ("/readyz", get(health::ready)),
        ("/metrics", get(health::metrics)),
    ]
}

/// Everything that the agent answers, behind its guard.
pub(crate) fn router(agent: Shared, guard: Guard) -> Router {
    let api = routes()
        .into_iter()
        .fold(Router::new(), |router, (path, methods)| router.route(path, methods));
    let guard = Arc::new(guard);
    api.merge(page::router())
        .fallback(async || problem::not_found("there is nothing here; /v1/openapi.json says what there is"))
        .method_not_allowed_fallback(async || problem::method_not_allowed())
        .layer(middleware::from_fn_with_state(guard, guard::check))
        .with_state(agent)
}

/// Keeps what the checks know of a lane's account fresh, until the agent ends.
pub(crate) async fn keep_catalogue(outbox: Outbox, lane: Lane) {
    let outbox = outbox.for_lane(lane.name);
    loop {
        let again = match lane.client.catalogue_within(Duration::ZERO, &SystemClock).await {
            Ok(catalogue) => {
                outbox.set_catalogue(catalogue);
                CATALOGUE_AGE
            }
            Err(error) => {
                tracing::debug!(%error, "the catalogue could not be had");
                CATALOGUE_AGAIN
            }
        };
        tokio::time::sleep(again).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_is_described_and_nothing_else_is() {
        let document: serde_json::Value = serde_json::from_str(OPENAPI).unwrap();
        let described: BTreeSet<_> = document["paths"].as_object().unwrap().keys().cloned().collect();
        let served: BTreeSet<_> = routes()
            .into_iter()
            .flat_map(|(path, _)| {
                if path == RECEIPT {
                    receipt::FORMS.map(|form| path.replace("{form}", form)).to_vec()
                } else {
                    vec![path.to_owned()]
                }
            })
            .collect();
        assert_eq!(described, served);
    }
}
