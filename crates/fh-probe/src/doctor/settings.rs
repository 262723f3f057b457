//! Who this till is: the profile file, the key and the secret, the names.

use std::path::Path;

use fh_auth::{ApiKey, ApiSecret, Application, CredentialError, Station};

use super::{
    check::Found,
    patient::{Said, Source},
    sight::{FileSight, Sight},
};

/// A file, and who may read it.
pub(super) fn file_sight(path: &Path) -> FileSight {
    let metadata = std::fs::metadata(path);
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.and_then(|folder| std::fs::metadata(folder).ok());
    FileSight {
        path: path.to_owned(),
        bytes: metadata.as_ref().map_or(0, std::fs::Metadata::len),
        mode: metadata
            .map(|metadata| mode(&metadata))
            .map_err(|error| error.to_string()),
        folder_mode: folder.and_then(|folder| mode(&folder)),
    }
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere there is none")]
fn mode(metadata: &std::fs::Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    Some(metadata.permissions().mode() & 0o7777)
}

#[cfg(not(unix))]
fn mode(_: &std::fs::Metadata) -> Option<u32> {
    None
}

impl FileSight {
    /// What is wrong with who may read it, in words.
    pub(super) fn is_open(&self) -> Option<String> {
        let shown = self.path.display();
        match &self.mode {
            Ok(Some(mode)) if mode & 0o077 != 0 => Some(format!(
                "others on this machine may read or change {shown} (mode {mode:04o})"
            )),
            _ => None,
        }
    }

    /// Whether others may put another file in its place.
    pub(super) fn may_be_replaced(&self) -> Option<String> {
        // The sticky bit keeps others from it.
        let mode = self
            .folder_mode
            .filter(|mode| mode & 0o022 != 0 && mode & 0o1000 == 0)?;
        let folder = self.path.parent()?;
        Some(format!(
            "others on this machine may put another file in the place of {} (its folder {} has mode {mode:04o})",
            self.path.display(),
            folder.display()
        ))
    }
}

/// What the settings say, or why a check of them is skipped.
fn said(sight: &Sight) -> Result<&Said, Found> {
    let said = sight.settings.said.as_ref();
    said.map_err(|_| Found::skip("the settings cannot be read".to_owned()))
}

pub(super) fn profile_file(sight: &Sight) -> Found {
    let file = match (&sight.settings.source, &sight.settings.file) {
        (Source::Sandbox, _) => return Found::skip("the sandbox needs no settings".to_owned()),
        (Source::Environment, _) => return Found::skip("the settings come from the environment".to_owned()),
        (Source::Nowhere { path }, _) => {
            let place = path
                .as_ref()
                .map_or_else(String::new, |path| format!(" into {}", path.display()));
            return Found::fail("nothing says who this till is: neither the environment nor a profile file".to_owned())
                .remedy(format!("Write a [default] profile{place} and make it private (chmod 600), or set FH_API_KEY and the others."));
        }
        (Source::Profile { .. }, None) => return Found::skip("the profile file was not looked at".to_owned()),
        (Source::Profile { .. }, Some(file)) => file,
    };
    let shown = file.path.display();
    if let Err(why) = &file.mode {
        return Found::fail(format!("{shown} cannot be looked at: {why}")).remedy(format!(
            "Write the profile file {shown}, or name another one in FH_PROFILES."
        ));
    }
    if let Some(open) = file.is_open() {
        return Found::fail(open).remedy(format!("Run: chmod 600 {shown}"));
    }
    match file.may_be_replaced() {
        Some(open) => Found::warn(open).remedy(format!(
            "Run: chmod go-w {}",
            file.path.parent().unwrap_or(&file.path).display()
        )),
        None => Found::pass(format!("{shown} is private")),
    }
}

pub(super) fn profile_content(sight: &Sight) -> Found {
    match (&sight.settings.source, &sight.settings.said) {
        (Source::Nowhere { .. }, _) => Found::skip("there is nothing to read".to_owned()),
        (_, Err(why)) => Found::fail(why.clone()),
        (Source::Profile { name, .. }, Ok(_)) => Found::pass(format!("the profile {name:?} can be read")),
        (_, Ok(_)) => Found::pass("the settings can be read".to_owned()),
    }
}

pub(super) fn one_source(sight: &Sight) -> Found {
    let ignored = &sight.settings.ignored;
    if ignored.is_empty() {
        return Found::pass("the settings come from one place".to_owned());
    }
    Found::warn(format!(
        "set in the environment and not looked at: {}",
        ignored.join(", ")
    ))
}

/// What is wrong with a key or secret, and what to do about it.
fn format(error: CredentialError) -> Found {
    // The error says both; the first sentence is what is wrong.
    let text = error.to_string();
    match error {
        CredentialError::Extra { what, odd } => Found::fail(format!("the API {what} {odd}")).remedy(format!(
            "Take that away: the rest is a whole {what}, and need not be rotated."
        )),
        _ => Found::fail(text),
    }
}

pub(super) fn key(sight: &Sight) -> Found {
    let said = match said(sight) {
        Ok(said) => said,
        Err(found) => return found,
    };
    let Some(key) = said.api_key.as_deref() else {
        return Found::fail("the API key is missing".to_owned());
    };
    match ApiKey::new(key) {
        Ok(_) => Found::pass("the API key has the known form".to_owned()),
        Err(CredentialError::Extra { what, odd }) => format(CredentialError::Extra { what, odd }),
        Err(_) if said.unchecked_format => {
            Found::warn("the API key has not the known form, and unchecked_format lets it pass".to_owned())
                .remedy("Take unchecked_format out of the profile if the key was only pasted wrongly.")
        }
        Err(error) => format(error),
    }
}

pub(super) fn secret(sight: &Sight) -> Found {
    let said = match said(sight) {
        Ok(said) => said,
        Err(found) => return found,
    };
    let Some(secret) = said.api_secret.as_deref() else {
        return Found::fail("the API secret is missing".to_owned());
    };
    match ApiSecret::new(secret) {
        Ok(_) => Found::pass("the API secret has the known form".to_owned()),
        Err(CredentialError::Extra { what, odd }) => format(CredentialError::Extra { what, odd }),
        Err(_) if said.unchecked_format => {
            Found::warn("the API secret has not the known form, and unchecked_format lets it pass".to_owned())
                .remedy("Take unchecked_format out of the profile if the secret was only pasted wrongly.")
        }
        Err(error) => format(error),
    }
}

pub(super) fn previous_secret(sight: &Sight) -> Found {
    let said = match said(sight) {
        Ok(said) => said,
        Err(found) => return found,
    };
    let Some(previous) = said.previous_api_secret.as_deref() else {
        return Found::skip("there is no previous secret".to_owned());
    };
    if said.api_secret.as_deref() == Some(previous) {
        return Found::warn("previous_api_secret is the same as api_secret".to_owned());
    }
    match ApiSecret::new(previous) {
        Err(error) if !said.unchecked_format => format(error),
        _ => Found::pass("webhooks may still be signed with the previous secret".to_owned()),
    }
}

pub(super) fn application(sight: &Sight) -> Found {
    let said = match said(sight) {
        Ok(said) => said,
        Err(found) => return found,
    };
    match said.application.as_deref().map(Application::new) {
        None => Found::fail("the application is missing".to_owned()),
        Some(Err(error)) => Found::fail(error.to_string()),
        Some(Ok(name)) => Found::pass(format!("the application is {:?}", name.as_str())),
    }
}

pub(super) fn station(sight: &Sight) -> Found {
    let said = match said(sight) {
        Ok(said) => said,
        Err(found) => return found,
    };
    match said.station.as_deref().map(Station::new) {
        None => Found::fail("the station is missing".to_owned()),
        Some(Err(error)) => Found::fail(error.to_string()),
        Some(Ok(name)) => Found::pass(format!("the station is {:?}", name.as_str())),
    }
}

/// The names of the other profiles of which something holds.
fn others(sight: &Sight, holds: impl Fn(&Said) -> bool) -> Vec<&str> {
    let others = sight.settings.others.iter();
    others
        .filter(|other| other.said.as_ref().is_ok_and(&holds))
        .map(|other| other.name.as_str())
        .collect()
}

pub(super) fn station_is_unique(sight: &Sight) -> Found {
    let said = match said(sight) {
        Ok(said) => said,
        Err(found) => return found,
    };
    let (Some(station), Source::Profile { .. }) = (said.station.as_deref(), &sight.settings.source) else {
        return Found::skip("there are no other profiles to compare with".to_owned());
    };
    let same = others(sight, |other| other.station.as_deref() == Some(station));
    if same.is_empty() {
        Found::pass(format!("no other profile is the station {station:?}"))
    } else {
        Found::warn(format!("the station {station:?} is also that of {}", same.join(", ")))
    }
}

pub(super) fn key_is_unique(sight: &Sight) -> Found {
    let said = match said(sight) {
        Ok(said) => said,
        Err(found) => return found,
    };
    let (Some(key), Source::Profile { .. }) = (said.api_key.as_deref(), &sight.settings.source) else {
        return Found::skip("there are no other profiles to compare with".to_owned());
    };
    let same = others(sight, |other| other.api_key.as_deref() == Some(key));
    if same.is_empty() {
        Found::pass("no other profile has this API key".to_owned())
    } else {
        Found::warn(format!(
            "the API key is also that of {}, so that one device has several lanes",
            same.join(", ")
        ))
    }
}

pub(super) fn base_url(sight: &Sight) -> Found {
    let said = match said(sight) {
        Ok(said) => said,
        Err(found) => return found,
    };
    // Key, secret and names have checks of their own; what else stands in the way of a client is its address.
    let Err(why) = &sight.settings.client else {
        return Found::pass(format!(
            "the address is {}",
            said.base_url.as_deref().unwrap_or("production")
        ));
    };
    if sight.network.is_none() || why.contains("base URL") || why.contains("unencrypted") || why.contains("TLS") {
        Found::fail(why.clone())
    } else {
        Found::pass(format!(
            "the address is {}",
            said.base_url.as_deref().unwrap_or("production")
        ))
    }
}
