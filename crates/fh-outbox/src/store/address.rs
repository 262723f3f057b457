//! Where an outbox is, as people write it.

use std::path::{Path, PathBuf};

use crate::error::OutboxError;

/// An address, read. It has no `Debug`, since a URL may hold a password.
pub(crate) enum Address {
    /// A SQLite file.
    #[cfg(feature = "sqlite")]
    File(PathBuf),
    /// A PostgreSQL database, and what it is called before people.
    #[cfg(feature = "postgres")]
    Server {
        config: Box<tokio_postgres::Config>,
        place: String,
    },
}

impl Address {
    /// Reads a path, a `sqlite:` URL or a `postgres://` URL.
    pub(crate) fn parse(address: &Path) -> Result<Self, OutboxError> {
        let Some(text) = address.to_str() else {
            return Self::file(address.to_owned());
        };
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            // A URL has a slash before the letter of a drive, and a path of Windows has none.
            let is_drive = |path: &str| {
                let mut letters = path.chars();
                letters.next().is_some_and(|drive| drive.is_ascii_alphabetic()) && letters.next() == Some(':')
            };
            let path = path.strip_prefix('/').filter(|path| is_drive(path)).unwrap_or(path);
            return Self::file(PathBuf::from(path));
        }
        match text.split_once("://") {
            Some(("postgres" | "postgresql", _)) => Self::postgres(text),
            // A colon is rare in the name of a folder, and a slash is in none, but `a://b` is the path `a:/b`.
            Some((scheme, _)) if scheme.len() > 1 && scheme.chars().all(|letter| letter.is_ascii_alphanumeric()) => {
                Err(OutboxError::Address(format!(
                    "an outbox is not kept in {scheme}://…: give the path of a SQLite file, or a postgres:// URL"
                )))
            }
            _ => Self::file(address.to_owned()),
        }
    }

    #[cfg(feature = "sqlite")]
    fn file(path: PathBuf) -> Result<Self, OutboxError> {
        Ok(Self::File(path))
    }

    #[cfg(not(feature = "sqlite"))]
    fn file(_: PathBuf) -> Result<Self, OutboxError> {
        Err(OutboxError::Address(
            "this program was built without SQLite; build it with the feature `sqlite` of fh-outbox, or give a postgres:// URL".to_owned(),
        ))
    }

    #[cfg(feature = "postgres")]
    fn postgres(text: &str) -> Result<Self, OutboxError> {
        let (config, place) = server::parse(text)?;
        Ok(Self::Server {
            config: Box::new(config),
            place,
        })
    }

    #[cfg(not(feature = "postgres"))]
    fn postgres(_: &str) -> Result<Self, OutboxError> {
        Err(OutboxError::Address(
            "this program was built without PostgreSQL; build it with the feature `postgres` of fh-outbox, or give the path of a SQLite file"
                .to_owned(),
        ))
    }
}

#[cfg(feature = "postgres")]
mod server {
    use std::{env, time::Duration};

    use tokio_postgres::{
        Config,
        config::{Host, SslMode},
    };

    use crate::error::OutboxError;

