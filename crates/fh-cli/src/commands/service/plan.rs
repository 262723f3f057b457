//! What is registered: worked out apart from the service manager, so that it can be looked at anywhere.

use std::{
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
};

use crate::global::Global;

/// The name that it has for the service manager, and in the event log.
pub(super) const NAME: &str = "fh-agent";

/// A service, as it is to be registered.
pub(super) struct Plan {
    pub(super) name: String,
    /// What the program is started with.
    pub(super) arguments: Vec<OsString>,
    /// The folder for profiles, outbox, token and marks.
    pub(super) folder: PathBuf,
    /// Its environment, beside the machine's.
    pub(super) environment: Vec<String>,
    /// An account that Windows makes for this service alone. It has no password and no rights but those that it is given.
    pub(super) account: String,
}

impl Plan {
    pub(super) fn new(name: &str, above: &Path, global: &Global, serve: &[OsString]) -> Self {
        // Where the program looks for its settings and keeps its state, as `Environment=` of the unit for systemd.
        let environment = ["APPDATA", "LOCALAPPDATA"].map(|variable| format!("{variable}={}", above.display()));
        Self {
            name: name.to_owned(),
            arguments: arguments(name, global, serve),
            folder: above.join("fiscal-harmony"),
            environment: environment.into(),
            account: format!("NT SERVICE\\{name}"),
        }
    }

    /// What is still to be done, in the order in which it is done.
    pub(super) fn what_next(&self) -> String {
        let (name, folder) = (&self.name, self.folder.display());
        let above = self.folder.parent().unwrap_or(&self.folder).display();
        let named = if name == NAME {
            String::new()
        } else {
            format!(" --name {name}")
        };
        format!(
            "The service {name} is registered. It starts with the machine.\n\n\
             1. Put the profile into {folder}\\profiles.toml.\n\
             2. Start it: fh service start{named}\n\
             3. Give the tills the token of {folder}\\agent-token, and open the page: http://127.0.0.1:8490/, where nothing behind -- says otherwise.\n\n\
             What it says is in the event log: Get-EventLog -LogName Application -Source {name}\n\
             Look into its outbox, as an administrator: $env:LOCALAPPDATA = '{above}'; fh queue ls\n"
        )
    }
}

/// What the program is started with by the service manager: `fh serve`, and the service's name.
pub(super) fn arguments(name: &str, global: &Global, serve: &[OsString]) -> Vec<OsString> {
    let mut words: Vec<OsString> = Vec::new();
    if let Some(profile) = &global.profile {
        words.extend(["--profile".into(), profile.into()]);
    }
    if global.sandbox {
        words.push("--sandbox".into());
    }
    words.extend([OsStr::new("serve-as-service"), OsStr::new("--name"), OsStr::new(name)].map(OsStr::to_owned));
    words.extend(serve.iter().cloned());
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::Format;

    #[test]
    fn a_service_serves_its_profile_from_a_folder_of_its_own() {
        let global = Global {
            profile: Some("till-1".to_owned()),
            sandbox: false,
            output: Format::Human,
        };
        let plan = Plan::new(
            "fh-agent",
            Path::new("data"),
            &global,
            &["--with".into(), "till-2".into()],
        );
        let words: Vec<_> = plan.arguments.iter().map(|word| word.to_string_lossy()).collect();
        assert_eq!(
            words.join(" "),
            "--profile till-1 serve-as-service --name fh-agent --with till-2"
        );
        assert_eq!(plan.environment, ["APPDATA=data", "LOCALAPPDATA=data"]);
        assert_eq!(plan.account, "NT SERVICE\\fh-agent");
        assert!(plan.what_next().contains("fh service start\n"), "{}", plan.what_next());
        let other = Plan::new("fh-2", Path::new("data"), &global, &[]);
        assert!(other.what_next().contains("fh service start --name fh-2\n"));
    }
}
