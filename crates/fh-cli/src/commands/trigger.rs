//! `fh trigger`: make a simulator push.

use std::time::Duration;

use reqwest::{Client, Method, Url};
use serde_json::{Value, json};

use crate::{
    connection::Connection,
    describe::show,
    exit::{Exit, Failure},
    global::Global,
    output::Output,
};

/// The simulator waits for a receiver for 5 s, and the test is five requests.
const WITHIN: Duration = Duration::from_secs(40);

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The document or the request whose result is pushed again; without it the latest result.
    #[arg(value_name = "ID")]
    id: Option<String>,
    /// Set the webhook to this address first, as the portal's "Save & Test" does: five requests, some wrongly signed.
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Only set and test the webhook.
    #[arg(long, requires = "url", conflicts_with = "id")]
    test: bool,
}

pub(crate) async fn run(arguments: &Arguments, global: &Global, output: &Output) -> Result<Exit, Failure> {
    if global.sandbox {
        return Err(Failure::usage(
            "a sandbox ends with its command, so that it has nothing to push: start `fh sim` and take the lines it prints",
        ));
    }
    let connection = Connection::open(global, output).await?;
    let control = Control::of(&connection)?;
    if let Some(url) = &arguments.url {
        let burst = control.ask(Method::PUT, "webhook", json!({ "url": url })).await?;
        let steps = burst
            .get("steps")
            .and_then(Value::as_array)
            .map_or(&[][..], Vec::as_slice);
        for step in steps
            .iter()
            .filter(|step| step.get("passed") != Some(&Value::Bool(true)))
        {
            let text = |name: &str| step.get(name).and_then(Value::as_str).unwrap_or("?").to_owned();
            let status = step.get("status").and_then(Value::as_u64);
            let status = status.map_or("no answer in time".to_owned(), |status| status.to_string());
            output.remark(&format!("{}: {status}, wanted {}", text("sent"), text("wanted")));
        }
        if burst.get("active") != Some(&Value::Bool(true)) {
            return Err(Failure::service(format!(
                "{url} does not keep the rules for receivers, so that the webhook is off"
            )));
        }
        if arguments.test {
            show(output, &burst)?;
            return Ok(Exit::Well);
        }
    }
    let delivery = control.ask(Method::POST, "push", json!({ "id": arguments.id })).await?;
    show(output, &delivery)?;
    if delivery.get("received") == Some(&Value::Bool(true)) {
        return Ok(Exit::Well);
    }
    Err(Failure::service(
        "the receiver did not take it: see to its log, and to the secret of this profile",
    ))
}

/// The control API of a simulator.
struct Control {
    http: Client,
    root: Url,
    key: String,
}

impl Control {
    fn of(connection: &Connection) -> Result<Self, Failure> {
        let base = connection.client.base_url();
        let wrong = |why: &str| {
            Failure::usage(format!(
                "{base} is no simulator ({why}); start `fh sim` and take the lines it prints"
            ))
        };
        let mut root = Url::parse(base).map_err(|error| wrong(&error.to_string()))?;
        // The real service has no such thing, and is not to be bothered.
        if root.scheme() != "http" {
            return Err(wrong("one speaks plain http on this machine"));
        }
        root.set_path("/_sim/");
        let http = Client::builder()
            .no_proxy()
            .timeout(WITHIN)
            .build()
            .map_err(|error| Failure::service(format!("no request can be made: {error}")))?;
        Ok(Self {
            http,
            root,
            key: connection.key.as_str().to_owned(),
        })
    }

    async fn ask(&self, method: Method, what: &str, mut body: Value) -> Result<Value, Failure> {
        let failed = |error: reqwest::Error| {
            Failure::service(format!(
                "the simulator cannot be asked ({}): is `fh sim` running?",
                error.without_url()
            ))
        };
        let url = self
            .root
            .join(what)
            .map_err(|error| Failure::service(error.to_string()))?;
        if let Some(fields) = body.as_object_mut() {
            fields.retain(|_, value| !value.is_null());
            fields.insert("key".to_owned(), self.key.clone().into());
        }
        let response = self
            .http
            .request(method, url)
            .json(&body)
            .send()
            .await
            .map_err(failed)?;
        let is_well = response.status().is_success();
        let answer: Value = response.json().await.map_err(failed)?;
        if is_well {
            return Ok(answer);
        }
        let detail = answer.get("detail").and_then(Value::as_str);
        Err(Failure::usage(format!(
            "the simulator says: {}",
            detail.unwrap_or("no")
        )))
    }
}
