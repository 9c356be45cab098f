//! `api_keys.v1`: which keys there are, what they open, and when they were last used.

use std::{collections::BTreeSet, future::Future, sync::LazyLock};

use chrono::{DateTime, Utc};
use schema::{ApiKeyId, ApiKeyIssued, ApiKeyRevoked, ApiKeySeen, Scope};
use tokio_postgres::{Client, Row, Statement};
use uuid::Uuid;

use super::{
    Read, Slice, Write,
    past::{Sql, stale},
};
use crate::{DatabaseError, Pool, checkpoint::READ_MODELS};

/// The scopes of a key are sent as one text: an array of arrays would have to be of even lengths.
const INSERT: &str = "
    INSERT INTO api_keys (number, since, id, name, scopes, created_at, expires_at)
    SELECT k.number, k.number, k.id, k.name, string_to_array(k.scopes, ' '), k.created_at,
           k.expires_at
    FROM unnest($1::bigint[], $2::uuid[], $3::text[], $4::text[], $5::timestamptz[],
                $6::timestamptz[]) AS k (number, id, name, scopes, created_at, expires_at)";

const CHANGE: &str = "
    WITH change AS (
        SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::timestamptz[], $4::timestamptz[])
            AS c (id, since, seen_at, revoked_at)
    ), superseded AS (
        INSERT INTO api_keys_history (number, id, name, scopes, created_at, expires_at,
                                      last_seen_at, revoked_at, since, until)
        SELECT k.number, k.id, k.name, k.scopes, k.created_at, k.expires_at, k.last_seen_at,
               k.revoked_at, k.since, c.since
        FROM change c JOIN api_keys k ON k.id = c.id
    )
    UPDATE api_keys k SET
        last_seen_at = coalesce(c.seen_at, k.last_seen_at),
        revoked_at = coalesce(c.revoked_at, k.revoked_at),
        since = c.since
    FROM change c WHERE k.id = c.id";

pub(super) struct Statements {
    insert: Statement,
    change: Statement,
}

impl Statements {
    pub(super) async fn prepare(client: &Client) -> Result<Self, tokio_postgres::Error> {
        Ok(Self { insert: client.prepare(INSERT).await?, change: client.prepare(CHANGE).await? })
    }
}

#[derive(Debug, Default)]
pub(super) struct Rows {
    issued: Newly,
    changed: Changed,
}

#[derive(Debug, Default)]
struct Newly {
    number: Vec<i64>,
    id: Vec<Uuid>,
    name: Vec<String>,
    scopes: Vec<String>,
    created_at: Vec<DateTime<Utc>>,
    expires_at: Vec<Option<DateTime<Utc>>>,
}

#[derive(Debug, Default)]
struct Changed {
    id: Vec<Uuid>,
    since: Vec<i64>,
    seen_at: Vec<Option<DateTime<Utc>>>,
    revoked_at: Vec<Option<DateTime<Utc>>>,
}

impl Rows {
    pub(super) fn issued(&mut self, number: i64, fact: &ApiKeyIssued) {
        let scopes: Vec<&str> = fact.scopes.iter().map(|scope| scope.as_str()).collect();
        self.issued.number.push(number);
        self.issued.id.push(fact.key.0);
        self.issued.name.push(fact.name.clone());
        self.issued.scopes.push(scopes.join(" "));
        self.issued.created_at.push(fact.at);
        self.issued.expires_at.push(fact.expires_at);
    }

    pub(super) fn seen(&mut self, since: i64, fact: &ApiKeySeen) -> bool {
        self.supersede(since, fact.key, Some(fact.at), None)
    }

    pub(super) fn revoked(&mut self, since: i64, fact: &ApiKeyRevoked) -> bool {
        self.supersede(since, fact.key, None, Some(fact.at))
    }

