//! What the owner, the accountant and the inspector do on the page, as a browser without scripts does it.

use fh_types::{CatDateTime, SystemClock};

use crate::{
    harness::{World, invoice},
    page::Served,
};

fn today() -> fh_types::jiff::civil::Date {
    CatDateTime::now(&SystemClock).civil().date()
}

#[test]
fn an_invoice_is_found_by_any_part_of_what_people_know_it_by() {
    let world = World::new();
    let served = Served::start(&world, &["serve"]);
    let mut sale = invoice("INV-0001");
    sale["BuyerContact"] = serde_json::json!({"Name": "Élan Traders", "Tin": "2000987654"});
    let taken = served.submit(&sale);
    assert_eq!(taken["state"], "fiscalised", "{taken}");
    served.submit(&invoice("INV-0002"));
    let code = taken["receipt"]["verification_code"].as_str().unwrap().to_lowercase();
    let number = taken["receipt"]["receipt_number"].to_string();
    for wanted in [
        "v-0001",
        "%C3%89LAN",
        "traders",
        "00098765",
        &code[3..12],
        &code.replace('-', "")[2..14],
    ] {
        let found = served.page(&format!("/documents?search={wanted}"));
        assert!(
            found.contains(">INV-0001<") && !found.contains(">INV-0002<"),
            "{wanted}: {found}"
        );
        assert!(
            found.contains("USD") && found.contains("4.95") && found.contains("Élan Traders"),
            "{found}"
        );
    }
    for wanted in ["4.95", &number[..2]] {
        assert!(
            served
                .page(&format!("/documents?search={wanted}"))
                .contains(">INV-0001<"),
            "{wanted}"
        );
    }
    for nothing in ["nobody", "4.96", "_", "%25"] {
        let found = served.page(&format!("/documents?search={nothing}"));
        assert!(
            found.contains("Nothing of that kind is in these days."),
            "{nothing}: {found}"
        );
        assert!(found.contains("from=1970-01-01"), "all days are offered");
    }
}

#[test]
fn paging_does_not_get_lost_when_documents_come_in() {
    let world = World::new();
    let documents: Vec<_> = (100..220).map(|number| invoice(&format!("INV-{number}"))).collect();
    let added = world.fh_with_stdin(
        &["queue", "add", "-", "--lane", "till 9"],
        crate::harness::lines(&documents).as_bytes(),
    );
    assert_eq!(added.code, 0, "{added:?}");
    let served = Served::start(&world, &["serve"]);
    let numbers = |page: &str| -> Vec<String> {
        let rows = page.split("href=\"/documents/").skip(1);
        rows.map(|row| row.split('"').next().unwrap().to_owned()).collect()
    };
    let address = |page: &str, rel: &str| {
        let before = page.split_once(&format!("rel=\"{rel}\"")).unwrap().0;
        before
            .rsplit_once("href=\"")
            .unwrap()
            .1
            .split('"')
            .next()
            .unwrap()
            .replace("&amp;", "&")
    };
    let first = served.page("/documents?search=inv");
    let second = served.page(&address(&first, "next"));
    for number in 220..225 {
        served.submit(&invoice(&format!("INV-{number}")));
    }
    let third = served.page(&address(&second, "next"));
    let expected: Vec<_> = (100..220).rev().map(|number| format!("INV-{number}")).collect();
    let seen: Vec<_> = [&first, &second, &third]
        .into_iter()
        .flat_map(|page| numbers(page))
        .collect();
    assert_eq!(seen, expected);
    assert_eq!(numbers(&served.page(&address(&third, "prev"))), numbers(&second));
    assert_eq!(numbers(&served.page(&address(&second, "prev"))), numbers(&first));
    assert!(
        third.contains("search=inv&amp;state="),
        "the filter stays in the address"
    );
}

