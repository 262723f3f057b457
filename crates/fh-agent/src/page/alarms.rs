//! What somebody should know, and that somebody knows it.

use axum::{
    extract::{Request, State},
    response::{Html, IntoResponse, Redirect, Response},
};
use fh_outbox::{Alarm, AlarmKind, Gravity, Reader, Stats};
use fh_types::CatDateTime;
use maud::{Markup, html};
use serde::Deserialize;

use super::{
    frame::{Failed, failed, foreign, form, known, now, part, when},
    language::say,
};
use crate::{
    address::escaped,
    inside::{Inside, Shared},
    problem::bad_request,
};

pub(super) async fn show(State(agent): State<Shared>) -> Result<Response, Failed> {
    let stats = known(&agent, agent.outbox.stats().await)?;
    let told = told(&agent, &stats, now(), true);
    let body = html! {
        h1 { (say("Alarms")) }
        div #alarms data-live {
            @match told {
                Some(told) => { (told) }
                None => { p { (say("Nothing needs to be known.")) } }
            }
        }
    };
    Ok(Html(part(&agent, say("Alarms"), "/alarms", &body).into_string()).into_response())
}

/// The alarms; none where there is nothing to tell. On the overview, what needs a decision stands first among the documents, with what to do about
/// it, and is left out here.
pub(super) fn told(agent: &Inside, stats: &Stats, now: CatDateTime, with_parked: bool) -> Option<Markup> {
    let deserted = agent.deserted(stats.lanes.iter().map(|lane| lane.lane.as_str()));
    let told: Vec<&Alarm> = stats
        .alarms
        .iter()
        .filter(|alarm| with_parked || alarm.kind != AlarmKind::Parked)
        .collect();
    if told.is_empty() && deserted.is_empty() && stats.orphans == 0 {
        return None;
    }
    Some(html! {
        section aria-labelledby="alarms-title" {
            h2 #alarms-title { (say("To know")) }
            ul.alarms {
                @for alarm in told { (shown(alarm, now)) }
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
    })
}

fn shown(alarm: &Alarm, now: CatDateTime) -> Markup {
    let (class, word) = match alarm.gravity {
        Gravity::Critical => ("bad", say("Look at it now.")),
        Gravity::Warning => ("waiting", say("Look at it today.")),
    };
    html! {
        li class=(class) {
            p {
                strong { (word) } " "
                span.foreign { (foreign(&sentence(&alarm.message))) }
                @if let Some(since) = alarm.since { " Since " (when(since, now)) "." }
            }
            p.remedy { (alarm.advice(Reader::Page)) }
            @if let Some(document) = &alarm.document {
                p { a href={ "/documents/" (escaped(document)) } { (say("Open it")) } }
            }
            @if alarm.kind == AlarmKind::TakeOver {
                details #take-over {
                    summary { "Send from this machine" }
                    form method="post" action="/take-over" {
                        p { "The other machine sends no more, and there is no other copy of this outbox at work." }
                        label for="by-take-over" { (say("Your name, for the history")) }
                        input #by-take-over name="by" required maxlength="100" autocomplete="name";
                        button type="submit" { "Take it over" }
                    }
                }
            }
            @if let Some(key) = &alarm.key {
                details id={ "acknowledge-" (escaped(key)) } {
                    summary id={ "acknowledge-" (escaped(key)) "-summary" } { (say("I know of it")) }
                    form method="post" action="/alarms/acknowledge" {
                        input type="hidden" name="key" value=(key);
                        label for={ "by-" (escaped(key)) } { (say("Your name, for the history")) }
                        input id={ "by-" (escaped(key)) } name="by" required maxlength="100" autocomplete="name";
                        button type="submit" { (say("Acknowledge")) }
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