    fn supersede(
        &mut self,
        since: i64,
        key: ApiKeyId,
        seen_at: Option<DateTime<Utc>>,
        revoked_at: Option<DateTime<Utc>>,
    ) -> bool {
        if self.changed.id.contains(&key.0) {
            return false;
        }
        self.changed.id.push(key.0);
        self.changed.since.push(since);
        self.changed.seen_at.push(seen_at);
        self.changed.revoked_at.push(revoked_at);
        true
    }

    pub(super) fn inserts<'a>(&'a self, statements: &'a Statements) -> Option<Write<'a>> {
        let Newly { number, id, name, scopes, created_at, expires_at } = &self.issued;
        (!id.is_empty()).then(|| Write {
            statement: &statements.insert,
            values: vec![number, id, name, scopes, created_at, expires_at],
        })
    }

    pub(super) fn changes<'a>(&'a self, statements: &'a Statements) -> Option<Write<'a>> {
        let Changed { id, since, seen_at, revoked_at } = &self.changed;
        (!id.is_empty()).then(|| Write {
            statement: &statements.change,
            values: vec![id, since, seen_at, revoked_at],
        })
    }
}

/// An API key, as administrators see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Where in the log it was issued. The order of lists.
    pub number: i64,
    /// Which.
    pub id: ApiKeyId,
    /// What it is for, in words.
    pub name: String,
    /// What it opens.
    pub scopes: BTreeSet<Scope>,
    /// Since when it exists.
    pub created_at: DateTime<Utc>,
    /// When it opens nothing any more.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was last used, to the quarter of an hour.
    pub last_seen_at: Option<DateTime<Utc>>,
    /// Since when it opens nothing, because somebody said so.
    pub revoked_at: Option<DateTime<Utc>>,
    /// Where the first fact of its stream stands that it is without; none where it is up to date.
    pub stale_since: Option<u64>,
}

/// What can be asked about API keys.
pub trait ApiKeysQuery {
    /// Part of the keys, the oldest first.
    fn api_keys(
        &self,
        slice: Slice,
        as_of: Option<u64>,
    ) -> impl Future<Output = Result<Read<Vec<ApiKey>>, DatabaseError>> + Send;
}

const COLUMNS: &str = "number, id, name, scopes, created_at, expires_at, last_seen_at, revoked_at";

static PAGE: LazyLock<Sql> = LazyLock::new(|| {
    Sql::new("api_keys", COLUMNS, 3, |keys| {
        format!(
            "SELECT coalesce(c.position, 0), k.number, k.id, k.name, k.scopes, k.created_at,
                    k.expires_at, k.last_seen_at, k.revoked_at, k.stale_since
             FROM checkpoints c LEFT JOIN (
                 SELECT * FROM {keys} k WHERE k.number > $2 ORDER BY k.number LIMIT $3
             ) k ON true
             WHERE c.name = $1 ORDER BY k.number"
        )
    })
});

impl ApiKeysQuery for Pool {
    async fn api_keys(
        &self,
        slice: Slice,
        as_of: Option<u64>,
    ) -> Result<Read<Vec<ApiKey>>, DatabaseError> {
        let after = slice.after.unwrap_or(-1);
        let rows = PAGE.rows(self, &[&READ_MODELS, &after, &slice.limit], as_of).await?;
        let value = rows.iter().filter_map(api_key).collect();
        Ok(Read { value, position: super::position(rows.first()) })
    }
}

fn api_key(row: &Row) -> Option<ApiKey> {
    let scopes: Option<Vec<String>> = row.get(4);
    Some(ApiKey {
        number: row.get::<_, Option<i64>>(1)?,
        id: ApiKeyId(row.get(2)),
        name: row.get(3),
        // A later release may know more of them.
        scopes: scopes?.iter().filter_map(|scope| Scope::parse(scope)).collect(),
        created_at: row.get(5),
        expires_at: row.get(6),
        last_seen_at: row.get(7),
        revoked_at: row.get(8),
        stale_since: stale(row, 9),
    })
}

#[cfg(test)]
mod tests;
