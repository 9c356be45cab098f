//! `POST /api/v1/password-resets`: a new password for whoever has a link.

use std::convert::Infallible;

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use commands::user::{Person, UseResetLink, UseResetLinkRejected};
use utoipa::ToSchema;

use super::{
    password::{NewPasswordError, is_guessable, new_password},
    problem::{Problem, Wrong, from_execution},
    sent::{Headers, Order},
};
use crate::{
    App,
    limits::{Offence, Visitor},
    origin::Anonymous,
};

/// A link that somebody was given, and their new password.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described here, and read field by field")]
struct PasswordReset {
    /// What stands in the link.
    #[schema(example = "AAAAAAAAAAcAAAAAAAAAADE5…")]
    token: String,
    /// Not among the first that anybody would try.
    #[schema(example = "two violins in the attic", min_length = 8)]
    password: String,
}

/// Set a new password by a link
///
/// An operator gives out such links. All sessions end.
#[utoipa::path(
    post, path = "/api/v1/password-resets", operation_id = "reset_password",
    params(Headers),
    request_body = PasswordReset,
    responses((status = 204, description = "The new password counts"))
)]
pub(crate) async fn handler(
    State(app): State<App>,
    visitor: Visitor,
    Anonymous(request): Anonymous,
    Order { mut fields, envelope }: Order,
) -> Result<Response, Problem> {
    let text = fields.text("token", |text| Ok::<_, Infallible>(text.to_owned()));
    let password = fields.text("password", |text| new_password(text, None));
    let (text, password) = fields.finish(text.zip(password))?;

    visitor.admit(Offence::WrongPassword)?;
    let request = envelope.accept(&app, request, None).await?;
    let command = UseResetLink { text: &text, password: &password };
    let suits = |person: &Person| !is_guessable(&password, person.email.as_deref());
    let reset = app.commands.use_reset_link(command, suits, &request).await;
    let position = visitor.judged(reset).map_err(|error| from_execution(error, refusal))?;
    Ok((StatusCode::NO_CONTENT, app.written(position).await).into_response())
}

fn refusal(rejected: UseResetLinkRejected) -> Problem {
    let (pointer, detail) = match rejected {
        UseResetLinkRejected::NoSuchLink => {
            ("#/token", "the link was used, has expired, or never was".to_owned())
        }
        UseResetLinkRejected::Unsuitable => ("#/password", NewPasswordError::Guessable.to_string()),
    };
    Problem::invalid(vec![Wrong { pointer: pointer.to_owned(), code: "value", detail }])
}
