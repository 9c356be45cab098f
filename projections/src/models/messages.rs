//! `messages.v1`: who wrote what to whom.

mod query;

use chrono::{DateTime, Utc};
use schema::{MessageRead, MessageSent};
use tokio_postgres::{Client, Statement};

pub use query::{Message, MessageBox, MessagesQuery, Received};

use super::{Place, Write};

const INSERT: &str = "
    INSERT INTO messages (id, sender_id, receiver_id, content, created_at, since, revision)
    SELECT m.id, m.sender_id, m.receiver_id,
           CASE WHEN e.id IS NULL THEN m.content ELSE '' END, m.created_at, m.since, m.revision
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::timestamptz[],
                $6::bigint[], $7::bigint[])
        AS m (id, sender_id, receiver_id, content, created_at, since, revision)
    LEFT JOIN erased_users e ON e.id = m.sender_id";

const READ: &str = "
    WITH change AS (
        SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS c (id, since, revision)
    ), superseded AS (
        INSERT INTO messages_history
            (id, sender_id, receiver_id, content, is_read, created_at, revision, since, until)
        SELECT m.id, m.sender_id, m.receiver_id, m.content, m.is_read, m.created_at,
               m.revision, m.since, c.since
        FROM change c JOIN messages m ON m.id = c.id
    )
    UPDATE messages m SET is_read = true, since = c.since, revision = c.revision
    FROM change c WHERE m.id = c.id";

pub(super) struct Statements {
    insert: Statement,
    read: Statement,
}

impl Statements {
    pub(super) async fn prepare(client: &Client) -> Result<Self, tokio_postgres::Error> {
        Ok(Self { insert: client.prepare(INSERT).await?, read: client.prepare(READ).await? })
    }
}

#[derive(Debug, Default)]
pub(super) struct Rows {
    sent: Sent,
    read: Read,
}

#[derive(Debug, Default)]
struct Sent {
    id: Vec<i64>,
    sender_id: Vec<i64>,
    receiver_id: Vec<i64>,
    content: Vec<String>,
    created_at: Vec<DateTime<Utc>>,
    since: Vec<i64>,
    revision: Vec<i64>,
}

#[derive(Debug, Default)]
struct Read {
    id: Vec<i64>,
    since: Vec<i64>,
    revision: Vec<i64>,
}

impl Rows {
    /// A message whose sender's key is gone stands with its ids and no text.
    pub(super) fn sent(&mut self, place: Place, fact: &MessageSent) {
        let content = fact.personal.clear().map(|personal| personal.content.clone());
        self.sent.id.push(fact.message.0);
        self.sent.sender_id.push(fact.sender.0);
        self.sent.receiver_id.push(fact.receiver.0);
        self.sent.content.push(content.unwrap_or_default());
        self.sent.created_at.push(fact.at);
        self.sent.since.push(place.since);
        self.sent.revision.push(place.revision);
    }

    pub(super) fn read(&mut self, place: Place, fact: &MessageRead) -> bool {
        if self.read.id.contains(&fact.message.0) {
            return false;
        }
        self.read.id.push(fact.message.0);
        self.read.since.push(place.since);
        self.read.revision.push(place.revision);
        true
    }

    pub(super) fn inserts<'a>(&'a self, statements: &'a Statements) -> Option<Write<'a>> {
        let Sent { id, sender_id, receiver_id, content, created_at, since, revision } = &self.sent;
        (!id.is_empty()).then(|| Write {
            statement: &statements.insert,
            values: vec![id, sender_id, receiver_id, content, created_at, since, revision],
        })
    }

    pub(super) fn changed<'a>(&'a self, statements: &'a Statements) -> Option<Write<'a>> {
        let Read { id, since, revision } = &self.read;
        (!id.is_empty())
            .then(|| Write { statement: &statements.read, values: vec![id, since, revision] })
    }
}
