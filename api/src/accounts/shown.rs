//! An account, as this façade shows it.

use commands::user::Person;
use projections::User;
use schema::Role;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{times::rfc3339, tokens::object_id};

/// An account. Never its password, in whatever form.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FullAccount)]
pub(super) struct Account {
    #[serde(rename = "_id")]
    #[schema(example = "68b58b40000000000000002a")]
    object_id: String,
    /// The same.
    #[schema(example = "68b58b40000000000000002a")]
    id: String,
    /// None for an account that has a phone number alone.
    #[schema(example = "ada@example.com")]
    email: Option<String>,
    #[schema(example = "ada")]
    username: String,
    is_active: bool,
    is_admin: bool,
    #[schema(example = "2026-03-14T12:00:00.000000Z")]
    created_at: String,
    /// Later with each change.
    #[schema(example = "2026-03-14T12:00:00.000000Z")]
    updated_at: String,
    /// Only those who have one differ from what the original shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "0123456789")]
    phone_number: Option<String>,
}

/// An account as a command has left it.
impl From<Person> for Account {
    fn from(person: Person) -> Self {
        let id = object_id(person.registered_at, person.user);
        Self {
            object_id: id.clone(),
            id,
            email: person.email,
            username: person.username,
            is_active: person.active,
            is_admin: person.role == Role::Admin,
            created_at: rfc3339(person.registered_at),
            updated_at: rfc3339(person.updated_at),
            phone_number: person.phone_number,
        }
    }
}

/// An account as it is read.
impl From<User> for Account {
    fn from(user: User) -> Self {
        let id = object_id(user.created_at, user.id);
        Self {
            object_id: id.clone(),
            id,
            email: user.email,
            username: user.username,
            is_active: user.active,
            is_admin: user.role == Role::Admin,
            created_at: rfc3339(user.created_at),
            updated_at: rfc3339(user.updated_at),
            phone_number: user.phone_number,
        }
    }
}
