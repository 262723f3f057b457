//! Credentials, request signing and webhook verification for the Fiscal Harmony API.
//!
//! Every request names its device by an API key and its origin by an application, a station and a version; a request with
//! a body also carries `X-Api-Signature`, the base64 HMAC-SHA256 of the very bytes that are sent, keyed with the text of
//! the API secret \[docs\]\[vendor-code\]. The secret itself never travels. Webhooks are signed the same way.
//!
//! This crate is a leaf: bytes in, headers out. [`Signer`] makes the headers, [`verify`] checks a signature in constant
//! time against one or several secrets. With the feature `reqwest`, [`Signer::sign_request`] signs a request in place.

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(windows)]
mod access;
mod credentials;
mod file;
pub mod header;
mod identity;
mod signature;
mod signer;

pub use credentials::{ApiKey, ApiSecret, CredentialError, Credentials};
pub use file::{PrivateFileError, make_private_folder, open_private, read_private_file};
pub use identity::{AppVersion, Application, ClientCount, Identity, IdentityError, Station};
pub use signature::{VerifyError, signature, verify};
pub use signer::{SignError, Signer};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
