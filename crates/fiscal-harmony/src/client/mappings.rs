use super::Client;
use crate::{
    Error,
    mapping::{CurrencyMapping, TaxMapping},
    wire,
};

/// Tax mappings: your tax codes, each with the authority's tax it stands for. A code must be mapped before a document may
/// use it \[docs\].
impl Client {
    /// All tax mappings.
    ///
    /// # Errors
    ///
    /// When they cannot be read.
    pub async fn tax_mappings(&self) -> Result<Vec<TaxMapping>, Error> {
        let mappings = self
            .read("list_tax_mappings", || self.raw().list_tax_mappings())
            .await?;
        Ok(mappings.into_iter().map(tax_from_wire).collect())
    }

    /// One tax mapping.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or there is none of this id.
    pub async fn tax_mapping(&self, id: i64) -> Result<TaxMapping, Error> {
        self.read("get_tax_mapping", || self.raw().get_tax_mapping(id))
            .await
            .map(tax_from_wire)
    }

    /// Adds a tax mapping and returns it with the id the service gave it.
    ///
    /// # Errors
    ///
    /// When it is refused, or the answer is lost: look at the list before adding it again.
    pub async fn add_tax_mapping(&self, mapping: &TaxMapping) -> Result<TaxMapping, Error> {
        self.write("add_tax_mapping", self.raw().add_tax_mapping(&tax_to_wire(mapping)))
            .await
            .map(tax_from_wire)
    }

    /// Changes a tax mapping. False when the service says that it did not \[inferred\].
    ///
    /// # Errors
    ///
    /// When it is refused, or the answer is lost.
    pub async fn update_tax_mapping(&self, id: i64, mapping: &TaxMapping) -> Result<bool, Error> {
        let answer = self
            .write(
                "update_tax_mapping",
                self.raw().update_tax_mapping(id, &tax_to_wire(mapping)),
            )
            .await?;
        // By analogy with currencies a boolean; any other JSON counts as done.
        Ok(answer.as_bool().unwrap_or(true))
    }

    /// Deletes a tax mapping. Documents that use its code are refused from then on.
    ///
    /// # Errors
    ///
    /// When it is refused, or the answer is lost.
    pub async fn delete_tax_mapping(&self, id: i64) -> Result<(), Error> {
        self.write("delete_tax_mapping", self.raw().delete_tax_mapping(id))
            .await
    }
}

/// Currency mappings: your currency codes, each with the authority's. A code must be mapped before a document may use it
/// \[docs\].
impl Client {
    /// The currencies that the service supports, by the authority's codes \[docs\].
    ///
    /// # Errors
    ///
    /// When they cannot be read.
    pub async fn supported_currencies(&self) -> Result<Vec<String>, Error> {
        self.read("list_supported_currencies", || self.raw().list_supported_currencies())
            .await
    }

    /// All currency mappings.
    ///
    /// # Errors
    ///
    /// When they cannot be read.
    pub async fn currency_mappings(&self) -> Result<Vec<CurrencyMapping>, Error> {
        let mappings = self
            .read("list_currency_mappings", || self.raw().list_currency_mappings())
            .await?;
        Ok(mappings.into_iter().map(currency_from_wire).collect())
    }

    /// One currency mapping.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or there is none of this id.
    pub async fn currency_mapping(&self, id: i64) -> Result<CurrencyMapping, Error> {
        self.read("get_currency_mapping", || self.raw().get_currency_mapping(id))
            .await
            .map(currency_from_wire)
    }

    /// Adds a currency mapping and returns it with the id the service gave it.
    ///
    /// # Errors
    ///
    /// When it is refused, or the answer is lost: look at the list before adding it again.
    pub async fn add_currency_mapping(&self, mapping: &CurrencyMapping) -> Result<CurrencyMapping, Error> {
        self.write(
            "add_currency_mapping",
            self.raw().add_currency_mapping(&currency_to_wire(mapping)),
        )
        .await
        .map(currency_from_wire)
    }

    /// Changes a currency mapping. False when the service says that it did not \[docs\].
    ///
    /// # Errors
    ///
    /// When it is refused, or the answer is lost.
    pub async fn update_currency_mapping(&self, id: i64, mapping: &CurrencyMapping) -> Result<bool, Error> {
        self.write(
            "update_currency_mapping",
            self.raw().update_currency_mapping(id, &currency_to_wire(mapping)),
        )
        .await
    }

    /// Deletes a currency mapping. Documents that use its code are refused from then on.
    ///
    /// # Errors
    ///
    /// When it is refused, or the answer is lost.
    pub async fn delete_currency_mapping(&self, id: i64) -> Result<(), Error> {
        self.write("delete_currency_mapping", self.raw().delete_currency_mapping(id))
            .await
    }
}

fn tax_from_wire(wire: wire::TaxMapping) -> TaxMapping {
    TaxMapping {
        destination_tax_id: wire.destination_tax_id,
        id: wire.id,
        tax_code: wire.tax_code,
        tax_name: wire.tax_name,
        user_id: wire.user_id,
        zimra_tax_id: wire.zimra_tax_id,
    }
}

fn tax_to_wire(mapping: &TaxMapping) -> wire::TaxMapping {
    wire::TaxMapping {
        destination_tax_id: mapping.destination_tax_id,
        id: mapping.id,
        tax_code: mapping.tax_code.clone(),
        tax_name: mapping.tax_name.clone(),
        user_id: mapping.user_id,
        zimra_tax_id: mapping.zimra_tax_id,
    }
}

fn currency_from_wire(wire: wire::CurrencyMapping) -> CurrencyMapping {
    CurrencyMapping {
        destination_currency: wire.destination_currency,
        id: wire.id,
        source_currency: wire.source_currency,
        user_id: wire.user_id,
    }
}

fn currency_to_wire(mapping: &CurrencyMapping) -> wire::CurrencyMapping {
    wire::CurrencyMapping {
        destination_currency: mapping.destination_currency.clone(),
        id: mapping.id,
        source_currency: mapping.source_currency.clone(),
        user_id: mapping.user_id,
    }
}
