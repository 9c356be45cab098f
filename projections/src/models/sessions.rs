//! `sessions.v1`: who has logged in when, and until when.

mod query;

use chrono::{DateTime, Utc};
use schema::{SessionEnded, UserLoggedIn};
use tokio_postgres::{Client, Statement};
use uuid::Uuid;

pub use query::{Begun, SessionsQuery};

use super::Write;

const INSERT: &str = "
    INSERT INTO sessions (id, user_id, created_at, since)
    SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::timestamptz[], $4::bigint[])";

const END: &str = "
    WITH change AS (
        SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::bigint[])
            AS c (id, ended_at, end_reason, since)
    ), superseded AS (
        INSERT INTO sessions_history
            (id, user_id, created_at, ended_at, end_reason, since, until)
        SELECT s.id, s.user_id, s.created_at, s.ended_at, s.end_reason, s.since, c.since
        FROM change c JOIN sessions s ON s.id = c.id
    )
    UPDATE sessions s SET ended_at = c.ended_at, end_reason = c.end_reason, since = c.since
    FROM change c WHERE s.id = c.id";

pub(super) struct Statements {
    insert: Statement,
    end: Statement,
}

impl Statements {
    pub(super) async fn prepare(client: &Client) -> Result<Self, tokio_postgres::Error> {
        Ok(Self { insert: client.prepare(INSERT).await?, end: client.prepare(END).await? })
    }
}

#[derive(Debug, Default)]
pub(super) struct Rows {
    began: Began,
    ended: Ended,
}

#[derive(Debug, Default)]
struct Began {
    id: Vec<Uuid>,
    user_id: Vec<i64>,
    created_at: Vec<DateTime<Utc>>,
    since: Vec<i64>,
}

#[derive(Debug, Default)]
struct Ended {
    id: Vec<Uuid>,
    at: Vec<DateTime<Utc>>,
    reason: Vec<&'static str>,
    since: Vec<i64>,
}

impl Rows {
    pub(super) fn began(&mut self, since: i64, fact: &UserLoggedIn) {
        self.began.id.push(fact.session.0);
        self.began.user_id.push(fact.user.0);
        self.began.created_at.push(fact.at);
        self.began.since.push(since);
    }

    pub(super) fn ended(&mut self, since: i64, fact: &SessionEnded) -> bool {
        if self.ended.id.contains(&fact.session.0) {
            return false;
        }
        self.ended.id.push(fact.session.0);
        self.ended.at.push(fact.at);
        self.ended.reason.push(fact.reason.as_str());
        self.ended.since.push(since);
        true
    }

    pub(super) fn inserts<'a>(&'a self, statements: &'a Statements) -> Option<Write<'a>> {
        let Began { id, user_id, created_at, since } = &self.began;
        (!id.is_empty()).then(|| Write {
            statement: &statements.insert,
            values: vec![id, user_id, created_at, since],
        })
    }

    pub(super) fn changed<'a>(&'a self, statements: &'a Statements) -> Option<Write<'a>> {
        let Ended { id, at, reason, since } = &self.ended;
        (!id.is_empty())
            .then(|| Write { statement: &statements.end, values: vec![id, at, reason, since] })
    }
}
