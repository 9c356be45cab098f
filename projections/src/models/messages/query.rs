//! What can be asked about messages.

use std::future::Future;

use chrono::{DateTime, Utc};
use schema::{MessageId, UserId};
use tokio_postgres::Row;

use crate::{DatabaseError, Pool, Read, checkpoint::READ_MODELS, database::rows, models::position};

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Which.
    pub id: MessageId,
    /// Who wrote it.
    pub sender: UserId,
    /// To whom.
    pub receiver: UserId,
    /// What it says; empty once its sender is erased.
    pub content: String,
    /// Whether the receiver has marked it as read.
    pub is_read: bool,
    /// When it was sent.
    pub created_at: DateTime<Utc>,
}

/// What somebody has received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The page that was asked for, newest first.
    pub messages: Vec<Message>,
    /// How many are unread in all, not on this page alone.
    pub unread: i64,
}

/// What can be asked about messages.
pub trait MessagesQuery {
    /// What `user` has received, newest first.
    fn received(
        &self,
        user: UserId,
        skip: i64,
        limit: i64,
    ) -> impl Future<Output = Result<Read<Received>, DatabaseError>> + Send;
    /// What `user` has sent, newest first.
    fn sent(
        &self,
        user: UserId,
        skip: i64,
        limit: i64,
    ) -> impl Future<Output = Result<Read<Vec<Message>>, DatabaseError>> + Send;
    /// What `user` and `other` have written to each other, newest first.
    fn conversation(
        &self,
        user: UserId,
        other: UserId,
        skip: i64,
        limit: i64,
    ) -> impl Future<Output = Result<Read<Vec<Message>>, DatabaseError>> + Send;
    /// How many messages `user` has received and not marked as read.
    fn unread(&self, user: UserId)
    -> impl Future<Output = Result<Read<i64>, DatabaseError>> + Send;
}

macro_rules! columns {
    () => {
        "coalesce(c.position, 0), m.id, m.sender_id, m.receiver_id, m.content, m.is_read,
         m.created_at"
    };
}

macro_rules! unread {
    () => {
        "(SELECT count(*) FROM messages WHERE receiver_id = $2 AND NOT is_read)"
    };
}

const RECEIVED: &str = concat!(
    "SELECT ",
    columns!(),
    ", ",
    unread!(),
    " FROM checkpoints c LEFT JOIN (
          SELECT * FROM messages WHERE receiver_id = $2 ORDER BY id DESC OFFSET $3 LIMIT $4
      ) m ON true
      WHERE c.name = $1 ORDER BY m.id DESC"
);

const SENT: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM checkpoints c LEFT JOIN (
          SELECT * FROM messages WHERE sender_id = $2 ORDER BY id DESC OFFSET $3 LIMIT $4
      ) m ON true
      WHERE c.name = $1 ORDER BY m.id DESC"
);

const CONVERSATION: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM checkpoints c LEFT JOIN (
          SELECT * FROM messages
          WHERE least(sender_id, receiver_id) = least($2::bigint, $5::bigint)
            AND greatest(sender_id, receiver_id) = greatest($2::bigint, $5::bigint)
          ORDER BY id DESC OFFSET $3 LIMIT $4
      ) m ON true
      WHERE c.name = $1 ORDER BY m.id DESC"
);

const UNREAD: &str =
    concat!("SELECT coalesce(c.position, 0), ", unread!(), " FROM checkpoints c WHERE c.name = $1");

impl MessagesQuery for Pool {
    async fn received(
        &self,
        user: UserId,
        skip: i64,
        limit: i64,
    ) -> Result<Read<Received>, DatabaseError> {
        let rows = rows(self, RECEIVED, &[&READ_MODELS, &user.0, &skip, &limit]).await?;
        let value = Received {
            messages: rows.iter().filter_map(message).collect(),
            unread: rows.first().map_or(0, |row| row.get(7)),
        };
        Ok(Read { value, position: position(rows.first()) })
    }

    async fn sent(
        &self,
        user: UserId,
        skip: i64,
        limit: i64,
    ) -> Result<Read<Vec<Message>>, DatabaseError> {
        let rows = rows(self, SENT, &[&READ_MODELS, &user.0, &skip, &limit]).await?;
        Ok(messages(&rows))
    }

    async fn conversation(
        &self,
        user: UserId,
        other: UserId,
        skip: i64,
        limit: i64,
    ) -> Result<Read<Vec<Message>>, DatabaseError> {
        let values: [&(dyn postgres_types::ToSql + Sync); 5] =
            [&READ_MODELS, &user.0, &skip, &limit, &other.0];
        Ok(messages(&rows(self, CONVERSATION, &values).await?))
    }

    async fn unread(&self, user: UserId) -> Result<Read<i64>, DatabaseError> {
        let rows = rows(self, UNREAD, &[&READ_MODELS, &user.0]).await?;
        let value = rows.first().map_or(0, |row| row.get(1));
        Ok(Read { value, position: position(rows.first()) })
    }
}

fn messages(rows: &[Row]) -> Read<Vec<Message>> {
    Read { value: rows.iter().filter_map(message).collect(), position: position(rows.first()) }
}

fn message(row: &Row) -> Option<Message> {
    Some(Message {
        id: MessageId(row.get::<_, Option<i64>>(1)?),
        sender: UserId(row.get(2)),
        receiver: UserId(row.get(3)),
        content: row.get(4),
        is_read: row.get(5),
        created_at: row.get(6),
    })
}
