//! `fh tax`: tax mappings.

use fh_types::{CatDateTime, SystemClock};
use fiscal_harmony::{
    Client,
    mapping::{NamedTax, TaxMapping},
};
use serde_json::json;

use crate::{
    connection::Connection,
    describe::{show, show_all},
    exit::{Exit, Failure},
    output::Output,
};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// All tax mappings.
    List,
    /// One tax mapping.
    Get {
        /// The mapping's id.
        id: i64,
    },
    /// Add a tax mapping.
    Add(Mapping),
    /// Replace a tax mapping.
    Update {
        /// The mapping's id.
        id: i64,
        #[command(flatten)]
        mapping: Mapping,
    },
    /// Delete a tax mapping. Documents that use its code are refused from then on.
    Delete {
        /// The mapping's id.
        id: i64,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct Mapping {
    /// Your tax code, as it stands in the lines of documents.
    #[arg(long, value_name = "CODE")]
    code: String,
    /// The authority's tax id that it stands for: one of `fh account device`. Ids differ between devices.
    #[arg(long, value_name = "ID", required_unless_present = "tax", conflicts_with = "tax")]
    tax_id: Option<i64>,
    /// The authority's name of the tax, such as "Standard rated 15.5%", in place of its id: it is looked up among those that apply today.
    #[arg(long, value_name = "NAME")]
    tax: Option<String>,
    /// A name for people.
    #[arg(long)]
    name: Option<String>,
}

impl Mapping {
    async fn mapping(&self, id: Option<i64>, client: &Client) -> Result<TaxMapping, Failure> {
        let mut named = NamedTax::default();
        named.name.clone_from(&self.tax);
        let tax_id = match self.tax_id {
            Some(tax_id) => tax_id,
            None => {
                let taxes = client.mapped().await?.device_taxes;
                let found = named.find(&taxes, CatDateTime::now(&SystemClock));
                found.map_err(|error| Failure::usage(format!("--tax: {error}")))?.id
            }
        };
        let mut mapping = TaxMapping::new(&self.code, tax_id);
        mapping.tax_name.clone_from(&self.name);
        mapping.id = id;
        Ok(mapping)
    }
}

pub(crate) async fn run(command: Command, connection: &Connection, output: &Output) -> Result<Exit, Failure> {
    let client = &connection.client;
    match command {
        Command::List => show_all(
            output,
            &client.tax_mappings().await?,
            "There are no tax mappings yet: fh mappings suggest, or fh tax add",
        )?,
        Command::Get { id } => show(output, &client.tax_mapping(id).await?)?,
        Command::Add(mapping) => {
            let mapping = mapping.mapping(None, client).await?;
            show(output, &client.add_tax_mapping(&mapping).await?)?;
        }
        Command::Update { id, mapping } => {
            let mapping = mapping.mapping(Some(id), client).await?;
            let updated = client.update_tax_mapping(id, &mapping).await?;
            if !updated {
                return Err(Failure::service(format!(
                    "the service says that tax mapping {id} was not changed; look at fh tax get {id}"
                )));
            }
            show(output, &json!({ "id": id, "updated": true }))?;
        }
        Command::Delete { id } => {
            client.delete_tax_mapping(id).await?;
            show(output, &json!({ "id": id, "deleted": true }))?;
        }
    }
    Ok(Exit::Well)
}
