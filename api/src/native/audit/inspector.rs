//! Who asks, and what they say for it.

use std::collections::HashMap;

use axum::{
    extract::{FromRequestParts, RawQuery},
    http::request::Parts,
};
use commands::{Inquirer, QueryAudit, Request};
use schema::{Line, Role, Scope, caps::AUDIT_QUERY_CHARS_MAX};
use tokio::time::Instant;

use super::super::{
    caller::Member,
    page::wrong,
    problem::{Kind, Problem, from_execution},
    program::{Key, key_sent, open},
};
use crate::{App, limits::RetryAfter, origin::request_of};

/// Whoever may see the whole history: somebody, by their role, or a program, by its key.
pub(crate) struct Auditor {
    by: Inquirer,
    request: Request,
}

/// Whoever may see the whole history, and has written down that they ask.
pub(crate) struct Inspector {
    /// The parameters of the query string.
    pub(super) query: HashMap<String, String>,
    /// Whether personal data is shown.
    pub(super) opened: bool,
}

impl FromRequestParts<App> for Auditor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        if let Some(sent) = key_sent(parts) {
            let request = request_of(parts);
            return match open(app, sent, Scope::AuditRead, &request).await? {
                Key::Opens(holder) => {
                    Ok(Self { by: Inquirer::Key(holder.key), request: request.by_key(holder.key) })
                }
                Key::ForOther => {
                    Err(Problem::new(Kind::Forbidden, "the key is not for audit:read"))
                }
                Key::Invalid => {
                    Err(Problem::new(Kind::Unauthorized, "the key proves nothing, or no more"))
                }
            };
        }
        let member = Member::from_request_parts(parts, app).await?.at_least(Role::Auditor)?;
        Ok(Self { by: Inquirer::Person(member.user), request: member.request })
    }
}

impl FromRequestParts<App> for Inspector {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Auditor { by, request } = Auditor::from_request_parts(parts, app).await?;
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
        app.audit.turns.take(by, Instant::now()).map_err(RetryAfter::from)?;
        let opened = purpose.is_some();
        let command = QueryAudit { by, query: asked(parts, &query), purpose };
        let noted = app.commands.query_audit(&command, &request).await;
        noted.map_err(|error| from_execution(error, |never| match never {}))?;
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
