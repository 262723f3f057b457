//! Whom to talk to, and as whom: a sandbox, a profile, or the environment.

use std::{env, ffi::OsString};

use fh_auth::{ApiKey, ApiSecret, AppVersion, Application, Credentials, Identity, IdentityError, Station};
use fh_probe::doctor::{Other, Patient, Said, Source};
use fh_sim::Sim;
use fiscal_harmony::{Client, Environment, webhook::Secrets};
use zeroize::Zeroizing;

use crate::{
    courier::AlarmSettings,
    exit::Failure,
    global::Global,
    output::Output,
    policy::{Chosen, Flags, Setting},
    printing::OfProfile,
    profile::{self, Profile, ProfileError},
};

/// The profile that is taken when none is named and the environment holds no credentials.
const DEFAULT_PROFILE: &str = "default";
const VARIABLES: [&str; 6] = [
    "FH_API_KEY",
    "FH_API_SECRET",
    "FH_APPLICATION",
    "FH_STATION",
    "FH_APP_VERSION",
    "FH_BASE_URL",
];
const BANNER: &str = "SANDBOX: a simulator inside this process answers; nothing reaches Fiscal Harmony or the tax authority, and no \
                      receipt from it is valid";

/// A client, and the simulator behind it when there is one.
pub(crate) struct Connection {
    pub(crate) client: Client,
    /// What the service knows this device by.
    pub(crate) key: ApiKey,
    /// What webhooks may be signed with.
    secrets: Vec<ApiSecret>,
    /// What its profile says about the outbox.
    policy: Vec<Setting>,
    /// Fields that documents may have beside the known ones.
    pub(crate) allow_fields: Vec<String>,
    /// Who is sent alarms, as far as its profile says.
    pub(crate) alarms: AlarmSettings,
    /// Who sells, and how receipts are printed, as far as its profile says.
    pub(crate) printing: OfProfile,
    /// Stops when dropped.
    sandbox: Option<Sim>,
}

impl Connection {
    pub(crate) async fn open(global: &Global, output: &Output) -> Result<Self, Failure> {
        if global.sandbox {
            return Self::sandbox(output).await;
        }
        Self::of(global.profile.as_deref(), output)
    }

    /// The connection of a profile, whatever the environment holds.
    pub(crate) fn of_profile(name: &str, output: &Output) -> Result<Self, Failure> {
        Self::of(Some(name), output)
    }

    fn of(profile: Option<&str>, output: &Output) -> Result<Self, Failure> {
        let settings = settings(profile, output)?;
        let (client, key, secrets) = client(&settings)?;
        Ok(Self {
            client,
            key,
            secrets,
            policy: settings.profile.policy,
            allow_fields: settings.profile.allow_fields,
            alarms: settings.profile.alarms,
            printing: settings.profile.printing,
            sandbox: None,
        })
    }

    /// Whom an outbox may ask before it refuses, where somebody is configured; for commands that work without anybody.
    pub(crate) fn to_ask(global: &Global, output: &Output) -> Option<Client> {
        if global.sandbox {
            return None;
        }
        let settings = settings(global.profile.as_deref(), output).ok()?;
        client(&settings).ok().map(|(client, ..)| client)
    }

    /// The simulator in this process, if one answers.
    pub(crate) fn simulator(&self) -> Option<&Sim> {
        self.sandbox.as_ref()
    }

    /// What it signs with.
    pub(crate) fn secret(&self) -> ApiSecret {
        // The present one comes first; a connection is made with one.
        self.secrets[0].clone()
    }

    /// How the outbox should behave for it.
    pub(crate) fn policy<const READING: bool>(&self, flags: &Flags<READING>) -> Result<Chosen, Failure> {
        Chosen::of(&self.policy, flags).map_err(Failure::usage)
    }

    /// Whether its profile wants the outbox to behave as that of another: a process has one policy.
    pub(crate) fn agrees_with(&self, other: &Self) -> bool {
        let said = |connection: &Self| {
            let mut said: Vec<_> = connection
                .policy
                .iter()
                .map(|setting| (setting.key.name, setting.value.clone()))
                .collect();
            said.sort();
            said
        };
        self.policy.is_empty() || said(self) == said(other)
    }

