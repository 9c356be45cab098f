//! When what was written: where to begin to look for what the log held at a moment.

use std::future::Future;

use chrono::{DateTime, Utc};
use schema::LogId;

use crate::{DatabaseError, Pool, database::rows};

/// What can be asked about moments.
pub trait MomentsQuery {
    /// A place of `log` up to which nothing was written after `at`; `None` for the beginning. Others
    /// after it may be such places, too.
    fn written_by(
        &self,
        log: LogId,
        at: DateTime<Utc>,
    ) -> impl Future<Output = Result<Option<u64>, DatabaseError>> + Send;
}

impl MomentsQuery for Pool {
    async fn written_by(
        &self,
        log: LogId,
        at: DateTime<Utc>,
    ) -> Result<Option<u64>, DatabaseError> {
        let sql = "SELECT position FROM log_digest WHERE log = $1 AND written <= $2
                   ORDER BY position DESC LIMIT 1";
        let found = rows(self, sql, &[&log.0, &at]).await?;
        Ok(found.first().map(|row| row.get::<_, i64>(0).cast_unsigned()))
    }
}
