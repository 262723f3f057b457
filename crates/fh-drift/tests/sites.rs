//! Made-up sites in the forms that real ones have (`tests/sites`): what comes of each, and what is said of it, as a person reviewed it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use fh_codegen::document::{operations, render};
use fh_codegen::reference;
use fh_codegen::schema::component_names;
use fh_drift::harvest::index::parse;
use fh_drift::harvest::{Conflicts, Directory, Harvest, Known, Limits, gather, gather_partly, partial::STALE};
use serde_json::{Value, json};

fn sites() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/sites")
}

fn limits() -> Limits {
    Limits {
        pause: Duration::ZERO,
        ..Limits::default()
    }
}

fn source(name: &str) -> Directory {
    Directory::new(sites().join(name), limits())
}

/// What a harvest brought, and what it said.
fn told(harvest: &Harvest) -> String {
    let mut out = String::new();
    for place in operations(&harvest.document) {
        let _ = writeln!(out, "operation {} {}", place.method.to_uppercase(), place.path);
    }
    for name in component_names(&harvest.document) {
        let _ = writeln!(out, "schema `{name}`");
    }
    for name in harvest.prose.keys() {
        let _ = writeln!(out, "text {name}");
    }
    for problem in &harvest.problems {
        let _ = writeln!(out, "UNREAD {problem}");
    }
    for notice in &harvest.notices {
        let _ = writeln!(out, "NOTICE {notice}");
    }
    out
}

/// The report on a site: whole, or else refused and then read in part.
fn report(name: &str) -> String {
    match gather(&source(name), Conflicts::Refuse) {
        Ok(harvest) => format!("{}\n{}", told(&harvest), render(&harvest.document)),
        Err(failure) => {
            let partly = gather_partly(&source(name), Conflicts::Refuse, &Known::default()).expect("in part");
            format!("{failure}\n\n--allow-partial:\n{}", told(&partly))
        }
    }
}

macro_rules! golden {
    ($($name:ident $site:literal;)*) => {
        /// Every site of the folder is one of these.
        const SITES: &[&str] = &[$($site),*];

        $(#[test]
        fn $name() {
            insta::assert_snapshot!(stringify!($name), report($site));
        })*
    };
}

golden! {
    alternative_answers "alternative-answers";
    always_null "always-null";
    decoded_file_names "decoded-file-names";
    encoded_references "encoded-references";
    indented_fence "indented-fence";
    keywords_aside "keywords-aside";
    many_aliases "many-aliases";
    odd_pages "odd-pages";
    pages_that_disagree "pages-that-disagree";
    same_last_segment "same-last-segment";
    several_pages_one_operation "several-pages-one-operation";
    unclosed_fence "unclosed-fence";
    webhook_pages "webhook-pages";
    words_differ "words-differ";
}

#[test]
fn every_page_of_every_site_is_harvested_or_named() {
    let mut folders: Vec<String> = fs::read_dir(sites())
        .expect("sites")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_dir())
        .map(|path| path.file_name().expect("a name").to_string_lossy().into_owned())
        .collect();
    folders.sort();
    assert_eq!(folders, SITES);
    for site in SITES {
        let harvest = gather_partly(&source(site), Conflicts::Refuse, &Known::default()).expect("a list");
        let list = fs::read_to_string(sites().join(site).join("llms.txt")).expect("a list");
        let list = parse(&list, None).expect("a list");
        let harvested = harvest.provenance.to_string();
        for link in list.links {
            let named = harvest.problems.iter().any(|problem| problem.page.contains(&link.path))
                || harvest
                    .notices
                    .iter()
                    .any(|notice| notice.to_string().contains(&link.path));
            assert!(
                named || harvested.contains(&Value::from(link.path.as_str()).to_string()),
                "{site}: {} is neither harvested nor named",
                link.path
            );
        }
        assert!(
            list.problems.iter().all(|problem| harvest.problems.contains(problem)),
            "{site}"
        );
        // What came can be used: no reference is lost, in the spelling of an address or as the generator reads it.
        let mut document = harvest.document.clone();
        reference::each(&mut document, &mut |reference| {
            for spelling in [reference.to_owned(), reference::plain(reference)] {
                assert!(
                    reference::target(&harvest.document, &spelling).is_some(),
                    "{site}: {spelling}"
                );
            }
            reference.to_owned()
        });
    }
}

