//! `POST /auth/logout`

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use commands::session::LogOut;
use serde::Serialize;
use utoipa::ToSchema;

use super::shared::{Refused, Shared};
use crate::{
    App,
    caller::Caller,
    fastapi::{Failure, known},
    hindered::from_execution,
};

/// That something was done.
#[derive(Serialize, ToSchema)]
pub(crate) struct Done {
    #[schema(example = "Déconnexion réussie")]
    pub(crate) message: &'static str,
}

/// Log out
///
/// Ends the session of the bearer. A bearer that proves nothing has nothing left to end, and hears
/// the same: a client that logs out twice has logged out.
#[utoipa::path(
    post, path = "/auth/logout", operation_id = "log_out",
    security(("bearer" = [])),
    responses(
        (status = 200, body = Done),
        (status = 401, body = Refused, description = "There is no bearer token"),
    )
)]
pub(crate) async fn handler(State(app): State<App>, caller: Caller) -> Result<Response, Shared> {
    let done = Json(Done { message: "Déconnexion réussie" });
    let request = match caller {
        Caller::Known { user: _, role: _, request } => *request,
        Caller::Invalid | Caller::Inactive => return Ok(done.into_response()),
        Caller::Unknown | Caller::Absent => known(caller)?.1,
    };
    let Some(session) = request.credential else { return Ok(done.into_response()) };
    let ended = app.commands.log_out(&LogOut { session }, &request).await;
    let ended =
        ended.map_err(|error| from_execution(error, |never| -> Failure { match never {} }))?;
    app.sessions.doubt(session);
    match ended {
        Some(position) => Ok((app.written(position).await, done).into_response()),
        None => Ok(done.into_response()),
    }
}
