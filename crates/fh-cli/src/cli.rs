//! What can be typed.

use clap::{Parser, Subcommand};

use crate::{
    commands::{
        account, backup, check, completions, currency, doctor, explain, import, listen, mappings, pdf, probe, qr,
        queue, receipt, recover, rules, run, schema, serve, service, sim, sold, status, submit, tax, trigger, zreport,
    },
    exit,
    global::Global,
};

const ABOUT: &str = "Fiscalise invoices and credit notes in Zimbabwe through Fiscal Harmony";
const WHO: &str = "\
Who is speaking:
  --profile NAME reads a section of the profile file: FH_PROFILES, or fiscal-harmony/profiles.toml in the folder of \
settings; mode 0600. Without it the environment counts: FH_API_KEY, FH_API_SECRET, FH_APPLICATION, FH_STATION, \
FH_APP_VERSION, FH_BASE_URL (\"production\", \"test\" or an address). Without a key there, the profile \"default\". The \
sources are never mixed. Secrets are never arguments. FH_LOG=debug shows on standard error what happens.";

/// The command line.
#[derive(Debug, Parser)]
#[command(name = "fh", version, about = ABOUT, after_help = exit::HELP, after_long_help = after_help())]
#[command(max_term_width = 110, arg_required_else_help = true, subcommand_required = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

fn after_help() -> String {
    format!("{WHO}\n\n{}", exit::HELP)
}

/// What the service manager of Windows starts: `fh serve` under its name.
#[derive(Debug, clap::Args)]
pub(crate) struct ServeAsService {
    #[arg(long)]
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) serve: serve::Arguments,
}

/// The commands, in the order of their help.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Submit invoices and credit notes and wait for their receipts.
    #[command(after_help = exit::HELP)]
    Submit(submit::Arguments),
    /// The outbox: what waits to be sent, what was sent, and what became of it.
    #[command(subcommand)]
    Queue(queue::Command),
    /// Send and settle what is in the outbox, until Ctrl-C.
    #[command(after_help = exit::HELP)]
    Run(run::Arguments),
    /// The local agent: a REST API for tills in any language, a page, and the worker of the outbox.
    #[command(after_help = exit::HELP)]
    Serve(serve::Arguments),
    /// The agent as a service of Windows: install, start, stop, uninstall.
    #[command(subcommand)]
    Service(service::Command),
    #[command(hide = true)]
    ServeAsService(ServeAsService),
    /// Say what a day came to: sums in each currency and under each tax, and what is not among them.
    Day(sold::Day),
    /// Add up what was sold, by day, tax, currency, lane, station, payment method or hour.
    Report(sold::Report),
    /// Write the documents of some days, their taxes or their lines as CSV or JSON Lines.
    ///
    /// docs/reports.md says what stands in which column. A text that a spreadsheet would take for a formula has a ' before it.
    Export(sold::Export),
    /// Hold what is fiscalised against the list of a till or an ERP, and name every difference.
    ///
    /// Documents are found by their numbers. Exit code 0 when the two agree, 3 when they differ or when nothing could be compared.
    Reconcile(sold::Reconcile),
    /// Copy the outbox into a file of its own while it is worked on, and read it back.
    ///
    /// SQLite alone; a PostgreSQL database has programs of its own for that, such as pg_dump.
    Backup(backup::Backup),
    /// Put a backup in the outbox's place.
    ///
    /// Nobody may have the outbox open. What is there is moved aside. What may have been sent since the backup is sent as a repetition, or waits
    /// for you.
    Restore(backup::Restore),
    /// Take invoices and credit notes into the outbox from CSV, Excel, OpenDocument, GOBL or UBL.
    ///
    /// A mapping file says which column is what; `--guess` proposes one. docs/import.md tells the rest.
    #[command(after_help = exit::HELP)]
    Import(import::Arguments),
    /// Rebuild a lost outbox from the ERP's documents.
    ///
    /// All are kept as history, in doubt and not to be sent, so that their numbers, credits and repetitions are known.
    #[command(after_help = exit::HELP)]
    Recover(recover::Arguments),
    /// Receive webhooks and print what they say, until Ctrl-C.
    Listen(listen::Arguments),
    /// Have a simulator push a result again, or test a webhook receiver as the portal does.
    Trigger(trigger::Arguments),
    /// Check invoices and credit notes against the tax authority's rules, sending nothing.
    #[command(after_help = exit::HELP)]
    Check(check::Arguments),
    /// Ask what became of earlier submissions.
    #[command(after_help = exit::HELP)]
    Status(status::Arguments),
    /// Print a receipt of the outbox: as text, for a thermal printer, or as a PDF of our own.
    ///
    /// The first print is the receipt; every later one says COPY, and the history counts them.
    #[command(after_help = exit::HELP)]
    Receipt(receipt::Arguments),
    /// Save the PDF of a fiscalised document.
    Pdf(pdf::Arguments),
    /// Show or save the QR code of a receipt.
    Qr(qr::Arguments),
    /// Look for whatever stands between this till and its receipts, and say what to do.
    #[command(after_help = doctor::HELP)]
    Doctor(doctor::Arguments),
    /// Ask a test environment what the documentation does not say, and write the answers down.
    ///
    /// It sends nothing unless the environment is shown to be a test one, at most 60 documents, and takes at most 10 minutes. docs/probe.md
    /// says what it sends and what it costs.
    #[command(after_help = exit::HELP)]
    Probe(probe::Arguments),
    /// Look at the account behind the API key.
    #[command(subcommand)]
    Account(account::Command),
    /// Tax mappings: your tax codes and the authority's taxes that they stand for.
    #[command(subcommand)]
    Tax(tax::Command),
    /// Currency mappings: your currency codes and the authority's.
    #[command(subcommand)]
    Currency(currency::Command),
    /// Mappings of taxes and currencies, kept in a file: compare it with the account, and bring the account to it.
    #[command(subcommand)]
    Mappings(mappings::Command),
    /// Z-reports, the reports of closed fiscal days (experimental at the service).
    #[command(subcommand)]
    Zreport(zreport::Command),
    /// Say what a code of the tax authority's means, what causes it and what to do.
    Explain(explain::Arguments),
    /// List the rules that documents are checked against.
    Rules(rules::Arguments),
    /// Print a JSON Schema, for editors and scripts.
    Schema(schema::Arguments),
    /// Run the simulator until Ctrl-C, for trying things out from other programs.
    Sim(sim::Arguments),
    /// Print a completion script for a shell.
    Completions(completions::Arguments),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn no_argument_takes_a_secret() {
        fn check(command: &clap::Command) {
            for argument in command.get_arguments() {
                let name = argument.get_id().as_str();
                assert!(!name.contains("secret") && !name.contains("key"), "{name}");
            }
            command.get_subcommands().for_each(check);
        }
        check(&Cli::command());
    }
}
