//! Who asks, and what they say for it.

use std::collections::HashMap;

use axum::{
    extract::{FromRequestParts, RawQuery},
    http::request::Parts,
};
use commands::{QueryAudit, Request};
use schema::{Line, Role, UserId, caps::AUDIT_QUERY_CHARS_MAX};
use tokio::time::Instant;

use super::super::{
    caller::Member,
    page::wrong,
    problem::{Kind, Problem, from_execution},
};
use crate::{App, limits::RetryAfter};

/// Somebody who may see the whole history.
pub(crate) struct Auditor(Member);

/// Somebody who may see the whole history, and has written down that they ask.
pub(crate) struct Inspector {
    /// The parameters of the query string.
    pub(super) query: HashMap<String, String>,
    /// Whether personal data is shown.
    pub(super) opened: bool,
}

impl FromRequestParts<App> for Auditor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        Member::from_request_parts(parts, app).await?.at_least(Role::Auditor).map(Self)
    }
}

impl FromRequestParts<App> for Inspector {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Auditor(member) = Auditor::from_request_parts(parts, app).await?;
        let Ok(RawQuery(raw)) = RawQuery::from_request_parts(parts, app).await;
        let query: HashMap<String, String> =
            serde_urlencoded::from_str(raw.as_deref().unwrap_or_default())
                .map_err(|_| Problem::of(Kind::BadQuery))?;
        let purpose = match query.get("purpose") {
            Some(purpose) => Some(Line::parse(purpose).map_err(|error| {
                let detail = format!("the purpose is no line: {error}");
                wrong("purpose", &detail)
            })?),
            None => None,
        };
        app.audit.turns.take(member.user, Instant::now()).map_err(RetryAfter::from)?;
        let opened = purpose.is_some();
        let asked = asked(parts, &query);
        note(app, member.user, asked, purpose, &member.request).await?;
        Ok(Self { query, opened })
    }
}

/// What is asked, without the purpose, which has a place of its own.
fn asked(parts: &Parts, query: &HashMap<String, String>) -> String {
    let path = parts.uri.path();
    let path = path.rsplit_once("/audit/").map_or(path, |(_, below)| below);
    let mut named: Vec<_> = query.iter().filter(|(name, _)| *name != "purpose").collect();
    named.sort_unstable();
    let named = serde_urlencoded::to_string(named).unwrap_or_default();
    let separator = if named.is_empty() { "" } else { "?" };
    format!("{path}{separator}{named}").chars().take(AUDIT_QUERY_CHARS_MAX).collect()
}

async fn note(
    app: &App,
    actor: UserId,
    query: String,
    purpose: Option<Line>,
    request: &Request,
) -> Result<(), Problem> {
    let command = QueryAudit { actor, query, purpose };
    let noted = app.commands.query_audit(&command, request).await;
    noted.map(|_| ()).map_err(|error| from_execution(error, |never| match never {}))
}
