use fiscal_harmony::{Receipt, types::CatDateTime};

use super::*;
use crate::ledger::LedgerPlace;

fn receipt(request: &str, number: i64, day: i64, device: i64) -> Receipt {
    serde_json::from_value(serde_json::json!({"request_id": request, "qr_url": "https://fdmstest.zimra.co.zw/1", "verification_code": "A1B2",
        "fiscal_day": day, "device_id": device, "receipt_number": number, "pdf": null}))
    .unwrap()
}

fn asked(number: i64) -> Asked {
    let request = format!("r-{number}");
    let entry = LedgerEntry {
        place: LedgerPlace { day: 0, seq: number },
        document: format!("id-{number}"),
        kind: fiscal_harmony::DocumentKind::Invoice,
        number: format!("INV-{number}"),
        original: None,
        date: "2026-11-27T09:00:00+02:00".parse::<CatDateTime>().unwrap(),
        lane: "till".to_owned(),
        station: None,
        currency: "USD".to_owned(),
        buyer: "Cash Customer".to_owned(),
        tin: None,
        payment: None,
        gross: None,
        net: None,
        tax: None,
        discounts: None,
        taxes: Vec::new(),
        standing: None,
        device: Some(34_567),
        fiscal_day: Some(212),
        receipt_number: Some(number),
        verification_code: None,
    };
    let outcome = Outcome::Fiscalised(receipt(&request, number, 212, 34_567));
    Asked::new(entry, vec![(RequestId::parse(&request).unwrap(), outcome)])
}

#[test]
fn each_planted_discrepancy_that_a_status_can_show_is_named_and_no_other() {
    let mut all: Vec<_> = (0..10_000).map(asked).collect();
    let mut planted = BTreeMap::new();
    for place in 0..200_usize {
        let at = place * 50 + 7;
        let number = i64::try_from(at).unwrap();
        let request = RequestId::parse(&format!("r-{number}")).unwrap();
        let one = &mut all[at];
        let mut answer = |number, day, device| {
            one.requests[0].1 = Outcome::Fiscalised(receipt(request.as_str(), number, day, device));
        };
        let what = match place % 8 {
            0 => {
                one.requests[0].1 = Outcome::Pending;
                StatusDifference::MissingThere
            }
            1 => {
                one.entry.standing = Some(Standing::Rejected);
                StatusDifference::MissingHere {
                    standing: Standing::Rejected,
                }
            }
            2 => {
                let again = Outcome::Fiscalised(receipt("again", number + 50_000, 212, 34_567));
                one.requests.push((RequestId::parse("again").unwrap(), again));
                StatusDifference::Doubled {
                    receipts: vec![number, number + 50_000],
                }
            }
            3 => {
                answer(number, 213, 34_567);
                StatusDifference::FiscalDay { ours: 212, theirs: 213 }
            }
            4 => {
                answer(number, 212, 34_568);
                StatusDifference::Device {
                    ours: 34_567,
                    theirs: 34_568,
                }
            }
            5 => {
                answer(number + 70_000, 212, 34_567);
                StatusDifference::ReceiptNumber {
                    ours: number,
                    theirs: number + 70_000,
                }
            }
            // What no status shows: another amount, another currency.
            6 => {
                one.entry.gross = Some(fiscal_harmony::types::Amount::cents(1));
                continue;
            }
            _ => {
                one.entry.currency = "ZWG".to_owned();
                continue;
            }
        };
        planted.insert(format!("id-{number}"), what);
    }
    let found = compare_statuses(&all);
    let told: BTreeMap<_, _> = found
        .discrepancies
        .iter()
        .map(|one| (one.document.clone(), one.what.clone()))
        .collect();
    assert_eq!(told, planted);
    assert_eq!((found.discrepancies.len(), found.agree), (150, 9_850));
    assert!(Statuses::BLIND.contains("no amount"));
}

#[test]
fn one_receipt_for_two_documents_and_documents_without_a_request_are_told() {
    let (one, mut other, mut silent) = (asked(1), asked(2), asked(3));
    other.requests[0].1 = Outcome::Fiscalised(receipt("r-2", 1, 212, 34_567));
    other.entry.receipt_number = Some(1);
    silent.requests.clear();
    let found = compare_statuses(&[one, other, silent]);
    assert_eq!(found.discrepancies.len(), 1);
    assert_eq!(
        found.discrepancies[0].what,
        StatusDifference::Shared {
            with: "id-1".to_owned()
        }
    );
    assert_eq!((found.agree, found.not_asked), (1, 1));
}
