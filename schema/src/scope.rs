//! What an API key opens.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What an API key opens. Stored, and shown to administrators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Scope {
    /// An account for an address, and the address of an account.
    #[serde(rename = "directory")]
    Directory,
    /// The whole history.
    #[serde(rename = "audit:read")]
    AuditRead,
    /// Notifications, as they come.
    #[serde(rename = "stream:read")]
    StreamRead,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Directory, Self::AuditRead, Self::StreamRead];

    /// Its stored name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Directory => "directory",
            Self::AuditRead => "audit:read",
            Self::StreamRead => "stream:read",
        }
    }

    /// The scope of that stored name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == name)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Scope;

    #[test]
    fn a_scope_has_one_name_everywhere() {
        for scope in Scope::ALL {
            assert_eq!(serde_json::to_value(scope).unwrap(), scope.as_str());
            assert_eq!(Scope::parse(scope.as_str()), Some(scope));
        }
        assert_eq!(Scope::parse("everything"), None);
    }
}