/// What was known before the pages of `odd-pages` went wrong.
fn known() -> Known {
    let operation = |schema: &str| {
        json!({"responses": {"200": {"description": "", "content":
            {"application/json": {"schema": {"$ref": reference::to_schema(schema)}}}}}})
    };
    let document = json!({
        "openapi": "3.0.3", "info": {"title": "Ledger Desk", "version": "1"},
        "paths": {
            "/sale": {"get": operation("Sale"), "delete": operation("Sale"), "put": operation("Sale")},
            "/sales": {"get": operation("Page")},
            "/sales/count": {"get": operation("Count")},
            "/day": {"post": operation("Day"), "delete": operation("Day")},
            "/gone": {"get": operation("Sale")}
        },
        "components": {"schemas": {
            "Sale": {"type": "object"}, "Page": {"type": "object", "properties": {"more": {"$ref": "#/components/schemas/Cursor"}}},
            "Cursor": {"type": "string"}, "Count": {"type": "integer"}, "Day": {"type": "string"}, "Old": {"type": "string"}
        }}
    });
    let on = |page: &str| json!({"page": page, "title": "", "last-modified": null});
    let provenance = json!({
        "GET /sale": on("/get-a-sale-20000001e0.md"),
        "PUT /sale": on("/get-a-sale-20000001e0.md"),
        "DELETE /sale": on("/void-a-sale-20000002e0.md"),
        "GET /sales": on("/list-sales-20000003e0.md"),
        "GET /sales/count": on("/count-sales-20000004e0.md"),
        "POST /day": on("/open-the-day-20000006e0.md"),
        "DELETE /day": on("/close-the-day-20000005e0.md"),
        "GET /gone": on("/a-page-that-is-no-longer-listed-20000009e0.md"),
        "#/components/schemas/Sale": on("/get-a-sale-20000001e0.md"),
        "#/components/schemas/Page": on("/list-sales-20000003e0.md"),
        "#/components/schemas/Cursor": on("/list-sales-20000003e0.md"),
        "#/components/schemas/Count": on("/count-sales-20000004e0.md"),
        "#/components/schemas/Day": on("/open-the-day-20000006e0.md"),
        "#/components/schemas/Old": on("/get-a-sale-20000001e0.md"),
        "prose/limits-1000001m0.md": on("/limits-1000001m0.md")
    });
    Known {
        document,
        provenance,
        prose: BTreeMap::from([("limits-1000001m0.md".to_owned(), "No more than 100 sales.\n".to_owned())]),
    }
}

#[test]
fn what_cannot_be_read_stays_as_it_was_known_and_is_marked() {
    let known = known();
    let harvest = gather_partly(&source("odd-pages"), Conflicts::Refuse, &known).expect("in part");
    let kept = |method: &str, path: &str| harvest.document["paths"][path].get(method).is_some();
    for (method, path) in [
        ("delete", "/sale"),
        ("get", "/sales"),
        ("get", "/sales/count"),
        ("post", "/day"),
        ("delete", "/day"),
    ] {
        assert!(kept(method, path), "{method} {path}");
        let name = format!("{} {path}", method.to_uppercase());
        assert_eq!(
            harvest.document["paths"][path][method], known.document["paths"][path][method],
            "{name}"
        );
        assert!(
            harvest.provenance[&name][STALE].is_string(),
            "{name}: {}",
            harvest.provenance[&name]
        );
    }
    // Read today, and so neither kept nor marked.
    assert!(harvest.provenance["GET /sale"].get(STALE).is_none());
    assert_ne!(
        harvest.document["paths"]["/sale"]["get"],
        known.document["paths"]["/sale"]["get"]
    );
    // Gone from a page that was read, and from a site that lists its page no more.
    assert!(!kept("put", "/sale") && !kept("get", "/gone"));
    assert!(harvest.document["components"]["schemas"].get("Old").is_none());
    // What the kept needs is kept, however far.
    assert_eq!(harvest.document["components"]["schemas"]["Cursor"]["type"], "string");
    assert_eq!(harvest.prose["limits-1000001m0.md"], "No more than 100 sales.\n");
    insta::assert_snapshot!("kept", told(&harvest));
}

#[test]
fn an_unread_page_that_nobody_knows_may_hold_anything_that_is_missing() {
    let mut known = known();
    for name in ["DELETE /day", "prose/limits-1000001m0.md"] {
        known.provenance.as_object_mut().expect("an object").remove(name);
    }
    let harvest = gather_partly(&source("odd-pages"), Conflicts::Refuse, &known).expect("in part");
    for (method, path) in [("put", "/sale"), ("get", "/gone"), ("delete", "/day")] {
        assert!(harvest.document["paths"][path].get(method).is_some(), "{method} {path}");
    }
}

#[test]
fn a_harvest_in_part_without_any_problem_is_a_whole_one() {
    let whole = gather(&source("encoded-references"), Conflicts::Refuse).expect("a harvest");
    let partly = gather_partly(&source("encoded-references"), Conflicts::Refuse, &known()).expect("a harvest");
    assert_eq!(partly, whole);
}

#[test]
fn the_first_page_can_be_believed() {
    let harvest = gather(&source("pages-that-disagree"), Conflicts::FirstPage).expect("a harvest");
    let operation = &harvest.document["paths"]["/sale"]["post"];
    assert_eq!(operation["parameters"][0]["required"], true);
    assert_eq!(
        harvest.document["components"]["schemas"]["Sale"]["properties"]["total"]["type"],
        "number"
    );
    assert_eq!(
        harvest
            .notices
            .iter()
            .filter(|notice| notice.remark.slug() == "settled")
            .count(),
        2
    );
}
