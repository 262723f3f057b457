//! What a cell means, once it is known which field it is of. Pure, and strict: two meanings are a question and no guess.

use fh_types::{
    Amount, CatDateTime,
    jiff::civil::{Date, DateTime, Time},
};

use crate::{
    cell::Cell,
    field::Field,
    mapping::{DateForm, Mapping},
};

type Wrong = String;

/// An amount.
pub(crate) fn amount(cell: &Cell, mapping: &Mapping) -> Result<Option<Amount>, Wrong> {
    let text = match cell {
        Cell::Empty => return Ok(None),
        Cell::Number(digits) => digits.clone(),
        Cell::Text(text) => plain(text, mapping.decimal)?,
        Cell::Date(date) => return Err(format!("{date} is a date, and an amount is wanted here")),
        Cell::Flag(flag) => return Err(format!("{flag} is no amount")),
        Cell::Broken(error) => return Err(broken(error)),
    };
    text.parse().map(Some).map_err(|error| format!("{error}"))
}

fn broken(error: &str) -> String {
    format!("the formula in this cell came to {error}; mend it in the sheet")
}

/// The digits of a number with a dot, from how people write it.
fn plain(text: &str, decimal: char) -> Result<String, Wrong> {
    let group = if decimal == '.' { ',' } else { '.' };
    let bare: String = text
        .chars()
        .filter(|letter| !matches!(letter, ' ' | '\u{a0}' | '\u{202f}' | '\''))
        .collect();
    let (minus, bare) = match bare.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", bare.as_str()),
    };
    let wrong =
        || format!("{text:?} is no plain number; write digits alone, such as 1234{decimal}50, without a currency");
    if bare.is_empty()
        || !bare
            .chars()
            .all(|letter| letter.is_ascii_digit() || letter == decimal || letter == group)
    {
        return Err(wrong());
    }
    let (whole, places) = match bare.split_once(decimal) {
        Some((_, places)) if places.contains([decimal, group]) => return Err(wrong()),
        Some((whole, places)) => (whole, Some(places)),
        None => (bare, None),
    };
    let whole = if whole.contains(group) {
        let groups: Vec<&str> = whole.split(group).collect();
        let are_thousands = (1..=3).contains(&groups[0].len()) && groups[1..].iter().all(|group| group.len() == 3);
        // One group and no places can be thousands or places of another way of writing.
        if !are_thousands || (groups.len() == 2 && places.is_none()) {
            return Err(format!(
                "{text:?} can be read in two ways; decimal is {decimal:?} in the mapping: say decimal = \"{group}\" if that is what stands before the \
                 decimal places, or write the number without separators of thousands"
            ));
        }
        groups.concat()
    } else {
        whole.to_owned()
    };
    let whole = if whole.is_empty() { "0" } else { &whole };
    Ok(match places {
        Some(places) => format!("{minus}{whole}.{places}"),
        None => format!("{minus}{whole}"),
    })
}

/// A text, which a number may be too where no zeros can be lost.
pub(crate) fn text(cell: &Cell, field: Field, mapping: &Mapping) -> Result<Option<String>, Wrong> {
    let said = match cell {
        Cell::Empty => return Ok(None),
        Cell::Broken(error) => return Err(broken(error)),
        Cell::Date(date) => {
            return Err(format!(
                "the sheet has made the date {date} of this {}; format the column as text and write it anew",
                field.name()
            ));
        }
        cell => cell.shown(),
    };
    let Some(wanted) = field.digits() else {
        return Ok(Some(said));
    };
    let said = said.replace([' ', '\u{a0}', '.'], "");
    if said.contains(['E', 'e']) && said.bytes().any(|byte| byte.is_ascii_digit()) {
        return Err(format!(
            "{:?} is how a spreadsheet shows a long number; its digits are lost: format the column as text and write them anew",
            cell.shown()
        ));
    }
    if !said.bytes().all(|byte| byte.is_ascii_digit()) {
        // The rules say what is wrong with it.
        return Ok(Some(said));
    }
    if let Some(digits) = mapping.digits.get(&field) {
        return Ok(Some(format!("{said:0>digits$}")));
    }
    let is_short = said.len() < wanted && (field != Field::HsCode || said.len() != 4);
    if is_short && wanted - said.len() <= 2 {
        return Err(format!(
            "{said:?} has {} digits of {wanted}: a spreadsheet may have lost the zeros before them. If so, say `{} = {wanted}` under [digits] in the \
             mapping; if not, mend it in the file",
            said.len(),
            field.name()
        ));
    }
    Ok(Some(said))
}

/// Yes or no.
pub(crate) fn flag(cell: &Cell) -> Result<Option<bool>, Wrong> {
    let word = match cell {
        Cell::Empty => return Ok(None),
        Cell::Flag(flag) => return Ok(Some(*flag)),
        cell => cell.shown().to_lowercase(),
    };
    match word.as_str() {
        "yes" | "y" | "true" | "1" | "inclusive" | "incl" | "inc" => Ok(Some(true)),
        "no" | "n" | "false" | "0" | "exclusive" | "excl" | "exc" => Ok(Some(false)),
        _ => Err(format!("{word:?} is neither yes nor no")),
    }
}

