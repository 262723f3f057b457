//! Mappings of the probe's own: made, asked about, and taken back. No other mapping is touched.

use serde_json::{Value, json};

use crate::{
    bench::{Bench, Halt},
    exchange::{Answer, member},
    journal::Made,
    wire::Ask,
};

pub(super) async fn mappings(bench: &mut Bench<'_>) -> Result<(), Halt> {
    let Some((tax, other)) = two_taxes(bench) else {
        return Ok(());
    };
    // A fresh code for each attempt: one whose answer was lost may be mapped, and would be refused.
    let tag = bench.tag.clone();
    let code_of = |number: u32| format!("FHPROBE{tag}M{number}");
    let body =
        |code: &str, tax: i64| json!({ "TaxCode": code, "TaxName": "Probe", "DestinationTaxId": tax }).to_string();
    let added = bench
        .ask_each("mappings/add", |number| {
            Ask::post("/taxmapping", body(&code_of(number), tax))
        })
        .await?;
    let code = added
        .as_ref()
        .and_then(|added| added.member("TaxCode"))
        .and_then(|code| code.as_str().map(str::to_owned));
    let code = code.unwrap_or_else(|| code_of(bench.log.attempts("mappings/add")));
    let body = |tax: i64| body(&code, tax);
    let Some(id) = noted(bench, "taxmapping", &code, added.as_ref())? else {
        return Ok(());
    };
    bench.ask("mappings/list", Ask::get("/taxmapping")).await?;
    bench.ask("mappings/one", Ask::get(format!("/taxmapping/{id}"))).await?;
    let again = bench
        .ask("mappings/again", Ask::post("/taxmapping", body(other)))
        .await?;
    let second = noted(bench, "taxmapping", &code, again.as_ref())?;
    bench.ask("mappings/after", Ask::get("/taxmapping")).await?;
    bench
        .ask("mappings/change", Ask::put(format!("/taxmapping/{id}"), body(other)))
        .await?;
    for id in [Some(id.clone()), second.filter(|second| *second != id)]
        .into_iter()
        .flatten()
    {
        remove(
            bench,
            &Made {
                kind: "taxmapping".into(),
                id: id.clone(),
                code: code.clone(),
            },
            &format!("mappings/delete-{id}"),
        )
        .await?;
    }
    bench
        .ask("mappings/gone", Ask::get(format!("/taxmapping/{id}")))
        .await?;
    Ok(())
}

/// Two taxes of the device, to tell one mapping from the other.
fn two_taxes(bench: &Bench<'_>) -> Option<(i64, i64)> {
    let config = crate::reading::config(bench.log.answer("account/device")?)?;
    let taxes = member(&config, "applicableTaxes")?.as_array()?.clone();
    let mut ids = taxes.iter().filter_map(|tax| member(tax, "taxID")?.as_i64());
    let first = ids.next()?;
    Some((first, ids.next().unwrap_or(first)))
}

/// Notes a mapping that was made, so that it is taken back whatever happens. Answers its id.
fn noted(bench: &mut Bench<'_>, kind: &str, code: &str, answer: Option<&Answer>) -> Result<Option<String>, Halt> {
    let made = answer.filter(|answer| answer.is_success());
    let Some(id) = made.and_then(|made| made.member("Id")).filter(|id| !id.is_null()) else {
        return Ok(None);
    };
    let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
    let made = Made {
        kind: kind.to_owned(),
        id: id.clone(),
        code: code.to_owned(),
    };
    let known = bench.left.contains(&made)
        || bench
            .log
            .under("cleaning")
            .any(|gone| gone.request.path.ends_with(&format!("/{id}")));
    let asked = bench
        .log
        .all()
        .iter()
        .any(|gone| gone.request.method == "DELETE" && gone.request.path.ends_with(&format!("/{kind}/{id}")));
    if !known && !asked {
        bench.journal.made(&made)?;
        bench.left.push(made);
    }
    Ok(Some(id))
}

