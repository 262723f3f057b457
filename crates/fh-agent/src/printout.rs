//! Receipts of the outbox, ready to be laid out: the document that the receipt is of, its taxes, the device, and what it credits.

use std::sync::Arc;

use fh_outbox::{Entry, Outbox, OutboxError, Printable, State};
use fiscal_harmony::{
    catalogue::Catalogue,
    preflight::EarlierTax,
    print::{KnownTax, MixedUp, Original, Seller, Settings, Slip},
};

/// Who sells, and how receipts are printed.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Printing {
    /// The seller's block. What it does not say is taken from the device's configuration.
    pub seller: Seller,
    /// Paper, printer and words.
    pub settings: Settings,
}

impl Printing {
    /// A seller, and how the receipts are printed.
    #[must_use]
    pub fn new(seller: impl Into<Seller>, settings: Settings) -> Self {
        Self {
            seller: seller.into(),
            settings,
        }
    }
}

/// The receipt of a document in an outbox, with everything that is known for printing it.
#[derive(Debug)]
pub struct Printout {
    printable: Printable,
    catalogue: Option<Arc<Catalogue>>,
    taxes: Vec<KnownTax>,
    original: Option<Original>,
}

/// Why there is nothing to print.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotPrintable {
    /// It is not fiscalised, or not yet.
    #[error(
        "{document} is {state} and has no receipt yet; wait with GET /v1/documents/…?wait=30, or print a slip with ?provisional"
    )]
    NoReceipt {
        /// The document.
        document: String,
        /// Where it stands.
        state: State,
    },
    /// Its receipt is known by its verification code alone.
    #[error(
        "it was adopted by its verification code alone, so that no fiscal receipt can be printed; adopt the address in its QR code"
    )]
    Incomplete,
    /// Its link and its record are of two receipts.
    #[error(transparent)]
    MixedUp(#[from] MixedUp),
    /// A provisional slip is wanted of something that will not be fiscalised, or is already.
    #[error(
        "{document} is {state}, so that there is no provisional slip for it: that is for a sale that still waits to be fiscalised"
    )]
    NotWaiting {
        /// The document.
        document: String,
        /// Where it stands.
        state: State,
    },
}

impl Printout {
    /// Gathers it. Nothing is counted by that.
    ///
    /// # Errors
    ///
    /// When the document is not in the outbox, or the store fails.
    pub async fn of(outbox: &Outbox, document: &str) -> Result<Self, OutboxError> {
        let printable = outbox.printable(document).await?;
        let catalogue = outbox.for_lane(printable.entry.lane.clone()).catalogue();
        let credited = printable.document.as_ref();
        let credited = credited.and_then(|document| document.view().original_invoice_id.map(str::to_owned));
        let original = match credited {
            Some(id) => original(outbox, id, &printable.entry, catalogue.as_deref()).await?,
            None => None,
        };
        Ok(Self {
            taxes: taxes(&printable.taxes, catalogue.as_deref()),
            printable,
            catalogue,
            original,
        })
    }

    /// Where the document stands.
    #[must_use]
    pub fn entry(&self) -> &Entry {
        &self.printable.entry
    }

    /// The receipt.
    ///
    /// # Errors
    ///
    /// When there is none, or none that may be printed.
    pub fn slip(&self, printing: &Printing) -> Result<Slip<'_>, NotPrintable> {
        let entry = self.entry();
        if entry.incomplete {
            return Err(NotPrintable::Incomplete);
        }
        let receipt = entry.receipt.as_ref().ok_or_else(|| NotPrintable::NoReceipt {
            document: entry.document.clone(),
            state: entry.state,
        })?;
        let mut slip = Slip::new(receipt)?;
        // A pruned document has left its lines behind; the receipt alone still counts.
        if let Some(document) = &self.printable.document {
            slip = slip.with_document(document);
        }
        Ok(self.filled(slip, printing))
    }

    /// A slip for a sale that still waits to be fiscalised.
    ///
    /// # Errors
    ///
    /// When it is fiscalised, or will not be.
    pub fn provisional(&self, printing: &Printing) -> Result<Slip<'_>, NotPrintable> {
        let entry = self.entry();
        let waits = !entry.state.is_settled() && entry.receipt.is_none();
        match self.printable.document.as_ref().filter(|_| waits) {
            Some(document) => Ok(self.filled(Slip::provisional(document), printing)),
            None => Err(NotPrintable::NotWaiting {
                document: entry.document.clone(),
                state: entry.state,
            }),
        }
    }

    fn filled<'s>(&'s self, slip: Slip<'s>, printing: &Printing) -> Slip<'s> {
        let mut slip = slip
            .taxes(self.taxes.clone())
            .seller(printing.seller.clone())
            .settings(printing.settings.clone());
        if let Some(device) = self.catalogue.as_ref().and_then(|catalogue| catalogue.device()) {
            slip = slip.device(device);
        }
        if let Some(original) = &self.original {
            slip = slip.original(original.clone());
        }
        slip
    }
}

/// The taxes as they were kept with the document. Their names come from the device's table, where a row of it is the very same tax.
fn taxes(kept: &[EarlierTax], catalogue: Option<&Catalogue>) -> Vec<KnownTax> {
    let table = catalogue
        .and_then(Catalogue::device)
        .map(|device| &*device.taxes)
        .unwrap_or_default();
    let known = |tax: &EarlierTax| {
        let (id, percent) = tax.resolved?;
        let row = table.iter().find(|row| row.id == id && row.percent == percent);
        let name = row.map(|row| row.name.as_str()).unwrap_or_default();
        Some(KnownTax::new(&tax.code, id, percent).named(name))
    };
    kept.iter().filter_map(known).collect()
}

/// The invoice that a credit note credits, where it is in this outbox.
async fn original(
    outbox: &Outbox,
    id: String,
    note: &Entry,
    catalogue: Option<&Catalogue>,
) -> Result<Option<Original>, OutboxError> {
    let invoice = match outbox.find(&id).await {
        Ok(invoice) => invoice,
        Err(OutboxError::NoSuchDocument(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut original = Original::new(id).dated(&invoice.number, invoice.dated);
    if let Some(receipt) = invoice.receipt.as_ref().filter(|_| !invoice.incomplete) {
        original = original.with_receipt(receipt);
        let same_device = note
            .receipt
            .as_ref()
            .is_some_and(|own| own.device_id == receipt.device_id);
        if same_device && let Some(device) = catalogue.and_then(Catalogue::device) {
            original.serial_number.clone_from(&device.serial_number);
        }
    }
    Ok(Some(original))
}
