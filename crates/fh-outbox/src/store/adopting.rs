//! An operator has found that a document is fiscalised.

use fiscal_harmony::{
    Receipt, VerificationLink,
    types::{RequestId, VerificationCode},
};

use super::{
    apply::apply,
    by::By,
    kept::{Kept, receipt_of},
    operator::{Operated, in_place},
    orphans::of_request,
    requests::{note_found_request, origin_of, owner_of},
    sql::{Sql, Work},
};
use crate::{
    bells::Effect,
    entry::cat,
    error::OutboxError,
    evidence::Evidence,
    machine::{Event, Found},
    state::State,
};

/// Keeps what an operator has found.
#[derive(Debug, Clone)]
pub(crate) struct Adopt {
    pub(crate) document: String,
    pub(crate) evidence: Evidence,
    pub(crate) by: By,
}

impl Work for Adopt {
    type Output = Operated;
    const NAME: &'static str = "adopt";

    fn by(&self) -> Option<&By> {
        Some(&self.by)
    }

    fn effect(operated: &Operated) -> Effect {
        operated.effect()
    }

    async fn run<S: Sql>(self, sql: &mut S) -> Result<Operated, OutboxError> {
        let mut kept = in_place(sql, &self.document, S::DIALECT.lock).await?;
        let refused = |what: String| OutboxError::Evidence {
            document: self.document.clone(),
            what,
        };
        match &self.evidence {
            Evidence::RequestId(request_id) => {
                sql.queue_up(request_id.as_str()).await?;
                if let Some(owner) = owner_of(sql, request_id, kept.seq).await? {
                    let owner = owner.document;
                    return Err(refused(format!("the request {request_id} belongs to {owner}")));
                }
                if kept.facts.state == State::Fiscalised {
                    // Another receipt of the same document would be one too many, which is then said.
                    let freed = Some(told_before(sql, &mut kept, request_id, &self.by).await?);
                    return Ok(Operated { kept, freed });
                }
                let found = Found::Request(request_id.clone());
                let applied = apply(sql, &mut kept, &Event::Adopt { found }, &self.by).await?;
                let mut operated = Operated::of(kept, applied)?;
                if let Some(freed) = &mut operated.freed {
                    freed.extend(told_before(sql, &mut operated.kept, request_id, &self.by).await?);
                }
                Ok(operated)
            }
            Evidence::Link { url, of_any_day } => {
                let link = VerificationLink::parse(url).ok_or_else(|| {
                    refused("it is no address of a receipt; read the QR code of the receipt again".to_owned())
                })?;
                let day = cat(kept.dated.saturating_mul(1_000_000)).civil().date();
                if !of_any_day && link.date != day {
                    return Err(refused(format!(
                        "the receipt is of {}, the document of {day}; if it is this very sale\u{2019}s all the same, say so",
                        link.date
                    )));
                }
                if let Some(device) = device_of(sql, &kept.lane)
                    .await?
                    .filter(|device| *device != link.device_id)
                {
                    return Err(refused(format!(
                        "the receipt is of the device {}, and those of the lane {} are of {device}",
                        link.device_id, kept.lane
                    )));
                }
                if let Some(owner) = has_receipt(sql, &link.verification_code, kept.seq).await? {
                    return Err(refused(format!("it is the receipt of {owner}")));
                }
                let receipt = receipt(&kept, url, &link.verification_code, link.device_id, link.receipt_number)?;
                adopted(sql, kept, receipt, &self.by).await
            }
            Evidence::VerificationCode(code) => {
                if let Some(owner) = has_receipt(sql, code, kept.seq).await? {
                    return Err(refused(format!("it is the code of the receipt of {owner}")));
                }
                let receipt = receipt(&kept, "", code, 0, 0)?;
                adopted(sql, kept, receipt, &self.by).await
            }
        }
    }
}

async fn adopted<S: Sql>(sql: &mut S, mut kept: Kept, receipt: Receipt, by: &By) -> Result<Operated, OutboxError> {
    let found = Found::Receipt(receipt);
    let applied = apply(sql, &mut kept, &Event::Adopt { found }, by).await?;
    Operated::of(kept, applied)
}

/// A receipt as far as a person could read it.
fn receipt(kept: &Kept, url: &str, code: &VerificationCode, device: i64, number: i64) -> Result<Receipt, OutboxError> {
    let request_id = kept.facts.request_id.as_ref().map_or("adopted", RequestId::as_str);
    let json = serde_json::json!({
        "request_id": request_id, "qr_url": url, "verification_code": code.as_str(), "fiscal_day": 0,
        "device_id": device, "receipt_number": number, "pdf": null,
    });
    serde_json::from_value(json).map_err(|error| OutboxError::Store(format!("a receipt cannot be kept: {error}")))
}

/// Notes whose request it is, and takes up what was told of it before anyone knew. Answers the lanes that may go on.
async fn told_before<S: Sql>(
    sql: &mut S,
    kept: &mut Kept,
    request_id: &RequestId,
    by: &By,
) -> Result<Vec<String>, OutboxError> {
    note_found_request(sql, request_id, kept, by).await?;
    let mut freed = Vec::new();
    for news in of_request(sql, request_id, kept).await? {
        let event = Event::News {
            request_id: request_id.clone(),
            news,
            origin: origin_of(sql, request_id, kept).await?,
        };
        freed.extend(apply(sql, kept, &event, by).await?.freed);
    }
    Ok(freed)
}

/// The device of the lane's latest receipt.
async fn device_of<S: Sql>(sql: &mut S, lane: &str) -> Result<Option<i64>, OutboxError> {
    let query =
        "SELECT receipt FROM fh_outbox_entry WHERE lane = ?1 AND state = 'fiscalised' ORDER BY seq DESC LIMIT 20";
    let rows = sql.query(query, &[lane.into()]).await?;
    for mut row in rows {
        if let Some(receipt) = receipt_of(row.maybe_text()?).filter(|receipt| receipt.device_id != 0) {
            return Ok(Some(receipt.device_id));
        }
    }
    Ok(None)
}

/// The other document that has the receipt of that code. Asked seldom, so no document pays for an index.
async fn has_receipt<S: Sql>(sql: &mut S, code: &VerificationCode, seq: i64) -> Result<Option<String>, OutboxError> {
    let dashed = format!("%{}%", code.as_str());
    let bare = format!("%{}%", code.as_str().replace('-', ""));
    for query in [
        "SELECT document_id FROM fh_outbox_entry WHERE seq <> ?3 AND (upper(receipt) LIKE ?1 OR upper(receipt) LIKE ?2) LIMIT 1",
        "SELECT document_id FROM fh_outbox_pruned WHERE CAST(?3 AS BIGINT) <> 0 AND (upper(receipt) LIKE ?1 OR upper(receipt) LIKE ?2) LIMIT 1",
    ] {
        let values = [dashed.as_str().into(), bare.as_str().into(), seq.into()];
        if let Some(mut row) = sql.query(query, &values).await?.pop() {
            return row.text().map(Some);
        }
    }
    Ok(None)
}
