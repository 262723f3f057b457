//! `fh sim`: the simulator as a process of its own.

use std::{fs, path::PathBuf, time::Duration};

use fh_sim::{FaultPlan, Options, Spread};
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
    /// The time between acceptance and result.
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 20)]
    delay: u64,
    /// How those times are spread around it: none, a share such as 20%, or "log-normal 0.5".
    #[arg(long, value_name = "SPREAD", default_value = "none")]
    delay_spread: Spread,
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
    let interrupt = Interrupt::listen()?;
    let faults = arguments.faults.as_deref().map(plan).transpose()?;
    let options = Options::builder()
        .port(arguments.port)
        .seed(arguments.seed)
        .settle_delay(Duration::from_millis(arguments.delay))
        .settle_spread(arguments.delay_spread)
        .maybe_state_file(arguments.state)
        .maybe_webhook(arguments.webhook)
        .maybe_faults(faults)
        .build();
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
             # base URL     {}\n# control URL  {}\n# API key      {key}\n# API secret   {secret}\n{exports}",
            sim.base_url(),
            sim.control_url(),
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

fn plan(text: &str) -> Result<FaultPlan, Failure> {
    let json = if text.trim_start().starts_with('{') {
        text.to_owned()
    } else {
        fs::read_to_string(text).map_err(|error| Failure::usage(format!("--faults {text}: cannot be read: {error}")))?
    };
    serde_json::from_str(&json).map_err(|error| Failure::usage(format!("--faults: {error}")))
}
