//! Documents in, and where they stand.

use std::time::Duration;

use axum::{
    Json,
    body::Body,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use fh_outbox::{Change, Entry, Handed, State as Held};
use fiscal_harmony::{Document, auth::Station, preflight::Findings};
use serde::{Deserialize, Serialize};

use crate::{
    address::{Options, Segments, escaped},
    body::read,
    evidence::Typed,
    inside::Shared,
    problem::{Problem, bad_request},
};

/// The longest that a request may be made to wait for a result.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Which lane, as which station, in whose place, and how long to wait for a result.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    lane: Option<String>,
    station: Option<String>,
    replaces: Option<String>,
    wait: Option<u64>,
}

impl Wanted {
    fn wait(&self) -> Duration {
        Duration::from_secs(self.wait.unwrap_or_default()).min(LONGEST_WAIT)
    }
}

/// Where a document stands after it was handed in.
#[derive(Serialize)]
struct TakenIn {
    #[serde(flatten)]
    entry: Entry,
    /// False when the very same document was there already.
    is_new: bool,
    #[serde(flatten)]
    findings: Findings,
}

pub(super) async fn take_in(
    State(agent): State<Shared>,
    Options(wanted): Options<Wanted>,
    body: Body,
) -> Result<Response, Problem> {
    let lane = agent.lane(wanted.lane.as_deref()).ok_or_else(|| {
        let known: Vec<_> = agent.lanes.iter().map(|lane| lane.name.as_str()).collect();
        bad_request(format!(
            "there is no such lane; this agent works for {}",
            known.join(", ")
        ))
    })?;
    let body = read(body).await?;
    let handed = Handed::read(&body).map_err(|error| bad_request(error.to_string()))?;
    let document = Document::from_json_allowing(handed.document, &lane.allowed)?;
    let asked = wanted.station.as_deref().map(Station::new).transpose();
    let asked = asked.map_err(|error| bad_request(error.to_string()))?;
    let mut outbox = agent.outbox.for_lane(lane.name.clone());
    // What stands beside the document is nearer to it than the address.
    if let Some(station) = handed.station.or(asked) {
        outbox = outbox.station(station);
    }
    let enqueued = match wanted.replaces.as_deref() {
        Some(replaced) => outbox.enqueue_replacing(&document, replaced).await?,
        None => outbox.enqueue(&document).await?,
    };
    let entry = settled(&agent, enqueued.entry, wanted.wait()).await?;
    let location = format!("/v1/documents/{}", escaped(&entry.document));
    let status = if is_final(entry.state) {
        StatusCode::OK
    } else {
        StatusCode::ACCEPTED
    };
    let taken = TakenIn {
        entry,
        is_new: enqueued.is_new,
        findings: enqueued.findings,
    };
    let mut response = (status, Json(taken)).into_response();
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// Waits for a result, but not longer than the agent lives.
async fn settled(agent: &Shared, entry: Entry, wait: Duration) -> Result<Entry, Problem> {
    if wait.is_zero() || is_final(entry.state) {
        return Ok(entry);
    }
    tokio::select! {
        settled = agent.outbox.wait(&entry.document, wait) => Ok(settled?),
        () = agent.is_stopping() => Ok(agent.outbox.find(&entry.document).await?),
    }
}

/// Nothing more happens to it unless somebody acts.
pub(super) fn is_final(state: Held) -> bool {
    state.is_settled() || state == Held::Parked
}

pub(super) async fn show(
    State(agent): State<Shared>,
    Segments(id): Segments<String>,
    Options(wanted): Options<Wanted>,
) -> Result<Json<Entry>, Problem> {
    let entry = agent.outbox.find(&id).await?;
    settled(&agent, entry, wanted.wait()).await.map(Json)
}

pub(super) async fn history(
    State(agent): State<Shared>,
    Segments(id): Segments<String>,
) -> Result<Json<Vec<Change>>, Problem> {
    Ok(Json(agent.outbox.history(&id).await?))
}

/// Which documents to list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Listing {
    /// States, with commas between them.
    state: Option<String>,
    lane: Option<String>,
    search: Option<String>,
    before: Option<i64>,
    limit: Option<usize>,
}

impl Listing {
    pub(super) fn to_query(&self) -> Result<fh_outbox::Query, Problem> {
        /// Nobody reads more at once.
        const MOST: usize = 1_000;
        let mut query = fh_outbox::Query::default().limit(self.limit.unwrap_or(100).clamp(1, MOST));
        if let Some(states) = self.state.as_deref().filter(|states| !states.is_empty()) {
            let states: Option<Vec<_>> = states.split(',').map(|name| Held::from_name(name.trim())).collect();
            query = query.states(states.ok_or_else(|| {
                let known: Vec<_> = Held::ALL.into_iter().map(Held::name).collect();
                bad_request(format!("there is no such state; known are {}", known.join(", ")))
            })?);
        }
        if let Some(lane) = &self.lane {
            query = query.lane(lane);
        }
        if let Some(search) = self.search.as_deref().filter(|search| !search.is_empty()) {
            query = query.search(search);
        }
        if let Some(before) = self.before {
            query = query.before(before);
        }
        Ok(query)
    }
}

