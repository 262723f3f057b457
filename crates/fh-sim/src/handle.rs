use std::{fmt, sync::Arc};

use fh_auth::Credentials;

use crate::{Burst, Delivery, Ledger, PushError, device::DayState, engine::Engine, webhook};

/// Why a fiscal day did not close.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DayCloseError {
    /// No day is open.
    #[error("no fiscal day is open")]
    NotOpen,
    /// Red receipts stop the day from closing.
    #[error(
        "ReceiptsWithValidationErrors: {0} red receipts stop the fiscal day from closing; the authority must close it (force)"
    )]
    RedReceipts(usize),
}

/// One device of a simulator.
#[derive(Clone)]
pub struct DeviceHandle {
    pub(crate) engine: Arc<Engine>,
    pub(crate) id: u32,
}

impl fmt::Debug for DeviceHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeviceHandle({})", self.id)
    }
}

impl DeviceHandle {
    /// The fiscal device id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Its API key and secret.
    #[must_use]
    pub fn credentials(&self) -> Credentials {
        let made = self.engine.read(|world| {
            let device = world.device(self.id)?;
            Credentials::new(&device.key, &device.secret).ok()
        });
        made.expect("a device is never taken away, and its credentials are made in the known formats")
    }

    /// Revokes the API key, or takes that back: meanwhile every request with it gets `401`.
    pub fn revoke_key(&self, is_revoked: bool) {
        self.engine.write(|world| {
            if let Some(device) = world.device_mut(self.id) {
                device.key_is_revoked = is_revoked;
            }
        });
    }

    /// What was accepted, fiscalised and rejected through this device.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        self.engine
            .read(|world| world.device(self.id).map(|device| device.counts.clone()))
            .unwrap_or_default()
    }

    /// The documents on this device's valid receipts, in the order of their receipt numbers.
    #[must_use]
    pub fn lane(&self) -> Vec<String> {
        self.engine.read(|world| {
            let receipts = world.device(self.id).map_or(&[][..], |device| &device.receipts);
            let own = receipts
                .iter()
                .filter(|receipt| !receipt.is_red && receipt.request.is_some());
            own.map(|receipt| receipt.document.clone()).collect()
        })
    }

    /// What a document said for which there is a valid receipt of this device, as it was submitted; none when there is no such receipt.
    #[must_use]
    pub fn fiscalised_body(&self, document: &str) -> Option<String> {
        self.engine.read(|world| {
            let device = world.device(self.id)?;
            let receipt = device.valid_receipt(document)?;
            let submission = device.submission(receipt.request.as_deref()?)?;
            Some(submission.body.clone())
        })
    }

    /// The address behind the QR code of the valid receipt of a document; none when there is no such receipt.
    #[must_use]
    pub fn receipt_link(&self, document: &str) -> Option<String> {
        self.engine.read(|world| {
            let receipt = world.device(self.id)?.valid_receipt(document)?;
            Some(receipt.link())
        })
    }

    /// The documents that were accepted through this device, each once, in the order in which it was first accepted.
    #[must_use]
    pub fn first_acceptances(&self) -> Vec<String> {
        self.engine.read(|world| {
            let submissions = world.device(self.id).map_or(&[][..], |device| &device.submissions);
            let mut seen = std::collections::HashSet::new();
            let first = submissions
                .iter()
                .filter(|submission| seen.insert(submission.document.as_str()));
            first.map(|submission| submission.document.clone()).collect()
        })
    }

    /// Closes the fiscal day; returns its number. Red receipts stop it.
    ///
    /// # Errors
    ///
    /// See [`DayCloseError`].
    pub fn close_day(&self) -> Result<u64, DayCloseError> {
        close_day(&self.engine, self.id, false)
    }

    /// Closes the fiscal day as the authority's officer does, red receipts or not.
    ///
    /// # Errors
    ///
    /// When no day is open.
    pub fn force_close_day(&self) -> Result<u64, DayCloseError> {
        close_day(&self.engine, self.id, true)
    }

    /// Loses one receipt between the service and the authority, so that the next one is out of sequence (`RCPT011`).
    pub fn skip_receipt_counter(&self) {
        self.engine.write(|world| {
            if let Some(device) = world.device_mut(self.id) {
                device.skipped_counters += 1;
            }
        });
    }

    /// Sets the webhook as the portal's "Save & Test" does; it is active when the burst passed.
    pub async fn set_webhook(&self, url: &str) -> Burst {
        webhook::save_and_test(&self.engine, self.id, url).await
    }

    /// Pushes the result of a document or a request once more; without an id, the latest. It is one attempt, whatever comes of it.
    ///
    /// # Errors
    ///
    /// See [`PushError`].
    pub async fn push_again(&self, id: Option<&str>) -> Result<Delivery, PushError> {
        webhook::push_again(&self.engine, self.id, id).await
    }

    /// Whether results are pushed.
    #[must_use]
    pub fn webhook_is_active(&self) -> bool {
        self.engine.read(|world| {
            let hook = world.device(self.id).and_then(|device| device.hook.as_ref());
            hook.is_some_and(|hook| hook.active)
        })
    }
}

pub(crate) fn close_day(engine: &Engine, device: u32, force: bool) -> Result<u64, DayCloseError> {
    let now = engine.now();
    engine.write(|world| {
        let device = world.device_mut(device).ok_or(DayCloseError::NotOpen)?;
        if device.day.state == DayState::Closed {
            return Err(DayCloseError::NotOpen);
        }
        device.close_day(now, force).map_err(DayCloseError::RedReceipts)
    })
}
