//! The agent's page in a real browser: somebody in the back office finds out what is the matter and mends it, and no other page can.

mod agent;
mod driver;
mod errands;

use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
};

use fh_sim::{Fault, Operation, Sim};

use agent::{Agent, invoice};
use driver::{Browser, ENTER, REBOUND};

/// What a program says after `mark`, to the end of the line. The rest of what it says is read and thrown away, so that it does not stop.
fn after(stream: impl Read + Send + 'static, mark: &str) -> String {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let found = lines.find_map(|line| Some(line.split_once(mark)?.1.to_owned()));
    std::thread::spawn(move || lines.for_each(drop));
    found.unwrap_or_else(|| panic!("it ended without saying {mark:?}"))
}

/// The last of three invoices is rejected, and a fourth waits behind it.
async fn rejected() -> (Sim, Agent) {
    let sim = Sim::start().await.unwrap();
    sim.script(Operation::SubmitInvoice, [None, None, Some(Fault::RejectedOnce)]);
    let agent = Agent::start(&sim);
    for id in ["INV-1041", "INV-1042", "INV-1043"] {
        agent.submit(invoice(id)).await;
    }
    for (id, state) in [
        ("INV-1041", "fiscalised"),
        ("INV-1042", "fiscalised"),
        ("INV-1043", "parked"),
    ] {
        assert_eq!(agent.settled(id).await["state"], state, "{id}");
    }
    agent.submit(invoice("INV-1044")).await;
    (sim, agent)
}

async fn sign_in(browser: &Browser, agent: &Agent) {
    browser.go(&agent.page("/")).await;
    browser.find("//input[@id='token']").await;
    assert_eq!(
        browser.script("return document.activeElement.id").await,
        "token",
        "one can type at once"
    );
    browser.press(&format!("{}{ENTER}", agent.token)).await;
    browser.find("//*[@id='glance']").await;
}

fn address_in(picture: &[u8]) -> String {
    let mut reader = png::Decoder::new(std::io::Cursor::new(picture)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    let (width, height) = (info.width as usize, info.height as usize);
    let samples = info.color_type.samples();
    let mut image =
        rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| pixels[(y * width + x) * samples]);
    let grids = image.detect_grids();
    assert_eq!(grids.len(), 1, "one code is seen");
    grids[0].decode().unwrap().1
}

