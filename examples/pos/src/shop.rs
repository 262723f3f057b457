//! The shop: its sales, and the documents that tell the authority of them, in one file.

use std::{
    panic::resume_unwind,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use fh_outbox::{
    Entry, Outbox, OutboxError,
    rusqlite::{self, Connection, Transaction, TransactionBehavior},
};
use fiscal_harmony::{
    BuildError, Buyer, CreditNote, Document, Invoice, Line,
    print::{MixedUp, Slip},
    tax::Tax,
    types::{Amount, CatDateTime, CurrencyCode, HsCode, IdentifierError, SystemClock},
};
use serde::Deserialize;

const SELLER: [&str; 2] = ["Corner Shop (Pvt) Ltd", "TIN 2000123456  VAT 220012345"];

/// What there is to buy: code, name, HS code, price in cents. A bigger shop has a table of it.
const ARTICLES: [(&str, &str, &str, i64); 2] = [
    ("BREAD", "Bread, white, 700 g", "19059000", 125),
    ("SOAP", "Soap, green bar", "34011900", 99),
];

/// What went wrong. Nothing was sold, and nothing was taken back.
#[derive(Debug, thiserror::Error)]
pub enum ShopError {
    #[error("{0:?} is not for sale")]
    NoArticle(String),
    #[error("{0:?} is not a sale; only a sale can be taken back")]
    NotASale(String),
    #[error(transparent)]
    Document(#[from] BuildError),
    #[error(transparent)]
    Code(#[from] IdentifierError),
    #[error(transparent)]
    Outbox(#[from] OutboxError),
    #[error(transparent)]
    MixedUp(#[from] MixedUp),
    #[error("the shop's file: {0}")]
    File(#[from] rusqlite::Error),
}

/// So many of these articles. The till makes the id, so that it can hand in the same sale again when it got no answer.
#[derive(Debug, Clone, Deserialize)]
pub struct Sale {
    pub id: String,
    pub buyer: String,
    pub articles: Vec<(String, u32)>,
}

/// So many of these lines of a sale, counted from 0. The credit note has an id of its own.
#[derive(Debug, Clone, Deserialize)]
pub struct Refund {
    pub id: String,
    pub reason: String,
    pub lines: Vec<(u16, u32)>,
}

/// The shop. Copies share the file.
#[derive(Clone)]
pub struct Shop {
    outbox: Outbox,
    file: Arc<Mutex<Connection>>,
}

impl Shop {
    /// Opens the file, which holds the tables of the outbox beside those of the shop.
    pub async fn open(path: &Path) -> Result<Self, ShopError> {
        let outbox = Outbox::open(path).await?;
        let file = Connection::open(path)?;
        // A sale and its document share one commit, so this connection has to wait for the disk as the outbox does.
        file.pragma_update(None, "synchronous", "FULL")?;
        file.busy_timeout(Duration::from_secs(5))?;
        file.execute_batch(
            "CREATE TABLE IF NOT EXISTS handed_in (id TEXT PRIMARY KEY, at TEXT NOT NULL);
             CREATE TABLE IF NOT EXISTS taken_back (sale TEXT NOT NULL, line INTEGER NOT NULL, quantity INTEGER NOT NULL);",
        )?;
        let file = Arc::new(Mutex::new(file));
        Ok(Self { outbox, file })
    }

    /// For the worker and the webhooks.
    pub fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// Sells: the sale and its invoice are kept together, or neither is.
    pub async fn sell(&self, sale: Sale) -> Result<Entry, ShopError> {
        let lines = sale.articles.iter().map(|(code, quantity)| line(code, *quantity));
        let invoice = Invoice::builder()
            .id(&sale.id)
            .date(CatDateTime::now(&SystemClock))
            .currency(CurrencyCode::parse("USD")?)
            .buyer(Buyer::cash(&sale.buyer)?)
            .lines(lines.collect::<Result<_, _>>()?)
            .build()?;
        let id = sale.id.clone();
        self.at_once(move |outbox, transaction| {
            if is_new(transaction, &sale.id)? {
                outbox.enqueue_in(transaction, &invoice.into())?;
            }
            Ok(())
        })
        .await?;
        Ok(self.outbox.find(&id).await?)
    }

    /// Takes a part of a sale back. The outbox sends the credit note once the invoice is fiscalised.
    pub async fn take_back(&self, sale: &str, refund: Refund) -> Result<Entry, ShopError> {
        let Document::Invoice(invoice) = self.outbox.document(sale).await? else {
            return Err(ShopError::NotASale(sale.to_owned()));
        };
        let id = refund.id.clone();
        self.at_once(move |outbox, transaction| {
            if !is_new(transaction, &refund.id)? {
                return Ok(());
            }
            let sale = invoice.view().id;
            let note = CreditNote::for_part_of(&invoice, refund.lines.iter().map(units))
                .id(&refund.id)
                .reason(&refund.reason)
                .date(CatDateTime::now(&SystemClock))
                .credited_before(taken_back(transaction, sale)?)
                .taxes([vat()])
                .build()?;
            for (line, quantity) in &refund.lines {
                transaction.execute("INSERT INTO taken_back VALUES (?1, ?2, ?3)", (sale, line, quantity))?;
            }
            outbox.enqueue_in(transaction, &note.into())?;
            Ok(())
        })
        .await?;
        Ok(self.outbox.find(&id).await?)
    }

    /// The receipt, laid out for paper. None as long as there is none: what has no receipt is not fiscalised.
    pub async fn receipt(&self, id: &str) -> Result<Option<String>, ShopError> {
        let Some(receipt) = self.outbox.find(id).await?.receipt else {
            return Ok(None);
        };
        let document = self.outbox.document(id).await?;
        let slip = Slip::new(&receipt)?.with_document(&document).seller(SELLER);
        Ok(Some(slip.text()))
    }

    /// Does all of it or nothing. The transaction is immediate: one that reads first and writes later may find, when it comes
    /// to writing, that another has written meanwhile, and would have to begin again.
    async fn at_once(
        &self,
        act: impl FnOnce(&Outbox, &Transaction<'_>) -> Result<(), ShopError> + Send + 'static,
    ) -> Result<(), ShopError> {
        let Self { outbox, file } = self.clone();
        let work = move || {
            let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
            let transaction = file.transaction_with_behavior(TransactionBehavior::Immediate)?;
            act(&outbox, &transaction)?;
            Ok(transaction.commit()?)
        };
        let done = tokio::task::spawn_blocking(work).await;
        done.unwrap_or_else(|panic| resume_unwind(panic.into_panic()))
    }
}

/// The code that stands in the tax mapping at Fiscal Harmony, and its rate.
fn vat() -> Tax {
    Tax::rated("VAT15.5", Amount::cents(1550))
}

fn line(code: &str, quantity: u32) -> Result<Line, ShopError> {
    let article = ARTICLES.iter().find(|(known, ..)| *known == code);
    let (_, name, hs_code, cents) = article.ok_or_else(|| ShopError::NoArticle(code.to_owned()))?;
    Ok(Line::builder()
        .description(*name)
        .hs_code(HsCode::parse(hs_code)?)
        .quantity(Amount::from_units(quantity.into()))
        .unit_price(Amount::cents(*cents))
        .tax(vat())
        .build()?)
}

/// False for what a till hands in a second time.
fn is_new(transaction: &Transaction<'_>, id: &str) -> Result<bool, ShopError> {
    let now = CatDateTime::now(&SystemClock).to_string();
    Ok(transaction.execute("INSERT OR IGNORE INTO handed_in VALUES (?1, ?2)", [id, &now])? == 1)
}

/// What earlier refunds took of each line. With it, the parts of a line come to the whole to the cent.
fn taken_back(transaction: &Transaction<'_>, sale: &str) -> Result<Vec<(usize, Amount)>, ShopError> {
    let mut query = transaction.prepare("SELECT line, quantity FROM taken_back WHERE sale = ?1")?;
    let rows = query.query_map([sale], |row| Ok(units(&(row.get(0)?, row.get(1)?))))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn units((line, quantity): &(u16, u32)) -> (usize, Amount) {
    (usize::from(*line), Amount::from_units((*quantity).into()))
}
