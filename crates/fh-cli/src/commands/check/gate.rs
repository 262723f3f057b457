//! Which rules apply, and with what knowledge.

use std::sync::Arc;

use fh_outbox::Outbox;
use fh_types::{Clock, SystemClock, jiff::SignedDuration};
use fiscal_harmony::{
    Client, Document,
    catalogue::Catalogue,
    document::AllowedFields,
    preflight::{Context, Findings, Settings, preflight},
};
use tokio::runtime::Handle;

use crate::output::remark;

/// Checks documents before they leave.
pub(super) struct Gate {
    settings: Settings,
    allowed: AllowedFields,
    catalogue: Option<Arc<Catalogue>>,
    clock_ahead: Option<SignedDuration>,
    /// The outbox, whose documents are the journal.
    outbox: Option<(Outbox, Handle)>,
}

impl Gate {
    /// For documents that may have the allowed fields beside the known ones.
    pub(super) fn new(settings: Settings, allowed: AllowedFields) -> Self {
        Self {
            settings,
            allowed,
            catalogue: None,
            clock_ahead: None,
            outbox: None,
        }
    }

    /// The fields that documents may have beside the known ones.
    pub(super) fn allowed(&self) -> &AllowedFields {
        &self.allowed
    }

    /// With the documents of an outbox; its policy decides then.
    pub(super) fn with_outbox(&mut self, outbox: Outbox) {
        self.outbox = Some((outbox, Handle::current()));
    }

    /// With what the service knows about the account. Returns what of it could not be understood.
    pub(super) async fn fetch(&mut self, client: &Client) -> Result<Vec<String>, fiscal_harmony::Error> {
        let catalogue = client.catalogue().await?;
        let unread = catalogue.unread().map(str::to_owned).collect();
        if let Some((outbox, _)) = &self.outbox {
            outbox.set_catalogue(catalogue.clone());
            outbox.note_clock(client);
        }
        // From the very answers that were just read.
        self.clock_ahead = client.clock_ahead();
        self.catalogue = Some(catalogue);
        Ok(unread)
    }

    /// Not to be called from a task: with an outbox it waits.
    pub(super) fn check(&self, document: &Document) -> Findings {
        if let Some((outbox, runtime)) = &self.outbox {
            match runtime.block_on(outbox.check(document)) {
                Ok(findings) => return findings,
                Err(error) => remark(&format!(
                    "the outbox could not be asked, and {} is checked without it: {error}",
                    document.id()
                )),
            }
        }
        let mut context = Context::nothing().at(SystemClock.now()).settings(self.settings);
        if let Some(catalogue) = &self.catalogue {
            context = context.catalogue(catalogue);
        }
        if let Some(ahead) = self.clock_ahead {
            context = context.clock_ahead(ahead);
        }
        preflight(document, &context)
    }
}
