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
    assert!(nothing.stdout.contains("nothing that was fiscalised"), "{nothing:?}");
    a_day(&world);
    let day = world.fh(&["day", "today"]);
    assert!(
        day.stdout.contains("USD") && day.stdout.contains("9.90") && day.stdout.contains("0 % (ZERO)"),
        "{day:?}"
    );
    assert!(
        day.stdout.contains("not in these sums: 1 invoices open, USD 4.95"),
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
    assert!(elsewhen.stdout.contains("nothing that was fiscalised"), "{elsewhen:?}");
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
    for wrong in [
        "/v1/reports?by=colour",
        "/v1/reports?from=yesterday",
        "/v1/reports?from=2026-11-02&to=2026-11-01",
        "/v1/reports?from=2026-11-02&fiscal_day=1",
        "/v1/ledger?of=buyers",
    ] {
        assert_eq!(agent.ask("GET", wrong, &[], b"").status, 400, "{wrong}");
    }
}
