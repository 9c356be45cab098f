//! Accounts that change.

use chrono::{DateTime, Utc};
use schema::{
    Role, UserActivated, UserClaimed, UserDeactivated, UserId, UserPasswordChanged,
    UserProfileChanged, UserRoleChanged,
};
use tokio_postgres::Statement;

use super::query::folded;
use crate::models::{Place, Write};

/// What is null stays as it was. The time of a change is after that of the one before it, whatever
/// the clocks of the instances that made them.
pub(super) const CHANGE: &str = "
    WITH change AS (
        SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[],
                             $6::boolean[], $7::boolean[], $8::boolean[], $9::timestamptz[],
                             $10::bigint[], $11::bigint[])
            AS c (id, email, username, username_folded, role, bootstrap, is_active, has_password,
                  at, since, revision)
    ), superseded AS (
        INSERT INTO users_history
            (id, email, username, username_folded, created_at, role, bootstrap, phone_number,
             contact_email, is_active, has_password, updated_at, revision, since, until)
        SELECT u.id, u.email, u.username, u.username_folded, u.created_at, u.role, u.bootstrap,
               u.phone_number, u.contact_email, u.is_active, u.has_password, u.updated_at,
               u.revision, u.since, c.since
        FROM change c JOIN users u ON u.id = c.id
    )
    UPDATE users u SET
        email = coalesce(c.email, u.email),
        username = coalesce(c.username, u.username),
        username_folded = coalesce(c.username_folded, u.username_folded),
        role = coalesce(c.role, u.role),
        bootstrap = coalesce(c.bootstrap, u.bootstrap),
        is_active = coalesce(c.is_active, u.is_active),
        has_password = coalesce(c.has_password, u.has_password),
        updated_at = greatest(c.at, u.updated_at + interval '1 microsecond'),
        since = c.since,
        revision = c.revision
    FROM change c WHERE u.id = c.id";

/// What one fact changes about an account.
#[derive(Debug)]
pub(in crate::models) struct Change {
    email: Option<String>,
    username: Option<String>,
    role: Option<Role>,
    bootstrap: Option<bool>,
    is_active: Option<bool>,
    has_password: Option<bool>,
    at: DateTime<Utc>,
}

impl Change {
    fn at(at: DateTime<Utc>) -> Self {
        Self {
            email: None,
            username: None,
            role: None,
            bootstrap: None,
            is_active: None,
            has_password: None,
            at,
        }
    }

    pub(in crate::models) fn role(fact: &UserRoleChanged) -> Self {
        let (role, bootstrap) = (Some(fact.role), Some(fact.bootstrap));
        Self { role, bootstrap, ..Self::at(fact.at) }
    }

    pub(in crate::models) fn profile(fact: &UserProfileChanged) -> Option<Self> {
        let personal = fact.personal.clear()?;
        let (email, username) = (personal.email.clone(), Some(personal.username.clone()));
        Some(Self { email, username, ..Self::at(fact.at) })
    }

    pub(in crate::models) fn claim(fact: &UserClaimed) -> Option<Self> {
        let personal = fact.personal.clear()?;
        let (email, username) = (Some(personal.email.clone()), Some(personal.username.clone()));
        Some(Self { email, username, has_password: Some(true), ..Self::at(fact.at) })
    }

    pub(in crate::models) fn password(fact: &UserPasswordChanged) -> Self {
        Self { has_password: Some(true), ..Self::at(fact.at) }
    }

    pub(in crate::models) fn activation(fact: &UserActivated) -> Self {
        Self { is_active: Some(true), ..Self::at(fact.at) }
    }

    pub(in crate::models) fn deactivation(fact: &UserDeactivated) -> Self {
        Self { is_active: Some(false), ..Self::at(fact.at) }
    }
}

#[derive(Debug, Default)]
pub(super) struct Changes {
    id: Vec<i64>,
    email: Vec<Option<String>>,
    username: Vec<Option<String>>,
    username_folded: Vec<Option<String>>,
    role: Vec<Option<&'static str>>,
    bootstrap: Vec<Option<bool>>,
    is_active: Vec<Option<bool>>,
    has_password: Vec<Option<bool>>,
    at: Vec<DateTime<Utc>>,
    since: Vec<i64>,
    revision: Vec<i64>,
}

impl Changes {
    pub(super) fn add(&mut self, place: Place, user: UserId, change: Change) -> bool {
        if self.id.contains(&user.0) {
            return false;
        }
        self.id.push(user.0);
        self.email.push(change.email);
        self.username_folded.push(change.username.as_deref().map(folded));
        self.username.push(change.username);
        self.role.push(change.role.map(Role::as_str));
        self.bootstrap.push(change.bootstrap);
        self.is_active.push(change.is_active);
        self.has_password.push(change.has_password);
        self.at.push(change.at);
        self.since.push(place.since);
        self.revision.push(place.revision);
        true
    }

    pub(super) fn write<'a>(&'a self, statement: &'a Statement) -> Option<Write<'a>> {
        (!self.id.is_empty()).then(|| Write {
            statement,
            values: vec![
                &self.id,
                &self.email,
                &self.username,
                &self.username_folded,
                &self.role,
                &self.bootstrap,
                &self.is_active,
                &self.has_password,
                &self.at,
                &self.since,
                &self.revision,
            ],
        })
    }
}
