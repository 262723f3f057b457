//! Operations that the specification does not know yet: signed like all others, and nothing more.

use bytes::Bytes;
use fh_raw::Error as RawError;
use reqwest::Url;

use super::{handle::Client, translate::Call};
use crate::{
    Delivery, Error, ErrorKind,
    error::{CALL, Details},
};

/// What is done to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Method {
    /// Reads it.
    Get,
    /// Adds to it.
    Post,
    /// Replaces it.
    Put,
    /// Changes a part of it.
    Patch,
    /// Removes it.
    Delete,
}

/// A success, as it came.
#[derive(Debug, Clone)]
pub struct Answer {
    status: u16,
    headers: http::HeaderMap,
    body: Bytes,
}

impl Answer {
    /// The HTTP status, from 200 to 299.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// A header of the answer by its name in any case, such as `Content-Type`, if it is there and is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body, to the byte.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The body, to keep.
    #[must_use]
    pub fn into_body(self) -> Bytes {
        self.body
    }
}

impl Client {
    /// Calls an operation that this library does not know: one that the vendor added yesterday.
    ///
    /// The request is signed and says who is speaking like all others. It is made **once**, also when it only reads, and no
    /// redirect is followed. `path` begins with a slash and lies below the base URL, with a query if need be:
    /// `/NewThing/7?from=2026-01-01`. Nothing that could lead out of the base URL is taken: no other host, no empty or dotted
    /// segment, no backslash, and no such thing in disguise (`%2e`, `%2f`, `%5c`, `%25`). The body, if there is one, is sent
    /// as it is, as `application/json`. An answer of over 32 MiB is broken off.
    ///
    /// If the future is dropped, it may have been done.
    ///
    /// ```no_run
    /// # async fn example(client: &fiscal_harmony::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// use fiscal_harmony::client::Method;
    /// let answer = client.call(Method::Get, "/FiscalDevice/Counters", None).await?;
    /// println!("{} {:?}", answer.status(), answer.body());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Path`] when the path is not one below the base URL; nothing was sent then. Any status but a success is an
    /// error, with its [`status`](Error::status) and what the service said. As for a submission, [`Error::delivery`] says
    /// whether the request may have been taken: here nobody knows which requests submit something, so what is not a plain
    /// [`Method::Get`] is treated as if it did.
    pub async fn call(&self, method: Method, path: &str, body: Option<Bytes>) -> Result<Answer, Error> {
        let url = below(self.base_url(), path).map_err(|problem| {
            let mut details = Details::new(ErrorKind::Path, Delivery::NotSent, CALL);
            details.source = Some(problem.into());
            Error::from(details)
        })?;
        let operation = operation(method, path);
        let method = match method {
            Method::Get => http::Method::GET,
            Method::Post => http::Method::POST,
            Method::Put => http::Method::PUT,
            Method::Patch => http::Method::PATCH,
            Method::Delete => http::Method::DELETE,
        };
        let call = if method == http::Method::GET {
            Call::Read
        } else {
            Call::Submission
        };
        self.once(operation, call, async {
            let response = self.raw().send_unspecified(operation, method, url, body).await?;
            self.note_date(response.headers());
            let status = response.status().as_u16();
            let headers = response.headers().clone();
            let body = response.bytes().await.map_err(RawError::ResponseBodyError)?;
            Ok(Answer { status, headers, body })
        })
        .await
    }
}

/// The name of the operation in errors: a submission is called one, whichever way it goes.
fn operation(method: Method, path: &str) -> &'static str {
    let resource = path.split(['/', '?']).nth(1).unwrap_or_default();
    if method == Method::Post && resource.eq_ignore_ascii_case("invoice") {
        "submit_invoice"
    } else if method == Method::Post && resource.eq_ignore_ascii_case("creditnote") {
        "submit_credit_note"
    } else {
        CALL
    }
}

