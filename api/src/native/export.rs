//! `GET /api/v1/people/me/export`, `GET /api/v1/users/me/export`
//!
//! Everything that is held about the caller: their account, and each fact that they have a part in.

use axum::{
    body::{Body, Bytes},
    extract::State,
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use commands::About;
use futures::{Stream, StreamExt, TryStreamExt, stream};
use projections::{AboutQuery, Chain, UsersQuery};
use schema::{StreamName, UserId, caps::EXPORT_STREAMS_AT_ONCE};
use serde_json::{Value, json};
use tracing::warn;

use super::{
    caller::Member,
    moment::Moment,
    people::shown::Shown,
    problem::{Kind, Problem},
};
use crate::{App, times::rfc3339};

/// Why the answer breaks off: one that ends early must not look like a whole one.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error(transparent)]
    Log(#[from] commands::LogFailure),
    #[error(transparent)]
    Postgres(#[from] projections::DatabaseError),
}

/// Take everything that is held about you with you
///
/// Your account, and each fact that you have a part in. An answer that breaks off is not whole.
#[utoipa::path(
    get, path = "/api/v1/people/me/export", operation_id = "export",
    security(("bearer" = [])),
    responses((status = 200, body = serde_json::Value, description = "One object",
            headers(("Content-Disposition" = String)),
            example = json!({
                "exported_at": "2026-03-14T12:00:00.000000Z",
                "person": { "id": 7, "username": "ada", "email": "ada@example.com" },
                "facts": [{ "type": "user-registered.v1", "stream": "user-7", "revision": 0 }],
            })))
)]
pub(crate) async fn handler(
    State(app): State<App>,
    member: Member,
    _moment: Moment,
) -> Result<Response, Problem> {
    let read = app.pool.user(member.user).await?;
    let user = read.value.ok_or(Problem::new(Kind::Unavailable, "the account is not projected"))?;
    let own = app.commands.about(&StreamName::User(user.id).to_string(), user.id).await?;
    let person = json!({
        "exported_at": rfc3339(member.request.at),
        "person": Shown::row(&app, &user, &member),
    });
    let head = person.to_string();
    // The object goes on with the facts.
    let head = format!("{},\"facts\":[{}", &head[..head.len() - 1], list(&app, &own));

    let rest = rest(app.clone(), user.id);
    let whole = stream::once(async { Ok(Bytes::from(head)) })
        .chain(rest)
        .chain(stream::once(async { Ok::<_, Broken>(Bytes::from_static(b"]}")) }))
        .inspect_err(|error| warn!(error = %Chain(error), "an export broke off"));
    let told = app.read_at(read.position);
    let kind = [
        (CONTENT_TYPE, "application/json"),
        (CONTENT_DISPOSITION, "attachment; filename=\"registre-export.json\""),
    ];
    Ok((told, kind, Body::from_stream(whole)).into_response())
}

/// The facts of every stream that `user` has a part in, besides their account: some streams at a
/// time are in memory.
fn rest(app: App, user: UserId) -> impl Stream<Item = Result<Bytes, Broken>> + Send {
    let pool = app.pool.clone();
    let pages = stream::try_unfold(String::new(), move |after| {
        let pool = pool.clone();
        async move {
            let names = pool.streams_about(user, &after).await?;
            let last = names.last().cloned();
            Ok::<_, Broken>(last.map(|last| (stream::iter(names).map(Ok), last)))
        }
    });
    let facts = pages.try_flatten().map_ok(move |name| {
        let app = app.clone();
        async move {
            let about = app.commands.about(&name, user).await?;
            Ok::<_, Broken>(match about.as_slice() {
                [] => Bytes::new(),
                about => Bytes::from(format!(",{}", list(&app, about))),
            })
        }
    });
    facts.try_buffered(EXPORT_STREAMS_AT_ONCE)
}

/// Facts with commas between them.
fn list(app: &App, facts: &[About]) -> String {
    let facts: Vec<String> = facts.iter().map(|fact| shown(app, fact).to_string()).collect();
    facts.join(",")
}

fn shown(app: &App, about: &About) -> Value {
    let About { stored, data, origin } = about;
    json!({
        "position": app.cursor(stored.position.0),
        "stream": stored.stream,
        "revision": stored.revision.0,
        "type": stored.kind,
        "written_at": rfc3339(stored.created),
        "data": data,
        "origin": origin,
    })
}
