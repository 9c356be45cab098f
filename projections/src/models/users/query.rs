//! What can be asked about accounts.

use std::{future::Future, sync::LazyLock};

use chrono::{DateTime, Utc};
use futures::FutureExt;
use schema::{Role, UserId};
use tokio_postgres::Row;

use crate::{
    DatabaseError, List, Pool, Read, Slice,
    checkpoint::READ_MODELS,
    database::rows,
    models::{
        list::Page,
        past::{Sql, stale},
        position,
    },
};

/// An account, as others see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Which.
    pub id: UserId,
    /// The address, as spelled by its owner.
    pub email: Option<String>,
    /// The name shown to others.
    pub username: String,
    /// What they may do.
    pub role: Role,
    /// Whether it is the administrator whom the configuration names.
    pub bootstrap: bool,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// The phone number, as spelled by its owner.
    pub phone_number: Option<String>,
    /// Whether it may be used.
    pub active: bool,
    /// Whether somebody can log in to it.
    pub has_password: bool,
    /// When it changed last; later with each change.
    pub updated_at: DateTime<Utc>,
    /// The revision of that change.
    pub revision: u64,
    /// Where the first fact of its stream stands that it is without; none where it is up to date.
    pub stale_since: Option<u64>,
}

/// Whether public lists show the administrator whom the configuration names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Bootstrap {
    /// It is not there, by its id neither.
    #[default]
    LeftOut,
    /// It is an account like any other.
    Shown,
}

/// What can be asked about accounts. Public lists leave out accounts without an address: those
/// that have a phone number alone.
pub trait UsersQuery {
    /// One account, whatever it is.
    fn user(
        &self,
        id: UserId,
    ) -> impl Future<Output = Result<Read<Option<User>>, DatabaseError>> + Send;
    /// One account that public lists show.
    fn listed_user(
        &self,
        id: UserId,
        bootstrap: Bootstrap,
    ) -> impl Future<Output = Result<Read<Option<User>>, DatabaseError>> + Send;
    /// Public accounts in the order of their ids; all that are left without a limit.
    fn users(
        &self,
        skip: i64,
        limit: Option<i64>,
        bootstrap: Bootstrap,
    ) -> impl Future<Output = Result<Read<List<User>>, DatabaseError>> + Send;
    /// All accounts in the order of their ids, those that public lists leave out among them.
    fn accounts(&self) -> impl Future<Output = Result<Read<List<User>>, DatabaseError>> + Send;
    /// Public accounts with `text` somewhere in their names, whatever the case; none for nothing.
    fn users_named(
        &self,
        text: &str,
        skip: i64,
        limit: Option<i64>,
        bootstrap: Bootstrap,
    ) -> impl Future<Output = Result<Read<List<User>>, DatabaseError>> + Send;
    /// One account, whatever it is, as it was. Whoever is erased has never been there.
    fn person(
        &self,
        id: UserId,
        as_of: Option<u64>,
    ) -> impl Future<Output = Result<Read<Option<User>>, DatabaseError>> + Send;
    /// Part of all accounts in the order of their ids: those with `text` somewhere in their names,
    /// whatever the case.
    fn people(
        &self,
        text: &str,
        slice: Slice,
        as_of: Option<u64>,
    ) -> impl Future<Output = Result<Read<Vec<User>>, DatabaseError>> + Send;
}

macro_rules! columns {
    () => {
        "coalesce(c.position, 0), u.id, u.email, u.username, u.role, u.bootstrap, u.created_at,
         u.phone_number, u.is_active, u.has_password, u.updated_at, u.revision,
         u.stale_since"
    };
}

macro_rules! listed {
    () => {
        "u.email IS NOT NULL AND ($3 OR NOT u.bootstrap)"
    };
}

const ONE: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM checkpoints c LEFT JOIN users u ON u.id = $2 WHERE c.name = $1"
);

const ONE_LISTED: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM checkpoints c LEFT JOIN users u ON u.id = $2 AND ",
    listed!(),
    " WHERE c.name = $1"
);

const PAGE: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM checkpoints c LEFT JOIN (
          SELECT * FROM users u WHERE u.id > $2 AND ",
    listed!(),
    "         AND ($6 = '' OR position($6 IN u.username_folded) > 0)
          ORDER BY u.id OFFSET $4 LIMIT $5
      ) u ON true
      WHERE c.name = $1 ORDER BY u.id"
);

const ACCOUNTS: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM checkpoints c LEFT JOIN (
          SELECT * FROM users u WHERE u.id > $2 ORDER BY u.id OFFSET $3 LIMIT $4
      ) u ON true
      WHERE c.name = $1 ORDER BY u.id"
);

const HELD: &str =
    "id, email, username, username_folded, role, bootstrap, created_at, phone_number,
                    is_active, has_password, updated_at, revision";

