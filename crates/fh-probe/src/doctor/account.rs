//! What the service says: of the key, the signature, the device, the subscription.

use std::time::{Duration, Instant};

use fh_types::{Amount, CatDateTime, jiff::SignedDuration};
use fiscal_harmony::{Client, Error, ErrorKind, device::DeviceConfig};
use serde_json::Value;

use super::{
    check::Found,
    sight::{AccountSight, Sight},
};
use crate::proof::{AUTHORITY_TEST_HOST, SERVICE_TEST_HOST};

/// The host of the vendor's service \[vendor-code\].
const SERVICE_HOST: &str = "api.fiscalharmony.co.zw";
/// From here on an answer counts as slow: a till that waits for two of them has kept a customer waiting.
const SLOW: Duration = Duration::from_secs(2);
/// A certificate or a subscription is renewed by hand, so its end is told in time.
const SOON: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Beyond this the authority's times no longer follow one another \[zimra\].
const CLOCK_OFF: SignedDuration = SignedDuration::from_mins(1);
const CLOCK_FAR_OFF: SignedDuration = SignedDuration::from_mins(5);

/// Asks for everything, side by side; each question may fail by itself.
pub(super) async fn look(client: &Client) -> AccountSight {
    let latencies = std::sync::Mutex::new(Vec::new());
    let key = timed(&latencies, client.profile()).await;
    // Where the first question gets no answer at all, more of them would only take time.
    if let Err(error) = &key
        && matches!(error.kind(), ErrorKind::Connect | ErrorKind::Timeout)
    {
        let failed = error.clone();
        return AccountSight {
            key: Err(failed.clone()),
            signature: Err(failed.clone()),
            device: Err(failed.clone()),
            subscription: Err(failed.clone()),
            mapped: Err(failed),
            clock_ahead: None,
            latencies: Vec::new(),
        };
    }
    let (signature, device, subscription, mapped) = tokio::join!(
        timed(&latencies, client.check_credentials()),
        timed(&latencies, client.device()),
        timed(&latencies, client.subscription()),
        client.mapped(),
    );
    AccountSight {
        key: key.map(|profile| profile.full_name.unwrap_or_default()),
        signature,
        device: unless_missing(device),
        subscription: unless_missing(subscription),
        mapped,
        clock_ahead: client.clock_ahead(),
        latencies: latencies.into_inner().unwrap_or_default(),
    }
}

async fn timed<T>(
    latencies: &std::sync::Mutex<Vec<Duration>>,
    call: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let began = Instant::now();
    let answer = call.await;
    if let Ok(mut latencies) = latencies.lock() {
        latencies.push(began.elapsed());
    }
    answer
}

fn unless_missing<T>(read: Result<T, Error>) -> Result<Option<T>, Error> {
    match read {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        read => read.map(Some),
    }
}

/// What the service said, or why it was not asked.
pub(super) fn asked(sight: &Sight) -> Result<&AccountSight, Found> {
    sight
        .account
        .as_ref()
        .map_err(|why| Found::skip(format!("the service was not asked: {why}")))
}

/// What a question that failed otherwise than by a refusal comes to.
fn not_had(error: &Error) -> Found {
    match error.kind() {
        ErrorKind::Connect | ErrorKind::Timeout | ErrorKind::Connection => {
            Found::skip(format!("the service did not answer: {error}"))
        }
        ErrorKind::Unauthorised => Found::skip("the service refuses who is asking".to_owned()),
        _ => Found::warn(format!("the service could not say it: {error}"))
            .remedy("Ask again in a while; if it stays so, tell the vendor what is said here."),
    }
}

pub(super) fn answers(sight: &Sight) -> Found {
    let account = match asked(sight) {
        Ok(account) => account,
        Err(found) => return found,
    };
    match &account.key {
        Err(error) => match error.kind() {
            ErrorKind::Connect | ErrorKind::Timeout | ErrorKind::Connection => {
                Found::fail(format!("no answer from the service: {error}"))
            }
            ErrorKind::Server | ErrorKind::TooManyRequests => Found::warn(format!("the service is in trouble: {error}"))
                .remedy("Wait for a while: nothing is lost, documents stay in the outbox and are sent when it is well."),
            ErrorKind::NotFound => Found::fail(format!("the address answers, and not as the service does: {error}"))
                .remedy("See to the base URL: production's ends in /api; whether the test host wants /api too is not known, so try both.")
                .guess("whether the test host has the path /api is not known"),
            _ => Found::pass("the service answers".to_owned()),
        },
        Ok(_) => Found::pass("the service answers".to_owned()),
    }
}

