//! Documents that are corrected under their ids, and what they said before.

use axum::{Json, body::Body, extract::State};
use fh_outbox::{Corrected, Entry};
use fiscal_harmony::{
    Document,
    document::{AllowedFields, Difference},
    preflight::Findings,
};
use serde::{Deserialize, Serialize};

use crate::{
    address::{Options, Segments},
    body::read,
    inside::Shared,
    problem::{Problem, bad_request},
};

/// An operator's word, beside the document.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Word {
    /// Who corrects it.
    by: Option<String>,
    /// Why.
    reason: Option<String>,
    /// Nothing is to be changed.
    #[serde(default)]
    dry_run: bool,
}

/// Where a document stands after it was corrected.
#[derive(Serialize)]
pub(super) struct Told {
    #[serde(flatten)]
    entry: Entry,
    /// False when nothing differs from what is kept.
    is_new: bool,
    differences: Vec<Difference>,
    #[serde(flatten)]
    findings: Findings,
}

impl From<Corrected> for Told {
    fn from(corrected: Corrected) -> Self {
        Self {
            entry: corrected.entry,
            is_new: corrected.is_new,
            differences: corrected.differences,
            findings: corrected.findings,
        }
    }
}

fn said<'a>(text: Option<&'a String>, needs: &'static str) -> Result<&'a str, Problem> {
    let text = text.map(|text| text.trim()).filter(|text| !text.is_empty());
    text.ok_or_else(|| bad_request(needs))
}

pub(super) async fn correct(
    State(agent): State<Shared>,
    Segments(id): Segments<String>,
    Options(word): Options<Word>,
    body: Body,
) -> Result<Json<Told>, Problem> {
    let lane = agent.outbox.find(&id).await?.lane;
    let allowed = agent
        .lane(Some(&lane))
        .map_or_else(AllowedFields::none, |lane| lane.allowed.clone());
    let document = Document::from_json_allowing(&read(body).await?, &allowed)?;
    if word.dry_run {
        return Ok(Json(agent.outbox.compare(&id, &document).await?.into()));
    }
    let by = said(
        word.by.as_ref(),
        "say in ?by= who corrects it; it is kept in the history",
    )?;
    let why = said(
        word.reason.as_ref(),
        "say in ?reason= why it is corrected; it is kept in the history",
    )?;
    Ok(Json(agent.outbox.correct(&id, &document, by, why).await?.into()))
}

/// One content of a document, with the document as JSON.
#[derive(Serialize)]
pub(super) struct Shown {
    #[serde(flatten)]
    revision: fh_outbox::Revision,
    body: serde_json::Value,
}

pub(super) async fn revisions(
    State(agent): State<Shared>,
    Segments(id): Segments<String>,
) -> Result<Json<Vec<Shown>>, Problem> {
    let mut shown = Vec::new();
    for revision in agent.outbox.revisions(&id).await? {
        let frozen = revision.document.freeze(fiscal_harmony::Attempt::First)?;
        let body = serde_json::from_slice(frozen.bytes()).unwrap_or_default();
        shown.push(Shown { revision, body });
    }
    Ok(Json(shown))
}
