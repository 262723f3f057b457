//! `fh doctor`: what stands between this till and its receipts.

use std::{net::SocketAddr, path::PathBuf};

use anstyle::{AnsiColor, Style};
use fh_probe::doctor::{
    AgentPlace, Bundle, CHECKS, Environment, Finding, Patient, Report, Said, Source, Verdict, judge, look,
};
use fh_sim::Sim;
use serde_json::json;
use zeroize::Zeroizing;

use crate::{
    connection::{looked_at, policy_for_looking},
    exit::{Exit, Failure},
    global::Global,
    listening::AGENT,
    output::Output,
    place::{self, Place},
    policy::PolicyFlags,
    visible::visible,
};

/// Shown under its help.
pub(crate) const HELP: &str = "\
Exit codes: 0 nothing fails (a warning does not count); 2 the settings fail; 6 the service refuses key or secret; 7 something else fails.";

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Test the receiver of webhooks at its public address, as the portal does: some requests rightly signed, some not.
    #[arg(long, value_name = "URL")]
    webhook_url: Option<String>,
    /// Write a support archive into this new file: what was found, without documents, names, numbers and secrets.
    #[arg(long, value_name = "FILE")]
    bundle: Option<PathBuf>,
    /// Only list the checks, with what each asks and what helps.
    #[arg(long, conflicts_with_all = ["webhook_url", "bundle"])]
    list: bool,
    /// Where the agent is looked for.
    #[arg(long, value_name = "ADDRESS", default_value_t = AGENT)]
    agent: SocketAddr,
    /// The file of the agent's token, where it is not the usual one.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
}

pub(crate) async fn run(arguments: Arguments, global: &Global, output: &Output) -> Result<Exit, Failure> {
    if arguments.list {
        list(output);
        return Ok(Exit::Well);
    }
    let sandbox = if global.sandbox { Some(sandbox().await?) } else { None };
    let patient = match &sandbox {
        Some(sim) => of_sandbox(sim, &arguments),
        None => patient(&arguments, global, output)?,
    };
    let sight = look(&patient).await;
    let report = judge(&sight);
    show(&report, output);
    if let Some(path) = &arguments.bundle {
        let wrong = |error: fh_probe::doctor::BundleError| Failure::usage(format!("--bundle: {error}"));
        let bundle = Bundle::of(&sight, &report).map_err(wrong)?;
        bundle.write(path).map_err(wrong)?;
        output.remark(&format!(
            "the support archive is {}: look through it before you send it on",
            path.display()
        ));
    }
    Ok(exit(&report))
}

fn patient(arguments: &Arguments, global: &Global, output: &Output) -> Result<Patient, Failure> {
    let mut patient = looked_at(global, env!("CARGO_PKG_VERSION"));
    let policy = policy_for_looking(global, &PolicyFlags::default(), output)?.policy;
    patient.expects_webhooks = policy.webhooks;
    patient.lane = arguments.place.lane(global);
    patient.store = Some(arguments.place.looked_at(global, policy)?);
    let token_file = arguments.token_file.clone().map_or_else(place::token_file, Ok)?;
    patient.agent = Some(AgentPlace::new(arguments.agent.to_string(), token_file));
    patient.webhook_url.clone_from(&arguments.webhook_url);
    patient.environment = Environment::of_this_process();
    Ok(patient)
}

async fn sandbox() -> Result<Sim, Failure> {
    let started = Sim::start().await;
    started.map_err(|error| Failure::service(format!("the sandbox did not start: {error}")))
}

/// The simulator as it says itself how it is spoken to.
fn of_sandbox(sim: &Sim, arguments: &Arguments) -> Patient {
    let lines = sim.export_lines();
    let variable = |name: &str| {
        let line = lines
            .lines()
            .find_map(|line| line.strip_prefix("export ")?.strip_prefix(name)?.strip_prefix('='));
        line.map(|value| value.trim_matches('\'').to_owned())
    };
    let mut said = Said::default();
    said.api_key = variable("FH_API_KEY");
    said.api_secret = variable("FH_API_SECRET").map(Zeroizing::new);
    said.application = variable("FH_APPLICATION");
    said.station = variable("FH_STATION");
    said.base_url = variable("FH_BASE_URL");
    let mut patient = Patient::new(env!("CARGO_PKG_VERSION"), Source::Sandbox, Ok(said));
    patient.webhook_url.clone_from(&arguments.webhook_url);
    patient
}

fn list(output: &Output) {
    if output.is_json() {
        for check in CHECKS {
            output.json(
                &json!({"check": check.name, "area": check.area, "question": check.question, "remedy": check.remedy}),
            );
        }
        return;
    }
    let rows = CHECKS
        .iter()
        .map(|check| [check.name, check.question, check.remedy].map(str::to_owned).to_vec());
    output.table(&["check", "question", "what helps"], rows);
}

fn show(report: &Report, output: &Output) {
    if output.is_json() {
        report.findings.iter().for_each(|finding| output.json(finding));
        return;
    }
    let mut area = None;
    for finding in &report.findings {
        if area.replace(finding.area) != Some(finding.area) {
            output.line(finding.area.title());
        }
        line(finding, output);
    }
    let count = |verdict| report.count(verdict);
    output.line(&format!(
        "\n{} pass, {} warn, {} fail, {} skipped",
        count(Verdict::Pass),
        count(Verdict::Warn),
        count(Verdict::Fail),
        count(Verdict::Skip)
    ));
}

fn line(finding: &Finding, output: &Output) {
    let style = match finding.verdict {
        Verdict::Pass => AnsiColor::Green.on_default(),
        Verdict::Warn => AnsiColor::Yellow.on_default(),
        Verdict::Fail => AnsiColor::Red.on_default().bold(),
        Verdict::Skip => Style::new().dimmed(),
    };
    let verdict = output.styled(style, &finding.verdict.to_string());
    output.line(&format!(
        "  {verdict}  {:<27}  {}",
        finding.check,
        visible(&finding.message)
    ));
    if let Some(remedy) = &finding.remedy {
        output.line(&format!("        → {}", visible(remedy)));
    }
    if let Some(guess) = finding.guess {
        output.line(&format!("        (a guess: {guess})"));
    }
}

/// How the process ends: what fails outweighs what only warns.
fn exit(report: &Report) -> Exit {
    let failed = report
        .findings
        .iter()
        .filter(|finding| finding.verdict == Verdict::Fail);
    let exits = failed.map(|finding| match finding.check {
        "account.key" | "account.signature" => Exit::Credentials,
        check
            if check.starts_with("settings.")
                || check.starts_with("credentials.")
                || check.starts_with("identity.") =>
        {
            Exit::Usage
        }
        _ => Exit::Service,
    });
    exits.max().unwrap_or(Exit::Well)
}
