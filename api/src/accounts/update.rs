//! What a client may say about an account, and what a change is answered with.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use commands::user::{AmendRejected, Amended, ChangeAccount, ChangeAccountRejected, ProveRejected};
use schema::{
    EmailAddress, Line, Password,
    caps::{ACCOUNTS_PASSWORD_CHARS_MIN, ACCOUNTS_USERNAME_CHARS},
};

use super::{member::NO_SUCH_USER, register::EMAIL_TAKEN, shown::Account};
use crate::{
    App,
    fastapi::{Failure, Fields},
    limits::RetryAfter,
};

const LAST_ADMINISTRATOR: Failure =
    Failure::sentence(StatusCode::BAD_REQUEST, "Last administrator");
const WRONG_PASSWORD: Failure =
    Failure::sentence(StatusCode::BAD_REQUEST, "Current password is wrong");

/// The name, which has to be there.
pub(super) fn username(fields: &mut Fields) -> Option<Line> {
    let (min, max) = ACCOUNTS_USERNAME_CHARS;
    fields.bounded("username", min, Some(max))?;
    fields.text("username", Line::parse)
}

/// The password, which has to be there.
pub(super) fn password(fields: &mut Fields) -> Option<Password> {
    fields.bounded("password", ACCOUNTS_PASSWORD_CHARS_MIN, None)?;
    fields.text("password", |text| Password::parse(text, ACCOUNTS_PASSWORD_CHARS_MIN))
}

/// Puts those of name, address and password that are there into `command`.
pub(super) fn fill(command: &mut ChangeAccount, fields: &mut Fields) {
    if fields.has("email") {
        command.email = fields.text("email", EmailAddress::parse);
    }
    if fields.has("username") {
        command.username = username(fields);
    }
    if fields.has("password") {
        command.password = password(fields);
    }
}

/// The account as it is after the change.
pub(super) async fn answer(app: &App, amended: Amended) -> Result<Response, Failure> {
    let person = amended.person.ok_or(NO_SUCH_USER)?;
    let told = app.written(amended.position).await;
    Ok((told, Json(Account::from(person))).into_response())
}

/// The answer to an erasure.
pub(super) async fn nothing(app: &App, amended: &Amended) -> Response {
    (StatusCode::NO_CONTENT, app.written(amended.position).await).into_response()
}

pub(super) fn refusal(rejected: ChangeAccountRejected, now: DateTime<Utc>) -> Failure {
    match rejected {
        ChangeAccountRejected::Amend(rejected) => not_amended(rejected),
        ChangeAccountRejected::Proof(ProveRejected::NoSuchUser) => NO_SUCH_USER,
        ChangeAccountRejected::Proof(ProveRejected::WrongPassword) => WRONG_PASSWORD,
        ChangeAccountRejected::Proof(ProveRejected::TooMany { until }) => {
            RetryAfter::until(until, now).into()
        }
    }
}

pub(super) fn not_amended(rejected: AmendRejected) -> Failure {
    match rejected {
        AmendRejected::NoSuchUser => NO_SUCH_USER,
        AmendRejected::EmailTaken => EMAIL_TAKEN,
        AmendRejected::LastAdministrator => LAST_ADMINISTRATOR,
    }
}
