//! The one table of switches: name, values, meaning, evidence. The page `docs/simulator.md`, profiles, `--set` and `/_sim/options` are all
//! made from it.

use std::time::Duration;

use serde::Serialize;

use crate::{
    Colour, Options,
    authority::RCPT_CODES,
    choices::{Choice, SwitchValue},
    pace::Spread,
};

/// A setting of [`Options`] that stands for the service's behaviour.
#[derive(Debug, Clone, Copy, Serialize)]
#[non_exhaustive]
pub struct Switch {
    /// Its name in profiles, after `--set` and in [`Options`].
    pub name: &'static str,
    /// What it is about.
    pub meaning: &'static str,
    /// What is known of the real service, and from where.
    pub evidence: &'static str,
    /// Whether it can be set while a simulator runs. The others are read when it starts.
    pub is_live: bool,
    /// What it can be set to.
    pub values: Values,
    #[serde(skip)]
    read: fn(&Options) -> String,
    #[serde(skip)]
    write: fn(&mut Options, &str) -> bool,
}

/// What a switch can be set to.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Values {
    /// One of these.
    OneOf(&'static [SwitchValue]),
    /// Anything of this form.
    Free(&'static str),
}

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

macro_rules! choice {
    ($field:ident, $type:ty, $live:literal, $meaning:literal, $evidence:literal) => {
        Switch {
            name: stringify!($field),
            meaning: $meaning,
            evidence: $evidence,
            is_live: $live,
            values: Values::OneOf(<$type as Choice>::VALUES),
            read: |options| options.$field.name().to_owned(),
            write: |options, text| {
                <$type>::named(&text.replace('_', "-"))
                    .map(|value| options.$field = value)
                    .is_some()
            },
        }
    };
}

macro_rules! flag {
    ($field:ident, $live:literal, $meaning:literal, $yes:literal, $no:literal, $evidence:literal) => {
        Switch {
            name: stringify!($field),
            meaning: $meaning,
            evidence: $evidence,
            is_live: $live,
            values: Values::OneOf(&[
                SwitchValue {
                    name: "true",
                    meaning: $yes,
                },
                SwitchValue {
                    name: "false",
                    meaning: $no,
                },
            ]),
            read: |options| options.$field.to_string(),
            write: |options, text| text.parse().map(|value| options.$field = value).is_ok(),
        }
    };
}

/// Every switch, in the order of the documentation. The colours of the authority's codes come on top, as `colours.RCPT030`.
pub static SWITCHES: &[Switch] = &[
    choice!(
        repeat,
        crate::Repeat,
        true,
        "a document id again, without `IsRetry`",
        "unknown"
    ),
    choice!(
        repeat_with_retry,
        crate::Repeat,
        true,
        "a document id again, with `IsRetry: true`",
        "unknown; published integrations rely on it to be safe [vendor-code]"
    ),
    choice!(
        rejected_again,
        crate::RejectedAgain,
        true,
        "a document that was rejected comes again, perhaps corrected",
        "a changed buyer under the same ids is how integrations mend `NO TIN PROVIDED` [vendor-code]"
    ),
    flag!(
        unique_numbers,
        true,
        "whether a document number is used once per taxpayer",
        "checked: `RCPT013`",
        "not checked: with a second acceptance, the document is fiscalised twice",
        "checked by the authority [zimra]; whether the service passes the number on is unknown"
    ),
    choice!(
        pending,
        crate::PendingForm,
        true,
        "how `/status` shows a request that is not settled",
        "unknown"
    ),
    choice!(
        submit_answer,
        crate::SubmitAnswer,
        true,
        "how a submission is answered",
        "bare text [docs][vendor-code]; one client allows a JSON string [third-party]"
    ),
    choice!(
        key_case,
        crate::KeyCase,
        true,
        "the spelling of property names in answers and webhooks",
        "`pascal` [vendor-code]; `camel` [third-party]; `QRData` in a version note [docs]"
    ),
    Switch {
        name: "base_path",
        meaning: "the path before every operation",
        evidence: "`/api` [vendor-code]; whether the test host has it is unknown",
        is_live: false,
        values: Values::Free("a path such as /api, or nothing"),
        read: |options| options.base_path.clone(),
        write: |options, text| {
            let fits = text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"/-_.".contains(&byte));
            if fits {
                options.base_path = text.to_owned();
            }
            fits
        },
    },
    flag!(
        numeric_strings,
        true,
        "numbers that come as text, such as `\"115.00\"`",
        "taken",
        "`400`",
        "taken: published integrations send them [vendor-code]"
    ),
    choice!(
        unknown_fields,
        crate::UnknownFields,
        true,
        "a field that the OpenAPI document does not know",
        "unknown; ignored by the service's framework unless told otherwise [inferred]"
    ),
    flag!(
        constraints,
        true,
        "patterns, lengths and bounds of the OpenAPI document",
        "`400`",
        "left to the authority and its codes",
        "unknown"
    ),
    flag!(
        enforce_identity,
        true,
        "`X-Application` and `X-App-Station` on every request",
        "`401` without them",
        "not looked at, as before June 2026",
        "mandatory [docs]; vendor code left them away until June 2026 [vendor-code]"
    ),
    flag!(
        enforce_version,
        true,
        "`X-App-Version` on every request",
        "`401` without it",
        "not looked at",
        "listed [docs]; no integration sends it [vendor-code]"
    ),
    choice!(
        discount,
        crate::DiscountPolicy,
        true,
        "what `DiscountAmount` means beside `LineAmount`",
        "published integrations disagree [vendor-code]"
    ),
    flag!(
        vat_payer,
        false,
        "whether the taxpayer is registered for VAT",
        "registered",
        "not registered: `RCPT021` for VAT, and shorter HS codes are taken",
        "differs from taxpayer to taxpayer"
    ),
    Switch {
        name: "settle_delay_ms",
        meaning: "the time between acceptance and result, in milliseconds",
        evidence: "unknown; published integrations wait 3 to 6 s [vendor-code]",
        is_live: true,
        values: Values::Free("a whole number of milliseconds"),
        read: |options| options.settle_delay.as_millis().to_string(),
        write: |options, text| {
            let delay = text.parse().map(Duration::from_millis);
            delay.map(|delay| options.settle_delay = delay).is_ok()
        },
    },
    Switch {
        name: "settle_spread",
        meaning: "how those times are spread around it",
        evidence: "unknown",
        is_live: true,
        values: Values::Free("none, a share such as 20%, or \"log-normal 0.5\""),
        read: |options| options.settle_spread.to_string(),
        write: |options, text| {
            text.parse::<Spread>()
                .map(|spread| options.settle_spread = spread)
                .is_ok()
        },
    },
    Switch {
        name: "fiscal_day_hours",
        meaning: "`taxPayerDayMaxHrs`: after how many hours the fiscal day is to be closed",
        evidence: "24 in every device seen [zimra]",
        is_live: true,
        values: Values::Free("a whole number of hours"),
        read: |options| options.fiscal_day_hours.to_string(),
        write: |options, text| text.parse().map(|hours| options.fiscal_day_hours = hours).is_ok(),
    },
];

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

    /// What it is set to, as it is written in a profile.
    #[must_use]
    pub fn of(&self, options: &Options) -> String {
        (self.read)(options)
    }

    /// What it is set to unless told otherwise.
    #[must_use]
    pub fn default_value(&self) -> String {
        self.of(&Options::default())
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
