//! `fh probe`: asks a test environment what the documentation does not say.

use std::{
    io::{self, BufRead, IsTerminal, Write},
    net::SocketAddr,
    path::{Path, PathBuf},
};

use fh_auth::{Credentials, make_private_folder};
use fh_outbox::state_folder;
use fh_probe::{Bundle, BundleError, Conclusion, Event, Finding, Outcome, Probe, ProbeError, Question, RED_NOTICE};
use serde_json::json;
use tempfile::TempDir;

use crate::{
    connection::Connection,
    exit::{Exit, Failure},
    global::Global,
    interrupt::Interrupt,
    output::Output,
};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Ask too what may leave a red receipt, which stops the fiscal day from closing by itself. You are told what that means and asked first.
    #[arg(long, conflicts_with = "show")]
    red: bool,
    /// Go on with the probe that was interrupted, or settle what needed time or a person.
    #[arg(long, conflicts_with = "show")]
    resume: bool,
    /// Say what is in a bundle: question, answer, what this project assumed, what changes. Nobody is asked anything.
    #[arg(long, value_name = "BUNDLE")]
    show: Option<PathBuf>,
    /// Where to write what was found, without anything that belongs to somebody. A simulator's profile is written beside it, ending in .toml.
    #[arg(long, value_name = "FILE", default_value = "fh-probe.jsonl.gz")]
    bundle: PathBuf,
    /// Where to keep what is sent and received while it happens (mode 0600: it holds names). Otherwise probe-NAME.jsonl in the folder of the
    /// programs' state.
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// When all is asked, listen here for webhooks until Ctrl-C: for the portal's Save & Test, which you press.
    #[arg(long, value_name = "ADDRESS", conflicts_with = "show")]
    webhook_listen: Option<SocketAddr>,
}

impl Arguments {
    /// Whether nobody has to be spoken to.
    pub(crate) fn only_shows(&self) -> bool {
        self.show.is_some()
    }
}

/// Shows a bundle.
pub(crate) fn show(arguments: &Arguments, output: &Output) -> Result<Exit, Failure> {
    let Some(path) = &arguments.show else {
        return Ok(Exit::Usage);
    };
    let bundle = Bundle::read(path).map_err(|error| Failure::usage(error.to_string()))?;
    tell(&bundle, output);
    Ok(Exit::Well)
}

pub(crate) async fn run(
    arguments: Arguments,
    connection: &Connection,
    global: &Global,
    output: &Output,
) -> Result<Exit, Failure> {
    let client = &connection.client;
    let (journal, _folder) = journal(&arguments, global)?;
    if arguments.red && !agreed(output)? {
        return Err(Failure::usage(
            "the red questions were not agreed to, and nothing was sent; without --red they are left out",
        ));
    }
    let credentials = Credentials::from_parts(connection.key.clone(), connection.secret());
    let probe = Probe::new(client.base_url(), credentials, client.identity().clone(), &journal).red(arguments.red);
    let probe = match arguments.webhook_listen {
        Some(address) => probe.webhook_listen(address),
        None => probe,
    };
    let interrupt = Interrupt::listen()?;
    let mut observe = |event: Event<'_>| {
        match event {
        Event::Experiment { name, number, of } => output.progress(format!("{number} of {of}: {name}")),
        Event::Sending { step } => output.progress(step.to_owned()),
        Event::Listening { address } => output.remark(&format!(
            "listening at {address}: in the portal, set a webhook URL that leads here and press Save & Test; Ctrl-C when that is done"
        )),
        Event::Remark(text) => output.remark(text),
        _ => {}
    }
    };
    let stop = {
        let interrupt = interrupt.clone();
        async move { interrupt.asked(1).await }
    };
    let ran = tokio::select! {
        ran = probe.run(arguments.resume, stop, &mut observe) => ran,
        () = interrupt.asked(2) => {
            return Err(Failure::service(format!(
                "stopped at once; the probe's own mappings may be left, and `fh probe --resume` takes them back; the journal is {}",
                journal.display()
            )));
        }
    };
    output.end_progress();
    let outcome = ran.map_err(failure)?;
    tell(&outcome.bundle, output);
    written(&outcome, &arguments.bundle, output)?;
    if !outcome.left.is_empty() {
        let codes: Vec<_> = outcome
            .left
            .iter()
            .map(|made| format!("{} ({})", made.code, made.kind))
            .collect();
        output.remark(&format!(
            "mappings of the probe that could not be taken back; delete them: {}",
            codes.join(", ")
        ));
    }
    let unsettled = outcome
        .bundle
        .conclusions
        .iter()
        .filter(|one| matches!(one.finding, Finding::NotSettled { .. }))
        .count();
    match (&outcome.cut_short, unsettled) {
        (Some(why), _) => output.remark(&format!(
            "the probe is not at its end: {why}; `fh probe --resume` goes on"
        )),
        (None, 0) => return Ok(Exit::Well),
        (None, many) => output.remark(&format!(
            "{many} questions are not settled; `fh probe --resume` asks them again"
        )),
    }
    Ok(Exit::Unsettled)
}