/// When it was sold, from a day and perhaps a time that stands apart.
pub(crate) fn date(cell: &Cell, time: &Cell, mapping: &Mapping) -> Result<CatDateTime, Wrong> {
    let (day, of_cell) = match cell {
        Cell::Empty => return Err("there is no date".to_owned()),
        Cell::Broken(error) => return Err(broken(error)),
        Cell::Flag(flag) => return Err(format!("{flag} is no date")),
        Cell::Date(date) => (date.date(), Some(date.time()).filter(|time| *time != Time::midnight())),
        Cell::Number(digits) if mapping.date == DateForm::Serial => serial(digits)?,
        Cell::Number(digits) => {
            let seen = serial(digits).map_or_else(|_| "a day".to_owned(), |(day, _)| day.to_string());
            return Err(format!(
                "{digits} is a number, and may be {seen} as spreadsheets count days; format the column as a date, or say date = \"serial\" in the mapping"
            ));
        }
        Cell::Text(text) => match written(text, mapping.date)? {
            Written::Whole(date) => return Ok(date),
            Written::Civil(day, time) => (day, time),
        },
    };
    let apart = match time {
        Cell::Empty => None,
        Cell::Date(date) => Some(date.time()),
        Cell::Number(digits) => serial(digits)?.1.or(Some(Time::midnight())),
        cell => Some(clock(&cell.shown()).ok_or_else(|| format!("{:?} is no time, such as 14:05", cell.shown()))?),
    };
    let time = apart.or(of_cell).or(mapping.time_of_day).ok_or_else(|| {
        format!("{day} has no time; name the column of times, or say time_of_day = \"12:00:00\" in the mapping")
    })?;
    DateTime::from_parts(day, time)
        .to_string()
        .parse()
        .map_err(|error| format!("{error}"))
}

enum Written {
    Whole(CatDateTime),
    Civil(Date, Option<Time>),
}

fn written(text: &str, form: DateForm) -> Result<Written, Wrong> {
    let wrong = || {
        let example = match form {
            DateForm::Iso => "yyyy-mm-dd",
            DateForm::DayFirst => "dd/mm/yyyy",
            DateForm::MonthFirst => "mm/dd/yyyy",
            DateForm::Serial => "serial",
        };
        format!("{text:?} is no date as the mapping says they are written, date = {example:?}")
    };
    if form == DateForm::Serial {
        let (day, time) = serial(text).map_err(|_| wrong())?;
        return Ok(Written::Civil(day, time));
    }
    // With an offset it is a moment.
    if form == DateForm::Iso
        && text.contains(['T', 't'])
        && let Ok(date) = text.parse::<CatDateTime>()
    {
        return Ok(Written::Whole(date));
    }
    let (day, rest) = text
        .split_once([' ', 'T'])
        .map_or((text, ""), |(day, rest)| (day, rest.trim()));
    let numbers: Vec<i16> = day.split(['/', '-', '.']).map_while(|part| part.parse().ok()).collect();
    let [first, second, third] = numbers[..] else {
        return Err(wrong());
    };
    let (year, month, of_month) = match form {
        DateForm::Iso => (first, second, third),
        DateForm::DayFirst => (third, second, first),
        DateForm::MonthFirst | DateForm::Serial => (third, first, second),
    };
    if year < 1000 {
        return Err(format!("{text:?} has a year of two digits; write all four"));
    }
    let day = i8::try_from(month)
        .ok()
        .zip(i8::try_from(of_month).ok())
        .and_then(|(month, day)| Date::new(year, month, day).ok())
        .ok_or_else(wrong)?;
    let time = match rest {
        "" => None,
        rest => Some(clock(rest).ok_or_else(wrong)?),
    };
    Ok(Written::Civil(day, time))
}

/// `9:05`, `09:05:30`, `9:05 PM`.
fn clock(text: &str) -> Option<Time> {
    let lower = text.trim().to_ascii_lowercase();
    let (digits, half) = match (lower.strip_suffix("am"), lower.strip_suffix("pm")) {
        (Some(rest), _) => (rest.trim(), Some(0)),
        (_, Some(rest)) => (rest.trim(), Some(12)),
        _ => (lower.as_str(), None),
    };
    let digits = digits.split('.').next()?;
    let parts: Vec<i8> = digits.split(':').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let (hour, minute, second) = match parts[..] {
        [hour, minute] => (hour, minute, 0),
        [hour, minute, second] => (hour, minute, second),
        _ => return None,
    };
    let hour = match half {
        Some(half) if (1..=12).contains(&hour) => hour % 12 + half,
        Some(_) => return None,
        None => hour,
    };
    Time::new(hour, minute, second, 0).ok()
}

