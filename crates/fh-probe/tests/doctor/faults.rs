//! Faults of the account, of mappings and documents, of the outbox, of agents and receivers.

use std::path::Path;

use fh_outbox::{Outbox, rusqlite};
use fh_probe::doctor::{AgentPlace, Verdict, examine, judge, look};
use fh_sim::{Dose, Fault, FaultPlan, Operation};
use fiscal_harmony::mapping::{CurrencyMapping, TaxMapping};
use serde_json::json;
use tokio::net::TcpListener;

use crate::{
    stub::{answer, config, serve, service},
    till::{Till, finds, found, invoice, mode},
};

const FAIL: Verdict = Verdict::Fail;
const WARN: Verdict = Verdict::Warn;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_of_the_account() {
    let till = Till::healthy().await;
    let wrong = till.saying(|said| said.api_secret = Some(format!("{}==", "A".repeat(86)).into()));
    let report = finds(
        &wrong,
        "account.signature",
        FAIL,
        "takes the API key and refuses",
        "secret of this very key",
    )
    .await;
    found(&report, "account.key", Verdict::Pass, "knows", "");
    let guess = report.of("account.signature").unwrap();
    assert!(
        examine(&till.patient())
            .await
            .of("account.signature")
            .unwrap()
            .guess
            .is_some(),
        "{guess:?}"
    );
    let unknown = till.saying(|said| said.api_key = Some("B".repeat(32)));
    finds(&unknown, "account.key", FAIL, "does not take the API key", "portal").await;
    let with = |fault: Fault, dose: Dose| till.sim.set_faults(FaultPlan::default().with(fault, dose));
    let on = |operation: Operation| Dose {
        on: vec![operation],
        ..Dose::rate(1.0)
    };
    with(Fault::NotFound404, on(Operation::FiscalDevice));
    finds(
        &till.patient(),
        "account.device",
        FAIL,
        "no fiscal device",
        "Attach and activate",
    )
    .await;
    with(Fault::PaymentRequired402, on(Operation::Subscription));
    finds(
        &till.patient(),
        "account.subscription",
        FAIL,
        "payment",
        "Pay the subscription",
    )
    .await;
    with(Fault::ServerError500Html, on(Operation::Profile));
    finds(
        &till.patient(),
        "service.answers",
        WARN,
        "in trouble",
        "nothing is lost",
    )
    .await;
    let skew = |seconds| Dose {
        seconds: Some(seconds),
        ..Dose::rate(1.0)
    };
    with(Fault::ClockSkew, skew(-120));
    finds(&till.patient(), "clock.offset", WARN, "ahead of", "NTP").await;
    with(Fault::ClockSkew, skew(900));
    finds(&till.patient(), "clock.offset", FAIL, "behind", "NTP").await;
    with(
        Fault::Delay,
        Dose {
            ms: Some(2_100),
            ..on(Operation::Profile)
        },
    );
    let mut sight = look(&till.patient()).await;
    assert!(
        sight
            .account
            .as_ref()
            .unwrap()
            .latencies
            .iter()
            .any(|took| took.as_millis() >= 2_100)
    );
    sight.account.as_mut().unwrap().latencies = vec![std::time::Duration::from_millis(2_500)];
    found(&judge(&sight), "service.latency", WARN, "2500 ms", "line");
    till.sim.set_faults(FaultPlan::default());

    let test_host = "https://fdmstest.zimra.co.zw";
    let at = |url: String| till.saying(|said| said.base_url = Some(url));
    let ends = service(
        config("2026-11-30T00:00:00", test_host),
        json!({"ValidTill": "2020-01-31"}),
    )
    .await;
    let mut sight = look(&at(ends)).await;
    sight.now = "2026-11-27T10:00:00".parse().unwrap();
    let report = judge(&sight);
    found(&report, "account.certificate", WARN, "ends on 2026-11-30", "renewed");
    found(&report, "account.subscription", WARN, "ended on 2020-01-31", "Pay");
    sight.now = "2027-01-01T10:00:00".parse().unwrap();
    found(
        &judge(&sight),
        "account.certificate",
        FAIL,
        "ended on 2026-11-30",
        "renewed",
    );
    let network = sight.network.as_mut().unwrap();
    network.host = "api.fiscalharmony.co.zw".to_owned();
    network.is_loopback = false;
    found(
        &judge(&sight),
        "account.environment",
        FAIL,
        "they are not valid",
        "base_url = \"test\"",
    );
    let odd = service(json!({"applicableTaxes": "none"}), json!({})).await;
    finds(&at(odd), "account.device", FAIL, "no taxes", "activate").await;
    let odd = service(json!({"applicableTaxes": [{"taxID": 1, "taxName": "x"}, 7]}), json!({})).await;
    finds(&at(odd), "account.device", WARN, "not understood", "Report").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_of_mappings_and_documents() {
    let till = Till::healthy().await;
    let outbox = till.outbox().await;
    let take = async |id: &str, code: &str, hs: &str| outbox.enqueue_unchecked(&invoice(id, code, hs)).await.unwrap();
    take("INV-2", "GONE", "84439990").await;
    finds(&till.patient(), "taxes.mapped", FAIL, "\"GONE\"", "fh mappings").await;
    till.client
        .add_tax_mapping(&TaxMapping::new("GONE", 9999))
        .await
        .unwrap();
    finds(&till.patient(), "taxes.known", FAIL, "tax id 9999", "ids differ").await;
    take("INV-3", "VAT15", "84439990").await;
    let report = finds(
        &till.patient(),
        "taxes.current",
        FAIL,
        "applied until 2025-12-31",
        "that apply now",
    )
    .await;
    found(&report, "taxes.rate", FAIL, "\"VAT15\"", "1 January 2026");
    take("INV-4", "VAT15.5", "00000000").await;
    finds(
        &till.patient(),
        "documents.hs_codes",
        WARN,
        "1 of the last 4 lines",
        "customs tariff",
    )
    .await;
    take("INV-5", "VAT15.5", "123").await;
    finds(
        &till.patient(),
        "documents.hs_codes",
        FAIL,
        "not 4 or 8 digits",
        "customs tariff",
    )
    .await;
    // The standard tax is mapped at last year's rate alone.
    let standard = till.client.tax_mappings().await.unwrap();
    let standard = standard.iter().find(|mapping| mapping.tax_code == "VAT15.5").unwrap();
    till.client.delete_tax_mapping(standard.id.unwrap()).await.unwrap();
    finds(
        &till.patient(),
        "taxes.rate",
        FAIL,
        "last year's rate of 15 % alone",
        "standard tax of this year",
    )
    .await;
    let mut sight = look(&till.patient()).await;
    let mapped = sight.account.as_mut().unwrap().mapped.as_mut().unwrap();
    mapped.currencies.push(CurrencyMapping::new("ZIG", "ZIG"));
    found(
        &judge(&sight),
        "currencies.mapped",
        FAIL,
        "\"ZIG\" to \"ZIG\"",
        "fh currency supported",
    );
    let mapped = sight.account.as_mut().unwrap().mapped.as_mut().unwrap();
    mapped.taxes.push(TaxMapping::new("ZERO", 3));
    mapped.currencies.retain(|mapping| mapping.source_currency == "ZAR");
    mapped.supported = vec!["ZAR".to_owned()];
    let report = judge(&sight);
    found(
        &report,
        "currencies.mapped",
        FAIL,
        "not mapped: \"USD\"",
        "fh currency supported",
    );
    found(&report, "mappings.twice", WARN, "\"ZERO\"", "fh tax list");
    let mapped = sight.account.as_mut().unwrap().mapped.as_mut().unwrap();
    mapped.taxes.clear();
    mapped.currencies.clear();
    let report = judge(&sight);
    found(&report, "taxes.mapped", FAIL, "no tax code is mapped", "fh mappings");
    found(&report, "currencies.mapped", FAIL, "no currency is mapped", "Map them");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_of_the_outbox() {
    let till = Till::healthy().await;
    let file = till.path("till.db");
    mode(&file, 0o640);
    finds(&till.patient(), "outbox.private", FAIL, "mode 0640", "chmod 600").await;
    mode(&file, 0o600);
    let mut sight = look(&till.patient()).await;
    let seen = sight.outbox.as_mut().unwrap();
    seen.free_bytes = Some(10 << 20);
    seen.file.as_mut().unwrap().bytes = 5 << 30;
    let open = seen.open.as_mut().unwrap();
    open.stats.last_backup = None;
    open.oldest = "2020-01-01T00:00:00".parse().ok();
    open.last_fiscalised = "2020-01-01T00:00:00".parse().ok();
    let report = judge(&sight);
    found(&report, "outbox.disk", FAIL, "10 MiB free", "Free some space");
    found(&report, "outbox.size", WARN, "5 GiB", "fh queue prune");
    found(&report, "outbox.backup", WARN, "no backup", "fh backup");
    found(&report, "documents.last_fiscalised", WARN, "2020-01-01", "handed in");

    let outbox = till.outbox().await;
    outbox
        .for_lane("a lane of nobody")
        .enqueue(&invoice("INV-2", "VAT15.5", "84439990"))
        .await
        .unwrap();
    finds(
        &till.patient(),
        "outbox.lanes",
        WARN,
        "a lane of nobody",
        "fh run --with",
    )
    .await;
    outbox.note_refused_webhooks(3).await.unwrap();
    finds(
        &till.patient(),
        "webhook.refused",
        WARN,
        "3 times",
        "previous_api_secret",
    )
    .await;
    outbox
        .enqueue_unchecked(&invoice("INV-3", "NOT-MAPPED", "84439990"))
        .await
        .unwrap();
    outbox
        .run(&till.client, async {
            outbox.wait("INV-3", std::time::Duration::from_secs(60)).await.unwrap();
        })
        .await;
    finds(&till.patient(), "outbox.alarms", FAIL, "INV-3", "fh queue").await;
    outbox.restored("Rudo", true).await.unwrap();
    finds(
        &till.patient(),
        "outbox.is_mine",
        FAIL,
        "does not know all that happened",
        "backup",
    )
    .await;
    drop(outbox);

    // A copy of it on another machine.
    let mut copied = till.patient();
    let other = Outbox::builder(&file)
        .mark_folder(till.path("other marks"))
        .machine_id("another machine");
    copied.store.as_mut().unwrap().builder = other;
    finds(&copied, "outbox.is_mine", FAIL, "another machine's", "take-over").await;

    let newer = till.path("newer.db");
    std::fs::copy(&file, &newer).unwrap();
    mode(&newer, 0o600);
    let connection = rusqlite::Connection::open(&newer).unwrap();
    connection
        .execute("UPDATE fh_outbox_meta SET value = '999' WHERE name = 'version'", [])
        .unwrap();
    drop(connection);
    let place = |path: &Path| {
        let mut patient = till.patient();
        let builder = Outbox::builder(path)
            .mark_folder(till.path("marks"))
            .machine_id("this machine");
        patient.store = Some(fh_probe::doctor::StorePlace::new("it", Some(path.to_owned()), builder));
        patient
    };
    finds(&place(&newer), "outbox.opens", FAIL, "version 999", "Do what is said").await;
    let damaged = till.path("damaged.db");
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 3;
    bytes[middle..middle + 40_000].fill(0x5A);
    std::fs::write(&damaged, bytes).unwrap();
    finds(&place(&damaged), "outbox.whole", FAIL, "damaged", "fh restore").await;
    let absent = till.path("absent.db");
    let report = examine(&place(&absent)).await;
    assert_eq!(report.of("outbox.opens").unwrap().verdict, Verdict::Skip);
    assert!(!absent.exists(), "looking makes nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_of_agents_and_receivers() {
    let till = Till::healthy().await;
    let token = till.write_private("agent-token", &"0".repeat(64));
    finds(
        &till.patient(),
        "agent.runs",
        WARN,
        "none answers on 127.0.0.1:1",
        "fh serve",
    )
    .await;
    let other = serve(|_| answer(200, "", "<html>")).await;
    let with_agent = |address: std::net::SocketAddr| {
        let mut patient = till.patient();
        patient.agent = Some(AgentPlace::new(address.to_string(), token.clone()));
        patient
    };
    finds(&with_agent(other), "agent.port", FAIL, "no agent listens", "--listen").await;
    let newer = serve(|request| match request.split(' ').nth(1) {
        Some("/healthz") => answer(
            200,
            "Content-Type: application/json\r\n",
            r#"{"status":"ok","version":"9.9.9"}"#,
        ),
        Some("/readyz") => answer(503, "", r#"{"detail":"the disk of the outbox is full"}"#),
        _ => answer(200, "", "fh_webhooks{answer=\"refused\"} 12\n"),
    })
    .await;
    let report = finds(&with_agent(newer), "versions", WARN, "9.9.9", "newer program").await;
    found(
        &report,
        "agent.runs",
        FAIL,
        "the disk of the outbox is full",
        "Do what it says",
    );
    found(&report, "webhook.refused", WARN, "12 webhooks", "renewed");
    let strange = serve(|_| answer(401, "Content-Type: application/problem+json\r\n", "{}")).await;
    finds(
        &with_agent(strange),
        "agent.runs",
        FAIL,
        "does not take the token",
        "--token-file",
    )
    .await;
    mode(&token, 0o644);
    finds(&till.patient(), "agent.token_file", FAIL, "mode 0644", "chmod 600").await;
    till.write_private("agent-token", "short");
    finds(&till.patient(), "agent.token_file", FAIL, "5 characters", "Delete").await;

    let hooked = |url: String| {
        let mut patient = till.patient();
        patient.webhook_url = Some(url);
        patient
    };
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    finds(
        &hooked(format!("http://{gone}/")),
        "webhook.reachable",
        FAIL,
        "did not answer",
        "firewall",
    )
    .await;
    let trusting = serve(|_| answer(200, "", "")).await;
    finds(
        &hooked(format!("http://{trusting}/")),
        "webhook.answers",
        FAIL,
        "200 instead of 401",
        "401",
    )
    .await;
    let deaf = serve(|_| answer(401, "", "")).await;
    finds(
        &hooked(format!("http://{deaf}/")),
        "webhook.answers",
        FAIL,
        "401 instead of 2xx",
        "API secret",
    )
    .await;
    let (key, right) = (till.said().api_secret.unwrap(), "Set-Cookie: a=b\r\n");
    let secret = fh_auth::ApiSecret::new(&key).unwrap();
    let baker = serve(move |request| {
        let body = request.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        let signature = fh_auth::signature(&secret, body.as_bytes());
        let status = if request.contains(&signature) { 200 } else { 401 };
        answer(status, right, "")
    })
    .await;
    let report = finds(
        &hooked(format!("http://{baker}/")),
        "webhook.answers",
        FAIL,
        "cookies",
        "Switch cookies",
    )
    .await;
    assert!(report.of("webhook.answers").unwrap().guess.is_some());
    finds(
        &hooked("http://shop.invalid:8080/".to_owned()),
        "webhook.address",
        FAIL,
        "http://…:8080",
        "port 443",
    )
    .await;
}
