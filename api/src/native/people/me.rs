//! `PUT /api/v1/people/me`, `PUT /api/v1/people/me/password`

use axum::{extract::State, response::Response};
use chrono::{DateTime, Utc};
use commands::user::{ChangeAccount, ChangeAccountRejected, ProveRejected};
use schema::{EmailAddress, Line, Password, caps::NATIVE_PASSWORD_CHARS_MIN};

use super::{change, shown::changed};
use crate::{
    App,
    native::{Kind, Problem, body::Fields, caller::Member, problem::from_execution},
};

/// Whoever has got hold of a session alone must not take the account over: another address takes
/// the password.
pub(crate) async fn profile(
    State(app): State<App>,
    member: Member,
    mut fields: Fields,
) -> Result<Response, Problem> {
    let mut command = ChangeAccount::of(member.user);
    command.username = fields.optional("username", |fields, name| fields.text(name, Line::parse));
    command.email = fields.optional("email", |fields, name| fields.text(name, EmailAddress::parse));
    command.current = current(&mut fields, command.email.is_some());
    fields.finish(Some(()))?;
    answer(&app, &command, &member).await
}

pub(crate) async fn password(
    State(app): State<App>,
    member: Member,
    mut fields: Fields,
) -> Result<Response, Problem> {
    let mut command = ChangeAccount::of(member.user);
    command.current = current(&mut fields, true);
    command.password =
        fields.text("password", |text| Password::parse(text, NATIVE_PASSWORD_CHARS_MIN));
    command.keep = member.request.credential;
    fields.finish(Some(()))?;
    answer(&app, &command, &member).await
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

async fn answer(app: &App, command: &ChangeAccount, member: &Member) -> Result<Response, Problem> {
    let request = &member.request;
    let amended = app.commands.change_account(command, request).await;
    let amended =
        amended.map_err(|error| from_execution(error, |rejected| refusal(rejected, request.at)))?;
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
            Problem::too_many_until(until, now)
        }
    }
}
