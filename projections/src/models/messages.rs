//! `messages.v1`: who wrote what to whom.

use std::future::Future;

use chrono::{DateTime, Utc};
use schema::{MessageId, MessageSent, UserId};
use tokio_postgres::{Row, Transaction};

use super::Read;
use crate::{DatabaseError, Pool, checkpoint::READ_MODELS, database::rows};

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

#[derive(Debug, Default)]
pub(crate) struct Rows {
    id: Vec<i64>,
    sender_id: Vec<i64>,
    receiver_id: Vec<i64>,
    content: Vec<String>,
    created_at: Vec<DateTime<Utc>>,
    since: Vec<i64>,
}

impl Rows {
    /// A message whose sender's key is gone stands with its ids and no text.
    pub(crate) fn sent(&mut self, since: i64, fact: &MessageSent) {
        let content = fact.personal.clear().map(|personal| personal.content.clone());
        self.id.push(fact.message.0);
        self.sender_id.push(fact.sender.0);
        self.receiver_id.push(fact.receiver.0);
        self.content.push(content.unwrap_or_default());
        self.created_at.push(fact.at);
        self.since.push(since);
    }

    pub(crate) async fn write(&self, tx: &Transaction<'_>) -> Result<(), tokio_postgres::Error> {
        if self.id.is_empty() {
            return Ok(());
        }
        let sql = "INSERT INTO messages (id, sender_id, receiver_id, content, created_at, since)
                   SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[],
                                        $5::timestamptz[], $6::bigint[])";
        let values: [&(dyn postgres_types::ToSql + Sync); 6] = [
            &self.id,
            &self.sender_id,
            &self.receiver_id,
            &self.content,
            &self.created_at,
            &self.since,
        ];
        let insert = tx.prepare(sql).await?;
        tx.execute(&insert, &values).await.map(|_| ())
    }
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
}

const COLUMNS: &str = "coalesce(c.position, 0), m.id, m.sender_id, m.receiver_id, m.content, \
                       m.is_read, m.created_at";

impl MessagesQuery for Pool {
    async fn received(
        &self,
        user: UserId,
        skip: i64,
        limit: i64,
    ) -> Result<Read<Received>, DatabaseError> {
        let sql = format!(
            "SELECT {COLUMNS},
                    (SELECT count(*) FROM messages WHERE receiver_id = $2 AND NOT is_read)
             FROM checkpoints c
             LEFT JOIN (SELECT * FROM messages WHERE receiver_id = $2
                        ORDER BY id DESC OFFSET $3 LIMIT $4) m ON true
             WHERE c.name = $1 ORDER BY m.id DESC"
        );
        let rows = rows(self, &sql, &[&READ_MODELS, &user.0, &skip, &limit]).await?;
        let value = Received {
            messages: rows.iter().filter_map(message).collect(),
            unread: rows.first().map_or(0, |row| row.get(7)),
        };
        Ok(Read { value, position: super::position(rows.first()) })
    }

    async fn sent(
        &self,
        user: UserId,
        skip: i64,
        limit: i64,
    ) -> Result<Read<Vec<Message>>, DatabaseError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM checkpoints c
             LEFT JOIN (SELECT * FROM messages WHERE sender_id = $2
                        ORDER BY id DESC OFFSET $3 LIMIT $4) m ON true
             WHERE c.name = $1 ORDER BY m.id DESC"
        );
        let rows = rows(self, &sql, &[&READ_MODELS, &user.0, &skip, &limit]).await?;
        let value = rows.iter().filter_map(message).collect();
        Ok(Read { value, position: super::position(rows.first()) })
    }
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
