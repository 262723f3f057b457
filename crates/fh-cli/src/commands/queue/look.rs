//! Looking: `fh queue ls`, `show` and `stats`.

use fh_agent::wording;
use fh_outbox::{Entry, Query, Reader, State};

use crate::{
    alarms::gravity,
    exit::{Exit, Failure},
    output::Output,
    place::Opened,
    report::Report,
    visible::visible,
    watch::summary,
};

pub(super) fn query(
    states: Vec<State>,
    all: bool,
    search: Option<String>,
    limit: usize,
    lane: Option<String>,
) -> Query {
    let mut query = Query::default().limit(limit);
    // Whoever looks for something means all of it.
    if !states.is_empty() {
        query = query.states(states);
    } else if !all && search.is_none() {
        query = query.states(State::ALL.into_iter().filter(|state| !state.is_settled()));
    }
    if let Some(search) = search {
        query = query.search(search);
    }
    if let Some(lane) = lane {
        query = query.lane(lane);
    }
    query
}

pub(super) async fn list(opened: &Opened, query: Query, output: &Output) -> Result<Exit, Failure> {
    let limit = query.limit;
    let entries = opened.outbox.list(query).await?;
    if output.is_json() {
        entries.iter().for_each(|entry| output.json(entry));
        return Ok(Exit::Well);
    }
    if entries.is_empty() {
        output.line(&format!(
            "nothing of that kind is here; {}",
            summary(&opened.outbox.stats().await?)
        ));
        return Ok(Exit::Well);
    }
    let rows = entries.iter().map(row);
    output.table(
        &["document", "state", "lane", "taken in", "tries", "lane waits", "why"],
        rows,
    );
    if entries.len() == limit {
        output.remark(&format!(
            "the newest {limit} are shown; --limit shows more, --search finds one"
        ));
    }
    Ok(Exit::Well)
}

fn row(entry: &Entry) -> Vec<String> {
    vec![
        entry.document.clone(),
        entry.state.to_string(),
        entry.lane.clone(),
        entry.enqueued_at.to_string(),
        entry.attempts.to_string(),
        if entry.holds && !entry.state.is_settled() {
            "yes"
        } else {
            ""
        }
        .to_owned(),
        wording::reason(entry).unwrap_or_default(),
    ]
}

pub(super) async fn show(opened: &Opened, document: &str, with_qr: bool, output: &Output) -> Result<Exit, Failure> {
    let entry = opened.outbox.find(document).await?;
    let history = opened.outbox.history(document).await?;
    if output.is_json() {
        output.json(&serde_json::json!({ "entry": entry, "history": history }));
        return Ok(Exit::Well);
    }
    Report::of_entry(&entry).write(output, with_qr);
    let rows = history.iter().map(|change| {
        vec![
            change.at.to_string(),
            change.to.to_string(),
            change.who.clone(),
            change.why.clone(),
        ]
    });
    output.table(&["when", "state", "who", "why"], rows);
    Ok(Exit::Well)
}

pub(super) async fn stats(opened: &Opened, output: &Output) -> Result<Exit, Failure> {
    let stats = opened.outbox.stats().await?;
    if output.is_json() {
        output.json(&stats);
        return Ok(Exit::Well);
    }
    output.line(&summary(&stats));
    let today: Vec<_> = stats
        .today
        .iter()
        .map(|(state, count)| format!("{count} {state}"))
        .collect();
    if today.is_empty() {
        output.line("today nothing was taken in");
    } else {
        output.line(&format!("of those taken in today: {}", today.join(", ")));
    }
    if !stats.lanes.is_empty() {
        output.line("");
        let rows = stats.lanes.iter().map(|lane| {
            let since = |at: Option<fh_types::CatDateTime>| at.map_or_else(String::new, |at| at.to_string());
            vec![
                lane.lane.clone(),
                lane.queued.to_string(),
                (lane.sending + lane.unknown).to_string(),
                lane.parked.to_string(),
                lane.accepted.to_string(),
                since(lane.oldest_unsent),
            ]
        });
        output.table(
            &["lane", "queued", "on the way", "parked", "accepted", "oldest unsent"],
            rows,
        );
    }
    for alarm in &stats.alarms {
        output.line(&format!(
            "\n{}: {}\n  {}",
            gravity(alarm),
            visible(&alarm.message),
            alarm.advice(Reader::Terminal)
        ));
        if let Some(key) = &alarm.key {
            output.line(&format!("  known: fh queue acknowledge {}", visible(key)));
        }
    }
    Ok(Exit::Well)
}
