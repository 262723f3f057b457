//! Receipts in every form that something prints.

use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use fh_outbox::Entry;
use fiscal_harmony::{
    Receipt,
    print::{Paper, Slip},
};
use serde::Deserialize;

use crate::{
    address::{Options, Segments},
    inside::Shared,
    problem::{Problem, bad_request, not_found},
};

/// What a receipt can be had as.
pub(super) const FORMS: [&str; 5] = ["receipt.pdf", "receipt.txt", "receipt.escpos", "qr.svg", "qr.png"];

/// How it is to look.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Look {
    columns: Option<usize>,
}

pub(super) async fn show(
    State(agent): State<Shared>,
    Segments((id, form)): Segments<(String, String)>,
    Options(look): Options<Look>,
) -> Result<Response, Problem> {
    if !FORMS.contains(&form.as_str()) {
        return Err(not_found(format!("a receipt has the forms {}", FORMS.join(", "))));
    }
    let entry = agent.outbox.find(&id).await?;
    let receipt = receipt(&entry)?;
    let answer = |kind: &'static str, body: Vec<u8>| {
        let kind = [(header::CONTENT_TYPE, HeaderValue::from_static(kind))];
        Ok((kind, body).into_response())
    };
    let drawn = || receipt.qr().map_err(|error| contradiction(error.to_string()));
    match form.as_str() {
        "receipt.pdf" => {
            let lane = agent.lane(Some(&entry.lane)).ok_or_else(|| {
                not_found(format!(
                    "nobody here works for the lane {:?}, whose PDF this is",
                    entry.lane
                ))
            })?;
            let pdf = lane.client.pdf(receipt).await.map_err(|error| {
                Problem::new(StatusCode::BAD_GATEWAY, "The PDF could not be had", error.to_string())
            })?;
            answer("application/pdf", pdf.bytes().to_vec())
        }
        "qr.svg" => answer("image/svg+xml", drawn()?.svg().into_bytes()),
        "qr.png" => answer("image/png", drawn()?.png(6)),
        _ => {
            let paper = match look.columns {
                None | Some(48) => Paper::Wide,
                Some(32) => Paper::Narrow,
                Some(_) => return Err(bad_request("a receipt has 48 or 32 columns")),
            };
            // A pruned document has left its lines behind; the receipt alone still counts.
            let document = agent.outbox.document(&id).await.ok();
            let mut slip = Slip::new(receipt)
                .map_err(|error| contradiction(error.to_string()))?
                .paper(paper)
                .seller(agent.seller.clone());
            if let Some(document) = &document {
                slip = slip.with_document(document);
            }
            if form == "receipt.txt" {
                answer("text/plain; charset=utf-8", slip.text().into_bytes())
            } else {
                answer("application/octet-stream", slip.escpos())
            }
        }
    }
}

fn receipt(entry: &Entry) -> Result<&Receipt, Problem> {
    if entry.incomplete {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "The receipt is incomplete",
            "it was adopted by its verification code alone, so that no fiscal receipt can be printed; adopt the address in its QR code",
        ));
    }
    entry.receipt.as_ref().ok_or_else(|| {
        not_found(format!(
            "{} is {} and has no receipt yet; wait with GET /v1/documents/…?wait=30",
            entry.document, entry.state
        ))
    })
}

fn contradiction(detail: String) -> Problem {
    Problem::new(StatusCode::CONFLICT, "The receipt contradicts itself", detail)
}
