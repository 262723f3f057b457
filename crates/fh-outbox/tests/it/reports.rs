//! What was sold, added up: by the authority's rule, against the simulator's own Z-report, and whatever happens to the documents.

use std::{collections::BTreeMap, path::Path, time::Duration};

use fh_outbox::{Divide, Outbox, Rate, Report, ReportQuery, Span, Standing, State};
use fh_sim::{Fault, Operation, Sim};
use fiscal_harmony::{
    Document,
    types::{Amount, jiff::civil::Date},
};

use crate::support::{becomes, client_of, credit, document, open, priced, strict_sim};

const DAY: &str = "2026-11-21";

fn on_that_day(by: Divide) -> ReportQuery {
    ReportQuery::new(Span::day(DAY.parse().unwrap()), by)
}

/// A sale of some lines, each a price and a tax.
fn sale(id: &str, date: &str, currency: &str, inclusive: bool, lines: &[(i64, &str)]) -> Document {
    let lines: Vec<_> = lines
        .iter()
        .map(|(cents, tax)| {
            let price = Amount::cents(*cents);
            format!(
                r#"{{"Description":"Goods","ProductCode":"84439990","UnitAmount":{price},"Quantity":1,"LineAmount":{price},"TaxCode":"{tax}"}}"#
            )
        })
        .collect();
    let json = format!(
        r#"{{"InvoiceId":"{id}","InvoiceNumber":"{id}","IsTaxInclusive":{inclusive},"BuyerContact":{{"Name":"Cash Customer"}},
        "Date":"{date}T09:00:00+02:00","LineItems":[{}],"CurrencyCode":"{currency}","PaymentMethod":"Cash"}}"#,
        lines.join(",")
    );
    Document::from_json(json.as_bytes()).unwrap()
}

/// Sends all that is there.
async fn send(outbox: &Outbox, sim: &Sim, last: &str) {
    let client = client_of(sim, &sim.device());
    outbox.run(&client, becomes(outbox, last, State::Fiscalised)).await;
}

async fn open_with_taxes(path: &Path, sim: &Sim) -> Outbox {
    let outbox = open(path).await;
    let client = client_of(sim, &sim.device());
    outbox.set_catalogue(client.catalogue().await.unwrap());
    outbox
}

/// All of a report as text: part, currency, documents of both kinds, tax and gross.
fn told(report: &Report) -> Vec<String> {
    let tell = |sales: &fh_outbox::Sales| {
        let tax = sales
            .tax
            .as_ref()
            .map(|tax| format!("{} %: ", tax.rate))
            .unwrap_or_default();
        format!(
            "{tax}{} {} {}+{} tax {} of {}",
            sales.part,
            sales.currency,
            sales.invoices.documents,
            sales.credit_notes.documents,
            sales.tax_amount,
            sales.gross
        )
    };
    report.sales.iter().map(tell).collect()
}

