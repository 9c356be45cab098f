//! The relay's place, kept in Postgres so that a restart rings again what may not have been heard.

use schema::LogId;

use crate::{DatabaseError, Pool, database::rows};

/// How far the relay has published.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Standing {
    /// Everything up to here.
    pub(super) position: u64,
    /// The place of the last notification, which the next one names as `previous`.
    pub(super) notification: Option<u64>,
}

impl Standing {
    /// `None` when nothing was kept for this log.
    pub(super) async fn read(pool: &Pool, log: LogId) -> Result<Option<Self>, DatabaseError> {
        let sql = "SELECT position, notification FROM relay WHERE log = $1";
        let found = rows(pool, sql, &[&log.0]).await?;
        Ok(found.first().map(|row| Self {
            position: row.get::<_, i64>(0).cast_unsigned(),
            notification: row.get::<_, Option<i64>>(1).map(i64::cast_unsigned),
        }))
    }

    pub(super) async fn keep(&self, pool: &Pool, log: LogId) -> Result<(), DatabaseError> {
        let sql = "INSERT INTO relay (log, position, notification) VALUES ($1, $2, $3)
                   ON CONFLICT (one) DO UPDATE
                   SET log = $1, position = $2, notification = $3";
        let position = self.position.cast_signed();
        let notification = self.notification.map(u64::cast_signed);
        rows(pool, sql, &[&log.0, &position, &notification]).await.map(|_| ())
    }
}
