//! `fh listen`: what webhooks say, as it comes.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};

use axum::{Router, body::Body, http::Request, http::StatusCode};
use fh_types::{CatDateTime, SystemClock};
use fiscal_harmony::webhook::{ConnectionLimits, Message, Receiver, Sink, SinkError, serve};
use serde::Serialize;
use tokio::sync::{mpsc, oneshot};

use crate::{
    connection::{Connection, webhook_secrets},
    exit::{Exit, Failure},
    global::Global,
    interrupt::Interrupt,
    listening::bind,
    output::Output,
    report::Report,
};

/// Where it listens unless told otherwise.
const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8491);

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Where to receive. There is no TLS: the service pushes to HTTPS alone, so something that ends it stands before this.
    #[arg(long, value_name = "ADDRESS", default_value_t = LISTEN)]
    listen: SocketAddr,
    /// Take what the secrets of these profiles sign too; may be given several times.
    #[arg(long, value_name = "NAME", conflicts_with = "sandbox")]
    with: Vec<String>,
}

/// News for whoever writes it, and the word that it is written.
enum News {
    Said(Message, oneshot::Sender<()>),
    Refused(StatusCode),
}

/// Hands messages over and waits until they are written: what is answered well does not come again.
struct Teller(mpsc::Sender<News>);

impl Sink for Teller {
    async fn keep(&self, message: Message) -> Result<(), SinkError> {
        let (written, is_written) = oneshot::channel();
        self.0.send(News::Said(message, written)).await?;
        Ok(is_written.await?)
    }
}

/// One line of JSON.
#[derive(Serialize)]
struct Line<'a> {
    at: CatDateTime,
    /// Whose secret signed it.
    label: &'a str,
    #[serde(flatten)]
    report: Report,
}

pub(crate) async fn run(arguments: Arguments, global: &Global, output: &Output) -> Result<Exit, Failure> {
    if global.sandbox {
        return Err(Failure::usage(
            "a sandbox ends with its command, so that nobody could push from it: start `fh sim`, or `fh --sandbox serve --webhook-listen …`",
        ));
    }
    let own = (
        global.profile.clone().unwrap_or_else(|| "default".to_owned()),
        Connection::open(global, output).await?,
    );
    let mut connections = vec![own];
    for name in &arguments.with {
        connections.push((name.clone(), Connection::of_profile(name, output)?));
    }
    let interrupt = Interrupt::listen()?;
    let listener = bind(arguments.listen, "--listen").await?;
    let address = listener.local_addr().unwrap_or(arguments.listen);
    let (news, mut told) = mpsc::channel(16);
    let receiver = Receiver::new(webhook_secrets(&connections), Teller(news.clone()));
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(serve(
        listener,
        router(receiver, news),
        ConnectionLimits::default(),
        async {
            // Sent or dropped, it means the same.
            let _ = stopped.await;
        },
    ));
    output.remark(&format!("webhooks are received on http://{address}/; Ctrl-C ends it"));
    loop {
        tokio::select! {
            biased;
            () = interrupt.asked(1) => break,
            said = told.recv() => match said {
                Some(News::Said(message, written)) => {
                    write(&message, output);
                    if output.is_closed() {
                        break;
                    }
                    // The receiver may have given up; then it comes again.
                    let _ = written.send(());
                }
                Some(News::Refused(status)) => output.remark(complaint(status)),
                None => break,
            },
        }
    }
    told.close();
    drop((stop, told));
    tokio::select! {
        _ = server => {}
        () = interrupt.asked(2) => {}
    }
    Ok(Exit::Well)
}

/// The receiver, and a word about what it refuses.
fn router(receiver: Receiver<Teller>, news: mpsc::Sender<News>) -> Router {
    let receiver = Arc::new(receiver);
    Router::new().fallback(async move |request: Request<Body>| {
        let response = receiver.receive(request).await;
        if !response.status().is_success() {
            // Nobody listens any more only at the end.
            let _ = news.send(News::Refused(response.status())).await;
        }
        response
    })
}

/// What is said about a refusal; never what was in it, which anybody may have sent.
fn complaint(status: StatusCode) -> &'static str {
    match status {
        StatusCode::UNAUTHORIZED => {
            "a delivery was refused: its signature is missing or made with another secret. The portal's test sends some of these on \
             purpose; if all are refused, compare the secrets"
        }
        StatusCode::METHOD_NOT_ALLOWED => "a request was refused: webhooks come by POST",
        StatusCode::PAYLOAD_TOO_LARGE => "a delivery was refused: it is longer than 1 MiB",
        StatusCode::SERVICE_UNAVAILABLE => "a delivery was not taken in time; it will come again",
        _ => "a delivery was refused: it did not arrive whole",
    }
}

fn write(message: &Message, output: &Output) {
    let at = CatDateTime::now(&SystemClock);
    for event in &message.events {
        let mut report = Report::of_outcome(&event.outcome);
        report.request_id = Some(event.request_id.as_str().to_owned());
        if output.is_json() {
            output.json(&Line {
                at,
                label: &message.label,
                report,
            });
        } else {
            output.line(&format!("{at} {}", message.label));
            report.write(output, false);
        }
    }
    for unreadable in &message.unreadable {
        output.remark(&format!(
            "element {} of a rightly signed delivery cannot be read: {}",
            unreadable.index, unreadable.reason
        ));
    }
    if message.is_empty() {
        output.remark("a rightly signed delivery said nothing");
    }
}
