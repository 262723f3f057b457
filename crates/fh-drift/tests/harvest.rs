// One idea: one made-up site and the stories of what its harvest says; they share the site, what was known before, and the comparison.
//! A made-up site in every state the vendor's may be in, harvested over loopback and compared with what was known.

mod site;

use std::collections::BTreeMap;
use std::fs;

use fh_drift::drift::report::{Compared, Format, exit_code, render};
use fh_drift::drift::{Finding, Policy, ack::Judged, classify, prose};
use fh_drift::harvest::{Conflicts, Failure, Harvest, gather, open, store};
use serde_json::{Value, json};
use site::{INTRODUCTION, Reply, Site, limits};

/// The documentation as it was: three operations, four schemas.
fn documentation() -> Value {
    json!({
        "openapi": "3.0.3",
        "info": {"title": "Things API", "version": "0.2.7"},
        "servers": [{"url": "https://mock.example.test", "description": "Cloud Mock"}],
        "paths": {
            "/invoice": {"post": {
                "summary": "Submit Invoice", "description": "Hands an invoice in.", "tags": ["Transactions"],
                "security": [],
                "parameters": [
                    {"name": "X-App-Station", "in": "header", "required": true, "schema": {"type": "string"}},
                    {"name": "X-App-Version", "in": "header", "required": true, "schema": {"type": "string"}}
                ],
                "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Invoice"}}}},
                "responses": {"200": {"description": "The request id.", "content": {"text/plain": {"schema": {"type": "string"}}}}}
            }},
            "/status": {"post": {
                "summary": "Check Status", "tags": ["Transactions"], "security": [],
                "requestBody": {"required": true, "content": {"application/json": {"schema": {"type": "array", "maxItems": 100, "items": {"type": "string"}}}}},
                "responses": {"200": {"description": "The outcomes.", "content": {"application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/StatusRequest"}}}}}}
            }},
            "/profile": {"get": {
                "summary": "Get Profile", "tags": ["Account"], "security": [],
                "responses": {"200": {"description": "The profile.", "content": {"application/json": {"schema": {"type": "object", "properties": {"Id": {"type": "integer"}}}}}}}
            }}
        },
        "components": {"schemas": {
            "Invoice": {"type": "object", "required": ["InvoiceId", "Total"], "properties": {
                "InvoiceId": {"type": "string", "maxLength": 50},
                "Total": {"type": "number"},
                "Payment": {"$ref": "#/components/schemas/PaymentMethodType"},
                "Buyer": {"nullable": true, "allOf": [{"$ref": "#/components/schemas/BuyerContact"}]},
                "Notes": {"type": "string", "nullable": true, "description": "Anything: \"yes\", 007 or no."}
            }},
            "BuyerContact": {"type": "object", "properties": {"Tin": {"type": "string"}, "Name": {"type": "string"}}},
            "PaymentMethodType": {"type": "string", "enum": ["Cash", "Card", "Other"]},
            "StatusRequest": {"type": "object", "required": ["RequestId"], "properties": {
                "RequestId": {"type": "string"}, "Success": {"type": "boolean"}, "Error": {"type": "string", "nullable": true}
            }}
        }}
    })
}

fn harvest(site: Site) -> Result<Harvest, Failure> {
    let served = site.serve();
    let source = open(&served.address, limits()).expect("a loopback address");
    gather(source.as_ref(), Conflicts::Refuse).map_err(|mut failure| {
        // The port is another each time.
        for problem in &mut failure.problems {
            problem.problem = problem.problem.replace(&served.address, "http://the.site");
        }
        failure
    })
}

fn before() -> Harvest {
    harvest(Site::of(&documentation())).expect("the site as it was")
}

/// What `cargo xtask drift` would print for this site, or why it would not.
fn report(site: Site) -> String {
    match harvest(site) {
        Err(failure) => failure.to_string(),
        Ok(after) => {
            let findings = compare(&before(), &after);
            let judged = judged(&findings);
            let notices: String = after
                .notices
                .iter()
                .map(|notice| format!("NOTICE {notice}\n"))
                .collect();
            format!(
                "{notices}{}exit {}\n",
                render(Format::Human, Compared::Site, &findings, &judged),
                exit_code(&findings, &judged)
            )
        }
    }
}

