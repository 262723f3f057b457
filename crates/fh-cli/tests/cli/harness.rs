//! Starts `fh` in an environment of its own and looks at everything that it says.

use std::{
    ffi::OsStr,
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::Duration,
};

use fh_sim::{Ledger, Options, Sim};
use fh_types::Clock;
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// A folder, perhaps a simulator, and `fh` in between.
pub(crate) struct World {
    pub(crate) folder: TempDir,
    pub(crate) sim: Option<Sim>,
    pub(crate) runtime: Runtime,
}

/// What `fh` did.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl World {
    /// Nothing but a folder.
    pub(crate) fn alone() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            sim: None,
            runtime: tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()
                .unwrap(),
        }
    }

    /// With a simulator, whose credentials are in the environment of `fh`.
    pub(crate) fn new() -> Self {
        Self::with(Options::default())
    }

    pub(crate) fn with(options: Options) -> Self {
        let mut world = Self::alone();
        world.sim = Some(world.runtime.block_on(Sim::with_options(options)).unwrap());
        world
    }

    pub(crate) fn sim(&self) -> &Sim {
        self.sim.as_ref().unwrap()
    }

    pub(crate) fn ledger(&self) -> Ledger {
        self.sim().ledger()
    }

    /// The variables that point at the simulator.
    pub(crate) fn variables(&self) -> Vec<(String, String)> {
        let lines = self.sim.as_ref().map(Sim::export_lines).unwrap_or_default();
        lines
            .lines()
            .map(|line| {
                let (name, value) = line.strip_prefix("export ").unwrap().split_once('=').unwrap();
                (name.to_owned(), value.trim_matches('\'').to_owned())
            })
            .collect()
    }

    pub(crate) fn variable(&self, name: &str) -> String {
        self.variables().into_iter().find(|(known, _)| known == name).unwrap().1
    }

    /// `fh` without anyone's settings but the simulator's.
    pub(crate) fn command<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fh"));
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(|name| name.starts_with("FH_")) {
                command.env_remove(name);
            }
        }
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env("HOME", self.folder.path())
            .env("APPDATA", self.folder.path())
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("COLUMNS")
            .envs(self.variables())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs `fh` to its end.
    pub(crate) fn fh(&self, arguments: &[&str]) -> Ran {
        self.run(&mut self.command(arguments))
    }

    pub(crate) fn run(&self, command: &mut Command) -> Ran {
        self.finish(command.spawn().unwrap())
    }

    pub(crate) fn fh_with_stdin(&self, arguments: &[&str], stdin: &[u8]) -> Ran {
        let mut child = self.command(arguments).stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(stdin).unwrap();
        self.finish(child)
    }

    pub(crate) fn finish(&self, child: Child) -> Ran {
        let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
        let ran = Ran {
            code: status.code().expect("fh ended by a signal"),
            stdout: String::from_utf8(stdout).unwrap(),
            stderr: String::from_utf8(stderr).unwrap(),
        };
        // On every run of every test: no secret, no panic, no escape codes in a pipe.
        let said = format!("{}{}", ran.stdout, ran.stderr);
        if self.sim.is_some() {
            assert!(
                !said.contains(&self.variable("FH_API_SECRET")),
                "the secret was printed"
            );
        }
        assert!(!said.contains("panicked"), "{said}");
        assert!(!said.contains('\u{1b}'), "{said:?}");
        ran
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

impl Ran {
    /// The lines of JSON on standard output.
    pub(crate) fn lines(&self) -> Vec<Value> {
        self.stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// Of each line, its document and its state.
    pub(crate) fn states(&self) -> Vec<(Option<String>, String)> {
        self.lines()
            .iter()
            .map(|line| {
                (
                    line["document"].as_str().map(str::to_owned),
                    line["state"].as_str().unwrap().to_owned(),
                )
            })
            .collect()
    }
}

/// A pair as [`Ran::states`] gives it.
pub(crate) fn state(document: &str, state: &str) -> (Option<String>, String) {
    (Some(document.to_owned()), state.to_owned())
}

pub(crate) fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name)
}

/// Waits some hundred times shorter than in life, for the commands that send.
pub(crate) const QUICK: [&str; 8] = [
    "--orphan-window",
    "50ms",
    "--first-poll",
    "50ms",
    "--poll-linger",
    "10ms",
    "--backoff-base",
    "10ms",
];

/// The dates of documents that are checked before they leave must be those of today.
pub(crate) fn a_minute_ago() -> String {
    let now = fh_types::SystemClock.now();
    fh_types::CatDateTime::from_timestamp(now - Duration::from_secs(60)).to_string()
}

/// A small valid invoice, on one line.
pub(crate) fn invoice(id: &str) -> Value {
    serde_json::json!({
        "InvoiceId": id, "InvoiceNumber": id, "IsTaxInclusive": true, "BuyerContact": {"Name": "Cash Customer"},
        "Date": a_minute_ago(),
        "LineItems": [{"Description": "Fresh milk 1 l", "ProductCode": "04012000", "UnitAmount": 1.65, "Quantity": 3,
            "LineAmount": 4.95, "TaxCode": "ZERO"}],
        "SubTotal": 4.95, "TotalTax": 0, "Total": 4.95, "CurrencyCode": "USD", "PaymentMethod": "Cash"
    })
}

/// A credit note for the whole of [`invoice`].
pub(crate) fn credit_note(id: &str, invoice_id: &str) -> Value {
    let mut note = invoice(id);
    let fields = note.as_object_mut().unwrap();
    fields.remove("InvoiceId");
    fields.remove("InvoiceNumber");
    fields.insert("CreditNoteId".into(), id.into());
    fields.insert("CreditNoteNumber".into(), id.into());
    fields.insert("OriginalInvoiceId".into(), invoice_id.into());
    fields.insert("Reference".into(), "Goods returned".into());
    note
}

/// JSON Lines.
pub(crate) fn lines(documents: &[Value]) -> String {
    documents.iter().map(|document| format!("{document}\n")).collect()
}
