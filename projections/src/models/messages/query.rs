//! What can be asked about messages.

use std::{future::Future, sync::LazyLock};

use chrono::{DateTime, Utc};
use schema::{MessageId, UserId};
use tokio_postgres::Row;

use crate::{
    DatabaseError, Pool, Read, Slice,
    checkpoint::READ_MODELS,
    database::rows,
    models::{
        past::{Sql, stale},
        position,
    },
};

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
    /// The revision of its last change.
    pub revision: u64,
    /// Where the first fact of its stream stands that it is without; none where it is up to date.
    pub stale_since: Option<u64>,
}

/// Which of somebody's messages are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageBox {
    /// Those that they have received.
    Received,
    /// Those that they have sent.
    Sent,
    /// All of them.
    Both,
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
    /// One message that `user` has sent or received.
    fn message(
        &self,
        user: UserId,
        id: MessageId,
        as_of: Option<u64>,
    ) -> impl Future<Output = Result<Read<Option<Message>>, DatabaseError>> + Send;
    /// Part of what `user` has sent or received, from or to `with` where that is somebody, newest
    /// first.
    fn messages(
        &self,
        user: UserId,
        wanted: MessageBox,
        with: Option<UserId>,
        slice: Slice,
        as_of: Option<u64>,
    ) -> impl Future<Output = Result<Read<Vec<Message>>, DatabaseError>> + Send;
    /// How many messages `user` has received and not marked as read.
    fn unread(&self, user: UserId)
    -> impl Future<Output = Result<Read<i64>, DatabaseError>> + Send;
}

macro_rules! columns {
    () => {
        "coalesce(c.position, 0), m.id, m.sender_id, m.receiver_id, m.content, m.is_read,
         m.created_at, m.revision, m.stale_since"
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

const HELD: &str = "id, sender_id, receiver_id, content, is_read, created_at, revision";

static ONE: LazyLock<Sql> = LazyLock::new(|| {
    let columns = columns!();
    Sql::new("messages", HELD, 3, |messages| {
        format!(
            "SELECT {columns} FROM checkpoints c LEFT JOIN {messages} m
                 ON m.id = $3 AND (m.sender_id = $2 OR m.receiver_id = $2)
             WHERE c.name = $1"
        )
    })
});

// Each side has an index of its own. What somebody has sent to themselves is on both.
static WANTED: LazyLock<Sql> = LazyLock::new(|| {
    let columns = columns!();
    Sql::new("messages", HELD, 7, |messages| {
        let side = |own: &str, other: &str, wanted: &str| {
            format!(
                "(SELECT {HELD}, stale_since FROM {messages} m
                  WHERE {wanted} AND m.{own} = $2 AND m.id < $3
                    AND ($7::bigint IS NULL OR m.{other} = $7)
                  ORDER BY m.id DESC LIMIT $4)"
            )
        };
        let (received, sent) = (
            side("receiver_id", "sender_id", "$5::boolean"),
            side("sender_id", "receiver_id", "$6::boolean"),
        );
        format!(
            "SELECT {columns} FROM checkpoints c LEFT JOIN (
                 SELECT * FROM ({received} UNION {sent}) m ORDER BY m.id DESC LIMIT $4
             ) m ON true
             WHERE c.name = $1 ORDER BY m.id DESC"
        )
    })
});

impl MessageBox {
    fn received(self) -> bool {
        match self {
            Self::Received | Self::Both => true,
            Self::Sent => false,
        }
    }

    fn sent(self) -> bool {
        match self {
            Self::Sent | Self::Both => true,
            Self::Received => false,
        }
    }
}

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
            unread: rows.first().map_or(0, |row| row.get(9)),
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

    async fn message(
        &self,
        user: UserId,
        id: MessageId,
        as_of: Option<u64>,
    ) -> Result<Read<Option<Message>>, DatabaseError> {
        let rows = ONE.rows(self, &[&READ_MODELS, &user.0, &id.0], as_of).await?;
        Ok(Read { value: rows.first().and_then(message), position: position(rows.first()) })
    }

    async fn messages(
        &self,
        user: UserId,
        wanted: MessageBox,
        with: Option<UserId>,
        slice: Slice,
        as_of: Option<u64>,
    ) -> Result<Read<Vec<Message>>, DatabaseError> {
        let before = slice.after.unwrap_or(i64::MAX);
        let (received, sent, with) = (wanted.received(), wanted.sent(), with.map(|with| with.0));
        let values: [&(dyn postgres_types::ToSql + Sync); 7] =
            [&READ_MODELS, &user.0, &before, &slice.limit, &received, &sent, &with];
        Ok(messages(&WANTED.rows(self, &values, as_of).await?))
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
        revision: row.get::<_, i64>(7).cast_unsigned(),
        stale_since: stale(row, 8),
    })
}