static PERSON: LazyLock<Sql> = LazyLock::new(|| {
    let columns = columns!();
    Sql::new("users", HELD, 2, |users| {
        format!(
            "SELECT {columns} FROM checkpoints c LEFT JOIN {users} u ON u.id = $2
             WHERE c.name = $1"
        )
    })
});

static PEOPLE: LazyLock<Sql> = LazyLock::new(|| {
    let columns = columns!();
    Sql::new("users", HELD, 4, |users| {
        format!(
            "SELECT {columns} FROM checkpoints c LEFT JOIN (
                 SELECT * FROM {users} u
                 WHERE u.id > $2 AND ($4 = '' OR position($4 IN u.username_folded) > 0)
                 ORDER BY u.id LIMIT $3
             ) u ON true
             WHERE c.name = $1 ORDER BY u.id"
        )
    })
});

impl UsersQuery for Pool {
    async fn user(&self, id: UserId) -> Result<Read<Option<User>>, DatabaseError> {
        let rows = rows(self, ONE, &[&READ_MODELS, &id.0]).await?;
        Ok(Read { value: rows.first().and_then(user), position: position(rows.first()) })
    }

    async fn listed_user(
        &self,
        id: UserId,
        bootstrap: Bootstrap,
    ) -> Result<Read<Option<User>>, DatabaseError> {
        let shown = bootstrap == Bootstrap::Shown;
        let rows = rows(self, ONE_LISTED, &[&READ_MODELS, &id.0, &shown]).await?;
        Ok(Read { value: rows.first().and_then(user), position: position(rows.first()) })
    }

    async fn users(
        &self,
        skip: i64,
        limit: Option<i64>,
        bootstrap: Bootstrap,
    ) -> Result<Read<List<User>>, DatabaseError> {
        list(self, String::new(), skip, limit, bootstrap).await
    }

    async fn accounts(&self) -> Result<Read<List<User>>, DatabaseError> {
        let pool = self.clone();
        let read = move |page: Page| {
            let pool = pool.clone();
            async move {
                let Page { after, skip, limit } = page;
                let rows = rows(&pool, ACCOUNTS, &[&READ_MODELS, &after, &skip, &limit]).await?;
                let value = rows.iter().filter_map(user).collect();
                Ok(Read { value, position: position(rows.first()) })
            }
            .boxed()
        };
        List::read(0, None, |user| user.id.0, read).await
    }

    async fn users_named(
        &self,
        text: &str,
        skip: i64,
        limit: Option<i64>,
        bootstrap: Bootstrap,
    ) -> Result<Read<List<User>>, DatabaseError> {
        let (text, nothing) = (folded(text), text.is_empty());
        let limit = if nothing { Some(0) } else { limit };
        list(self, text, skip, limit, bootstrap).await
    }

    async fn person(
        &self,
        id: UserId,
        as_of: Option<u64>,
    ) -> Result<Read<Option<User>>, DatabaseError> {
        let rows = PERSON.rows(self, &[&READ_MODELS, &id.0], as_of).await?;
        Ok(Read { value: rows.first().and_then(user), position: position(rows.first()) })
    }

    async fn people(
        &self,
        text: &str,
        slice: Slice,
        as_of: Option<u64>,
    ) -> Result<Read<Vec<User>>, DatabaseError> {
        let (text, after) = (folded(text), slice.after.unwrap_or_default());
        let rows = PEOPLE.rows(self, &[&READ_MODELS, &after, &slice.limit, &text], as_of).await?;
        let value = rows.iter().filter_map(user).collect();
        Ok(Read { value, position: position(rows.first()) })
    }
}

async fn list(
    pool: &Pool,
    text: String,
    skip: i64,
    limit: Option<i64>,
    bootstrap: Bootstrap,
) -> Result<Read<List<User>>, DatabaseError> {
    let (pool, shown) = (pool.clone(), bootstrap == Bootstrap::Shown);
    let read = move |page: Page| {
        let (pool, text) = (pool.clone(), text.clone());
        async move {
            let Page { after, skip, limit } = page;
            let rows =
                rows(&pool, PAGE, &[&READ_MODELS, &after, &shown, &skip, &limit, &text]).await?;
            let value = rows.iter().filter_map(user).collect();
            Ok(Read { value, position: position(rows.first()) })
        }
        .boxed()
    };
    List::read(skip, limit, |user| user.id.0, read).await
}

fn user(row: &Row) -> Option<User> {
    Some(User {
        id: UserId(row.get::<_, Option<i64>>(1)?),
        email: row.get(2),
        username: row.get(3),
        role: Role::parse(row.get(4)).unwrap_or_default(),
        bootstrap: row.get(5),
        created_at: row.get(6),
        phone_number: row.get(7),
        active: row.get(8),
        has_password: row.get(9),
        updated_at: row.get(10),
        revision: row.get::<_, i64>(11).cast_unsigned(),
        stale_since: stale(row, 12),
    })
}

/// A name, or a part of one, as it is searched for.
pub(super) fn folded(name: &str) -> String {
    name.to_lowercase()
}