    async fn sandbox(output: &Output) -> Result<Self, Failure> {
        output.remark(BANNER);
        let sim = Sim::start()
            .await
            .map_err(|error| Failure::service(format!("the sandbox did not start: {error}")))?;
        let named = |error: IdentityError| Failure::service(format!("the sandbox did not start: {error}"));
        let identity = Identity::new(
            Application::new("fh").map_err(named)?,
            Station::new("sandbox").map_err(named)?,
            AppVersion::new(env!("CARGO_PKG_VERSION")).map_err(named)?,
        );
        let client = Client::builder()
            .environment(Environment::Custom(sim.base_url().to_owned()))
            .credentials(sim.credentials().clone())
            .identity(identity)
            .build()
            .map_err(|error| Failure::service(format!("the sandbox did not start: {error}")))?;
        Ok(Self {
            client,
            key: sim.credentials().key().clone(),
            secrets: vec![sim.credentials().secret().clone()],
            policy: Vec::new(),
            allow_fields: Vec::new(),
            alarms: AlarmSettings::default(),
            printing: OfProfile::default(),
            sandbox: Some(sim),
        })
    }
}

/// What webhooks may be signed with: the secret of each connection, and the one before it while it is rotated.
pub(crate) fn webhook_secrets(connections: &[(String, Connection)]) -> Secrets {
    connections
        .iter()
        .flat_map(|(label, connection)| connection.secrets.iter().map(move |secret| (label, secret)))
        .fold(Secrets::new(), |secrets, (label, secret)| {
            secrets.with(label.as_str(), secret.clone())
        })
}

/// Where settings come from, for messages.
struct Settings {
    profile: Profile,
    place: String,
    from_environment: bool,
}

fn variable(name: &str) -> Result<Option<String>, Failure> {
    env::var_os(name)
        .map(OsString::into_string)
        .transpose()
        .map_err(|_| Failure::usage(format!("{name} in the environment is not UTF-8 text")))
}

fn is_set(name: &str) -> bool {
    env::var_os(name).is_some_and(|value| !value.is_empty())
}

/// How the outbox should behave where nobody is spoken to. What stands in the way of reading the profile is an error.
pub(crate) fn policy_without_connection<const READING: bool>(
    global: &Global,
    flags: &Flags<READING>,
) -> Result<Chosen, Failure> {
    let settings = policy_settings(global).map_err(|error| Failure::usage(error.to_string()))?;
    Chosen::of(&settings, flags).map_err(Failure::usage)
}

/// The same for who only looks, or only names a lane with `--profile`: without the profile the usual policy does.
pub(crate) fn policy_for_looking<const READING: bool>(
    global: &Global,
    flags: &Flags<READING>,
    output: &Output,
) -> Result<Chosen, Failure> {
    let settings = policy_settings(global).unwrap_or_else(|error| {
        if !matches!(error, ProfileError::Unknown { .. } | ProfileError::NoFolder) {
            output.remark(&format!("{error}; the usual policy is taken"));
        }
        Vec::new()
    });
    Chosen::of(&settings, flags).map_err(Failure::usage)
}

fn policy_settings(global: &Global) -> Result<Vec<Setting>, ProfileError> {
    Ok(profile_in_use(global)?.unwrap_or_default().policy)
}

/// Who sells and how receipts are printed where nobody is spoken to. A profile that is named and not there may stand for a lane alone.
pub(crate) fn printing_without_connection(global: &Global) -> Result<OfProfile, Failure> {
    match profile_in_use(global) {
        Ok(profile) => Ok(profile.unwrap_or_default().printing),
        Err(ProfileError::Unknown { .. } | ProfileError::NoFolder) => Ok(OfProfile::default()),
        Err(error) => Err(Failure::usage(error.to_string())),
    }
}

