//! `fh sim`: the simulator as a process of its own.

use std::{fs, path::PathBuf, time::Duration};

use fh_sim::{FaultPlan, Options, SWITCHES, Spread};
use serde_json::json;

use crate::{
    exit::{Exit, Failure},
    interrupt::Interrupt,
    output::Output,
};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The loopback port to listen on; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Decides credentials, request ids and the dice of faults.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How the service behaves: assumed, strict, hostile, as-2025, observed, or a TOML file such as `fh probe` writes.
    // The same name as that of everywhere else, so that only one of the two is there.
    #[arg(id = "profile", long, value_name = "NAME|FILE")]
    behaviour: Option<String>,
    /// Set one switch, such as pending=missing or colours.RCPT030=red. It wins over the profile; may be repeated.
    #[arg(long, value_name = "SWITCH=VALUE")]
    set: Vec<String>,
    /// Only list the switches with their values, each with what is known of the service.
    #[arg(long)]
    switches: bool,
    /// The time between acceptance and result; as --set settle_delay_ms=… [default: 20]
    #[arg(long, value_name = "MILLISECONDS")]
    delay: Option<u64>,
    /// How those times are spread around it: none, a share such as 20%, or "log-normal 0.5"; as --set settle_spread=… [default: none]
    #[arg(long, value_name = "SPREAD")]
    delay_spread: Option<Spread>,
    /// Faults as JSON, such as '{"lost_reply": 0.2}', or the name of a file that holds it.
    #[arg(long, value_name = "JSON|FILE")]
    faults: Option<String>,
    /// Keep the state in this file between runs.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Push results to this address from the start.
    #[arg(long, value_name = "URL")]
    webhook: Option<String>,
}

pub(crate) async fn run(arguments: Arguments, output: &Output) -> Result<Exit, Failure> {
    if arguments.switches {
        list(output);
        return Ok(Exit::Well);
    }
    let interrupt = Interrupt::listen()?;
    let options = options(arguments)?;
    let sim = fh_sim::run(options)
        .await
        .map_err(|error| Failure::service(error.to_string()))?;
    let exports = sim.export_lines();
    let value = |name: &str| {
        let line = exports
            .lines()
            .find_map(|line| line.strip_prefix("export ")?.strip_prefix(name)?.strip_prefix('='));
        line.unwrap_or_default().trim_matches('\'').to_owned()
    };
    let (key, secret) = (value("FH_API_KEY"), value("FH_API_SECRET"));
    if output.is_json() {
        output.json(&json!({
            "base_url": sim.base_url(),
            "control_url": sim.control_url(),
            "api_key": key,
            "api_secret": secret,
        }));
    } else {
        output.write(&format!(
            "# A simulator: nothing here reaches Fiscal Harmony or the tax authority.\n\
             # base URL     {}\n# control URL  {}\n# API key      {key}\n# API secret   {secret}\n{}",
            sim.base_url(),
            sim.control_url(),
            for_the_shell(&exports, cfg!(windows)),
        ));
        output.remark("the simulator runs; Ctrl-C ends it");
    }
    interrupt.asked(1).await;
    tokio::select! {
        () = sim.shutdown() => {}
        // Somebody holds a connection open.
        () = interrupt.asked(2) => {}
    }
    Ok(Exit::Well)
}

/// The lines as the shell wants them that people have: PowerShell on Windows.
fn for_the_shell(exports: &str, windows: bool) -> String {
    if !windows {
        return exports.to_owned();
    }
    let assigned = exports.lines().filter_map(|line| {
        let (name, value) = line.strip_prefix("export ")?.split_once('=')?;
        Some(format!("$env:{name} = '{}'\n", value.trim_matches('\'')))
    });
    assigned.collect()
}

fn options(arguments: Arguments) -> Result<Options, Failure> {
    let mut options = match &arguments.behaviour {
        Some(name) => {
            let profile = fh_sim::Profile::load(name).and_then(|profile| profile.options());
            profile.map_err(|error| Failure::usage(format!("--profile: {error}")))?
        }
        None => Options::default(),
    };
    for pair in &arguments.set {
        options
            .set_pair(pair)
            .map_err(|error| Failure::usage(format!("--set: {error}")))?;
    }
    options.port = arguments.port;
    options.seed = arguments.seed;
    options.state_file = arguments.state;
    options.webhook = arguments.webhook;
    if let Some(delay) = arguments.delay {
        options.settle_delay = Duration::from_millis(delay);
    }
    if let Some(spread) = arguments.delay_spread {
        options.settle_spread = spread;
    }
    if let Some(faults) = arguments.faults.as_deref() {
        options.faults = plan(faults)?;
    }
    Ok(options)
}

/// The switches, for people one below the other.
fn list(output: &Output) {
    if output.is_json() {
        let switches = SWITCHES.iter().map(|switch| {
            let mut said = serde_json::to_value(switch).unwrap_or_default();
            said["default"] = switch.default_value().into();
            said
        });
        output.json(&json!({ "switches": switches.collect::<Vec<_>>() }));
        return;
    }
    let mut text = String::new();
    for switch in SWITCHES {
        let default = switch.default_value();
        text.push_str(&format!("{}: {}\n", switch.name, switch.meaning));
        match switch.values {
            fh_sim::Values::OneOf(values) => {
                for value in values {
                    let mark = if value.name == default { " (default)" } else { "" };
                    text.push_str(&format!("    {}{mark}: {}\n", value.name, value.meaning));
                }
            }
            fh_sim::Values::Free(form) => text.push_str(&format!("    {form} (default {default:?})\n")),
            _ => {}
        }
        let at_start = if switch.is_live {
            ""
        } else {
            " Read when the simulator starts."
        };
        text.push_str(&format!("    Known: {}.{at_start}\n", switch.evidence));
    }
    text.push_str("colours.RCPT010 to colours.RCPT048: how grave the authority finds it\n    off, yellow, red\n");
    output.write(&text);
}

fn plan(text: &str) -> Result<FaultPlan, Failure> {
    let json = if text.trim_start().starts_with('{') {
        text.to_owned()
    } else {
        fs::read_to_string(text).map_err(|error| Failure::usage(format!("--faults {text}: cannot be read: {error}")))?
    };
    serde_json::from_str(&json).map_err(|error| Failure::usage(format!("--faults: {error}")))
}

#[cfg(test)]
mod tests {
    use super::for_the_shell;

    #[test]
    fn powershell_gets_its_own_lines() {
        let exports = "export FH_API_KEY=k\nexport FH_API_SECRET='a=b'\n";
        assert_eq!(for_the_shell(exports, false), exports);
        assert_eq!(
            for_the_shell(exports, true),
            "$env:FH_API_KEY = 'k'\n$env:FH_API_SECRET = 'a=b'\n"
        );
    }
}
