//! The relay's place, kept in Postgres so that a restart rings again what may not have been heard,
//! and its turn: one relay rings at a time.
//!
//! Two that ring at once would do no harm, for whoever listens goes by positions. The turn spares
//! the second the work, and keeps a frozen one from moving the place back when it wakes.

use eventlog::Position;
use schema::{LogId, caps::RELAY_TURN};

use crate::{DatabaseError, Pool, database::rows};

/// How far the relay has published.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Standing {
    /// Everything up to here.
    pub(super) position: u64,
    /// The place of the last notification, which the next one names as `previous`.
    pub(super) notification: Option<u64>,
}

/// The right to move the place, until it is taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Turn(i64);

impl Standing {
    /// Where to read on; from the start of the log when nothing was read yet.
    pub(super) fn from(self) -> Option<Position> {
        (self.position > 0).then_some(Position(self.position))
    }

    /// Makes `head` the place, unless there is one in this log.
    pub(super) async fn settle(pool: &Pool, log: LogId, head: u64) -> Result<(), DatabaseError> {
        let sql = "INSERT INTO relay AS r (log, position) VALUES ($1, $2)
                   ON CONFLICT (one) DO UPDATE
                   SET log = $1, position = $2, notification = NULL
                   WHERE r.log <> $1";
        rows(pool, sql, &[&log.0, &head.cast_signed()]).await.map(|_| ())
    }
}

impl Turn {
    /// Takes over from where the one before has left the place; `None` while it is somebody else's
    /// turn.
    pub(super) async fn take(
        pool: &Pool,
        log: LogId,
    ) -> Result<Option<(Self, Standing)>, DatabaseError> {
        let sql = "UPDATE relay
                   SET epoch = epoch + 1, held_until = now() + make_interval(secs => $2)
                   WHERE log = $1 AND held_until < now()
                   RETURNING epoch, position, notification";
        let taken = rows(pool, sql, &[&log.0, &RELAY_TURN.as_secs_f64()]).await?;
        Ok(taken.first().map(|row| {
            let standing = Standing {
                position: row.get::<_, i64>(1).cast_unsigned(),
                notification: row.get::<_, Option<i64>>(2).map(i64::cast_unsigned),
            };
            (Self(row.get(0)), standing)
        }))
    }

    /// Keeps `standing` and goes on; `false` when somebody else has taken over.
    pub(super) async fn keep(self, pool: &Pool, standing: Standing) -> Result<bool, DatabaseError> {
        self.write(pool, standing, RELAY_TURN.as_secs_f64()).await
    }

    /// Keeps `standing` and lets the next one take over at once.
    pub(super) async fn give_up(
        self,
        pool: &Pool,
        standing: Standing,
    ) -> Result<bool, DatabaseError> {
        self.write(pool, standing, 0.0).await
    }

    async fn write(
        self,
        pool: &Pool,
        standing: Standing,
        seconds: f64,
    ) -> Result<bool, DatabaseError> {
        let sql = "UPDATE relay
                   SET position = $2, notification = $3,
                       held_until = now() + make_interval(secs => $4)
                   WHERE epoch = $1
                   RETURNING epoch";
        let position = standing.position.cast_signed();
        let notification = standing.notification.map(u64::cast_signed);
        let kept = rows(pool, sql, &[&self.0, &position, &notification, &seconds]).await?;
        Ok(!kept.is_empty())
    }
}
