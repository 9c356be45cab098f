//! Who may call what.

use axum::http::StatusCode;
use commands::Request;
use schema::{Role, UserId};

use crate::{
    caller::Caller,
    fastapi::{Failure, known},
};

pub(super) const INACTIVE: Failure = Failure::INACTIVE;
pub(super) const NO_SUCH_USER: Failure = Failure::sentence(StatusCode::NOT_FOUND, "User not found");
pub(super) const NOT_VALIDATED: Failure = Failure::Unauthorized("Could not validate credentials");
const NO_PRIVILEGES: Failure =
    Failure::sentence(StatusCode::FORBIDDEN, "The user doesn't have enough privileges");

/// The caller, if they are an administrator.
pub(super) fn administrator(caller: Caller) -> Result<(UserId, Request), Failure> {
    match caller {
        Caller::Known { role: Role::User | Role::Auditor, .. } => Err(NO_PRIVILEGES),
        Caller::Known { role: Role::Admin, .. }
        | Caller::Absent
        | Caller::Invalid
        | Caller::Inactive
        | Caller::Unknown => known(caller),
    }
}
