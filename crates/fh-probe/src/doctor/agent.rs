//! The agent: its token file, its port, and what it says.

use std::time::Duration;

use fh_auth::read_private_file;
use serde_json::Value;
use tokio::{net::TcpStream, time::timeout};

use super::{
    check::Found,
    patient::AgentPlace,
    settings::file_sight,
    sight::{AgentSight, Sight},
};

/// How long an answer is waited for.
const STEP: Duration = Duration::from_secs(3);
/// A token has at least so many characters.
const SHORTEST: usize = 32;

/// Looks for an agent.
pub(super) async fn look(place: &AgentPlace) -> AgentSight {
    let file = Some(&place.token_file).filter(|file| file.exists());
    let token = file.map(|file| read_private_file(file).map_err(|error| error.to_string()));
    let mut sight = AgentSight {
        address: place.address.clone(),
        token_file: file.map(|file| file_sight(file)),
        token: token
            .as_ref()
            .map(|token| token.as_ref().map(|token| token.trim().len()).map_err(Clone::clone)),
        listens: matches!(timeout(STEP, TcpStream::connect(&place.address)).await, Ok(Ok(_))),
        is_agent: false,
        version: None,
        takes_token: None,
        is_ready: None,
        refused_webhooks: None,
    };
    if sight.listens {
        let token = token.as_ref().and_then(|token| token.as_ref().ok());
        ask(&mut sight, token.map(|token| token.trim())).await;
    }
    sight
}

async fn ask(sight: &mut AgentSight, token: Option<&str>) {
    let http = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(STEP)
        .build();
    let Ok(http) = http else { return };
    let get = |path: &str| {
        let request = http.get(format!("http://{}{path}", sight.address));
        match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    };
    let Ok(answer) = get("/healthz").send().await else {
        return;
    };
    let status = answer.status().as_u16();
    let problem = answer
        .headers()
        .get("content-type")
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/problem+json"));
    if status == 401 && problem {
        sight.is_agent = true;
        sight.takes_token = token.map(|_| false);
        return;
    }
    let alive: Option<Value> = answer.json().await.ok();
    let text = |name: &str| alive.as_ref()?.get(name)?.as_str();
    if status != 200 || text("status") != Some("ok") {
        return;
    }
    sight.is_agent = true;
    sight.version = text("version").map(str::to_owned);
    sight.takes_token = Some(true);
    if let Ok(answer) = get("/readyz").send().await {
        let is_ready = answer.status().is_success();
        let detail: Option<Value> = answer.json().await.ok();
        let why = detail
            .as_ref()
            .and_then(|detail| detail.get("detail")?.as_str())
            .unwrap_or_default()
            .to_owned();
        sight.is_ready = Some(if is_ready { Ok(()) } else { Err(why) });
    }
    if let Ok(answer) = get("/metrics").send().await
        && let Ok(text) = answer.text().await
    {
        sight.refused_webhooks = text
            .lines()
            .find_map(|line| line.strip_prefix("fh_webhooks{answer=\"refused\"} "))
            .and_then(|count| count.trim().parse().ok());
    }
}

fn seen(sight: &Sight) -> Result<&AgentSight, Found> {
    let agent = sight.agent.as_ref();
    agent.ok_or_else(|| Found::skip("no agent is looked for".to_owned()))
}

pub(super) fn token_file(sight: &Sight) -> Found {
    let agent = match seen(sight) {
        Ok(agent) => agent,
        Err(found) => return found,
    };
    let Some(file) = &agent.token_file else {
        return Found::skip("there is no token file; the agent makes one when it first starts".to_owned());
    };
    if let Some(open) = file.is_open() {
        return Found::fail(open).remedy(format!("Run: chmod 600 {}", file.path.display()));
    }
    match &agent.token {
        Some(Err(why)) => Found::fail(why.clone()),
        Some(Ok(length)) if *length < SHORTEST => Found::fail(format!(
            "the token in {} has {length} characters, and could be guessed",
            file.path.display()
        ))
        .remedy(format!(
            "Delete {} and start the agent again, which makes a good one; give it to the tills.",
            file.path.display()
        )),
        _ => Found::pass(format!("{} is private", file.path.display())),
    }
}

pub(super) fn port(sight: &Sight) -> Found {
    let agent = match seen(sight) {
        Ok(agent) => agent,
        Err(found) => return found,
    };
    let address = &agent.address;
    match (agent.listens, agent.is_agent) {
        (true, false) => Found::fail(format!("something that is no agent listens on {address}")),
        (true, true) => Found::pass(format!("the agent listens on {address}")),
        (false, _) => Found::skip(format!("nothing listens on {address}")),
    }
}

pub(super) fn runs(sight: &Sight) -> Found {
    let agent = match seen(sight) {
        Ok(agent) => agent,
        Err(found) => return found,
    };
    if !agent.is_agent {
        return match (&agent.token_file, agent.listens) {
            (Some(_), false) => Found::warn(format!(
                "an agent was set up on this machine, and none answers on {}",
                agent.address
            )),
            _ => Found::skip("no agent was set up on this machine".to_owned()),
        };
    }
    match (&agent.takes_token, &agent.is_ready) {
        (Some(false), _) => Found::fail("the agent does not take the token of that file".to_owned())
            .remedy("Name the token file that it was started with (--token-file), or start the agent again."),
        (None, _) => Found::warn("an agent answers, and its token file is not known here".to_owned())
            .remedy("Name the token file that it was started with (--token-file)."),
        (_, Some(Err(why))) => Found::fail(format!("the agent runs and cannot take documents in: {why}"))
            .remedy("Do what it says; until then tills keep their sales."),
        _ => Found::pass("the agent runs and takes documents in".to_owned()),
    }
}

pub(super) fn version(sight: &Sight) -> Found {
    let own = &sight.version;
    match sight.agent.as_ref().and_then(|agent| agent.version.as_ref()) {
        Some(other) if other != own => Found::warn(format!(
            "this program is version {own}, and the agent that runs is {other}"
        )),
        Some(_) => Found::pass(format!("this program and the agent are version {own}")),
        None => Found::pass(format!("this program is version {own}")),
    }
}
