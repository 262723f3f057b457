//! `fh submit`: documents in, receipts out.

use std::{path::PathBuf, time::Duration};

use fh_outbox::{OnRejected, Policy};
use tokio::sync::mpsc;

use crate::{
    connection::Connection,
    desk::{Desk, Wishes},
    exit::{Exit, Failure},
    fields::Fields,
    global::Global,
    input::{Found, Problem, Source},
    intake::learn,
    interrupt::Interrupt,
    output::Output,
    place::{Opened, Place},
    policy::{Chosen, PolicyFlags},
    reading::{in_background, sources},
    station::AtStation,
    worker::Worker,
};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Invoices and credit notes as JSON: one document, an array, or JSON Lines; `-` is standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// How long to wait for the outcome of each document; with --direct, from when the service has taken it. What is not settled by
    /// then stays in the outbox.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    wait: u64,
    /// Save the PDF of each fiscalised document in this folder.
    #[arg(long, value_name = "DIR")]
    pdf: Option<PathBuf>,
    /// Leave out the QR codes from the output for people.
    #[arg(long)]
    no_qr: bool,
    /// Send documents even when the tax authority is certain to refuse them. One red receipt keeps the fiscal day from
    /// closing.
    #[arg(long)]
    no_preflight: bool,
    /// Send at once, each document once, and keep nothing but doubt: the outbox is a new one that is removed at the end, unless
    /// something in it may have arrived or is not decided.
    #[arg(long, conflicts_with_all = ["outbox", "lane"])]
    direct: bool,
    /// The document takes the place of this one, which was rejected for good or not sent: it may have its number, and locks it. One document.
    #[arg(long, value_name = "ID", conflicts_with = "direct")]
    replaces: Option<String>,
    #[command(flatten)]
    station: AtStation,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    policy: PolicyFlags,
    #[command(flatten)]
    fields: Fields,
}

impl Arguments {
    fn policy(&self, chosen: &Chosen) -> Policy {
        let mut policy = chosen.policy.clone();
        if self.direct {
            policy.on_rejected = OnRejected::StepAside;
        }
        policy
    }

    fn wishes(&self) -> Wishes {
        Wishes {
            wait: Duration::from_secs(self.wait),
            checked: !self.no_preflight,
            pdfs: self.pdf.clone(),
            with_qr: !self.no_qr,
            replaces: self.replaces.clone(),
            direct: self.direct,
        }
    }
}

pub(crate) async fn run(
    arguments: Arguments,
    connection: &Connection,
    global: &Global,
    output: &Output,
) -> Result<Exit, Failure> {
    let sources = sources(&arguments.files)?;
    let allowed = arguments.fields.allowed(global, output)?;
    let reads_stdin = sources.contains(&Source::Stdin);
    let policy = arguments.policy(&connection.policy(&arguments.policy)?);
    let opened = if arguments.direct {
        arguments.place.open_of_its_own(global, policy).await?
    } else {
        arguments.place.open(global, policy).await?
    };
    let interrupt = Interrupt::listen()?;
    if arguments.no_preflight {
        output.remark("PREFLIGHT IS OFF: nothing is checked before it is sent, and one red receipt keeps the fiscal day from closing");
    } else {
        tokio::select! {
            () = learn(&opened.outbox, &connection.client, output) => {}
            () = interrupt.asked(1) => {
                let what = if arguments.direct { "sent" } else { "taken in" };
                return Err(Failure { exit: Exit::Unsettled, message: format!("interrupted: nothing was {what}") });
            }
        }
    }
    let mut wishes = arguments.wishes();
    if let Some(why) = opened.outbox.may_send().why_not() {
        // However long one waits.
        wishes.wait = Duration::ZERO;
        output.remark(&format!("{why}: `fh queue take-over`"));
    }
    let at_station = arguments.station.of(&opened.outbox);
    let mut desk = Desk::open(&at_station, &connection.client, output, wishes).await?;
    let worker = Worker::start(&opened.outbox, &connection.client);
    let mut documents = in_background(sources, allowed);
    let interrupted = follow_all(&mut desk, &mut documents, &interrupt).await;
    worker.stop(&interrupt).await;
    if interrupted {
        // What was on the wire was waited for; it may have an answer now.
        desk.follow().await?;
        desk.give_up().await?;
        if !reads_stdin {
            // Files end; standard input may not.
            while let Some(found) = documents.recv().await {
                desk.leave_out(found);
            }
        }
    }
    let undecided = if arguments.direct {
        desk.hand_back().await
    } else {
        Ok(0)
    };
    let mut exit = desk.end();
    if interrupted {
        output.remark(&bye(arguments.direct, reads_stdin));
        exit = exit.max(Exit::Unsettled);
    }
    // What cannot be looked at is kept too.
    if !matches!(undecided, Ok(0)) && !global.sandbox {
        exit = exit.max(Exit::Unsettled);
        keep(opened, global, output);
    }
    undecided.map(|_| exit)
}

/// Takes documents in and follows them until all have ended; true when it was interrupted.
async fn follow_all(
    desk: &mut Desk<'_>,
    documents: &mut mpsc::Receiver<Result<Found, Problem>>,
    interrupt: &Interrupt,
) -> bool {
    let mut at_end = false;
    while !at_end || desk.is_waiting() {
        tokio::select! {
            biased;
            () = interrupt.asked(1) => return true,
            found = documents.recv(), if !at_end && desk.is_ready() => match found {
                Some(found) => desk.take_in(found).await,
                None => at_end = true,
            },
            () = desk.news() => {}
        }
    }
    false
}

fn bye(direct: bool, reads_stdin: bool) -> String {
    if !direct {
        return "interrupted: what was taken in is in the outbox; `fh run` or `fh queue drain` goes on with it"
            .to_owned();
    }
    let rest = if reads_stdin {
        "; the rest of standard input was not read"
    } else {
        ""
    };
    format!("interrupted: what is said above is all that is known{rest}")
}

/// Says how to go on with what may have arrived or is not decided.
fn keep(opened: Opened, global: &Global, output: &Output) {
    let Some(path) = opened.keep() else { return };
    let profile = global.profile.as_deref();
    let profile = profile.map_or_else(String::new, |profile| format!("--profile {} ", quoted(profile)));
    output.remark(&format!(
        "what may have arrived or is not decided is kept in an outbox of its own; go on with: fh {profile}queue drain --outbox {}",
        quoted(&path.display().to_string())
    ));
}

/// A word as a shell reads it.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./\\:".contains(c);
    if word.chars().all(is_plain) {
        word.to_owned()
    } else if cfg!(windows) {
        format!("\"{word}\"")
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}
