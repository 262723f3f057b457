//! `fh completions`: completion scripts.

use clap::Command;
use clap_complete::Shell;

use crate::{exit::Exit, output::Output};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Which shell.
    shell: Shell,
}

pub(crate) fn run(arguments: &Arguments, mut command: Command, output: &Output) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, "fh", &mut script);
    output.write_bytes(&script);
    Exit::Well
}
