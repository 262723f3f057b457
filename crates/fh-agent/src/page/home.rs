//! All of it at a glance.

use axum::{
    extract::{Query, Request, State},
    response::{Html, IntoResponse, Redirect, Response},
};
use fh_outbox::{Alarm, AlarmKind, Entry, Gravity, Query as Wanted, Reader, State as Held, Stats};
use fh_types::CatDateTime;
use maud::{Markup, html};
use serde::Deserialize;

use super::{
    day::{Day, Headline},
    frame::{Failed, badge, failed, foreign, form, frame, known, now, when},
    sold, words,
};
use crate::{
    address::escaped,
    inside::{Inside, Shared},
    problem::bad_request,
};

/// How many of a kind the overview shows.
const FEW: usize = 10;
/// How many documents are on a page of a list.
const PAGE: usize = 50;
/// Nobody decides about more at once.
const MOST_PARKED: usize = 200;

const NEEDS: [Held; 3] = [Held::Parked, Held::Rejected, Held::Expired];
const UNDER_WAY: [Held; 4] = [Held::Queued, Held::Sending, Held::Accepted, Held::Unknown];

/// What somebody looks for. Nonsense in an address looks for nothing.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Look {
    state: String,
    search: String,
    lane: String,
    before: String,
}

impl Look {
    fn is_overview(&self) -> bool {
        [&self.state, &self.search, &self.lane, &self.before]
            .iter()
            .all(|text| text.trim().is_empty())
    }

    fn wanted(&self) -> Wanted {
        // One more than is shown tells whether there is a next page.
        let mut wanted = Wanted::default().limit(PAGE + 1);
        match self.state.as_str() {
            "needs" => wanted = wanted.states(NEEDS),
            "waiting" => wanted = wanted.states(UNDER_WAY),
            name => wanted = wanted.states(Held::from_name(name)),
        }
        if !self.search.trim().is_empty() {
            wanted = wanted.search(self.search.trim());
        }
        if !self.lane.is_empty() {
            wanted = wanted.lane(&self.lane);
        }
        match self.before.parse() {
            Ok(before) => wanted.before(before),
            Err(_) => wanted,
        }
    }

    /// The same, but from another document on.
    fn address(&self, before: Option<i64>) -> String {
        let mut address = format!(
            "/?state={}&search={}&lane={}",
            escaped(if self.state.is_empty() { "all" } else { &self.state }),
            escaped(self.search.trim()),
            escaped(&self.lane)
        );
        if let Some(before) = before {
            address.push_str(&format!("&before={before}"));
        }
        address
    }
}

pub(super) async fn show(State(agent): State<Shared>, Query(look): Query<Look>) -> Result<Html<String>, Failed> {
    let stats = known(&agent, agent.outbox.stats().await)?;
    let list = async |wanted: Wanted| known(&agent, agent.outbox.list(wanted).await);
    let some = |states: &[Held], limit| Wanted::default().states(states.iter().copied()).limit(limit);
    let parked = list(some(&[Held::Parked], MOST_PARKED)).await?;
    let is_deserted = !agent
        .deserted(stats.lanes.iter().map(|lane| lane.lane.as_str()))
        .is_empty();
    let day = Day::of(&stats, &parked, is_deserted);
    let now = now();
    let lists = if look.is_overview() {
        let rejected = list(some(&[Held::Rejected, Held::Expired], FEW)).await?;
        let under_way = list(some(&UNDER_WAY, FEW)).await?;
        let done = list(some(&[Held::Fiscalised, Held::Skipped], FEW)).await?;
        let needs: Vec<_> = parked.into_iter().chain(rejected).collect();
        let refused = stats.count(Held::Parked) + stats.count(Held::Rejected) + stats.count(Held::Expired);
        let open = stats.open() - stats.count(Held::Parked);
        html! {
            (section("Needs somebody", &needs, refused, "/?state=needs", &stats, now))
            (section("On their way", &under_way, open, "/?state=waiting", &stats, now))
            (section("Done lately", &done, 0, "/?state=all", &stats, now))
        }
    } else {
        let found = list(look.wanted()).await?;
        found_ones(&look, &found, &stats, now)
    };
    let headline = day.headline();
    let sold = sold::of_today(&agent).await?;
    let body = html! {
        section.glance #glance data-live aria-live="polite" { (glance(&headline, &stats)) }
        div #sold data-live { (sold) }
        div #alarms data-live { (alarms(&agent, &stats, now)) }
        (search(&look))
        div #documents data-live { (lists) }
        div #lanes data-live { (lanes(&agent, &stats, now)) }
    };
    Ok(Html(frame(&agent, &headline.text, true, &body).into_string()))
}

