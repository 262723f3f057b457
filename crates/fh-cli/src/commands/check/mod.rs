//! `fh check`: what the tax authority would say, before anything leaves.
//!
//! One thread cuts the input into documents, others check them, this one writes the results in the order of the input. All
//! that is in flight is bounded, so that memory follows the largest documents and not the length of the input.

mod gate;
mod show;

use std::{
    fs, io,
    num::NonZero,
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread,
    time::Instant,
};

use fiscal_harmony::preflight::Verdict;

use crate::{
    connection::{Connection, policy_for_looking},
    exit::{Exit, Failure},
    fields::Fields,
    global::Global,
    input::{self, Piece, Problem, Source},
    output::Output,
    place::Place,
    policy::ReadingFlags,
};
use gate::Gate;
use show::{Checked, Skips};

/// How many bytes of documents make a parcel for a thread, and how many parcels wait at most before and after each.
const PARCEL: usize = 64 * 1024;
const WAITING: usize = 4;
/// From how many documents on their rate says anything.
const MANY: usize = 1_000;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Invoices and credit notes as JSON: one document, an array, or JSON Lines; a folder, for the .json and .jsonl files in
    /// it; `-` is standard input.
    #[arg(required = true, value_name = "FILE|DIR")]
    files: Vec<PathBuf>,
    /// Check against the account too: device, taxes, mappings and currencies (with --sandbox, the simulator's). Without it
    /// nothing is asked of anyone, and the rules that need it are skipped.
    #[arg(long)]
    device: bool,
    /// Check against the outbox too: numbers that were used, invoices that are credited, dates that came before.
    #[arg(long)]
    journal: bool,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    reading: ReadingFlags,
    #[command(flatten)]
    fields: Fields,
}

pub(crate) async fn run(arguments: Arguments, global: &Global, output: &Output) -> Result<Exit, Failure> {
    let sources = sources(arguments.files)?;
    let allowed = arguments.fields.allowed(global, output)?;
    let policy = policy_for_looking(global, &arguments.reading, output)?.policy;
    let mut gate = Gate::new(policy.preflight, allowed);
    if arguments.journal {
        gate.with_outbox(arguments.place.open(global, policy).await?.outbox);
    }
    if arguments.device {
        let connection = Connection::open(global, output).await?;
        for unread in gate.fetch(&connection.client).await? {
            output.remark(&format!("not understood, and not used: {unread}"));
        }
    }
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let started = Instant::now();
    let tally = check_all(sources, &gate, threads, output);
    tally.conclude(started.elapsed(), output);
    Ok(if tally.blocked > 0 { Exit::Refused } else { Exit::Well })
}

/// Folders become the files in them, in the order of their names.
fn sources(arguments: Vec<PathBuf>) -> Result<Vec<Source>, Failure> {
    let mut sources = Vec::new();
    for argument in arguments {
        if argument.as_os_str() != "-" && argument.is_dir() {
            let before = sources.len();
            files_in(&argument, &mut sources)
                .map_err(|error| Failure::usage(format!("{}: cannot be read: {error}", argument.display())))?;
            if sources.len() == before {
                return Err(Failure::usage(format!(
                    "{}: there are no .json or .jsonl files in this folder",
                    argument.display()
                )));
            }
        } else {
            sources.push(Source::from_argument(argument));
        }
    }
    if sources.iter().filter(|source| **source == Source::Stdin).count() > 1 {
        return Err(Failure::usage("standard input (-) can be read only once"));
    }
    Ok(sources)
}

fn files_in(folder: &Path, sources: &mut Vec<Source>) -> io::Result<()> {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<_>>()?;
    entries.sort();
    for path in entries {
        let is_document = path
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("json") || extension.eq_ignore_ascii_case("jsonl"));
        // A link to a folder could lead back here, so folders behind links are left alone.
        if path.is_dir() && !path.is_symlink() {
            files_in(&path, sources)?;
        } else if path.is_file() && is_document {
            sources.push(Source::File(path));
        }
    }
    Ok(())
}

/// Documents on their way to one thread, and results on their way back.
type Parcel = Vec<Result<(Source, Piece), Problem>>;
type Results = Vec<Checked>;

fn check_all(sources: Vec<Source>, gate: &Gate, threads: usize, output: &Output) -> Tally {
    let json = output.is_json();
    let mut tally = Tally::default();
    thread::scope(|scope| {
        let mut ways = Vec::new();
        let mut returns = Vec::new();
        for _ in 0..threads {
            let (to_thread, parcels) = sync_channel::<Parcel>(WAITING);
            let (results, from_thread) = sync_channel::<Results>(WAITING);
            scope.spawn(move || check_parcels(&parcels, &results, gate, json));
            ways.push(to_thread);
            returns.push(from_thread);
        }
        scope.spawn(move || hand_out(sources, &ways));
        // Parcels went to the threads in turn, so their results come back in order by asking in turn.
        for results in (0..threads).cycle().map_while(|at| returns[at].recv().ok()) {
            let mut text = String::new();
            for checked in results {
                text.push_str(&checked.text);
                tally.take(&checked);
            }
            output.write(&text);
        }
    });
    tally
}

fn hand_out(sources: Vec<Source>, ways: &[SyncSender<Parcel>]) {
    let mut ways = ways.iter().cycle();
    let mut parcel = Parcel::new();
    let mut size = 0;
    for piece in sources.into_iter().flat_map(input::pieces) {
        size += piece
            .as_ref()
            .map_or(0, |(_, piece)| piece.text.as_ref().map_or(0, Vec::len));
        parcel.push(piece);
        if size >= PARCEL {
            size = 0;
            if ways
                .next()
                .is_none_or(|way| way.send(std::mem::take(&mut parcel)).is_err())
            {
                return;
            }
        }
    }
    if let (false, Some(way)) = (parcel.is_empty(), ways.next()) {
        // A thread that is gone took its reader along, and that is told by whoever joins it.
        let _ = way.send(parcel);
    }
}

fn check_parcels(parcels: &Receiver<Parcel>, results: &SyncSender<Results>, gate: &Gate, json: bool) {
    for parcel in parcels {
        let checked = parcel.into_iter().map(|piece| Checked::of(piece, gate, json)).collect();
        if results.send(checked).is_err() {
            return;
        }
    }
}

/// What all documents came to.
#[derive(Default)]
struct Tally {
    passed: usize,
    warned: usize,
    blocked: usize,
    skips: Skips,
}

impl Tally {
    fn take(&mut self, checked: &Checked) {
        match checked.verdict {
            Verdict::Pass => self.passed += 1,
            Verdict::Warn => self.warned += 1,
            Verdict::Block => self.blocked += 1,
        }
        self.skips.add(&checked.skipped);
    }

    fn conclude(&self, took: std::time::Duration, output: &Output) {
        if !output.is_json() {
            self.skips.tell(output);
        }
        let documents = self.passed + self.warned + self.blocked;
        let mut said = format!(
            "{documents} checked: {} pass, {} warn, {} block",
            self.passed, self.warned, self.blocked
        );
        if documents >= MANY {
            let rate = u128::try_from(documents).unwrap_or_default() * 1_000_000 / took.as_micros().max(1);
            said.push_str(&format!("; {rate} documents per second"));
        }
        output.remark(&said);
    }
}
