use std::{
    collections::BTreeMap,
    fmt, io,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use fh_auth::{AppVersion, Application, Credentials, Identity, Station};
use tokio::task::AbortHandle;

use crate::{
    Burst, DayCloseError, Delivery, DeviceHandle, Fault, FaultPlan, Ledger, Operation, Options, OptionsBuilder,
    SwitchError, control,
    device::{Device, Submission},
    engine::Engine,
    hook::Hook,
    options::options_builder,
    pace::Spread,
    schema::Schemas,
    seed,
    server::Listener,
    settler, state_file, webhook,
    world::World,
};

/// What the application, the station and the version are called in what the simulator prints. It takes any others too.
const IDENTITY: [&str; 3] = ["fh-sandbox", "TILL-1", "1.0.0"];

/// Why a simulator could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The port is taken, or may not be used.
    #[error("cannot listen on port {port} of the loopback address: {source}; choose another port, or 0 for any")]
    Port {
        /// The port that was asked for.
        port: u16,
        /// What the system said.
        source: io::Error,
    },
    /// The state file is there but cannot be read, or is not a state file.
    #[error("cannot read the state file {path}: {source}; delete it to start afresh")]
    State {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: io::Error,
    },
    /// The OpenAPI document in this build is not usable.
    #[error("the OpenAPI document of this build is not usable: {0}")]
    Document(String),
    /// The HTTP client for webhooks could not be made.
    #[error("the webhook client could not be made: {0}")]
    Client(String),
}

/// A running simulator. Dropping it stops it.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), fh_sim::StartError> {
/// let sim = fh_sim::Sim::start().await?;
/// assert!(sim.base_url().starts_with("http://127.0.0.1:"));
/// assert!(sim.ledger().is_empty());
/// sim.shutdown().await;
/// # Ok(())
/// # }
/// ```
pub struct Sim {
    engine: Arc<Engine>,
    address: SocketAddr,
    listener: Mutex<Option<Listener>>,
    tasks: Vec<AbortHandle>,
}

impl fmt::Debug for Sim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sim")
            .field("base_url", &self.base_url())
            .finish_non_exhaustive()
    }
}

/// Starts a simulator as `fh sim` does.
///
/// # Errors
///
/// See [`StartError`].
pub async fn run(options: Options) -> Result<Sim, StartError> {
    Sim::with_options(options).await
}

impl Sim {
    /// Starts a simulator with the defaults on a free port.
    ///
    /// # Errors
    ///
    /// See [`StartError`].
    pub async fn start() -> Result<Self, StartError> {
        Self::with_options(Options::default()).await
    }

    /// The switches; end with `.start().await`.
    pub fn builder() -> OptionsBuilder {
        Options::builder()
    }