fn glance(headline: &Headline, stats: &Stats) -> Markup {
    let total: u64 = stats.today.iter().map(|(_, count)| count).sum();
    html! {
        div.headline.(words::class(headline.mood)) {
            span.sign aria-hidden="true" { (words::sign(headline.mood)) }
            div {
                h1 { (headline.text) }
                @if let Some(detail) = &headline.detail { p { (detail) } }
            }
        }
        @if total > 0 {
            dl.counts {
                div { dt { "Taken in today" } dd { (total) } }
                @for (state, count) in &stats.today {
                    div { dt { (words::label(*state)) } dd { (count) } }
                }
            }
        }
    }
}

fn alarms(agent: &Inside, stats: &Stats, now: CatDateTime) -> Markup {
    let deserted = agent.deserted(stats.lanes.iter().map(|lane| lane.lane.as_str()));
    // What needs a decision stands first among the documents, with what to do about it.
    let told: Vec<&Alarm> = stats
        .alarms
        .iter()
        .filter(|alarm| alarm.kind != AlarmKind::Parked)
        .collect();
    html! {
        @if !told.is_empty() || !deserted.is_empty() || stats.orphans > 0 {
            section aria-labelledby="alarms-title" {
                h2 #alarms-title { "To know" }
                ul.alarms {
                    @for alarm in told { (shown_alarm(alarm, now)) }
                    @for lane in deserted {
                        li.waiting {
                            p { strong { "Nobody works here. " } "Documents wait in the lane " (foreign(lane)) ", which this agent does not work for." }
                            p.remedy { (agent.advice.lane) }
                        }
                    }
                    @if stats.orphans > 0 {
                        li.waiting {
                            p {
                                strong { "News of strangers. " }
                                "The service told of " (stats.orphans) " submissions that are not from here."
                            }
                            p.remedy { "Nothing to do, if another program uses the same device. Otherwise ask who does." }
                        }
                    }
                }
            }
        }
    }
}

fn shown_alarm(alarm: &Alarm, now: CatDateTime) -> Markup {
    let (class, word) = match alarm.gravity {
        Gravity::Critical => ("bad", "Look at it now. "),
        Gravity::Warning => ("waiting", "Look at it today. "),
    };
    html! {
        li class=(class) {
            p {
                strong { (word) }
                span.foreign { (foreign(&sentence(&alarm.message))) }
                @if let Some(since) = alarm.since { " Since " (when(since, now)) "." }
            }
            p.remedy { (alarm.advice(Reader::Page)) }
            @if let Some(document) = &alarm.document {
                p { a href={ "/documents/" (escaped(document)) } { "Open it" } }
            }
            @if alarm.kind == AlarmKind::TakeOver {
                details #take-over {
                    summary { "Send from this machine" }
                    form method="post" action="/take-over" {
                        p { "The other machine sends no more, and there is no other copy of this outbox at work." }
                        label for="by-take-over" { "Your name, for the history" }
                        input #by-take-over name="by" required maxlength="100" autocomplete="name";
                        button type="submit" { "Take it over" }
                    }
                }
            }
            @if let Some(key) = &alarm.key {
                details id={ "acknowledge-" (escaped(key)) } {
                    summary { "I know of it" }
                    form method="post" action="/alarms/acknowledge" {
                        input type="hidden" name="key" value=(key);
                        label for={ "by-" (escaped(key)) } { "Your name, for the history" }
                        input id={ "by-" (escaped(key)) } name="by" required maxlength="100" autocomplete="name";
                        button type="submit" { "Acknowledge" }
                    }
                }
            }
        }
    }
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    format!(
        "{}{}.",
        first.unwrap_or_default(),
        letters.as_str().trim_end_matches('.')
    )
}

fn search(look: &Look) -> Markup {
    let groups = [
        ("", "Overview"),
        ("all", "All"),
        ("needs", "Needs somebody"),
        ("waiting", "On their way"),
    ];
    let states = Held::ALL.into_iter().map(|state| (state.name(), words::label(state)));
    html! {
        form.search role="search" method="get" action="/" {
            div {
                label for="search" { "Id or number begins with" }
                input #search type="search" name="search" value=(look.search.trim()) autocomplete="off" spellcheck="false";
            }
            div {
                label for="state" { "Show" }
                select #state name="state" {
                    @for (value, label) in groups.into_iter().chain(states) {
                        option value=(value) selected[value == look.state] { (label) }
                    }
                }
            }
            @if !look.lane.is_empty() { input type="hidden" name="lane" value=(look.lane); }
            button type="submit" { "Search" }
        }
    }
}