fn compare(before: &Harvest, after: &Harvest) -> Vec<Finding> {
    let mut findings = classify(&before.document, &after.document, Policy::OURS);
    findings.extend(prose::compare(&before.prose, &after.prose));
    findings
}

fn judged(findings: &[Finding]) -> Judged<'_> {
    Judged {
        unacknowledged: findings.iter().filter(|finding| finding.is_breaking()).collect(),
        ..Judged::default()
    }
}

/// The site after one change to the documentation, by JSON pointer; null removes.
fn changed(changes: &[(&str, Value)]) -> Site {
    let mut document = documentation();
    for (pointer, value) in changes {
        let (parent, last) = pointer.rsplit_once('/').expect("a pointer");
        let parent = document
            .pointer_mut(parent)
            .expect("a place")
            .as_object_mut()
            .expect("an object");
        let last = last.replace("~1", "/");
        if value.is_null() {
            drop(parent.remove(&last).expect("something to remove"))
        } else {
            drop(parent.insert(last, value.clone()))
        }
    }
    Site::of(&document)
}

macro_rules! golden {
    ($($(#[$doc:meta])* $name:ident => $site:expr;)*) => { $(
        #[test]
        $(#[$doc])*
        fn $name() {
            insta::assert_snapshot!(stringify!($name), report($site));
        }
    )* };
}

const INVOICE: &str = "/components/schemas/Invoice";

golden! {
    unchanged => Site::of(&documentation());
    prose_only_changed => {
        let mut site = Site::of(&documentation());
        site.edit(INTRODUCTION, "No more than 100 ids", "No more than 50 ids");
        site
    };
    only_the_age_of_a_page_changed => {
        let mut site = Site::of(&documentation());
        site.edit(INTRODUCTION, "2026-03-02 07:18:24", "2026-11-01 00:00:00");
        site
    };
    property_added => changed(&[("/components/schemas/Invoice/properties/HsCode", json!({"type": "string"}))]);
    property_made_required => changed(&[("/components/schemas/Invoice/required", json!(["InvoiceId", "Total", "Notes"]))]);
    enum_widened => changed(&[("/components/schemas/PaymentMethodType/enum", json!(["Cash", "Card", "Other", "Wallet"]))]);
    enum_narrowed => changed(&[("/components/schemas/PaymentMethodType/enum", json!(["Cash", "Card"]))]);
    type_changed => changed(&[("/components/schemas/Invoice/properties/Total", json!({"type": "string"}))]);
    path_renamed => changed(&[("/paths/~1invoices", documentation()["paths"]["/invoice"].clone()), ("/paths/~1invoice", Value::Null)]);
    operation_gone => changed(&[("/paths/~1profile", Value::Null)]);
    header_no_longer_required => {
        let mut parameters = documentation()["paths"]["/invoice"]["post"]["parameters"].clone();
        parameters[1]["required"] = json!(false);
        changed(&[("/paths/~1invoice/post/parameters", parameters)])
    };
    schemas_disagree => {
        let mut site = Site::of(&documentation());
        let page = site.find("submit-invoice");
        site.edit(&page, "maxLength: 50", "maxLength: 40");
        site
    };
    broken_yaml => {
        let mut site = Site::of(&documentation());
        let page = site.find("check-status");
        site.edit(&page, "paths:", "paths: [");
        site
    };
    page_not_found => {
        let mut site = Site::of(&documentation());
        let page = site.find("get-profile");
        site.replies.remove(&page);
        site
    };
    server_error_that_stays => {
        let mut site = Site::of(&documentation());
        let page = site.find("get-profile");
        site.replies.insert(page, Reply::Status(503));
        site
    };
    non_english_page => {
        let mut site = changed(&[("/components/schemas/Invoice/properties/Notes/description", json!("Zvimwe zvinyorwa: «ndatenda» – 备注"))]);
        site.edit(INTRODUCTION, "# Introduction", "# 简介 – Nhanganyaya");
        site
    };
    unknown_extension => {
        let mut site = Site::of(&documentation());
        let page = site.find("get-profile");
        site.edit(&page, "x-apidog-status: released", "x-apidog-status: released\n      x-shop-method: {a: 1}");
        site
    };
    several_things_wrong_at_once => {
        let mut site = Site::of(&documentation());
        let (profile, status) = (site.find("get-profile"), site.find("check-status"));
        site.replies.remove(&profile);
        site.page(&status, "# Check Status\n\nComing soon.\n");
        site
    };
    list_missing => {
        let mut site = Site::of(&documentation());
        site.replies.remove("/llms.txt");
        site
    };
    list_is_html => {
        let mut site = Site::of(&documentation());
        site.page("/llms.txt", "<!DOCTYPE html><html><body>Not here</body></html>");
        site
    };
    html_where_markdown_should_be => {
        let mut site = Site::of(&documentation());
        site.replies.insert(INTRODUCTION.to_owned(), Reply::Typed { text: "<p>".into(), content_type: "text/html", last_modified: None });
        let page = site.find("invoice");
        site.page(&page, "\n<html><body>Sign in</body></html>");
        site
    };
    redirect_loop => {
        let mut site = Site::of(&documentation());
        let page = site.find("get-profile");
        site.replies.insert(page.clone(), Reply::Redirect(page));
        site
    };
    redirect_to_another_host => {
        let mut site = Site::of(&documentation());
        let page = site.find("get-profile");
        site.replies.insert(page, Reply::Redirect("https://elsewhere.invalid/x.md".into()));
        site
    };
    link_to_another_host => {
        let mut site = Site::of(&documentation());
        site.edit("/llms.txt", "(/introduction", "(https://elsewhere.invalid/introduction");
        site
    };
    endless_body => {
        let mut site = Site::of(&documentation());
        let page = site.find("get-profile");
        site.replies.insert(page, Reply::Endless);
        site
    };
    yaml_bomb => {
        let mut site = Site::of(&documentation());
        let page = site.find("get-profile");
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..10 {
            bomb.push_str(&format!("a{level}: &a{level} [{}]\n", vec![format!("*a{}", level - 1); 10].join(", ")));
        }
        site.page(&page, &format!("# Get Profile\n\n## OpenAPI Specification\n\n```yaml\n{bomb}```\n"));
        site
    };
    dangling_reference => {
        let mut site = Site::of(&documentation());
        let page = site.find("get-profile");
        site.edit(&page, "type: integer", "$ref: '#/components/schemas/Ghost'");
        site
    };
    beyond_openapi_3_0 => {
        let schema = "/paths/~1profile/get/responses/200/content/application~1json/schema";
        changed(&[(&format!("{schema}/properties/Id/patternProperties"), json!({}))])
    };
}

#[test]
fn what_is_harvested_is_what_was_documented() {
    let harvest = before();
    assert_eq!(harvest.document, documentation());
    assert_eq!(harvest.notices, Vec::new());
    let page = &harvest.provenance["POST /invoice"];
    assert_eq!(page["title"], "Submit Invoice");
    assert!(
        page["page"]
            .as_str()
            .is_some_and(|page| page.starts_with("/submit-invoice-")),
        "{page}"
    );
    let page = &harvest.provenance["#/components/schemas/Invoice"]["page"];
    assert!(
        page.as_str().is_some_and(|page| page.starts_with("/invoice-")),
        "a schema comes from its own page: {page}"
    );
    insta::assert_snapshot!("prose", &harvest.prose["introduction-1000001m0.md"]);
}

#[test]
fn the_same_site_gives_the_same_bytes() {
    let write = |harvest: &Harvest| {
        let spec = tempfile::tempdir().expect("a directory");
        fs::create_dir(spec.path().join("prose")).expect("prose");
        fs::write(spec.path().join("prose/README.md"), "ours").expect("our page");
        fs::write(spec.path().join("prose/gone-1m0.md"), "a page that is gone").expect("an old page");
        store::write(spec.path(), harvest).expect("written");
        let mut files = BTreeMap::new();
        for name in [
            "upstream.json",
            "provenance.json",
            "prose/introduction-1000001m0.md",
            "prose/README.md",
        ] {
            files.insert(name, fs::read_to_string(spec.path().join(name)).expect(name));
        }
        assert_eq!(
            fs::read_dir(spec.path()).expect("spec").count(),
            3,
            "nothing staged is left"
        );
        assert!(!spec.path().join("prose/gone-1m0.md").exists());
        assert_eq!(store::prose(spec.path()).expect("prose"), harvest.prose);
        files
    };
    assert_eq!(write(&before()), write(&before()));
}

#[test]
fn a_server_error_that_heals_is_waited_for() {
    let mut site = Site::of(&documentation());
    let page = site.find("get-profile");
    let text = site.text(&page).to_owned();
    site.replies.insert(
        page.clone(),
        Reply::Heals {
            times: 2,
            status: 500,
            text,
        },
    );
    let served = site.serve();
    let source = open(&served.address, limits()).expect("an address");
    let harvest = gather(source.as_ref(), Conflicts::Refuse).expect("healed");
    assert_eq!(harvest.document, documentation());
    assert_eq!(served.requests().iter().filter(|path| **path == page).count(), 3);
}

#[test]
fn every_request_says_who_we_are_and_each_page_is_asked_once() {
    let site = Site::of(&documentation());
    let pages = site.replies.len();
    let served = site.serve();
    let source = open(&served.address, limits()).expect("an address");
    gather(source.as_ref(), Conflicts::Refuse).expect("a harvest");
    let log = served.log.lock().expect("the log");
    assert_eq!(log.len(), pages);
    assert!(
        log.iter()
            .all(|(_, agent)| agent.starts_with("fiscal-harmony-harvest/") && agent.contains("(+https://")),
        "{log:?}"
    );
}

#[test]
fn two_blocks_on_one_page_anchors_and_3_1_nulls_are_the_same_documentation() {
    let mut site = Site::of(&documentation());
    // The page of the profile holds the status operation too, whose own page becomes text.
    let (profile, status) = (site.find("get-profile"), site.find("check-status"));
    let block = site.text(&status).split_once("```yaml").expect("a block").1.to_owned();
    let two = format!("{}\n\n```yaml{block}", site.text(&profile));
    site.page(&profile, &two);
    site.edit("/llms.txt", &status, "/status-1000009m0.md");
    site.page("/status-1000009m0.md", "# Check Status\n\nSee the profile.\n");
    // Null as a type list on one page, as anyOf on another, as nullable on the rest.
    let own = site.find("statusrequest");
    site.page(&own, "# StatusRequest\n\n## OpenAPI Specification\n```yaml\nopenapi: 3.1.0\npaths: {}\ncomponents:\n  schemas:\n    StatusRequest:\n      type: object\n      required: [RequestId]\n      properties:\n        RequestId: &text {type: string}\n        Success: {type: boolean}\n        Error:\n          anyOf:\n            - *text\n            - type: 'null'\n```\n");
    let invoice = site.find("invoice");
    let text = site
        .text(&invoice)
        .replace("type: string\n          nullable: true", "type: [string, 'null']");
    site.page(&invoice, &text);
    let harvest = harvest(site).expect("a harvest");
    assert_eq!(harvest.document, documentation());
    assert_eq!(
        harvest.prose["status-1000009m0.md"],
        "# Check Status\n\nSee the profile.\n"
    );
}

#[test]
fn the_age_of_a_page_is_its_own_word_or_the_servers() {
    let mut site = Site::of(&documentation());
    let (profile, status) = (site.find("get-profile"), site.find("check-status"));
    let text = site.text(&profile).to_owned();
    site.replies.insert(
        profile,
        Reply::Typed {
            text,
            content_type: "text/markdown",
            last_modified: Some("Tue, 07 Apr 2026 12:04:58 GMT"),
        },
    );
    site.edit(
        &status,
        "# Check Status\n",
        "# Check Status\n\n**Modified at** 2026-02-27 15:16:46\n",
    );
    let harvest = harvest(site).expect("a harvest");
    assert_eq!(
        harvest.provenance["GET /profile"]["last-modified"],
        "Tue, 07 Apr 2026 12:04:58 GMT"
    );
    assert_eq!(
        harvest.provenance["POST /status"]["last-modified"],
        "2026-02-27 15:16:46"
    );
    assert_eq!(harvest.provenance["POST /invoice"]["last-modified"], Value::Null);
}

#[test]
fn a_disagreement_can_be_settled_by_the_schemas_own_page() {
    let mut site = Site::of(&documentation());
    let page = site.find("submit-invoice");
    site.edit(&page, "maxLength: 50", "maxLength: 40");
    let served = site.serve();
    let source = open(&served.address, limits()).expect("an address");
    let harvest = gather(source.as_ref(), Conflicts::SchemaPage).expect("settled");
    assert_eq!(
        harvest.document["components"]["schemas"]["Invoice"]["properties"]["InvoiceId"]["maxLength"],
        50
    );
    assert!(
        harvest
            .notices
            .iter()
            .any(|notice| notice.text.contains("/properties/InvoiceId/maxLength")),
        "{:?}",
        harvest.notices
    );
}

#[test]
fn plain_http_to_another_machine_is_refused() {
    let problem = open("http://docs.example.test", limits()).err().expect("refused");
    assert!(problem.contains("https"), "{problem}");
    assert!(open("/no/such/directory", limits()).is_err());
}

#[test]
fn five_hundred_endpoint_pages_from_a_directory_agree() {
    let mut document = documentation();
    let template = document["paths"]["/invoice"].clone();
    for number in 0..500 {
        let mut item = template.clone();
        item["post"]["summary"] = json!(format!("Submit Invoice {number}"));
        document["paths"][format!("/invoice{number}")] = item;
    }
    let directory = tempfile::tempdir().expect("a directory");
    Site::of(&document).write(directory.path());
    let source = open(&directory.path().to_string_lossy(), limits()).expect("a directory");
    let harvest = gather(source.as_ref(), Conflicts::Refuse).expect("a harvest");
    assert_eq!(harvest.document, document);
    assert_eq!(fs::read_dir(directory.path()).expect("pages").count(), 503 + 4 + 2);
}

#[test]
fn a_directory_cannot_be_left() {
    let directory = tempfile::tempdir().expect("a directory");
    fs::write(
        directory.path().join("llms.txt"),
        "# T\n- [A](https://a.test/%2e%2e/a.md)\n- [B](https://a.test/..%2fb.md)\n",
    )
    .expect("a list");
    let source = open(&directory.path().to_string_lossy(), limits()).expect("a directory");
    let failure = gather(source.as_ref(), Conflicts::Refuse).expect_err("refused");
    assert_eq!(failure.problems.len(), 2, "{failure}");
    assert!(source.page("/../llms.txt").is_err());
}

#[test]
fn the_report_for_a_pull_request_and_for_a_program() {
    let after = harvest(changed(&[
        (
            &format!("{INVOICE}/properties/HsCode"),
            json!({"type": "string", "description": "a | b <i>"}),
        ),
        (&format!("{INVOICE}/properties/Notes"), Value::Null),
    ]))
    .expect("a harvest");
    let findings = compare(&before(), &after);
    let judged = judged(&findings);
    insta::assert_snapshot!(
        "report_markdown",
        render(Format::Markdown, Compared::Site, &findings, &judged)
    );
    insta::assert_snapshot!("report_json", render(Format::Json, Compared::Site, &findings, &judged));
}
