//! Who is sent alarms: flags over the profile.

use fh_auth::ApiSecret;
use zeroize::Zeroizing;

use super::{
    command::Command,
    post::{Post, SECRET_VARIABLE},
    to::To,
};
use crate::exit::Failure;

/// Who is sent alarms.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct AlarmFlags {
    /// Run this command once for each alarm, through the shell: the alarm is a line of JSON on its standard input, and FH_ALARM_KIND,
    /// FH_ALARM_GRAVITY, FH_ALARM_LANE, FH_ALARM_DOCUMENT and FH_ALARM_MESSAGE are set. Also the key on_alarm of a profile.
    #[arg(long, value_name = "COMMAND")]
    on_alarm: Option<String>,
    /// Post each alarm once as JSON to this address, signed in X-Api-Signature as the service signs its webhooks, with alarm_secret of
    /// the profile or FH_ALARM_SECRET. Also the key alarm_url of a profile.
    #[arg(long, value_name = "URL")]
    alarm_url: Option<String>,
}

/// The same, with what the profile says.
#[derive(Default)]
pub(crate) struct AlarmSettings {
    pub(crate) on_alarm: Option<String>,
    pub(crate) alarm_url: Option<String>,
    pub(crate) alarm_secret: Option<Zeroizing<String>>,
}

impl AlarmSettings {
    /// The flags over these.
    pub(crate) fn with(mut self, flags: &AlarmFlags) -> Self {
        self.on_alarm = flags.on_alarm.clone().or(self.on_alarm);
        self.alarm_url = flags.alarm_url.clone().or(self.alarm_url);
        self
    }

    pub(super) fn recipients(self) -> Result<Vec<To>, Failure> {
        let mut to = Vec::new();
        if let Some(command) = self.on_alarm {
            if command.trim().is_empty() {
                return Err(Failure::usage(
                    "--on-alarm: give the command that is to be run for each alarm",
                ));
            }
            to.push(To::Command(Command(command)));
        }
        if let Some(url) = self.alarm_url {
            let in_environment = || std::env::var(SECRET_VARIABLE).ok().map(Zeroizing::new);
            let secret = self
                .alarm_secret
                .or_else(in_environment)
                .filter(|secret| !secret.is_empty());
            let secret = secret.ok_or_else(|| {
                Failure::usage(format!(
                    "--alarm-url: alarms are signed, so that whoever receives them knows whom they are from; put a secret of your own, such as \
                     what `openssl rand -base64 32` prints, into alarm_secret of the profile or into {SECRET_VARIABLE}"
                ))
            })?;
            let secret = ApiSecret::unchecked_format(&secret)
                .map_err(|error| Failure::usage(format!("alarm_secret: {error}")))?;
            let post = Post::new(&url, secret).map_err(|why| Failure::usage(format!("--alarm-url: {why}")))?;
            to.push(To::Post(post));
        }
        Ok(to)
    }
}
