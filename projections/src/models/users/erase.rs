//! Accounts that are erased: nothing that they have said is left, in no history either.

use schema::UserId;
use tokio_postgres::{Client, Statement};

use crate::models::Write;

const REMEMBER: &str = "
    INSERT INTO erased_users SELECT * FROM unnest($1::bigint[], $2::bigint[])
    ON CONFLICT DO NOTHING";
const ACCOUNT: &str = "DELETE FROM users WHERE id = ANY($1::bigint[])";
const PAST: &str = "DELETE FROM users_history WHERE id = ANY($1::bigint[])";
const MESSAGES: &str =
    "UPDATE messages SET content = '' WHERE sender_id = ANY($1::bigint[]) AND content <> ''";
const PAST_MESSAGES: &str = "
    UPDATE messages_history SET content = '' WHERE sender_id = ANY($1::bigint[]) AND content <> ''";

pub(super) struct Statements {
    remember: Statement,
    forget: [Statement; 4],
}

impl Statements {
    pub(super) async fn prepare(client: &Client) -> Result<Self, tokio_postgres::Error> {
        Ok(Self {
            remember: client.prepare(REMEMBER).await?,
            forget: [
                client.prepare(ACCOUNT).await?,
                client.prepare(PAST).await?,
                client.prepare(MESSAGES).await?,
                client.prepare(PAST_MESSAGES).await?,
            ],
        })
    }
}

#[derive(Debug, Default)]
pub(super) struct Erased {
    id: Vec<i64>,
    since: Vec<i64>,
}

impl Erased {
    pub(super) fn add(&mut self, since: i64, user: UserId) {
        self.id.push(user.0);
        self.since.push(since);
    }

    pub(super) fn writes<'a>(&'a self, statements: &'a Statements) -> Vec<Write<'a>> {
        let Self { id, since } = self;
        if id.is_empty() {
            return Vec::new();
        }
        let remember = Write { statement: &statements.remember, values: vec![id, since] };
        let forget = statements.forget.iter();
        let forget = forget.map(|statement| Write { statement, values: vec![id] });
        [remember].into_iter().chain(forget).collect()
    }
}
