//! `GET /api/v1/people`, `GET /api/v1/people/{id}`

use axum::{
    Json,
    extract::{FromRequestParts, State},
    http::request::Parts,
    response::{IntoResponse, Response},
};
use projections::UsersQuery;
use schema::UserId;

use super::shown::Shown;
use crate::{
    App,
    native::{
        Problem,
        caller::Member,
        moment::{Moment, parameters},
        page::Page,
        path::Id,
        sent::etag,
    },
};

/// What has to stand in the name; nothing stands in every name.
pub(crate) struct Search(String);

impl FromRequestParts<App> for Search {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        Ok(Self(parameters(parts, app).await?.remove("q").unwrap_or_default()))
    }
}

pub(crate) async fn all(
    State(app): State<App>,
    member: Member,
    moment: Moment,
    page: Page,
    Search(text): Search,
) -> Result<Response, Problem> {
    let read = app.pool.people(&text, page.slice(), moment.as_of).await?;
    let items = page.items(&app, read.value, |user| user.id.0, |user| Shown::row(user, &member));
    Ok((app.read_at(moment.position(read.position)), Json(items)).into_response())
}

pub(crate) async fn one(
    State(app): State<App>,
    member: Member,
    Id(id): Id,
    moment: Moment,
) -> Result<Response, Problem> {
    let read = app.pool.person(UserId(id), moment.as_of).await?;
    let user = read.value.ok_or(Problem::NOT_FOUND)?;
    let told = (app.read_at(moment.position(read.position)), etag(user.revision));
    Ok((told, Json(Shown::row(&user, &member))).into_response())
}
