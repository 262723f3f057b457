//! `fh`: fiscalise invoices from the command line.
//!
//! `cli` says what can be typed, `commands` does it, one module each. Documents come in through `input` and go into the outbox
//! through `intake`, are followed by the `desk` while the outbox's worker sends and settles them, and leave as a `report` through
//! `output`. `connection` decides who is speaking to whom, `place` which outbox keeps it, `policy` how it behaves; `exit` holds the exit codes.
//!
//! Arrows point down: `main` → `cli` → `commands` → the rest. No command knows another.

mod alarms;
mod cli;
mod commands;
mod connection;
mod courier;
mod describe;
mod desk;
mod direct;
mod exit;
mod fields;
mod global;
mod input;
mod intake;
mod interrupt;
mod known;
mod listening;
mod log;
mod operator;
mod output;
mod pdfs;
mod place;
mod policy;
mod printing;
mod profile;
mod reading;
mod report;
mod reports;
mod rulebook;
mod station;
mod visible;
mod watch;
mod worker;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use cli::{Cli, Command};
use connection::Connection;
use exit::{Exit, Failure};
use global::Global;
use output::Output;

fn main() -> ExitCode {
    let Cli { global, command } = Cli::parse();
    log::start();
    let mut output = Output::new(global.output);
    let result = runtime(&command).and_then(|runtime| runtime.block_on(dispatch(command, &global, &mut output)));
    let mut exit = result.unwrap_or_else(|failure| {
        output.remark(&failure.message);
        failure.exit
    });
    if let Some(error) = output.take_error() {
        output.remark(&format!("standard output could not be written: {error}"));
        exit = exit.max(Exit::Service);
    }
    ExitCode::from(exit.code())
}

/// One thread suffices to wait for a network; who serves or checks for others gets them all.
fn runtime(command: &Command) -> Result<tokio::runtime::Runtime, Failure> {
    let mut builder = match command {
        Command::Sim(_) | Command::Serve(_) | Command::Listen(_) | Command::Check(_) | Command::Doctor(_) => {
            tokio::runtime::Builder::new_multi_thread()
        }
        _ => tokio::runtime::Builder::new_current_thread(),
    };
    builder
        .enable_all()
        .build()
        .map_err(|error| Failure::service(format!("the program could not start: {error}")))
}

async fn dispatch(command: Command, global: &Global, output: &mut Output) -> Result<Exit, Failure> {
    use commands::{
        account, backup, check, completions, currency, doctor, explain, import, listen, mappings, pdf, probe, qr,
        queue, receipt, recover, rules, run, schema, serve, sim, sold, status, submit, tax, trigger, zreport,
    };
    match command {
        // These need nobody to talk to.
        Command::Completions(arguments) => return Ok(completions::run(&arguments, Cli::command(), output)),
        Command::Sim(arguments) => return sim::run(arguments, output).await,
        Command::Qr(arguments) => return qr::run(arguments, global, output).await,
        Command::Check(arguments) => return check::run(arguments, global, output).await,
        Command::Doctor(arguments) => return doctor::run(arguments, global, output).await,
        Command::Explain(arguments) => return explain::run(&arguments, output),
        Command::Rules(arguments) => return rules::run(&arguments, output),
        Command::Schema(arguments) => return schema::run(&arguments, output),
        Command::Queue(command) => return queue::run(command, global, output).await,
        Command::Day(arguments) => return sold::day(arguments, global, output).await,
        Command::Report(arguments) => return sold::report(arguments, global, output).await,
        Command::Export(arguments) => return sold::export(arguments, global, output).await,
        Command::Reconcile(arguments) => return sold::reconcile(arguments, global, output).await,
        Command::Backup(arguments) => return backup::backup(arguments, global, output).await,
        Command::Receipt(arguments) => return receipt::run(arguments, global, output).await,
        Command::Import(arguments) if arguments.only_guesses() => return import::guess(&arguments, output),
        Command::Recover(arguments) => return recover::run(arguments, global, output).await,
        Command::Restore(arguments) => return backup::restore(arguments, global, output).await,
        Command::Run(arguments) => return run::run(arguments, global, output).await,
        Command::Serve(arguments) => return serve::run(arguments, global, output).await,
        Command::Listen(arguments) => return listen::run(arguments, global, output).await,
        Command::Trigger(arguments) => return trigger::run(&arguments, global, output).await,
        Command::Probe(arguments) if arguments.only_shows() => return probe::show(&arguments, output),
        _ => {}
    }
    let connection = Connection::open(global, output).await?;
    match command {
        Command::Submit(arguments) => {
            output.show_progress();
            submit::run(arguments, &connection, global, output).await
        }
        Command::Import(arguments) => import::run(arguments, &connection, global, output).await,
        Command::Status(arguments) => {
            output.show_progress();
            status::run(arguments, &connection, global, output).await
        }
        Command::Pdf(arguments) => pdf::run(&arguments, &connection, global, output).await,
        Command::Probe(arguments) => {
            output.show_progress();
            probe::run(arguments, &connection, global, output).await
        }
        Command::Account(command) => account::run(command, &connection, output).await,
        Command::Tax(command) => tax::run(command, &connection, output).await,
        Command::Currency(command) => currency::run(command, &connection, output).await,
        Command::Mappings(command) => mappings::run(command, &connection, output).await,
        Command::Zreport(command) => zreport::run(command, &connection, output).await,
        Command::Completions(_)
        | Command::Sim(_)
        | Command::Qr(_)
        | Command::Check(_)
        | Command::Doctor(_)
        | Command::Explain(_)
        | Command::Rules(_)
        | Command::Schema(_)
        | Command::Queue(_)
        | Command::Day(_)
        | Command::Report(_)
        | Command::Export(_)
        | Command::Reconcile(_)
        | Command::Backup(_)
        | Command::Receipt(_)
        | Command::Recover(_)
        | Command::Restore(_)
        | Command::Run(_)
        | Command::Serve(_)
        | Command::Listen(_)
        | Command::Trigger(_) => Ok(Exit::Well),
    }
}