/// A day and a time as spreadsheets count them: days since the end of 1899.
fn serial(digits: &str) -> Result<(Date, Option<Time>), Wrong> {
    let wrong = || format!("{digits:?} is no day as spreadsheets count them");
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let days: i32 = whole.parse().map_err(|_| wrong())?;
    // Before March 1900 they count a day that there was not.
    if !(61..=2_958_465).contains(&days) {
        return Err(wrong());
    }
    let day = fh_types::jiff::civil::date(1899, 12, 30)
        .checked_add(fh_types::jiff::Span::new().days(days))
        .map_err(|_| wrong())?;
    if part.is_empty() {
        return Ok((day, None));
    }
    // Whole seconds of the part of a day, rounded.
    let part: String = part.chars().take(12).collect();
    let scale = 10_i64.pow(u32::try_from(part.len()).map_err(|_| wrong())?);
    let part: i64 = part.parse().map_err(|_| wrong())?;
    let seconds = (part * 86_400 + scale / 2) / scale;
    let seconds = seconds.min(86_399);
    let of = |value: i64| i8::try_from(value).unwrap_or_default();
    let time = Time::new(of(seconds / 3600), of(seconds / 60 % 60), of(seconds % 60), 0).map_err(|_| wrong())?;
    Ok((day, Some(time)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mapping(extra: &str) -> Mapping {
        let rest = "[columns]\nid = \"i\"\ndate = \"d\"\ndescription = \"d\"\nhs_code = \"h\"\ncurrency = \"c\"\ntax_code = \"t\"\nunit_price = \"u\"\n";
        Mapping::parse(&format!("{extra}\n{rest}")).unwrap()
    }

    #[test]
    fn amounts_are_read_where_they_have_one_meaning() {
        let read = |text: &str, decimal: &str| {
            let mapping = mapping(&format!("decimal = \"{decimal}\""));
            amount(&Cell::text(text), &mapping).map(|amount| amount.unwrap().to_string())
        };
        for (text, decimal, wanted) in [
            ("1234.50", ".", "1234.50"),
            ("1,234.50", ".", "1234.50"),
            ("1,234,567", ".", "1234567"),
            ("1 234,50", ",", "1234.50"),
            ("1.234,5", ",", "1234.5"),
            ("-3,5", ",", "-3.5"),
            (",5", ",", "0.5"),
        ] {
            assert_eq!(read(text, decimal).as_deref(), Ok(wanted), "{text}");
        }
        for (text, decimal) in [("1,234", "."), ("12,50", "."), ("1.234", ","), ("12,34,56.0", ".")] {
            assert!(read(text, decimal).unwrap_err().contains("two ways"), "{text}");
        }
        for text in ["$5", "5%", "USD 5", "five", "1.2.3", "(5.00)"] {
            assert!(read(text, ".").is_err(), "{text}");
        }
    }

    #[test]
    fn lost_zeros_are_asked_about() {
        let hs = |cell: Cell, extra: &str| text(&cell, Field::HsCode, &mapping(extra)).map(Option::unwrap);
        assert!(hs(Cell::Number("1905900".into()), "").unwrap_err().contains("[digits]"));
        assert_eq!(hs(Cell::text("1905"), "").as_deref(), Ok("1905"));
        assert_eq!(hs(Cell::text("19.05.90.00"), "").as_deref(), Ok("19059000"));
        assert!(hs(Cell::text("1.90E+07"), "").is_err());
        let mut filled = mapping("");
        filled.digits.insert(Field::HsCode, 8);
        let read = text(&Cell::Number("1012100".into()), Field::HsCode, &filled).unwrap();
        assert_eq!(read.as_deref(), Some("01012100"));
    }

    #[test]
    fn dates_are_read_as_the_mapping_says() {
        let read = |cell: Cell, extra: &str| date(&cell, &Cell::Empty, &mapping(extra)).map(|date| date.to_string());
        let noon = "time_of_day = \"12:00:00\"\n";
        for (text, form, wanted) in [
            ("2026-11-27T10:15:00+02:00", "yyyy-mm-dd", "2026-11-27T10:15:00+02:00"),
            ("2026-11-27T08:15:00Z", "yyyy-mm-dd", "2026-11-27T10:15:00+02:00"),
            ("2026-11-27 10:15", "yyyy-mm-dd", "2026-11-27T10:15:00+02:00"),
            ("2026-11-27", "yyyy-mm-dd", "2026-11-27T12:00:00+02:00"),
            ("27/11/2026 9:05 PM", "dd/mm/yyyy", "2026-11-27T21:05:00+02:00"),
            ("11-27-2026", "mm/dd/yyyy", "2026-11-27T12:00:00+02:00"),
            ("46353.5", "serial", "2026-11-27T12:00:00+02:00"),
        ] {
            let read = read(Cell::text(text), &format!("{noon}date = \"{form}\""));
            assert_eq!(read.as_deref(), Ok(wanted), "{text}");
        }
        assert!(read(Cell::text("2026-11-27"), "").unwrap_err().contains("time_of_day"));
        assert!(
            read(Cell::text("27/11/26"), "date = \"dd/mm/yyyy\"")
                .unwrap_err()
                .contains("two digits")
        );
        assert!(read(Cell::text("11/27/2026"), "date = \"dd/mm/yyyy\"").is_err());
        let number = read(Cell::Number("46353".into()), noon).unwrap_err();
        assert!(number.contains("2026-11-27") && number.contains("serial"), "{number}");
    }
}
