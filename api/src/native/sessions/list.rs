//! `GET /api/v1/sessions`

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use chrono::DateTime;
use commands::session::Told;
use futures::{StreamExt, TryStreamExt, stream};
use projections::{Begun, SessionsQuery};
use schema::{
    SessionId,
    caps::{SESSION_LIFETIME, SESSIONS_READ_AT_ONCE},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    App,
    native::{
        Problem,
        caller::Member,
        moment::{AsOf, Moment},
        page::{Items, Page},
    },
    times::rfc3339,
};

/// A session that is open in one's name.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OpenSession)]
pub(crate) struct Shown {
    #[schema(value_type = String, example = "01990000-0000-4000-8000-000000000001")]
    id: SessionId,
    /// Whether it is the one that asks.
    current: bool,
    #[schema(example = "2026-03-14T12:00:00.000000Z")]
    created_at: String,
    /// To a quarter of an hour.
    #[schema(example = "2026-03-14T12:00:00.000000Z")]
    last_seen_at: String,
    /// From where it was in use then.
    #[schema(example = "203.0.113.7")]
    ip: Option<String>,
    #[schema(example = "curl/8.10.1")]
    user_agent: Option<String>,
}

/// See what is open in your name
///
/// Sessions that live. A page may hold fewer than were asked for where some are over.
#[utoipa::path(
    get, path = "/api/v1/sessions", operation_id = "own_sessions",
    security(("bearer" = [])),
    params(Page, AsOf),
    responses((status = 200, body = Items<Shown>))
)]
pub(crate) async fn handler(
    State(app): State<App>,
    member: Member,
    moment: Moment,
    page: Page,
) -> Result<Response, Problem> {
    let since = match moment.as_of {
        None => member.request.at - SESSION_LIFETIME,
        Some(_) => DateTime::UNIX_EPOCH,
    };
    let read = app.pool.sessions(member.user, since, page.slice(), moment.as_of).await?;
    let number = |begun: &Begun| begun.position.cast_signed();
    let begun = page.items(&app, read.value, number, |begun| *begun);
    let ids: Vec<SessionId> = begun.iter().map(|begun| begun.id).collect();
    let told: Vec<Option<Told>> = stream::iter(ids)
        .map(|session| app.commands.session_told(session, moment.as_of))
        .buffered(SESSIONS_READ_AT_ONCE)
        .try_collect()
        .await?;
    let shown = told.into_iter().flatten().map(|told| shown(told, member.request.credential));
    let items = begun.with(shown.collect());
    Ok((app.read_at(moment.position(read.position)), Json(items)).into_response())
}

fn shown(told: Told, current: Option<SessionId>) -> Shown {
    Shown {
        id: told.session,
        current: current == Some(told.session),
        created_at: rfc3339(told.began),
        last_seen_at: rfc3339(told.seen),
        ip: told.origin.ip,
        user_agent: told.origin.user_agent,
    }
}