fn written(outcome: &Outcome, path: &Path, output: &Output) -> Result<(), Failure> {
    outcome.write(path).map_err(|error| match error {
        error @ BundleError::Io { .. } => Failure::service(error.to_string()),
        error => Failure::service(error.to_string()),
    })?;
    let profile = path.with_file_name(format!("{}.toml", stem(path)));
    std::fs::write(&profile, outcome.bundle.profile())
        .map_err(|error| Failure::service(format!("{}: cannot be written: {error}", profile.display())))?;
    output.remark(&format!(
        "the bundle is {}; `fh sim --profile {}` behaves as what was seen",
        path.display(),
        shown(&profile)
    ));
    Ok(())
}

/// A path that `fh sim --profile` does not take for a name.
fn shown(path: &Path) -> String {
    let text = path.display().to_string();
    if text.contains(['/', '\\']) {
        text
    } else {
        format!("./{text}")
    }
}

fn stem(path: &Path) -> String {
    let name = path
        .file_name()
        .map_or_else(|| "fh-probe".into(), |name| name.to_string_lossy().into_owned());
    name.trim_end_matches(".gz").trim_end_matches(".jsonl").to_owned()
}

fn failure(error: ProbeError) -> Failure {
    let message = error.to_string();
    match error {
        // A document was taken, and it may count.
        ProbeError::NotATest { .. } => Failure {
            exit: Exit::Unsettled,
            message,
        },
        ProbeError::Journal(_) => Failure::service(message),
        _ => Failure::usage(message),
    }
}

fn journal(arguments: &Arguments, global: &Global) -> Result<(PathBuf, Option<TempDir>), Failure> {
    if let Some(path) = &arguments.journal {
        return Ok((path.clone(), None));
    }
    if global.sandbox {
        let folder = tempfile::tempdir()
            .map_err(|error| Failure::service(format!("there is no place for a journal: {error}")))?;
        return Ok((folder.path().join("probe.jsonl"), Some(folder)));
    }
    let folder = state_folder().ok_or_else(|| {
        Failure::usage("there is no place for the probe's journal: name a file with --journal, or set HOME (on Windows: LOCALAPPDATA)")
    })?;
    make_private_folder(&folder)
        .map_err(|error| Failure::service(format!("the folder {} cannot be made: {error}", folder.display())))?;
    let name = global.profile.as_deref().unwrap_or("default");
    Ok((folder.join(format!("probe-{name}.jsonl")), None))
}

/// Says what red means, and asks.
fn agreed(output: &Output) -> Result<bool, Failure> {
    output.remark(RED_NOTICE);
    if io::stdin().is_terminal() {
        let _ = write!(io::stderr(), "fh: type red to ask the red questions too: ");
    }
    let mut line = String::new();
    io::stdin()
        .lock()
        .read_line(&mut line)
        .map_err(|error| Failure::service(format!("standard input cannot be read: {error}")))?;
    Ok(line.trim() == "red")
}

/// Says what is in a bundle.
fn tell(bundle: &Bundle, output: &Output) {
    if output.is_json() {
        for conclusion in &bundle.conclusions {
            let question = Question::named(&conclusion.question);
            output.json(&json!({
                "conclusion": conclusion,
                "asks": question.map(|question| question.asks),
                "assumed": question.map(|question| question.assumed),
                "changes": question.map(|question| question.changes),
            }));
        }
        return;
    }
    let about = &bundle.about;
    output.line(&format!(
        "{} on {}: {}; {} documents; probe {}",
        about.base_url, about.date, about.environment, about.documents, about.version
    ));
    let rows = bundle.conclusions.iter().map(|conclusion| {
        let question = Question::named(&conclusion.question);
        let text = |of: fn(&Question) -> &'static str| question.map_or("", of).to_owned();
        vec![
            question.map_or_else(|| conclusion.question.clone(), |question| question.asks.to_owned()),
            answer(conclusion),
            text(|question| question.assumed),
            text(|question| question.changes),
        ]
    });
    output.table(&["question", "answer", "assumed", "what changes"], rows);
}

fn answer(conclusion: &Conclusion) -> String {
    match &conclusion.finding {
        Finding::Answer { said, .. } => said.clone(),
        Finding::Hidden { by, why } => format!("hidden by {by}: {why}"),
        Finding::NotSettled { why } => format!("not settled: {why}"),
        Finding::NotAsked { why } => format!("not asked: {why}"),
        Finding::Open { why } => format!("open: {why}"),
        _ => String::new(),
    }
}
