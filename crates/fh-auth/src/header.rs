//! The names of the headers, and what each is for.

use http::HeaderName;

/// The API key: which device this is \[docs\].
pub const API_KEY: HeaderName = HeaderName::from_static("x-api-key");
/// The signature of the body, on requests that have one and on webhooks \[docs\].
pub const SIGNATURE: HeaderName = HeaderName::from_static("x-api-signature");
/// The application's name, given out by Fiscal Harmony \[docs\].
pub const APPLICATION: HeaderName = HeaderName::from_static("x-application");
/// The till, operator or user \[docs\].
pub const STATION: HeaderName = HeaderName::from_static("x-app-station");
/// The application's version \[docs\].
pub const VERSION: HeaderName = HeaderName::from_static("x-app-version");
/// Sent by the documentation's sample script and described nowhere \[example\]; sent only when set.
pub const CLIENT_COUNT: HeaderName = HeaderName::from_static("x-client-count");
