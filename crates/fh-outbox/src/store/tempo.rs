//! What was learnt of a lane's usual time, and what of a lane somebody waits for.

use std::time::Duration;

use fiscal_harmony::types::RequestId;

use super::{
    by::By,
    kept::one,
    meta,
    sql::{Sql, Work},
};
use crate::{counter::Lesson, error::OutboxError, machine::since, state::State, tempo::Tempo};

fn name(lane: &str) -> String {
    format!("tempo {lane}")
}

/// What is known of a lane.
#[derive(Debug, Clone)]
pub(crate) struct ReadTempo(pub(crate) String);

impl Work for ReadTempo {
    type Output = Tempo;
    const NAME: &'static str = "tempo";

    async fn run<S: Sql>(self, sql: &mut S) -> Result<Tempo, OutboxError> {
        let text = meta::text(sql, &name(&self.0)).await?;
        Ok(text.as_deref().map(Tempo::from_text).unwrap_or_default())
    }
}

/// Keeps what was learnt of a document. Answers what is known since.
#[derive(Debug, Clone)]
pub(crate) struct Learn {
    pub(crate) lane: String,
    pub(crate) lessons: Vec<Lesson>,
}

impl Work for Learn {
    type Output = Tempo;
    const NAME: &'static str = "learn";

    async fn run<S: Sql>(self, sql: &mut S) -> Result<Tempo, OutboxError> {
        let name = name(&self.lane);
        sql.queue_up(&name).await?;
        let text = meta::text(sql, &name).await?;
        let mut tempo = text.as_deref().map(Tempo::from_text).unwrap_or_default();
        for Lesson { pending, decided } in self.lessons {
            tempo.learn(pending, decided);
        }
        meta::note_text(sql, &name, &tempo.to_text()).await?;
        Ok(tempo)
    }
}

/// Those of these documents that are with the service: each with its request and for how long.
#[derive(Debug, Clone)]
pub(crate) struct WithTheService {
    pub(crate) documents: Vec<String>,
    pub(crate) by: By,
}

impl Work for WithTheService {
    type Output = Vec<(String, RequestId, Duration)>;
    const NAME: &'static str = "with_the_service";

    fn by(&self) -> Option<&By> {
        Some(&self.by)
    }

    async fn run<S: Sql>(self, sql: &mut S) -> Result<Self::Output, OutboxError> {
        let mut with = Vec::new();
        for document in self.documents {
            let kept = one(sql, "WHERE document_id = ?1", &[document.as_str().into()]).await?;
            if let Some(facts) = kept
                .map(|kept| kept.facts)
                .filter(|facts| facts.state == State::Accepted)
                && let (Some(request_id), Some(accepted)) = (facts.request_id, facts.accepted_at)
            {
                with.push((document, request_id, since(self.by.now(), accepted)));
            }
        }
        Ok(with)
    }
}
