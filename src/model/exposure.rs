//! Who may read a file.

use serde::{Deserialize, Serialize};

/// Who may read a file, by its permissions. Ordered from the fewest to the most.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Exposure {
    /// Its owner alone.
    Owner,
    /// Its group too.
    Group,
    /// Every user of the system.
    Everyone,
}

impl Exposure {
    /// `owner`, `group` or `everyone`.
    pub fn id(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Group => "group",
            Self::Everyone => "everyone",
        }
    }
}
