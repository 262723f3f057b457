// One idea: what a profile may say, and how each mistake in it is named; the reader and what is tried on it belong together.

//! The profile file: who a till is, kept where only its owner can read it.

use std::{
    env,
    ffi::OsString,
    fmt,
    path::{Path, PathBuf},
};

use fh_auth::{PrivateFileError, read_private_file};
use fh_outbox::Policy;
use fiscal_harmony::document::{AllowedFields, FieldNameError};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};
use zeroize::Zeroizing;

use crate::{
    courier::AlarmSettings,
    policy::{KEYS, Setting, key},
    printing::{OfProfile, read_print, read_seller},
};

/// Names another profile file.
const FILE_VARIABLE: &str = "FH_PROFILES";
const KNOWN: [&str; 16] = [
    "api_key",
    "api_secret",
    "previous_api_secret",
    "application",
    "station",
    "app_version",
    "base_url",
    "unchecked_format",
    "policy",
    "allow_fields",
    "machine_id",
    "on_alarm",
    "alarm_url",
    "alarm_secret",
    "seller",
    "print",
];

/// What a profile says. Nothing is checked yet except that it is text, and that fields can be allowed.
#[derive(Default)]
pub(crate) struct Profile {
    pub(crate) api_key: Option<String>,
    pub(crate) api_secret: Option<Zeroizing<String>>,
    /// The secret before a rotation, with which webhooks may still be signed for a while.
    pub(crate) previous_api_secret: Option<Zeroizing<String>>,
    pub(crate) application: Option<String>,
    pub(crate) station: Option<String>,
    pub(crate) app_version: Option<String>,
    pub(crate) base_url: Option<String>,
    pub(crate) unchecked_format: bool,
    /// How the outbox behaves for it, as far as the file says.
    pub(crate) policy: Vec<Setting>,
    /// Names of fields that documents may have beside the known ones.
    pub(crate) allow_fields: Vec<String>,
    /// What the outbox knows this machine by.
    pub(crate) machine_id: Option<String>,
    /// Who is sent alarms.
    pub(crate) alarms: AlarmSettings,
    /// Who sells, and how receipts are printed.
    pub(crate) printing: OfProfile,
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profile")
            .field("station", &self.station)
            .field("base_url", &self.base_url)
            .finish_non_exhaustive()
    }
}

/// Why a profile cannot be used. Never shows a value, since any of them could be the secret in the wrong place.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProfileError {
    #[error("{0}")]
    File(#[from] PrivateFileError),
    #[error(
        "there is nowhere to look for profiles: neither {FILE_VARIABLE} nor the folder of settings (XDG_CONFIG_HOME, HOME or APPDATA) is set"
    )]
    NoFolder,
    #[error("{}:{line}:{column}: {message}", path.display())]
    Wrong {
        path: PathBuf,
        line: usize,
        column: usize,
        message: String,
    },
    #[error("{}: there is no profile {name:?}; {}", path.display(), known(.names))]
    Unknown {
        path: PathBuf,
        name: String,
        names: Vec<String>,
    },
}

fn known(names: &[String]) -> String {
    if names.is_empty() {
        "the file holds none. Add a section such as [till-1]".to_owned()
    } else {
        format!("the file has {}", names.join(", "))
    }
}

/// The profile file: `FH_PROFILES`, or `fiscal-harmony/profiles.toml` in the platform's folder of settings.
pub(crate) fn path() -> Result<PathBuf, ProfileError> {
    path_from(|name| env::var_os(name).filter(|value| !value.is_empty()))
}

fn path_from(variable: impl Fn(&str) -> Option<OsString>) -> Result<PathBuf, ProfileError> {
    if let Some(path) = variable(FILE_VARIABLE) {
        return Ok(PathBuf::from(path));
    }
    let folder = if cfg!(windows) {
        variable("APPDATA").map(PathBuf::from)
    } else {
        variable("XDG_CONFIG_HOME")
            .map(PathBuf::from)
            .or_else(|| variable("HOME").map(|home| Path::new(&home).join(".config")))
    };
    Ok(folder
        .ok_or(ProfileError::NoFolder)?
        .join("fiscal-harmony")
        .join("profiles.toml"))
}

/// Reads one profile of a file that must be private.
pub(crate) fn read(path: &Path, name: &str) -> Result<Profile, ProfileError> {
    parse(path, &read_private_file(path)?, name)
}

