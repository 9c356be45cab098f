//! `GET` and `POST /api/v1/api-keys`, `DELETE /api/v1/api-keys/{id}`

use std::collections::BTreeSet;

use axum::{
    Json,
    extract::{Path, State, rejection::PathRejection},
    http::{StatusCode, header::LOCATION},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use commands::apikey::{IssueApiKey, IssueApiKeyRejected, RevokeApiKey, RevokeApiKeyRejected};
use projections::{ApiKey, ApiKeysQuery};
use schema::{ApiKeyId, Cursor, Line, Scope};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    caller::Administrator,
    moment::{AsOf, Moment},
    page::{Items, Page},
    problem::{Problem, Wrong, from_execution},
    sent::{Bare, Headers, Order, etag},
};
use crate::{App, times::rfc3339};

/// A key, as administrators see it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ApiKey)]
pub(crate) struct Shown {
    #[schema(value_type = String, example = "01990000-0000-4000-8000-000000000009")]
    id: Uuid,
    /// What it is for.
    #[schema(example = "Mailing list")]
    name: String,
    #[schema(example = json!(["directory"]))]
    scopes: Vec<&'static str>,
    /// How its text begins.
    #[schema(example = "registre_01990000000040008000000000000009_")]
    prefix: String,
    #[schema(example = "2026-03-14T12:00:00.000000Z")]
    created_at: String,
    /// When it opens nothing any more; null for never.
    #[schema(example = "2027-03-14T12:00:00.000000Z")]
    expires_at: Option<String>,
    /// When it was last used, to the quarter of an hour.
    #[schema(example = "2026-03-14T12:15:00.000000Z")]
    last_seen_at: Option<String>,
    /// Since when it opens nothing, because an administrator said so.
    #[schema(example = "2026-06-21T12:00:00.000000Z")]
    revoked_at: Option<String>,
    /// The first fact of its stream that this is without, because it could not be applied; left out
    /// where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "01990000-0000-4000-8000-000000000000-41")]
    stale_since: Option<Cursor>,
    /// Its text, which is told once, to whoever issues it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "registre_01990000000040008000000000000009_…")]
    key: Option<String>,
}

/// A key to come.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described here, and read field by field")]
struct NewApiKey {
    #[schema(example = "Mailing list")]
    name: String,
    /// Some of `directory`, `audit:read` and `stream:read`.
    #[schema(example = json!(["directory"]))]
    scopes: Vec<String>,
    /// When it is to open nothing any more; never, without it.
    #[schema(example = "2099-03-14T12:00:00Z")]
    expires_at: Option<String>,
}

/// See the API keys
#[utoipa::path(
    get, path = "/api/v1/api-keys", operation_id = "list_api_keys",
    security(("bearer" = [])),
    params(Page, AsOf),
    responses((status = 200, body = Items<Shown>))
)]
pub(crate) async fn list(
    State(app): State<App>,
    _administrator: Administrator,
    moment: Moment,
    page: Page,
) -> Result<Response, Problem> {
    let read = app.pool.api_keys(page.slice(), moment.as_of).await?;
    let items = page.items(&app, read.value, |key| key.number, |key| shown(&app, key));
    Ok((app.read_at(moment.position(read.position)), Json(items)).into_response())
}

/// Issue an API key
///
/// Its text is told once.
#[utoipa::path(
    post, path = "/api/v1/api-keys", operation_id = "issue_api_key",
    security(("bearer" = [])),
    params(Headers),
    request_body = NewApiKey,
    responses((status = 201, body = Shown, headers(("ETag" = String), ("Location" = String))))
)]
pub(crate) async fn issue(
    State(app): State<App>,
    Administrator(member): Administrator,
    Order { mut fields, envelope }: Order,
) -> Result<Response, Problem> {
    let name = fields.text("name", Line::parse);
    let scopes = fields.texts("scopes", |name| {
        Scope::parse(name).ok_or("the scope is not one of directory, audit:read, stream:read")
    });
    let expires_at = fields.optional("expires_at", |fields, name| {
        fields.text(name, |text| {
            DateTime::parse_from_rfc3339(text).map(|at| at.to_utc()).map_err(|_| "no RFC 3339 time")
        })
    });
    let (name, scopes) = fields.finish(name.zip(scopes))?;
    let scopes: BTreeSet<Scope> = scopes.into_iter().collect();
    let command = IssueApiKey { name, scopes, expires_at };
    let request = envelope.accept(&app, member.request, None).await?;
    let issued = app.commands.issue_api_key(&command, &request).await;
    let issued = issued.map_err(|error| from_execution(error, not_issued))?;
    let row = ApiKey {
        number: 0,
        id: issued.key,
        name: command.name.as_str().to_owned(),
        scopes: command.scopes,
        created_at: issued.at,
        expires_at: command.expires_at,
        last_seen_at: None,
        revoked_at: None,
        stale_since: None,
    };
    let body = Shown { key: Some(issued.text.to_string()), ..shown(&app, &row) };
    let place = [(LOCATION, format!("/api/v1/api-keys/{}", issued.key))];
    let told = app.written(issued.position).await;
    Ok((StatusCode::CREATED, place, etag(0), told, Json(body)).into_response())
}

/// Revoke an API key
///
/// What it opened is closed at once.
#[utoipa::path(
    delete, path = "/api/v1/api-keys/{key_id}", operation_id = "revoke_api_key",
    security(("bearer" = [])),
    params(("key_id" = String, Path, example = "01990000-0000-4000-8000-000000000009"), Headers),
    responses((status = 204, description = "It opens nothing any more"))
)]
pub(crate) async fn revoke(
    State(app): State<App>,
    Administrator(member): Administrator,
    id: Result<Path<Uuid>, PathRejection>,
    Bare(envelope): Bare,
) -> Result<Response, Problem> {
    let Path(id) = id.map_err(|_| Problem::NOT_FOUND)?;
    let command = RevokeApiKey { key: ApiKeyId(id) };
    let request = envelope.accept(&app, member.request, None).await?;
    let revoked = app.commands.revoke_api_key(&command, &request).await;
    let position = revoked.map_err(|error| {
        from_execution(error, |rejected| match rejected {
            RevokeApiKeyRejected::NoSuchKey => Problem::NOT_FOUND,
        })
    })?;
    Ok((StatusCode::NO_CONTENT, app.written(position).await).into_response())
}

fn not_issued(rejected: IssueApiKeyRejected) -> Problem {
    let (pointer, detail) = match rejected {
        IssueApiKeyRejected::NoScope => ("#/scopes", "the key would open nothing"),
        IssueApiKeyRejected::Expired => ("#/expires_at", "the key would have expired already"),
    };
    let (pointer, detail) = (pointer.to_owned(), detail.to_owned());
    Problem::invalid(vec![Wrong { pointer, code: "value", detail }])
}

fn shown(app: &App, key: &ApiKey) -> Shown {
    let at = |at: Option<DateTime<Utc>>| at.map(rfc3339);
    Shown {
        id: key.id.0,
        name: key.name.clone(),
        scopes: key.scopes.iter().map(|scope| scope.as_str()).collect(),
        prefix: commands::apikey::prefix(key.id),
        created_at: rfc3339(key.created_at),
        expires_at: at(key.expires_at),
        last_seen_at: at(key.last_seen_at),
        revoked_at: at(key.revoked_at),
        stale_since: app.stale(key.stale_since),
        key: None,
    }
}
