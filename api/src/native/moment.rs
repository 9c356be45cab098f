//! Of which moment a read is.

use std::collections::HashMap;

use axum::{
    extract::{FromRequestParts, Query},
    http::request::Parts,
};
use chrono::{DateTime, Utc};
use projections::MomentsQuery;
use schema::Cursor;
use utoipa::IntoParams;

use super::{
    cursor,
    problem::{Kind, Problem},
};
use crate::App;

/// The moment that an answer is to be of: now, once the read models have reached `?min_position=`,
/// or the one that `?as_of=` names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    /// The place of the log as of which the answer is wanted; none for now.
    pub(crate) as_of: Option<u64>,
}

/// The parameters that a [`Moment`] is read from.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "described here, and read by hand")]
pub(crate) struct AsOf {
    /// As of when: a time after RFC 3339, or a cursor such as `Registre-Position`.
    #[param(example = "2026-03-14T12:00:00Z")]
    as_of: Option<String>,
    /// Answer once the read models have reached this cursor.
    min_position: Option<String>,
}

impl Moment {
    /// What the answer is of, where the read models stand at `position`.
    pub(crate) fn position(self, position: u64) -> u64 {
        self.as_of.unwrap_or(position)
    }
}

impl FromRequestParts<App> for Moment {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let query = parameters(parts, app).await?;
        if let Some(text) = query.get("min_position") {
            reach(app, cursor::read(app, text)?).await?;
        }
        let as_of = match query.get("as_of") {
            None => None,
            Some(text) => Some(past(app, text).await?),
        };
        Ok(Self { as_of })
    }
}

/// The parameters of the query string.
pub(crate) async fn parameters(
    parts: &mut Parts,
    app: &App,
) -> Result<HashMap<String, String>, Problem> {
    let query = Query::from_request_parts(parts, app).await;
    query.map(|Query(query)| query).map_err(|_| Problem::of(Kind::BadQuery))
}

/// The place that `text` names, a cursor or a time, once the read models have reached it.
async fn past(app: &App, text: &str) -> Result<u64, Problem> {
    let position = match DateTime::parse_from_rfc3339(text) {
        Ok(at) => written_by(app, at.to_utc()).await?,
        Err(_) if text.parse::<Cursor>().is_err() => {
            return Err(Problem::new(Kind::BadCursor, "neither a cursor nor a time"));
        }
        Err(_) => cursor::of_fact(app, text).await?.0,
    };
    reach(app, position).await?;
    Ok(position)
}

/// The last place up to which nothing was written after `at`.
async fn written_by(app: &App, at: DateTime<Utc>) -> Result<u64, Problem> {
    let known = app.pool.written_by(app.log_id, at).await?;
    Ok(app.commands.written_by(at, known).await?)
}

/// Waits, bounded, until the read models have reached `position`.
async fn reach(app: &App, position: u64) -> Result<(), Problem> {
    if app.progress.reached(position).await {
        return Ok(());
    }
    let head = app.commands.head().await?;
    if head.is_none_or(|head| position > head.0) {
        return Err(Problem::of(Kind::BadCursor));
    }
    Err(Problem::new(Kind::Unavailable, "the read models have not come so far"))
}
