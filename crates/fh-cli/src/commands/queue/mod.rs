//! `fh queue`: looking into the outbox, and deciding what it cannot decide.

mod add;
mod correct;
mod drain;
mod look;
mod operate;
mod policy;

use std::path::PathBuf;

use fh_outbox::State;

use crate::{
    connection::{Connection, policy_for_looking},
    exit::{Exit, Failure},
    fields::Fields,
    global::Global,
    operator::{Doubt, Operator},
    output::Output,
    place::Place,
    policy::{PolicyFlags, ReadingFlags},
    station::AtStation,
};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Take documents in and return; `fh run` sends them.
    ///
    /// When it returns they are on the disk. Nothing is asked of the service.
    #[command(after_help = crate::exit::HELP)]
    Add {
        /// Invoices and credit notes as JSON: one document, an array, or JSON Lines; `-` is standard input.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        #[command(flatten)]
        station: AtStation,
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        reading: ReadingFlags,
        #[command(flatten)]
        fields: Fields,
    },
    /// List documents, newest first.
    ///
    /// Those that are not settled, unless told otherwise.
    Ls {
        /// Only those in this state; may be given several times.
        #[arg(long, value_name = "STATE", value_parser = state)]
        state: Vec<State>,
        /// Also those that are settled.
        #[arg(long, conflicts_with = "state")]
        all: bool,
        /// Only those whose id or number begins with this.
        #[arg(long, value_name = "TEXT")]
        search: Option<String>,
        /// At most so many.
        #[arg(long, value_name = "COUNT", default_value_t = 100)]
        limit: usize,
        #[command(flatten)]
        place: Place,
    },
    /// Show one document and everything that happened to it.
    Show {
        /// The document's id.
        #[arg(value_name = "ID")]
        document: String,
        /// Leave out the QR code.
        #[arg(long)]
        no_qr: bool,
        #[command(flatten)]
        place: Place,
    },
    /// Try documents again now.
    Retry {
        /// The documents' ids.
        #[arg(required = true, value_name = "ID")]
        documents: Vec<String>,
        #[command(flatten)]
        operator: Operator,
        #[command(flatten)]
        place: Place,
    },
    /// Correct a document that was rejected, or not sent yet, and send it again under its id.
    ///
    /// What differs is shown and kept in its history, with what it said before. The id, the kind, the lane and the currency stay. A document
    /// that may be fiscalised is looked up first (`adopt`, `release`); one that was rejected for good is replaced (`fh submit --replaces`).
    #[command(after_help = crate::exit::HELP)]
    Correct {
        /// The document's id.
        #[arg(value_name = "ID")]
        document: String,
        /// The whole document as it should be, as JSON; `-` is standard input.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Why; it is kept in the history.
        #[arg(long, value_name = "TEXT", required_unless_present = "dry_run")]
        why: Option<String>,
        /// Show what would differ, and whether it would be taken; change nothing.
        #[arg(long)]
        dry_run: bool,
        /// Correct it even when the tax authority is certain to refuse it.
        #[arg(long, conflicts_with = "dry_run")]
        no_preflight: bool,
        #[command(flatten)]
        operator: Operator,
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        policy: PolicyFlags,
        #[command(flatten)]
        fields: Fields,
    },
    /// Let a lane go on without a document that certainly was not taken.
    ///
    /// It is not fiscalised by that: say why it need not be. What may have arrived is set aside instead.
    Skip {
        /// The document's id.
        #[arg(value_name = "ID")]
        document: String,
        /// Why; it is kept in the history.
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        operator: Operator,
        #[command(flatten)]
        place: Place,
    },
    /// Let a lane go on without a document, whatever is in doubt about it.
    ///
    /// What comes of it is still awaited; `fh queue retry` brings it back into its place.
    SetAside {
        /// The document's id.
        #[arg(value_name = "ID")]
        document: String,
        /// Why the documents after it need not wait; it is kept in the history.
        #[arg(long, value_name = "TEXT")]
        why: String,
        #[command(flatten)]
        operator: Operator,
        #[command(flatten)]
        place: Place,
    },
    /// Keep what you have found: a document in doubt is fiscalised.
    ///
    /// Look the sale up in the Fiscal Harmony portal or on the receipt, and give one of the three.
    #[command(group = clap::ArgGroup::new("evidence").required(true))]
    Adopt {
        /// The document's id.
        #[arg(value_name = "ID")]
        document: String,
        /// The address in the QR code of its receipt, whole.
        #[arg(long, value_name = "URL", group = "evidence")]
        qr: Option<String>,
        /// Its verification code. The receipt is then incomplete and is not printed.
        #[arg(long, value_name = "CODE", group = "evidence")]
        verification_code: Option<String>,
        /// The request id. The service is asked what became of it; it stays in doubt until the receipt comes.
        #[arg(long, value_name = "ID", group = "evidence")]
        request_id: Option<String>,
        /// The receipt is of another day than the document, and you know why.
        #[arg(long, requires = "qr")]
        any_day: bool,
        #[command(flatten)]
        operator: Operator,
        #[command(flatten)]
        place: Place,
    },
    /// Say that a document in doubt certainly is not fiscalised.
    ///
    /// Nothing is sent by that: its rejection becomes definite, and a later `fh queue retry` still goes as a repetition.
    Release {
        /// The document's id.
        #[arg(value_name = "ID")]
        document: String,
        /// How you know; it is kept in the history.
        #[arg(long, value_name = "TEXT")]
        why: String,
        #[command(flatten)]
        operator: Operator,
        #[command(flatten)]
        place: Place,
    },
    /// Say that you know of an alarm; it is told no more.
    Acknowledge {
        /// The keys of the alarms, as `fh queue stats` shows them.
        #[arg(required = true, value_name = "ALARM")]
        alarms: Vec<String>,
        #[command(flatten)]
        operator: Operator,
        #[command(flatten)]
        place: Place,
    },
    /// Make this machine the one that sends from the outbox.
    ///
    /// An outbox is worked on from one machine: on another, a copy of it takes in and sends nothing. See first that the other machine sends no more.
    /// What may have been sent there is sent as a repetition, or waits for you.
    TakeOver {
        #[command(flatten)]
        doubt: Doubt,
        #[command(flatten)]
        operator: Operator,
        #[command(flatten)]
        place: Place,
    },
    /// Say that the outbox was restored from a backup, where it could not notice.
    ///
    /// It notices by itself when its file was put back. After a whole disk or a virtual machine was, say so before anything is sent.
    Restored {
        #[command(flatten)]
        doubt: Doubt,
        #[command(flatten)]
        operator: Operator,
        #[command(flatten)]
        place: Place,
    },
    /// Send and settle until nothing of the lane is open, then return.
    #[command(after_help = crate::exit::HELP)]
    Drain {
        /// How long at most.
        #[arg(long, value_name = "SECONDS", default_value_t = 600)]
        wait: u64,
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        policy: PolicyFlags,
    },
    /// Export what was settled long ago, and take it out of the outbox.
    Prune {
        /// Only what has been settled for so long. An invoice may be credited for twelve months, and its credit note is checked
        /// against it.
        #[arg(long, value_name = "DAYS", default_value_t = 400)]
        older_than: u64,
        /// The new file for what is taken out: JSON Lines with buyers' data.
        #[arg(long, value_name = "FILE")]
        export: PathBuf,
        #[command(flatten)]
        place: Place,
    },
    /// Show how the outbox behaves: every choice, its value and where that comes from.
    ///
    /// Give it the flags that you mean to give `fh run`, to see what comes of them.
    Policy {
        #[command(flatten)]
        policy: PolicyFlags,
    },
    /// The outbox at a glance, with its alarms.
    Stats {
        #[command(flatten)]
        place: Place,
    },
}

