//! Lists that published clients read without a token, and that a configuration may close.

use std::str::FromStr;

/// A list, with what is seen of each entry by its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenList {
    /// Community's people: `/users/`.
    Users,
    /// Community's calendar: `/events/`.
    Events,
    /// Inventory's people: `/user`.
    User,
    /// Inventory's machines: `/vm`.
    Vm,
}

/// Why a word names no [`OpenList`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there are the lists users, events, user and vm")]
pub struct OpenListError;

impl FromStr for OpenList {
    type Err = OpenListError;

    fn from_str(name: &str) -> Result<Self, OpenListError> {
        match name {
            "users" => Ok(Self::Users),
            "events" => Ok(Self::Events),
            "user" => Ok(Self::User),
            "vm" => Ok(Self::Vm),
            _ => Err(OpenListError),
        }
    }
}
