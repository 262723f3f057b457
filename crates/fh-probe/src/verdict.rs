//! What became of a document, read from the exchanges about it.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::exchange::{Answer, Exchange, member, needed};

/// One attempt at having a document fiscalised.
#[derive(Debug, Clone)]
pub struct Attempt<'l> {
    /// The exchange in which it was handed in.
    pub submit: &'l Exchange,
    /// The questions about it.
    pub polls: Vec<&'l Exchange>,
    /// What became of it.
    pub fate: Fate,
}

/// What became of one attempt.
#[derive(Debug, Clone, PartialEq)]
pub enum Fate {
    /// Nobody can say: the reply was lost, or the service was in trouble.
    Broken,
    /// It was not taken.
    Refused {
        /// The HTTP status.
        status: u16,
    },
    /// It was taken, and no result was seen.
    Waiting {
        /// The request id.
        request: String,
    },
    /// It was taken and rejected.
    Rejected {
        /// The request id.
        request: String,
        /// What the service says of it.
        error: String,
        /// Whether it says that the document can be sent again.
        actionable: bool,
    },
    /// It has a receipt.
    Fiscalised {
        /// The request id.
        request: String,
        /// The record, as the service shows it.
        record: Value,
    },
}

/// How `/status` shows a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Shown {
    /// There is no element for it.
    Missing,
    /// An element that says neither yes nor no.
    Pending(Value),
    /// An element that says yes or no.
    Settled(Value),
}

/// What became of a document over all attempts.
#[derive(Debug, Clone, PartialEq)]
pub enum Decided {
    /// It is refused with this status.
    Refused {
        /// The status.
        status: u16,
        /// The step of an exchange that shows it.
        step: String,
    },
    /// It is taken and rejected.
    Rejected {
        /// What the service says.
        error: String,
        /// The authority's code in it, if there is one.
        code: Option<String>,
        /// Whether it may be sent again.
        actionable: bool,
        /// The step of an attempt that shows it.
        step: String,
    },
    /// It is fiscalised.
    Fiscalised {
        /// The record.
        record: Value,
        /// The step of the attempt.
        step: String,
    },
}

impl Decided {
    /// The step that shows it.
    #[must_use]
    pub fn step(&self) -> &str {
        match self {
            Self::Refused { step, .. } | Self::Rejected { step, .. } | Self::Fiscalised { step, .. } => step,
        }
    }

    /// Whether it got a receipt.
    #[must_use]
    pub fn is_fiscalised(&self) -> bool {
        matches!(self, Self::Fiscalised { .. })
    }
}

impl<'l> Attempt<'l> {
    /// Reads one attempt.
    #[must_use]
    pub fn read(submit: &'l Exchange, polls: Vec<&'l Exchange>) -> Self {
        let fate = match submit.answer() {
            None => Fate::Broken,
            Some(answer) if answer.is_passing() => Fate::Broken,
            Some(answer) if !answer.is_success() => Fate::Refused { status: answer.status },
            Some(answer) => match request_id(answer) {
                None => Fate::Broken,
                Some(request) => {
                    let shown = polls.iter().filter_map(|poll| shown(poll.steady()?, &request));
                    let mut settled = shown.filter_map(|shown| match shown {
                        Shown::Settled(record) => Some(record),
                        _ => None,
                    });
                    let settled = settled.next_back();
                    settle(request, settled)
                }
            },
        };
        Self { submit, polls, fate }
    }

    /// Where it belongs: experiment, variant and number.
    #[must_use]
    pub fn name(&self) -> &str {
        self.submit.step.trim_end_matches("/submit")
    }

    /// The request id it was given.
    #[must_use]
    pub fn request(&self) -> Option<&str> {
        match &self.fate {
            Fate::Waiting { request } | Fate::Rejected { request, .. } | Fate::Fiscalised { request, .. } => {
                Some(request)
            }
            _ => None,
        }
    }

    /// Whether the service may have it.
    #[must_use]
    pub fn may_be_taken(&self) -> bool {
        !matches!(self.fate, Fate::Refused { .. })
            && !matches!(self.submit.reply, crate::exchange::Reply::NotSent { .. })
    }
}

