//! What happens inside, on standard error, for those who ask by `FH_LOG`.

use tracing_subscriber::{EnvFilter, filter::filter_fn, fmt, layer::SubscriberExt, util::SubscriberInitExt};

const VARIABLE: &str = "FH_LOG";

/// Starts to log if `FH_LOG` is set, such as to `debug`. Only this project's own crates are heard: they never log a body or
/// a secret, and for others nobody here can vouch.
pub(crate) fn start() {
    let Some(wanted) = std::env::var(VARIABLE).ok().filter(|wanted| !wanted.is_empty()) else {
        return;
    };
    let filter = match EnvFilter::try_new(&wanted) {
        Ok(filter) => filter,
        Err(error) => {
            crate::output::remark(&format!(
                "{VARIABLE} is not understood ({error}); nothing is logged. Try {VARIABLE}=debug"
            ));
            return;
        }
    };
    let ours = filter_fn(|metadata| {
        let target = metadata.target();
        target.starts_with("fh") || target.starts_with("fiscal_harmony")
    });
    // Started once, so it cannot be taken.
    let _ = tracing_subscriber::registry()
        .with(filter)
        .with(ours)
        .with(fmt::layer().with_writer(std::io::stderr).with_ansi(false))
        .try_init();
}
