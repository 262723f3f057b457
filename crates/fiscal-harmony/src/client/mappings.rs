use super::Client;
use crate::{
    Error,
    mapping::{CurrencyMapping, TaxMapping},
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
        Ok(mappings.into_iter().map(TaxMapping::from_wire).collect())
    }

    /// One tax mapping.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or there is none of this id.
    pub async fn tax_mapping(&self, id: i64) -> Result<TaxMapping, Error> {
        self.read("get_tax_mapping", || self.raw().get_tax_mapping(id))
            .await
            .map(TaxMapping::from_wire)
    }

    /// Adds a tax mapping and returns it with the id the service gave it.
    ///
    /// # Errors
    ///
    /// When it is refused, or the answer is lost: look at the list before adding it again.
    pub async fn add_tax_mapping(&self, mapping: &TaxMapping) -> Result<TaxMapping, Error> {
        self.write("add_tax_mapping", self.raw().add_tax_mapping(&mapping.to_wire()))
            .await
            .map(TaxMapping::from_wire)
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
                self.raw().update_tax_mapping(id, &mapping.to_wire()),
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
        Ok(mappings.into_iter().map(CurrencyMapping::from_wire).collect())
    }

    /// One currency mapping.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or there is none of this id.
    pub async fn currency_mapping(&self, id: i64) -> Result<CurrencyMapping, Error> {
        self.read("get_currency_mapping", || self.raw().get_currency_mapping(id))
            .await
            .map(CurrencyMapping::from_wire)
    }

    /// Adds a currency mapping and returns it with the id the service gave it.
    ///
    /// # Errors
    ///
    /// When it is refused, or the answer is lost: look at the list before adding it again.
    pub async fn add_currency_mapping(&self, mapping: &CurrencyMapping) -> Result<CurrencyMapping, Error> {
        self.write(
            "add_currency_mapping",
            self.raw().add_currency_mapping(&mapping.to_wire()),
        )
        .await
        .map(CurrencyMapping::from_wire)
    }

    /// Changes a currency mapping. False when the service says that it did not \[docs\].
    ///
    /// # Errors
    ///
    /// When it is refused, or the answer is lost.
    pub async fn update_currency_mapping(&self, id: i64, mapping: &CurrencyMapping) -> Result<bool, Error> {
        self.write(
            "update_currency_mapping",
            self.raw().update_currency_mapping(id, &mapping.to_wire()),
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
