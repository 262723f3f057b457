//! `fh zreport`: the reports of closed fiscal days.

use std::path::PathBuf;

use crate::{
    connection::Connection,
    describe::show,
    exit::{Exit, Failure},
    output::Output,
    pdfs,
};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// The Z-reports that the service lists by default.
    List,
    /// The Z-report of one fiscal day.
    Get {
        /// The number of the fiscal day.
        #[arg(value_name = "FISCAL_DAY")]
        day: i64,
    },
    /// Save the Z-report of one fiscal day as a PDF.
    Pdf {
        /// The number of the fiscal day.
        #[arg(value_name = "FISCAL_DAY")]
        day: i64,
        /// The folder to save it in.
        #[arg(long, value_name = "DIR", default_value = ".")]
        to: PathBuf,
    },
}

pub(crate) async fn run(command: Command, connection: &Connection, output: &Output) -> Result<Exit, Failure> {
    let client = &connection.client;
    match command {
        Command::List => show(output, &client.z_reports().await?)?,
        Command::Get { day } => show(output, &client.z_report(day).await?)?,
        Command::Pdf { day, to } => pdfs::save(&client.z_report_pdf(day).await?, &to, output)?,
    }
    Ok(Exit::Well)
}
