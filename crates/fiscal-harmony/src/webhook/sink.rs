use std::{error::Error, future::Future, sync::Arc};

use super::message::Message;

/// Why a sink kept nothing.
pub type SinkError = Box<dyn Error + Send + Sync>;

/// Where a receiver puts what was pushed, before it answers.
///
/// The service delivers again until it is answered well, and stops for good once it was. So a sink
///
/// * has written durably when it returns well: afterwards nobody will say it again;
/// * takes the same news any number of times and in any order, and acts on it once;
/// * keeps news of submissions that it does not know, since a result may come before the answer to its submission does;
/// * loses nothing when its future is dropped: the receiver does so when the service hangs up or the time is over, and
///   the delivery comes again.
///
/// ```
/// use std::sync::Mutex;
/// use fiscal_harmony::webhook::{Message, Sink, SinkError};
/// /// Holds the latest news in memory: for a demonstration, as it is not durable.
/// struct Latest(Mutex<Vec<Message>>);
/// impl Sink for Latest {
///     async fn keep(&self, message: Message) -> Result<(), SinkError> {
///         self.0.lock().map_err(|_| "another thread panicked")?.push(message);
///         Ok(())
///     }
/// }
/// ```
pub trait Sink: Send + Sync + 'static {
    /// Keeps one delivery, whole or not at all. Not called for a delivery that says nothing.
    ///
    /// # Errors
    ///
    /// When it could not be kept. The service is answered `503` and delivers again.
    fn keep(&self, message: Message) -> impl Future<Output = Result<(), SinkError>> + Send;
}

impl<S: Sink> Sink for Arc<S> {
    fn keep(&self, message: Message) -> impl Future<Output = Result<(), SinkError>> + Send {
        S::keep(self, message)
    }
}
