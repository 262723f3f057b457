//! The records in which outcomes arrive, by status answer or webhook: read one by one and generously.

use fh_types::RequestId;
use serde_json::{Map, Value};

use crate::{Outcome, Receipt, Rejection};

/// One record, or what was wrong with it.
pub(crate) type Read = Result<(RequestId, Outcome), BadRecord>;

/// A record that names no submission, so that nobody can be told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BadRecord {
    /// Which element of the array.
    pub(crate) index: usize,
    /// What is wrong with it.
    pub(crate) reason: &'static str,
}

/// Reads the elements of an answer one by one, so that a bad one costs no other. A single object stands for an array of
/// one, since the documentation speaks of "a StatusRequest object" \[docs\] where all code reads an array \[vendor-code\].
pub(crate) fn read(answer: Value) -> Option<Vec<Read>> {
    let elements = match answer {
        Value::Array(elements) => elements,
        object @ Value::Object(_) => vec![object],
        _ => return None,
    };
    Some(
        elements
            .iter()
            .enumerate()
            .map(|(index, element)| read_one(index, element))
            .collect(),
    )
}

/// Reads one element.
pub(crate) fn read_one(index: usize, element: &Value) -> Read {
    let record = element.as_object().ok_or(BadRecord {
        index,
        reason: "it is not an object",
    })?;
    let request_id = text(record, "RequestId")
        .and_then(|id| RequestId::parse(&id).ok())
        .ok_or(BadRecord {
            index,
            reason: "it has no RequestId",
        })?;
    let outcome = outcome(record, &request_id);
    Ok((request_id, outcome))
}

/// The states of a record \[vendor-code\]; those for what is pending are \[inferred\].
fn outcome(record: &Map<String, Value>, request_id: &RequestId) -> Outcome {
    let success = get(record, "Success").and_then(Value::as_bool) == Some(true);
    if success {
        return receipt(record, request_id).map_or(Outcome::Pending, Outcome::Fiscalised);
    }
    match text(record, "Error") {
        None => Outcome::Pending,
        Some(reason) => Outcome::Rejected(Rejection {
            actionable: get(record, "IsActionable").and_then(Value::as_bool) == Some(true),
            reason,
        }),
    }
}

fn receipt(record: &Map<String, Value>, request_id: &RequestId) -> Option<Receipt> {
    let qr = get(record, "QrData")?.as_object()?;
    Some(Receipt {
        request_id: request_id.clone(),
        qr_url: text(qr, "QrCodeUrl")?,
        verification_code: text(qr, "VerificationCode")?,
        fiscal_day: integer(qr, "FiscalDay")?,
        device_id: integer(qr, "DeviceId")?,
        receipt_number: integer(qr, "InvoiceNumber")?,
        pdf: text(record, "FiscalInvoicePdf"),
    })
}

/// A member by its name in any case: `QrData`, `QRData` and `qrData` all occur \[docs\]\[vendor-code\]\[third-party\].
fn get<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    object
        .get(name)
        .or_else(|| {
            object
                .iter()
                .find(|(key, _)| key.eq_ignore_ascii_case(name))
                .map(|(_, value)| value)
        })
        .filter(|value| !value.is_null())
}

fn text(object: &Map<String, Value>, name: &str) -> Option<String> {
    let text = match get(object, name)? {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

fn integer(object: &Map<String, Value>, name: &str) -> Option<i64> {
    match get(object, name)? {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QR: &str = r#"{"QrCodeUrl":"https://x.test/0000033389140520260000000068CC86EF9CDFA968E3","VerificationCode":"CC86-EF9C-DFA9-68E3","FiscalDay":12,"DeviceId":33389,"InvoiceNumber":68}"#;

    fn outcome(json: &str) -> Outcome {
        let mut records = read(serde_json::from_str(json).unwrap()).unwrap();
        assert_eq!(records.len(), 1);
        records.remove(0).unwrap().1
    }

    #[test]
    fn fiscalised_needs_success_and_qr_data() {
        let json = format!(r#"[{{"RequestId":"r1","Success":true,"IsActionable":false,"Error":null,"QrData":{QR}}}]"#);
        let receipt = outcome(&json).receipt().cloned().unwrap();
        assert_eq!(
            (receipt.fiscal_day, receipt.device_id, receipt.receipt_number),
            (12, 33389, 68)
        );
        assert!(matches!(
            outcome(r#"[{"RequestId":"r1","Success":true,"QrData":null}]"#),
            Outcome::Pending
        ));
        assert!(matches!(
            outcome(r#"[{"RequestId":"r1","Success":true}]"#),
            Outcome::Pending
        ));
    }

    #[test]
    fn every_spelling_of_the_members_is_read() {
        for json in [
            format!(
                r#"{{"requestId":"r1","success":true,"qrData":{}}}"#,
                QR.replace("QrCodeUrl", "qrCodeUrl").replace("FiscalDay", "fiscalDay")
            ),
            format!(r#"[{{"RequestId":"r1","Success":true,"QRData":{QR},"Brand":"new"}}]"#),
            format!(
                r#"[{{"RequestId":"r1","Success":true,"QrData":{}}}]"#,
                QR.replace(":68}", ":\"68\"}")
            ),
        ] {
            assert_eq!(outcome(&json).receipt().unwrap().receipt_number, 68, "{json}");
        }
    }

    #[test]
    fn half_a_record_is_pending_and_never_fiscalised() {
        for json in [
            r#"[{"RequestId":"r1"}]"#,
            r#"[{"RequestId":"r1","Success":null,"Error":null,"IsActionable":null,"QrData":null}]"#,
            r#"[{"RequestId":"r1","Success":false,"Error":"  ","IsActionable":true}]"#,
            r#"[{"RequestId":"r1","Success":true,"QrData":{"QrCodeUrl":null,"VerificationCode":null}}]"#,
            r#"[{"RequestId":"r1","Success":"true","QrData":[]}]"#,
        ] {
            assert!(matches!(outcome(json), Outcome::Pending), "{json}");
        }
    }

    #[test]
    fn a_rejection_keeps_its_whole_reason() {
        let reason = "x".repeat(500);
        let json = format!(r#"[{{"RequestId":"r1","Success":false,"IsActionable":true,"Error":"{reason}"}}]"#);
        let Outcome::Rejected(rejection) = outcome(&json) else {
            panic!("{json}")
        };
        assert_eq!(
            rejection,
            Rejection {
                actionable: true,
                reason
            }
        );
    }

    #[test]
    fn a_bad_element_costs_no_other() {
        let records = read(serde_json::json!([{"RequestId": "a"}, 7, {"Success": true}, {"RequestId": "b"}])).unwrap();
        assert_eq!(records[1].as_ref().unwrap_err().reason, "it is not an object");
        assert_eq!(
            records[2].as_ref().unwrap_err(),
            &BadRecord {
                index: 2,
                reason: "it has no RequestId"
            }
        );
        assert!(records[0].is_ok() && records[3].is_ok());
        assert!(read(serde_json::json!("text")).is_none());
    }
}