/// What is kept of each day is what all documents come to, however they are looked at.
pub(crate) async fn agrees(outbox: &Outbox, from: &str, to: &str) {
    let span = Span::Days {
        from: from.parse().unwrap(),
        to: to.parse().unwrap(),
    };
    /// By currency: invoices, credit notes, net and gross.
    type Sums = BTreeMap<String, (u64, u64, Amount, Amount)>;
    let mut by_way: BTreeMap<&str, Sums> = BTreeMap::new();
    for by in Divide::ALL {
        let report = outbox.report(ReportQuery::new(span, by)).await.unwrap();
        let sums = by_way.entry(by.name()).or_default();
        for sales in report.sales {
            let sum = sums.entry(sales.currency).or_default();
            if by == Divide::Tax {
                continue;
            }
            sum.0 += sales.invoices.documents;
            sum.1 += sales.credit_notes.documents;
            sum.2 += sales.net;
            sum.3 += sales.gross;
        }
    }
    let by_currency = by_way.remove("currency").unwrap();
    by_way.remove("tax");
    for (way, sums) in by_way {
        assert_eq!(sums, by_currency, "by {way}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sums_are_those_of_the_authoritys_own_report() {
    let (sim, folder) = (strict_sim().await, tempfile::tempdir().unwrap());
    let outbox = open_with_taxes(&folder.path().join("till.db"), &sim).await;
    let mut random = fastrand::Rng::with_seed(14);
    let taxes = ["VAT15.5", "ZERO", "EXEMPT", "WHT5"];
    let mut last = String::new();
    for number in 0..120 {
        let id = format!("S-{number}");
        let lines: Vec<_> = (0..random.usize(1..6))
            .map(|_| (random.i64(1..30_000), taxes[random.usize(..4)]))
            .collect();
        let currency = ["USD", "ZWG", "ZAR"][random.usize(..3)];
        // An odd cent of a price without tax may be rounded in two ways, and then nobody knows the total.
        let sale = sale(&id, DAY, currency, random.u8(..3) > 0, &lines);
        if outbox.enqueue(&sale).await.is_ok() {
            last = id;
        }
    }
    send(&outbox, &sim, &last).await;
    let device = sim.device();
    let receipt = outbox.find(&last).await.unwrap().receipt.unwrap();
    let day = device.close_day().unwrap();
    assert_eq!(i64::try_from(day).unwrap(), receipt.fiscal_day);
    let span = Span::FiscalDay {
        device: Some(receipt.device_id),
        number: receipt.fiscal_day,
    };
    let report = outbox.report(ReportQuery::new(span, Divide::Tax)).await.unwrap();
    let own: BTreeMap<_, _> = report
        .sales
        .iter()
        .map(|sales| {
            let tax = sales.tax.as_ref().unwrap();
            (
                (sales.currency.clone(), tax.id.unwrap()),
                (sales.invoices.gross, sales.invoices.tax),
            )
        })
        .collect();
    let z = client_of(&sim, &device).z_report(receipt.fiscal_day).await.unwrap();
    let rows = z.members["Summaries"].as_array().unwrap();
    let amount = |row: &serde_json::Value, name: &str| row[name].to_string().parse::<Amount>().unwrap();
    let authority: BTreeMap<_, _> = rows
        .iter()
        .map(|row| {
            let currency = row["Currency"].as_str().unwrap().to_owned();
            (
                (currency, row["TaxId"].as_i64().unwrap()),
                (amount(row, "Sales"), amount(row, "SalesTax")),
            )
        })
        .collect();
    assert!(authority.len() >= 12, "{authority:?}");
    assert_eq!(own, authority);
    agrees(&outbox, DAY, DAY).await;
    // The same by the calendar.
    let by_day = outbox.report(on_that_day(Divide::Tax)).await.unwrap();
    assert_eq!(by_day.sales, report.sales);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_what_is_fiscalised_was_sold_and_the_rest_is_said_beside_it() {
    let (sim, folder) = (strict_sim().await, tempfile::tempdir().unwrap());
    let outbox = open_with_taxes(&folder.path().join("till.db"), &sim).await;
    outbox.enqueue(&document("A")).await.unwrap();
    send(&outbox, &sim, "A").await;
    outbox.enqueue(&credit("N", "A")).await.unwrap();
    send(&outbox, &sim, "N").await;
    let aside = outbox.for_lane("aside");
    for id in ["B", "C", "D"] {
        aside.enqueue(&document(id)).await.unwrap();
    }
    aside.skip("C", "rudo", "sold by hand").await.unwrap();
    let report = outbox.report(on_that_day(Divide::Lane)).await.unwrap();
    assert_eq!(told(&report), ["default USD 1+1 tax 0.00 of 0.00"]);
    let unsettled: Vec<_> = report
        .unsettled
        .iter()
        .map(|of| (of.standing, of.documents, of.gross.to_string()))
        .collect();
    assert_eq!(
        unsettled,
        [
            (Standing::Open, 2, "231.00".to_owned()),
            (Standing::Skipped, 1, "115.50".to_owned())
        ]
    );
    let of_lane = outbox.report(on_that_day(Divide::Day).of_lane("aside")).await.unwrap();
    assert!(of_lane.sales.is_empty() && of_lane.unsettled.len() == 2, "{of_lane:?}");
    let elsewhen = ReportQuery::new(Span::day("2026-11-22".parse::<Date>().unwrap()), Divide::Day);
    let elsewhen = outbox.report(elsewhen).await.unwrap();
    assert!(elsewhen.sales.is_empty() && elsewhen.unsettled.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tax_that_was_not_known_is_said_to_be_unknown_until_a_table_comes() {
    let (sim, folder) = (strict_sim().await, tempfile::tempdir().unwrap());
    let outbox = open(&folder.path().join("till.db")).await;
    outbox.enqueue(&document("A")).await.unwrap();
    send(&outbox, &sim, "A").await;
    outbox.enqueue(&document("B")).await.unwrap();
    let report = outbox.report(on_that_day(Divide::Tax)).await.unwrap();
    assert_eq!(told(&report), ["unknown %:  USD 1+0 tax 0.00 of 115.50"]);
    assert_eq!(report.sales[0].invoices.without_tax_table, 1);
    let client = client_of(&sim, &sim.device());
    outbox.set_catalogue(client.catalogue().await.unwrap());
    // What is handed over after it is done after it.
    outbox.enqueue(&document("C")).await.unwrap();
    let report = outbox.report(on_that_day(Divide::Tax)).await.unwrap();
    assert_eq!(told(&report), ["15.5 %:  USD 1+0 tax 15.50 of 115.50"]);
    assert_eq!(report.sales[0].invoices.without_tax_table, 0);
    assert!(matches!(report.sales[0].tax.as_ref().unwrap().rate, Rate::Percent(_)));
    agrees(&outbox, DAY, DAY).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_corrected_counts_as_what_is_on_its_receipt_and_pruning_changes_nothing() {
    let (sim, folder) = (strict_sim().await, tempfile::tempdir().unwrap());
    let outbox = open_with_taxes(&folder.path().join("till.db"), &sim).await;
    sim.script(Operation::SubmitInvoice, [Some(Fault::RejectedOnce)]);
    outbox.enqueue(&priced("A", "100")).await.unwrap();
    let client = client_of(&sim, &sim.device());
    outbox.run(&client, becomes(&outbox, "A", State::Parked)).await;
    let report = outbox.report(on_that_day(Divide::Currency)).await.unwrap();
    assert_eq!(
        (report.sales.len(), report.unsettled[0].standing),
        (0, Standing::Rejected)
    );
    outbox
        .correct("A", &priced("A", "231"), "rudo", "the price")
        .await
        .unwrap();
    send(&outbox, &sim, "A").await;
    outbox.enqueue(&document("B")).await.unwrap();
    send(&outbox, &sim, "B").await;
    let sold = ["15.5 %:  USD 2+0 tax 46.50 of 346.50"];
    assert_eq!(told(&outbox.report(on_that_day(Divide::Tax)).await.unwrap()), sold);
    let pruned = outbox
        .prune(Duration::ZERO, folder.path().join("pruned.jsonl"))
        .await
        .unwrap();
    assert!(pruned >= 1);
    assert_eq!(told(&outbox.report(on_that_day(Divide::Tax)).await.unwrap()), sold);
    agrees(&outbox, DAY, DAY).await;
}