pub(super) fn key(sight: &Sight) -> Found {
    let account = match asked(sight) {
        Ok(account) => account,
        Err(found) => return found,
    };
    match &account.key {
        Ok(_) => Found::pass("the service knows the API key".to_owned()),
        Err(error) if error.kind() == ErrorKind::Unauthorised => {
            Found::fail(format!("the service does not take the API key: {error}"))
        }
        Err(error) if error.kind() == ErrorKind::PaymentRequired => {
            Found::fail("the service asks for payment (402)".to_owned())
                .remedy("Pay the subscription in the portal; until then no document is taken.")
                .guess("that 402 is an unpaid subscription is read from its name")
        }
        Err(error) => not_had(error),
    }
}

pub(super) fn signature(sight: &Sight) -> Found {
    let account = match asked(sight) {
        Ok(account) => account,
        Err(found) => return found,
    };
    let guess = "whether an empty signed question is allowed is not documented; a refusal of its form (400) counts as a good signature";
    match (&account.key, &account.signature) {
        (_, Ok(())) => Found::pass("a signed question was taken".to_owned()).guess(guess),
        (Err(key), Err(_)) if key.kind() == ErrorKind::Unauthorised => {
            Found::skip("the API key is refused already, so that nothing can be said of the secret".to_owned())
        }
        (Ok(_), Err(error)) if error.kind() == ErrorKind::Unauthorised => Found::fail(
            "the service takes the API key and refuses what is signed: the secret is not that of this key".to_owned(),
        ),
        (_, Err(error)) => not_had(error),
    }
}

pub(super) fn device(sight: &Sight) -> Found {
    let account = match asked(sight) {
        Ok(account) => account,
        Err(found) => return found,
    };
    let device = match &account.device {
        Ok(Some(device)) => device,
        Ok(None) => {
            return Found::fail("no fiscal device is attached to this API key (404)".to_owned())
                .guess("a wrong base URL may answer 404 too");
        }
        Err(error) => return not_had(error),
    };
    match config(device.current_config.as_deref()) {
        None => Found::fail("the device has no configuration from the authority".to_owned())
            .remedy("Have the device registered and activated in the portal; without its configuration no document can be taken."),
        Some(Err(why)) => Found::fail(why),
        Some(Ok(config)) if config.taxes.is_empty() => {
            Found::fail("the device's configuration has no taxes that can be read".to_owned())
        }
        Some(Ok(config)) if !config.unread.is_empty() => Found::warn(format!(
            "parts of the device's configuration are not understood: {}",
            config.unread.join("; ")
        ))
        .remedy("Report what is said here, so that this program learns to read it; what it cannot read it does not check."),
        Some(Ok(config)) => Found::pass(format!("a device is attached, with {} taxes", config.taxes.len())),
    }
}

/// The configuration of the device that the service told of.
pub(super) fn config_of(account: &AccountSight) -> Option<DeviceConfig> {
    let device = account.device.as_ref().ok()?.as_ref()?;
    config(device.current_config.as_deref())?.ok()
}

fn config(text: Option<&str>) -> Option<Result<DeviceConfig, String>> {
    let text = text?;
    Some(DeviceConfig::from_value(&Value::String(text.to_owned())).map_err(|error| error.to_string()))
}

pub(super) fn environment(sight: &Sight) -> Found {
    let account = match asked(sight) {
        Ok(account) => account,
        Err(found) => return found,
    };
    let host = sight
        .network
        .as_ref()
        .map(|network| (network.host.as_str(), network.is_loopback));
    let Some((host, is_loopback)) = host else {
        return Found::skip("the address is not known".to_owned());
    };
    let receipts = config_of(account).and_then(|config| config.qr_url);
    let at_test = receipts
        .as_deref()
        .map(|url| url.to_ascii_lowercase().contains(AUTHORITY_TEST_HOST));
    match (host, at_test) {
        (SERVICE_HOST, Some(true)) => Found::fail(format!(
            "the address is production's, and receipts of this device are verified at {AUTHORITY_TEST_HOST}: they are not valid"
        ))
        .remedy("Take the API key of the real device for production, or base_url = \"test\" for this one."),
        (SERVICE_TEST_HOST, Some(false)) => Found::fail(
            "the address is the test service's, and receipts of this device are verified at the authority's real host".to_owned(),
        )
        .remedy("Use base_url = \"production\" for the real device: what is sent to a test service should not count."),
        (SERVICE_HOST, None) => Found::pass("production; the device does not say where its receipts are verified".to_owned()),
        (SERVICE_HOST, _) => Found::pass("production: receipts count".to_owned()),
        (SERVICE_TEST_HOST, _) => Found::pass("the test service: no receipt counts".to_owned()),
        _ if is_loopback => match at_test {
            Some(false) => Found::pass("this machine; receipts of the device are verified at the authority's real host".to_owned()),
            _ => Found::pass("this machine (a simulator, or something that hands on)".to_owned()),
        },
        (other, _) => Found::warn(format!("{other} is neither the vendor's production host nor its test host"))
            .remedy("See that it is meant: base_url is \"production\", \"test\", or the address that the vendor gave you.")
            .guess("the vendor may have other hosts"),
    }
}

