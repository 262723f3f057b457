//! The control API beside the simulated one, for whoever drives the simulator from another process.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Query, State},
    response::{IntoResponse, Response},
    routing::{get, post, put},
};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    FaultPlan, Ledger, Operation, Options, Profile, PushError, SWITCHES, SwitchError, engine::Engine, handle,
    problem::problem, seed, webhook, world::World,
};

/// The routes under `/_sim`.
pub(crate) fn router() -> Router<Arc<Engine>> {
    Router::new()
        .route("/_sim/ledger", get(ledger))
        .route("/_sim/faults", get(faults).put(set_faults))
        .route("/_sim/options", get(options).put(set_options))
        .route("/_sim/requests", get(requests))
        .route("/_sim/reset", post(reset))
        .route("/_sim/close-day", post(close_day))
        .route("/_sim/webhook", put(set_webhook))
        .route("/_sim/push", post(push_again))
}

/// Which device is meant; the first when no key is given.
#[derive(Deserialize)]
struct Which {
    key: Option<String>,
}

fn device(engine: &Engine, key: Option<&str>) -> Option<u32> {
    engine.read(|world| {
        let mut devices = world.devices.iter();
        let found = devices.find(|device| key.is_none_or(|key| device.key == key));
        found.map(|device| device.id)
    })
}

fn no_device() -> Response {
    problem(StatusCode::NOT_FOUND, "There is no device with this key.")
}

/// A body of JSON, or the default for none, whatever its content type says.
fn parse<T: for<'de> Deserialize<'de>>(body: &[u8]) -> Result<T, Box<Response>> {
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|error| Box::new(problem(StatusCode::BAD_REQUEST, &error.to_string())))
}

async fn ledger(State(engine): State<Arc<Engine>>, Query(which): Query<Which>) -> Response {
    match which.key {
        None => Json(engine.read(World::ledger)).into_response(),
        Some(key) => device(&engine, Some(&key)).map_or_else(no_device, |id| {
            let counts = engine.read(|world| world.device(id).map(|device| device.counts.clone()));
            Json::<Ledger>(counts.unwrap_or_default()).into_response()
        }),
    }
}

async fn faults(State(engine): State<Arc<Engine>>) -> Json<FaultPlan> {
    Json(engine.dice(|dice| dice.plan().clone()))
}

async fn set_faults(State(engine): State<Arc<Engine>>, body: Bytes) -> Response {
    match parse::<FaultPlan>(&body) {
        Ok(plan) => {
            engine.dice(|dice| dice.set(plan.clone()));
            Json(plan).into_response()
        }
        Err(response) => *response,
    }
}

/// All switches as they are set, in the form of a profile.
async fn options(State(engine): State<Arc<Engine>>) -> Json<Profile> {
    Json(shown(&engine))
}

/// Faults are shown where they are set.
fn shown(engine: &Engine) -> Profile {
    let mut profile = Profile::of(&engine.setup().options);
    profile.faults = None;
    profile
}

/// Sets what a profile says, from now on. Its faults replace those that are left.
async fn set_options(State(engine): State<Arc<Engine>>, body: Bytes) -> Response {
    let profile: Profile = match parse(&body) {
        Ok(profile) => profile,
        Err(response) => return *response,
    };
    let mut changed = engine.setup().options.clone();
    let refused = |error: &dyn std::fmt::Display| problem(StatusCode::BAD_REQUEST, &error.to_string());
    if let Err(error) = profile.apply(&mut changed) {
        return refused(&error);
    }
    let faults = (profile.base.is_some() || profile.faults.is_some()).then(|| changed.faults.clone());
    match change(&engine, changed) {
        Ok(()) => {
            if let Some(faults) = faults {
                engine.dice(|dice| dice.set(faults));
            }
            Json(shown(&engine)).into_response()
        }
        Err(error) => refused(&error),
    }
}

/// From now on the service behaves so, unless that would change what is read only at the start.
pub(crate) fn change(engine: &Engine, options: Options) -> Result<(), SwitchError> {
    let present = engine.setup();
    for switch in SWITCHES.iter().filter(|switch| !switch.is_live) {
        let value = switch.of(&options);
        if value != switch.of(&present.options) {
            return Err(SwitchError::NotLive {
                switch: switch.name,
                value,
            });
        }
    }
    // The document of this build was read when the simulator started.
    let _ = engine.set_options(options);
    Ok(())
}

async fn requests(State(engine): State<Arc<Engine>>) -> Json<BTreeMap<Operation, u64>> {
    Json(engine.requests())
}

async fn reset(State(engine): State<Arc<Engine>>) -> StatusCode {
    engine.reset(seed::afresh);
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CloseDay {
    #[serde(default)]
    force: bool,
    key: Option<String>,
}

async fn close_day(State(engine): State<Arc<Engine>>, body: Bytes) -> Response {
    let wanted: CloseDay = match parse(&body) {
        Ok(wanted) => wanted,
        Err(response) => return *response,
    };
    let Some(device) = device(&engine, wanted.key.as_deref()) else {
        return no_device();
    };
    match handle::close_day(&engine, device, wanted.force) {
        Ok(day) => Json(json!({ "fiscal_day": day, "closed": true })).into_response(),
        Err(error) => problem(StatusCode::CONFLICT, &error.to_string()),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetWebhook {
    url: Option<String>,
    key: Option<String>,
}

async fn set_webhook(State(engine): State<Arc<Engine>>, body: Bytes) -> Response {
    let wanted: SetWebhook = match parse(&body) {
        Ok(wanted) => wanted,
        Err(response) => return *response,
    };
    let Some(device) = device(&engine, wanted.key.as_deref()) else {
        return no_device();
    };
    match wanted.url {
        Some(url) => Json(webhook::save_and_test(&engine, device, &url).await).into_response(),
        None => {
            engine.write(|world| world.device_mut(device).map(|device| device.hook = None));
            Json::<Value>(json!({ "active": false })).into_response()
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PushAgain {
    /// A document or a request; the latest result when none is given.
    id: Option<String>,
    key: Option<String>,
}

async fn push_again(State(engine): State<Arc<Engine>>, body: Bytes) -> Response {
    let wanted: PushAgain = match parse(&body) {
        Ok(wanted) => wanted,
        Err(response) => return *response,
    };
    let Some(device) = device(&engine, wanted.key.as_deref()) else {
        return no_device();
    };
    match webhook::push_again(&engine, device, wanted.id.as_deref()).await {
        Ok(delivery) => Json(delivery).into_response(),
        Err(error @ PushError::NotSettled) => problem(StatusCode::NOT_FOUND, &error.to_string()),
        Err(error) => problem(StatusCode::CONFLICT, &error.to_string()),
    }
}