/// Maps a tax with a code of the probe's own; answers the code. One that an interrupted run left is used.
pub(super) async fn own_tax(
    bench: &mut Bench<'_>,
    experiment: &str,
    code: &str,
    tax: i64,
) -> Result<Option<String>, Halt> {
    let run = bench.run;
    let there = bench
        .ask(&format!("{experiment}/{run}-taxes"), Ask::get("/taxmapping"))
        .await?;
    let there = there
        .filter(|there| there.is_success())
        .and_then(|there| there.json())
        .unwrap_or_default();
    if of_code(&there, "TaxCode", code).is_some() {
        return Ok(Some(code.to_owned()));
    }
    let body = json!({ "TaxCode": code, "TaxName": "Probe", "DestinationTaxId": tax }).to_string();
    let made = bench
        .ask(&format!("{experiment}/{run}-tax"), Ask::post("/taxmapping", body))
        .await?;
    if noted(bench, "taxmapping", code, made.as_ref())?.is_some() {
        return Ok(Some(code.to_owned()));
    }
    // An attempt whose answer was lost may have made it.
    let there = bench
        .ask(&format!("{experiment}/{run}-taxes-again"), Ask::get("/taxmapping"))
        .await?;
    let there = there
        .filter(|there| there.is_success())
        .and_then(|there| there.json())
        .unwrap_or_default();
    Ok(of_code(&there, "TaxCode", code).map(|_| code.to_owned()))
}

/// Maps a currency to itself, where none is mapped.
pub(super) async fn own_currency(bench: &mut Bench<'_>, code: &str) -> Result<Option<String>, Halt> {
    let run = bench.run;
    let body = json!({ "SourceCurrency": code, "DestinationCurrency": code }).to_string();
    let made = bench
        .ask(&format!("setup/{run}-currency"), Ask::post("/currencymapping", body))
        .await?;
    noted(bench, "currencymapping", code, made.as_ref())?;
    Ok(made.filter(Answer::is_success).map(|_| code.to_owned()))
}

fn of_code(all: &Value, name: &str, code: &str) -> Option<String> {
    let all = all.as_array()?;
    let found = all
        .iter()
        .find(|mapping| member(mapping, name).and_then(Value::as_str) == Some(code))?;
    let id = member(found, "Id")?;
    Some(id.as_str().map_or_else(|| id.to_string(), str::to_owned))
}

async fn remove(bench: &mut Bench<'_>, made: &Made, step: &str) -> Result<bool, Halt> {
    let gone = bench
        .ask(step, Ask::delete(format!("/{}/{}", made.kind, made.id)))
        .await?;
    let gone = gone.is_some_and(|answer| answer.is_success() || answer.status == 404);
    if gone && bench.left.contains(made) {
        bench.left.retain(|left| left != made);
        bench.journal.removed(made)?;
    }
    Ok(gone)
}

/// Takes back every mapping of the probe's own, also those whose answer was lost: they are known by their codes.
pub(crate) async fn clean_up(bench: &mut Bench<'_>) -> Result<(), Halt> {
    let run = bench.run;
    let all = bench
        .ask(&format!("cleaning/{run}-list"), Ask::get("/taxmapping"))
        .await?;
    let all = all
        .filter(|all| all.is_success())
        .and_then(|all| all.json())
        .unwrap_or_default();
    let prefix = format!("FHPROBE{}", bench.tag);
    for mapping in all.as_array().into_iter().flatten() {
        let code = member(mapping, "TaxCode").and_then(Value::as_str).unwrap_or_default();
        let Some(id) = member(mapping, "Id").filter(|_| code.starts_with(&prefix)) else {
            continue;
        };
        let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
        let made = Made {
            kind: "taxmapping".to_owned(),
            id,
            code: code.to_owned(),
        };
        if !bench.left.contains(&made) {
            bench.journal.made(&made)?;
            bench.left.push(made);
        }
    }
    for (number, made) in bench.left.clone().iter().enumerate() {
        remove(bench, made, &format!("cleaning/{run}-{}", number + 1)).await?;
    }
    Ok(())
}
