//! `POST /api/v1/people`

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header::LOCATION},
    response::{IntoResponse, Response},
};
use commands::user::{Contact, RegisterPerson, RegisterPersonRejected};
use schema::{EmailAddress, IdKind, Line, PhoneNumber};

use utoipa::ToSchema;

use super::shown::Shown;
use crate::{
    App,
    limits::{Offence, Visitor},
    native::{
        Kind, Problem,
        password::new_password,
        problem::from_execution,
        sent::{Headers, Order},
    },
    origin::Anonymous,
};

/// Somebody new: with an address, a phone number, or both.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described here, and read field by field")]
struct NewPerson {
    /// One account at the most has it.
    #[schema(example = "ada@example.com")]
    email: Option<String>,
    /// The same.
    #[schema(example = "0123456789", max_length = 15)]
    phone_number: Option<String>,
    #[schema(example = "ada")]
    username: String,
    /// Not among the first that anybody would try; kept as an Argon2id hash.
    #[schema(example = "a violin in the attic", min_length = 8)]
    password: String,
}

/// Register
#[utoipa::path(
    post, path = "/api/v1/people", operation_id = "register_person",
    params(Headers),
    request_body = NewPerson,
    responses(
        (status = 201, body = Shown, headers(("Location" = String))),
        (status = 409, description = "Another account has the address or the phone number"),
    )
)]
pub(crate) async fn handler(
    State(app): State<App>,
    visitor: Visitor,
    Anonymous(request): Anonymous,
    Order { mut fields, envelope }: Order,
) -> Result<Response, Problem> {
    let email = fields.optional("email", |fields, name| fields.text(name, EmailAddress::parse));
    let phone =
        fields.optional("phone_number", |fields, name| fields.text(name, PhoneNumber::parse));
    let username = fields.text("username", Line::parse);
    let known_by = email.as_ref().map(EmailAddress::as_str);
    let password = fields.text("password", |text| new_password(text, known_by));
    let contact = match (email, phone) {
        (Some(email), None) => Some(Contact::Email(email)),
        (None, Some(phone)) => Some(Contact::Phone(phone)),
        (Some(email), Some(phone)) => Some(Contact::Both(email, phone)),
        (None, None) if fields.is_fine() => {
            fields.refuse("email", "missing", "an address or a phone number is required")
        }
        (None, None) => None,
    };
    let ((username, password), contact) = fields.finish(username.zip(password).zip(contact))?;
    let command = RegisterPerson { contact, username, password };

    visitor.admit(Offence::Telling)?;
    let request = envelope.accept(&app, request, Some(IdKind::User)).await?;
    let registered = app.commands.register_person(&command, &request).await;
    let registered = visitor.judged(registered).map_err(|error| from_execution(error, refusal))?;
    let shown = Shown::newcomer(registered.user, registered.at, &command);
    let place = [(LOCATION, format!("/api/v1/people/{}", registered.user))];
    let told = app.written(registered.position).await;
    Ok((StatusCode::CREATED, place, told, Json(shown)).into_response())
}

fn refusal(rejected: RegisterPersonRejected) -> Problem {
    match rejected {
        RegisterPersonRejected::Taken => {
            Problem::new(Kind::Taken, "another account has the address or the phone number")
        }
    }
}
