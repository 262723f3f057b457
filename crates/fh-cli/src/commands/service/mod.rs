//! `fh service`: the agent as a service of Windows, which starts with the machine and comes again when it ends.

#[cfg(windows)]
mod manager;
#[cfg_attr(
    not(windows),
    allow(
        dead_code,
        reason = "planned everywhere, so that it is tested everywhere; done on Windows alone"
    )
)]
mod plan;

use std::{ffi::OsString, path::PathBuf};

use crate::{
    exit::{Exit, Failure},
    global::Global,
    output::Output,
};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Register it: as an account of its own, with a folder of its own, started with the machine and again when it fails.
    ///
    /// It takes an administrator. Profiles, outbox and token are in FOLDER\fiscal-harmony, which no other user can read.
    Install(Install),
    /// Start it, and wait until it runs.
    Start(Named),
    /// Stop it in order, and wait until it has ended. Nothing is lost.
    Stop(Named),
    /// Stop it and take it off the list of services. Its folder stays.
    Uninstall(Named),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Named {
    /// The service, where there are several.
    #[arg(long, value_name = "NAME", default_value = plan::NAME)]
    name: String,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Install {
    #[command(flatten)]
    named: Named,
    /// Where its folder fiscal-harmony is made [default: C:\ProgramData]
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
    /// What `fh serve` is to be told, such as -- --listen 127.0.0.1:8491
    #[arg(last = true, value_name = "SERVE OPTIONS")]
    serve: Vec<OsString>,
}

impl Command {
    /// The command line that the service will have, for who can tell whether it is one.
    pub(crate) fn command_line(&self, global: &Global) -> Option<Vec<OsString>> {
        match self {
            Self::Install(install) => Some(plan::arguments(&install.named.name, global, &install.serve)),
            _ => None,
        }
    }
}

#[cfg(windows)]
pub(crate) fn run(command: &Command, global: &Global, output: &Output) -> Result<Exit, Failure> {
    match command {
        Command::Install(install) => {
            let data = std::env::var_os("ProgramData").map(PathBuf::from);
            let Some(folder) = install.folder.clone().or(data) else {
                return Err(Failure::usage(
                    "there is no place for its folder: name one with --folder",
                ));
            };
            let plan = plan::Plan::new(&install.named.name, &folder, global, &install.serve);
            if let Some(missing) = manager::install(&plan)? {
                output.remark(&missing);
            }
            output.write(&plan.what_next());
        }
        Command::Start(named) => manager::start(&named.name)?,
        Command::Stop(named) => manager::stop(&named.name)?,
        Command::Uninstall(named) => {
            manager::uninstall(&named.name)?;
            output.remark("its folder with the outbox stays; delete it yourself once nothing in it is needed");
        }
    }
    Ok(Exit::Well)
}

#[cfg(not(windows))]
pub(crate) fn run(_: &Command, _: &Global, _: &Output) -> Result<Exit, Failure> {
    Err(Failure::usage(
        "`fh service` speaks to the service manager of Windows, which is not here; on Linux, systemd keeps the agent running: \
         docs/agent.md says how",
    ))
}
