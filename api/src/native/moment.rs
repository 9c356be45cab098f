//! Of which moment a read is.

use std::collections::HashMap;

use axum::{
    extract::{FromRequestParts, Query},
    http::request::Parts,
};

use super::{
    cursor,
    problem::{Kind, Problem},
};
use crate::App;

/// The read models have reached `?min_position=`, where it was sent.
pub(crate) struct Moment;

impl FromRequestParts<App> for Moment {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let query = parameters(parts, app).await?;
        if let Some(text) = query.get("min_position") {
            reach(app, cursor::read(app, text)?).await?;
        }
        Ok(Self)
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