/// The profile in use, if there is one.
fn profile_in_use(global: &Global) -> Result<Option<Profile>, ProfileError> {
    if global.sandbox || (global.profile.is_none() && environment_speaks()) {
        return Ok(None);
    }
    let path = profile::path()?;
    if !path.exists() {
        return Ok(None);
    }
    let name = global.profile.as_deref().unwrap_or(DEFAULT_PROFILE);
    match profile::read(&path, name) {
        Ok(profile) => Ok(Some(profile)),
        Err(ProfileError::Unknown { .. }) if global.profile.is_none() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether the environment says who is speaking.
fn environment_speaks() -> bool {
    is_set("FH_API_KEY") || is_set("FH_API_SECRET")
}

/// The fields that the profile in use lets documents have, for commands that ask nothing of the service and work without a profile.
pub(crate) fn allowed_by_profile(global: &Global, output: &Output) -> Vec<String> {
    let chosen = global.profile.as_deref();
    let Ok(path) = profile::path() else { return Vec::new() };
    if global.sandbox || (chosen.is_none() && environment_speaks()) || !path.exists() {
        return Vec::new();
    }
    match profile::read(&path, chosen.unwrap_or(DEFAULT_PROFILE)) {
        Ok(profile) => profile.allow_fields,
        // Its name may stand for a lane alone.
        Err(ProfileError::Unknown { .. }) => Vec::new(),
        Err(error) => {
            output.remark(&format!("no fields are allowed by a profile: {error}"));
            Vec::new()
        }
    }
}

/// The name that the profile in use gives to this machine; what stands in the way of reading it is said by whoever needs the rest of it.
pub(crate) fn machine_of_profile(global: &Global) -> Option<String> {
    if global.sandbox || (global.profile.is_none() && environment_speaks()) {
        return None;
    }
    let path = profile::path().ok().filter(|path| path.exists())?;
    let name = global.profile.as_deref().unwrap_or(DEFAULT_PROFILE);
    profile::read(&path, name).ok()?.machine_id
}

/// What the variables say.
fn of_environment() -> Result<Profile, Failure> {
    Ok(Profile {
        api_key: variable("FH_API_KEY")?,
        api_secret: variable("FH_API_SECRET")?.map(Zeroizing::new),
        application: variable("FH_APPLICATION")?,
        station: variable("FH_STATION")?,
        app_version: variable("FH_APP_VERSION")?,
        base_url: variable("FH_BASE_URL")?,
        // The machine is named by FH_MACHINE_ID, which belongs to the place of the outbox.
        ..Profile::default()
    })
}

/// A profile named on the command line wins over the environment as a whole, the environment wins over the profile
/// `default`. The two are never mixed: half of one till and half of another would sign as neither.
fn settings(chosen: Option<&str>, output: &Output) -> Result<Settings, Failure> {
    if chosen.is_none() && environment_speaks() {
        return Ok(Settings {
            profile: of_environment()?,
            place: "the environment".to_owned(),
            from_environment: true,
        });
    }
    let path = profile::path().map_err(|error| Failure::usage(error.to_string()))?;
    if chosen.is_none() && !path.exists() {
        return Err(Failure::usage(format!(
            "there are no credentials: set FH_API_KEY, FH_API_SECRET, FH_APPLICATION and FH_STATION, or write a [{DEFAULT_PROFILE}] \
             profile into {} (then chmod 600), or try the simulator with --sandbox",
            path.display()
        )));
    }
    let name = chosen.unwrap_or(DEFAULT_PROFILE);
    let profile = profile::read(&path, name).map_err(|error| Failure::usage(error.to_string()))?;
    let ignored: Vec<_> = VARIABLES.into_iter().filter(|name| is_set(name)).collect();
    if !ignored.is_empty() {
        output.remark(&format!(
            "profile {name:?} is used; not looked at: {}",
            ignored.join(", ")
        ));
    }
    Ok(Settings {
        profile,
        place: format!("profile {name:?} of {}", path.display()),
        from_environment: false,
    })
}

/// What the settings say, for who looks at them instead of using them: nothing is refused, and nothing is remarked.
pub(crate) fn looked_at(global: &Global, version: &str) -> Patient {
    let chosen = global.profile.as_deref();
    let ignored = |profile: bool| -> Vec<String> {
        let set = VARIABLES.into_iter().filter(|name| profile && is_set(name));
        set.map(str::to_owned).collect()
    };
    if chosen.is_none() && environment_speaks() {
        let said = of_environment().map(said).map_err(|failure| failure.message);
        return Patient::new(version, Source::Environment, said);
    }
    let path = match profile::path() {
        Ok(path) if chosen.is_some() || path.exists() => path,
        path => {
            let said = Err("nothing says who this till is".to_owned());
            return Patient::new(version, Source::Nowhere { path: path.ok() }, said);
        }
    };
    let name = chosen.unwrap_or(DEFAULT_PROFILE);
    let read = |name: &str| profile::read(&path, name).map(said).map_err(|error| error.to_string());
    let source = Source::Profile {
        path: path.clone(),
        name: name.to_owned(),
    };
    let mut patient = Patient::new(version, source, read(name));
    patient.ignored = ignored(true);
    let names = profile::names(&path).unwrap_or_default();
    let others = names.iter().filter(|other| *other != name);
    patient.others = others.map(|other| Other::new(other, read(other))).collect();
    patient
}

fn said(profile: Profile) -> Said {
    let mut said = Said::default();
    said.api_key = profile.api_key;
    said.api_secret = profile.api_secret;
    said.previous_api_secret = profile.previous_api_secret;
    said.application = profile.application;
    said.station = profile.station;
    said.app_version = profile.app_version;
    said.base_url = profile.base_url;
    said.unchecked_format = profile.unchecked_format;
    said
}

fn client(settings: &Settings) -> Result<(Client, ApiKey, Vec<ApiSecret>), Failure> {
    let Settings {
        profile,
        place,
        from_environment,
    } = settings;
    let wrong = |error: &dyn std::fmt::Display| Failure::usage(format!("{place}: {error}"));
    let missing = |key: &str| {
        let name = if *from_environment {
            format!("FH_{}", key.to_ascii_uppercase())
        } else {
            key.to_owned()
        };
        Failure::usage(format!("{place}: {name} is missing"))
    };
    let key = profile.api_key.as_deref().ok_or_else(|| missing("api_key"))?;
    let secret = profile.api_secret.as_deref().ok_or_else(|| missing("api_secret"))?;
    let credentials = if profile.unchecked_format {
        Credentials::unchecked_format(key, secret)
    } else {
        Credentials::new(key, secret)
    }
    .map_err(|error| wrong(&error))?;
    let api_key = credentials.key().clone();
    let mut secrets = vec![credentials.secret().clone()];
    if let Some(previous) = profile.previous_api_secret.as_deref() {
        let previous = if profile.unchecked_format {
            ApiSecret::unchecked_format(previous)
        } else {
            ApiSecret::new(previous)
        };
        secrets.push(previous.map_err(|error| wrong(&error))?);
    }
    let application = profile.application.as_deref().ok_or_else(|| missing("application"))?;
    let station = profile.station.as_deref().ok_or_else(|| missing("station"))?;
    let version = profile.app_version.as_deref().unwrap_or(env!("CARGO_PKG_VERSION"));
    let identity = Identity::new(
        Application::new(application).map_err(|error| wrong(&error))?,
        Station::new(station).map_err(|error| wrong(&error))?,
        AppVersion::new(version).map_err(|error| wrong(&error))?,
    );
    let environment = match profile.base_url.as_deref() {
        None | Some("production") => Environment::Production,
        Some("test") => Environment::Test,
        Some(url) => Environment::Custom(url.to_owned()),
    };
    Client::builder()
        .environment(environment)
        .credentials(credentials)
        .identity(identity)
        .build()
        .map(|client| (client, api_key, secrets))
        .map_err(|error| wrong(&error))
}
