//! `users.v1`: the accounts.

use std::future::Future;

use chrono::{DateTime, Utc};
use schema::{UserId, UserRegistered};
use tokio_postgres::Transaction;

use super::Read;
use crate::{DatabaseError, Pool, checkpoint::READ_MODELS, database::rows};

/// An account, as others see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Which.
    pub id: UserId,
    /// The address, as spelled by its owner.
    pub email: Option<String>,
    /// The name shown to others.
    pub username: String,
    /// Since when.
    pub created_at: DateTime<Utc>,
}

#[derive(Debug, Default)]
pub(crate) struct Rows {
    id: Vec<i64>,
    email: Vec<Option<String>>,
    username: Vec<String>,
    created_at: Vec<DateTime<Utc>>,
    since: Vec<i64>,
}

impl Rows {
    /// An account whose key is gone leaves no row.
    pub(crate) fn registered(&mut self, since: i64, fact: &UserRegistered) {
        let Some(personal) = fact.personal.clear() else { return };
        self.id.push(fact.user.0);
        self.email.push(personal.email.clone());
        self.username.push(personal.username.clone());
        self.created_at.push(fact.at);
        self.since.push(since);
    }

    pub(crate) async fn write(&self, tx: &Transaction<'_>) -> Result<(), tokio_postgres::Error> {
        if self.id.is_empty() {
            return Ok(());
        }
        let sql = "INSERT INTO users (id, email, username, created_at, since)
                   SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[],
                                        $4::timestamptz[], $5::bigint[])";
        let values: [&(dyn postgres_types::ToSql + Sync); 5] =
            [&self.id, &self.email, &self.username, &self.created_at, &self.since];
        let insert = tx.prepare(sql).await?;
        tx.execute(&insert, &values).await.map(|_| ())
    }
}

/// What can be asked about accounts.
pub trait UsersQuery {
    /// One account.
    fn user(
        &self,
        id: UserId,
    ) -> impl Future<Output = Result<Read<Option<User>>, DatabaseError>> + Send;
}

impl UsersQuery for Pool {
    async fn user(&self, id: UserId) -> Result<Read<Option<User>>, DatabaseError> {
        let sql = "SELECT coalesce(c.position, 0), u.id, u.email, u.username, u.created_at
                   FROM checkpoints c LEFT JOIN users u ON u.id = $2 WHERE c.name = $1";
        let rows = rows(self, sql, &[&READ_MODELS, &id.0]).await?;
        let value = rows.first().and_then(|row| {
            Some(User {
                id: UserId(row.get::<_, Option<i64>>(1)?),
                email: row.get(2),
                username: row.get(3),
                created_at: row.get(4),
            })
        });
        Ok(Read { value, position: super::position(rows.first()) })
    }
}