fn state(name: &str) -> Result<State, String> {
    State::from_name(name).ok_or_else(|| {
        let known: Vec<_> = State::ALL.into_iter().map(State::name).collect();
        format!("known are {}", known.join(", "))
    })
}

pub(crate) async fn run(command: Command, global: &Global, output: &mut Output) -> Result<Exit, Failure> {
    match command {
        Command::Add {
            files,
            station,
            place,
            reading,
            fields,
        } => {
            return add::run(&files, &station, &place, &reading, &fields, global, output).await;
        }
        Command::Drain { wait, place, policy } => return drain::run(wait, &place, &policy, global, output).await,
        Command::Policy { policy } => return policy::show(&policy, global, output),
        Command::Correct {
            document,
            file,
            why,
            dry_run,
            no_preflight,
            operator,
            place,
            policy,
            fields,
        } => {
            let allowed = fields.allowed(global, output)?;
            let policy = policy_for_looking(global, &policy, output)?.policy;
            let opened = place.open(global, policy).await?;
            if let Some(client) = Connection::to_ask(global, output) {
                opened.outbox.learn_from(&client);
            }
            let wanted = correct::Wanted {
                document,
                file,
                why,
                operator: operator.name(),
                dry_run,
                checked: !no_preflight,
            };
            return correct::run(wanted, &opened, allowed, output).await;
        }
        _ => {}
    }
    let policy = policy_for_looking(global, &PolicyFlags::default(), output)?.policy;
    match command {
        Command::Ls {
            state,
            all,
            search,
            limit,
            place,
        } => {
            let query = look::query(state, all, search, limit, place.asked_lane());
            look::list(&place.open(global, policy).await?, query, output).await
        }
        Command::Show { document, no_qr, place } => {
            look::show(&place.open(global, policy).await?, &document, !no_qr, output).await
        }
        Command::Retry {
            documents,
            operator,
            place,
        } => operate::retry(&place.open(global, policy).await?, &documents, &operator.name(), output).await,
        Command::Skip {
            document,
            reason,
            operator,
            place,
        } => {
            let opened = place.open(global, policy).await?;
            operate::skip(&opened, &document, &reason, &operator.name(), output).await
        }
        Command::SetAside {
            document,
            why,
            operator,
            place,
        } => {
            let opened = place.open(global, policy).await?;
            operate::set_aside(&opened, &document, &why, &operator.name(), output).await
        }
        Command::Adopt {
            document,
            qr,
            verification_code,
            request_id,
            any_day,
            operator,
            place,
        } => {
            let evidence = fh_agent::Typed {
                qr_url: qr.as_deref(),
                verification_code: verification_code.as_deref(),
                request_id: request_id.as_deref(),
                any_day,
            };
            let evidence = evidence.evidence().map_err(Failure::usage)?;
            let opened = place.open(global, policy).await?;
            operate::adopt(&opened, &document, evidence, &operator.name(), output).await
        }
        Command::Release {
            document,
            why,
            operator,
            place,
        } => {
            let opened = place.open(global, policy).await?;
            operate::release(&opened, &document, &why, &operator.name(), output).await
        }
        Command::Acknowledge {
            alarms,
            operator,
            place,
        } => operate::acknowledge(&place.open(global, policy).await?, &alarms, &operator.name(), output).await,
        Command::TakeOver { doubt, operator, place } => {
            operate::take_over(&place.open(global, policy).await?, doubt.hold, &operator.name(), output).await
        }
        Command::Restored { doubt, operator, place } => {
            operate::restored(&place.open(global, policy).await?, doubt.hold, &operator.name(), output).await
        }
        Command::Prune {
            older_than,
            export,
            place,
        } => operate::prune(&place.open(global, policy).await?, older_than, &export, output).await,
        Command::Stats { place } => look::stats(&place.open(global, policy).await?, output).await,
        Command::Add { .. } | Command::Correct { .. } | Command::Drain { .. } | Command::Policy { .. } => {
            Ok(Exit::Well)
        }
    }
}
