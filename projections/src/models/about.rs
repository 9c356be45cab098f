//! What is about whom: the streams that a person has a part in.

use std::future::Future;

use schema::{UserId, caps::LIST_PAGE};

use crate::{DatabaseError, Pool, database::rows};

/// What can be asked about whom something is about.
pub trait AboutQuery {
    /// The next streams after `after` that `user` has a part in, besides their account, in the order
    /// of their names; none after the last.
    fn streams_about(
        &self,
        user: UserId,
        after: &str,
    ) -> impl Future<Output = Result<Vec<String>, DatabaseError>> + Send;
}

const STREAMS: &str = "
    SELECT name FROM (
        SELECT 'session-' || id AS name FROM sessions WHERE user_id = $1
        UNION SELECT 'message-' || id FROM messages WHERE sender_id = $1
        UNION SELECT 'message-' || id FROM messages WHERE receiver_id = $1
        UNION SELECT 'event-' || id FROM events WHERE organizer_id = $1
        UNION SELECT 'vm-' || id FROM vms WHERE owner_id = $1
        UNION SELECT 'vm-' || id FROM vms_history WHERE owner_id = $1
    ) streams
    WHERE name > $2 ORDER BY name LIMIT $3";

impl AboutQuery for Pool {
    async fn streams_about(&self, user: UserId, after: &str) -> Result<Vec<String>, DatabaseError> {
        let found = rows(self, STREAMS, &[&user.0, &after, &LIST_PAGE]).await?;
        Ok(found.iter().map(|row| row.get(0)).collect())
    }
}
