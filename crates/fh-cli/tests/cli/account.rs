//! The commands around documents: account, mappings, reports, QR codes, PDFs.

use serde_json::Value;

use crate::{
    harness::{Ran, World, invoice},
    submit::scan_png,
};

fn json(world: &World, arguments: &[&str]) -> Vec<Value> {
    let ran = ok(world.fh(&[&["--output", "json"], arguments].concat()));
    ran.lines()
}

fn ok(ran: Ran) -> Ran {
    assert_eq!(ran.code, 0, "{ran:?}");
    ran
}

#[test]
fn the_account_is_shown() {
    let world = World::new();
    assert!(json(&world, &["account", "profile"])[0]["Id"].is_i64());
    let device = &json(&world, &["account", "device"])[0];
    assert!(device["CurrentConfig"].as_str().unwrap().contains("applicableTaxes"));
    assert!(json(&world, &["account", "subscription"])[0].is_object());
    let people = ok(world.fh(&["account", "device"])).stdout;
    assert!(
        people.contains("applicableTaxes") && people.contains("taxID"),
        "{people}"
    );
    assert!(ok(world.fh(&["account", "profile"])).stdout.contains("FullName"));
    ok(world.fh(&["account", "subscription"]));
}

#[test]
fn the_test_tells_a_wrong_secret_from_a_wrong_key() {
    let world = World::new();
    let told = &json(&world, &["account", "test"])[0];
    assert_eq!(
        (&told["key"], &told["secret"], &told["test"]),
        (&"ok".into(), &"ok".into(), &"ok".into())
    );
    let mut command = world.command(["--output", "json", "account", "test"]);
    let ran = world.run(command.env("FH_API_SECRET", format!("{}==", "A".repeat(86))));
    assert_eq!(ran.code, 6, "{ran:?}");
    let told = &ran.lines()[0];
    assert!(
        told["key"] == "ok" && told["secret"].as_str().unwrap().contains("refused"),
        "{told}"
    );
    let mut command = world.command(["account", "test"]);
    let ran = world.run(command.env("FH_API_KEY", "A".repeat(32)));
    assert!(ran.code == 6 && ran.stdout.contains("not tried"), "{ran:?}");
}

#[test]
fn tax_mappings_can_be_kept() {
    let world = World::new();
    let before = json(&world, &["tax", "list"]);
    let tax_id = before[0]["DestinationTaxId"].to_string();
    let added = json(
        &world,
        &[
            "tax", "add", "--code", "SPECIAL", "--tax-id", &tax_id, "--name", "Special",
        ],
    );
    let id = added[0]["Id"].to_string();
    assert_eq!(json(&world, &["tax", "list"]).len(), before.len() + 1);
    assert_eq!(json(&world, &["tax", "get", &id])[0]["TaxCode"], "SPECIAL");
    assert_eq!(
        json(
            &world,
            &["tax", "update", &id, "--code", "RENAMED", "--tax-id", &tax_id]
        )[0]["updated"],
        true
    );
    assert_eq!(json(&world, &["tax", "get", &id])[0]["TaxCode"], "RENAMED");
    assert!(ok(world.fh(&["tax", "list"])).stdout.contains("RENAMED"));
    let named = json(
        &world,
        &[
            "tax",
            "update",
            &id,
            "--code",
            "RENAMED",
            "--tax",
            "standard rated 15.5%",
        ],
    );
    assert_eq!(named[0]["updated"], true);
    assert_eq!(json(&world, &["tax", "get", &id])[0]["DestinationTaxId"], 517);
    let ran = world.fh(&["tax", "add", "--code", "X", "--tax", "Levy"]);
    assert!(
        ran.code == 2 && ran.stderr.contains("the authority has no tax \"Levy\""),
        "{ran:?}"
    );
    assert_eq!(json(&world, &["tax", "delete", &id])[0]["deleted"], true);
    assert_eq!(json(&world, &["tax", "list"]), before);
    let ran = world.fh(&["tax", "get", &id]);
    assert!(ran.code == 7 && ran.stderr.contains("not found"), "{ran:?}");
}

