//! What both readers have written down.

use chrono::{DateTime, Utc};
use schema::LogId;
use tokio_postgres::Row;

use super::Tally;
use crate::{DatabaseError, Pool, checkpoint::READ_MODELS, database::rows};

/// A place in the log, and the tally of everything up to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// 0 before the first fact.
    pub(super) position: u64,
    pub(super) tally: Tally,
    /// The latest moment at which anything up to it was written, where that is known.
    pub(super) written: Option<DateTime<Utc>>,
}

/// Where the read models say that they stand; `None` before their first fact.
pub(super) async fn checkpoint(pool: &Pool, log: LogId) -> Result<Option<Place>, DatabaseError> {
    let sql = "SELECT position, counted, digest, NULL::timestamptz FROM checkpoints
               WHERE name = $1 AND log = $2";
    Ok(rows(pool, sql, &[&READ_MODELS, &log.0]).await?.first().map(place))
}

/// The last place kept that is not after `position`, or the beginning of the log.
pub(super) async fn resume(pool: &Pool, log: LogId, position: u64) -> Result<Place, DatabaseError> {
    let sql = "SELECT position, counted, digest, written FROM log_digest
               WHERE log = $1 AND position <= $2 ORDER BY position DESC LIMIT 1";
    let found = rows(pool, sql, &[&log.0, &position.cast_signed()]).await?;
    Ok(found.first().map(place).unwrap_or_default())
}

/// Keeps `place`. Several may: they keep the same.
pub(super) async fn keep(pool: &Pool, log: LogId, place: &Place) -> Result<(), DatabaseError> {
    let sql = "INSERT INTO log_digest (log, position, counted, digest, written)
               VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT DO NOTHING";
    let Place { position, tally, written } = place;
    let (position, counted) = (position.cast_signed(), tally.counted.cast_signed());
    rows(pool, sql, &[&log.0, &position, &counted, &tally.digest, written]).await.map(|_| ())
}

fn place(row: &Row) -> Place {
    Place {
        position: row.get::<_, i64>(0).cast_unsigned(),
        tally: Tally { counted: row.get::<_, i64>(1).cast_unsigned(), digest: row.get(2) },
        written: row.get(3),
    }
}
