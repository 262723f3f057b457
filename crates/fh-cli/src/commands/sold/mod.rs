//! What was sold: `fh day`, `fh report`, `fh export` and `fh reconcile`.

mod day;
mod export;
mod reconcile;
mod report;
mod when;

pub(crate) use day::Day;
pub(crate) use export::Export;
pub(crate) use reconcile::Reconcile;
pub(crate) use report::Report;

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
    reconcile::run(&arguments, &opened, global, output).await
}

pub(crate) async fn export(arguments: Export, global: &Global, output: &Output) -> Result<Exit, Failure> {
    let opened = opened(&arguments.place, global, output).await?;
    export::run(&arguments, &opened, output).await
}
