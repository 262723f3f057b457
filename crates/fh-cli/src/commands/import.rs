//! `fh import`: documents from tables and other formats.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use fh_import::{BackDated, Limits, Line, Mapping, Outcome, Taken, Watch, WatchError, check_file, take_in_file, watch};
use fh_outbox::Outbox;
use serde_json::json;

use crate::{
    connection::Connection,
    exit::{Exit, Failure},
    global::Global,
    intake::learn,
    interrupt::Interrupt,
    output::Output,
    place::Place,
    policy::PolicyFlags,
    station::AtStation,
};

/// More rows than anybody reads; the rest is counted.
const SHOWN: usize = 1_000;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// CSV, TSV, .xlsx, .ods, GOBL invoices, UBL 2.1 invoices and credit notes. What a file is, is seen in it.
    #[arg(value_name = "FILE", required_unless_present = "watch")]
    files: Vec<PathBuf>,
    /// Which column is what: a TOML file. Tables need one.
    #[arg(long, value_name = "FILE")]
    mapping: Option<PathBuf>,
    /// Propose a mapping for a table, for you to read and mend. Nothing is taken in, and nobody is asked anything.
    #[arg(long, conflicts_with_all = ["mapping", "dry_run", "back_dated", "watch"])]
    guess: bool,
    /// With --guess: the sheet of a workbook that has several.
    #[arg(long, value_name = "NAME", requires = "guess")]
    sheet: Option<String>,
    /// Show every document and what is said of it, and take nothing in.
    #[arg(long, conflicts_with = "watch")]
    dry_run: bool,
    /// Take in documents of earlier days, or out of the order of their dates, all the same. Such documents are mostly invalid, and a fiscal day with
    /// them beside others does not close by itself.
    #[arg(long)]
    back_dated: bool,
    /// Take files as they are put into this folder, until Ctrl-C; each is moved to done/ or failed/ in it, with a report.
    #[arg(long, value_name = "FOLDER", conflicts_with = "files")]
    watch: Option<PathBuf>,
    /// With --watch: a file is complete when nothing was written to it for so long. Whoever writes slowly writes under a name that ends in .part, and
    /// renames the file when it is whole.
    #[arg(long, value_name = "SECONDS", default_value_t = 5, requires = "watch")]
    quiet_for: u32,
    /// With --watch: end when no file is left.
    #[arg(long, requires = "watch")]
    once: bool,
    #[command(flatten)]
    station: AtStation,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    policy: PolicyFlags,
}

impl Arguments {
    /// Whether nobody has to be spoken to.
    pub(crate) fn only_guesses(&self) -> bool {
        self.guess
    }

    fn back_dated(&self) -> BackDated {
        if self.back_dated {
            BackDated::Take
        } else {
            BackDated::Refuse
        }
    }
}

/// Proposes a mapping.
pub(crate) fn guess(arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    let [file] = arguments.files.as_slice() else {
        return Err(Failure::usage("--guess looks at one file"));
    };
    let proposal = fh_import::guess(file, arguments.sheet.as_deref(), &Limits::default())
        .map_err(|problem| refused(file, &problem.to_string()))?;
    if output.is_json() {
        output.json(&json!({ "toml": proposal }));
    } else {
        output.write(&proposal);
    }
    Ok(Exit::Well)
}

pub(crate) async fn run(
    arguments: Arguments,
    connection: &Connection,
    global: &Global,
    output: &Output,
) -> Result<Exit, Failure> {
    let mapping = match &arguments.mapping {
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .map_err(|error| Failure::usage(format!("{} cannot be read: {error}", path.display())))?;
            Some(Mapping::parse(&text).map_err(|error| Failure::usage(format!("{}: {error}", path.display())))?)
        }
        None => None,
    };
    let policy = connection.policy(&arguments.policy)?.policy;
    let opened = arguments.place.open(global, policy).await?;
    let interrupt = Interrupt::listen()?;
    tokio::select! {
        () = learn(&opened.outbox, &connection.client, output) => {}
        () = interrupt.asked(1) => {
            return Err(Failure { exit: Exit::Unsettled, message: "interrupted: nothing was taken in".to_owned() });
        }
    }
    let outbox = arguments.station.of(&opened.outbox);
    if arguments.watch.is_some() {
        return watch_folder(&arguments, mapping, &outbox, &interrupt, output).await;
    }
    let mut exit = Exit::Well;
    let mut new = 0;
    for file in &arguments.files {
        let taken = import(&arguments, file, mapping.as_ref(), &outbox, output).await?;
        new += taken.new;
        if !taken.is_well() {
            exit = exit.max(Exit::Refused);
        }
    }
    if new > 0 {
        output.remark("what is new is in the outbox; `fh run`, `fh queue drain` or the agent sends it");
    }
    Ok(exit)
}

