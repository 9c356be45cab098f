//! Who may call what.

use std::convert::Infallible;

use axum::http::StatusCode;
use commands::{ExecuteError, LogFailure, Request, session::Standing};
use schema::{Role, UserId};

use crate::{
    App,
    caller::Caller,
    community::{Failure, from_execution, known},
};

pub(super) const INACTIVE: Failure = Failure::INACTIVE;
pub(super) const NO_SUCH_USER: Failure = Failure::sentence(StatusCode::NOT_FOUND, "User not found");
pub(super) const NOT_VALIDATED: Failure = Failure::Unauthorized("Could not validate credentials");
const NO_PRIVILEGES: Failure =
    Failure::sentence(StatusCode::FORBIDDEN, "The user doesn't have enough privileges");

/// Somebody whose session lives.
pub(super) struct Member {
    pub(super) user: UserId,
    pub(super) role: Role,
    pub(super) request: Request,
}

impl Member {
    /// The caller, as the log knows them now: what they may do may have changed since they logged in.
    pub(super) async fn of(app: &App, caller: Caller) -> Result<Self, Failure> {
        let (_, request) = known(caller)?;
        let Some(session) = request.credential else { return Err(NOT_VALIDATED) };
        match app.commands.session_standing(session).await.map_err(from_log)? {
            Standing::Living(living) => Ok(Self { user: living.user, role: living.role, request }),
            Standing::Inactive => Err(INACTIVE),
            Standing::Over => Err(NOT_VALIDATED),
        }
    }

    /// The caller, if they are an administrator.
    pub(super) async fn administrator(app: &App, caller: Caller) -> Result<Self, Failure> {
        let member = Self::of(app, caller).await?;
        match member.role {
            Role::Admin => Ok(member),
            Role::User | Role::Auditor => Err(NO_PRIVILEGES),
        }
    }
}

fn from_log(failure: LogFailure) -> Failure {
    from_execution(ExecuteError::<Infallible>::Log(failure), |never| match never {})
}