/// The address of a path below the base URL, or why it is none.
fn below(base: &str, path: &str) -> Result<Url, String> {
    let wrong = |problem: &str| Err(format!("{path:?}: {problem}"));
    let (resource, query) = match path.split_once('?') {
        Some((resource, query)) => (resource, Some(query)),
        None => (path, None),
    };
    let Some(segments) = resource.strip_prefix('/') else {
        return wrong("it does not begin with a slash");
    };
    for segment in segments.split('/') {
        if segment.is_empty() {
            return wrong("a segment is empty");
        }
        if segment == "." || segment == ".." {
            return wrong("a segment is made of dots");
        }
        for byte in unescaped(segment) {
            match byte {
                None => return wrong("a % is not followed by two hexadecimal digits"),
                Some((true, b'.' | b'/' | b'\\' | b'%' | 0..0x20 | 0x7f)) => {
                    return wrong(
                        "a dot, a slash, a backslash, a percent sign or a control character is written as %XX",
                    );
                }
                Some((true, _)) => {}
                Some((false, byte)) if is_plain(byte) => {}
                Some((false, _)) => {
                    return wrong("a character must be written as %XX in a path, or does not belong there");
                }
            }
        }
    }
    for byte in unescaped(query.unwrap_or_default()) {
        match byte {
            None => return wrong("a % is not followed by two hexadecimal digits"),
            Some((true, _)) => {}
            Some((false, byte)) if is_plain(byte) || matches!(byte, b'/' | b'?') => {}
            Some((false, _)) => return wrong("a character must be written as %XX in a query"),
        }
    }
    let text = format!("{base}{path}");
    match Url::parse(&text) {
        // A URL that its reader has changed may be another one than was checked.
        Ok(url) if url.as_str() == text => Ok(url),
        _ => wrong("it is changed when it is read as a URL"),
    }
}

/// The bytes of a text, each with whether it was written as `%XX`; `None` for a lone percent sign.
fn unescaped(text: &str) -> impl Iterator<Item = Option<(bool, u8)>> {
    let mut rest = text.as_bytes();
    std::iter::from_fn(move || {
        let (&first, after) = rest.split_first()?;
        if first != b'%' {
            rest = after;
            return Some(Some((false, first)));
        }
        let digit = |at: usize| char::from(*after.get(at)?).to_digit(16);
        let byte = digit(0)
            .zip(digit(1))
            .and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
        rest = after.get(2..).unwrap_or_default();
        Some(byte.map(|byte| (true, byte)))
    })
}

/// What stands for itself in a path and in a query.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&()*+,;=:@".contains(&byte)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BASE: &str = "https://api.example.co.zw/api";

    #[test]
    fn a_path_below_the_base_is_taken_to_the_letter() {
        for path in [
            "/Profile",
            "/New-Thing/7?from=2026-01-01&to=%2e%2E",
            "/a.b/c..d/%20x/~y",
            "/A?x=/y?z",
        ] {
            assert_eq!(below(BASE, path).unwrap().as_str(), format!("{BASE}{path}"));
        }
    }

    #[test]
    fn nothing_leads_out_of_the_base() {
        for path in [
            "",
            "/",
            "Profile",
            "//evil.test/x",
            "/x//y",
            "/x/",
            "https://evil.test/",
            "@evil.test/",
            ":8443/x",
            "/..",
            "/../admin",
            "/x/../../admin",
            "/./x",
            "/x/.",
            "/%2e%2e/admin",
            "/.%2E/admin",
            "/%2E",
            "/x%2f..%2fadmin",
            "/x%5c..",
            "/%252e%252e/x",
            "\\evil.test",
            "/\\evil.test",
            "/x\\..\\y",
            "/x#y",
            "/x?y#z",
            "/x y",
            "/x\ty",
            "/x\r\nHost: evil",
            "/x%0d%0a",
            "/%",
            "/%2",
            "/%zz",
            "/é",
            "/x?é",
            "/x?'",
            "/..;/admin/../x",
            "/\u{202e}x",
            "?x",
            "/?x",
        ] {
            let problem = below(BASE, path).unwrap_err();
            assert!(problem.contains(&format!("{path:?}")), "{problem}");
        }
    }

    #[test]
    fn a_submission_is_called_one() {
        assert_eq!(operation(Method::Post, "/invoice"), "submit_invoice");
        assert_eq!(operation(Method::Post, "/CreditNote?x=1"), "submit_credit_note");
        assert_eq!(operation(Method::Get, "/invoice"), CALL);
        assert_eq!(operation(Method::Post, "/invoices"), CALL);
    }

    proptest! {
        #[test]
        fn whatever_is_taken_lies_below_the_base(path in "[/.%\\\\a-z0-9?#@:2eEfF5cC]{0,24}") {
            if let Ok(url) = below(BASE, &path) {
                let base = Url::parse(BASE).unwrap();
                prop_assert_eq!(url.origin(), base.origin());
                prop_assert!(url.path().starts_with("/api/"), "{}", url);
                prop_assert_eq!((url.username(), url.password(), url.fragment()), ("", None, None));
            }
        }
    }
}
