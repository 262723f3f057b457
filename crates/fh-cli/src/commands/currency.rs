//! `fh currency`: currency mappings.

use fiscal_harmony::mapping::CurrencyMapping;
use serde_json::json;

use crate::{
    connection::Connection,
    describe::{show, show_all},
    exit::{Exit, Failure},
    output::Output,
};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// All currency mappings.
    List,
    /// One currency mapping.
    Get {
        /// The mapping's id.
        id: i64,
    },
    /// Add a currency mapping.
    Add(Mapping),
    /// Replace a currency mapping.
    Update {
        /// The mapping's id.
        id: i64,
        #[command(flatten)]
        mapping: Mapping,
    },
    /// Delete a currency mapping. Documents in its currency are refused from then on.
    Delete {
        /// The mapping's id.
        id: i64,
    },
    /// The currencies that the authority knows.
    Supported,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Mapping {
    /// Your currency code, as it stands in documents.
    #[arg(long, value_name = "CODE")]
    source: String,
    /// The authority's currency code: one of `fh currency supported`.
    #[arg(long, value_name = "CODE")]
    destination: String,
}

impl Mapping {
    fn mapping(&self, id: Option<i64>) -> CurrencyMapping {
        let mut mapping = CurrencyMapping::new(&self.source, &self.destination);
        mapping.id = id;
        mapping
    }
}

pub(crate) async fn run(command: Command, connection: &Connection, output: &Output) -> Result<Exit, Failure> {
    let client = &connection.client;
    match command {
        Command::List => {
            show_all(
                output,
                &client.currency_mappings().await?,
                "There are no currency mappings yet: fh mappings suggest, or fh currency add",
            )?;
        }
        Command::Get { id } => show(output, &client.currency_mapping(id).await?)?,
        Command::Add(mapping) => show(output, &client.add_currency_mapping(&mapping.mapping(None)).await?)?,
        Command::Update { id, mapping } => {
            let updated = client.update_currency_mapping(id, &mapping.mapping(Some(id))).await?;
            if !updated {
                return Err(Failure::service(format!(
                    "the service says that currency mapping {id} was not changed; look at fh currency get {id}"
                )));
            }
            show(output, &json!({ "id": id, "updated": true }))?;
        }
        Command::Delete { id } => {
            client.delete_currency_mapping(id).await?;
            show(output, &json!({ "id": id, "deleted": true }))?;
        }
        Command::Supported => {
            for currency in client.supported_currencies().await? {
                if output.is_json() {
                    output.json(&currency);
                } else {
                    output.line(&currency);
                }
            }
        }
    }
    Ok(Exit::Well)
}
