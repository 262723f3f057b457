//! The history of each document, as the store tells it, played back against a model that knows nothing of the machine but what may follow
//! what.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::Path,
};

use fh_outbox::rusqlite;

use crate::support::quick;

/// One line of the history.
#[derive(Debug)]
struct Line {
    document: String,
    lane: String,
    at: i64,
    who: String,
    event: String,
    from: Option<String>,
    to: String,
    attempt: i64,
}

/// What a document is at the end, by the store.
#[derive(Debug, PartialEq)]
struct Last {
    state: String,
    attempts: i64,
    token: i64,
    doubt: i64,
}

fn lines(path: &Path) -> Vec<Line> {
    let connection = rusqlite::Connection::open(path).unwrap();
    let mut statement = connection
        .prepare(
            "SELECT document_id, lane, at, who, event, from_state, to_state, attempt FROM fh_outbox_history \
             JOIN fh_outbox_entry USING (seq) ORDER BY id",
        )
        .unwrap();
    let line = |row: &rusqlite::Row<'_>| {
        Ok(Line {
            document: row.get(0)?,
            lane: row.get(1)?,
            at: row.get(2)?,
            who: row.get(3)?,
            event: row.get(4)?,
            from: row.get(5)?,
            to: row.get(6)?,
            attempt: row.get(7)?,
        })
    };
    statement.query_map([], line).unwrap().map(Result::unwrap).collect()
}

/// How many lines there are.
pub(crate) fn length(path: &Path) -> usize {
    lines(path).len()
}

/// How often a document was parked.
pub(crate) fn parked(path: &Path) -> usize {
    let is_parked = |line: &&Line| line.to == "parked" && line.from.as_deref() != Some("parked");
    lines(path).iter().filter(is_parked).count()
}

fn lasts(path: &Path) -> BTreeMap<String, Last> {
    let connection = rusqlite::Connection::open(path).unwrap();
    let mut statement = connection
        .prepare("SELECT document_id, state, attempts, token, doubt FROM fh_outbox_entry")
        .unwrap();
    let last = |row: &rusqlite::Row<'_>| {
        let last = Last {
            state: row.get(1)?,
            attempts: row.get(2)?,
            token: row.get(3)?,
            doubt: row.get(4)?,
        };
        Ok((row.get(0)?, last))
    };
    statement.query_map([], last).unwrap().map(Result::unwrap).collect()
}

/// What the model knows of a document.
struct Model {
    state: String,
    attempts: i64,
    token: i64,
    doubt: bool,
    /// Its lane waits for it.
    holds: bool,
    /// Who holds it, and since when.
    held: Option<(String, i64)>,
}

const HOLDS_LANE: [&str; 4] = ["queued", "sending", "unknown", "parked"];

/// Every line that the exploration of the pure machine reaches: what the real store writes must be among them.
const REACHED: &str = include_str!("../../src/machine/explore/lines.txt");

