//! What can be asked about sessions.

use std::{future::Future, sync::LazyLock};

use chrono::{DateTime, Utc};
use schema::{SessionId, UserId};

use crate::{
    DatabaseError, Pool, Read, Slice,
    checkpoint::READ_MODELS,
    models::{past::Sql, position},
};

/// A session that has not been ended by itself. Whether its account has ended it, the log knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Begun {
    /// Which.
    pub id: SessionId,
    /// Where it began.
    pub position: u64,
}

/// What can be asked about sessions.
pub trait SessionsQuery {
    /// The sessions of `user` that began after `since`, newest first, by where they began.
    fn sessions(
        &self,
        user: UserId,
        since: DateTime<Utc>,
        slice: Slice,
        as_of: Option<u64>,
    ) -> impl Future<Output = Result<Read<Vec<Begun>>, DatabaseError>> + Send;
}

static OF_USER: LazyLock<Sql> = LazyLock::new(|| {
    Sql::new("sessions", "id, user_id, created_at, ended_at, since", 5, |sessions| {
        format!(
            "SELECT coalesce(c.position, 0), s.id, s.since
             FROM checkpoints c LEFT JOIN (
                 SELECT * FROM {sessions} s
                 WHERE s.user_id = $2 AND s.ended_at IS NULL AND s.created_at > $3 AND s.since < $4
                 ORDER BY s.since DESC LIMIT $5
             ) s ON true
             WHERE c.name = $1 ORDER BY s.since DESC"
        )
    })
});

impl SessionsQuery for Pool {
    async fn sessions(
        &self,
        user: UserId,
        since: DateTime<Utc>,
        slice: Slice,
        as_of: Option<u64>,
    ) -> Result<Read<Vec<Begun>>, DatabaseError> {
        let before = slice.after.unwrap_or(i64::MAX);
        let rows = OF_USER
            .rows(self, &[&READ_MODELS, &user.0, &since, &before, &slice.limit], as_of)
            .await?;
        let begun = rows.iter().filter_map(|row| {
            let id = SessionId(row.get::<_, Option<_>>(1)?);
            Some(Begun { id, position: row.get::<_, i64>(2).cast_unsigned() })
        });
        Ok(Read { value: begun.collect(), position: position(rows.first()) })
    }
}
