//! An account, as this façade shows it.

use chrono::{DateTime, Utc};
use commands::user::Person;
use projections::User;
use schema::{Role, UserId};
use serde_json::{Value, json};

use crate::{times::rfc3339, tokens::object_id};

/// What is shown, whether the log or the read models tell it.
struct Account<'a> {
    id: UserId,
    email: Option<&'a str>,
    username: &'a str,
    phone_number: Option<&'a str>,
    active: bool,
    role: Role,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// An account as a command has left it.
pub(super) fn person(person: &Person) -> Value {
    Account {
        id: person.user,
        email: person.email.as_deref(),
        username: &person.username,
        phone_number: person.phone_number.as_deref(),
        active: person.active,
        role: person.role,
        created_at: person.registered_at,
        updated_at: person.updated_at,
    }
    .shown()
}

/// An account as it is read.
pub(super) fn user(user: &User) -> Value {
    Account {
        id: user.id,
        email: user.email.as_deref(),
        username: &user.username,
        phone_number: user.phone_number.as_deref(),
        active: user.active,
        role: user.role,
        created_at: user.created_at,
        updated_at: user.updated_at,
    }
    .shown()
}

impl Account<'_> {
    fn shown(&self) -> Value {
        let id = object_id(self.created_at, self.id);
        let mut shown = json!({
            "_id": id,
            "id": id,
            "email": self.email,
            "username": self.username,
            "is_active": self.active,
            "is_admin": self.role == Role::Admin,
            "created_at": rfc3339(self.created_at),
            "updated_at": rfc3339(self.updated_at),
        });
        // Only those who have one differ from what the original shows.
        if let Some(number) = self.phone_number {
            shown["phone_number"] = json!(number);
        }
        shown
    }
}