#[test]
fn a_receipt_is_printed_by_the_browser_and_later_prints_are_copies_that_are_counted() {
    let world = World::new();
    let served = Served::start(&world, &["serve"]);
    served.submit(&invoice("A/1 \u{e9}"));
    let page = served.page("/documents/A%2F1%20%C3%A9");
    assert!(
        page.contains("id=\"amounts\"") && page.contains("FISCAL TAX INVOICE"),
        "{page}"
    );
    let print = |paper: &str| {
        let answer = served.post("/documents/A%2F1%20%C3%A9/print", &[("paper", paper)]);
        assert_eq!(answer.status, 303, "{answer:?}");
        answer.header("location").unwrap().to_owned()
    };
    let first = print("80mm");
    let sheet = served.page(&first);
    assert!(
        !sheet.contains("COPY") && sheet.contains("class=\"sheet roll\""),
        "{sheet}"
    );
    let again = served.page(&print("a4"));
    assert!(
        again.contains("COPY") && again.contains("class=\"sheet a4\""),
        "{again}"
    );
    let history = served.page("/documents/A%2F1%20%C3%A9");
    assert_eq!(history.matches(">Printed").count(), 2, "{history}");
    for form in ["receipt.pdf", "receipt.pdf?ours"] {
        let headers = [("Host", &*served.host), ("Cookie", &*served.cookie)];
        let answer = served.head_of(&format!("/v1/documents/A%2F1%20%C3%A9/{form}"), &headers);
        assert!(
            answer.contains("filename=\"A_1__.pdf\"; filename*=UTF-8''A%2F1%20%C3%A9.pdf"),
            "{answer}"
        );
    }
    assert_eq!(served.post("/documents/none/print", &[]).status, 404);
}