/// How an end that lies ahead or behind is told.
fn end(now: CatDateTime, till: CatDateTime, what: &str) -> Found {
    let left = till.timestamp().duration_since(now.timestamp());
    let day = till.civil().date();
    if left.is_negative() {
        Found::fail(format!("{what} ended on {day}"))
    } else if left <= SOON {
        Found::warn(format!("{what} ends on {day}, in {} days", left.as_hours() / 24))
    } else {
        Found::pass(format!("{what} is good until {day}"))
    }
}

pub(super) fn certificate(sight: &Sight) -> Found {
    let account = match asked(sight) {
        Ok(account) => account,
        Err(found) => return found,
    };
    match config_of(account).and_then(|config| config.certificate_valid_till) {
        Some(till) => end(sight.now, till, "the device's certificate"),
        None => Found::skip("the device does not say until when its certificate is good".to_owned()),
    }
}

pub(super) fn subscription(sight: &Sight) -> Found {
    let account = match asked(sight) {
        Ok(account) => account,
        Err(found) => return found,
    };
    let members = match &account.subscription {
        Ok(Some(subscription)) => &subscription.members,
        Ok(None) => {
            return Found::skip("the service tells nothing of a subscription (404)".to_owned())
                .guess("404 is documented for an account without a device, or where it is not available");
        }
        Err(error) if error.kind() == ErrorKind::PaymentRequired => {
            return Found::fail("the service asks for payment (402)".to_owned());
        }
        Err(error) => return not_had(error),
    };
    let guess = "no field of the subscription is documented; its end is read by likely names";
    match fiscal_harmony::catalogue::end_of_subscription(members) {
        Some(till) => {
            let found = end(sight.now, till, "the subscription").guess(guess);
            // A guess is never the reason of an alarm alone.
            if found.verdict == super::check::Verdict::Fail {
                Found::warn(found.message).guess(guess)
            } else {
                found
            }
        }
        None => {
            Found::pass("there is a subscription; its end is not told in a form that is known".to_owned()).guess(guess)
        }
    }
}

pub(super) fn clock(sight: &Sight) -> Found {
    let account = match asked(sight) {
        Ok(account) => account,
        Err(found) => return found,
    };
    let Some(ahead) = account.clock_ahead else {
        return Found::skip("no answer of the service said what time it is there".to_owned());
    };
    let off = ahead.abs();
    let seconds = off.as_secs();
    let way = if ahead.is_negative() { "behind" } else { "ahead of" };
    let text = format!("this machine's clock is {seconds} s {way} the service's");
    if off >= CLOCK_FAR_OFF {
        Found::fail(text)
    } else if off >= CLOCK_OFF {
        Found::warn(text)
    } else {
        Found::pass(text)
    }
}

pub(super) fn latency(sight: &Sight) -> Found {
    let account = match asked(sight) {
        Ok(account) => account,
        Err(found) => return found,
    };
    let mut took = account.latencies.clone();
    took.sort();
    let Some(median) = took.get(took.len() / 2) else {
        return Found::skip("no answer came".to_owned());
    };
    let millis = median.as_millis();
    if *median >= SLOW {
        Found::warn(format!("answers of the service take {millis} ms"))
    } else {
        Found::pass(format!("answers of the service take {millis} ms"))
    }
}

/// The rate at which the standard tax was levied before 2026 \[zimra\].
pub(super) fn last_years_rate() -> Amount {
    Amount::from_units(15)
}
