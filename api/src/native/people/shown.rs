//! A person, as this API shows them.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use commands::user::{Amended, Contact as How, Person, RegisterPerson};
use projections::User;
use schema::{Cursor, Role, UserId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    App,
    native::{Problem, caller::Member, sent::etag},
    times::rfc3339,
};

/// A person. How to reach them is shown to themselves and to administrators.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NativePerson)]
pub(crate) struct Shown {
    #[schema(value_type = i64, example = 7)]
    id: UserId,
    #[schema(example = "ada")]
    username: String,
    #[schema(value_type = String, example = "user")]
    role: Role,
    /// Whether the account may be used.
    active: bool,
    #[schema(example = "2026-03-14T12:00:00.000000Z")]
    created_at: String,
    #[schema(example = "2026-03-14T12:00:00.000000Z")]
    updated_at: String,
    #[serde(flatten)]
    contact: Option<Contact>,
    /// The first fact of its stream that this is without, because it could not be applied; left out
    /// where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "01990000-0000-4000-8000-000000000000-41")]
    stale_since: Option<Cursor>,
}

/// How to reach a person.
#[derive(Debug, Serialize, ToSchema)]
struct Contact {
    #[schema(example = "ada@example.com")]
    email: Option<String>,
    #[schema(example = "0123456789")]
    phone_number: Option<String>,
}

impl Shown {
    /// A person as `viewer` may see them.
    pub(in crate::native) fn row(app: &App, user: &User, viewer: &Member) -> Self {
        let contact =
            Contact { email: user.email.clone(), phone_number: user.phone_number.clone() };
        Self {
            id: user.id,
            username: user.username.clone(),
            role: user.role,
            active: user.active,
            created_at: rfc3339(user.created_at),
            updated_at: rfc3339(user.updated_at),
            contact: Some(contact).filter(|_| sees_contact(user.id, viewer)),
            stale_since: app.stale(user.stale_since),
        }
    }

    /// Somebody who has just registered, as they may see themselves.
    pub(super) fn newcomer(user: UserId, at: DateTime<Utc>, command: &RegisterPerson) -> Self {
        let (email, phone) = match &command.contact {
            How::Email(email) => (Some(email), None),
            How::Phone(phone) => (None, Some(phone)),
            How::Both(email, phone) => (Some(email), Some(phone)),
        };
        let email = email.map(|email| email.as_str().to_owned());
        let phone_number = phone.map(|phone| phone.as_str().to_owned());
        Self {
            id: user,
            username: command.username.as_str().to_owned(),
            role: Role::User,
            active: true,
            created_at: rfc3339(at),
            updated_at: rfc3339(at),
            contact: Some(Contact { email, phone_number }),
            stale_since: None,
        }
    }

    /// A person as a command of `viewer`'s has left them.
    pub(super) fn person(person: &Person, viewer: &Member) -> Self {
        let contact =
            Contact { email: person.email.clone(), phone_number: person.phone_number.clone() };
        Self {
            id: person.user,
            username: person.username.clone(),
            role: person.role,
            active: person.active,
            created_at: rfc3339(person.registered_at),
            updated_at: rfc3339(person.updated_at),
            contact: Some(contact).filter(|_| sees_contact(person.user, viewer)),
            stale_since: None,
        }
    }
}

/// The answer to a change: the person from here on.
pub(super) async fn changed(
    app: &App,
    amended: &Amended,
    viewer: &Member,
) -> Result<Response, Problem> {
    let person = amended.person.as_ref().ok_or(Problem::NOT_FOUND)?;
    app.sessions.doubt_all_of(person.user);
    let shown = Json(Shown::person(person, viewer));
    Ok((app.written(amended.position).await, etag(person.revision), shown).into_response())
}

fn sees_contact(user: UserId, viewer: &Member) -> bool {
    match viewer.role {
        Role::Admin => true,
        Role::User | Role::Auditor => viewer.user == user,
    }
}