async fn import(
    arguments: &Arguments,
    file: &Path,
    mapping: Option<&Mapping>,
    outbox: &Outbox,
    output: &Output,
) -> Result<Taken, Failure> {
    let limits = Limits::default();
    let mut rows = Vec::new();
    let mut unshown = 0;
    let mut observe = |line: &Line| {
        if output.is_json() {
            output.json(line);
        } else if rows.len() < SHOWN {
            rows.push(row(line));
        } else {
            unshown += 1;
        }
    };
    let taken = if arguments.dry_run {
        check_file(file, mapping, &limits, outbox, arguments.back_dated(), &mut observe).await?
    } else {
        take_in_file(file, mapping, &limits, outbox, arguments.back_dated(), &mut observe).await?
    };
    if output.is_json() {
        output.json(&json!({ "file": file, "taken": taken }));
        return Ok(taken);
    }
    if !rows.is_empty() {
        output.table(
            &[
                "where",
                "document",
                "kind",
                "date",
                "buyer",
                "lines",
                "total",
                "what comes of it",
            ],
            rows,
        );
    }
    if unshown > 0 {
        output.line(&format!("and {unshown} more documents"));
    }
    let name = file.display().to_string();
    let report = if arguments.dry_run {
        taken.foreseen(&name)
    } else {
        taken.report(&name)
    };
    output.write(&report);
    Ok(taken)
}

fn row(line: &Line) -> Vec<String> {
    let outcome = match line.outcome {
        Outcome::Ready => "ready",
        Outcome::New => "new",
        Outcome::Known => "known before",
        _ => "refused",
    };
    let outcome = match (line.outcome, line.problems.len()) {
        (Outcome::Ready, 1..) => "ready, with remarks",
        _ => outcome,
    };
    vec![
        line.place.to_string(),
        line.document.clone(),
        line.kind.clone(),
        line.date.clone(),
        line.buyer.clone(),
        line.lines.to_string(),
        format!("{} {}", line.currency, line.total),
        outcome.to_owned(),
    ]
}

async fn watch_folder(
    arguments: &Arguments,
    mapping: Option<Mapping>,
    outbox: &Outbox,
    interrupt: &Interrupt,
    output: &Output,
) -> Result<Exit, Failure> {
    let mut watched = Watch::new(arguments.watch.clone().unwrap_or_default(), mapping);
    watched.back_dated = arguments.back_dated();
    watched.quiet = Duration::from_secs(u64::from(arguments.quiet_for));
    watched.every = watched.every.min(watched.quiet / 2).max(Duration::from_millis(20));
    let mut exit = Exit::Well;
    let mut observe = |moved: &fh_import::Moved| {
        if !moved.taken.is_well() {
            exit = exit.max(Exit::Refused);
        }
        if output.is_json() {
            output.json(&json!({ "file": moved.name, "to": moved.to, "taken": moved.taken }));
        } else {
            output.write(&moved.taken.report(&moved.name));
        }
    };
    output.remark(&format!(
        "watching {}; Ctrl-C ends it after the file in hand",
        watched.folder.display()
    ));
    let watching = watch(&watched, outbox, arguments.once, interrupt.asked(1), &mut observe);
    match watching.await {
        Ok(()) => Ok(exit),
        Err(WatchError::Outbox(error)) => Err(error.into()),
        Err(error) => Err(Failure::service(error.to_string())),
    }
}

fn refused(file: &Path, why: &str) -> Failure {
    Failure {
        exit: Exit::Refused,
        message: format!("{}: {why}", file.display()),
    }
}
