//! `left_out.v1`: facts that could not be applied, and those that wait behind them.
//!
//! **Invariant:** the row that a stream tells of is stale since the first fact of that stream that
//! stands here.

mod query;

use eventlog::Fact as Stored;
use schema::StreamName;
use tokio_postgres::{Client, Statement};
use uuid::Uuid;

pub use query::{LeftOut, LeftOutQuery, Quarantined};

use super::Write;

const INSERT: &str = "
    INSERT INTO left_out (position, stream, kind, reason)
    SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[])";

const REMOVE: &str = "DELETE FROM left_out WHERE position = ANY($1::bigint[])";

macro_rules! mark {
    ($table:literal, $id:literal) => {
        concat!(
            "UPDATE ",
            $table,
            " r SET stale_since = (SELECT min(l.position) FROM left_out l WHERE l.stream = c.stream)
             FROM (SELECT DISTINCT * FROM unnest($1::",
            $id,
            "[], $2::text[])) AS c (id, stream) WHERE r.id = c.id"
        )
    };
}

pub(super) struct Statements {
    insert: Statement,
    remove: Statement,
    users: Statement,
    sessions: Statement,
    events: Statement,
    messages: Statement,
    vms: Statement,
    api_keys: Statement,
}

impl Statements {
    pub(super) async fn prepare(client: &Client) -> Result<Self, tokio_postgres::Error> {
        Ok(Self {
            insert: client.prepare(INSERT).await?,
            remove: client.prepare(REMOVE).await?,
            users: client.prepare(mark!("users", "bigint")).await?,
            sessions: client.prepare(mark!("sessions", "uuid")).await?,
            events: client.prepare(mark!("events", "bigint")).await?,
            messages: client.prepare(mark!("messages", "bigint")).await?,
            vms: client.prepare(mark!("vms", "bigint")).await?,
            api_keys: client.prepare(mark!("api_keys", "uuid")).await?,
        })
    }
}

#[derive(Debug, Default)]
pub(super) struct Rows {
    position: Vec<i64>,
    stream: Vec<String>,
    kind: Vec<String>,
    reason: Vec<String>,
    removed: Vec<i64>,
    users: Streams<i64>,
    sessions: Streams<Uuid>,
    events: Streams<i64>,
    messages: Streams<i64>,
    vms: Streams<i64>,
    api_keys: Streams<Uuid>,
}

/// Rows of one table, and the streams that tell of them.
#[derive(Debug)]
struct Streams<I> {
    id: Vec<I>,
    stream: Vec<String>,
}

impl<I> Default for Streams<I> {
    fn default() -> Self {
        Self { id: Vec::new(), stream: Vec::new() }
    }
}

impl<I: Sync> Streams<I>
where
    Vec<I>: postgres_types::ToSql,
{
    fn add(&mut self, id: I, stream: &str) {
        self.id.push(id);
        self.stream.push(stream.to_owned());
    }

    fn write<'a>(&'a self, statement: &'a Statement) -> Option<Write<'a>> {
        let Self { id, stream } = self;
        (!id.is_empty()).then(|| Write { statement, values: vec![id, stream] })
    }
}

impl Rows {
    pub(super) fn add(&mut self, stored: &Stored, reason: &str) {
        self.position.push(stored.position.0.cast_signed());
        self.stream.push(stored.stream.clone());
        self.kind.push(stored.kind.clone());
        self.reason.push(reason.to_owned());
        self.mark(&stored.stream);
    }

    pub(super) fn remove(&mut self, position: i64, stream: &str) {
        self.removed.push(position);
        self.mark(stream);
    }

    fn mark(&mut self, stream: &str) {
        match StreamName::parse_row(stream) {
            Some(StreamName::User(id)) => self.users.add(id.0, stream),
            Some(StreamName::Session(id)) => self.sessions.add(id.0, stream),
            Some(StreamName::Event(id)) => self.events.add(id.0, stream),
            Some(StreamName::Message(id)) => self.messages.add(id.0, stream),
            Some(StreamName::Vm(id)) => self.vms.add(id.0, stream),
            Some(StreamName::ApiKey(id)) => self.api_keys.add(id.0, stream),
            // Nobody reads rows of other streams.
            Some(_) | None => {}
        }
    }

    /// In this order: what stands here decides what is stale.
    pub(super) fn writes<'a>(
        &'a self,
        statements: &'a Statements,
    ) -> impl Iterator<Item = Write<'a>> {
        let Self { position, stream, kind, reason, removed, .. } = self;
        let insert = (!position.is_empty()).then(|| Write {
            statement: &statements.insert,
            values: vec![position, stream, kind, reason],
        });
        let remove = (!removed.is_empty())
            .then(|| Write { statement: &statements.remove, values: vec![removed] });
        [
            insert,
            remove,
            self.users.write(&statements.users),
            self.sessions.write(&statements.sessions),
            self.events.write(&statements.events),
            self.messages.write(&statements.messages),
            self.vms.write(&statements.vms),
            self.api_keys.write(&statements.api_keys),
        ]
        .into_iter()
        .flatten()
    }
}
