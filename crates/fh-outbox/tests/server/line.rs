//! A line to the server that can fall silent: whatever is said on it is taken and goes nowhere.

use std::path::PathBuf;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, UnixStream},
    sync::watch,
};

use crate::engine::Place;

pub(crate) struct Line {
    /// The address of the store at its end.
    pub(crate) address: String,
    is_silent: watch::Sender<bool>,
}

impl Line {
    pub(crate) async fn to(place: &Place) -> Self {
        let (before, rest) = place.address.split_once('@').unwrap();
        let (host, rest) = rest.split_once('/').unwrap();
        let socket = PathBuf::from(host.replace("%2F", "/").replace("%25", "%")).join(".s.PGSQL.5432");
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("{before}@{}/{rest}", listener.local_addr().unwrap());
        let (is_silent, silence) = watch::channel(false);
        tokio::spawn(async move {
            while let Ok((mut ours, _)) = listener.accept().await {
                let silence = silence.clone();
                let mut theirs = UnixStream::connect(&socket).await.unwrap();
                tokio::spawn(async move {
                    let (mut from_us, mut to_us) = ours.split();
                    let (mut from_them, mut to_them) = theirs.split();
                    tokio::join!(
                        carry(&mut from_us, &mut to_them, silence.clone()),
                        carry(&mut from_them, &mut to_us, silence)
                    );
                });
            }
        });
        Self { address, is_silent }
    }

    pub(crate) fn fall_silent(&self) {
        self.is_silent.send_replace(true);
    }

    /// What was said meanwhile is lost with the connections it was said on; new ones are carried.
    pub(crate) fn speak_again(&self) {
        self.is_silent.send_replace(false);
    }
}

async fn carry(
    from: &mut (impl AsyncReadExt + Unpin),
    to: &mut (impl AsyncWriteExt + Unpin),
    mut silence: watch::Receiver<bool>,
) {
    let mut bytes = vec![0; 16 * 1024];
    let mut is_lost = false;
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        is_lost |= *silence.borrow_and_update();
        if is_lost {
            continue;
        }
        if to.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
}
