//! What can be asked about facts that could not be applied.

use std::future::Future;

use tokio_postgres::Row;

use crate::{DatabaseError, Pool, Read, checkpoint::READ_MODELS, database::rows, models::position};

/// A stream whose facts wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantined {
    /// Which.
    pub stream: String,
    /// The place of the first fact that was not applied.
    pub since: u64,
    /// That fact's type.
    pub kind: String,
    /// Why it could not be applied.
    pub reason: String,
    /// How many facts wait, itself included.
    pub facts: i64,
    /// Whether somebody has asked that they be tried again, and they were not yet.
    pub retry: bool,
}

/// How much could not be applied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Facts.
    pub facts: i64,
    /// The streams that they belong to.
    pub streams: i64,
}

/// What can be asked about facts that could not be applied.
pub trait LeftOutQuery {
    /// How many there are. The read models are without them; what other streams say is there.
    fn left_out(&self) -> impl Future<Output = Result<Read<LeftOut>, DatabaseError>> + Send;
    /// The streams whose facts wait, up to `limit` of them, longest first.
    fn quarantined(
        &self,
        limit: i64,
    ) -> impl Future<Output = Result<Read<Vec<Quarantined>>, DatabaseError>> + Send;
    /// That of the name `stream`, if its facts wait.
    fn quarantined_stream(
        &self,
        stream: &str,
    ) -> impl Future<Output = Result<Read<Option<Quarantined>>, DatabaseError>> + Send;
    /// Asks whoever projects to try `stream` again. `false` when none of its facts waits.
    fn retry(&self, stream: &str) -> impl Future<Output = Result<bool, DatabaseError>> + Send;
}

/// All of them, or the one that is named.
const QUARANTINED: &str = "
    SELECT coalesce(c.position, 0), q.stream, q.since, l.kind, l.reason, q.facts, q.retry
    FROM checkpoints c LEFT JOIN (
        SELECT stream, min(position) AS since, count(*) AS facts, bool_or(retry) AS retry
        FROM left_out WHERE $3::text IS NULL OR stream = $3
        GROUP BY stream ORDER BY since LIMIT $2
    ) q ON true
    LEFT JOIN left_out l ON l.position = q.since
    WHERE c.name = $1 ORDER BY q.since";

impl LeftOutQuery for Pool {
    async fn left_out(&self) -> Result<Read<LeftOut>, DatabaseError> {
        let sql = "SELECT coalesce(c.position, 0), l.facts, l.streams
                   FROM checkpoints c, (
                       SELECT count(*) AS facts, count(DISTINCT stream) AS streams FROM left_out
                   ) l WHERE c.name = $1";
        let rows = rows(self, sql, &[&READ_MODELS]).await?;
        let counted = |row: &Row| LeftOut { facts: row.get(1), streams: row.get(2) };
        let value = rows.first().map(counted).unwrap_or_default();
        Ok(Read { value, position: position(rows.first()) })
    }

    async fn quarantined(&self, limit: i64) -> Result<Read<Vec<Quarantined>>, DatabaseError> {
        let all: Option<&str> = None;
        let rows = rows(self, QUARANTINED, &[&READ_MODELS, &limit, &all]).await?;
        let value = rows.iter().filter_map(quarantined).collect();
        Ok(Read { value, position: position(rows.first()) })
    }

    async fn quarantined_stream(
        &self,
        stream: &str,
    ) -> Result<Read<Option<Quarantined>>, DatabaseError> {
        let rows = rows(self, QUARANTINED, &[&READ_MODELS, &1_i64, &Some(stream)]).await?;
        let value = rows.first().and_then(quarantined);
        Ok(Read { value, position: position(rows.first()) })
    }

    async fn retry(&self, stream: &str) -> Result<bool, DatabaseError> {
        let sql = "UPDATE left_out SET retry = true WHERE stream = $1 RETURNING position";
        Ok(!rows(self, sql, &[&stream]).await?.is_empty())
    }
}

fn quarantined(row: &Row) -> Option<Quarantined> {
    Some(Quarantined {
        stream: row.get::<_, Option<String>>(1)?,
        since: row.get::<_, i64>(2).cast_unsigned(),
        kind: row.get(3),
        reason: row.get(4),
        facts: row.get(5),
        retry: row.get(6),
    })
}
