//! The receiver of webhooks with an outbox behind it.

use fh_outbox::Outbox;
use fh_sim::DeviceHandle;
use fiscal_harmony::webhook::{ConnectionLimits, Receiver, Secrets, serve};

/// Has the results of a device pushed into an outbox, from now until the test ends.
pub(crate) async fn listen(device: &DeviceHandle, outbox: &Outbox) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let secrets = Secrets::new().with(device.id().to_string(), device.credentials().secret().clone());
    let receiver = Receiver::new(secrets, outbox.clone());
    tokio::spawn(serve(
        listener,
        receiver,
        ConnectionLimits::default(),
        std::future::pending(),
    ));
    let burst = device.set_webhook(&url).await;
    assert!(burst.active, "{burst:?}");
}
