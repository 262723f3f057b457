//! What the owner, the accountant and the inspector come for, from the page's address to what they wanted.

use fh_sim::{Fault, Operation, Sim};
use fh_types::{CatDateTime, SystemClock, jiff};
use serde_json::{Value, json};

use crate::{
    agent::{Agent, invoice},
    driver::Browser,
    fits, picture, sign_in,
};

/// Every text of the page that stands out too little from what is behind it, by the rule of WCAG 2.2 (AA).
const FAINT: &str = r#"
    const parse = text => { const m = text.match(/[\d.]+/g).map(Number); return m.length > 3 ? m : [...m, 1]; };
    const light = ([r, g, b]) => { const f = c => { c /= 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
        return 0.2126 * f(r) + 0.7152 * f(g) + 0.0722 * f(b); };
    const behind = element => { for (let e = element; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
        if (c.startsWith("rgb") && parse(c)[3] > 0.99) return parse(c); } return [255, 255, 255, 1]; };
    const faint = [];
    for (const element of document.body.querySelectorAll("*")) {
        const own = [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim());
        if (!own || !element.checkVisibility() || element.closest("svg")) continue;
        const style = getComputedStyle(element);
        const [a, b] = [light(parse(style.color)), light(behind(element))].sort((x, y) => y - x);
        const ratio = (a + 0.05) / (b + 0.05);
        const size = parseFloat(style.fontSize), bold = Number(style.fontWeight) >= 700;
        if (ratio < (size >= 24 || (bold && size >= 18.66) ? 3 : 4.5)) faint.push(element.textContent.trim().slice(0, 40) + " " + ratio.toFixed(2));
    }
    return faint;
"#;

/// What an accessibility checker would find first: a field without a name, two things of one id, a heading left out, a picture without words.
const NAMELESS: &str = r#"
    const found = [];
    for (const field of document.querySelectorAll("input:not([type=hidden]), select, textarea"))
        if (!field.labels?.length && !field.getAttribute("aria-label")) found.push("no label: " + field.outerHTML.slice(0, 80));
    const ids = [...document.querySelectorAll("[id]")].map(e => e.id);
    for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) found.push("twice: " + id);
    for (const by of document.querySelectorAll("[aria-labelledby]"))
        for (const id of by.getAttribute("aria-labelledby").split(" ")) if (!document.getElementById(id)) found.push("named by nothing: " + id);
    for (const image of document.querySelectorAll("img")) if (!image.alt) found.push("no words: " + image.src);
    if (document.querySelectorAll("h1").length !== 1) found.push("not one h1");
    for (const link of document.querySelectorAll("a, button")) if (!link.textContent.trim()) found.push("empty: " + link.outerHTML);
    return found;
"#;

/// The list of documents begins with the month before this one.
fn last_of_last_month() -> jiff::civil::Date {
    let today = CatDateTime::now(&SystemClock).civil().date();
    today.first_of_month().yesterday().unwrap()
}

