use std::{
    future::Future,
    io,
    sync::Arc,
    time::{Duration, Instant},
};

use fh_outbox::Outbox;
use fiscal_harmony::{
    Client,
    document::AllowedFields,
    print::{Seller, Settings},
    webhook::{ConnectionLimits, Receiver, Secrets, serve},
};
use tokio::{net::TcpListener, sync::watch, task::JoinSet, time::timeout};

use crate::{
    advice::Advice,
    catalogue,
    guard::Guard,
    inside::{Inside, Lane, until},
    printout::Printing,
    pushed::{self, OfLanes},
    router,
    token::Token,
};

/// How long what is on the wire may still take at the end: losing its answer is dear, since it then has to be cleared up later. With it, and
/// with a store that does not answer, the end comes within the five seconds after which many a system kills.
const GRACE: Duration = Duration::from_secs(4);

/// An agent that is ready to serve.
///
/// It is made by [`Agent::builder`] and does nothing before [`serve`](Self::serve).
pub struct Agent {
    parts: Parts,
    token: Token,
}

/// Makes an [`Agent`]. A lane and a token are mandatory.
pub struct AgentBuilder {
    parts: Parts,
    token: Option<Token>,
}

struct Parts {
    outbox: Outbox,
    lanes: Vec<Lane>,
    allowed: Vec<(String, AllowedFields)>,
    hosts: Vec<String>,
    printing: Printing,
    printing_of: Vec<(String, Printing)>,
    sandbox: bool,
    advice: Advice,
    webhooks: Option<(TcpListener, Secrets)>,
    limits: ConnectionLimits,
}

/// Why there is no agent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AgentError {
    /// It would have nobody to work for.
    #[error("the agent has no lane; give it one with the client of its device")]
    NoLane,
    /// Two clients would send the documents of one lane.
    #[error("the lane {0:?} was given twice; each fiscal device has a lane of its own")]
    LaneTwice(String),
    /// Something was said of a lane that it does not work for.
    #[error(
        "something was said of the lane {0:?}, which the agent does not have; give it that lane with the client of its device"
    )]
    NoSuchLane(String),
    /// Anyone on the machine could ask it.
    #[error("the agent has no token; make one with Token::of_file")]
    NoToken,
}

impl std::fmt::Debug for Agent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Agent")
            .field("outbox", &self.parts.outbox)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for AgentBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AgentBuilder")
            .field("outbox", &self.parts.outbox)
            .finish_non_exhaustive()
    }
}

impl Agent {
    /// An agent over an outbox. Several agents and workers may share one.
    #[must_use]
    pub fn builder(outbox: Outbox) -> AgentBuilder {
        let parts = Parts {
            outbox,
            lanes: Vec::new(),
            allowed: Vec::new(),
            hosts: Vec::new(),
            printing: Printing::default(),
            printing_of: Vec::new(),
            sandbox: false,
            advice: Advice::default(),
            webhooks: None,
            limits: ConnectionLimits::default(),
        };
        AgentBuilder { parts, token: None }
    }

    /// Answers on `listener`, sends and settles the documents of its lanes, and receives webhooks, until `shutdown` is done.
    ///
    /// The listener belongs on loopback: there is no TLS. At the end, whoever waits for a result is answered, and what is on the wire
    /// to the service is waited for, up to four seconds.
    ///
    /// # Cancellation
    ///
    /// Dropping the future ends everything at once. No document is lost by that; a sending whose answer was awaited is cleared up by
    /// the outbox later.
    ///
    /// # Errors
    ///
    /// When the listener's own address cannot be told, or a part of the agent has broken off by a fault of its own. Failures of the
    /// service or the store end nothing: they are waited out.
    pub async fn serve(self, listener: TcpListener, shutdown: impl Future<Output = ()>) -> io::Result<()> {
        let Self { parts, token } = self;
        let address = listener.local_addr()?;
        let (stop, stopping) = watch::channel(false);
        let guard = Guard::new(token, address, &parts.hosts, &parts.advice.host);
        let outbox = parts.outbox.clone();
        let work: Vec<_> = parts
            .lanes
            .iter()
            .map(|lane| (lane.name.clone(), lane.client.clone()))
            .collect();
        let mut upkeep = JoinSet::new();
        for lane in &parts.lanes {
            upkeep.spawn(catalogue::keep_fresh(outbox.clone(), lane.clone()));
        }
        let pushed = parts.webhooks.map(|(listener, secrets)| {
            let receiver = Receiver::new(secrets, OfLanes(outbox.clone()));
            upkeep.spawn(pushed::note_refused(receiver.clone(), outbox.clone()));
            (listener, receiver)
        });
        let inside = Inside {
            outbox: parts.outbox,
            lanes: parts.lanes,
            printing: parts.printing,
            sandbox: parts.sandbox,
            advice: parts.advice,
            stopping: stopping.clone(),
            started: Instant::now(),
            pushed: pushed.as_ref().map(|(_, receiver)| receiver.clone()),
            written: std::sync::Mutex::default(),
        };
        let mut servers = JoinSet::new();
        let router = router::router(Arc::new(inside), guard);
        servers.spawn(serve(listener, router, parts.limits, until(stopping.clone())));
        if let Some((listener, receiver)) = pushed {
            servers.spawn(serve(listener, receiver, parts.limits, until(stopping.clone())));
        }
        let mut worker = JoinSet::new();
        worker.spawn(async move { outbox.run_lanes(work, until(stopping)).await });
        let broken = tokio::select! {
            () = shutdown => None,
            _ = worker.join_next() => Some("the worker of the outbox has broken off"),
            _ = servers.join_next() => Some("a server of the agent has broken off"),
        };
        stop.send_replace(true);
        upkeep.shutdown().await;
        // Side by side, so that the end takes no longer than the slowest of them.
        let last_work = async {
            if timeout(GRACE, worker.join_next()).await.is_err() {
                worker.shutdown().await;
            }
        };
        let last_answers = async {
            let answered = async { while servers.join_next().await.is_some() {} };
            if timeout(GRACE, answered).await.is_err() {
                servers.shutdown().await;
            }
        };
        tokio::join!(last_work, last_answers);
        broken.map_or(Ok(()), |what| Err(io::Error::other(what)))
    }
}

