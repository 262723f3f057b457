//! The token that everyone who asks must show.

use std::{
    fs::OpenOptions,
    io::{self, Write},
    path::{Path, PathBuf},
};

use fh_auth::{
    ApiSecret, CredentialError, PrivateFileError, make_private_folder, open_private, read_private_file, signature,
    verify,
};
use zeroize::Zeroizing;

/// A token has at least so many characters; ours have 64.
const SHORTEST: usize = 32;

/// The token of an agent, as something that can be compared with and not shown.
pub struct Token {
    /// Of this process alone. What is presented is compared by its digest under it, so that neither time nor memory tell anything.
    key: ApiSecret,
    digest: String,
    session: String,
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// Its file cannot be read, or others can read it.
    #[error("{0}")]
    File(#[from] PrivateFileError),
    /// There was no file, and none can be made.
    #[error("the token file {} cannot be made: {source}; name another place for it", path.display())]
    Make {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It could be guessed.
    #[error("the token in {} has under {SHORTEST} characters; delete the file, and a good one is made", path.display())]
    Short {
        /// Which file.
        path: PathBuf,
    },
    /// No token can be made here.
    #[error("this system gives no random numbers: {0}")]
    Random(io::Error),
    /// It holds what cannot be a secret.
    #[error("{0}")]
    Key(#[from] CredentialError),
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

impl Token {
    /// Reads the token of a file that must be private, and makes it on the first run, with the folders above it, for its owner alone.
    /// Says whether it was made.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or made, others can read it, or what is in it is too short to be a token.
    pub fn of_file(path: impl AsRef<Path>) -> Result<(Self, bool), TokenError> {
        let path = path.as_ref();
        let made = make(path)?;
        let text = read_private_file(path)?;
        let token = text.trim();
        if token.len() < SHORTEST {
            return Err(TokenError::Short { path: path.to_owned() });
        }
        Ok((Self::new(token)?, made))
    }

    fn new(token: &str) -> Result<Self, TokenError> {
        let key = ApiSecret::unchecked_format(&random()?)?;
        let of_token = ApiSecret::unchecked_format(token)?;
        Ok(Self {
            digest: signature(&key, token.as_bytes()),
            // The same after a restart, so that a page that is open goes on.
            session: signature(&of_token, b"the page of the agent"),
            key,
        })
    }

    /// Whether this is the token. It takes the same time whatever is presented.
    pub(crate) fn is(&self, presented: &str) -> bool {
        verify(presented.as_bytes(), &self.digest, std::slice::from_ref(&self.key)).is_ok()
    }

    /// What the page's cookie holds in place of the token.
    pub(crate) fn session(&self) -> &str {
        &self.session
    }

    /// Whether this is the session.
    pub(crate) fn is_session(&self, presented: &str) -> bool {
        let digest = signature(&self.key, self.session.as_bytes());
        verify(presented.as_bytes(), &digest, std::slice::from_ref(&self.key)).is_ok()
    }
}

/// Makes the file if there is none, in whole or not at all.
fn make(path: &Path) -> Result<bool, TokenError> {
    if path.exists() {
        return Ok(false);
    }
    let failed = |source| TokenError::Make {
        path: path.to_owned(),
        source,
    };
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        make_private_folder(folder).map_err(failed)?;
    }
    let token = random()?;
    let mut file = open_private(OpenOptions::new().write(true).create_new(true), path).map_err(failed)?;
    file.write_all(token.as_bytes())
        .and_then(|()| file.write_all(b"\n"))
        .and_then(|()| file.sync_all())
        .map_err(failed)?;
    Ok(true)
}

fn random() -> Result<Zeroizing<String>, TokenError> {
    let mut bytes = Zeroizing::new([0_u8; 32]);
    getrandom::fill(bytes.as_mut_slice()).map_err(|error| TokenError::Random(error.into()))?;
    let digits = |byte: &u8| [byte >> 4, byte & 15].map(|digit| char::from_digit(u32::from(digit), 16).unwrap_or('0'));
    Ok(Zeroizing::new(bytes.iter().flat_map(digits).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_made_once_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep").join("token");
        let (token, made) = Token::of_file(&path).unwrap();
        assert!(made);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(token.is(text.trim()) && text.trim().len() == 64);
        let (again, made) = Token::of_file(&path).unwrap();
        assert!(!made && again.is(text.trim()));
        assert!(again.is_session(token.session()) && !again.is_session(text.trim()));
        for wrong in ["", &text.trim()[..63], &text.trim().to_uppercase(), again.session()] {
            assert!(!token.is(wrong), "{wrong}");
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(&path), 0o600);
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
            let Err(error) = Token::of_file(&path) else {
                panic!("taken")
            };
            assert!(error.to_string().contains("chmod 600"), "{error}");
        }
    }

    #[test]
    fn a_short_token_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, "letmein\n").unwrap();
        #[cfg(unix)]
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        let Err(error) = Token::of_file(&path) else {
            panic!("taken")
        };
        assert!(
            !error.to_string().contains("letmein") && error.to_string().contains("delete"),
            "{error}"
        );
    }
}
