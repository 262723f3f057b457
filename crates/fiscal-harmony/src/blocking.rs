//! The same client for programs without an asynchronous runtime.
//!
//! Each method waits for its namesake on [`crate::Client`] and means the same; there is one client, not two. Not for use
//! inside of an asynchronous program: it would block one of its threads.

use std::{io, sync::Arc, time::Duration};

use fh_types::RequestId;
use futures_util::StreamExt;
use tokio::runtime::{Builder, Runtime};

use crate::{
    Error, Fiscalisation, Outcome, Pdf, Receipt,
    account::{FiscalDevice, Profile, Subscription},
    catalogue::Catalogue,
    document::Submit,
    mapping::{CurrencyMapping, TaxMapping},
    report::{ZReport, ZReports},
};

/// A synchronous [`crate::Client`].
///
/// ```no_run
/// use fiscal_harmony::{Client, Environment, auth::{Credentials, Identity}, blocking};
/// # fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let client = blocking::Client::new(
///     Client::builder()
///         .environment(Environment::Test)
///         .credentials(Credentials::from_env()?)
///         .identity(Identity::new("CornerShopPOS", "till-3", "2.1.0")?)
///         .build()?,
/// )?;
/// println!("{:?}", client.profile()?.full_name);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Client {
    client: crate::Client,
    runtime: Arc<Runtime>,
}

macro_rules! methods {
    ($($name:ident($($argument:ident: $type:ty),*) -> $answer:ty;)*) => {
        impl Client {
            $(
                #[doc = concat!("See [`Client::", stringify!($name), "`](crate::Client::", stringify!($name), ").")]
                ///
                /// # Errors
                ///
                /// As there.
                pub fn $name(&self, $($argument: $type),*) -> Result<$answer, Error> {
                    self.runtime.block_on(self.client.$name($($argument),*))
                }
            )*
        }
    };
}

methods! {
    submit(document: &impl Submit) -> RequestId;
    fiscalise(document: &impl Submit) -> Fiscalisation;
    fiscalise_within(document: &impl Submit, deadline: Duration) -> Fiscalisation;
    wait(request_id: &RequestId, within: Duration) -> Outcome;
    outcome(request_id: &RequestId) -> Outcome;
    pdf(receipt: &Receipt) -> Pdf;
    download_pdf(name: &str) -> Pdf;
    profile() -> Profile;
    device() -> FiscalDevice;
    subscription() -> Subscription;
    test_connection() -> ();
    check_credentials() -> ();
    z_reports() -> ZReports;
    z_report(fiscal_day: i64) -> ZReport;
    z_report_pdf(fiscal_day: i64) -> Pdf;
    tax_mappings() -> Vec<TaxMapping>;
    tax_mapping(id: i64) -> TaxMapping;
    add_tax_mapping(mapping: &TaxMapping) -> TaxMapping;
    update_tax_mapping(id: i64, mapping: &TaxMapping) -> bool;
    delete_tax_mapping(id: i64) -> ();
    catalogue() -> Arc<Catalogue>;
    supported_currencies() -> Vec<String>;
    currency_mappings() -> Vec<CurrencyMapping>;
    currency_mapping(id: i64) -> CurrencyMapping;
    add_currency_mapping(mapping: &CurrencyMapping) -> CurrencyMapping;
    update_currency_mapping(id: i64, mapping: &CurrencyMapping) -> bool;
    delete_currency_mapping(id: i64) -> ();
}

impl Client {
    /// Makes an asynchronous client synchronous. It runs on the threads that call it.
    ///
    /// # Errors
    ///
    /// When the system gives no event loop.
    pub fn new(client: crate::Client) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        Ok(Self {
            client,
            runtime: Arc::new(runtime),
        })
    }

    /// See [`Client::outcomes`](crate::Client::outcomes).
    pub fn outcomes(
        &self,
        request_ids: impl IntoIterator<Item = RequestId>,
    ) -> impl Iterator<Item = Result<(RequestId, Outcome), Error>> {
        let mut outcomes = Box::pin(self.client.outcomes(request_ids));
        std::iter::from_fn(move || self.runtime.block_on(outcomes.next()))
    }
}
