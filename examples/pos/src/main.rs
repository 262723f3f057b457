//! `pos [FILE]`: tills on 127.0.0.1:8080, webhooks on 127.0.0.1:8090, until Ctrl-C.

use std::{error::Error, path::Path};

use fiscal_harmony::{
    Client, Environment,
    auth::{AppVersion, Application, Credentials, Identity, Station},
    webhook::{self, ConnectionLimits, Receiver, Secrets},
};
use pos::{counter, shop::Shop};
use tokio::{net::TcpListener, signal::ctrl_c, sync::watch};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args().nth(1).unwrap_or_else(|| "shop.db".to_owned());
    let credentials = Credentials::from_env()?;
    let secrets = Secrets::new().with("till-1", credentials.secret().clone());
    let name = Application::new("CornerShopPOS")?;
    let client = Client::builder()
        .environment(Environment::Test)
        .credentials(credentials)
        .identity(Identity::new(name, Station::new("till-1")?, AppVersion::new("1.0.0")?))
        .build()?;
    let shop = Shop::open(Path::new(&file)).await?;
    let tills = TcpListener::bind("127.0.0.1:8080").await?;
    let pushes = TcpListener::bind("127.0.0.1:8090").await?;
    let receiver = Receiver::new(secrets, shop.outbox().clone());

    let (stop, stopping) = watch::channel(());
    let stopped = || {
        let mut stopping = stopping.clone();
        // It changes never; it ends.
        async move { drop(stopping.changed().await) }
    };
    let counter = axum::serve(tills, counter::router(shop.clone())).with_graceful_shutdown(stopped());
    let (_, served, ..) = tokio::join!(
        shop.outbox().run(&client, stopped()),
        async { counter.await },
        webhook::serve(pushes, receiver, ConnectionLimits::default(), stopped()),
        async {
            let _ = ctrl_c().await;
            drop(stop);
        },
    );
    Ok(served?)
}
