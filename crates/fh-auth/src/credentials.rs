use std::{fmt, path::Path, sync::Arc};

use zeroize::Zeroizing;

use crate::file::{PrivateFileError, read_private_file};

/// The environment variable that holds the API key.
const KEY_VARIABLE: &str = "FH_API_KEY";
/// The environment variable that holds the API secret.
const SECRET_VARIABLE: &str = "FH_API_SECRET";

/// The public half of the credentials: it names the device on every request.
///
/// It is not secret, yet it is not printed in full either: `Debug` shows its last four characters.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ApiKey(String);

/// The secret half. It signs and never travels; no trait of this type shows it, and its memory is wiped when the last
/// copy goes. Copies share one allocation.
#[derive(Clone)]
pub struct ApiSecret(Arc<Zeroizing<String>>);

/// An API key and its secret, as shown once in the portal under "API Keys" \[docs\].
///
/// ```
/// use fh_auth::Credentials;
/// # let secret = format!("{}==", "A".repeat(86));
/// let credentials = Credentials::new("0123456789ABCDEF0123456789ABCDEF", &secret)?;
/// assert!(!format!("{credentials:?}").contains(&secret));
/// # Ok::<(), fh_auth::CredentialError>(())
/// ```
#[derive(Clone)]
pub struct Credentials {
    key: ApiKey,
    secret: ApiSecret,
}