/// The names of all profiles of a file that must be private. Which of them can be read is for [`read`] to say.
pub(crate) fn names(path: &Path) -> Result<Vec<String>, ProfileError> {
    let text = read_private_file(path)?;
    // What is wrong with the file is said of the profile that is asked for.
    let file = DeTable::parse(&text).ok();
    let sections = file.iter().flat_map(|file| file.get_ref().iter());
    let tables = sections.filter(|(_, content)| matches!(content.get_ref(), DeValue::Table(_)));
    Ok(tables.map(|(name, _)| name.get_ref().to_string()).collect())
}

/// Line and column of a byte, counted from one.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = &text[..offset.min(text.len())];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    (
        before.matches('\n').count() + 1,
        before[line_start..].chars().count() + 1,
    )
}

fn parse(path: &Path, text: &str, name: &str) -> Result<Profile, ProfileError> {
    let wrong = |offset: usize, message: String| {
        let (line, column) = position(text, offset);
        ProfileError::Wrong {
            path: path.to_owned(),
            line,
            column,
            message,
        }
    };
    // The error's own text quotes the line, which may hold the secret.
    let file = DeTable::parse(text).map_err(|error| {
        let offset = error.span().map_or(0, |span| span.start);
        wrong(offset, format!("this is not TOML: {}", error.message()))
    })?;
    let mut found = None;
    let mut names = Vec::new();
    for (section, content) in file.get_ref() {
        let DeValue::Table(content) = content.get_ref() else {
            return Err(wrong(
                section.span().start,
                format!(
                    "{:?} stands outside of any profile; put a line such as [till-1] above it",
                    section.get_ref()
                ),
            ));
        };
        if section.get_ref() == "policy" && name != "policy" && content.keys().any(|name| key(name.get_ref()).is_some())
        {
            let message = "a policy belongs to a profile; write [NAME.policy] with the name of yours";
            return Err(wrong(section.span().start, message.to_owned()));
        }
        names.push(section.get_ref().to_string());
        if section.get_ref() == name {
            found = Some(content);
        }
    }
    let Some(content) = found else {
        return Err(ProfileError::Unknown {
            path: path.to_owned(),
            name: name.to_owned(),
            names,
        });
    };
    let mut profile = Profile::default();
    for (key, value) in content {
        let word = || match value.get_ref() {
            DeValue::String(word) => Ok(word.to_string()),
            other => Err(wrong(
                value.span().start,
                format!("{} is text in quotation marks, not {}", key.get_ref(), article(other)),
            )),
        };
        match key.get_ref().as_ref() {
            "api_key" => profile.api_key = Some(word()?),
            "api_secret" => profile.api_secret = Some(Zeroizing::new(word()?)),
            "previous_api_secret" => profile.previous_api_secret = Some(Zeroizing::new(word()?)),
            "application" => profile.application = Some(word()?),
            "station" => profile.station = Some(word()?),
            "app_version" => profile.app_version = Some(word()?),
            "base_url" => profile.base_url = Some(word()?),
            "on_alarm" => profile.alarms.on_alarm = Some(word()?),
            "alarm_url" => profile.alarms.alarm_url = Some(word()?),
            "alarm_secret" => profile.alarms.alarm_secret = Some(Zeroizing::new(word()?)),
            "machine_id" => profile.machine_id = Some(word()?),
            "unchecked_format" => {
                profile.unchecked_format = value.get_ref().as_bool().ok_or_else(|| {
                    wrong(
                        value.span().start,
                        format!("unchecked_format is true or false, not {}", article(value.get_ref())),
                    )
                })?;
            }
            "policy" => {
                profile.policy = policy(
                    value,
                    name,
                    |at| format!("{}:{}", path.display(), position(text, at).0),
                    &wrong,
                )?
            }
            "seller" => profile.printing.seller = read_seller(value, name, &wrong)?,
            "print" => profile.printing.print = read_print(value, name, path, &wrong)?,
            "allow_fields" => profile.allow_fields = allow_fields(value, &wrong)?,
            other => {
                return Err(wrong(
                    key.span().start,
                    format!(
                        "profile {name:?} has an unknown key {other:?}; known are {}",
                        KNOWN.join(", ")
                    ),
                ));
            }
        }
    }
    Ok(profile)
}

