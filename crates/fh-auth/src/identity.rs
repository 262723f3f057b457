use http::HeaderValue;

/// Why a name cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// Nothing, or only white space.
    #[error("the {0} is empty; the service requires one{hint}", hint = hint(.0))]
    Empty(&'static str),
    /// Something that cannot stand in a header.
    #[error(
        "the {0} {1:?} holds a character that cannot be sent in a header; use letters, digits, spaces and punctuation of ASCII"
    )]
    Unprintable(&'static str, String),
    /// Too long to be a name.
    #[error("the {0} is longer than 200 characters")]
    TooLong(&'static str),
}

fn hint(what: &str) -> &'static str {
    match what {
        "station" => ": a name that is unique for each till or operator and never changes, such as \"till-3\"",
        "application" => ": the name that Fiscal Harmony gave your application",
        _ => "",
    }
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub struct $name(String);

        impl $name {
            /// Takes the name.
            ///
            /// # Errors
            ///
            /// When it is empty, over 200 characters, or cannot stand in a header.
            pub fn new(name: impl Into<String>) -> Result<Self, IdentityError> {
                let name = name.into();
                if name.trim().is_empty() {
                    return Err(IdentityError::Empty($what));
                }
                if name.len() > 200 {
                    return Err(IdentityError::TooLong($what));
                }
                if name.trim() != name || !name.bytes().all(|b| b.is_ascii_graphic() || b == b' ') {
                    return Err(IdentityError::Unprintable($what, name));
                }
                Ok(Self(name))
            }

            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            pub(crate) fn header_value(&self) -> HeaderValue {
                HeaderValue::from_str(&self.0).expect("visible ASCII and spaces were checked at construction")
            }
        }
    };
}

name!(
    /// The name of the application, given out by Fiscal Harmony \[docs\].
    Application,
    "application"
);
name!(
    /// Who or what submits: a till, an operator, a workstation. The service wants it to be unique for each of them and
    /// never to change, for audit \[docs\]; an empty one is refused here.
    Station,
    "station"
);
name!(
    /// The version of the application \[docs\].
    AppVersion,
    "application version"
);
name!(
    /// The value of `X-Client-Count`. What it means is not documented; it is sent only when set \[example\].
    ClientCount,
    "client count"
);

/// Who is speaking: sent on every request, signed or not.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Identity {
    /// The application.
    pub application: Application,
    /// The till or operator.
    pub station: Station,
    /// The application's version.
    pub version: AppVersion,
    /// Sent only when set.
    pub client_count: Option<ClientCount>,
}

impl Identity {
    /// An identity of the three names that every request carries. Each has a type of its own, so that none can stand in
    /// another's place:
    ///
    /// ```
    /// use fh_auth::{AppVersion, Application, Identity, Station};
    /// let identity = Identity::new(
    ///     Application::new("CornerShopPOS")?,
    ///     Station::new("till-3")?,
    ///     AppVersion::new("2.1.0")?,
    /// );
    /// assert_eq!(identity.station.as_str(), "till-3");
    /// # Ok::<(), fh_auth::IdentityError>(())
    /// ```
    ///
    /// ```compile_fail,E0308
    /// # use fh_auth::{AppVersion, Application, Identity, Station};
    /// let swapped = Identity::new(
    ///     Station::new("till-3")?,
    ///     Application::new("CornerShopPOS")?,
    ///     AppVersion::new("2.1.0")?,
    /// );
    /// # Ok::<(), fh_auth::IdentityError>(())
    /// ```
    #[must_use]
    pub fn new(application: Application, station: Station, version: AppVersion) -> Self {
        Self {
            application,
            station,
            version,
            client_count: None,
        }
    }

    /// Sets `X-Client-Count`.
    #[must_use]
    pub fn with_client_count(mut self, count: ClientCount) -> Self {
        self.client_count = Some(count);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_station_is_refused_with_advice() {
        let error = Station::new("").unwrap_err().to_string();
        assert!(
            error.contains("station is empty") && error.contains("till-3"),
            "{error}"
        );
        assert!(Station::new("till\r\nX-Evil: 1").is_err());
        assert!(Station::new("Kasse é").is_err());
        assert!(Station::new(" till").is_err());
        assert_eq!(Station::new("Till 3, upstairs").unwrap().as_str(), "Till 3, upstairs");
    }
}