pub(super) async fn list(
    State(agent): State<Shared>,
    Options(listing): Options<Listing>,
) -> Result<Json<Vec<Entry>>, Problem> {
    Ok(Json(agent.outbox.list(listing.to_query()?).await?))
}

/// An operator's word.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Word {
    /// Who decides.
    by: String,
    /// Why.
    reason: Option<String>,
}

fn word(body: &[u8]) -> Result<Word, Problem> {
    let word: Word = serde_json::from_slice(body).map_err(|error| {
        bad_request(format!(
            r#"the body is {{"by": "who decides", "reason": "why"}}: {error}"#
        ))
    })?;
    if word.by.trim().is_empty() {
        return Err(bad_request("say in `by` who decides; it is kept in the history"));
    }
    Ok(word)
}

pub(super) async fn retry(
    State(agent): State<Shared>,
    Segments(id): Segments<String>,
    body: Body,
) -> Result<Json<Entry>, Problem> {
    let word = word(&read(body).await?)?;
    let (by, reason) = (word.by.trim(), word.reason.as_deref().map(str::trim));
    let entry = match reason.filter(|reason| !reason.is_empty()) {
        Some(reason) => agent.outbox.retry_because(&id, by, reason).await?,
        None => agent.outbox.retry(&id, by).await?,
    };
    Ok(Json(entry))
}

/// Why, where it must be said.
fn why(word: &Word, needs: &'static str) -> Result<String, Problem> {
    let reason = word
        .reason
        .as_deref()
        .map(str::trim)
        .filter(|reason| !reason.is_empty());
    reason.map(str::to_owned).ok_or_else(|| bad_request(needs))
}

pub(super) async fn skip(
    State(agent): State<Shared>,
    Segments(id): Segments<String>,
    body: Body,
) -> Result<Json<Entry>, Problem> {
    let word = word(&read(body).await?)?;
    let why = why(&word, "say in `reason` why it need not be fiscalised")?;
    Ok(Json(agent.outbox.skip(&id, word.by.trim(), &why).await?))
}

pub(super) async fn set_aside(
    State(agent): State<Shared>,
    Segments(id): Segments<String>,
    body: Body,
) -> Result<Json<Entry>, Problem> {
    let word = word(&read(body).await?)?;
    let why = why(&word, "say in `reason` why the documents after it need not wait")?;
    Ok(Json(agent.outbox.set_aside(&id, word.by.trim(), &why).await?))
}

pub(super) async fn release(
    State(agent): State<Shared>,
    Segments(id): Segments<String>,
    body: Body,
) -> Result<Json<Entry>, Problem> {
    let word = word(&read(body).await?)?;
    let why = why(
        &word,
        "say in `reason` how you know that it certainly is not fiscalised",
    )?;
    Ok(Json(agent.outbox.release(&id, word.by.trim(), &why).await?))
}

/// What an operator has found.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Found {
    by: String,
    qr_url: Option<String>,
    verification_code: Option<String>,
    request_id: Option<String>,
    #[serde(default)]
    any_day: bool,
}

fn said_by(by: &str) -> Result<&str, Problem> {
    Some(by.trim())
        .filter(|by| !by.is_empty())
        .ok_or_else(|| bad_request("say in `by` who decides; it is kept in the history"))
}

pub(super) async fn adopt(
    State(agent): State<Shared>,
    Segments(id): Segments<String>,
    body: Body,
) -> Result<Json<Entry>, Problem> {
    let found: Found = serde_json::from_slice(&read(body).await?).map_err(|error| {
        bad_request(format!(
            r#"the body is {{"by": "who decides"}} and one of "qr_url", "verification_code" and "request_id": {error}"#
        ))
    })?;
    let typed = Typed {
        verification_code: found.verification_code.as_deref(),
        qr_url: found.qr_url.as_deref(),
        request_id: found.request_id.as_deref(),
        any_day: found.any_day,
    };
    let by = said_by(&found.by)?;
    let evidence = typed.evidence().map_err(bad_request)?;
    Ok(Json(agent.outbox.adopt(&id, evidence, by).await?))
}

/// A person knows of an alarm.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Acknowledged {
    key: String,
    by: String,
}

pub(super) async fn acknowledge(State(agent): State<Shared>, body: Body) -> Result<Response, Problem> {
    let Acknowledged { key, by } = serde_json::from_slice(&read(body).await?).map_err(|error| {
        bad_request(format!(
            r#"the body is {{"key": "the key of an alarm in /v1/stats", "by": "who knows of it"}}: {error}"#
        ))
    })?;
    Ok(match agent.outbox.acknowledge(&key, said_by(&by)?).await? {
        Some(entry) => Json(entry).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    })
}
