//! Green: what can be asked without a document.

use serde_json::Value;

use crate::{
    bench::{Bench, Halt},
    wire::{Ask, Count, Key, Signature, Station},
};

pub(super) async fn account(bench: &mut Bench<'_>) -> Result<(), Halt> {
    for (name, path) in [
        ("profile", "/profile"),
        ("device", "/fiscaldevice"),
        ("subscription", "/subscription"),
        ("currencies", "/currencymapping/supported-currencies"),
        ("tax-mappings", "/taxmapping"),
        ("currency-mappings", "/currencymapping"),
    ] {
        bench.ask(&format!("account/{name}"), Ask::get(path)).await?;
    }
    day_after(bench).await
}

/// The device and its Z-reports once more, a day or more after the probe began: nobody can close a fiscal day through the API.
async fn day_after(bench: &mut Bench<'_>) -> Result<(), Halt> {
    const DAY: i64 = 24 * 3600 * 1000;
    let now = bench.clock.now().as_millisecond();
    let days = bench
        .log
        .ask("account/device")
        .map_or(0, |first| (now - first.at_ms) / DAY);
    if days > 0 && !crate::reading::closing_is_known(&bench.log) {
        bench
            .ask(&format!("account/day-{days}"), Ask::get("/fiscaldevice"))
            .await?;
        bench
            .ask(&format!("account/reports-{days}"), Ask::get("/reports/z-report"))
            .await?;
    }
    Ok(())
}

/// Legal questions about no document at all, of more and more bytes: blanks count as much as anything else.
pub(super) async fn bodies(bench: &mut Bench<'_>) -> Result<(), Halt> {
    for (name, limit) in crate::reading::BODY_LIMITS {
        let body = format!("[{}]", " ".repeat(limit - 1));
        let answer = bench.ask(&format!("bodies/{name}"), Ask::post("/status", body)).await?;
        if answer.is_some_and(|answer| answer.status == 413) {
            break;
        }
    }
    Ok(())
}

pub(super) async fn paths(bench: &mut Bench<'_>) -> Result<(), Halt> {
    bench.ask("paths/root", Ask::get("/profile").at_root()).await?;
    bench.ask("paths/api", Ask::get("/api/profile").at_root()).await?;
    let mut test = Ask::post("/test", "");
    test.body = None;
    bench.ask("paths/test", test).await?;
    Ok(())
}

pub(super) async fn headers(bench: &mut Bench<'_>) -> Result<(), Halt> {
    let get = || Ask::get("/profile");
    bench.ask("headers/all", get()).await?;
    bench
        .ask("headers/no-application", get().who(|who| who.application = false))
        .await?;
    bench
        .ask("headers/no-station", get().who(|who| who.station = Station::None))
        .await?;
    bench
        .ask("headers/empty-station", get().who(|who| who.station = Station::Empty))
        .await?;
    bench
        .ask("headers/no-version", get().who(|who| who.version = false))
        .await?;
    bench
        .ask("headers/client-count", get().who(|who| who.client_count = Count::One))
        .await?;
    bench
        .ask(
            "headers/no-client-count",
            get().who(|who| who.client_count = Count::None),
        )
        .await?;
    bench
        .ask("headers/unsigned-get", get().who(|who| who.signature = Signature::None))
        .await?;
    bench
        .ask("headers/signed-get", get().who(|who| who.signature = Signature::Wrong))
        .await?;
    let post = || Ask::post("/status", "[]");
    bench.ask("headers/post", post()).await?;
    bench
        .ask("headers/post-no-application", post().who(|who| who.application = false))
        .await?;
    bench
        .ask(
            "headers/post-empty-station",
            post().who(|who| who.station = Station::Empty),
        )
        .await?;
    bench
        .ask(
            "headers/post-unsigned",
            post().who(|who| who.signature = Signature::None),
        )
        .await?;
    bench
        .ask(
            "headers/post-wrongly-signed",
            post().who(|who| who.signature = Signature::Wrong),
        )
        .await?;
    Ok(())
}

