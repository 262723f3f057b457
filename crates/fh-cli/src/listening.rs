//! Addresses to listen on.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use tokio::net::TcpListener;

use crate::exit::Failure;

/// Where the agent listens unless told otherwise.
pub(crate) const AGENT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8490);

/// Listens on an address that `option` gave.
pub(crate) async fn bind(address: SocketAddr, option: &str) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| {
        Failure::service(format!(
            "cannot listen on {address}: {error}; is another agent running? {option} takes another address"
        ))
    })
}