/// Why credentials were not taken. Never shows the secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialError {
    /// The key does not look like a key.
    #[error(
        "the API key has {length} characters{odd}; a key is 32 upper-case letters and digits. Copy it again from the \
         portal's API Keys page; if keys have a new form, say so explicitly (unchecked format)"
    )]
    KeyFormat {
        /// How many characters were given.
        length: usize,
        /// What else is wrong, or nothing.
        odd: &'static str,
    },
    /// The secret does not look like a secret.
    #[error(
        "the API secret has {length} characters{odd}; a secret is 88 characters of base64 ending in \"==\". It is shown only \
         once: if it was cut short, rotate it in the portal; if secrets have a new form, say so explicitly (unchecked format)"
    )]
    SecretFormat {
        /// How many characters were given.
        length: usize,
        /// What else is wrong, or nothing.
        odd: &'static str,
    },
    /// There is a whole key or secret, and something with it that was pasted along.
    #[error(
        "the API {what} {odd}: take that away, the rest is a whole {what}. It need not be rotated in the portal, which would \
         stop every till that uses it"
    )]
    Extra {
        /// `key` or `secret`.
        what: &'static str,
        /// What is with it, and where.
        odd: &'static str,
    },
    /// A value that could never be sent in a header or used as a key.
    #[error("the {0} is empty or holds a line break or another control character")]
    Unusable(&'static str),
    /// A variable or line is missing.
    #[error("{name} is not set in {place}")]
    Missing {
        /// Which variable.
        name: &'static str,
        /// Where it was looked for.
        place: String,
    },
    /// The file could not be read safely.
    #[error(transparent)]
    File(#[from] PrivateFileError),
}

impl ApiKey {
    /// Takes a key of the known form: 32 upper-case letters and digits \[vendor-code\].
    ///
    /// # Errors
    ///
    /// When it has another form.
    pub fn new(key: &str) -> Result<Self, CredentialError> {
        let well_formed = key.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if key.len() != 32 || !well_formed {
            if let Some(odd) = pasted_along(key, is_key) {
                return Err(CredentialError::Extra { what: "key", odd });
            }
            return Err(CredentialError::KeyFormat {
                length: key.chars().count(),
                odd: if well_formed {
                    ""
                } else {
                    ", some of them neither upper-case letters nor digits"
                },
            });
        }
        Ok(Self(key.to_owned()))
    }

    /// Takes any key that fits in a header.
    ///
    /// # Errors
    ///
    /// When it is empty or holds anything but visible ASCII.
    pub fn unchecked_format(key: &str) -> Result<Self, CredentialError> {
        if key.is_empty() || !key.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(CredentialError::Unusable("API key"));
        }
        Ok(Self(key.to_owned()))
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl ApiSecret {
    /// Takes a secret of the known form: 86 base64 characters and `==` \[vendor-code\].
    ///
    /// # Errors
    ///
    /// When it has another form.
    pub fn new(secret: &str) -> Result<Self, CredentialError> {
        if !is_secret(secret)
            && let Some(odd) = pasted_along(secret, is_secret)
        {
            return Err(CredentialError::Extra { what: "secret", odd });
        }
        let body = secret.strip_suffix("==");
        let well_formed = body.is_some_and(|body| {
            body.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'/' || b == b'+')
        });
        if secret.len() != 88 || !well_formed {
            return Err(CredentialError::SecretFormat {
                length: secret.chars().count(),
                odd: match (body, well_formed) {
                    (None, _) => " and does not end in \"==\"",
                    (Some(_), false) => ", some of them not base64",
                    (Some(_), true) => "",
                },
            });
        }
        Ok(Self::share(secret))
    }

    /// Takes any secret that is not empty and holds no control characters.
    ///
    /// # Errors
    ///
    /// When it is empty or holds a control character, such as the line break of a badly read file.
    pub fn unchecked_format(secret: &str) -> Result<Self, CredentialError> {
        if secret.is_empty() || secret.chars().any(char::is_control) {
            return Err(CredentialError::Unusable("API secret"));
        }
        Ok(Self::share(secret))
    }

    fn share(secret: &str) -> Self {
        Self(Arc::new(Zeroizing::new(secret.to_owned())))
    }

    /// The HMAC key: the text itself, not what its base64 stands for \[docs\]\[vendor-code\].
    pub(crate) fn hmac_key(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

fn is_key(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

fn is_secret(text: &str) -> bool {
    let base64 = |b: u8| b.is_ascii_alphanumeric() || b == b'/' || b == b'+';
    text.len() == 88 && text.strip_suffix("==").is_some_and(|body| body.bytes().all(base64))
}

/// What was pasted along with a whole key or secret, if that is all that is wrong. It cannot be seen on a screen.
fn pasted_along(text: &str, is_whole: fn(&str) -> bool) -> Option<&'static str> {
    const QUOTES: [char; 8] = ['"', '\'', '`', '“', '”', '„', '‘', '’'];
    let is_invisible = |c: char| c.is_whitespace() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}');
    let trimmed = text.trim_matches(is_invisible);
    let visible = || Zeroizing::new(text.chars().filter(|c| !is_invisible(*c)).collect::<String>());
    if is_whole(text.trim_end_matches(['\r', '\n'])) {
        Some("ends in a line break")
    } else if is_whole(trimmed) {
        Some("has a blank, a line break or an invisible character before or after it")
    } else if is_whole(trimmed.trim_matches(QUOTES).trim_matches(is_invisible)) {
        Some("stands in quotation marks")
    } else if is_whole(&visible()) {
        Some("has a blank, a line break or an invisible character in the middle")
    } else if text.split(is_invisible).any(|part| is_whole(part.trim_matches(QUOTES))) {
        Some("has more text before or after it, beyond a line break or a blank")
    } else {
        None
    }
}

impl ApiSecret {
    /// A text in which `mark` stands wherever the secret stood, in whatever case: for whoever writes down what was sent and received. When the text comes back
    /// as it was, the secret is not in it.
    ///
    /// ```
    /// let secret = fh_auth::ApiSecret::unchecked_format("the-secret")?;
    /// assert_eq!(secret.hidden_in("signed with the-secret", "<secret>"), "signed with <secret>");
    /// # Ok::<(), fh_auth::CredentialError>(())
    /// ```
    #[must_use]
    pub fn hidden_in(&self, text: &str, mark: &str) -> String {
        let wanted = Zeroizing::new(self.0.to_ascii_lowercase());
        let low = text.to_ascii_lowercase();
        let mut hidden = String::with_capacity(text.len());
        let mut from = 0;
        while let Some(place) = low[from..].find(wanted.as_str()).map(|place| place + from) {
            hidden.push_str(&text[from..place]);
            hidden.push_str(mark);
            from = place + wanted.len();
        }
        hidden.push_str(&text[from..]);
        hidden
    }
}

impl Credentials {
    /// Takes a key and a secret of the known forms.
    ///
    /// # Errors
    ///
    /// When one of them has another form; the error says what is wrong and never shows the secret.
    pub fn new(key: &str, secret: &str) -> Result<Self, CredentialError> {
        Ok(Self {
            key: ApiKey::new(key)?,
            secret: ApiSecret::new(secret)?,
        })
    }

    /// Takes a key and a secret of any form, for the day the service changes its own.
    ///
    /// # Errors
    ///
    /// When one is empty or could not be used at all.
    pub fn unchecked_format(key: &str, secret: &str) -> Result<Self, CredentialError> {
        Ok(Self {
            key: ApiKey::unchecked_format(key)?,
            secret: ApiSecret::unchecked_format(secret)?,
        })
    }

    /// Reads `FH_API_KEY` and `FH_API_SECRET` from the environment.
    ///
    /// # Errors
    ///
    /// When one is not set or has another form.
    pub fn from_env() -> Result<Self, CredentialError> {
        let variable = |name: &'static str| {
            std::env::var(name)
                .ok()
                .filter(|value| !value.is_empty())
                .map(Zeroizing::new)
                .ok_or_else(|| CredentialError::Missing {
                    name,
                    place: "the environment".to_owned(),
                })
        };
        Self::new(&variable(KEY_VARIABLE)?, &variable(SECRET_VARIABLE)?)
    }

    /// Reads the lines `FH_API_KEY=…` and `FH_API_SECRET=…` from a file that only its owner can read.
    ///
    /// Other lines are passed over; `export ` before a name and quotes around a value are allowed, so that a file made for
    /// a shell serves too.
    ///
    /// # Errors
    ///
    /// When others can read the file (on Unix), when it cannot be read, or when a line is missing or malformed.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, CredentialError> {
        let path = path.as_ref();
        let text = read_private_file(path)?;
        let value = |name: &'static str| {
            text.lines()
                .filter_map(|line| {
                    let line = line.trim();
                    line.strip_prefix("export ").unwrap_or(line).split_once('=')
                })
                .find(|(key, _)| key.trim() == name)
                .map(|(_, value)| value.trim().trim_matches(['"', '\'']))
                .ok_or_else(|| CredentialError::Missing {
                    name,
                    place: path.display().to_string(),
                })
        };
        Self::new(value(KEY_VARIABLE)?, value(SECRET_VARIABLE)?)
    }

    /// Pairs a key and a secret.
    #[must_use]
    pub fn from_parts(key: ApiKey, secret: ApiSecret) -> Self {
        Self { key, secret }
    }

    /// The public half.
    #[must_use]
    pub fn key(&self) -> &ApiKey {
        &self.key
    }

    /// The secret half.
    #[must_use]
    pub fn secret(&self) -> &ApiSecret {
        &self.secret
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tail = self.0.char_indices().rev().nth(3).map_or("", |(at, _)| &self.0[at..]);
        write!(f, "ApiKey(…{tail})")
    }
}

