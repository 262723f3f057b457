//! `fh serve`: the worker, the local API and the receiver of webhooks in one process.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::Instant,
};

use fh_sim::Sim;
use fiscal_harmony::webhook::{ConnectionLimits, Receiver, Secrets, serve};
use tokio::{
    net::TcpListener,
    sync::watch,
    task::{JoinHandle, JoinSet},
};

use super::run::{summary, watch as watch_outbox};
use crate::{
    agent::{self, Agent, Guard, Lane, Token},
    cli::Global,
    connection::Connection,
    exit::{Exit, Failure},
    interrupt::Interrupt,
    output::Output,
    place::{self, Place},
    worker::Worker,
};

/// Where the agent listens unless told otherwise.
const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8490);

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Where tills and the page find the agent. There is no TLS: beyond this machine, put something that has it in between.
    #[arg(long, value_name = "ADDRESS", default_value_t = LISTEN)]
    listen: SocketAddr,
    /// Another name under which the agent is reached, such as that of a proxy before it; may be given several times.
    #[arg(long, value_name = "NAME")]
    allow_host: Vec<String>,
    /// Receive webhooks here, and nothing else. Something that ends HTTPS stands before it.
    #[arg(long, value_name = "ADDRESS")]
    webhook_listen: Option<SocketAddr>,
    /// The file of the token that everyone must show. It is made on the first run, for its owner alone.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// What stands at the top of printed receipts: name, address, TIN and VAT number of the seller; one line each.
    #[arg(long, value_name = "TEXT")]
    seller: Vec<String>,
    /// Work for these profiles too, each on the lane of its name: one for each fiscal device.
    #[arg(long, value_name = "NAME", conflicts_with = "sandbox")]
    with: Vec<String>,
    #[command(flatten)]
    place: Place,
}

pub(crate) async fn run(arguments: Arguments, global: &Global, output: &mut Output) -> Result<Exit, Failure> {
    let connections = connections(&arguments, global, output).await?;
    let mut policy = connections
        .first()
        .map(|(_, connection)| connection.policy())
        .unwrap_or_default();
    policy.webhooks = arguments.webhook_listen.is_some();
    let opened = arguments.place.open(global, policy).await?;
    let outbox = opened.outbox.clone();
    let token_file = match &arguments.token_file {
        Some(path) => path.clone(),
        None => place::token_file()?,
    };
    let (token, made) = Token::of_file(&token_file).map_err(|error| Failure::usage(error.to_string()))?;
    let listener = bind(arguments.listen, "--listen").await?;
    let address = listener.local_addr().unwrap_or(arguments.listen);
    let pushed = match arguments.webhook_listen {
        Some(address) => Some(bind(address, "--webhook-listen").await?),
        None => None,
    };
    let interrupt = Interrupt::listen()?;
    let (stop, stopping) = watch::channel(false);
    let lanes: Vec<_> = connections
        .iter()
        .map(|(name, connection)| Lane {
            name: name.clone(),
            client: connection.client.clone(),
        })
        .collect();
    let mut tasks = JoinSet::new();
    for lane in &lanes {
        tasks.spawn(agent::keep_catalogue(outbox.clone(), lane.clone()));
    }
    let shared = Arc::new(Agent {
        outbox: outbox.clone(),
        lanes: lanes.clone(),
        seller: arguments.seller.clone(),
        sandbox: global.sandbox,
        stopping: stopping.clone(),
        started: Instant::now(),
    });
    let router = agent::router(shared, Guard::new(token, address, &arguments.allow_host));
    let limits = ConnectionLimits::default();
    let mut servers = vec![tokio::spawn(serve(listener, router, limits, until(stopping.clone())))];
    output.remark(&format!("the agent answers on http://{address}/, also to a browser"));
    let verb = if made { "was made and is" } else { "is" };
    output.remark(&format!("the token {verb} in {}", token_file.display()));
    if let Some(listener) = pushed {
        let mut secrets = Secrets::new();
        for (name, connection) in &connections {
            for secret in connection.webhook_secrets() {
                secrets = secrets.with(name.as_str(), secret);
            }
        }
        let address = listener
            .local_addr()
            .map_err(|error| Failure::service(format!("--webhook-listen: {error}")))?;
        output.remark(&format!("webhooks are received on http://{address}/"));
        let receiver = Receiver::new(secrets, outbox.clone());
        servers.push(tokio::spawn(serve(listener, receiver, limits, until(stopping))));
        let simulators = connections.iter().filter_map(|(_, connection)| connection.simulator());
        for simulator in simulators {
            register(simulator, address, output).await;
        }
    }
    let names: Vec<_> = lanes.iter().map(|lane| lane.name.clone()).collect();
    output.remark(&format!(
        "at work on {} (lane {}); Ctrl-C stops in order",
        outbox.place(),
        names.join(", ")
    ));
    output.show_progress();
    let worker = Worker::start_lanes(
        &outbox,
        lanes.into_iter().map(|lane| (lane.name, lane.client)).collect(),
    );
    watch_outbox(&outbox, &names, &interrupt, output).await;
    output.progress("stopping: what is on the wire is waited for".to_owned());
    stop.send_replace(true);
    tasks.shutdown().await;
    worker.stop(&interrupt).await;
    end(servers, &interrupt).await;
    output.end_progress();
    output.remark(&format!("stopped; {}", summary(&outbox.stats().await?)));
    Ok(Exit::Well)
}

async fn connections(
    arguments: &Arguments,
    global: &Global,
    output: &Output,
) -> Result<Vec<(String, Connection)>, Failure> {
    let first = Connection::open(global, output).await?;
    let mut connections = vec![(arguments.place.lane(global), first)];
    for profile in &arguments.with {
        connections.push((profile.clone(), Connection::of_profile(profile, output)?));
    }
    Ok(connections)
}

pub(super) async fn bind(address: SocketAddr, option: &str) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| {
        Failure::service(format!(
            "cannot listen on {address}: {error}; is another agent running? {option} takes another address"
        ))
    })
}

/// Has the sandbox's simulator push its results here, as somebody would set it in the portal.
async fn register(simulator: &Sim, mut address: SocketAddr, output: &Output) {
    if address.ip().is_unspecified() {
        address.set_ip(Ipv4Addr::LOCALHOST.into());
    }
    if !simulator.set_webhook(&format!("http://{address}/")).await.active {
        output.remark("the sandbox could not reach the receiver of webhooks; results are fetched instead");
    }
}

async fn until(mut stopping: watch::Receiver<bool>) {
    // An error means that whoever could say so is gone, which is as good.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}

async fn end(servers: Vec<JoinHandle<()>>, interrupt: &Interrupt) {
    for mut server in servers {
        tokio::select! {
            _ = &mut server => {}
            () = interrupt.asked(2) => server.abort(),
        }
    }
}
