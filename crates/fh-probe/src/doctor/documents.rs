//! What the latest documents say of habits.

use super::{
    check::Found,
    sight::{Sight, Used},
};

/// So many lines say something of a habit.
const ENOUGH: usize = 20;

/// Codes that stand for no goods: programs write them where nobody gave one.
const PLACEHOLDERS: [&str; 8] = [
    "00000000", "11111111", "12345678", "87654321", "99999999", "0000", "1234", "9999",
];

fn used(sight: &Sight) -> Result<&Used, Found> {
    let open = sight.outbox.as_ref().ok().and_then(|outbox| outbox.open.as_ref().ok());
    match open.map(|open| &open.used) {
        Some(used) if used.lines > 0 => Ok(used),
        _ => Err(Found::skip("there are no documents to look at".to_owned())),
    }
}

pub(super) fn hs_codes(sight: &Sight) -> Found {
    let used = match used(sight) {
        Ok(used) => used,
        Err(found) => return found,
    };
    let is_well_formed = |code: &str| matches!(code.len(), 4 | 8) && code.bytes().all(|byte| byte.is_ascii_digit());
    let lines_of = |holds: &dyn Fn(&str) -> bool| {
        let codes = used.hs_codes.iter().filter(|(code, _)| holds(code));
        codes.map(|(_, lines)| lines).sum::<usize>()
    };
    let share = |lines: usize| format!("{lines} of the last {} lines", used.lines);
    let odd = lines_of(&|code| !is_well_formed(code));
    if odd > 0 {
        return Found::fail(format!("{} have an HS code that is not 4 or 8 digits", share(odd)));
    }
    let placeholders = lines_of(&|code| PLACEHOLDERS.contains(&code));
    if placeholders > 0 {
        return Found::warn(format!(
            "{} have an HS code that stands for no goods, such as 00000000",
            share(placeholders)
        ));
    }
    let short = lines_of(&|code| code.len() == 4);
    if used.lines >= ENOUGH && short * 2 > used.lines {
        return Found::warn(format!(
            "{} have an HS code of 4 digits, which zero-rated and exempt goods may not have",
            share(short)
        ));
    }
    let most = used.hs_codes.iter().max_by_key(|(_, lines)| **lines);
    match most {
        Some((code, lines)) if used.documents >= ENOUGH && *lines == used.lines => Found::warn(format!(
            "all of the last {} lines have the same HS code, {code}",
            used.lines
        )),
        _ => Found::pass(format!(
            "the HS codes of the last {} lines look as they should",
            used.lines
        )),
    }
}
