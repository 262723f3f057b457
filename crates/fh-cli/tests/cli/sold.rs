//! What was sold: `fh day`, `fh report`, `fh export`, and the same from the agent.

use serde_json::Value;

use crate::{
    agent::Agent,
    harness::{World, credit_note, invoice, lines},
    page::Served,
};

/// Three sales of 4.95 each, one of them credited, one of them of a buyer whose name is a formula; and one that waits.
fn a_day(world: &World) {
    let mut odd = invoice("INV-3");
    odd["BuyerContact"]["Name"] = "Cash =1+1".into();
    odd["PaymentMethod"] = "Card".into();
    let documents = [invoice("INV-1"), invoice("INV-2"), odd, credit_note("CN-1", "INV-1")];
    world.write("day.jsonl", lines(&documents));
    let ran = world.fh(&["submit", "day.jsonl"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    world.write("later.json", invoice("INV-4").to_string());
    assert_eq!(world.fh(&["queue", "add", "later.json"]).code, 0);
}

#[test]
fn a_day_is_told_in_each_currency_and_under_each_tax_with_what_is_not_among_it() {
    let world = World::new();
    let nothing = world.fh(&["day"]);
    assert_eq!(nothing.code, 0, "{nothing:?}");
    assert!(nothing.stdout.contains("Nothing that was fiscalised"), "{nothing:?}");
    a_day(&world);
    let day = world.fh(&["day", "today"]);
    assert!(
        day.stdout.contains("USD") && day.stdout.contains("9.90") && day.stdout.contains("0 % (ZERO)"),
        "{day:?}"
    );
    assert!(
        day.stdout.contains("Not in these sums: 1 invoice open, USD 4.95"),
        "{day:?}"
    );
    let json = world.fh(&["--output", "json", "day"]).lines().remove(0);
    let sales = &json["sales"]["sales"][0];
    assert_eq!(
        (
            sales["gross"].to_string(),
            sales["invoices"]["documents"].clone(),
            sales["credit_notes"]["documents"].clone()
        ),
        ("9.9".to_owned(), Value::from(3), Value::from(1))
    );
    assert_eq!(world.fh(&["day", "2026-13-01"]).code, 2);
    let elsewhen = world.fh(&["day", "2026-01-01"]);
    assert!(elsewhen.stdout.contains("Nothing that was fiscalised"), "{elsewhen:?}");
}

#[test]
fn a_report_is_divided_as_it_is_asked_for_and_can_be_a_spreadsheet() {
    let world = World::new();
    a_day(&world);
    let report = world.fh(&["report", "--from", "today", "--by", "payment"]);
    assert!(
        report.stdout.contains("Card") && report.stdout.contains("Cash"),
        "{report:?}"
    );
    let csv = world.fh(&["report", "--by", "day", "--csv"]);
    let rows: Vec<&str> = csv.stdout.split("\r\n").collect();
    assert!(rows[0].starts_with("part,tax_id,rate,currency,invoices,"), "{csv:?}");
    assert!(
        rows[1].ends_with(",USD,3,14.85,0.00,14.85,1,4.95,9.90,0.00,9.90,0"),
        "{csv:?}"
    );
    let wrong = world.fh(&["report", "--from", "today", "--to", "yesterday"]);
    assert_eq!(wrong.code, 2, "{wrong:?}");
    assert!(wrong.stderr.contains("is after"), "{wrong:?}");
}

#[test]
fn an_export_holds_every_document_and_nothing_that_a_spreadsheet_would_run() {
    let world = World::new();
    a_day(&world);
    let ran = world.fh(&["export", "--from", "today", "--file", "day.csv"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stderr.contains("5 documents"), "{ran:?}");
    let text = std::fs::read_to_string(world.path("day.csv")).unwrap();
    assert_eq!(text.lines().count(), 6, "{text}");
    let note = text.lines().find(|line| line.starts_with("CN-1")).unwrap();
    assert!(note.ends_with(",-4.95") && note.contains("fiscalised"), "{note}");
    let again = world.fh(&["export", "--file", "day.csv"]);
    assert_eq!(again.code, 2, "what is there is not replaced: {again:?}");
    #[cfg(unix)]
    {
        let mode =
            std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(world.path("day.csv")).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
    }
    let lines = world.fh(&["export", "--of", "lines"]).stdout;
    assert!(
        lines.contains(",1,Fresh milk 1 l,04012000,3,1.65,,4.95,ZERO"),
        "{lines}"
    );
    let taxes = world.fh(&["export", "--of", "taxes"]).stdout;
    assert!(taxes.contains(",ZERO,2,0,4.95,0.00,4.95"), "{taxes}");
    let json = world.fh(&["export", "--format", "jsonl"]);
    assert_eq!(json.lines().len(), 5, "{json:?}");
    assert_eq!(json.lines()[0]["taxes"][0]["rate"], "0");
    let refused = world.fh(&["export", "--format", "jsonl", "--of", "taxes", "--file", "rows.jsonl"]);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(
        !world.path("rows.jsonl").exists(),
        "nothing is in the way of the next try"
    );
    let rows = world.fh(&["export", "--format", "jsonl", "--of", "taxes"]);
    assert_eq!(rows.code, 2, "{rows:?}");
    assert!(rows.stderr.contains("holds a document with its taxes"), "{rows:?}");
    // What is in them is looked at by tests/tables/run.sh, with other people's programs.
    for (format, begins) in [("xlsx", &b"PK\x03\x04"[..]), ("parquet", b"PAR1")] {
        let ran = world.fh(&["export", "--format", format, "--file", &format!("day.{format}")]);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(
            std::fs::read(world.path(&format!("day.{format}")))
                .unwrap()
                .starts_with(begins)
        );
    }
}

/// Sales of random amounts under three taxes and in two currencies, some of them without tax in their prices, and notes for some.
fn random_sales(world: &World, count: usize) {
    let mut random = fastrand::Rng::with_seed(2026);
    let mut documents = Vec::new();
    for number in 0..count {
        let mut sale = invoice(&format!("R-{number}"));
        let inclusive = random.bool();
        let currency = ["USD", "ZWG"][random.usize(..2)];
        let lines: Vec<Value> = (0..random.usize(1..5))
            .map(|_| {
                // Even hundreds, so that no tax lies on half a cent.
                let price = fh_types::Amount::cents(random.i64(1..400) * 200);
                let price: Value = serde_json::from_str(&price.to_string()).unwrap();
                let tax = ["VAT15.5", "ZERO", "EXEMPT"][random.usize(..3)];
                serde_json::json!({"Description": "Goods", "ProductCode": "84439990", "UnitAmount": price, "Quantity": 1,
                    "LineAmount": price, "TaxCode": tax})
            })
            .collect();
        let fields = sale.as_object_mut().unwrap();
        for given in ["SubTotal", "TotalTax", "Total"] {
            fields.remove(given);
        }
        fields.insert("IsTaxInclusive".into(), inclusive.into());
        fields.insert("CurrencyCode".into(), currency.into());
        fields.insert("LineItems".into(), lines.into());
        let note = (number % 7 == 3).then(|| {
            let mut note = sale.clone();
            let fields = note.as_object_mut().unwrap();
            fields.remove("InvoiceId");
            fields.remove("InvoiceNumber");
            fields.insert("CreditNoteId".into(), format!("C-{number}").into());
            fields.insert("CreditNoteNumber".into(), format!("C-{number}").into());
            fields.insert("OriginalInvoiceId".into(), format!("R-{number}").into());
            fields.insert("Reference".into(), "Goods returned".into());
            note
        });
        documents.push(sale);
        documents.extend(note);
    }
    world.write("random.jsonl", lines(&documents));
    let ran = world.fh(&["submit", "random.jsonl"]);
    assert_eq!(ran.code, 0, "{ran:?}");
}

/// A program in another language adds up what was exported, and comes to the same to the cent.
#[test]
fn the_sums_are_those_of_the_exported_rows() {
    let world = World::new();
    let is_long = std::env::var_os("FH_LONG_TESTS").is_some_and(|value| value == "1");
    random_sales(&world, if is_long { 100_000 } else { 120 });
    for rows in ["documents", "taxes"] {
        let ran = world.fh(&["export", "--of", rows, "--file", &format!("{rows}.csv")]);
        assert_eq!(ran.code, 0, "{ran:?}");
    }
    let script = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/sums.py");
    let added = std::process::Command::new("python3")
        .arg(script)
        .args(["documents.csv", "taxes.csv"])
        .current_dir(world.folder.path())
        .output()
        .unwrap();
    assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
    let added: Value = serde_json::from_slice(&added.stdout).unwrap();
    let text = |value: &Value| value.to_string().parse::<fh_types::Amount>().unwrap();
    let told = |by: &str| world.fh(&["--output", "json", "report", "--by", by]).lines().remove(0);
    let currencies = told("currency");
    assert_eq!(currencies["sales"].as_array().unwrap().len(), 2);
    for sales in currencies["sales"].as_array().unwrap() {
        let wanted = &added["currencies"][sales["currency"].as_str().unwrap()];
        let counts = (&sales["invoices"]["documents"], &sales["credit_notes"]["documents"]);
        assert_eq!(counts, (&wanted[0], &wanted[1]));
        for (at, name) in [(2, "gross"), (3, "net"), (4, "tax_amount")] {
            let wanted: fh_types::Amount = wanted[at].as_str().unwrap().parse().unwrap();
            assert_eq!(text(&sales[name]), wanted, "{name} of {sales}");
        }
    }
    for sales in told("tax")["sales"].as_array().unwrap() {
        let key = format!(
            "{} {}",
            sales["currency"].as_str().unwrap(),
            sales["tax"]["rate"].as_str().unwrap()
        );
        for (at, name) in [(0, "tax_amount"), (1, "gross")] {
            let wanted: fh_types::Amount = added["taxes"][&key][at].as_str().unwrap().parse().unwrap();
            assert_eq!(text(&sales[name]), wanted, "{name} of {key}");
        }
    }
}

#[test]
fn the_list_of_a_till_is_held_against_what_is_fiscalised() {
    let world = World::new();
    a_day(&world);
    // Our own export is such a list, and agrees but for what is not sold yet.
    let export = world.fh(&["export", "--file", "own.csv"]);
    assert_eq!(export.code, 0, "{export:?}");
    let own = world.fh(&["--output", "json", "reconcile", "own.csv"]);
    assert_eq!(own.code, 3, "{own:?}");
    let found = &own.lines()[0];
    assert_eq!(found["agree"], 4);
    let told = found["discrepancies"].as_array().unwrap();
    let told: Vec<_> = told.iter().map(|one| (&one["number"], &one["what"])).collect();
    assert_eq!(told, [(&Value::from("INV-4"), &Value::from("not_fiscalised"))]);

    let today = fh_types::CatDateTime::now(&fh_types::SystemClock).civil().date();
    let day = today.strftime("%d/%m/%Y");
    let columns = "number = \"Doc\"\ntotal = \"Sum\"\ndate = \"Day\"\ndecimal = \",\"\n";
    world.write("columns.toml", columns);
    let rows = [
        ("INV-1", "4,95"),
        ("INV-2", "5,95"),
        ("INV-9", "1,00"),
        ("CN-1", "-4,95"),
        ("INV-1", "4,95"),
    ];
    let rows: String = rows.map(|(number, sum)| format!("{number},\"{sum}\",{day}\n")).concat();
    world.write("till.csv", format!("Doc,Sum,Day\n{rows}"));
    let differs = world.fh(&["reconcile", "till.csv", "--columns", "columns.toml"]);
    assert_eq!(differs.code, 3, "{differs:?}");
    for part in [
        "total 4.95 here, 5.95 in the list",
        "was never handed in here",
        "is fiscalised, and the list does not have it",
        "stands in the list twice, first in row 2",
        "2 of 5 documents of till.csv agree",
        "not compared, because one side does not say it of every document: currency, tax",
    ] {
        assert!(differs.stdout.contains(part), "{part}: {differs:?}");
    }
    let unsaid = world.fh(&["reconcile", "till.csv"]);
    assert_eq!(unsaid.code, 2, "{unsaid:?}");
    assert!(unsaid.stderr.contains("--columns names columns"), "{unsaid:?}");
    let wrong = world.fh(&["reconcile", "till.csv", "--columns", "till.csv"]);
    assert_eq!(wrong.code, 2, "{wrong:?}");
}

#[test]
fn the_z_report_and_the_statuses_of_the_service_are_held_against_what_is_fiscalised() {
    let world = World::new();
    a_day(&world);
    let told = |arguments: &[&str]| {
        let mut all = vec!["--output", "json", "reconcile"];
        all.extend(arguments);
        let ran = world.fh(&all);
        (ran.code, ran.lines().remove(0))
    };
    let (code, statuses) = told(&["--statuses"]);
    assert_eq!(
        (code, &statuses["agree"], &statuses["not_asked"]),
        (0, &Value::from(4), &Value::from(1)),
        "{statuses}"
    );

    let day = world.sim().close_day().unwrap().to_string();
    let (code, found) = told(&["--z-report", &day]);
    assert_eq!(
        (code, found["differences"].as_array().map(Vec::len)),
        (0, Some(0)),
        "{found}"
    );
    assert_eq!(found["not_compared"], serde_json::json!([]));
    let shown = world.fh(&["reconcile", "--z-report", &day]);
    assert!(
        shown.stdout.contains("sums of the Z-report of fiscal day") && shown.stdout.contains("cancel out"),
        "{shown:?}"
    );
    let both = world.fh(&["reconcile", "till.csv", "--statuses"]);
    assert_eq!(both.code, 2, "{both:?}");
    let none = world.fh(&["reconcile"]);
    assert_eq!(none.code, 2, "{none:?}");
}

#[test]
fn the_page_shows_the_sums_of_today_and_of_any_days() {
    let world = World::new();
    a_day(&world);
    let served = Served::start(&world, &["serve"]);
    let overview = served.page("/");
    assert!(
        overview.contains("Sold today") && overview.contains("USD"),
        "{overview}"
    );
    let by_payment = served.page("/reports?from=2026-01-01&by=payment");
    for part in [
        "Card",
        "Cash",
        "href=\"/v1/ledger?from=2026-01-01",
        "value=\"payment\" selected",
    ] {
        assert!(by_payment.contains(part), "{part}: {by_payment}");
    }
    let nonsense = served.page("/reports?from=x&to=2026-01-31&by=colour");
    assert!(
        nonsense.contains("Nothing that was fiscalised") && nonsense.contains("value=\"2026-01-01\""),
        "{nonsense}"
    );
}

#[test]
fn the_agent_answers_the_same() {
    let world = World::new();
    a_day(&world);
    let agent = Agent::with(&world, &[] as &[&str]);
    let report = agent.ask("GET", "/v1/reports?by=tax", &[], b"");
    assert_eq!(report.status, 200, "{}", report.text());
    // The one that waited may have gone meanwhile.
    let gross = report.json()["sales"][0]["gross"].to_string();
    assert!(gross == "9.9" || gross == "14.85", "{gross}");
    let csv = agent.ask("GET", "/v1/reports?format=csv", &[], b"");
    assert!(csv.text().starts_with("part,tax_id,rate,"), "{}", csv.text());
    let ledger = agent.ask("GET", "/v1/ledger", &[], b"");
    assert_eq!(ledger.text().lines().count(), 5, "{}", ledger.text());
    let lines = agent.ask("GET", "/v1/ledger?format=csv&of=lines", &[], b"");
    assert_eq!(lines.text().lines().count(), 6, "{}", lines.text());
    let book = agent.ask("GET", "/v1/ledger?format=xlsx", &[], b"");
    assert!(book.body.starts_with(b"PK"), "{}", book.status);
    let name = book.header("content-disposition").unwrap();
    assert!(name.starts_with("attachment; filename=\"documents-2"), "{name}");
    let parquet = agent.ask("GET", "/v1/ledger?format=parquet&of=lines", &[], b"");
    assert!(parquet.body.ends_with(b"PAR1"), "{}", parquet.status);
    for wrong in [
        "/v1/ledger?format=odt",
        "/v1/ledger?of=lines",
        "/v1/reports?by=colour",
        "/v1/reports?from=yesterday",
        "/v1/reports?from=2026-11-02&to=2026-11-01",
        "/v1/reports?from=2026-11-02&fiscal_day=1",
        "/v1/ledger?of=buyers",
    ] {
        assert_eq!(agent.ask("GET", wrong, &[], b"").status, 400, "{wrong}");
    }
}
