use std::{borrow::Cow, fmt, sync::Arc};

use fh_types::RequestId;
use serde::de::{Deserializer, SeqAccess, Visitor};
use serde_json::{Value, value::RawValue};

use crate::{Outcome, record};

/// One delivery whose signature was right.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Message {
    /// The label of the secret that signed it, so that a receiver for several devices knows which this is from.
    pub label: Arc<str>,
    /// The place of that secret among [`Secrets`](super::Secrets). When it is that of the old one after a rotation, the
    /// service still uses it.
    pub secret: usize,
    /// Every label under which that secret is known: two tills may share a device, and so its secret.
    pub labels: Vec<Arc<str>>,
    /// The other labels that the receiver knows. News of what is theirs is not this secret's to bring.
    pub other_labels: Vec<Arc<str>>,
    /// What it says, in its order.
    pub events: Vec<Event>,
    /// What could not be read. It is no reason to ask for another delivery, which would be the same, but one to ask
    /// `/status`.
    pub unreadable: Vec<Unreadable>,
}

/// News of one submission.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Event {
    /// Which submission. It may be unknown to you: of another program with the same key, of a test by the service, or of a
    /// submission whose answer is still on its way.
    pub request_id: RequestId,
    /// What became of it.
    pub outcome: Outcome,
}

/// A part of a delivery that names no submission.
///
/// `Debug` does not show its text, which may hold a buyer's data.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unreadable {
    /// Which element of the array; 0 when the whole is no array.
    pub index: usize,
    /// What is wrong with it.
    pub reason: Cow<'static, str>,
    /// Its text, as far as it can be told from the rest.
    pub text: String,
}

impl fmt::Debug for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unreadable")
            .field("index", &self.index)
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}

impl From<Event> for (RequestId, Outcome) {
    fn from(event: Event) -> Self {
        (event.request_id, event.outcome)
    }
}

impl Message {
    /// Reads the records one by one, so that a bad one costs no other, not even when the text ends in the middle of it.
    pub(super) fn read(raw: &[u8], secret: usize, label: Arc<str>) -> Self {
        let mut message = Self {
            labels: vec![label.clone()],
            other_labels: Vec::new(),
            label,
            secret,
            events: Vec::new(),
            unreadable: Vec::new(),
        };
        // A letter in another encoding spoils the text that it stands in, and nothing else.
        let text = String::from_utf8_lossy(raw);
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text).trim();
        if text.is_empty() {
            return message;
        }
        if !text.starts_with('[') {
            message.element(0, text);
            return message;
        }
        let mut elements = Elements {
            message: &mut message,
            text,
            count: 0,
            end: 1,
        };
        let mut reader = serde_json::Deserializer::from_str(text);
        let read = reader.deserialize_seq(&mut elements).and_then(|()| reader.end());
        let Elements { count, end, .. } = elements;
        if let Err(error) = read {
            message.unreadable.push(Unreadable {
                index: count,
                reason: format!("from here on it is no JSON: {error}").into(),
                text: text[end..].trim_start_matches([',', ' ']).to_owned(),
            });
        }
        message
    }

    fn element(&mut self, index: usize, text: &str) {
        let record = serde_json::from_str::<Value>(text)
            .map_err(|error| Cow::Owned(error.to_string()))
            .and_then(|value| record::read_one(index, &value).map_err(|bad| Cow::Borrowed(bad.reason)));
        match record {
            Ok((request_id, outcome)) => self.events.push(Event { request_id, outcome }),
            Err(reason) => self.unreadable.push(Unreadable {
                index,
                reason,
                text: text.to_owned(),
            }),
        }
    }

    /// True when it says nothing, as the service's tests may do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events.is_empty() && self.unreadable.is_empty()
    }
}

/// Reads an array element by element and remembers where the last good one ended.
struct Elements<'a> {
    message: &'a mut Message,
    text: &'a str,
    count: usize,
    end: usize,
}

impl<'de> Visitor<'de> for &mut Elements<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of records")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        while let Some(element) = elements.next_element::<&'de RawValue>()? {
            let element = element.get();
            self.message.element(self.count, element);
            self.count += 1;
            self.end = element.as_ptr().addr() - self.text.as_ptr().addr() + element.len();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: impl AsRef<[u8]>) -> Message {
        Message::read(text.as_ref(), 0, "till-1".into())
    }

    fn ids(message: &Message) -> Vec<&str> {
        message.events.iter().map(|event| event.request_id.as_str()).collect()
    }

    fn indices(message: &Message) -> Vec<usize> {
        message.unreadable.iter().map(|unreadable| unreadable.index).collect()
    }

    #[test]
    fn a_bad_element_costs_no_other() {
        for bad in [
            "7",
            "null",
            r#"{"Success":true}"#,
            r#"{"RequestId":"b","Error":"\ud800"}"#,
            r#"{"RequestId":"b","Weight":1e999}"#,
            &format!(r#"{{"RequestId":"b","Deep":{}{}}}"#, "[".repeat(200), "]".repeat(200)),
        ] {
            let message = read(format!(r#"[{{"RequestId":"a"}},{bad}, {{"RequestId":"c"}}]"#));
            assert_eq!((ids(&message), indices(&message)), (vec!["a", "c"], vec![1]), "{bad}");
            assert_eq!(message.unreadable[0].text, bad);
        }
    }

    #[test]
    fn what_came_before_a_break_in_the_text_is_kept() {
        let whole = r#"[{"RequestId":"a"},{"RequestId":"b"}]"#;
        for (cut, events) in [(1, 0), (10, 0), (18, 1), (25, 1), (36, 2)] {
            let message = read(&whole[..cut]);
            assert_eq!(
                (message.events.len(), indices(&message)),
                (events, vec![events]),
                "{}",
                &whole[..cut]
            );
        }
        assert_eq!(read(&whole[..25]).unreadable[0].text, r#"{"Requ"#);
        let message = read(format!("{whole} and more"));
        assert_eq!((ids(&message), indices(&message)), (vec!["a", "b"], vec![2]));
    }

    #[test]
    fn a_single_object_is_an_array_of_one_and_nothing_is_nothing() {
        assert_eq!(ids(&read(r#" {"requestId":"a","Success":false} "#)), ["a"]);
        assert_eq!(ids(&read("\u{feff}[{\"RequestId\":\"a\"}]")), ["a"]);
        for nothing in ["", " \r\n", "[]", "[ ]"] {
            assert!(read(nothing).is_empty(), "{nothing:?}");
        }
        for unknown in ["null", "\"test\"", "<html>", "{", "{}"] {
            assert_eq!(indices(&read(unknown)), [0], "{unknown:?}");
        }
    }

    #[test]
    fn a_letter_in_another_encoding_spoils_only_itself() {
        let message = read(b"[{\"RequestId\":\"a\",\"Error\":\"Caf\xe9 refused\"},{\"RequestId\":\"b\"}]");
        assert_eq!(ids(&message), ["a", "b"]);
        let Outcome::Rejected(rejection) = &message.events[0].outcome else {
            panic!("{message:?}")
        };
        assert_eq!(rejection.reason, "Caf\u{fffd} refused");
    }

    #[test]
    fn debug_does_not_show_what_could_not_be_read() {
        let shown = format!("{:?}", read(r#"[{"Name":"Tendai Moyo"}]"#));
        assert!(
            shown.contains("it has no RequestId") && !shown.contains("Tendai"),
            "{shown}"
        );
    }
}
