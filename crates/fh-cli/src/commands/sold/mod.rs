//! What was sold: `fh day`, `fh report`, `fh export` and `fh reconcile`.

mod day;
mod export;
mod reconcile;
mod report;

pub(crate) use day::Day;
pub(crate) use export::Export;
pub(crate) use reconcile::Reconcile;
pub(crate) use report::Report;

use fh_types::{CatDateTime, SystemClock, jiff::civil::Date};

use crate::{
    connection::policy_for_looking,
    exit::{Exit, Failure},
    global::Global,
    output::Output,
    place::{Opened, Place},
    policy::PolicyFlags,
};

async fn opened(place: &Place, global: &Global, output: &Output) -> Result<Opened, Failure> {
    let policy = policy_for_looking(global, &PolicyFlags::default(), output)?.policy;
    place.open(global, policy).await
}

/// Today, where the people are.
fn today() -> Date {
    CatDateTime::now(&SystemClock).civil().date()
}

/// A day as it is typed: a date, `today` or `yesterday`.
fn date(text: &str) -> Result<Date, String> {
    match text {
        "today" => Ok(today()),
        "yesterday" => today().yesterday().map_err(|error| error.to_string()),
        text => text
            .parse()
            .map_err(|_| format!("{text:?} is no date such as 2026-11-27; today and yesterday are known too")),
    }
}

pub(crate) async fn day(arguments: Day, global: &Global, output: &Output) -> Result<Exit, Failure> {
    let opened = opened(&arguments.place, global, output).await?;
    day::run(&arguments, &opened, output).await
}

pub(crate) async fn report(arguments: Report, global: &Global, output: &Output) -> Result<Exit, Failure> {
    let opened = opened(&arguments.place, global, output).await?;
    report::run(&arguments, &opened, output).await
}

pub(crate) async fn reconcile(arguments: Reconcile, global: &Global, output: &Output) -> Result<Exit, Failure> {
    let opened = opened(&arguments.place, global, output).await?;
    reconcile::run(&arguments, &opened, output).await
}

pub(crate) async fn export(arguments: Export, global: &Global, output: &Output) -> Result<Exit, Failure> {
    let opened = opened(&arguments.place, global, output).await?;
    export::run(&arguments, &opened, output).await
}