    /// Reads a URL. Nothing of it is ever repeated in an error: it may hold a password, in whatever place.
    pub(super) fn parse(text: &str) -> Result<(Config, String), OutboxError> {
        let refused = |why: &str| OutboxError::Address(format!("the PostgreSQL address is not understood: {why}"));
        if text.matches('@').count() > 1 {
            return Err(refused(
                "it has more than one `@`; write those of the user name and the password as %40",
            ));
        }
        let mut config: Config = text.parse().map_err(|_| {
            refused("it should read postgres://user:password@host:port/database?sslmode=require, with other signs than letters and digits written as %XX")
        })?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(refused("it names no host"));
        }
        if config.get_password().is_none()
            && let Some(password) = env::var_os("PGPASSWORD")
        {
            config.password(password.as_encoded_bytes());
        }
        if config.get_application_name().is_none() {
            config.application_name("fh-outbox");
        }
        if config.get_ssl_mode() == SslMode::Prefer {
            // "If the server happens to" is no answer where others can listen, and of no use where they cannot.
            let stays_here = config.get_hostaddrs().iter().all(std::net::IpAddr::is_loopback)
                && config.get_hosts().iter().all(is_local);
            config.ssl_mode(if stays_here { SslMode::Disable } else { SslMode::Require });
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(Duration::from_secs(30));
        }
        if config.get_keepalives_idle() > Duration::from_secs(60) {
            config.keepalives_idle(Duration::from_secs(60));
        }
        let place = place(&config);
        Ok((config, place))
    }

    fn is_local(host: &Host) -> bool {
        match host {
            Host::Tcp(name) => {
                name == "localhost"
                    || name
                        .parse()
                        .is_ok_and(|address: std::net::IpAddr| address.is_loopback())
            }
            #[cfg(unix)]
            Host::Unix(_) => true,
        }
    }

    /// The address without the user, the password and the parameters.
    fn place(config: &Config) -> String {
        let ports = config.get_ports();
        let hosts: Vec<String> = config
            .get_hosts()
            .iter()
            .enumerate()
            .map(|(number, host)| {
                let port = ports.get(number).or(ports.first()).copied().unwrap_or(5432);
                match host {
                    Host::Tcp(name) => format!("{name}:{port}"),
                    #[cfg(unix)]
                    Host::Unix(folder) => format!("{}:{port}", folder.display()),
                }
            })
            .collect();
        let name = config.get_dbname().or(config.get_user()).unwrap_or_default();
        format!("postgres://{}/{name}", hosts.join(","))
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn over_a_network_the_connection_is_encrypted_unless_the_address_says_otherwise() {
            for (text, mode) in [
                ("postgres://fh@db.shop.example/till", SslMode::Require),
                ("postgres://fh@db.shop.example/till?sslmode=prefer", SslMode::Require),
                ("postgres://fh@localhost,db.shop.example/till", SslMode::Require),
                ("postgres://fh@db.shop.example/till?sslmode=disable", SslMode::Disable),
                ("postgres://fh@localhost/till", SslMode::Disable),
                ("postgres://fh@127.0.0.1:5433/till", SslMode::Disable),
                #[cfg(unix)]
                ("postgres://fh@%2Frun%2Fpostgresql/till", SslMode::Disable),
                ("postgres://fh@localhost/till?sslmode=require", SslMode::Require),
            ] {
                let (config, _) = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
                assert_eq!(config.get_ssl_mode(), mode, "{text}");
            }
        }

        #[test]
        fn no_password_is_ever_shown() {
            let (_, place) = parse("postgres://fh:hunter2@db.shop.example:5433/till?connect_timeout=3")
                .unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(place, "postgres://db.shop.example:5433/till");
            for text in [
                "postgres://fh:hunter2@x@db/till",
                "postgres://fh:x@hunter2:db/till",
                "postgres://fh:x?hunter2@db/till?hunter2",
                "postgres://fh:hunter2/till",
                "postgres://fh@db/till?hunter2=1",
            ] {
                let error = parse(text).err().unwrap_or_else(|| panic!("taken: {text}"));
                assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "sqlite")]
    fn file(text: &str) -> Option<PathBuf> {
        match Address::parse(Path::new(text)) {
            Ok(Address::File(path)) => Some(path),
            _ => None,
        }
    }

    #[cfg(feature = "sqlite")]
    #[test]
    fn paths_and_sqlite_urls_are_files() {
        for (text, path) in [
            ("till.db", "till.db"),
            ("/var/lib/till.db", "/var/lib/till.db"),
            (r"C:\shop\till.db", r"C:\shop\till.db"),
            ("sqlite:till.db", "till.db"),
            ("sqlite://till.db", "till.db"),
            ("sqlite:///var/lib/till.db", "/var/lib/till.db"),
            ("sqlite:///C:/shop/till.db", "C:/shop/till.db"),
            ("sqlite:C:/shop/till.db", "C:/shop/till.db"),
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

    #[cfg(not(feature = "sqlite"))]
    #[test]
    fn without_the_feature_a_path_names_it() {
        let Err(error) = Address::parse(Path::new("till.db")) else {
            panic!("taken")
        };
        assert!(error.to_string().contains("feature `sqlite`"), "{error}");
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
