//! `GET /api/v1/audit/facts`

use axum::{
    body::{Body, Bytes},
    extract::State,
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use eventlog::{Direction, Fact, Position, ReadError};
use futures::stream;
use projections::{Chain, merkle::leaf_of};
use schema::caps::LOG_PAGE;
use tracing::debug;
use vault::VaultError;

use super::{
    super::{page::wrong, problem::Problem},
    filters::{Filters, Verdict},
    inspector::Inspector,
    shown::{Form, shown},
};
use crate::App;

/// Why the rest is not told. The answer breaks off, so that nobody takes it for whole.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error("log could not be read")]
    Log(#[from] ReadError),
    #[error("fact could not be opened")]
    Vault(#[from] VaultError),
}

/// Reads the log page by page, as fast as the client takes what it gives.
struct Reading {
    app: App,
    filters: Filters,
    form: Form,
    /// Everything up to here has been looked at.
    read: Option<Position>,
    begun: bool,
    /// Where the log ended when it was asked.
    end: Option<Position>,
    latest: DateTime<Utc>,
    told: usize,
    over: bool,
}

/// Look into the history
///
/// One `CloudEvent` per line, in the order of the log, up to where it ends when it is asked.
#[utoipa::path(
    get, path = "/api/v1/audit/facts", operation_id = "audit_facts",
    params(
        ("stream" = Option<String>, Query, description = "A stream, or its beginning and `*`"),
        ("subject" = Option<String>, Query, description = "The same"),
        ("type" = Option<String>, Query, description = "With or without its version"),
        ("actor" = Option<i64>, Query, description = "Who acted"),
        ("correlation" = Option<String>, Query, description = "Of which request"),
        ("from" = Option<String>, Query, description = "A cursor or a time, inclusive"),
        ("until" = Option<String>, Query, description = "A cursor or a time, inclusive"),
        ("after" = Option<String>, Query, description = "The cursor of the last line that was read"),
        ("limit" = Option<u64>, Query, description = "So many at the most"),
        ("purpose" = Option<String>, Query,
            description = "Why personal data has to be shown. Without it, it is sealed"),
        ("form" = Option<String>, Query,
            description = "`stored`: the sealed facts byte for byte, to be verified"),
    ),
    responses(
        (status = 200, description = "A line for each", body = String,
            content_type = "application/x-ndjson",
            example = "{\"specversion\":\"1.0\",\"type\":\"message-read.v1\"}\n"),
        (status = 429, description = "Too many questions; see Retry-After"),
    ),
    security(("bearer" = []), ("api_key" = []))
)]
pub(crate) async fn handler(
    State(app): State<App>,
    inspector: Inspector,
) -> Result<Response, Problem> {
    let filters = Filters::parse(&app, &inspector.query).await?;
    let form = match inspector.query.get("form").map(String::as_str) {
        Some("stored") => Form::Stored,
        Some(_) => return Err(wrong("form", "there is no other form than stored")),
        None if inspector.opened => Form::Opened,
        None => Form::Sealed,
    };
    let end = app.hub.log().head().await.map_err(commands::LogFailure::from)?;
    let read_at = app.read_at(end.map_or(0, |end| end.0));
    let reading = Reading {
        read: filters.begin(),
        app,
        filters,
        form,
        begun: false,
        end,
        latest: DateTime::<Utc>::MIN_UTC,
        told: 0,
        over: false,
    };
    let lines = stream::unfold(reading, async |mut reading| {
        let lines = reading.next().await?;
        if let Err(broken) = &lines {
            debug!(error = %Chain(broken), "an answer to an auditor broke off");
        }
        Some((lines, reading))
    });
    let kind = [(CONTENT_TYPE, "application/x-ndjson")];
    Ok((kind, read_at, Body::from_stream(lines)).into_response())
}

impl Reading {
    /// The lines of the next page that has any.
    async fn next(&mut self) -> Option<Result<Bytes, Broken>> {
        while !self.over {
            match self.page().await {
                Ok(lines) if lines.is_empty() => {}
                Ok(lines) => return Some(Ok(lines.into())),
                Err(broken) => {
                    self.over = true;
                    return Some(Err(broken));
                }
            }
        }
        None
    }

    async fn page(&mut self) -> Result<Vec<u8>, Broken> {
        let log = self.app.hub.log().clone();
        let filter = self.filters.of_log();
        let page = log.read_all(filter, self.read, Direction::Forwards, LOG_PAGE).await?;
        self.over = page.len() < LOG_PAGE;
        let mut lines = Vec::new();
        let before = self.read.filter(|_| self.begun);
        self.begun = true;
        for fact in &page {
            // A read from a position brings the fact at that position once more.
            if before.is_some_and(|before| fact.position <= before) {
                continue;
            }
            if Some(fact.position) > self.end || !self.take(fact, &mut lines).await? {
                self.over = true;
                break;
            }
            self.read = Some(fact.position);
        }
        Ok(lines)
    }

    /// Writes `fact`, if it is asked for; `false` when nothing is from here on.
    async fn take(&mut self, fact: &Fact, lines: &mut Vec<u8>) -> Result<bool, Broken> {
        self.latest = self.latest.max(fact.created);
        match self.filters.judge(fact, self.latest) {
            Verdict::Over => return Ok(false),
            Verdict::Skipped => return Ok(true),
            // What is not sealed into the tree cannot be verified, and keys are not given away.
            Verdict::Shown if self.form == Form::Stored && leaf_of(fact).is_none() => {
                return Ok(true);
            }
            Verdict::Shown => {}
        }
        if self.filters.limit.is_some_and(|limit| self.told >= limit) {
            return Ok(false);
        }
        self.told += 1;
        let event = shown(&self.app, fact, self.form).await?;
        lines.extend(event.to_string().into_bytes());
        lines.push(b'\n');
        Ok(true)
    }
}
