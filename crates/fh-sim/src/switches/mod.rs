//! The one table of switches: name, values, meaning, evidence. The page `docs/simulator.md`, profiles, `--set` and `/_sim/options` are all
//! made from it.

mod switch;
mod table;

use crate::{Colour, Options, authority::RCPT_CODES, choices::SwitchValue};

pub use switch::{Switch, Values};
pub use table::SWITCHES;

/// Why a switch was not set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SwitchError {
    /// There is no such switch.
    #[error("there is no switch {name:?}; the switches are {}", names())]
    Unknown {
        /// What was asked for.
        name: String,
    },
    /// It cannot be set to this.
    #[error("{switch} cannot be {value:?}; {}", wanted(switch))]
    Value {
        /// The switch.
        switch: String,
        /// What was asked for.
        value: String,
    },
    /// The simulator runs already.
    #[error("{switch} is read when the simulator starts; stop it and start it with --set {switch}={value}")]
    NotLive {
        /// The switch.
        switch: &'static str,
        /// What was asked for.
        value: String,
    },
    /// Not of the form `name=value`.
    #[error("{0:?} is not of the form name=value, such as pending=missing; the switches are {names}", names = names())]
    Form(String),
}

fn names() -> String {
    let mut names: Vec<_> = SWITCHES.iter().map(|switch| switch.name).collect();
    names.push("colours.RCPT010 (and the authority's other codes)");
    names.join(", ")
}

fn wanted(switch: &str) -> String {
    match Switch::named(switch).map(|switch| switch.values) {
        Some(Values::OneOf(values)) => {
            let names: Vec<_> = values.iter().map(|value| value.name).collect();
            format!("it is one of {}", names.join(", "))
        }
        Some(Values::Free(form)) => format!("it is {form}"),
        None if code_of(switch).is_some() => "it is one of off, yellow, red".to_owned(),
        None => {
            let codes: Vec<_> = RCPT_CODES.iter().map(|known| known.code).collect();
            format!("the codes are {}", codes.join(", "))
        }
    }
}

/// Names are written with underscores, values with hyphens; who mixes them up is understood.
fn canonical(name: &str) -> String {
    name.trim().replace('-', "_")
}

/// The authority's code in `colours.RCPT030`, or in `RCPT030` alone.
fn code_of(name: &str) -> Option<&'static str> {
    let code = name.strip_prefix("colours.").unwrap_or(name);
    let known = RCPT_CODES.iter().find(|known| known.code.eq_ignore_ascii_case(code));
    known.map(|known| known.code)
}

impl Switch {
    /// The switch of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        let name = canonical(name);
        SWITCHES.iter().find(|switch| switch.name == name)
    }
}

impl Options {
    /// Sets a switch by its name: one of [`SWITCHES`], or the colour of one of the authority's codes as `colours.RCPT030` or `RCPT030`.
    ///
    /// ```
    /// # fn main() -> Result<(), fh_sim::SwitchError> {
    /// let mut options = fh_sim::Options::default();
    /// options.set("pending", "missing")?;
    /// options.set("colours.RCPT030", "red")?;
    /// assert_eq!(options.pending, fh_sim::PendingForm::Missing);
    /// assert!(options.set("pending", "gone").unwrap_err().to_string().contains("one of nulls, missing"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// When there is no such switch, or it cannot be set to this; the error lists what there is.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), SwitchError> {
        let value = value.trim();
        let wrong = |switch: &str| SwitchError::Value {
            switch: switch.to_owned(),
            value: value.to_owned(),
        };
        if let Some(code) = code_of(name.trim()) {
            let colour = Colour::named(value).ok_or_else(|| wrong(code))?;
            self.colours.insert(code.to_owned(), colour);
            return Ok(());
        }
        if name.trim().starts_with("colours.") {
            return Err(wrong(name.trim()));
        }
        let switch = Switch::named(name).ok_or_else(|| SwitchError::Unknown {
            name: name.trim().to_owned(),
        })?;
        if (switch.write)(self, value) {
            Ok(())
        } else {
            Err(wrong(switch.name))
        }
    }

    /// Sets a switch that is written as `name=value`.
    ///
    /// # Errors
    ///
    /// As [`Options::set`], and when it is not written so.
    pub fn set_pair(&mut self, pair: &str) -> Result<(), SwitchError> {
        let (name, value) = pair.split_once('=').ok_or_else(|| SwitchError::Form(pair.to_owned()))?;
        self.set(name, value)
    }
}

/// The switches as a table in Markdown, for `docs/simulator.md`.
#[must_use]
pub fn switches_as_markdown() -> String {
    let mut table =
        "| switch | about | values (the default first) | what is known |\n| --- | --- | --- | --- |\n".to_owned();
    for switch in SWITCHES {
        let default = switch.default_value();
        let values = match switch.values {
            Values::OneOf(values) => {
                let said = |value: &SwitchValue| format!("`{}`: {}", value.name, value.meaning.trim_end_matches('.'));
                let (first, rest): (Vec<_>, Vec<_>) = values.iter().partition(|value| value.name == default);
                first.into_iter().chain(rest).map(said).collect::<Vec<_>>().join("<br>")
            }
            Values::Free(form) if default.is_empty() => form.to_owned(),
            Values::Free(form) => format!("`{default}`; {form}"),
        };
        let at_start = if switch.is_live { "" } else { " (read at the start)" };
        table.push_str(&format!(
            "| `{}` | {}{at_start} | {values} | {} |\n",
            switch.name, switch.meaning, switch.evidence
        ));
    }
    table
}
