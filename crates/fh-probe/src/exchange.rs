//! What was sent and what came back, as it is written down.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One request and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// Where it belongs: experiment, variant and attempt, such as `plain/invoice/1/submit`. Unique in a journal.
    pub step: String,
    /// When it was sent, in milliseconds since 1970.
    pub at_ms: i64,
    /// What was sent.
    pub request: Request,
    /// What became of it.
    pub reply: Reply,
}

/// A request. The key, the secret and signatures are never in it: it says *which* key and *what kind of* signature went out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// `GET`, `POST`, `PUT` or `DELETE`.
    pub method: String,
    /// The path from the root of the host, with the query.
    pub path: String,
    /// The headers that matter, in words where they are secret.
    pub headers: BTreeMap<String, String>,
    /// The body, where there was one. A very long one is cut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reply {
    /// An answer.
    Answer(Answer),
    /// It may have arrived; no answer did.
    Lost {
        /// Why, in words.
        why: String,
    },
    /// It did not leave.
    NotSent {
        /// Why, in words.
        why: String,
    },
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers that matter, lower case.
    pub headers: BTreeMap<String, String>,
    /// The body as text; of a PDF only its beginning.
    pub body: String,
    /// How many bytes it had.
    pub bytes: u64,
    /// How long it took, in milliseconds.
    pub millis: u64,
}

impl Answer {
    /// Whether the status is one of success.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether the status is one that passes: too many requests, or the service's own trouble.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        matches!(self.status, 408 | 425 | 429) || self.status >= 500
    }

    /// The body as JSON.
    #[must_use]
    pub fn json(&self) -> Option<Value> {
        serde_json::from_str(&self.body).ok()
    }

    /// A member of a JSON object, whatever the case of its name.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<Value> {
        member(&self.json()?, name).cloned()
    }

    /// The media type without its parameters.
    #[must_use]
    pub fn media_type(&self) -> &str {
        let text = self.headers.get("content-type").map_or("", String::as_str);
        text.split(';').next().unwrap_or_default().trim()
    }
}

impl Exchange {
    /// The answer, when one came.
    #[must_use]
    pub fn answer(&self) -> Option<&Answer> {
        match &self.reply {
            Reply::Answer(answer) => Some(answer),
            _ => None,
        }
    }

    /// An answer that says something of the service: not lost, and not of a kind that passes.
    #[must_use]
    pub fn steady(&self) -> Option<&Answer> {
        self.answer().filter(|answer| !answer.is_passing())
    }
}

/// A member of an object, whatever the case of its name.
#[must_use]
pub fn member<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    let object = value.as_object()?;
    object.get(name).or_else(|| {
        object
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    })
}

/// Which of several answers to one question counts, if that can be said. A success counts at once, since no fault makes one. A refusal
/// counts when it came often enough not to be a passing fault: twice, or three times for those that a service in trouble gives too.
#[must_use]
pub fn agreed<'e>(exchanges: impl IntoIterator<Item = &'e Exchange>) -> Option<&'e Exchange> {
    let mut seen: BTreeMap<u16, u32> = BTreeMap::new();
    let mut found = None;
    for exchange in exchanges {
        let Some(answer) = exchange.steady() else { continue };
        if answer.is_success() {
            return Some(exchange);
        }
        let count = seen.entry(answer.status).or_default();
        *count += 1;
        if found.is_none() && *count >= needed(answer.status) {
            found = Some(exchange);
        }
    }
    found
}

/// How often a refusal of this status must come before it counts.
#[must_use]
pub fn needed(status: u16) -> u32 {
    match status {
        401..=404 => 3,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange(status: Option<u16>) -> Exchange {
        Exchange {
            step: "x".to_owned(),
            at_ms: 0,
            request: Request {
                method: "GET".to_owned(),
                path: "/".to_owned(),
                headers: BTreeMap::new(),
                body: None,
            },
            reply: status.map_or(Reply::Lost { why: String::new() }, |status| {
                Reply::Answer(Answer {
                    status,
                    headers: BTreeMap::new(),
                    body: String::new(),
                    bytes: 0,
                    millis: 0,
                })
            }),
        }
    }

    fn status(statuses: &[Option<u16>]) -> Option<u16> {
        let all: Vec<_> = statuses.iter().map(|status| exchange(*status)).collect();
        agreed(&all).and_then(Exchange::answer).map(|answer| answer.status)
    }

    #[test]
    fn a_success_counts_at_once_and_a_refusal_when_it_came_again() {
        assert_eq!(status(&[Some(200)]), Some(200));
        assert_eq!(status(&[Some(400)]), None);
        assert_eq!(status(&[Some(400), None, Some(503), Some(400)]), Some(400));
        assert_eq!(status(&[Some(401), Some(401)]), None);
        assert_eq!(status(&[Some(401), Some(404), Some(401), Some(401)]), Some(401));
        assert_eq!(
            status(&[Some(401), Some(401), Some(200)]),
            Some(200),
            "the refusal passed"
        );
        assert_eq!(status(&[None, Some(429), Some(500)]), None);
    }
}
