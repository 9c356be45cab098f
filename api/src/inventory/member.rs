//! Who may write: anybody with an account.

use axum::{extract::FromRequestParts, http::request::Parts};
use commands::Request;
use schema::{Role, UserId};

use super::Failure;
use crate::{App, caller::Caller, hindered::Hindered};

/// Somebody who is logged in, looked at before what they send.
pub(crate) struct Member {
    pub(crate) user: UserId,
    pub(crate) role: Role,
    pub(crate) request: Request,
}

impl FromRequestParts<App> for Member {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        match Caller::from_request_parts(parts, app).await {
            Ok(Caller::Known { user, role, request }) => Ok(Self { user, role, request: *request }),
            Ok(Caller::Absent | Caller::Invalid) => Err(Failure::Unauthorized),
            Ok(Caller::Inactive) => Err(Failure::FORBIDDEN),
            Ok(Caller::Unknown) => {
                Err(Hindered::by("State of the session is unknown, try again").into())
            }
            Err(never) => match never {},
        }
    }
}
