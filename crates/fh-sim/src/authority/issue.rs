use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

use super::{draft::Draft, judge::Judgement};
use crate::{
    device::Device,
    document::Kind,
    qr::qr_data,
    receipt::{Receipt, TaxRow},
};

/// Numbers and signs the receipt of a judged draft.
pub(crate) fn issue(device: &Device, request: &str, draft: &Draft<'_>, judgement: &Judgement) -> Receipt {
    let global_number = device.last_global_number + 1;
    let previous = (device.day.last_counter > 0).then(|| device.receipts.last()).flatten();
    let hash = Sha256::digest(signed_text(device, draft, judgement, global_number, previous));
    // A stand-in for the device's signature. Only its bytes matter: the verification code is a digest of them.
    let signature = Sha256::new()
        .chain_update(device.serial.as_bytes())
        .chain_update(hash)
        .finalize();
    Receipt {
        device: device.id,
        request: Some(request.to_owned()),
        document: draft.document.id.clone(),
        number: draft.document.number.trim().to_owned(),
        kind: draft.kind,
        original: match draft.kind {
            Kind::Invoice => None,
            Kind::CreditNote => draft.document.original_invoice_id.clone(),
        },
        counter: draft.counter,
        global_number,
        fiscal_day: device.day.number,
        date: draft.date,
        currency: draft.currency.clone(),
        total: judgement.total,
        rows: judgement.rows.clone(),
        is_red: judgement.is_red(),
        hash: STANDARD.encode(hash),
        qr_data: qr_data(&signature),
    }
}

/// What a fiscal device signs \[zimra\]: fields in a fixed order without separators, ending in the previous receipt's hash.
fn signed_text(
    device: &Device,
    draft: &Draft<'_>,
    judgement: &Judgement,
    global_number: u64,
    previous: Option<&Receipt>,
) -> String {
    // The service gets positive amounts for a credit note and turns the signs for the authority.
    let (kind, sign) = match draft.kind {
        Kind::Invoice => ("FISCALINVOICE", 1),
        Kind::CreditNote => ("CREDITNOTE", -1),
    };
    let date = draft.date.civil().strftime("%Y-%m-%dT%H:%M:%S");
    let mut text = format!(
        "{}{kind}{}{global_number}{date}{}",
        device.id,
        draft.currency.to_uppercase(),
        sign * judgement.total
    );
    for TaxRow { rate, tax, gross, .. } in &judgement.rows {
        let percent = rate
            .map(|rate| format!("{}.{:02}", rate / 100, rate % 100))
            .unwrap_or_default();
        text.push_str(&format!("{percent}{}{}", sign * tax, sign * gross));
    }
    if let Some(previous) = previous {
        text.push_str(&previous.hash);
    }
    text
}
