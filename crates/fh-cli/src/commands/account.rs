//! `fh account`: the account behind the API key.

use fiscal_harmony::{Client, Error, ErrorKind};
use serde_json::json;

use crate::{
    connection::Connection,
    describe::show,
    exit::{Exit, Failure},
    output::Output,
};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Who owns the device.
    Profile,
    /// The fiscal device, its configuration and its taxes.
    Device,
    /// The subscription.
    Subscription,
    /// Check the address, the API key and the secret. Nothing is submitted.
    Test,
}

pub(crate) async fn run(command: Command, connection: &Connection, output: &Output) -> Result<Exit, Failure> {
    let client = &connection.client;
    match command {
        Command::Profile => show(output, &client.profile().await?)?,
        Command::Device => show(output, &client.device().await?)?,
        Command::Subscription => show(output, &client.subscription().await?)?,
        Command::Test => return test(client, output).await,
    }
    Ok(Exit::Well)
}

async fn test(client: &Client, output: &Output) -> Result<Exit, Failure> {
    let key = client.profile().await.map(drop);
    let secret = if key.is_ok() {
        Some(client.check_credentials().await)
    } else {
        None
    };
    let operation = if key.is_ok() {
        Some(client.test_connection().await)
    } else {
        None
    };
    let mut exit = Exit::Well;
    for result in [Some(&key), secret.as_ref()].into_iter().flatten() {
        if let Err(error) = result {
            exit = exit.max(Exit::of(error));
        }
    }
    // The path of the service's own test is not known for certain, so that its absence proves nothing.
    match &operation {
        Some(Err(error)) if error.kind() != ErrorKind::NotFound => exit = exit.max(Exit::of(error)),
        _ => {}
    }
    let word = |result: Option<&Result<(), Error>>| match result {
        None => "not tried".to_owned(),
        Some(Ok(())) => "ok".to_owned(),
        Some(Err(error)) => error.to_string(),
    };
    let identity = client.identity();
    if output.is_json() {
        output.json(&json!({
            "base_url": client.base_url(),
            "application": identity.application.as_str(),
            "station": identity.station.as_str(),
            "key": word(Some(&key)),
            "secret": word(secret.as_ref()),
            "test": word(operation.as_ref()),
        }));
    } else {
        let rows = [
            ("address", client.base_url().to_owned()),
            ("application", identity.application.as_str().to_owned()),
            ("station", identity.station.as_str().to_owned()),
            ("API key (profile)", word(Some(&key))),
            ("secret (signed question)", word(secret.as_ref())),
            ("test operation (path is a guess)", word(operation.as_ref())),
        ];
        output.table(
            &["what", "result"],
            rows.map(|(what, result)| vec![what.to_owned(), result]),
        );
    }
    Ok(exit)
}
