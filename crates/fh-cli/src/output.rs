//! Standard output and standard error: one place that knows the format, the colours, and that the reader may have gone.

use std::{
    cell::{Cell, RefCell},
    io::{self, IsTerminal, Write},
    sync::OnceLock,
};

use anstream::{AutoStream, ColorChoice};
use anstyle::Style;
use comfy_table::{ContentArrangement, LineStyle, Table, TableStyle, presets};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use crate::visible::visible;

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Human,
    /// One line of JSON for each result.
    Json,
}

/// Where results and remarks go.
pub(crate) struct Output {
    format: Format,
    stdout: RefCell<AutoStream<io::Stdout>>,
    colour: bool,
    /// Nobody reads any more. The work goes on: documents matter more than their listing.
    closed: Cell<bool>,
    failed: RefCell<Option<io::Error>>,
    progress: ProgressBar,
}

impl Output {
    pub(crate) fn new(format: Format) -> Self {
        let colour = AutoStream::choice(&io::stdout()) != ColorChoice::Never;
        Self {
            format,
            stdout: RefCell::new(AutoStream::auto(io::stdout())),
            colour,
            closed: Cell::new(false),
            failed: RefCell::new(None),
            progress: ProgressBar::hidden(),
        }
    }

    pub(crate) fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// Whether nobody reads standard output any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.get()
    }

    /// Whether standard output shows colours: a terminal, and nobody said `NO_COLOR`.
    pub(crate) fn has_colour(&self) -> bool {
        self.colour
    }

    /// Shows progress on standard error, if a person is looking at it.
    pub(crate) fn show_progress(&mut self) {
        if self.is_json() || !io::stderr().is_terminal() {
            return;
        }
        self.progress = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        // The template is a constant that a test parses.
        if let Ok(style) = ProgressStyle::with_template(PROGRESS) {
            self.progress.set_style(style);
        }
        self.progress.enable_steady_tick(std::time::Duration::from_millis(120));
    }

    /// Whether a person is looking at the progress.
    pub(crate) fn is_watched(&self) -> bool {
        !self.progress.is_hidden()
    }

    pub(crate) fn progress(&self, text: String) {
        self.progress.set_message(text);
    }

    pub(crate) fn end_progress(&self) {
        self.progress.finish_and_clear();
    }

    /// Writes a text to standard output, as it is.
    pub(crate) fn write(&self, text: &str) {
        self.write_bytes(text.as_bytes());
    }

    pub(crate) fn write_bytes(&self, bytes: &[u8]) {
        if self.closed.get() {
            return;
        }
        let written = self.progress.suspend(|| {
            let mut stdout = self.stdout.borrow_mut();
            stdout.write_all(bytes).and_then(|()| stdout.flush())
        });
        if let Err(error) = written {
            self.closed.set(true);
            if error.kind() != io::ErrorKind::BrokenPipe {
                *self.failed.borrow_mut() = Some(error);
            }
        }
    }

    pub(crate) fn line(&self, text: &str) {
        self.write(&format!("{text}\n"));
    }

    /// Writes one line of JSON.
    pub(crate) fn json(&self, value: &impl Serialize) {
        match serde_json::to_string(value) {
            Ok(text) => self.line(&text),
            Err(error) => self.remark(&format!("a result cannot be written as JSON: {error}")),
        }
    }

    /// Says something to the person on standard error.
    pub(crate) fn remark(&self, text: &str) {
        self.progress.suspend(|| remark(text));
    }

    /// Why standard output could not be written, if a full disk or the like was in the way. A reader who left is no error.
    pub(crate) fn take_error(&self) -> Option<io::Error> {
        self.failed.borrow_mut().take()
    }

    pub(crate) fn styled(&self, style: Style, text: &str) -> String {
        format!("{style}{text}{style:#}")
    }

    /// Writes a table with a header. A row is a row, whatever its texts hold.
    pub(crate) fn table(&self, header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) {
        let mut table = Table::new();
        table
            .load_style(TABLE)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_header(header.iter().copied())
            .add_rows(rows.into_iter().map(|row| {
                row.into_iter()
                    .map(|cell| visible(&cell).into_owned())
                    .collect::<Vec<_>>()
            }));
        self.line(&table.trim_fmt());
    }
}

/// One line under the header and nothing else: it is to be read, not looked at.
const TABLE: TableStyle = presets::NOTHING.header_separator(LineStyle::none().fill('─').junction('─'));

const PROGRESS: &str = "{spinner} {msg}";

/// Where remarks go instead, where there is no standard error.
static ELSEWHERE: OnceLock<fn(&str)> = OnceLock::new();

/// Has remarks go elsewhere from now on. The first who says so is heard.
#[cfg(windows)]
pub(crate) fn remark_elsewhere(say: fn(&str)) {
    let _ = ELSEWHERE.set(say);
}

/// Says something to the person on standard error. Nobody being there is no error.
pub(crate) fn remark(text: &str) {
    if let Some(say) = ELSEWHERE.get() {
        return say(text);
    }
    let _ = writeln!(anstream::stderr(), "fh: {text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_progress_template_is_one() {
        assert!(ProgressStyle::with_template(PROGRESS).is_ok());
    }
}