impl fmt::Debug for ApiSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiSecret(redacted)")
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("key", &self.key)
            .field("secret", &self.secret)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "0123456789ABCDEF0123456789ABCDEF";

    fn secret() -> String {
        format!("{}==", "Ab1/+".repeat(17) + "x")
    }

    #[test]
    fn the_known_forms_are_taken_and_others_are_explained() {
        assert!(Credentials::new(KEY, &secret()).is_ok());
        let error = Credentials::new("short", &secret()).unwrap_err().to_string();
        assert!(
            error.contains("5 characters") && error.contains("32 upper-case"),
            "{error}"
        );
        let error = Credentials::new(&KEY.to_lowercase(), &secret())
            .unwrap_err()
            .to_string();
        assert!(error.contains("neither upper-case"), "{error}");
        let error = Credentials::new(KEY, &secret()[..86]).unwrap_err().to_string();
        assert!(error.contains("does not end in"), "{error}");
        assert!(Credentials::unchecked_format("short", "any").is_ok());
        assert!(Credentials::unchecked_format("", "any").is_err());
        assert!(Credentials::unchecked_format("a", "line\n").is_err());
    }

    #[test]
    fn what_was_pasted_along_is_named_and_nothing_is_said_to_be_missing() {
        let whole = secret();
        for (pasted, words) in [
            (format!("{whole}\n"), "ends in a line break"),
            (format!("{whole}\r\n"), "ends in a line break"),
            (format!(" {whole}"), "before or after it"),
            (format!("{whole}\u{200b}"), "before or after it"),
            (format!("\"{whole}\""), "quotation marks"),
            (format!("“{whole}” "), "quotation marks"),
            (format!("{}\n{}", &whole[..40], &whole[40..]), "in the middle"),
            (format!("{whole}\nx"), "beyond a line break"),
        ] {
            let error = ApiSecret::new(&pasted).unwrap_err().to_string();
            assert!(error.contains(words) && error.contains("take that away"), "{error}");
            assert!(!error.contains("cut short") && !error.contains(&whole[..8]), "{error}");
        }
        let error = ApiKey::new(&format!("{KEY} ")).unwrap_err().to_string();
        assert!(error.contains("the API key has a blank"), "{error}");
        // What is cut short stays so, blanks or not.
        let error = ApiSecret::new(&format!("{}\n", &whole[..80])).unwrap_err().to_string();
        assert!(error.contains("cut short"), "{error}");
    }

    #[test]
    fn no_text_ever_shows_the_secret() {
        let secret = secret();
        let credentials = Credentials::new(KEY, &secret).unwrap();
        let shown = format!("{credentials:?} {:?}", credentials.secret());
        assert!(!shown.contains(&secret[..8]) && !shown.contains(KEY), "{shown}");
        let error = Credentials::new(KEY, &secret[1..]).unwrap_err();
        assert!(!format!("{error} {error:?}").contains(&secret[1..9]));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_is_taken_only_when_it_is_private() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("till-1");
        std::fs::write(
            &path,
            format!("# till\nexport FH_API_KEY={KEY}\nFH_API_SECRET='{}'\n", secret()),
        )
        .unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        let error = Credentials::from_file(&path).unwrap_err().to_string();
        assert!(error.contains("chmod 600"), "{error}");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(Credentials::from_file(&path).unwrap().key().as_str(), KEY);
        std::fs::write(&path, "FH_API_KEY=x").unwrap();
        assert!(
            Credentials::from_file(&path)
                .unwrap_err()
                .to_string()
                .contains("FH_API_SECRET is not set")
        );
        assert!(
            Credentials::from_file(folder.path().join("absent"))
                .unwrap_err()
                .to_string()
                .contains("absent")
        );
    }
}