fn settle(request: String, record: Option<Value>) -> Fate {
    let Some(record) = record else {
        return Fate::Waiting { request };
    };
    if member(&record, "Success").and_then(Value::as_bool) == Some(true) {
        return Fate::Fiscalised { request, record };
    }
    let text = member(&record, "Error")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    let actionable = member(&record, "IsActionable")
        .and_then(Value::as_bool)
        .unwrap_or(false);
    Fate::Rejected {
        request,
        error: text,
        actionable,
    }
}

/// The request id that a submission was answered with: bare text, or a JSON string.
#[must_use]
pub fn request_id(answer: &Answer) -> Option<String> {
    let text = match answer.json() {
        Some(Value::String(text)) => text,
        Some(Value::Object(object)) => member(&Value::Object(object), "RequestId")?.as_str()?.to_owned(),
        _ => answer.body.clone(),
    };
    let text = text.trim().trim_matches('"').trim();
    let fits = !text.is_empty() && text.len() <= 200 && !text.contains(['<', '{', '\n']);
    fits.then(|| text.to_owned())
}

/// How an answer of `/status` shows a request; none when it is no answer of that kind.
#[must_use]
pub fn shown(answer: &Answer, request: &str) -> Option<Shown> {
    if !answer.is_success() {
        return None;
    }
    let Value::Array(records) = answer.json()? else {
        return None;
    };
    let of_it = |record: &&Value| member(record, "RequestId").and_then(Value::as_str) == Some(request);
    let Some(record) = records.iter().find(of_it) else {
        return Some(Shown::Missing);
    };
    let is = |name: &str| member(record, name).and_then(Value::as_bool) == Some(true);
    let has_error = member(record, "Error")
        .and_then(Value::as_str)
        .is_some_and(|text| !text.trim().is_empty());
    let has_receipt = member(record, "QrData").is_some_and(Value::is_object);
    Some(if has_error || (is("Success") && has_receipt) {
        Shown::Settled(record.clone())
    } else {
        Shown::Pending(record.clone())
    })
}