#[test]
fn a_sale_is_taken_back_in_part_on_a_second_press() {
    let world = World::new();
    let served = Served::start(&world, &["serve"]);
    served.submit(&invoice("INV-1"));
    let page = served.page("/documents/INV-1");
    assert!(page.contains("name=\"quantity_0\" value=\"3\""), "{page}");
    let credit = |fields: &[(&str, &str)]| served.post("/documents/INV-1/credit", fields);
    let mut fields = vec![("quantity_0", "1"), ("number", "CN-7"), ("reason", "one was sour")];
    let draft = credit(&fields).page();
    assert!(
        draft.contains("1.65") && draft.contains("name=\"confirmed\""),
        "{draft}"
    );
    assert_eq!(
        served.get("/documents/CN-7").status,
        404,
        "nothing is sent before the second press"
    );
    for (field, wrong) in [
        ("quantity_0", "4"),
        ("quantity_0", "x"),
        ("quantity_0", "0"),
        ("reason", ""),
    ] {
        let mut given: Vec<_> = fields.iter().filter(|(name, _)| *name != field).copied().collect();
        given.push((field, wrong));
        assert_eq!(credit(&given).status, 400, "{field}={wrong}");
    }
    let date = draft
        .split("name=\"date\" value=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    fields.extend([("confirmed", "yes"), ("date", date)]);
    let done = credit(&fields);
    let again = credit(&fields);
    assert_eq!(
        again.header("location"),
        done.header("location"),
        "pressed twice is handed in once"
    );
    assert_eq!(done.header("location"), Some("/documents/CN-7?done=credit"), "{done:?}");
    let note = world.fh(&["queue", "drain"]);
    assert!(note.code == 0 || note.code == 1, "{note:?}");
    let report = served.page(&format!("/reports?from={}&by=currency", today()));
    assert!(report.contains("3.30"), "4.95 less 1.65: {report}");
}

#[test]
fn a_tills_list_is_compared_on_the_page() {
    let world = World::new();
    let served = Served::start(&world, &["serve"]);
    // What a document comes to under each tax is worked out when it is taken in, by the taxes that are known then.
    while !served.get("/v1/catalogue").body.contains("currencies") {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    for id in ["INV-1", "INV-2"] {
        served.submit(&invoice(id));
    }
    let list = format!(
        "Doc No,Amount,Date\r\nINV-1,4.95,{day}\r\nINV-2,5.95,{day}\r\nINV-9,1.00,{day}\r\n",
        day = today()
    );
    let form = |parts: &[(&str, &str)]| {
        let parts: String = parts
            .iter()
            .map(|(name, value)| {
                let file = if *name == "list" { "; filename=\"till.csv\"" } else { "" };
                format!("--frontier\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n{value}\r\n")
            })
            .collect();
        let origin = format!("http://{}", served.host);
        let headers = [
            ("Host", &*served.host),
            ("Cookie", &*served.cookie),
            ("Origin", &*origin),
            ("Content-Type", "multipart/form-data; boundary=frontier"),
        ];
        served.ask(
            "POST",
            "/reports/reconcile",
            &headers,
            &format!("{parts}--frontier--\r\n"),
        )
    };
    let found = form(&[("list", &list), ("from", ""), ("decimal", ".")]).page();
    for part in [
        "total 4.95 here, 5.95 in the list",
        "was never handed in here",
        "2 differences",
        "1 agree",
        ">INV-2<",
    ] {
        assert!(found.contains(part), "{part}: {found}");
    }
    let yesterday = format!("Doc No,Amount,Date\r\nINV-1,4.95,{}\r\n", today().yesterday().unwrap());
    let moved = form(&[("list", &yesterday)]).page();
    assert!(moved.contains("dated") && !moved.contains("never handed in"), "{moved}");
    assert_eq!(
        form(&[("list", &list), ("from", "2026-11-30"), ("to", "2026-11-01")]).status,
        400
    );
    assert_eq!(form(&[("list", &list), ("from", "30/11/2026")]).status, 400);
    let named = form(&[("list", &list), ("number", "Doc No"), ("date", "Date")]).page();
    assert!(named.contains("currency, tax, total"), "{named}");
    assert_eq!(form(&[("list", "")]).status, 400);
    assert_eq!(form(&[("list", "a,b\r\n1,2\r\n")]).status, 400);
    let statuses = served.page("/reports/reconcile?statuses=yes");
    assert!(
        statuses.contains("Everything that could be compared agrees"),
        "{statuses}"
    );
    let day = world.sim().close_day().unwrap();
    let sums = served.page(&format!("/reports/reconcile?z_report={day}"));
    assert!(
        sums.contains("Everything that could be compared agrees") && sums.contains("cancel out"),
        "{sums}"
    );
    assert_eq!(served.get("/reports/reconcile?z_report=x").status, 400);
    assert_eq!(served.get("/reports/reconcile?z_report=9999").status, 404);
}

#[test]
fn each_part_of_the_page_is_reached_from_each_and_speaks_the_readers_language() {
    let world = World::new();
    let served = Served::start(&world, &["serve"]);
    served.submit(&invoice("INV-1"));
    let parts = ["/", "/documents", "/reports", "/devices", "/alarms"];
    for here in parts {
        let page = served.page(here);
        for other in parts {
            assert!(page.contains(&format!("href=\"{other}\"")), "{other} in {here}");
        }
        assert!(
            page.contains(&format!("<a href=\"{here}\" aria-current=\"page\">")),
            "{here}: {page}"
        );
        assert!(page.contains("lang=\"en-GB\""));
        let headers = [
            ("Host", &*served.host),
            ("Accept", "text/html"),
            ("Cookie", &*served.cookie),
            ("Accept-Language", "sn-ZW,sn;q=0.9,en;q=0.5"),
        ];
        let shona = served.ask("GET", here, &headers, "").page();
        assert!(
            shona.contains("lang=\"sn\"") && shona.contains("Magwaro") && shona.contains("haana kutariswa"),
            "{shona}"
        );
    }
    let today = served.page("/");
    assert!(
        today.contains("<svg viewBox") && today.contains("Documents in each hour"),
        "{today}"
    );
    let devices = served.page("/devices");
    for part in ["Agrees with the service", "Valid until", "VAT15.5", "15.5 %", ">INV-1<"] {
        assert!(devices.contains(part), "{part}: {devices}");
    }
    assert!(served.page("/alarms").contains("Nothing needs to be known."));
}
