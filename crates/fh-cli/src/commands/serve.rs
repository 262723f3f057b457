//! `fh serve`: the agent as a program.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use fh_agent::{Advice, Agent, Token, TokenError};
use fh_sim::Sim;
use fiscal_harmony::document::AllowedFields;
use tokio::{sync::oneshot, task::JoinHandle};

use crate::{
    connection::{Connection, webhook_secrets},
    courier::{AlarmFlags, Courier},
    exit::{Exit, Failure},
    global::Global,
    interrupt::Interrupt,
    listening::{AGENT, bind},
    output::Output,
    place::{self, Place},
    policy::{self, Chosen, PolicyFlags},
    printing::PrintFlags,
    watch::{last_word, watch},
};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Where tills and the page find the agent. There is no TLS: beyond this machine, put something that has it in between.
    #[arg(long, value_name = "ADDRESS", default_value_t = AGENT)]
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
    /// Work for these profiles too, each on the lane of its name: one for each fiscal device.
    #[arg(long, value_name = "NAME", conflicts_with = "sandbox")]
    with: Vec<String>,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    alarms: AlarmFlags,
    #[command(flatten)]
    policy: PolicyFlags,
    #[command(flatten)]
    printing: PrintFlags,
}

/// Serves until `listen` hears that it is time to stop. It is called once the doors are open.
pub(crate) async fn run(
    arguments: Arguments,
    global: &Global,
    output: &mut Output,
    listen: impl FnOnce() -> Result<Interrupt, Failure>,
) -> Result<Exit, Failure> {
    let mut connections = connections(&arguments, global, output).await?;
    let alarms = connections
        .first_mut()
        .map(|(_, first)| std::mem::take(&mut first.alarms));
    let alarms = alarms.unwrap_or_default().with(&arguments.alarms);
    let chosen = match connections.first() {
        Some((_, connection)) => connection.policy(&arguments.policy)?,
        None => Chosen::default(),
    };
    let mut policy = chosen.policy.clone();
    // To receive them here is to expect them.
    policy.webhooks |= arguments.webhook_listen.is_some() && !chosen.is_said("webhooks");
    let opened = arguments.place.open(global, policy).await?;
    let outbox = &opened.outbox;
    let token_file = match &arguments.token_file {
        Some(path) => path.clone(),
        None => place::token_file()?,
    };
    let (token, made) = Token::of_file(&token_file).map_err(no_token)?;
    let listener = bind(arguments.listen, "--listen").await?;
    let address = listener.local_addr().unwrap_or(arguments.listen);
    let mut agent = Agent::builder(outbox.clone())
        .token(token)
        .sandbox(global.sandbox)
        .advice(advice());
    for name in &arguments.allow_host {
        agent = agent.allow_host(name);
    }
    for (lane, connection) in &connections {
        let allowed = AllowedFields::named(connection.allow_fields.iter().cloned())
            .map_err(|error| Failure::usage(error.to_string()))?;
        agent = agent
            .lane(lane, connection.client.clone())
            .allow_fields(lane, allowed)
            .printing_of(lane, arguments.printing.over(&connection.printing)?);
    }
    let mut pushed = None;
    if let Some(address) = arguments.webhook_listen {
        let listener = bind(address, "--webhook-listen").await?;
        pushed = Some(listener.local_addr().unwrap_or(address));
        agent = agent.webhooks(listener, webhook_secrets(&connections));
    }
    let agent = agent.build().map_err(|error| Failure::usage(error.to_string()))?;
    let _courier = Courier::start(outbox, alarms)?;
    let interrupt = listen()?;
    output.remark(&format!("the agent answers on http://{address}/, also to a browser"));
    let verb = if made { "was made and is" } else { "is" };
    output.remark(&format!("the token {verb} in {}", token_file.display()));
    let (stop, stopped) = oneshot::channel::<()>();
    let mut served = tokio::spawn(agent.serve(listener, async {
        // Sent or dropped, it means the same.
        let _ = stopped.await;
    }));
    if let Some(address) = pushed {
        output.remark(&format!("webhooks are received on http://{address}/"));
        for simulator in connections.iter().filter_map(|(_, connection)| connection.simulator()) {
            register(simulator, address, output).await;
        }
    }
    let names: Vec<_> = connections.iter().map(|(lane, _)| lane.clone()).collect();
    output.remark(&format!(
        "at work on {} (lane {}); Ctrl-C stops in order",
        outbox.place(),
        names.join(", ")
    ));
    output.show_progress();
    tokio::select! {
        () = watch(outbox, &names, &interrupt, output) => {}
        broken = &mut served => return Err(broken_off(broken)),
    }
    output.progress("stopping: what is on the wire is waited for".to_owned());
    drop(stop);
    end(served, &interrupt).await?;
    output.end_progress();
    last_word(outbox, output).await;
    Ok(Exit::Well)
}

type Served = Result<std::io::Result<()>, tokio::task::JoinError>;

/// Waits for the agent's end; a second Ctrl-C brings it about at once.
async fn end(mut served: JoinHandle<std::io::Result<()>>, interrupt: &Interrupt) -> Result<(), Failure> {
    tokio::select! {
        ended = &mut served => match ended {
            Ok(Ok(())) => Ok(()),
            broken => Err(broken_off(broken)),
        },
        () = interrupt.asked(2) => {
            served.abort();
            Ok(())
        }
    }
}

fn broken_off(served: Served) -> Failure {
    let why = match served {
        Ok(Ok(())) => "nobody told it to".to_owned(),
        Ok(Err(error)) => error.to_string(),
        Err(error) => error.to_string(),
    };
    Failure::service(format!("the agent has ended: {why}"))
}

/// What the agent cannot know of this program.
fn advice() -> Advice {
    let mut advice = Advice::default();
    advice.host = "--allow-host adds a name".to_owned();
    advice.lane = "Start the agent of that device, or this one with its profile in --with.".to_owned();
    advice.token = vec![
        "fh serve says where when it starts.".to_owned(),
        "Unless somebody chose another place, it is ~/.local/state/fiscal-harmony/agent-token on Linux and macOS, and \
         %LOCALAPPDATA%\\fiscal-harmony\\agent-token on Windows."
            .to_owned(),
    ];
    advice
}

fn no_token(error: TokenError) -> Failure {
    let option = if matches!(error, TokenError::Make { .. }) {
        " with --token-file"
    } else {
        ""
    };
    Failure::usage(format!("{error}{option}"))
}

async fn connections(
    arguments: &Arguments,
    global: &Global,
    output: &Output,
) -> Result<Vec<(String, Connection)>, Failure> {
    let first = Connection::open(global, output).await?;
    let mut connections = vec![(arguments.place.lane(global), first)];
    for profile in &arguments.with {
        let other = Connection::of_profile(profile, output)?;
        if connections.first().is_some_and(|(_, first)| !other.agrees_with(first)) {
            output.remark(&policy::unheard(profile));
        }
        connections.push((profile.clone(), other));
    }
    Ok(connections)
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
