//! What shows that an environment is a test one. There is no override.

use std::fmt;

use reqwest::Url;

/// The host of the authority's test environment, to which the verification links of test receipts lead \[zimra\].
pub const AUTHORITY_TEST_HOST: &str = "fdmstest.zimra.co.zw";

/// The host of the vendor's test service \[third-party\]. Only there may a device have no `qrUrl`.
pub const SERVICE_TEST_HOST: &str = "apitest.fiscalharmony.co.zw";

/// The header by which an agent of this project and its gateway name themselves in every answer.
pub const GATEWAY_HEADER: &str = "x-fh-gateway";

/// What was seen of an environment before anything was sent that changes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sight<'a> {
    /// The address that is spoken to.
    pub base_url: &'a str,
    /// The `qrUrl` of the device's `CurrentConfig`, where there is one.
    pub qr_url: Option<&'a str>,
    /// Whether the address answered as our simulator does, under `/_sim/`.
    pub is_simulator: bool,
    /// Whether it named itself as our own agent or its gateway, which hands on to wherever its profile says.
    pub is_gateway: bool,
}

/// Why an environment counts as a test one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Proof {
    /// It is our simulator.
    Simulator,
    /// The device's receipts are verified at the authority's test host.
    AuthorityTestHost,
    /// The device names no host for its receipts, and the address is the vendor's known test host. The first receipt's link decides.
    ServiceTestHost,
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Simulator => "it is the simulator",
            Self::AuthorityTestHost => "the device's receipts are verified at the authority's test host",
            Self::ServiceTestHost => "it is the vendor's test host, and the device names no other authority",
        })
    }
}

/// Why an environment is not probed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Our own gateway, behind which anything may be.
    #[error(
        "{0} is this project's own agent or its gateway, and what stands behind it may be production; name the service's own address in the profile"
    )]
    Gateway(String),
    /// The device's receipts count.
    #[error(
        "the device's receipts are verified at {host}, which is not the authority's test host {AUTHORITY_TEST_HOST}: what is sent \
         here may count; use the API key of a test device, with base_url = \"test\" in the profile"
    )]
    OtherAuthority {
        /// Where receipts of this device are verified.
        host: String,
    },
    /// There is no device whose configuration could show it.
    #[error(
        "{base_url} shows no fiscal device{}: nothing shows that it is a test environment. Check the address and the key of the profile, and \
         that a device is attached to the key in the portal", status.map_or(" (no answer came)".to_owned(), |status| format!(" (it answered {status})"))
    )]
    NoDevice {
        /// The address.
        base_url: String,
        /// The HTTP status of the device's configuration.
        status: Option<u16>,
    },
    /// Nothing shows what it is.
    #[error(
        "nothing shows that {0} is a test environment: its device names no qrUrl, and it is neither {SERVICE_TEST_HOST} nor the \
         simulator (an address of this machine proves nothing); use the API key of a test device, with base_url = \"test\" in the \
         profile"
    )]
    Unproven(String),
}

/// Whether an environment is shown to be a test one.
///
/// # Errors
///
/// Why it is not: nothing may be sent to it.
pub fn prove(sight: &Sight<'_>) -> Result<Proof, Refusal> {
    if sight.is_gateway {
        return Err(Refusal::Gateway(sight.base_url.to_owned()));
    }
    // What the device says of its receipts comes first: the simulator says the test host too.
    if let Some(qr_url) = sight.qr_url.map(str::trim).filter(|url| !url.is_empty()) {
        return match host(qr_url) {
            Some(host) if host == AUTHORITY_TEST_HOST && sight.is_simulator => Ok(Proof::Simulator),
            Some(host) if host == AUTHORITY_TEST_HOST => Ok(Proof::AuthorityTestHost),
            host => Err(Refusal::OtherAuthority {
                host: host.unwrap_or_else(|| qr_url.to_owned()),
            }),
        };
    }
    let is_test_service = host(sight.base_url).as_deref() == Some(SERVICE_TEST_HOST)
        && Url::parse(sight.base_url).is_ok_and(|url| url.scheme() == "https");
    match (sight.is_simulator, is_test_service) {
        (true, _) => Ok(Proof::Simulator),
        (_, true) => Ok(Proof::ServiceTestHost),
        _ => Err(Refusal::Unproven(sight.base_url.to_owned())),
    }
}

/// Whether a receipt's verification link leads to the authority's test host. The first receipt of a probe must.
#[must_use]
pub fn is_test_link(link: &str) -> bool {
    host(link).as_deref() == Some(AUTHORITY_TEST_HOST)
}

fn host(url: &str) -> Option<String> {
    let url = Url::parse(url.trim()).ok()?;
    matches!(url.scheme(), "http" | "https").then_some(())?;
    url.host_str().map(str::to_ascii_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sight<'a>(base_url: &'a str, qr_url: Option<&'a str>) -> Sight<'a> {
        Sight {
            base_url,
            qr_url,
            ..Sight::default()
        }
    }

    #[test]
    fn only_what_is_shown_to_be_a_test_is_one() {
        let test_qr = Some("https://fdmstest.zimra.co.zw");
        let live_qr = Some("https://fdms.zimra.co.zw");
        let test = "https://apitest.fiscalharmony.co.zw";
        let live = "https://api.fiscalharmony.co.zw/api";
        assert_eq!(prove(&sight(test, test_qr)), Ok(Proof::AuthorityTestHost));
        assert_eq!(prove(&sight(test, None)), Ok(Proof::ServiceTestHost));
        assert_eq!(prove(&sight(test, Some(" "))), Ok(Proof::ServiceTestHost));
        for (base_url, qr_url) in [
            (live, live_qr),
            (live, None),
            (test, live_qr),
            (test, Some("fdmstest.zimra.co.zw")),
            (test, Some("https://fdmstest.zimra.co.zw.evil.test")),
            (test, Some("https://evil.test/fdmstest.zimra.co.zw")),
            ("http://apitest.fiscalharmony.co.zw", None),
            ("https://apitest.fiscalharmony.co.zw.evil.test", None),
            ("http://127.0.0.1:8490/v1/gateway", live_qr),
            ("http://127.0.0.1:8490", None),
            ("http://localhost:1", None),
        ] {
            assert!(prove(&sight(base_url, qr_url)).is_err(), "{base_url} {qr_url:?}");
        }
    }

    #[test]
    fn the_simulator_is_known_by_its_answer_and_a_gateway_refused_whatever_it_says() {
        let simulator = Sight {
            is_simulator: true,
            ..sight("http://127.0.0.1:1", None)
        };
        assert_eq!(prove(&simulator), Ok(Proof::Simulator));
        let lying = Sight {
            qr_url: Some("https://fdms.zimra.co.zw"),
            ..simulator.clone()
        };
        assert!(matches!(prove(&lying), Err(Refusal::OtherAuthority { .. })));
        let gateway = Sight {
            is_gateway: true,
            qr_url: Some("https://fdmstest.zimra.co.zw"),
            ..simulator
        };
        assert!(matches!(prove(&gateway), Err(Refusal::Gateway(_))));
    }

    #[test]
    fn a_link_is_of_the_test_host_by_its_host_alone() {
        assert!(is_test_link("https://FDMSTEST.zimra.co.zw/000003338914052026"));
        assert!(!is_test_link("https://fdms.zimra.co.zw/fdmstest.zimra.co.zw"));
        assert!(!is_test_link("fdmstest.zimra.co.zw/0000"));
    }
}
