//! `sessions.v1`: who has logged in when.

use chrono::{DateTime, Utc};
use schema::UserLoggedIn;
use tokio_postgres::Transaction;
use uuid::Uuid;

#[derive(Debug, Default)]
pub(crate) struct Rows {
    id: Vec<Uuid>,
    user_id: Vec<i64>,
    created_at: Vec<DateTime<Utc>>,
    since: Vec<i64>,
}

impl Rows {
    pub(crate) fn began(&mut self, since: i64, fact: &UserLoggedIn) {
        self.id.push(fact.session.0);
        self.user_id.push(fact.user.0);
        self.created_at.push(fact.at);
        self.since.push(since);
    }

    pub(crate) async fn write(&self, tx: &Transaction<'_>) -> Result<(), tokio_postgres::Error> {
        if self.id.is_empty() {
            return Ok(());
        }
        let sql = "INSERT INTO sessions (id, user_id, created_at, since)
                   SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::timestamptz[], $4::bigint[])";
        let values: [&(dyn postgres_types::ToSql + Sync); 4] =
            [&self.id, &self.user_id, &self.created_at, &self.since];
        let insert = tx.prepare(sql).await?;
        tx.execute(&insert, &values).await.map(|_| ())
    }
}
