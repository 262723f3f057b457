//! `fh completions`: completion scripts.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::{cli::Cli, exit::Exit, output::Output};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Which shell.
    shell: Shell,
}

pub(crate) fn run(arguments: &Arguments, output: &Output) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "fh", &mut script);
    output.write_bytes(&script);
    Exit::Well
}
