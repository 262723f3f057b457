//! Addresses to listen on.

use std::net::SocketAddr;

use tokio::net::TcpListener;

use crate::exit::Failure;

/// Listens on an address that `option` gave.
pub(crate) async fn bind(address: SocketAddr, option: &str) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| {
        Failure::service(format!(
            "cannot listen on {address}: {error}; is another agent running? {option} takes another address"
        ))
    })
}