/// Plays the history back and fails at the first line that may not follow those before it. Says how often each event happened.
pub(crate) fn play(path: &Path) -> BTreeMap<String, usize> {
    let lease = i64::try_from(quick().lease.as_micros()).unwrap();
    // In the order in which they were taken in, and the places in it of those that hold their lane.
    let mut documents: Vec<(String, Model)> = Vec::new();
    let mut places = HashMap::new();
    let mut holding: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    let mut counts = BTreeMap::new();
    for line in lines(path) {
        *counts.entry(line.event.clone()).or_default() += 1;
        let fail = |why: &str| -> ! { panic!("{why}: {line:?}") };
        let Some(&place) = places.get(&line.document) else {
            if line.event != "enqueue" || line.from.is_some() || line.to != "queued" || line.attempt != 0 {
                fail("a history that does not begin with taking it in");
            }
            let model = Model {
                state: line.to.clone(),
                attempts: 0,
                token: 0,
                doubt: false,
                holds: true,
                held: None,
            };
            holding.entry(line.lane.clone()).or_default().insert(documents.len());
            places.insert(line.document.clone(), documents.len());
            documents.push((line.document.clone(), model));
            continue;
        };
        let lane = holding.entry(line.lane.clone()).or_default();
        let is_head = lane.first().is_none_or(|first| *first >= place);
        let model = &mut documents[place].1;
        if line.from.as_deref() != Some(model.state.as_str()) {
            fail("it does not begin where the last one ended");
        }
        let from = model.state.clone();
        if !REACHED
            .lines()
            .any(|reached| reached.trim_end_matches(" (long run)") == format!("{}: {from} -> {}", line.event, line.to))
        {
            fail("the exploration of the machine never writes such a line");
        }
        let at_rest = |doubt: bool| if doubt { "unknown" } else { "queued" };
        let is_reply = [
            "accepted",
            "not_sent",
            "busy",
            "lane_refused",
            "refused",
            "lost",
            "conflict",
        ]
        .contains(&line.event.as_str());
        if is_reply {
            match &model.held {
                Some((holder, since)) if *holder == line.who => {
                    // The answer of a worker that is late may still be kept while nobody else has taken over.
                    assert!(line.at >= *since, "{line:?}");
                }
                other => fail(&format!("a worker had a say that holds nothing ({other:?})")),
            }
        }
        let (from_ok, to): (bool, Vec<&str>) = match line.event.as_str() {
            "claim" => {
                if !is_head {
                    fail("it overtook an earlier one of its lane");
                }
                if model.held.is_some() {
                    fail("two hold it at once");
                }
                model.attempts += 1;
                model.token += 1;
                model.held = Some((line.who.clone(), line.at));
                (matches!(from.as_str(), "queued" | "unknown"), vec!["sending"])
            }
            "lease_expired" => {
                if model.held.as_ref().is_none_or(|(_, since)| line.at < since + lease) {
                    fail("a lease ended before its time");
                }
                model.doubt = true;
                (from == "sending", vec!["unknown"])
            }
            "worker_died" => {
                if model.held.is_none() {
                    fail("one died that held nothing");
                }
                model.doubt = true;
                (from == "sending", vec!["unknown"])
            }
            "accepted" => (from == "sending", vec!["accepted"]),
            "not_sent" | "busy" | "lane_refused" => (from == "sending", vec![at_rest(model.doubt)]),
            "lost" => {
                model.doubt = true;
                (from == "sending", vec!["unknown"])
            }
            "fiscalised" => {
                model.token += 1;
                model.doubt = false;
                (from != "fiscalised", vec!["fiscalised"])
            }
            "second_receipt" => (from == "fiscalised", vec!["fiscalised"]),
            "rejected" => (
                matches!(from.as_str(), "accepted" | "expired"),
                vec!["parked", "rejected"],
            ),
            "retry" => (
                matches!(from.as_str(), "queued" | "unknown" | "parked" | "rejected" | "skipped"),
                vec![at_rest(model.doubt)],
            ),
            "release" => {
                model.doubt = false;
                (from == "parked", vec!["rejected"])
            }
            "step_aside" => (
                matches!(from.as_str(), "queued" | "unknown"),
                vec![at_rest(model.doubt)],
            ),
            "come_back" => (
                matches!(from.as_str(), "queued" | "unknown" | "parked"),
                vec![at_rest(model.doubt)],
            ),
            // A credit note whose invoice was released as rejected, until that is fiscalised after all.
            "hold" => (matches!(from.as_str(), "queued" | "unknown"), vec!["parked"]),
            "skip" => (
                matches!(from.as_str(), "queued" | "unknown" | "parked"),
                vec!["skipped"],
            ),
            _ => fail("an event that nothing here brings about"),
        };
        if !from_ok || !to.contains(&line.to.as_str()) {
            fail("it may not go there from there");
        }
        if line.to != "sending" {
            model.held = None;
        }
        if line.attempt != model.attempts {
            fail("the attempts were miscounted");
        }
        model.state.clone_from(&line.to);
        match line.event.as_str() {
            "step_aside" => model.holds = false,
            "come_back" | "retry" | "rejected" | "hold" => model.holds = true,
            _ => {}
        }
        if model.holds && HOLDS_LANE.contains(&line.to.as_str()) {
            lane.insert(place);
        } else {
            lane.remove(&place);
        }
    }
    let lasts = lasts(path);
    assert_eq!(lasts.len(), documents.len(), "a document without a history");
    for (id, model) in &documents {
        let by_model = Last {
            state: model.state.clone(),
            attempts: model.attempts,
            token: model.token,
            doubt: i64::from(model.doubt),
        };
        assert_eq!(lasts[id], by_model, "{id} is not what its history made of it");
    }
    counts
}