fn found_ones(look: &Look, found: &[Entry], stats: &Stats, now: CatDateTime) -> Markup {
    let shown = found.get(..PAGE).unwrap_or(found);
    let next = (found.len() > PAGE)
        .then(|| shown.last().map(|last| last.seq))
        .flatten();
    html! {
        section aria-labelledby="found-title" {
            h2 #found-title {
                @if look.search.trim().is_empty() { "Documents" } @else { "Found" }
                @if !look.lane.is_empty() { " in the lane " (foreign(&look.lane)) }
            }
            @if shown.is_empty() {
                p { "Nothing of that kind is here. The search takes the beginning of an id or a number, in upper and lower case as it is written." }
            } @else {
                (list(shown, stats, now))
            }
            nav.pages aria-label="Pages" {
                a href="/" { "Overview" }
                @if !look.before.is_empty() { a href=(look.address(None)) rel="first" { "Newest" } }
                @if next.is_some() { a href=(look.address(next)) rel="next" { "Older" } }
            }
        }
    }
}

fn section(title: &str, entries: &[Entry], of: u64, all: &str, stats: &Stats, now: CatDateTime) -> Markup {
    html! {
        @if !entries.is_empty() {
            section {
                h2 { (title) }
                (list(entries, stats, now))
                @if of == 0 { p.more { a href=(all) { "All documents" } } }
                @else if of > entries.len() as u64 { p.more { a href=(all) { "All " (of) } } }
            }
        }
    }
}

fn list(entries: &[Entry], stats: &Stats, now: CatDateTime) -> Markup {
    html! {
        ul.documents {
            @for entry in entries { (item(entry, stats, now)) }
        }
    }
}

fn item(entry: &Entry, stats: &Stats, now: CatDateTime) -> Markup {
    let standing = words::standing(entry);
    let held = (entry.state == Held::Parked && entry.holds).then(|| words::held_up(stats, &entry.lane));
    html! {
        li {
            div.row {
                (badge(standing.mood, standing.label))
                a.name id={ "d" (escaped(&entry.document)) } href={ "/documents/" (escaped(&entry.document)) } {
                    (foreign(&entry.number))
                }
                span.hint {
                    (entry.kind)
                    @if entry.number != entry.document { ", id " (foreign(&entry.document)) }
                    @if stats.lanes.len() > 1 { ", lane " (foreign(&entry.lane)) }
                }
                span.ago { (when(entry.enqueued_at, now)) @if !entry.state.is_settled() { ", " (words::age(entry.enqueued_at, now)) " ago" } }
            }
            @if let Some(reason) = words::reason(entry) { p.reason { (foreign(&reason)) } }
            @match held {
                None | Some(0) => {}
                Some(1) => { p.reason { strong { "Holds up 1 other." } " Open it to see what to do." } }
                Some(n) => { p.reason { strong { "Holds up " (n) " others." } " Open it to see what to do." } }
            }
        }
    }
}

fn lanes(agent: &Inside, stats: &Stats, now: CatDateTime) -> Markup {
    let idle = agent
        .lanes
        .iter()
        .filter(|lane| stats.lanes.iter().all(|busy| busy.lane != lane.name));
    html! {
        section aria-labelledby="lanes-title" {
            h2 #lanes-title { "Lanes" }
            p.hint { "A lane is a fiscal device. Its documents go out one after the other." }
            ul.lanes {
                @for lane in &stats.lanes {
                    li {
                        a href={ "/?lane=" (escaped(&lane.lane)) } { (foreign(&lane.lane)) }
                        ": "
                        (lane.queued + lane.sending + lane.unknown) " to be sent, " (lane.accepted) " awaiting a receipt"
                        @if lane.parked > 0 { ", " strong { (lane.parked) " held for a decision" } }
                        @if let Some(oldest) = lane.oldest_unsent { ", the oldest since " (when(oldest, now)) }
                        "."
                    }
                }
                @for lane in idle {
                    li { a href={ "/?lane=" (escaped(&lane.name)) } { (foreign(&lane.name)) } ": nothing waits." }
                }
            }
        }
    }
}

/// A person knows of an alarm.
#[derive(Debug, Deserialize)]
struct Acknowledged {
    #[serde(default)]
    key: String,
    #[serde(default)]
    by: String,
}

pub(super) async fn acknowledge(State(agent): State<Shared>, request: Request) -> Result<Response, Failed> {
    let Acknowledged { key, by } = form(&agent, request).await?;
    if by.trim().is_empty() {
        return Err(failed(
            &agent,
            bad_request("Say who knows of it: it is kept in the history. Go back and give your name."),
        ));
    }
    known(&agent, agent.outbox.acknowledge(&key, by.trim()).await)?;
    Ok(Redirect::to("/").into_response())
}

/// This machine is the one that sends.
#[derive(Debug, Deserialize)]
struct TakenOver {
    #[serde(default)]
    by: String,
}

pub(super) async fn take_over(State(agent): State<Shared>, request: Request) -> Result<Response, Failed> {
    let TakenOver { by } = form(&agent, request).await?;
    if by.trim().is_empty() {
        return Err(failed(
            &agent,
            bad_request("Say who takes it over: it is kept in the history. Go back and give your name."),
        ));
    }
    known(&agent, agent.outbox.take_over(by.trim(), false).await)?;
    Ok(Redirect::to("/").into_response())
}
