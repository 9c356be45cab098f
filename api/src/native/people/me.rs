//! `PUT /api/v1/people/me`, `PUT /api/v1/people/me/password`

use axum::{extract::State, response::Response};
use chrono::{DateTime, Utc};
use commands::user::{ChangeAccount, ChangeAccountRejected, ProveRejected};
use schema::{EmailAddress, Line, Password};
use utoipa::ToSchema;

use super::{
    change,
    shown::{Shown, changed},
};
use crate::{
    App,
    limits::{Offence, RetryAfter, Visitor},
    native::{
        Kind, Problem,
        body::Fields,
        caller::Member,
        password::new_password,
        problem::from_execution,
        sent::{Envelope, Headers, Order},
    },
};

/// What is to be different about oneself.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described here, and read field by field")]
struct ProfileChange {
    #[schema(example = "ada")]
    username: Option<String>,
    /// One account at the most has it.
    #[schema(example = "ada@example.com")]
    email: Option<String>,
    /// Needed with another address.
    #[schema(example = "a violin in the attic")]
    current_password: Option<String>,
}

/// Another password, and the one that the account has.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described here, and read field by field")]
struct PasswordChange {
    #[schema(example = "a violin in the attic")]
    current_password: String,
    /// Not among the first that anybody would try.
    #[schema(example = "two violins in the attic", min_length = 8)]
    password: String,
}

/// Change your name or address
///
/// Whoever has got hold of a session alone must not take the account over: another address takes
/// the password.
#[utoipa::path(
    put, path = "/api/v1/people/me", operation_id = "change_own_profile",
    security(("bearer" = [])),
    params(Headers),
    request_body = ProfileChange,
    responses(
        (status = 200, body = Shown, headers(("ETag" = String))),
        (status = 409, description = "Another account has the address"),
    )
)]
pub(crate) async fn profile(
    State(app): State<App>,
    visitor: Visitor,
    member: Member,
    Order { mut fields, envelope }: Order,
) -> Result<Response, Problem> {
    let mut command = ChangeAccount::of(member.user);
    command.username = fields.optional("username", |fields, name| fields.text(name, Line::parse));
    command.email = fields.optional("email", |fields, name| fields.text(name, EmailAddress::parse));
    command.current = current(&mut fields, command.email.is_some());
    fields.finish(Some(()))?;
    answer(&app, &visitor, &command, &member, &envelope).await
}

/// Change your password
///
/// The session that asks stays, all others end.
#[utoipa::path(
    put, path = "/api/v1/people/me/password", operation_id = "change_own_password",
    security(("bearer" = [])),
    params(Headers),
    request_body = PasswordChange,
    responses((status = 200, body = Shown, headers(("ETag" = String))))
)]
pub(crate) async fn password(
    State(app): State<App>,
    visitor: Visitor,
    member: Member,
    Order { mut fields, envelope }: Order,
) -> Result<Response, Problem> {
    let mut command = ChangeAccount::of(member.user);
    command.current = current(&mut fields, true);
    let known_by = app.commands.person(member.user).await?.and_then(|person| person.email);
    command.password = fields.text("password", |text| new_password(text, known_by.as_deref()));
    command.keep = member.request.credential;
    fields.finish(Some(()))?;
    answer(&app, &visitor, &command, &member, &envelope).await
}

/// The password that the account has, if that is `needed` or sent.
fn current(fields: &mut Fields, needed: bool) -> Option<Password> {
    let read = |fields: &mut Fields, name: &str| fields.text(name, |text| Password::parse(text, 0));
    if needed {
        read(fields, "current_password")
    } else {
        fields.optional("current_password", read)
    }
}

async fn answer(
    app: &App,
    visitor: &Visitor,
    command: &ChangeAccount,
    member: &Member,
    envelope: &Envelope,
) -> Result<Response, Problem> {
    if command.current.is_some() {
        visitor.admit(Offence::WrongPassword)?;
    }
    if command.email.is_some() {
        visitor.admit(Offence::Telling)?;
    }
    let request = envelope.accept(app, member.request.clone(), None).await?;
    let amended = app.commands.change_account(command, &request).await;
    let amended = visitor
        .judged(amended)
        .map_err(|error| from_execution(error, |rejected| refusal(rejected, request.at)))?;
    changed(app, &amended, member).await
}

fn refusal(rejected: ChangeAccountRejected, now: DateTime<Utc>) -> Problem {
    match rejected {
        ChangeAccountRejected::Amend(rejected) => change::refusal(rejected),
        ChangeAccountRejected::Proof(ProveRejected::NoSuchUser) => Problem::NOT_FOUND,
        ChangeAccountRejected::Proof(ProveRejected::WrongPassword) => {
            Problem::new(Kind::Forbidden, "the current password is wrong")
        }
        ChangeAccountRejected::Proof(ProveRejected::TooMany { until }) => {
            RetryAfter::until(until, now).into()
        }
    }
}
