//! The commands, one module each.

pub(crate) mod account;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod currency;
pub(crate) mod explain;
pub(crate) mod gate;
pub(crate) mod listen;
pub(crate) mod pdf;
pub(crate) mod qr;
pub(crate) mod queue;
pub(crate) mod rules;
pub(crate) mod run;
pub(crate) mod schema;
pub(crate) mod serve;
pub(crate) mod sim;
pub(crate) mod status;
pub(crate) mod submit;
pub(crate) mod tax;
pub(crate) mod trigger;
pub(crate) mod zreport;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::{describe, exit::Failure, output::Output};

/// Shows one thing: a line of JSON, or names and values.
fn show(output: &Output, thing: &impl Serialize) -> Result<(), Failure> {
    if output.is_json() {
        output.json(thing);
    } else {
        describe::describe(output, &to_value(thing)?);
    }
    Ok(())
}

/// Shows several things: a line of JSON each, or a table.
fn show_all(output: &Output, things: &[impl Serialize], none: &str) -> Result<(), Failure> {
    if output.is_json() {
        things.iter().for_each(|thing| output.json(thing));
        return Ok(());
    }
    let items: Vec<Map<String, Value>> = things
        .iter()
        .map(to_value)
        .collect::<Result<Vec<_>, _>>()?
        .into_iter()
        .filter_map(|value| match value {
            Value::Object(object) => Some(object),
            _ => None,
        })
        .collect();
    if items.is_empty() {
        output.line(none);
    } else {
        describe::table(output, &items);
    }
    Ok(())
}

fn to_value(thing: &impl Serialize) -> Result<Value, Failure> {
    serde_json::to_value(thing).map_err(|error| Failure::service(format!("the answer cannot be shown: {error}")))
}