async fn fits(browser: &Browser, what: &str) {
    let widths = browser
        .script("return [document.documentElement.scrollWidth, innerWidth]")
        .await;
    // A telephone zooms out to fit what is too wide, so that its window grows.
    assert!(
        widths[0].as_u64() <= widths[1].as_u64() && widths[1] == 360,
        "{what}: {widths}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rejected_invoice_is_found_understood_and_retried_with_the_keyboard_and_is_seen_to_become_fiscalised() {
    let Some(browser) = Browser::start().await else { return };
    let (sim, agent) = rejected().await;
    browser.resize(1000, 820, false).await;
    sign_in(&browser, &agent).await;
    browser
        .find_text("h1", "1 document is rejected and holds up 1 other")
        .await;
    browser.find_text("*[@id='connection']", "Live").await;
    picture(&browser, "agent-page.png").await;

    browser.tab_to("search").await;
    browser.press(&format!("INV-1043{ENTER}")).await;
    browser.find_text("h2", "Found").await;
    browser.tab_to("dINV-1043").await;
    browser.press(&ENTER.to_string()).await;
    browser
        .find_text("blockquote", "The revenue authority could not be reached")
        .await;
    browser.find_text("h2", "What to do").await;
    let remedy = browser.text(&browser.find("//*[@id='state']").await).await;
    assert!(
        remedy.contains("retry it") && remedy.contains("not fiscalised"),
        "{remedy}"
    );

    // The service is away, so that nothing becomes of the retry before it is looked at.
    sim.stop_listening().await;
    browser.tab_to("retry-by").await;
    browser.press("Rudo").await;
    browser.tab_to("retry").await;
    browser.press(&ENTER.to_string()).await;
    browser.find_text("p[@role='status']", "tried again on your word").await;
    browser.script("window.isTheSame = true").await;
    browser.find_text("*[@id='state']//*", "The next try is at").await;
    sim.listen_again().await.unwrap();
    browser
        .find("//*[@id='state']//*[contains(@class, 'good')][contains(., 'Fiscalised')]")
        .await;
    let code = browser.find("//img[@id='qr']").await;
    let is_the_same = browser.script("return window.isTheSame === true").await;
    assert_eq!(is_the_same, true, "it was seen without loading the page anew");

    let address = agent.settled("INV-1043").await["receipt"]["qr_url"].clone();
    assert_eq!(
        browser.script("return document.getElementById('address').href").await,
        address
    );
    assert_eq!(address_in(&browser.picture_of(&code).await), address);
    browser.find_text("*[@id='history']//td", "Rudo").await;
    assert_eq!(
        agent.settled("INV-1044").await["state"],
        "fiscalised",
        "the lane went on"
    );
    assert_eq!(sim.ledger().not_exactly_once().count(), 0);
    // How much was sold, and as a file.
    browser.go(&agent.page("/")).await;
    browser.find_text("*[@id='sold']//td", "USD").await;
    browser.go(&agent.page("/reports?by=tax")).await;
    browser.find_text("h2", "What was sold").await;
    picture(&browser, "agent-reports.png").await;
    let file = "return fetch(document.getElementById('export-documents').href).then(answer => answer.text())";
    let file = browser.script(file).await;
    assert!(file.as_str().unwrap().starts_with("document,kind,number,"), "{file}");
    let complaints = browser.complaints().await;
    assert_eq!(complaints, Vec::<String>::new(), "nothing was blocked or missing");
}

/// Makes a picture for the documentation, when asked to.
async fn picture(browser: &Browser, name: &str) {
    if std::env::var_os("FH_UPDATE_DOCS").is_some() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(name);
        std::fs::write(file, browser.picture().await).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_being_typed_survives_the_news_and_every_page_fits_a_telephone() {
    let Some(browser) = Browser::start().await else { return };
    let (_sim, agent) = rejected().await;
    browser.resize(360, 740, true).await;
    browser.go(&agent.page("/")).await;
    fits(&browser, "signing in").await;
    sign_in(&browser, &agent).await;
    browser.find_text("*[@id='connection']", "Live").await;
    fits(&browser, "the overview").await;
    browser.tab_to("search").await;
    browser.press("INV-10").await;
    agent.submit(invoice(&"W".repeat(50))).await;
    browser.find_text("h1", "holds up 2 others").await;
    fits(&browser, "a long id").await;
    let typed = browser
        .script("return [document.activeElement.id, document.activeElement.value]")
        .await;
    assert_eq!(typed, serde_json::json!(["search", "INV-10"]));

    browser.go(&agent.page("/documents/INV-1043")).await;
    browser.find_text("*[@id='connection']", "Live").await;
    fits(&browser, "a rejected invoice").await;
    browser.tab_to("skip-details-summary").await;
    browser.press(&ENTER.to_string()).await;
    browser.tab_to("skip-reason").await;
    browser.press("issued anew").await;
    // Somebody else was quicker.
    agent.retry("INV-1043", "Tendai").await;
    browser.find_text("*[@id='history']//td", "Tendai").await;
    let typed = browser
        .script("return [document.activeElement.id, document.activeElement.value]")
        .await;
    assert_eq!(typed, serde_json::json!(["skip-reason", "issued anew"]));
    browser.go(&agent.page("/documents/INV-1041")).await;
    browser.find("//img[@id='qr']").await;
    fits(&browser, "a receipt").await;
    browser.go(&agent.page("/reports?by=payment")).await;
    browser.find_text("h2", "What was sold").await;
    fits(&browser, "a report").await;
    for (path, title) in [
        ("/documents", "Documents"),
        ("/devices", "Devices"),
        ("/alarms", "Alarms"),
        ("/reports/reconcile", "Hold it against other lists"),
    ] {
        browser.go(&agent.page(path)).await;
        browser.find_text("h1", title).await;
        fits(&browser, path).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_connection_is_said_and_comes_back_by_itself() {
    let Some(browser) = Browser::start().await else { return };
    let sim = Sim::start().await.unwrap();
    let mut agent = Agent::start(&sim);
    sign_in(&browser, &agent).await;
    browser.find_text("*[@id='connection']", "Live").await;
    agent.stop();
    browser
        .find_text("*[@id='connection'][contains(@class, 'lost')]", "Connection lost")
        .await;
    agent.start_again(&sim);
    browser
        .find_text("*[@id='connection'][not(contains(@class, 'lost'))]", "Live")
        .await;
    agent.submit(invoice("INV-1")).await;
    browser.find_text("h1", "The one document of today is fiscalised").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_page_can_neither_post_to_the_agent_nor_reach_it_under_a_name_of_its_own() {
    let Some(browser) = Browser::start().await else { return };
    let (_sim, agent) = rejected().await;
    sign_in(&browser, &agent).await;
    let before = agent.events("INV-1043").await;

    let form = format!(
        "<!doctype html><form method=post action='{}'><input name=by value=Mallory><button id=go>Win a prize</button></form>",
        agent.page("/documents/INV-1043/retry")
    );
    let elsewhere = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = elsewhere.local_addr().unwrap();
    let page = axum::Router::new().fallback(async move || axum::response::Html(form));
    let server = tokio::spawn(async move { axum::serve(elsewhere, page).await });
    browser.go(&format!("http://{address}/")).await;
    browser.tab_to("go").await;
    browser.press(&ENTER.to_string()).await;
    browser.find_text("body", "Cross-site request").await;
    assert_eq!(agent.events("INV-1043").await, before, "nothing was done");

    let (_, port) = agent.address.rsplit_once(':').unwrap();
    browser.go(&format!("http://{REBOUND}:{port}/sign-in")).await;
    browser.find_text("body", "Wrong host").await;
    server.abort();
}
