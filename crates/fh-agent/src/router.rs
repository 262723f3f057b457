//! Everything that the agent answers, and where.

use std::sync::Arc;

use axum::{
    Router,
    http::HeaderValue,
    middleware,
    response::Response,
    routing::{MethodRouter, get, post},
};

use crate::{
    correction, documents, events,
    guard::{self, Guard},
    health,
    inside::Shared,
    page, problem, receipt, reports, store,
};

/// Where receipts are, each form of them under its name.
const RECEIPT: &str = "/v1/documents/{id}/{form}";

/// The API: what the OpenAPI document describes.
fn routes() -> [(&'static str, MethodRouter<Shared>); 22] {
    [
        ("/v1/documents", get(documents::list).post(documents::take_in)),
        ("/v1/documents/{id}", get(documents::show).put(correction::correct)),
        ("/v1/documents/{id}/history", get(documents::history)),
        ("/v1/documents/{id}/revisions", get(correction::revisions)),
        ("/v1/documents/{id}/retry", post(documents::retry)),
        ("/v1/documents/{id}/skip", post(documents::skip)),
        ("/v1/documents/{id}/set-aside", post(documents::set_aside)),
        ("/v1/documents/{id}/release", post(documents::release)),
        ("/v1/documents/{id}/adopt", post(documents::adopt)),
        ("/v1/alarms/acknowledge", post(documents::acknowledge)),
        ("/v1/outbox/take-over", post(store::take_over)),
        ("/v1/outbox/restored", post(store::restored)),
        (RECEIPT, get(receipt::show).post(receipt::print)),
        ("/v1/reports", get(reports::report)),
        ("/v1/ledger", get(reports::ledger)),
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
        .layer(middleware::map_response(named))
        .with_state(agent)
}

/// The agent names itself in every answer, also to whoever is not let in: what stands behind it may be production, and `fh probe` must not
/// take it for a service.
async fn named(mut response: Response) -> Response {
    const NAME: HeaderValue = HeaderValue::from_static("fiscal-harmony-rs");
    response.headers_mut().insert("x-fh-gateway", NAME);
    response
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::health::OPENAPI;

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
