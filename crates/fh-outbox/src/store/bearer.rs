//! Who brings news, and of which documents it may tell: what is signed with the secret of one till settles no document of another.

use serde::{Deserialize, Serialize};

/// Of which lanes news may tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Bearer {
    /// Of all: it was asked for.
    All,
    /// Of these alone.
    Only(Vec<String>),
    /// Of all but these.
    AllBut(Vec<String>),
}

impl Bearer {
    pub(super) fn may_tell_of(&self, lane: &str) -> bool {
        let is_named = |lanes: &[String]| lanes.iter().any(|known| known == lane);
        match self {
            Self::All => true,
            Self::Only(lanes) => is_named(lanes),
            Self::AllBut(lanes) => !is_named(lanes),
        }
    }

    /// As it is kept beside the news.
    pub(super) fn written(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// As it was kept; what an earlier version kept tells of no lane.
    pub(super) fn read(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or(Self::All)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_of_a_bearer_is_what_it_was() {
        let lanes = || vec!["till 1".to_owned(), "till \"2\"".to_owned()];
        for bearer in [Bearer::All, Bearer::Only(lanes()), Bearer::AllBut(lanes())] {
            assert_eq!(Bearer::read(&bearer.written()), bearer);
        }
        assert_eq!(Bearer::read("webhook"), Bearer::All, "as version 3 kept it");
        assert!(Bearer::Only(lanes()).may_tell_of("till 1") && !Bearer::Only(lanes()).may_tell_of("till 3"));
        assert!(!Bearer::AllBut(lanes()).may_tell_of("till 1") && Bearer::AllBut(lanes()).may_tell_of("till 3"));
    }
}