pub(super) async fn errors(bench: &mut Bench<'_>) -> Result<(), Halt> {
    bench.ask("errors/broken-json", Ask::post("/status", "{")).await?;
    bench
        .ask("errors/wrong-shape", Ask::post("/status", "{\"not\":\"a list\"}"))
        .await?;
    bench
        .ask("errors/other-key", Ask::get("/profile").who(|who| who.key = Key::Other))
        .await?;
    bench
        .ask("errors/no-path", Ask::get("/fh-probe-asks-for-nothing"))
        .await?;
    bench
        .ask("errors/no-mapping", Ask::get("/taxmapping/999999999"))
        .await?;
    bench.ask("errors/wrong-method", Ask::delete("/profile")).await?;
    bench
        .ask(
            "errors/wrong-type",
            Ask::post("/status", "[]").typed(Some("text/plain")),
        )
        .await?;
    let long = Value::from(vec!["x".repeat(2 * 1024 * 1024)]).to_string();
    bench.ask("errors/too-long", Ask::post("/status", long)).await?;
    Ok(())
}

pub(super) async fn status(bench: &mut Bench<'_>) -> Result<(), Halt> {
    bench.ask("status/empty", Ask::post("/status", "[]")).await?;
    let unknown = "[\"00000000-0000-4000-8000-00000000f14e\"]";
    bench.ask("status/unknown", Ask::post("/status", unknown)).await?;
    bench
        .ask("status/no-id", Ask::post("/status", "[\"FH-PROBE is no request id\"]"))
        .await?;
    let many: Vec<Value> = (0..101)
        .map(|n| format!("00000000-0000-4000-8000-{n:012}").into())
        .collect();
    bench
        .ask("status/many", Ask::post("/status", Value::from(many).to_string()))
        .await?;
    // A request of an earlier run that is more than seven days old by now.
    const OLD: i64 = 7 * 24 * 3600 * 1000;
    let now = bench.clock.now().as_millisecond();
    let documents = bench.log.all_documents();
    let old = documents
        .iter()
        .find(|attempt| attempt.submit.at_ms < now - OLD && attempt.request().is_some());
    if let Some(request) = old.and_then(|attempt| attempt.request()).map(str::to_owned) {
        let body = Value::from(vec![request]).to_string();
        bench.ask("status/old", Ask::post("/status", body)).await?;
    }
    Ok(())
}

pub(super) async fn files(bench: &mut Bench<'_>) -> Result<(), Halt> {
    bench
        .ask("files/missing", Ask::get("/download/FH-PROBE-no-such-file.pdf"))
        .await?;
    Ok(())
}

pub(super) async fn reports(bench: &mut Bench<'_>) -> Result<(), Halt> {
    let list = bench.ask("reports/list", Ask::get("/reports/z-report")).await?;
    // The second page of one report each: whoever lists as many as without a question for pages does not look at it.
    for (name, query) in [
        ("page-index", "pageIndex=1&pageSize=1"),
        ("page-number", "pageNumber=2&pageSize=1"),
        ("page", "page=2&size=1"),
        ("order", "order=asc"),
    ] {
        bench
            .ask(
                &format!("reports/{name}"),
                Ask::get(format!("/reports/z-report?{query}")),
            )
            .await?;
    }
    let Some(day) = list.and_then(|list| first_day(&list.json()?)) else {
        return Ok(());
    };
    bench
        .ask("reports/one", Ask::get(format!("/reports/z-report/{day}")))
        .await?;
    for name in ["pdf", "download"] {
        bench
            .ask(
                &format!("reports/{name}"),
                Ask::get(format!("/reports/z-report/{day}/{name}")),
            )
            .await?;
    }
    Ok(())
}

/// The first number that is called a fiscal day, wherever it stands.
fn first_day(value: &Value) -> Option<i64> {
    match value {
        Value::Object(object) => object.iter().find_map(|(name, value)| {
            let name = name.to_ascii_lowercase();
            let is_day = name.starts_with("fiscalday") && !name.contains("status");
            value.as_i64().filter(|_| is_day).or_else(|| first_day(value))
        }),
        Value::Array(items) => items.iter().find_map(first_day),
        _ => None,
    }
}

/// How many calls are made without a pause.
const CALLS: u32 = 30;

pub(super) async fn rate(bench: &mut Bench<'_>) -> Result<(), Halt> {
    if crate::reading::rate_is_known(&bench.log) {
        return Ok(());
    }
    let burst = bench.log.attempts("rate/burst") + 1;
    for call in 1..=CALLS {
        let exchange = bench
            .exchange(&format!("rate/burst/{burst}/{call}"), &Ask::get("/profile"))
            .await?;
        if exchange.answer().is_some_and(|answer| answer.status == 429) {
            let wait = exchange
                .answer()
                .and_then(|answer| answer.headers.get("retry-after")?.parse().ok());
            let wait = std::time::Duration::from_secs(wait.unwrap_or(1).min(60));
            tokio::time::sleep(wait).await;
            break;
        }
    }
    Ok(())
}