/// The table of a profile that says how its outbox behaves.
fn policy(
    table: &Spanned<DeValue<'_>>,
    profile: &str,
    place: impl Fn(usize) -> String,
    wrong: &impl Fn(usize, String) -> ProfileError,
) -> Result<Vec<Setting>, ProfileError> {
    let DeValue::Table(content) = table.get_ref() else {
        let message = format!("policy is a table; write [{profile}.policy] and its keys below it");
        return Err(wrong(table.span().start, message));
    };
    let mut settings = Vec::new();
    for (name, value) in content {
        let Some(key) = key(name.get_ref()) else {
            let known: Vec<_> = KEYS.iter().map(|key| key.name).collect();
            return Err(wrong(
                name.span().start,
                format!(
                    "[{profile}.policy] has an unknown key {:?}; known are {}",
                    name.get_ref(),
                    known.join(", ")
                ),
            ));
        };
        let text = match value.get_ref() {
            DeValue::String(text) => text.to_string(),
            DeValue::Integer(number) => number.to_string(),
            DeValue::Boolean(truth) => truth.to_string(),
            // Nothing of another type is allowed anywhere, and the key says what is.
            _ => String::new(),
        };
        key.choose(&mut Policy::default(), &text)
            .map_err(|error| wrong(value.span().start, error))?;
        settings.push(Setting {
            key,
            value: text,
            place: place(value.span().start),
        });
    }
    Ok(settings)
}

fn allow_fields(
    value: &Spanned<DeValue<'_>>,
    wrong: &impl Fn(usize, String) -> ProfileError,
) -> Result<Vec<String>, ProfileError> {
    let expected = |found: &Spanned<DeValue<'_>>| {
        wrong(
            found.span().start,
            format!(
                "allow_fields is a list of names such as [\"DueDate\"], not {}",
                article(found.get_ref())
            ),
        )
    };
    let DeValue::Array(names) = value.get_ref() else {
        return Err(expected(value));
    };
    let mut allowed = Vec::new();
    for found in names {
        let DeValue::String(name) = found.get_ref() else {
            return Err(expected(found));
        };
        AllowedFields::named([name.as_ref()]).map_err(|error| {
            let message = match error {
                // The name is the known one but for its case, and no secret.
                known @ FieldNameError::Known { .. } => known.to_string(),
                _ => "this is no name of a field".to_owned(),
            };
            wrong(found.span().start, message)
        })?;
        allowed.push(name.to_string());
    }
    Ok(allowed)
}

