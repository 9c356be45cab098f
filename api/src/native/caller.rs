//! Who may call what.

use axum::{extract::FromRequestParts, http::request::Parts};
use commands::Request;
use schema::{Role, UserId};
use tracing::info;

use super::problem::{Kind, Problem};
use crate::{App, caller::Caller};

/// Somebody whose session lives, whichever façade gave them their token.
pub(crate) struct Member {
    pub(crate) user: UserId,
    pub(crate) role: Role,
    pub(crate) request: Request,
}

/// The same, if they may change other accounts.
pub(crate) struct Administrator(pub(crate) Member);

/// The same, if they may make and change what is in the service: auditors look at it, and at their own
/// account alone (promises, check 42).
pub(crate) struct Author(pub(crate) Member);

impl FromRequestParts<App> for Author {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let member = Member::from_request_parts(parts, app).await?;
        match member.role {
            Role::User | Role::Admin => Ok(Self(member)),
            Role::Auditor => {
                info!(user = member.user.0, role = member.role.as_str(), "access was denied");
                Err(Problem::new(Kind::Forbidden, "auditors change nothing"))
            }
        }
    }
}

impl FromRequestParts<App> for Member {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        match Caller::from_request_parts(parts, app).await {
            Ok(Caller::Known { user, role, request }) => Ok(Self { user, role, request: *request }),
            Ok(Caller::Absent) => Err(Problem::new(Kind::Unauthorized, "send a bearer token")),
            Ok(Caller::Invalid) => {
                Err(Problem::new(Kind::Unauthorized, "the token proves nothing, or no more"))
            }
            Ok(Caller::Inactive) => Err(Problem::new(Kind::Forbidden, "the account is closed")),
            Ok(Caller::Unknown) => {
                Err(Problem::new(Kind::Unavailable, "the state of the session is unknown"))
            }
            Err(never) => match never {},
        }
    }
}

impl FromRequestParts<App> for Administrator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        Member::from_request_parts(parts, app).await?.at_least(Role::Admin).map(Self)
    }
}

impl Member {
    /// The same, if their role is `needed` or more. Whoever watches the service is told that somebody
    /// tried more than they may.
    pub(crate) fn at_least(self, needed: Role) -> Result<Self, Problem> {
        if self.role >= needed {
            return Ok(self);
        }
        let (user, role, needed) = (self.user.0, self.role.as_str(), needed.as_str());
        info!(user, role, needed, "access was denied");
        Err(Problem::new(Kind::Forbidden, format!("it takes the role {needed}")))
    }
}
