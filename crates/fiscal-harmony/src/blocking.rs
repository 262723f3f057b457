//! The same client for programs without an asynchronous runtime.
//!
//! Each method waits for its namesake on [`crate::Client`] and means the same; there is one client, not two. A thread of its
//! own minds the connections, also between calls, so that one which the service has closed meanwhile is not sent on.
//!
//! A call blocks the thread that makes it, wherever that is. Inside of an asynchronous program it works too, but stops one
//! of the program's threads for as long as it takes: prefer [`crate::Client`] there.

use std::{
    future::Future,
    io,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
    time::Duration,
};

use bytes::Bytes;
use fh_auth::{Credentials, Identity};
use fh_types::RequestId;
use futures_util::StreamExt;
use tokio::{
    runtime::{Builder, Runtime},
    task::unconstrained,
};

use crate::{
    Error, Fiscalisation, Outcome, Pdf, Receipt,
    account::{FiscalDevice, Profile, Subscription},
    catalogue::Catalogue,
    client::{Answer, Method},
    document::Submit,
    mapping::{CurrencyMapping, TaxMapping},
    report::{ZReport, ZReports},
};

/// A synchronous [`crate::Client`].
///
/// ```no_run
/// use fiscal_harmony::{Client, Environment, auth::{AppVersion, Application, Credentials, Identity, Station}, blocking};
/// # fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let client = blocking::Client::new(
///     Client::builder()
///         .environment(Environment::Test)
///         .credentials(Credentials::from_env()?)
///         .identity(Identity::new(
///             Application::new("CornerShopPOS")?,
///             Station::new("till-3")?,
///             AppVersion::new("2.1.0")?,
///         ))
///         .build()?,
/// )?;
/// println!("{:?}", client.profile()?.full_name);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Client {
    client: crate::Client,
    background: Arc<Background>,
}

/// The event loop behind a client and its clones, on a thread of its own.
#[derive(Debug)]
struct Background(Option<Runtime>);

impl Background {
    /// Waits for a future whose events this loop delivers. The waiting is done without the runtime's own `block_on`, which
    /// panics on the threads of another.
    fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        let _context = self.0.as_ref().map(Runtime::enter);
        // The budget of a task that calls this would never be renewed while it waits here.
        let mut future = pin!(unconstrained(future));
        let caller = Arc::new(Caller {
            thread: thread::current(),
            woken: AtomicBool::new(false),
        });
        let waker = Waker::from(caller.clone());
        loop {
            if let Poll::Ready(done) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
                return done;
            }
            while !caller.woken.swap(false, Ordering::Acquire) {
                thread::park();
            }
        }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            // It may be dropped on a thread of another runtime, which must not wait.
            runtime.shutdown_background();
        }
    }
}

/// A thread that waits.
struct Caller {
    thread: Thread,
    woken: AtomicBool,
}

impl Wake for Caller {
    fn wake(self: Arc<Self>) {
        self.woken.store(true, Ordering::Release);
        self.thread.unpark();
    }
}

macro_rules! methods {
    ($($name:ident($($argument:ident: $type:ty),*) -> $answer:ty;)*) => {
        impl Client {
            $(
                #[doc = concat!("See [`Client::", stringify!($name), "`](crate::Client::", stringify!($name), ").")]
                ///
                /// # Errors
                ///
                /// As there.
                pub fn $name(&self, $($argument: $type),*) -> Result<$answer, Error> {
                    self.background.wait(self.client.$name($($argument),*))
                }
            )*
        }
    };
}

methods! {
    submit(document: &impl Submit) -> RequestId;
    fiscalise(document: &impl Submit) -> Fiscalisation;
    fiscalise_within(document: &impl Submit, deadline: Duration) -> Fiscalisation;
    wait(request_id: &RequestId, within: Duration) -> Outcome;
    outcome(request_id: &RequestId) -> Outcome;
    pdf(receipt: &Receipt) -> Pdf;
    download_pdf(name: &str) -> Pdf;
    call(method: Method, path: &str, body: Option<Bytes>) -> Answer;
    profile() -> Profile;
    device() -> FiscalDevice;
    subscription() -> Subscription;
    test_connection() -> ();
    check_credentials() -> ();
    z_reports() -> ZReports;
    z_report(fiscal_day: i64) -> ZReport;
    z_report_pdf(fiscal_day: i64) -> Pdf;
    tax_mappings() -> Vec<TaxMapping>;
    tax_mapping(id: i64) -> TaxMapping;
    add_tax_mapping(mapping: &TaxMapping) -> TaxMapping;
    update_tax_mapping(id: i64, mapping: &TaxMapping) -> bool;
    delete_tax_mapping(id: i64) -> ();
    catalogue() -> Arc<Catalogue>;
    supported_currencies() -> Vec<String>;
    currency_mappings() -> Vec<CurrencyMapping>;
    currency_mapping(id: i64) -> CurrencyMapping;
    add_currency_mapping(mapping: &CurrencyMapping) -> CurrencyMapping;
    update_currency_mapping(id: i64, mapping: &CurrencyMapping) -> bool;
    delete_currency_mapping(id: i64) -> ();
}

impl Client {
    /// Makes an asynchronous client synchronous.
    ///
    /// # Errors
    ///
    /// When the system gives no event loop or no thread.
    pub fn new(client: crate::Client) -> io::Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("fiscal-harmony")
            .enable_all()
            .build()?;
        Ok(Self {
            client,
            background: Arc::new(Background(Some(runtime))),
        })
    }

    /// See [`Client::for_device`](crate::Client::for_device). The two share their thread as well.
    #[must_use]
    pub fn for_device(&self, credentials: Credentials, identity: Identity) -> Self {
        Self {
            client: self.client.for_device(credentials, identity),
            background: self.background.clone(),
        }
    }

    /// See [`Client::outcomes`](crate::Client::outcomes).
    pub fn outcomes(
        &self,
        request_ids: impl IntoIterator<Item = RequestId>,
    ) -> impl Iterator<Item = Result<(RequestId, Outcome), Error>> {
        let mut outcomes = Box::pin(self.client.outcomes(request_ids));
        std::iter::from_fn(move || self.background.wait(outcomes.next()))
    }
}