    /// Starts a simulator with the given options, in the present Tokio runtime.
    ///
    /// # Errors
    ///
    /// See [`StartError`].
    pub async fn with_options(options: Options) -> Result<Self, StartError> {
        let schemas = Schemas::load(&options).map_err(StartError::Document)?;
        let saved = match &options.state_file {
            Some(path) => state_file::load(path).map_err(|source| StartError::State {
                path: path.clone(),
                source,
            })?,
            None => None,
        };
        let mut world = saved.unwrap_or_else(|| seed::world(&options));
        if let (Some(url), Some(device)) = (&options.webhook, world.devices.first_mut()) {
            device.hook = Some(Hook {
                url: url.clone(),
                active: true,
            });
        }
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| StartError::Client(error.to_string()))?;
        let port = options.port;
        let state_file = options.state_file.clone();
        let (engine, queues) = Engine::new(options, schemas, http, world);
        let (address, listener) = Listener::bind(engine.clone(), port)
            .await
            .map_err(|source| StartError::Port { port, source })?;
        let mut tasks = vec![
            tokio::spawn(settler::settler(engine.clone(), queues.settler)).abort_handle(),
            tokio::spawn(webhook::courier(engine.clone(), queues.courier)).abort_handle(),
        ];
        if let Some(path) = state_file {
            tasks.push(tokio::spawn(state_file::keeper(engine.clone(), path)).abort_handle());
        }
        engine.schedule_pending();
        Ok(Self {
            engine,
            address,
            listener: Mutex::new(Some(listener)),
            tasks,
        })
    }

    /// Where the API is, with its path prefix.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}{}", self.address, self.engine.setup().options.prefix())
    }

    /// Where the control API is: `http://127.0.0.1:<port>/_sim`.
    #[must_use]
    pub fn control_url(&self) -> String {
        format!("http://{}/_sim", self.address)
    }

    /// The credentials of the first device.
    #[must_use]
    pub fn credentials(&self) -> Credentials {
        self.device().credentials()
    }

    /// An application, a station and a version to sign with. Any others will do too.
    #[must_use]
    pub fn identity(&self) -> Identity {
        let [application, station, version] = IDENTITY;
        let valid = "the constants are valid names";
        Identity::new(
            Application::new(application).expect(valid),
            Station::new(station).expect(valid),
            AppVersion::new(version).expect(valid),
        )
    }

    /// The lines that point a shell's environment at the first device.
    #[must_use]
    pub fn export_lines(&self) -> String {
        self.export_lines_of(&self.device())
    }

    /// The lines that point a shell's environment at one of the devices.
    #[must_use]
    pub fn export_lines_of(&self, device: &DeviceHandle) -> String {
        let (key, secret) = self.engine.read(|world| {
            let device = world.device(device.id());
            device.map_or_else(Default::default, |device| (device.key.clone(), device.secret.clone()))
        });
        let [application, station, version] = IDENTITY;
        format!(
            "export FH_BASE_URL={}\nexport FH_API_KEY={key}\nexport FH_API_SECRET='{secret}'\n\
             export FH_APPLICATION={application}\nexport FH_STATION={station}\nexport FH_APP_VERSION={version}\n",
            self.base_url()
        )
    }

    /// The first device.
    #[must_use]
    pub fn device(&self) -> DeviceHandle {
        let id = self
            .engine
            .read(|world| world.devices.first().map_or(0, |device| device.id));
        DeviceHandle {
            engine: self.engine.clone(),
            id,
        }
    }

    /// Attaches another device of the same taxpayer, with credentials of its own.
    pub fn add_device(&self) -> DeviceHandle {
        let id = self.engine.write(|world| {
            let device = seed::device(&self.engine.setup().options, world.devices.len());
            let id = device.id;
            world.devices.push(device);
            id
        });
        DeviceHandle {
            engine: self.engine.clone(),
            id,
        }
    }

    /// What was accepted, fiscalised and rejected, over all devices.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        self.engine.read(World::ledger)
    }

    /// Requests that arrived, by operation; also those that a fault struck.
    #[must_use]
    pub fn requests(&self) -> BTreeMap<Operation, u64> {
        self.engine.requests()
    }

    /// The most submissions of one document that were being answered at the same time. More than 1 means that somebody sent
    /// a document while another sending of it was on the wire.
    #[must_use]
    pub fn most_at_once(&self) -> usize {
        self.engine.most_in_hand()
    }

    /// Attempts to push results, in order.
    #[must_use]
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.engine.deliveries()
    }

    /// The faults as they stand; counts go down as they strike.
    #[must_use]
    pub fn faults(&self) -> FaultPlan {
        self.engine.dice(|dice| dice.plan().clone())
    }

    /// Replaces the fault plan.
    pub fn set_faults(&self, plan: FaultPlan) {
        self.engine.dice(|dice| dice.set(plan));
    }

    /// Says exactly what strikes the next requests of one operation, before the fault plan has its turn again.
    pub fn script(&self, operation: Operation, faults: impl IntoIterator<Item = Option<Fault>>) {
        self.engine.dice(|dice| dice.script(operation, faults));
    }

    /// From now on the service takes so long between acceptance and result.
    pub fn set_settle_delay(&self, delay: Duration, spread: Spread) {
        let mut options = self.options();
        (options.settle_delay, options.settle_spread) = (delay, spread);
        // The document was read with these options before; times are not in it.
        let _ = self.engine.set_options(options);
    }

    /// How the simulator is set at present.
    #[must_use]
    pub fn options(&self) -> Options {
        self.engine.setup().options.clone()
    }

    /// Sets a switch while the simulator runs; see [`Options::set`].
    ///
    /// # Errors
    ///
    /// When there is no such switch, it cannot be set to this, or it is read only when a simulator starts.
    pub fn set(&self, name: &str, value: &str) -> Result<(), SwitchError> {
        let mut options = self.options();
        options.set(name, value)?;
        control::change(&self.engine, options)
    }

    /// How long the service takes, or took, between the acceptance of a request and its result.
    #[must_use]
    pub fn settle_time(&self, request_id: &str) -> Duration {
        self.engine.pace(|pace| pace.of(request_id))
    }

    /// Closes the fiscal day of the first device; returns its number.
    ///
    /// # Errors
    ///
    /// See [`DayCloseError`].
    pub fn close_day(&self) -> Result<u64, DayCloseError> {
        self.device().close_day()
    }

    /// Back to a fresh simulator: same port, same devices and credentials, nothing accepted, no faults.
    pub fn reset(&self) {
        self.engine.reset(seed::afresh);
    }

    /// Waits until a document, or a request, has a result; true when it was fiscalised.
    pub async fn await_settled(&self, id: &str) -> bool {
        let settled = |device: &Device| {
            let submission = device.submission(id).or_else(|| device.latest(id));
            submission
                .and_then(|submission| submission.outcome.as_ref())
                .map(|outcome| outcome.error.is_none())
        };
        self.engine
            .wait_for(|engine| engine.read(|world| world.devices.iter().find_map(settled)))
            .await
    }

    /// Waits until at least `count` requests of an operation arrived.
    pub async fn await_requests(&self, operation: Operation, count: u64) {
        let enough = |engine: &Engine| engine.requests().get(&operation).is_some_and(|seen| *seen >= count);
        self.engine.wait_for(|engine| enough(engine).then_some(())).await;
    }

    /// Waits until at least `count` attempts to push results were made.
    pub async fn await_deliveries(&self, count: usize) {
        self.engine
            .wait_for(|engine| (engine.deliveries().len() >= count).then_some(()))
            .await;
    }

    /// Waits until the first device's webhook is off, as it is after 24 hours without success.
    pub async fn await_webhook_disabled(&self) {
        let device = self.device();
        self.engine
            .wait_for(|_| (!device.webhook_is_active()).then_some(()))
            .await;
    }

    /// The yellow remarks on a document's latest submission, which the API tells nobody.
    #[must_use]
    pub fn remarks(&self, document: &str) -> Vec<String> {
        self.engine.read(|world| {
            let latest = world.devices.iter().find_map(|device| device.latest(document));
            latest
                .and_then(|submission: &Submission| submission.outcome.as_ref())
                .map_or_else(Vec::new, |o| o.remarks.clone())
        })
    }

    /// Sets the webhook of the first device, as the portal's "Save & Test" does.
    pub async fn set_webhook(&self, url: &str) -> Burst {
        self.device().set_webhook(url).await
    }

    /// Kills the listener with all its connections. What was accepted is still being settled.
    pub async fn stop_listening(&self) {
        let listener = self.listener.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(listener) = listener {
            listener.kill().await;
        }
    }

    /// Listens again on the same port, with the same state.
    ///
    /// # Errors
    ///
    /// When another process took the port meanwhile.
    pub async fn listen_again(&self) -> Result<(), StartError> {
        let port = self.address.port();
        let (_, listener) = Listener::bind(self.engine.clone(), port)
            .await
            .map_err(|source| StartError::Port { port, source })?;
        let earlier = self
            .listener
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .replace(listener);
        if let Some(earlier) = earlier {
            earlier.kill().await;
        }
        Ok(())
    }

    /// Kills the listener and listens again on the same port, with the same state.
    ///
    /// # Errors
    ///
    /// When another process took the port meanwhile.
    pub async fn restart(&self) -> Result<(), StartError> {
        self.stop_listening().await;
        self.listen_again().await
    }

    /// Lets answers under way finish, saves the state file if there is one, and ends.
    pub async fn shutdown(self) {
        let listener = self.listener.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(listener) = listener {
            listener.finish().await;
        }
        if let Some(path) = &self.engine.setup().options.state_file
            && let Err(error) = state_file::save(&self.engine, path)
        {
            tracing::warn!(%error, path = %path.display(), "the state could not be saved");
        }
    }
}

impl<S: options_builder::IsComplete> OptionsBuilder<S> {
    /// Starts a simulator with these options.
    ///
    /// # Errors
    ///
    /// See [`StartError`].
    pub async fn start(self) -> Result<Sim, StartError> {
        Sim::with_options(self.build()).await
    }
}

impl Drop for Sim {
    fn drop(&mut self) {
        if let Some(listener) = self.listener.get_mut().unwrap_or_else(PoisonError::into_inner) {
            listener.abort();
        }
        for task in &self.tasks {
            task.abort();
        }
    }
}
