//! The outbox as a whole: whose it is, and that it was restored.

use axum::{Json, body::Body, extract::State};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    body::read,
    inside::Shared,
    problem::{Problem, bad_request},
};

/// Who says so, and what becomes of doubt.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Word {
    by: String,
    #[serde(default)]
    hold: bool,
}

async fn word(body: Body) -> Result<Word, Problem> {
    let word: Word = serde_json::from_slice(&read(body).await?).map_err(|error| {
        bad_request(format!(
            r#"the body is {{"by": "who decides", "hold": false}}: {error}"#
        ))
    })?;
    if word.by.trim().is_empty() {
        return Err(bad_request("say in `by` who decides; it is kept in the history"));
    }
    Ok(word)
}

pub(super) async fn take_over(State(agent): State<Shared>, body: Body) -> Result<Json<Value>, Problem> {
    let word = word(body).await?;
    let in_doubt = agent.outbox.take_over(word.by.trim(), word.hold).await?;
    Ok(Json(json!({ "in_doubt": in_doubt })))
}

pub(super) async fn restored(State(agent): State<Shared>, body: Body) -> Result<Json<Value>, Problem> {
    let word = word(body).await?;
    let in_doubt = agent.outbox.restored(word.by.trim(), word.hold).await?;
    Ok(Json(json!({ "in_doubt": in_doubt })))
}
