use fh_types::CatDateTime;
use jiff::SignedDuration;
use serde::Deserialize;

use crate::{CashPrefix, NaiveDates, OffsetDates, Options, exact::Exact};

/// Invoice or credit note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, Deserialize)]
pub(crate) enum Kind {
    Invoice,
    CreditNote,
}

/// A submitted document, as the simulator reads it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Document {
    #[serde(alias = "CreditNoteId", rename = "InvoiceId")]
    pub(crate) id: String,
    #[serde(alias = "CreditNoteNumber", rename = "InvoiceNumber")]
    pub(crate) number: String,
    #[serde(default)]
    pub(crate) original_invoice_id: Option<String>,
    #[serde(default)]
    pub(crate) reference: Option<String>,
    pub(crate) is_tax_inclusive: bool,
    pub(crate) buyer_contact: Buyer,
    pub(crate) date: SentDate,
    pub(crate) line_items: Vec<Line>,
    #[serde(default)]
    pub(crate) sub_total: Option<Exact>,
    #[serde(default)]
    pub(crate) total_tax: Option<Exact>,
    #[serde(default)]
    pub(crate) total: Option<Exact>,
    pub(crate) currency_code: String,
    #[serde(default)]
    pub(crate) payment_method: Option<String>,
    #[serde(default)]
    pub(crate) is_retry: Option<bool>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Buyer {
    pub(crate) name: Option<String>,
    pub(crate) trade_name: Option<String>,
    pub(crate) tin: Option<String>,
    pub(crate) vat_number: Option<String>,
    pub(crate) address: Option<Address>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Address {
    pub(crate) province: Option<String>,
    pub(crate) city: Option<String>,
    pub(crate) street: Option<String>,
    pub(crate) house_no: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Line {
    pub(crate) description: String,
    pub(crate) unit_amount: Exact,
    pub(crate) quantity: Exact,
    pub(crate) line_amount: Exact,
    #[serde(default)]
    pub(crate) discount_amount: Option<Exact>,
    pub(crate) tax_code: String,
    #[serde(default)]
    pub(crate) product_code: Option<String>,
}

/// A date as it was sent.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct SentDate {
    text: String,
    date: CatDateTime,
}

impl TryFrom<String> for SentDate {
    type Error = <CatDateTime as std::str::FromStr>::Err;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let date = text.parse()?;
        Ok(Self { text, date })
    }
}

impl SentDate {
    /// Whether it says nothing of an offset.
    pub(crate) fn is_naive(&self) -> bool {
        let time = self.text.split_once(['T', 't', ' ']).map_or("", |(_, time)| time);
        !time.contains(['Z', 'z', '+', '-'])
    }

    /// The moment that the service takes it for.
    pub(crate) fn read(&self, options: &Options) -> CatDateTime {
        let shifted = |hours| {
            let later = self.date.timestamp().saturating_add(SignedDuration::from_hours(hours));
            later.map_or(self.date, CatDateTime::from_timestamp)
        };
        if self.is_naive() {
            return match options.naive_dates {
                NaiveDates::Utc => shifted(2),
                NaiveDates::CentralAfrica | NaiveDates::Refused => self.date,
            };
        }
        match options.offset_dates {
            OffsetDates::Converted => self.date,
            // The first 19 characters are the date and the time to the second.
            OffsetDates::WallClock => {
                let local = self.text.get(..19).and_then(|local| local.parse().ok());
                local.unwrap_or(self.date)
            }
        }
    }
}

impl Document {
    /// Reads a body whose form was already checked. The error says which value could not be read.
    pub(crate) fn read(body: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(body)
    }

    pub(crate) fn is_retry(&self) -> bool {
        self.is_retry.unwrap_or(false)
    }
}

impl Address {
    /// Whether one of its four parts is empty or missing.
    pub(crate) fn is_incomplete(&self) -> bool {
        let parts = [&self.province, &self.city, &self.street, &self.house_no];
        parts
            .into_iter()
            .any(|part| part.as_deref().is_none_or(|part| part.trim().is_empty()))
    }
}

impl Buyer {
    fn text(value: Option<&String>) -> &str {
        value.map_or("", |text| text.trim())
    }

    pub(crate) fn name(&self) -> &str {
        Self::text(self.name.as_ref())
    }

    pub(crate) fn tin(&self) -> &str {
        Self::text(self.tin.as_ref())
    }

    pub(crate) fn vat_number(&self) -> &str {
        Self::text(self.vat_number.as_ref())
    }

    /// A buyer who is not named to the authority.
    pub(crate) fn is_cash(&self, prefix: CashPrefix) -> bool {
        let name = self.name.as_deref().unwrap_or_default();
        match prefix {
            CashPrefix::Exact => name.starts_with("Cash "),
            CashPrefix::AnyCase => name.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("Cash ")),
            CashPrefix::NotKnown => false,
        }
    }

    /// Nothing is said of the buyer at all.
    pub(crate) fn is_empty(&self) -> bool {
        let texts = [&self.name, &self.trade_name, &self.tin, &self.vat_number];
        texts.into_iter().all(Option::is_none) && self.address.is_none()
    }
}
