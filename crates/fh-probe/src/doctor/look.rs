//! Looking at everything at once, each look with a time-out of its own.

use std::time::Duration;

use fh_auth::{AppVersion, Application, Credentials, Identity, Station};
use fh_types::{CatDateTime, SystemClock};
use fiscal_harmony::{Client, Environment as Service, RetryPolicy};

use super::{
    account, agent, network, outbox,
    patient::{Patient, Said, Source},
    settings::file_sight,
    sight::{SettingsSight, Sight},
    webhook,
};

/// How long an answer of the service is waited for.
const ANSWER: Duration = Duration::from_secs(5);

/// Looks at a patient. Everything is looked at side by side, so that it takes as long as the slowest look and no more than some ten
/// seconds. What is sent to the service changes nothing there.
pub async fn look(patient: &Patient) -> Sight {
    let made = match &patient.said {
        Ok(said) => client(said, patient),
        Err(_) => Err("the settings cannot be read".to_owned()),
    };
    let base_url = match &patient.said {
        Ok(said) => Some(service(said).base_url().to_owned()),
        Err(_) => None,
    };
    let network = async {
        match &base_url {
            Some(base_url) => {
                Box::pin(network::look(
                    base_url,
                    &patient.environment,
                    &patient.root_certificates,
                ))
                .await
            }
            None => None,
        }
    };
    let account = async {
        match &made {
            Ok(client) => Ok(Box::pin(account::look(client)).await),
            Err(why) => Err(why.clone()),
        }
    };
    let secret = patient.said.as_ref().ok().and_then(|said| said.api_secret.clone());
    // Boxed, since together they would be too much for a small stack.
    let (network, account, outbox, agent, webhook) = tokio::join!(
        network,
        account,
        Box::pin(outbox::look(patient.store.as_ref(), &patient.lane)),
        async {
            match &patient.agent {
                Some(place) => Some(Box::pin(agent::look(place)).await),
                None => None,
            }
        },
        async {
            match &patient.webhook_url {
                Some(url) => {
                    let secret = secret.as_deref().map(String::as_str);
                    Some(Box::pin(webhook::look(url, secret, &patient.root_certificates)).await)
                }
                None => None,
            }
        },
    );
    Sight {
        version: patient.version.clone(),
        now: CatDateTime::now(&SystemClock),
        settings: SettingsSight {
            source: patient.source.clone(),
            file: match &patient.source {
                Source::Profile { path, .. } => Some(file_sight(path)),
                _ => None,
            },
            said: patient.said.clone(),
            client: made.map(drop),
            ignored: patient.ignored.clone(),
            others: patient.others.clone(),
        },
        network,
        account,
        outbox,
        agent,
        webhook,
        expects_webhooks: patient.expects_webhooks,
    }
}

fn service(said: &Said) -> Service {
    match said.base_url.as_deref() {
        None | Some("production") => Service::Production,
        Some("test") => Service::Test,
        Some(url) => Service::Custom(url.to_owned()),
    }
}

/// A client that asks once and gives up soon.
fn client(said: &Said, patient: &Patient) -> Result<Client, String> {
    let missing = |what: &str| format!("{what} is missing");
    let key = said.api_key.as_deref().ok_or_else(|| missing("the API key"))?;
    let secret = said.api_secret.as_deref().ok_or_else(|| missing("the API secret"))?;
    let credentials = if said.unchecked_format {
        Credentials::unchecked_format(key, secret)
    } else {
        Credentials::new(key, secret)
    };
    let identity = Identity::new(
        Application::new(said.application.as_deref().ok_or_else(|| missing("the application"))?)
            .map_err(|error| error.to_string())?,
        Station::new(said.station.as_deref().ok_or_else(|| missing("the station"))?)
            .map_err(|error| error.to_string())?,
        AppVersion::new(said.app_version.as_deref().unwrap_or(&patient.version)).map_err(|error| error.to_string())?,
    );
    let builder = Client::builder()
        .environment(service(said))
        .credentials(credentials.map_err(|error| error.to_string())?)
        .identity(identity)
        .retry(RetryPolicy::never())
        .connect_timeout(network::STEP)
        .timeout(ANSWER);
    let builder = patient
        .root_certificates
        .iter()
        .fold(builder, |builder, pem| builder.root_certificate(pem.clone()));
    builder.build().map_err(|error| error.to_string())
}
