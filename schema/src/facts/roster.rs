//! Facts about who the active administrators are, all in `roster-admins`.

use serde::{Deserialize, Serialize};

use crate::UserId;

/// Body of [`super::RosterFact::AdminAdded`], appended after the fact that makes an active
/// administrator.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AdminAdded {
    /// Who.
    pub user: UserId,
    /// The revision of `user-<id>` at which they were one. At or below that of a removal this
    /// addition does not count.
    pub revision: u64,
}

/// Body of [`super::RosterFact::AdminRemoved`], appended before the fact that makes somebody an
/// active administrator no more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AdminRemoved {
    /// Who.
    pub user: UserId,
    /// The revision of `user-<id>` at which the ending fact is going to be appended.
    pub revision: u64,
}