#[test]
fn currency_mappings_can_be_kept() {
    let world = World::new();
    let supported = json(&world, &["currency", "supported"]);
    assert!(supported.contains(&"USD".into()), "{supported:?}");
    assert!(
        ok(world.fh(&["currency", "supported"]))
            .stdout
            .lines()
            .any(|line| line == "USD")
    );
    let before = json(&world, &["currency", "list"]);
    let added = json(&world, &["currency", "add", "--source", "US$", "--destination", "USD"]);
    let id = added[0]["Id"].to_string();
    assert_eq!(
        json(
            &world,
            &["currency", "update", &id, "--source", "DOLLAR", "--destination", "USD"]
        )[0]["updated"],
        true
    );
    assert_eq!(json(&world, &["currency", "get", &id])[0]["SourceCurrency"], "DOLLAR");
    assert_eq!(json(&world, &["currency", "delete", &id])[0]["deleted"], true);
    assert_eq!(json(&world, &["currency", "list"]), before);
}

#[test]
fn z_reports_are_listed_shown_and_saved() {
    let world = World::new();
    world.write("a.json", invoice("INV-1").to_string());
    ok(world.fh(&["submit", "--direct", "a.json"]));
    let day = world.sim().close_day().unwrap().to_string();
    let listed = json(&world, &["zreport", "list"]);
    assert!(listed[0].to_string().contains(&day), "{listed:?}");
    assert!(json(&world, &["zreport", "get", &day])[0].is_object());
    ok(world.fh(&["zreport", "get", &day]));
    let saved = &json(&world, &["zreport", "pdf", &day, "--to", "z"])[0];
    let bytes = std::fs::read(world.path(saved["pdf"].as_str().unwrap())).unwrap();
    assert!(bytes.starts_with(b"%PDF-") && saved["bytes"] == bytes.len());
    assert_eq!(world.fh(&["zreport", "get", "999999"]).code, 7);
}

#[test]
fn a_qr_code_is_drawn_from_a_link_without_anyone_to_talk_to() {
    let world = World::alone();
    let link = "https://fdmstest.zimra.co.zw/0000033389140520260000000068CC86EF9CDFA968E3";
    let ran = ok(world.fh(&["qr", link]));
    assert!(ran.stdout.contains('█') && ran.stdout.contains(link), "{ran:?}");
    ok(world.fh(&["qr", link, "--png", "qr.png", "--svg", "qr.svg"]));
    assert_eq!(scan_png(&world.path("qr.png")), link);
    assert!(
        std::fs::read_to_string(world.path("qr.svg"))
            .unwrap()
            .starts_with("<svg")
    );
    let ran = world.fh(&["qr", link, "--png", "no/such/folder.png"]);
    assert!(ran.code == 7 && ran.stderr.contains("could not be written"), "{ran:?}");
    assert_eq!(world.fh(&["qr", &format!("https://{}", "x".repeat(3000))]).code, 3);
}

#[test]
fn a_qr_code_is_drawn_for_a_request() {
    let world = World::new();
    world.write("a.json", invoice("INV-1").to_string());
    let line = &json(&world, &["submit", "--direct", "a.json"])[0];
    let id = line["request_id"].as_str().unwrap();
    ok(world.fh(&["qr", id, "--png", "qr.png"]));
    assert_eq!(
        scan_png(&world.path("qr.png")),
        line["receipt"]["qr_url"].as_str().unwrap()
    );
    let ran = world.fh(&["qr", "00000000-0000-0000-0000-000000000000"]);
    assert!(ran.code == 5 && ran.stderr.contains("no QR code"), "{ran:?}");
}

#[test]
fn a_pdf_is_saved_by_its_name_and_stays_in_its_folder() {
    let world = World::new();
    world.write("a.json", invoice("INV-1").to_string());
    let line = &json(&world, &["submit", "--direct", "a.json"])[0];
    let name = line["receipt"]["pdf"].as_str().unwrap();
    let ran = ok(world.fh(&["pdf", name, "--to", "out"]));
    assert!(world.path(ran.stdout.trim()).starts_with(world.path("out")));
    assert_eq!(world.fh(&["pdf", "../../etc/passwd"]).code, 7);
}

#[test]
fn every_shell_gets_its_completions() {
    let world = World::alone();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(
            ok(world.fh(&["completions", shell])).stdout.contains("zreport"),
            "{shell}"
        );
    }
}