async fn is_clear(browser: &Browser, what: &str) {
    assert_eq!(browser.script(FAINT).await, json!([]), "faint on {what}");
    assert_eq!(browser.script(NAMELESS).await, json!([]), "{what}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_of_three_people_gets_what_they_came_for() {
    let Some(browser) = Browser::start().await else { return };
    let sim = Sim::start().await.unwrap();
    let agent = Agent::start(&sim);
    let mut earlier = invoice("INV-0917");
    let month = last_of_last_month();
    earlier["Date"] = json!(format!("{month}T11:30:00+02:00"));
    earlier["BuyerContact"] = json!({"Name": "Élan Traders", "Tin": "2000987654"});
    for document in [earlier, invoice("INV-1041"), invoice("INV-1042")] {
        let id = document["InvoiceId"].as_str().unwrap().to_owned();
        agent.submit(document).await;
        assert_eq!(agent.settled(&id).await["state"], "fiscalised", "{id}");
    }
    browser.resize(1280, 900, false).await;
    sign_in(&browser, &agent).await;

    // Did today go through, and how much was it?
    browser.find_text("h1", "All 3 documents of today are fiscalised").await;
    browser.find_text("*[@id='sold']//td", "9.90").await;
    browser.find("//*[@id='sold']//*[name()='svg']").await;
    is_clear(&browser, "today").await;
    picture(&browser, "agent-page.png").await;

    // The invoice of a customer by TIN and amount from last month, and a copy of it on paper.
    for wanted in ["98765", "4.95"] {
        browser.go(&agent.page("/")).await;
        let search = browser.find("//input[@id='search']").await;
        browser.type_into(&search, wanted).await;
        browser.press("\u{e007}").await;
        browser.find("//a[@id='dINV-0917']").await;
    }
    is_clear(&browser, "documents").await;
    picture(&browser, "agent-documents.png").await;
    browser.click_on("dINV-0917").await;
    browser.find("//img[@id='qr']").await;
    is_clear(&browser, "a document").await;
    browser.click_on("preview-summary").await;
    picture(&browser, "agent-document.png").await;
    browser.click_on("print-roll").await;
    let first = browser.text(&browser.find("//pre").await).await;
    assert!(
        first.contains("FISCAL TAX INVOICE") && !first.contains("COPY"),
        "{first}"
    );
    is_clear_sheet(&browser).await;
    browser.go(&agent.page("/documents/INV-0917")).await;
    browser.click_on("print-a4").await;
    browser.find_text("pre", "COPY").await;
    picture(&browser, "agent-print.png").await;
    let pdf = browser.pdf().await;
    assert!(pdf.starts_with(b"%PDF"), "the browser makes a sheet of it");

    // The month of that invoice as a file.
    browser.go(&agent.page("/reports")).await;
    let address = format!(
        "/reports?from={}&to={}&by=day",
        month.first_of_month(),
        month.last_of_month()
    );
    let (from, to) = (month.first_of_month(), month.last_of_month());
    let fill = format!(
        "document.getElementById('from').value = '{from}'; document.getElementById('to').value = '{to}'; document.getElementById('report-form').requestSubmit()"
    );
    browser.script(&fill).await;
    browser.find_text("h2", "What was sold").await;
    browser
        .find(&format!("//a[@id='export-workbook'][contains(@href, '{from}')]"))
        .await;
    let file = "return fetch(document.getElementById('export-documents').href).then(answer => answer.text())";
    let file = browser.script(file).await;
    assert!(
        file.as_str().unwrap().contains("INV-0917") && !file.as_str().unwrap().contains("INV-1041"),
        "{file} of {address}"
    );
    is_clear(&browser, "reports").await;
    picture(&browser, "agent-reports.png").await;

    // Against a till's list.
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("till.csv");
    let today = CatDateTime::now(&SystemClock).civil().date();
    std::fs::write(
        &list,
        format!("Doc No,Amount,Date\nINV-1041,4.95,{today}\nINV-1042,5.95,{today}\nINV-1043,1.00,{today}\n"),
    )
    .unwrap();
    browser.click_on("reconcile").await;
    let field = browser.find("//input[@id='list']").await;
    browser.type_into(&field, list.to_str().unwrap()).await;
    browser.click_on("compare").await;
    browser
        .find_text("*[@id='result']//td", "total 4.95 here, 5.95 in the list")
        .await;
    browser.find_text("*[@id='result']//td", "never handed in here").await;
    is_clear(&browser, "a comparison").await;
    picture(&browser, "agent-reconcile.png").await;
    for path in ["/devices", "/alarms"] {
        browser.go(&agent.page(path)).await;
        browser.find("//h1").await;
        is_clear(&browser, path).await;
    }
    browser.go(&agent.page("/devices")).await;
    browser.find("//summary").await;
    picture(&browser, "agent-devices.png").await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

/// The sheet has no frame, and its letters stand out too.
async fn is_clear_sheet(browser: &Browser) {
    assert_eq!(browser.script(FAINT).await, json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn why_a_document_is_stuck_is_seen_its_buyers_tin_is_corrected_and_it_is_seen_fiscalised_on_a_telephone() {
    let Some(browser) = Browser::start().await else { return };
    let sim = Sim::start().await.unwrap();
    sim.script(Operation::SubmitInvoice, [Some(Fault::RejectedOnce)]);
    let agent = Agent::start(&sim);
    let mut sale = invoice("INV-1");
    sale["BuyerContact"] = json!({"Name": "Élan Traders", "Tin": "2000987654"});
    agent.submit(sale).await;
    agent.settled("INV-1").await;
    browser.resize(360, 740, true).await;
    sign_in(&browser, &agent).await;
    browser.find_text("h1", "1 document is rejected").await;
    fits(&browser, "today").await;
    is_clear(&browser, "a bad day").await;
    picture(&browser, "agent-telephone.png").await;
    browser.click_on("dINV-1").await;
    browser.find_text("h2", "The reason").await;
    is_clear(&browser, "a stuck document").await;
    let correct = "const f = document.getElementById('correct-form'); for (let e = f; e; e = e.parentElement) if (e.tagName === 'DETAILS') e.open = true";
    browser.script(correct).await;
    let tin = browser.find("//input[@id='correct-tin']").await;
    browser
        .script("document.getElementById('correct-tin').value = ''")
        .await;
    browser.type_into(&tin, "2000987655").await;
    for (id, text) in [("correct-by", "Rudo"), ("correct-reason", "a digit was wrong")] {
        let field = browser.find(&format!("//input[@id='{id}']")).await;
        browser.type_into(&field, text).await;
    }
    browser.click_on("correct").await;
    let changes = browser.text(&browser.find("//ul[@id='changes']").await).await;
    assert!(changes.contains("2000987655"), "{changes}");
    fits(&browser, "what changes").await;
    browser.click_on("confirm").await;
    browser
        .find("//*[@id='state']//*[contains(@class, 'good')][contains(., 'Fiscalised')]")
        .await;
    let body: Value = serde_json::from_str(&sim.device().fiscalised_body("INV-1").unwrap()).unwrap();
    assert_eq!(body["BuyerContact"]["Tin"], "2000987655");
}
