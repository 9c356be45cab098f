//! `GET /api/v1/people`, `GET /api/v1/people/{id}`

use axum::{
    Json,
    extract::{FromRequestParts, State},
    http::request::Parts,
    response::{IntoResponse, Response},
};
use projections::UsersQuery;
use schema::UserId;
use utoipa::IntoParams;

use super::shown::Shown;
use crate::{
    App,
    native::{
        Problem,
        caller::Member,
        moment::{AsOf, Moment, parameters},
        page::{Items, Page},
        path::Id,
        sent::etag,
    },
};

/// What has to stand in the name; nothing stands in every name.
#[derive(IntoParams)]
#[into_params(names("q"), parameter_in = Query)]
pub(crate) struct Search(#[param(value_type = Option<String>, example = "ada")] String);

impl FromRequestParts<App> for Search {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        Ok(Self(parameters(parts, app).await?.remove("q").unwrap_or_default()))
    }
}

/// See who is there
///
/// Addresses and phone numbers are shown to oneself and to administrators.
#[utoipa::path(
    get, path = "/api/v1/people", operation_id = "list_people",
    security(("bearer" = [])),
    params(Search, Page, AsOf),
    responses((status = 200, body = Items<Shown>))
)]
pub(crate) async fn all(
    State(app): State<App>,
    member: Member,
    moment: Moment,
    page: Page,
    Search(text): Search,
) -> Result<Response, Problem> {
    let read = app.pool.people(&text, page.slice(), moment.as_of).await?;
    let items =
        page.items(&app, read.value, |user| user.id.0, |user| Shown::row(&app, user, &member));
    Ok((app.read_at(moment.position(read.position)), Json(items)).into_response())
}

/// See one person
#[utoipa::path(
    get, path = "/api/v1/people/{person_id}", operation_id = "person",
    security(("bearer" = [])),
    params(("person_id" = i64, Path, example = 7), AsOf),
    responses((status = 200, body = Shown, headers(("ETag" = String))))
)]
pub(crate) async fn one(
    State(app): State<App>,
    member: Member,
    Id(id): Id,
    moment: Moment,
) -> Result<Response, Problem> {
    let read = app.pool.person(UserId(id), moment.as_of).await?;
    let user = read.value.ok_or(Problem::NOT_FOUND)?;
    let told = (app.read_at(moment.position(read.position)), etag(user.revision));
    Ok((told, Json(Shown::row(&app, &user, &member))).into_response())
}