fn article(value: &DeValue<'_>) -> String {
    format!("a value of type {}", value.type_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "profiles.toml";

    fn message(text: &str) -> String {
        parse(Path::new(FILE), text, "till").unwrap_err().to_string()
    }

    #[test]
    fn one_profile_of_several_is_read() {
        let text = "[other]\napi_key = 'x'\n[till]\napi_key = \"K\"\napi_secret = \"S\"\nstation = 'till 3'\nunchecked_format = true\n";
        let profile = parse(Path::new(FILE), text, "till").unwrap();
        assert_eq!(profile.api_key.as_deref(), Some("K"));
        assert_eq!(profile.api_secret.as_deref().map(String::as_str), Some("S"));
        assert_eq!(profile.station.as_deref(), Some("till 3"));
        assert!(profile.unchecked_format && profile.base_url.is_none());
    }

    #[test]
    fn fields_are_allowed_by_a_list_of_names_that_are_not_known() {
        let allowed = |list: &str| parse(Path::new(FILE), &format!("[till]\nallow_fields = {list}\n"), "till");
        let profile = allowed("['DueDate', 'Shop']").unwrap();
        assert_eq!(profile.allow_fields, ["DueDate", "Shop"]);
        assert!(allowed("[]").unwrap().allow_fields.is_empty());
        let error = allowed("['DueDate', 'isretry']").unwrap_err().to_string();
        assert!(
            error.starts_with("profiles.toml:2:28:") && error.contains("IsRetry is known"),
            "{error}"
        );
        for wrong in ["'DueDate'", "[1]"] {
            let error = allowed(wrong).unwrap_err().to_string();
            assert!(error.contains("a list of names"), "{error}");
        }
    }

    #[test]
    fn mistakes_are_named_with_their_place() {
        let error = message("[till]\nstation = 'a'\napi_kye = 'x'\n");
        assert!(
            error.starts_with("profiles.toml:3:1:") && error.contains("\"api_kye\"") && error.contains("api_key"),
            "{error}"
        );
        assert!(message("[shop]\n").contains("has shop"));
        assert!(message("").contains("holds none"));
        assert!(message("station = 'a'\n").contains("outside of any profile"));
        assert!(message("[till]\nstation = 3\n").contains("2:11"));
    }

    #[test]
    fn a_policy_is_read_with_its_places_and_its_mistakes_are_named() {
        let text =
            "[till]\nstation = 'a'\n[till.policy]\non_rejected = \"park_lane\"\nbreaker_after = 9\nwebhooks = true\n";
        let read = parse(Path::new(FILE), text, "till").unwrap().policy;
        let said: Vec<_> = read
            .iter()
            .map(|setting| (setting.key.name, setting.value.as_str(), setting.place.as_str()))
            .collect();
        let expected = [
            ("on_rejected", "park_lane", "profiles.toml:4"),
            ("breaker_after", "9", "profiles.toml:5"),
            ("webhooks", "true", "profiles.toml:6"),
        ];
        assert!(
            said.len() == 3 && expected.iter().all(|one| said.contains(one)),
            "{said:?}"
        );
        for (line, place, parts) in [
            (
                "on_rejected = 'wait'",
                "4:15",
                &["on_rejected is \"step_aside\" or \"park_lane\""][..],
            ),
            ("lease = 90", "4:9", &["lease is a time with its unit", "at least 3s"]),
            ("lease = [1]", "4:9", &["lease is a time"]),
            (
                "breaker_after = 0",
                "4:17",
                &["breaker_after is a whole number of at least 1"],
            ),
            (
                "leese = '90s'",
                "4:1",
                &["unknown key \"leese\"", "lease", "zero_totals"],
            ),
        ] {
            let error = message(&format!("[till]\nstation = 'a'\n[till.policy]\n{line}\n"));
            assert!(error.starts_with(&format!("profiles.toml:{place}: ")), "{error}");
            assert!(parts.iter().all(|part| error.contains(part)), "{error}");
        }
        assert!(message("[till]\npolicy = 3\n").contains("[till.policy]"));
        assert!(message("[policy]\nlease = '90s'\n[till]\n").contains("belongs to a profile"));
    }

    #[test]
    fn no_message_quotes_a_value() {
        for text in [
            "[till.policy]\non_rejected = 'TOPSECRET'\n",
            "[till.policy]\nlease = 'TOPSECRET'\n",
            "[till]\napi_secret = TOPSECRET\n",
            "[till]\napi_secret = \"TOPSECRET\n",
            "[till]\nunchecked_format = \"TOPSECRET\"\n",
            "[till]\napi_secret = [\"TOPSECRET\"]\n",
            "[till]\napi_secret = 'TOPSECRET' 'TOPSECRET'\n",
            "till = 'TOPSECRET'\n",
            "[till]\nallow_fields = 'TOPSECRET'\n",
            "[till]\nallow_fields = [' TOPSECRET']\n",
            "[till\napi_secret = 'TOPSECRET'\n",
        ] {
            let error = message(text);
            assert!(!error.contains("TOPSECRET"), "{error}");
            assert!(error.starts_with(FILE), "{error}");
        }
    }

    #[test]
    fn the_file_is_looked_for_where_the_platform_keeps_settings() {
        let with = |pairs: &[(&str, &str)]| {
            let pairs: Vec<_> = pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), OsString::from(value)))
                .collect();
            path_from(move |name| {
                pairs
                    .iter()
                    .find(|(known, _)| known == name)
                    .map(|(_, value)| value.clone())
            })
        };
        assert_eq!(with(&[("FH_PROFILES", "/x/p.toml")]).unwrap(), Path::new("/x/p.toml"));
        assert!(matches!(with(&[]), Err(ProfileError::NoFolder)));
        if !cfg!(windows) {
            let expected = Path::new("/h/.config/fiscal-harmony/profiles.toml");
            assert_eq!(with(&[("HOME", "/h")]).unwrap(), expected);
            let expected = Path::new("/c/fiscal-harmony/profiles.toml");
            assert_eq!(with(&[("HOME", "/h"), ("XDG_CONFIG_HOME", "/c")]).unwrap(), expected);
        }
    }
}
