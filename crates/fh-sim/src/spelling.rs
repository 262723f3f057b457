use serde_json::Value;

use crate::KeyCase;

/// Spells property names as the options say.
pub(crate) fn spelled(value: Value, key_case: KeyCase) -> Value {
    match key_case {
        KeyCase::Pascal => value,
        KeyCase::Camel => rename(value, &|name| {
            let mut letters = name.chars();
            letters
                .next()
                .map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
        }),
        KeyCase::PascalQr => rename(value, &|name| {
            if name == "QrData" { "QRData".into() } else { name.into() }
        }),
    }
}

fn rename(value: Value, spell: &impl Fn(&str) -> String) -> Value {
    match value {
        Value::Object(map) => map
            .into_iter()
            .map(|(name, value)| (spell(&name), rename(value, spell)))
            .collect(),
        Value::Array(items) => items.into_iter().map(|item| rename(item, spell)).collect(),
        other => other,
    }
}
