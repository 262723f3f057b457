//! The languages of the page. The words of a person's browser choose; English is what everything is written in, and where another language has
//! no words yet, English is shown.

use std::{collections::HashMap, sync::LazyLock};

use axum::{
    extract::Request,
    http::{HeaderMap, header},
    middleware::Next,
    response::Response,
};

use super::shona::SHONA;

/// A language that the page speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    English,
    /// Not reviewed by a native speaker yet.
    Shona,
}

/// A weight such as `0.85`, as 850.
fn thousandths(text: &str) -> i64 {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let part = format!("{part:0<3}");
    let number = |text: &str| text.parse::<i64>().unwrap_or_default();
    (number(whole) * 1_000 + number(part.get(..3).unwrap_or_default())).clamp(0, 1_000)
}

tokio::task_local! {
    static CHOSEN: Language;
}

impl Language {
    /// Its name in HTML.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::English => "en-GB",
            Self::Shona => "sn",
        }
    }

    /// What a browser would rather read, as it says in `Accept-Language`.
    fn of(headers: &HeaderMap) -> Self {
        let accepted = headers
            .get(header::ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let mut best = (0, Self::English);
        for (place, range) in accepted.split(',').enumerate() {
            let (name, weight) = range.split_once(";q=").unwrap_or((range, "1"));
            let language = match name.trim().split('-').next().unwrap_or_default() {
                "sn" => Self::Shona,
                "en" => Self::English,
                _ => continue,
            };
            // Of two alike the earlier.
            let weight = thousandths(weight.trim());
            let rank = weight * 100 + 99 - i64::try_from(place.min(99)).unwrap_or_default();
            if weight > 0 && rank > best.0 {
                best = (rank, language);
            }
        }
        best.1
    }

    /// A text of the page in this language.
    fn say(self, english: &'static str) -> &'static str {
        static WORDS: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| SHONA.iter().copied().collect());
        match self {
            Self::English => english,
            Self::Shona => WORDS.get(english).copied().unwrap_or(english),
        }
    }
}

/// The language of the page that is being made.
pub(super) fn chosen() -> Language {
    CHOSEN.try_with(|language| *language).unwrap_or(Language::English)
}

/// A text in the language of the page that is being made. A test looks whether every such text is in the list of words.
pub(super) fn say(english: &'static str) -> &'static str {
    chosen().say(english)
}

/// Makes the page in the language that the browser asks for.
pub(super) async fn choose(request: Request, next: Next) -> Response {
    let language = Language::of(request.headers());
    let mut response = CHOSEN.scope(language, next.run(request)).await;
    let vary = header::HeaderValue::from_static("accept-language");
    response.headers_mut().append(header::VARY, vary);
    response
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn of(accepted: &str) -> Language {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, accepted.parse().unwrap());
        Language::of(&headers)
    }

    #[test]
    fn the_browser_chooses() {
        assert_eq!(of("sn-ZW,sn;q=0.9,en;q=0.5"), Language::Shona);
        assert_eq!(of("en-GB,en;q=0.9,sn;q=0.8"), Language::English);
        assert_eq!(of("de;q=1,sn;q=0.2"), Language::Shona);
        assert_eq!(of("en;q=0.1,sn;q=0"), Language::English);
        assert_eq!(of("fr"), Language::English);
    }

    /// Every text of the pages that is said in the reader's language.
    fn said() -> BTreeSet<String> {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/page");
        let mut found = BTreeSet::new();
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_none_or(|ending| ending != "rs") || path.ends_with("language.rs") {
                continue;
            }
            let text = std::fs::read_to_string(path).unwrap();
            let text = text.split("#[cfg(test)]").next().unwrap();
            for rest in text.split("say(").skip(1) {
                if let Some(rest) = rest.trim_start().strip_prefix('"') {
                    found.insert(rest.split('"').next().unwrap().to_owned());
                }
            }
        }
        found.extend(fh_outbox::State::ALL.map(|state| crate::wording::label(state).to_owned()));
        found.extend(crate::sheet::SUMS.map(str::to_owned));
        found.insert(crate::sheet::NOTHING_SOLD.to_owned());
        found
    }

    #[test]
    fn no_word_is_missing_in_either_language_and_none_is_left_over() {
        let said = said();
        assert!(said.len() > 60, "{said:?}");
        let known: BTreeSet<_> = SHONA.iter().map(|(english, _)| (*english).to_owned()).collect();
        assert_eq!(known.len(), SHONA.len(), "no text twice");
        let missing: Vec<_> = said.difference(&known).collect();
        assert!(missing.is_empty(), "without words in Shona: {missing:#?}");
        let unused: Vec<_> = known.difference(&said).collect();
        assert!(unused.is_empty(), "said nowhere: {unused:#?}");
        for (english, shona) in SHONA {
            assert!(!shona.trim().is_empty() && !english.trim().is_empty(), "{english}");
        }
    }
}
