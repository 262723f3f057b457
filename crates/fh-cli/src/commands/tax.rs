//! `fh tax`: tax mappings.

use fiscal_harmony::mapping::TaxMapping;
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
    #[arg(long, value_name = "ID")]
    tax_id: i64,
    /// A name for people.
    #[arg(long)]
    name: Option<String>,
}

impl Mapping {
    fn mapping(&self, id: Option<i64>) -> TaxMapping {
        let mut mapping = TaxMapping::new(&self.code, self.tax_id);
        mapping.tax_name.clone_from(&self.name);
        mapping.id = id;
        mapping
    }
}

pub(crate) async fn run(command: Command, connection: &Connection, output: &Output) -> Result<Exit, Failure> {
    let client = &connection.client;
    match command {
        Command::List => show_all(
            output,
            &client.tax_mappings().await?,
            "There are no tax mappings yet: fh tax add",
        )?,
        Command::Get { id } => show(output, &client.tax_mapping(id).await?)?,
        Command::Add(mapping) => show(output, &client.add_tax_mapping(&mapping.mapping(None)).await?)?,
        Command::Update { id, mapping } => {
            let updated = client.update_tax_mapping(id, &mapping.mapping(Some(id))).await?;
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
