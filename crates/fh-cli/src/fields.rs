//! Fields that documents may have beside the known ones.

use fiscal_harmony::document::AllowedFields;

use crate::{connection::allowed_by_profile, exit::Failure, global::Global, output::Output};

/// Fields that documents may have beside the known ones.
#[derive(Debug, clap::Args)]
pub(crate) struct Fields {
    /// Take documents with this field, which fh does not know yet, beside those of the profile's allow_fields; may be given several
    /// times. It is sent as it is, unchecked, and warned about.
    #[arg(long, value_name = "NAME", value_parser = field_name)]
    allow_field: Vec<String>,
}

impl Fields {
    /// The fields that documents may have beside the known ones.
    pub(crate) fn allowed(&self, global: &Global, output: &Output) -> Result<AllowedFields, Failure> {
        let named = self.allow_field.iter().cloned();
        AllowedFields::named(named.chain(allowed_by_profile(global, output)))
            .map_err(|error| Failure::usage(error.to_string()))
    }
}

fn field_name(name: &str) -> Result<String, String> {
    AllowedFields::named([name]).map_err(|error| error.to_string())?;
    Ok(name.to_owned())
}
