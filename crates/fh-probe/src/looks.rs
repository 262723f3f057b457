//! What texts look like: whose they are can often be told by their form alone.

/// What the probe itself wrote into its documents.
pub(crate) fn is_own(text: &str) -> bool {
    let trimmed = text.trim();
    [
        "FH-PROBE",
        "FHPROBE",
        "Cash Probe",
        "cash Probe",
        "CashProbe",
        "Probe",
        "PROBE",
    ]
    .iter()
    .any(|own| trimmed.starts_with(own))
        || trimmed
            .trim_start_matches("Cash ")
            .chars()
            .all(|letter| letter == 'n' || letter == 'd')
}

/// Every place of a value in a text, whatever its case, as a whole word.
pub(crate) fn replaced(text: &str, value: &str, mark: &str) -> String {
    let (low, wanted) = (text.to_lowercase(), value.to_lowercase());
    if low.len() != text.len() || wanted.is_empty() {
        return text.replace(value, mark);
    }
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    while let Some(place) = low[from..].find(&wanted).map(|place| place + from) {
        let end = place + wanted.len();
        let is_letter = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
        let inside_word = (is_letter(low[..place].chars().next_back()) && is_letter(wanted.chars().next()))
            || (is_letter(low[end..].chars().next()) && is_letter(wanted.chars().next_back()));
        out.push_str(&text[from..place]);
        // Digits run together in links and numbers; letters in a longer word are another word.
        let is_part = inside_word && wanted.chars().all(char::is_alphabetic);
        out.push_str(if is_part { &text[place..end] } else { mark });
        from = end;
    }
    out.push_str(&text[from..]);
    out
}

/// Takes out what looks like an address, a key, a signature or somebody's number.
pub(crate) fn by_form(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let is_of_token = |letter: char| letter.is_alphanumeric() || "@._+-/=%".contains(letter);
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|letter: char| !is_of_token(letter)).unwrap_or(rest.len());
        if end == 0 {
            out.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let token = &rest[..end];
        rest = &rest[end..];
        out.push_str(&token_by_form(token));
    }
    out
}

fn token_by_form(token: &str) -> String {
    let bare = token.trim_end_matches(['.', '-', '/']);
    if let Some((user, host)) = bare.split_once('@')
        && !user.is_empty()
        && host.contains('.')
    {
        return token.replace(bare, "<email>");
    }
    let base64 = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte))
    };
    if bare.len() == 32
        && bare
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    {
        return token.replace(bare, "<key>");
    }
    if base64(bare) && ((bare.len() == 88 && bare.ends_with("==")) || (bare.len() == 44 && bare.ends_with('='))) {
        return token.replace(bare, "<signature>");
    }
    if is_own(token) || is_date(token) {
        return token.to_owned();
    }
    // Nine digits and more are somebody's number.
    let mut out = String::new();
    let mut digits = String::new();
    for letter in token.chars().chain(std::iter::once('\0')) {
        if letter.is_ascii_digit() {
            digits.push(letter);
            continue;
        }
        if digits.len() >= 9 {
            out.push_str("<digits>")
        } else {
            out.push_str(&digits)
        }
        digits.clear();
        if letter != '\0' {
            out.push(letter);
        }
    }
    out
}

pub(crate) fn is_number(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    digits > 0 && digits < 9 && text.bytes().all(|byte| byte.is_ascii_digit() || b".-".contains(&byte))
}

pub(crate) fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 10
        && bytes.len() <= 35
        && bytes[4] == b'-'
        && bytes[7] == b'-'
        && bytes[..4].iter().all(u8::is_ascii_digit)
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b"-:.+TZ".contains(&byte))
}

/// The address of a host of the authority, without anything behind it.
pub(crate) fn is_host(text: &str) -> bool {
    let host = text.strip_prefix("https://").map(|host| host.trim_end_matches('/'));
    host.is_some_and(|host| host.ends_with(".zimra.co.zw") && !host.contains('/'))
}

/// A verification link with its host and its date, and noughts for the device, the number and the code.
pub(crate) fn link(text: &str) -> Option<String> {
    let (host, digits) = text.rsplit_once('/')?;
    let date = digits.get(10..18)?;
    let fits = is_host(host) && digits.len() == 44 && date.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| format!("{host}/0000000000{date}00000000000000000000000000"))
}