impl AgentBuilder {
    /// Works for a lane with the client of its device. Documents that name no lane go to the first one that is given.
    #[must_use]
    pub fn lane(mut self, name: impl Into<String>, client: Client) -> Self {
        let name = name.into();
        self.parts.lanes.push(Lane {
            name,
            client,
            allowed: AllowedFields::none(),
            printing: None,
        });
        self
    }

    /// Takes documents of a lane with these fields beside the known ones: for what the vendor has added and this program does not know
    /// yet. They are frozen and sent as they are, unchecked, and preflight warns of them. Without it, a field that is not known is
    /// refused by its name.
    ///
    /// ```
    /// # fn with(agent: fh_agent::AgentBuilder) -> Result<fh_agent::AgentBuilder, Box<dyn std::error::Error>> {
    /// use fiscal_harmony::document::AllowedFields;
    /// Ok(agent.allow_fields("till-1", AllowedFields::named(["DueDate"])?))
    /// # }
    /// ```
    #[must_use]
    pub fn allow_fields(mut self, lane: impl Into<String>, fields: AllowedFields) -> Self {
        self.parts.allowed.push((lane.into(), fields));
        self
    }

    /// What everyone who asks must show. Mandatory.
    #[must_use]
    pub fn token(mut self, token: Token) -> Self {
        self.token = Some(token);
        self
    }

    /// Another name under which the agent is reached, such as that of a proxy before it; with or without a port. Without any it
    /// answers to the address of its listener and, on loopback, to the names of this machine.
    #[must_use]
    pub fn allow_host(mut self, name: impl Into<String>) -> Self {
        self.parts.hosts.push(name.into());
        self
    }

    /// Who sells, at the top of printed receipts: lines, or the parts by name. What is not given is taken from the device's configuration.
    #[must_use]
    pub fn seller(mut self, seller: impl Into<Seller>) -> Self {
        self.parts.printing.seller = seller.into();
        self
    }

    /// How receipts are printed: paper, printer, words.
    #[must_use]
    pub fn print_settings(mut self, settings: Settings) -> Self {
        self.parts.printing.settings = settings;
        self
    }

    /// Who sells and how receipts are printed on one lane, where that differs from the others.
    #[must_use]
    pub fn printing_of(mut self, lane: impl Into<String>, printing: Printing) -> Self {
        self.parts.printing_of.push((lane.into(), printing));
        self
    }

    /// Says on every page that a simulator stands in for the service and that no receipt is valid.
    #[must_use]
    pub fn sandbox(mut self, is_sandbox: bool) -> Self {
        self.parts.sandbox = is_sandbox;
        self
    }

    /// Receives webhooks on a listener of its own, which answers nothing else, and takes what these secrets sign. The label of each is the
    /// name of a lane: what it signs settles the documents of that lane and of no other. Something that ends HTTPS stands before it. Set [`Policy::webhooks`](fh_outbox::Policy::webhooks) when the outbox is opened, so that results are
    /// waited for before they are asked for.
    #[must_use]
    pub fn webhooks(mut self, listener: TcpListener, secrets: Secrets) -> Self {
        self.parts.webhooks = Some((listener, secrets));
        self
    }

    /// How things are set up in the program around it.
    #[must_use]
    pub fn advice(mut self, advice: Advice) -> Self {
        self.parts.advice = advice;
        self
    }

    /// What a connection may cost. The defaults suit a shop.
    #[must_use]
    pub fn limits(mut self, limits: ConnectionLimits) -> Self {
        self.parts.limits = limits;
        self
    }

    /// The agent.
    ///
    /// # Errors
    ///
    /// Without a lane or a token, when a lane was given twice, or when fields are allowed, or receipts printed, on a lane that was not given.
    pub fn build(mut self) -> Result<Agent, AgentError> {
        let lanes = &self.parts.lanes;
        if lanes.is_empty() {
            return Err(AgentError::NoLane);
        }
        for (at, lane) in lanes.iter().enumerate() {
            if lanes[..at].iter().any(|earlier| earlier.name == lane.name) {
                return Err(AgentError::LaneTwice(lane.name.clone()));
            }
        }
        for (name, fields) in std::mem::take(&mut self.parts.allowed) {
            let lane = self.parts.lanes.iter_mut().find(|lane| lane.name == name);
            lane.ok_or(AgentError::NoSuchLane(name))?.allowed = fields;
        }
        for (name, printing) in std::mem::take(&mut self.parts.printing_of) {
            let lane = self.parts.lanes.iter_mut().find(|lane| lane.name == name);
            lane.ok_or(AgentError::NoSuchLane(name))?.printing = Some(printing);
        }
        Ok(Agent {
            token: self.token.ok_or(AgentError::NoToken)?,
            parts: self.parts,
        })
    }
}
