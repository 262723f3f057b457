//! Reads a bundle of `fh probe`: JSON Lines, compressed. Its form is `fh-probe`'s; this crate reads of it what adoption needs, so that the
//! tasks of the workspace do not have to build a client first.

use std::collections::BTreeMap;
use std::io::Read;

use flate2::read::GzDecoder;
use serde::Deserialize;

/// What adoption needs of a bundle.
#[derive(Debug, Default)]
pub struct Bundle {
    /// What was probed and when.
    pub about: About,
    /// What came out of each question.
    pub conclusions: Vec<Conclusion>,
    /// The simulator's switches that follow.
    pub switches: BTreeMap<String, String>,
    /// What was sent and answered.
    pub exchanges: Vec<Exchange>,
}

/// What was probed and when.
#[derive(Debug, Default, Deserialize)]
pub struct About {
    format: u32,
    /// When the probe began.
    pub date: String,
    /// The address.
    pub base_url: String,
    /// What shows that it is a test environment.
    pub environment: String,
}

/// What came out of one question.
#[derive(Debug, Deserialize)]
pub struct Conclusion {
    /// Its name.
    pub question: String,
    /// `answer`, or why there is none.
    pub finding: String,
    /// The answer in a word.
    #[serde(default)]
    pub value: String,
    /// The answer in a sentence.
    #[serde(default)]
    pub said: String,
}

/// One request and its answer.
#[derive(Debug, Deserialize)]
pub struct Exchange {
    /// Where it belongs.
    pub step: String,
    /// What was sent.
    pub request: Request,
    /// What came back.
    pub reply: Reply,
}

/// What was sent.
#[derive(Debug, Deserialize)]
pub struct Request {
    /// The method.
    pub method: String,
    /// The path from the root of the host.
    pub path: String,
    /// The body.
    #[serde(default)]
    pub body: Option<String>,
}

/// What came back.
#[derive(Debug, Deserialize)]
pub struct Reply {
    /// The answer, where there was one.
    #[serde(default)]
    pub answer: Option<Answer>,
}

/// An answer.
#[derive(Debug, Deserialize)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: String,
}

#[derive(Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
enum Line {
    About(About),
    Conclusion(Conclusion),
    Switch { name: String, value: String },
    Exchange(Exchange),
    End { lines: usize },
}

impl Bundle {
    /// Reads one.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn read(packed: &[u8]) -> Result<Self, String> {
        let mut text = String::new();
        GzDecoder::new(packed)
            .read_to_string(&mut text)
            .map_err(|error| format!("it is not packed as `fh probe` does: {error}"))?;
        let mut bundle = Self::default();
        let mut ended = false;
        for (number, line) in text.lines().enumerate() {
            match serde_json::from_str(line).map_err(|error| format!("line {}: {error}", number + 1))? {
                Line::About(about) => bundle.about = about,
                Line::Conclusion(conclusion) => bundle.conclusions.push(conclusion),
                Line::Switch { name, value } => {
                    bundle.switches.insert(name, value);
                }
                Line::Exchange(exchange) => bundle.exchanges.push(exchange),
                Line::End { lines } => ended = lines == number,
            }
        }
        match (ended, bundle.about.format) {
            (false, _) => Err("its last line is missing".to_owned()),
            (true, 1) => Ok(bundle),
            (true, other) => Err(format!("it is of form {other}, and this task knows form 1")),
        }
    }

    /// The answer to a question, in a word.
    #[must_use]
    pub fn answer(&self, question: &str) -> Option<&str> {
        let found = self
            .conclusions
            .iter()
            .find(|one| one.question == question && one.finding == "answer");
        found.map(|one| one.value.as_str())
    }

    /// The day of the probe and what was probed, as it stands beside what was observed.
    #[must_use]
    pub fn source(&self) -> String {
        let day = self.about.date.get(..10).unwrap_or(&self.about.date);
        format!("{day}, {}", self.about.base_url)
    }
}
