use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};

use fh_types::{Clock, SystemClock, jiff::Timestamp};
use serde_json::Value;

use super::Client;
use crate::{
    Error, ErrorKind,
    account::FiscalDevice,
    catalogue::{Catalogue, SubscriptionState, end_of_subscription},
    device::DeviceConfig,
};

/// What an account has configured changes rarely, and mostly by hand.
const FRESH: Duration = Duration::from_secs(15 * 60);

impl Client {
    /// What the service knows about the account: device, taxes, mappings, currencies, subscription. It is fetched once and
    /// kept by this client and its clones for 15 minutes.
    ///
    /// # Errors
    ///
    /// When a part cannot be read. A device or a subscription that does not exist is left out instead, as is what cannot
    /// be understood: see [`Catalogue::unread`].
    pub async fn catalogue(&self) -> Result<Arc<Catalogue>, Error> {
        self.catalogue_within(FRESH, &SystemClock).await
    }

    /// The same, if it is at most so old on `clock`; else it is fetched anew. An age of zero always fetches.
    ///
    /// # Errors
    ///
    /// As [`Client::catalogue`].
    pub async fn catalogue_within(&self, age: Duration, clock: &dyn Clock) -> Result<Arc<Catalogue>, Error> {
        let now = clock.now();
        if let Some(kept) = self.kept_catalogue()
            && !age.is_zero()
            // A clock that was set back makes any age look young.
            && kept.fetched_at() <= now
            && kept.age(now) <= age
        {
            return Ok(kept);
        }
        let fetched = Arc::new(self.fetch_catalogue(now).await?);
        *self.shared.catalogue.lock().unwrap_or_else(PoisonError::into_inner) = Some(fetched.clone());
        Ok(fetched)
    }

    /// The catalogue of the last successful fetch, however old; nothing is asked. A till that is offline still knows its
    /// taxes.
    #[must_use]
    pub fn kept_catalogue(&self) -> Option<Arc<Catalogue>> {
        self.shared
            .catalogue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    async fn fetch_catalogue(&self, now: Timestamp) -> Result<Catalogue, Error> {
        let (device, subscription, taxes, currencies, supported) = futures_util::future::try_join5(
            async { unless_missing(self.device().await) },
            async { unless_missing(self.subscription().await) },
            self.tax_mappings(),
            self.currency_mappings(),
            self.supported_currencies(),
        )
        .await?;
        let mut catalogue = Catalogue::new(now).with_supported_currencies(supported);
        for mapping in taxes {
            catalogue = catalogue.with_tax_mapping(mapping.tax_code, mapping.destination_tax_id);
        }
        for mapping in currencies {
            catalogue = catalogue.with_currency_mapping(mapping.source_currency, mapping.destination_currency);
        }
        let status = device.as_ref().and_then(billing_status);
        let till = subscription
            .as_ref()
            .and_then(|subscription| end_of_subscription(&subscription.members));
        if status.is_some() || till.is_some() {
            catalogue = catalogue.with_subscription(SubscriptionState::new(status, till));
        }
        Ok(match device.and_then(|device| device.current_config) {
            None => catalogue,
            Some(config) => match DeviceConfig::from_value(&Value::String(config)) {
                Ok(config) => catalogue.with_device(config),
                Err(error) => catalogue.with_unread(error.to_string()),
            },
        })
    }
}

pub(super) fn unless_missing<T>(read: Result<T, Error>) -> Result<Option<T>, Error> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn billing_status(device: &FiscalDevice) -> Option<String> {
    device.billing_status.as_ref()?.as_str().map(str::to_owned)
}
