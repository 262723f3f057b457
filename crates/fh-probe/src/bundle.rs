//! The bundle: what a probe found, fit to be shown to others. One file of JSON Lines, compressed with gzip, so that `zcat` reads it.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use fh_auth::open_private;
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    conclusion::{Conclusion, Finding},
    exchange::Exchange,
    log::Log,
    reading::{conclude, switches},
    redaction::Redactor,
};

/// No bundle is longer than this, unpacked.
const MAX_BYTES: u64 = 256 * 1024 * 1024;

/// What a probe found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// What was probed, when and by what.
    pub about: About,
    /// Every exchange, redacted.
    pub exchanges: Vec<Exchange>,
    /// Every conclusion, with the exchanges that support it.
    pub conclusions: Vec<Conclusion>,
    /// The simulator's switches that follow, by name.
    pub switches: std::collections::BTreeMap<String, String>,
}

/// What was probed, when and by what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The form of this file.
    pub format: u32,
    /// The version of the probe.
    pub version: String,
    /// When the probe began, in Central Africa Time.
    pub date: String,
    /// The address that was probed.
    pub base_url: String,
    /// What showed that it is a test environment.
    pub environment: String,
    /// Whether the red questions were asked.
    pub red: bool,
    /// How many runs it took.
    pub runs: u32,
    /// How many documents may have been taken.
    pub documents: usize,
    /// Codes of the probe's mappings that could not be taken back.
    #[serde(default)]
    pub left: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
enum Line {
    About(About),
    Conclusion(Conclusion),
    Switch { name: String, value: String },
    Exchange(Exchange),
    End { lines: usize },
}

/// Why a bundle was not written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// The disk.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is something else, or was cut short.
    #[error("{}: this is no bundle of a probe, or it was cut short: {problem}", path.display())]
    Form {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// Something that must not leave this machine is still in it.
    #[error(
        "the bundle was not written: line {line} still holds {what}. That is a fault of this program; please report the line's kind ({kind}) \
         and keep the journal to yourself"
    )]
    Leak {
        /// What it is.
        what: &'static str,
        /// Where.
        line: usize,
        /// Whether it is an exchange or a conclusion.
        kind: &'static str,
    },
}

impl Bundle {
    /// Makes one: concludes from the exchanges, and redacts them and what was concluded.
    #[must_use]
    pub fn new(about: About, log: &Log, redactor: &Redactor) -> Self {
        let conclusions = conclude(log, about.red);
        let switches = switches(log, &conclusions);
        let redact = |mut conclusion: Conclusion| {
            let texts: Vec<&mut String> = match &mut conclusion.finding {
                Finding::Answer { value, said } => vec![value, said],
                Finding::Hidden { why, .. }
                | Finding::NotSettled { why }
                | Finding::NotAsked { why }
                | Finding::Open { why } => vec![why],
            };
            for text in texts {
                *text = redactor.text(text);
            }
            for value in conclusion.switches.values_mut() {
                *value = redactor.text(value);
            }
            conclusion
        };
        Self {
            about,
            exchanges: log.all().iter().map(|exchange| redactor.exchange(exchange)).collect(),
            conclusions: conclusions.into_iter().map(redact).collect(),
            switches: switches
                .into_iter()
                .map(|(name, value)| (name, redactor.text(&value)))
                .collect(),
        }
    }

    fn lines(&self) -> Vec<Line> {
        let mut lines = vec![Line::About(self.about.clone())];
        lines.extend(self.conclusions.iter().cloned().map(Line::Conclusion));
        lines.extend(self.switches.iter().map(|(name, value)| Line::Switch {
            name: name.clone(),
            value: value.clone(),
        }));
        lines.extend(self.exchanges.iter().cloned().map(Line::Exchange));
        lines.push(Line::End { lines: lines.len() });
        lines
    }

