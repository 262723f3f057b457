//! Where an outbox is, as people write it.

use std::path::{Path, PathBuf};

use crate::OutboxError;

/// An address, read. It has no `Debug`, since a URL may hold a password.
pub(crate) enum Address {
    /// A SQLite file.
    File(PathBuf),
}

impl Address {
    /// Reads a path, a `sqlite:` URL or a `postgres://` URL.
    pub(crate) fn parse(address: &Path) -> Result<Self, OutboxError> {
        let Some(text) = address.to_str() else {
            return Ok(Self::File(address.to_owned()));
        };
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return Ok(Self::File(PathBuf::from(path)));
        }
        match text.split_once("://") {
            Some(("postgres" | "postgresql", _)) => Self::postgres(text),
            // A colon is rare in the name of a folder, and a slash is in none, but `a://b` is the path `a:/b`.
            Some((scheme, _)) if scheme.len() > 1 && scheme.chars().all(|letter| letter.is_ascii_alphanumeric()) => {
                Err(OutboxError::Address(format!(
                    "an outbox is not kept in {scheme}://…: give the path of a SQLite file, or a postgres:// URL"
                )))
            }
            _ => Ok(Self::File(address.to_owned())),
        }
    }

    fn postgres(_: &str) -> Result<Self, OutboxError> {
        Err(OutboxError::Address(
            "this program was built without PostgreSQL; build it with the feature `postgres` of fh-outbox, or give the path of a SQLite file"
                .to_owned(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> Option<PathBuf> {
        match Address::parse(Path::new(text)) {
            Ok(Address::File(path)) => Some(path),
            _ => None,
        }
    }

    #[test]
    fn paths_and_sqlite_urls_are_files() {
        for (text, path) in [
            ("till.db", "till.db"),
            ("/var/lib/till.db", "/var/lib/till.db"),
            (r"C:\shop\till.db", r"C:\shop\till.db"),
            ("sqlite:till.db", "till.db"),
            ("sqlite://till.db", "till.db"),
            ("sqlite:///var/lib/till.db", "/var/lib/till.db"),
        ] {
            assert_eq!(file(text), Some(PathBuf::from(path)), "{text}");
        }
    }

    #[test]
    fn what_is_no_store_is_refused_by_its_scheme_and_without_its_secrets() {
        let Err(error) = Address::parse(Path::new("mysql://fh:hunter2@db/till")) else {
            panic!("taken")
        };
        let text = error.to_string();
        assert!(
            text.contains("mysql") && text.contains("postgres://") && !text.contains("hunter2"),
            "{text}"
        );
    }

    #[cfg(not(feature = "postgres"))]
    #[test]
    fn without_the_feature_a_postgres_address_names_it() {
        let Err(error) = Address::parse(Path::new("postgres://fh:hunter2@db/till")) else {
            panic!("taken")
        };
        let text = error.to_string();
        assert!(
            text.contains("feature `postgres`") && !text.contains("hunter2"),
            "{text}"
        );
    }
}
