//! The local agent for fiscal documents: a small REST API for tills in any language, a page for the back office, a receiver of
//! webhooks, and the worker that sends and settles what is in the outbox.
//!
//! `fh serve` is this agent as a program. A vendor of tills can have it in his own program instead: an [`Outbox`](fh_outbox::Outbox), a
//! client for each fiscal device, a [`Token`] that everyone who asks must show, and a listener.
//!
//! ```no_run
//! use fh_agent::{Agent, Token};
//! use fh_auth::{AppVersion, Application, Credentials, Identity, Station};
//! use fh_outbox::Outbox;
//! use fiscal_harmony::{Client, Environment};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::builder()
//!     .environment(Environment::Test)
//!     .credentials(Credentials::from_env()?)
//!     .identity(Identity::new(Application::new("My POS")?, Station::new("till-1")?, AppVersion::new("2.4")?))
//!     .build()?;
//! let outbox = Outbox::open("/var/lib/my-pos/outbox.db").await?;
//! let (token, _made) = Token::of_file("/var/lib/my-pos/agent-token")?;
//! let agent = Agent::builder(outbox)
//!     .lane("till-1", client)
//!     .token(token)
//!     .seller(["Baobab Stores", "TIN 2000123456"])
//!     .build()?;
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8490").await?;
//! let shutdown = async { /* until the program is to end */ };
//! agent.serve(listener, shutdown).await?;
//! # Ok(())
//! # }
//! ```

#![cfg_attr(docsrs, feature(doc_cfg))]

mod address;
mod advice;
mod agent;
mod body;
mod catalogue;
mod correction;
mod documents;
mod events;
mod evidence;
mod guard;
mod health;
mod inside;
mod list;
mod page;
mod printout;
mod problem;
mod pushed;
mod receipt;
pub mod reconciling;
mod reports;
mod router;
pub mod sheet;
mod store;
mod token;
pub mod wording;

pub use advice::Advice;
pub use agent::{Agent, AgentBuilder, AgentError};
pub use evidence::Typed;
pub use health::OPENAPI;
pub use list::Columns;
pub use printout::{NotPrintable, Printing, Printout};
pub use token::{Token, TokenError};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
