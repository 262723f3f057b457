//! What must be known before the first document: what environment this is, and which tax and currency a document can name.

use serde_json::Value;

use crate::{
    bench::{Bench, Halt},
    exchange::{Answer, member},
    proof::{self, Proof, Refusal, Sight},
    reading::config,
    sample::Facts,
    wire::{Ask, Manner},
};

/// Looks at the environment, with questions that change nothing, and says whether it is shown to be a test one.
pub(crate) async fn look(bench: &mut Bench<'_>, base_url: &str) -> Result<Result<Proof, Refusal>, Halt> {
    let run = bench.run;
    let simulator = bench
        .ask(&format!("setup/{run}-simulator"), Ask::get("/_sim/requests").at_root())
        .await?;
    let is_simulator = simulator
        .as_ref()
        .is_some_and(|answer| answer.is_success() && answer.json().is_some_and(|value| value.is_object()));
    let device = device(bench).await?;
    let is_gateway = bench
        .log
        .all()
        .iter()
        .filter_map(|exchange| exchange.answer())
        .any(|answer| answer.headers.contains_key(proof::GATEWAY_HEADER));
    let config = device.as_ref().filter(|device| device.is_success()).and_then(config);
    let qr_url = config
        .as_ref()
        .and_then(|config| member(config, "qrUrl"))
        .and_then(Value::as_str);
    let device_status = device.as_ref().map(|device| device.status);
    let sight = Sight {
        base_url,
        qr_url,
        is_simulator,
        is_gateway,
    };
    if !is_gateway && !device.is_some_and(|device| device.is_success()) {
        return Ok(Err(Refusal::NoDevice {
            base_url: base_url.to_owned(),
            status: device_status,
        }));
    }
    Ok(proof::prove(&sight))
}

/// The device, asked for in the documented manner; where that is refused, with what the documentation's own script sends besides.
async fn device(bench: &mut Bench<'_>) -> Result<Option<Answer>, Halt> {
    let run = bench.run;
    let manners = [
        (false, false, "device"),
        (true, false, "device-counted"),
        (false, true, "device-signed"),
        (true, true, "device-both"),
    ];
    let mut first = None;
    for (counted, signed, name) in manners {
        bench.wire.manner.set(Manner { counted, signed });
        let device = bench
            .ask(&format!("setup/{run}-{name}"), Ask::get("/fiscaldevice"))
            .await?;
        if device.as_ref().is_none_or(|device| device.status != 401) {
            return Ok(device);
        }
        first = first.or(device);
    }
    bench.wire.manner.set(Manner::default());
    Ok(first)
}

/// Finds a tax and a currency for documents, and maps the tax with a code of the probe's own.
pub(crate) async fn prepare(bench: &mut Bench<'_>) -> Result<(), Halt> {
    let device = bench.ask("account/device", Ask::get("/fiscaldevice")).await?;
    let config = device.as_ref().and_then(config).unwrap_or_default();
    let vat_payer = member(&config, "vatNumber")
        .and_then(Value::as_str)
        .is_some_and(|number| !number.trim().is_empty());
    let today = fh_types::CatDateTime::from_timestamp(bench.clock.now())
        .civil()
        .to_string();
    let Some((tax_id, rate)) = choose(&config, vat_payer, &today) else {
        bench.tell(crate::Event::Remark(
            "the device's configuration shows no tax that is valid today: no document is sent",
        ));
        return Ok(());
    };
    let currency = currency(bench).await?;
    let code = format!("FHPROBE{}", bench.tag);
    let mapped = super::mappings::own_tax(bench, "setup", &code, tax_id).await?;
    let (Some(currency), Some(tax_code)) = (currency, mapped) else {
        bench.tell(crate::Event::Remark(
            "no tax or currency could be mapped: no document is sent",
        ));
        return Ok(());
    };
    bench.facts = Some(Facts {
        tax_code,
        tax_id,
        rate,
        currency,
        vat_payer,
        tin: bench
            .log
            .document("plain/with-tin")
            .is_some_and(|decided| decided.is_fiscalised()),
    });
    Ok(())
}

/// The tax with the highest rate that is valid today; without VAT the one that charges nothing. Never by its name.
fn choose(config: &Value, vat_payer: bool, today: &str) -> Option<(i64, i64)> {
    let taxes = member(config, "applicableTaxes")?.as_array()?;
    let valid = taxes.iter().filter(|tax| {
        let date = |name: &str| {
            member(tax, name)
                .and_then(Value::as_str)
                .map(|date| &date[..date.len().min(10)])
        };
        let day = &today[..today.len().min(10)];
        date("validFrom").is_none_or(|from| from <= day) && date("validTill").is_none_or(|till| till >= day)
    });
    let read = valid.filter_map(|tax| {
        let percent = member(tax, "taxPercent").filter(|percent| !percent.is_null());
        let rate = percent.map_or(Some(0), |percent| hundredths(&percent.to_string()))?;
        Some((member(tax, "taxID")?.as_i64()?, rate))
    });
    if vat_payer {
        read.max_by_key(|(_, rate)| *rate)
    } else {
        read.min_by_key(|(_, rate)| *rate)
    }
}

/// `15.5` as 1550.
fn hundredths(text: &str) -> Option<i64> {
    let text = text.trim_matches('"');
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let part: String = part.chars().chain("00".chars()).take(2).collect();
    Some(whole.parse::<i64>().ok()? * 100 + part.parse::<i64>().ok()?)
}

/// A currency that is mapped already: dollars when they are. Where none is, dollars are mapped, and that is taken back at the end.
async fn currency(bench: &mut Bench<'_>) -> Result<Option<String>, Halt> {
    let run = bench.run;
    let mapped = bench
        .ask(&format!("setup/{run}-currencies"), Ask::get("/currencymapping"))
        .await?;
    let mapped = mapped
        .filter(|mapped| mapped.is_success())
        .and_then(|mapped| mapped.json());
    let sources: Vec<String> = mapped
        .as_ref()
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|mapping| member(mapping, "SourceCurrency")?.as_str().map(str::to_owned))
        .collect();
    if let Some(found) = sources.iter().find(|code| *code == "USD").or(sources.first()) {
        return Ok(Some(found.clone()));
    }
    super::mappings::own_currency(bench, "USD").await
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_tax_is_chosen_by_its_rate_and_its_dates_and_never_by_its_name() {
        let config = json!({"applicableTaxes": [
            {"taxID": 3, "taxName": "99 % of all"},
            {"taxID": 2, "taxPercent": 0.0},
            {"taxID": 503, "taxPercent": 15.0, "validTill": "2025-12-31T23:59:59"},
            {"taxID": 517, "taxPercent": 15.5, "validFrom": "2026-01-01T00:00:00"},
        ]});
        assert_eq!(choose(&config, true, "2026-11-27T10:00:00"), Some((517, 1550)));
        assert_eq!(choose(&config, true, "2025-11-27T10:00:00"), Some((503, 1500)));
        assert_eq!(
            choose(&config, false, "2026-11-27T10:00:00").map(|(_, rate)| rate),
            Some(0)
        );
        assert_eq!(choose(&json!({}), true, "2026-11-27"), None);
    }
}