    /// Looks for secrets in it, and writes it for its owner's eyes, over a former one of the same name.
    ///
    /// # Errors
    ///
    /// When something that must not leave this machine is still in it, or it cannot be written.
    pub fn write(&self, path: &Path, redactor: &Redactor) -> Result<(), BundleError> {
        let mut text = String::new();
        for (number, line) in self.lines().iter().enumerate() {
            let json = serde_json::to_string(line).unwrap_or_default();
            if let Some(what) = redactor.leak(&json) {
                let kind = match line {
                    Line::Exchange(_) => "exchange",
                    Line::Conclusion(_) => "conclusion",
                    _ => "other",
                };
                return Err(BundleError::Leak {
                    what,
                    line: number + 1,
                    kind,
                });
            }
            text.push_str(&json);
            text.push('\n');
        }
        let failed = |source| BundleError::Io {
            path: path.to_owned(),
            source,
        };
        // Beside its place first, so that a former bundle is never half overwritten.
        let beside = path.with_extension("part");
        let _ = fs::remove_file(&beside);
        let file = open_private(OpenOptions::new().write(true).create_new(true), &beside).map_err(failed)?;
        let mut packed = GzEncoder::new(file, Compression::default());
        packed.write_all(text.as_bytes()).map_err(failed)?;
        packed.finish().and_then(|file| file.sync_all()).map_err(failed)?;
        fs::rename(&beside, path).map_err(failed)
    }

    /// Reads one.
    ///
    /// # Errors
    ///
    /// When it cannot be read, is none, or was cut short.
    pub fn read(path: &Path) -> Result<Self, BundleError> {
        let failed = |source| BundleError::Io {
            path: path.to_owned(),
            source,
        };
        let wrong = |problem: String| BundleError::Form {
            path: path.to_owned(),
            problem,
        };
        let file = File::open(path).map_err(failed)?;
        let mut text = String::new();
        GzDecoder::new(file)
            .take(MAX_BYTES)
            .read_to_string(&mut text)
            .map_err(|error| wrong(error.to_string()))?;
        Self::parse(&text).map_err(wrong)
    }

    /// Reads the unpacked lines.
    ///
    /// # Errors
    ///
    /// What is wrong with them.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut about = None;
        let mut bundle = Self {
            about: About::default(),
            exchanges: Vec::new(),
            conclusions: Vec::new(),
            switches: Default::default(),
        };
        let mut ended = false;
        for (number, line) in text.lines().enumerate() {
            let line: Line = serde_json::from_str(line).map_err(|error| format!("line {}: {error}", number + 1))?;
            match line {
                Line::About(found) => about = Some(found),
                Line::Conclusion(conclusion) => bundle.conclusions.push(conclusion),
                Line::Switch { name, value } => {
                    bundle.switches.insert(name, value);
                }
                Line::Exchange(exchange) => bundle.exchanges.push(exchange),
                Line::End { lines } => ended = lines == number,
            }
        }
        if !ended {
            return Err("its last line is missing".to_owned());
        }
        bundle.about = about.ok_or("it does not say what was probed")?;
        Ok(bundle)
    }

    /// A profile of the simulator that behaves as what was probed, as far as it was seen; the rest is as this project assumes.
    #[must_use]
    pub fn profile(&self) -> String {
        let About { base_url, date, .. } = &self.about;
        let quoted = |value: &str| match value.parse::<i64>().is_ok() || value == "true" || value == "false" {
            true => value.to_owned(),
            false => Value::from(value).to_string(),
        };
        let mut text = format!(
            "about = {}\nbase = \"assumed\"\n\n[switches]\n",
            Value::from(format!("As {base_url} was seen by fh probe on {date}."))
        );
        let (colours, switches): (Vec<_>, Vec<_>) =
            self.switches.iter().partition(|(name, _)| name.starts_with("colours."));
        for (name, value) in switches {
            text.push_str(&format!("{name} = {}\n", quoted(value)));
        }
        if !colours.is_empty() {
            text.push_str("\n[colours]\n");
            for (name, value) in colours {
                text.push_str(&format!(
                    "{} = {}\n",
                    name.trim_start_matches("colours."),
                    quoted(value)
                ));
            }
        }
        text
    }
}

impl Default for About {
    fn default() -> Self {
        Self {
            format: 1,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            date: String::new(),
            base_url: String::new(),
            environment: String::new(),
            red: false,
            runs: 0,
            documents: 0,
            left: Vec::new(),
        }
    }
}