/// What became of a document, over several attempts at it with fresh ids. A receipt counts at once. A refusal or a rejection counts when
/// it is named by one of the authority's codes, or came often enough not to be a passing fault.
#[must_use]
pub fn decide(attempts: &[Attempt<'_>]) -> Option<Decided> {
    let step = |attempt: &Attempt<'_>| attempt.name().to_owned();
    let receipt = attempts.iter().find_map(|attempt| match &attempt.fate {
        Fate::Fiscalised { record, .. } => Some(Decided::Fiscalised {
            record: record.clone(),
            step: step(attempt),
        }),
        _ => None,
    });
    if receipt.is_some() {
        return receipt;
    }
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for attempt in attempts {
        let (key, enough) = match &attempt.fate {
            Fate::Refused { status } => (format!("HTTP {status}"), needed(*status)),
            Fate::Rejected { error, .. } => match code(error) {
                Some(code) => (code, 1),
                None => (plain(error), 2),
            },
            _ => continue,
        };
        let count = seen.entry(key).or_default();
        *count += 1;
        if *count >= enough {
            return Some(match &attempt.fate {
                Fate::Refused { status } => Decided::Refused {
                    status: *status,
                    step: step(attempt),
                },
                Fate::Rejected { error, actionable, .. } => Decided::Rejected {
                    error: error.clone(),
                    code: code(error),
                    actionable: *actionable,
                    step: step(attempt),
                },
                _ => continue,
            });
        }
    }
    None
}

/// The first of the authority's codes in a text.
#[must_use]
pub fn code(text: &str) -> Option<String> {
    codes(text).into_iter().next()
}

/// All of the authority's codes in a text, such as `RCPT019` and `RCPT038`.
#[must_use]
pub fn codes(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(place) = rest.find("RCPT") {
        rest = &rest[place + 4..];
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        if (2..=3).contains(&digits.len()) {
            found.push(format!("RCPT{digits}"));
        }
    }
    found
}

/// A text without what differs from document to document: numbers and what stands in quotation marks.
#[must_use]
pub fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut quoted = false;
    for letter in text.chars() {
        match letter {
            '"' => quoted = !quoted,
            _ if quoted => {}
            '0'..='9' if out.ends_with('#') => {}
            '0'..='9' => out.push('#'),
            other => out.extend(other.to_lowercase()),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::exchange::{Reply, Request};

    fn exchange(step: &str, status: u16, body: &str) -> Exchange {
        Exchange {
            step: step.to_owned(),
            at_ms: 0,
            request: Request {
                method: "POST".into(),
                path: "/".into(),
                headers: BTreeMap::new(),
                body: None,
            },
            reply: Reply::Answer(Answer {
                status,
                headers: BTreeMap::new(),
                body: body.to_owned(),
                bytes: 0,
                millis: 0,
            }),
        }
    }

    fn status(record: Value) -> Exchange {
        exchange("x/poll-1", 200, &Value::Array(vec![record]).to_string())
    }

    #[test]
    fn an_attempt_is_settled_by_a_receipt_or_a_reason_and_by_nothing_else() {
        let submit = exchange("x/submit", 200, "r-1\n");
        let fate = |poll: &Exchange| Attempt::read(&submit, vec![poll]).fate;
        let waiting = Fate::Waiting { request: "r-1".into() };
        assert_eq!(
            fate(&status(json!({"RequestId": "r-1", "Success": true}))),
            waiting,
            "no receipt"
        );
        assert_eq!(
            fate(&status(json!({"RequestId": "r-2", "Error": "x"}))),
            waiting,
            "another's"
        );
        assert_eq!(fate(&exchange("x/poll-1", 200, "<html>")), waiting);
        let receipt = json!({"requestId": "r-1", "success": true, "qrData": {"x": 1}});
        assert!(matches!(fate(&status(receipt)), Fate::Fiscalised { .. }));
        let rejected = json!({"RequestId": "r-1", "Success": false, "Error": "No TIN provided", "IsActionable": true});
        assert!(matches!(
            fate(&status(rejected)),
            Fate::Rejected { actionable: true, .. }
        ));
    }

    #[test]
    fn a_request_id_is_bare_text_or_a_json_string_and_no_page() {
        let id = |body: &str| request_id(exchange("x", 200, body).answer().unwrap());
        assert_eq!(id(" r-1 \r\n").as_deref(), Some("r-1"));
        assert_eq!(id("\"r-1\"").as_deref(), Some("r-1"));
        assert_eq!(id("{\"requestId\":\"r-1\"}").as_deref(), Some("r-1"));
        assert_eq!(id("<html></html>"), None);
        assert_eq!(id("  "), None);
    }

    #[test]
    fn one_rejection_without_a_code_settles_nothing_and_a_receipt_overrules_it() {
        let submit = exchange("x/1/submit", 200, "r-1");
        let passing = status(json!({"RequestId": "r-1", "Error": "try again", "Success": false}));
        let coded = status(json!({"RequestId": "r-1", "Error": "RCPT024: line 1", "Success": false}));
        let receipt = status(json!({"RequestId": "r-1", "Success": true, "QrData": {}}));
        let attempt = |poll| Attempt::read(&submit, vec![poll]);
        assert_eq!(decide(&[attempt(&passing)]), None);
        assert!(
            matches!(decide(&[attempt(&coded)]), Some(Decided::Rejected { code: Some(code), .. }) if code == "RCPT024")
        );
        assert!(matches!(
            decide(&[attempt(&passing), attempt(&passing)]),
            Some(Decided::Rejected { .. })
        ));
        assert!(decide(&[attempt(&passing), attempt(&receipt)]).unwrap().is_fiscalised());
    }

    #[test]
    fn codes_are_found_and_what_differs_is_left_out() {
        assert_eq!(codes("RCPT019: a; RCPT038: b; RCPT"), ["RCPT019", "RCPT038"]);
        assert_eq!(
            plain("Currency \"XTS\" of line 17"),
            plain("Currency \"ABC\" of line 2")
        );
    }
}
