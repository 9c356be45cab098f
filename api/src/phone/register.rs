//! `POST /api/register/`

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use commands::{
    session::{OpenSession, OpenSessionRejected},
    user::{RegisterPhone, RegisterPhoneRejected},
};
use schema::{
    Password, PasswordError, PhoneError, PhoneNumber,
    caps::{EMAIL_BYTES_MAX, PASSWORD_CHARS_MAX, PHONE_CHARS_MAX, PHONE_PASSWORD_CHARS_MIN},
};

use utoipa::ToSchema;

use super::{
    body::{BLANK, Fields},
    failure::{Failure, Unproven},
    tokens::{Proven, proven},
};
use crate::{
    App,
    hindered::from_execution,
    limits::{Offence, Visitor},
    origin::Anonymous,
};

/// Somebody new.
#[derive(ToSchema)]
#[schema(as = PhoneRegistration)]
#[expect(dead_code, reason = "described here, and read field by field")]
struct Registration {
    /// 15 characters at the most, not counting what separates them; one account at the most has it.
    #[schema(example = "0123456789", min_length = 1)]
    phone_number: String,
    /// Kept as an Argon2id hash.
    #[schema(example = "votreMotDePasse", min_length = 1)]
    password: String,
    /// Kept, and never looked at.
    #[schema(example = "user@example.com")]
    email: Option<String>,
}

/// Register with a phone number
#[utoipa::path(
    post, path = "/api/register", operation_id = "phone_register",
    request_body(content(
        (Registration = "application/json"),
        (Registration = "application/x-www-form-urlencoded"),
    )),
    responses(
        (status = 201, body = Proven),
        (status = 401, body = Unproven, description = "Somebody has closed the account since"),
    )
)]
pub(super) async fn handler(
    State(app): State<App>,
    visitor: Visitor,
    Anonymous(request): Anonymous,
    mut fields: Fields,
) -> Result<Response, Failure> {
    let phone = fields.text("phone_number", phone);
    let password = fields.text("password", password);
    // Whatever it is: it is not checked, and never a reason to refuse.
    let contact_email = fields.plain("email").filter(|email| {
        !email.is_empty() && email.len() <= EMAIL_BYTES_MAX && !email.chars().any(char::is_control)
    });
    let (phone, password) = fields.finish(phone.zip(password))?;
    let command = RegisterPhone { phone, contact_email, password };

    visitor.admit(Offence::Telling)?;
    let registered = app.commands.register_phone(&command, &request).await;
    let registered = visitor.judged(registered).map_err(|error| from_execution(error, refusal))?;
    let opened = app.commands.open_session(&OpenSession { user: registered.user }, &request).await;
    let login = opened.map_err(|error| from_execution(error, gone))?;
    let told = app.written(login.position).await;
    Ok((StatusCode::CREATED, told, proven(&app, &login, &request)).into_response())
}

fn phone(text: &str) -> Result<PhoneNumber, String> {
    PhoneNumber::parse(text).map_err(|error| match error {
        PhoneError::Blank => BLANK.to_owned(),
        PhoneError::Control => "Ce champ a des caractères de contrôle.".to_owned(),
        PhoneError::Confusable => "Ce champ imite un autre numéro.".to_owned(),
        PhoneError::TooLong => {
            format!("Assurez-vous que ce champ comporte au plus {PHONE_CHARS_MAX} caractères.")
        }
    })
}

fn password(text: &str) -> Result<Password, String> {
    Password::parse(text, PHONE_PASSWORD_CHARS_MIN).map_err(|error| match error {
        PasswordError::TooShort { .. } => BLANK.to_owned(),
        PasswordError::Nul => "Ce champ a un caractère nul.".to_owned(),
        PasswordError::TooLong => {
            format!("Assurez-vous que ce champ comporte au plus {PASSWORD_CHARS_MAX} caractères.")
        }
    })
}

fn refusal(rejected: RegisterPhoneRejected) -> Failure {
    match rejected {
        RegisterPhoneRejected::PhoneTaken => Failure::of_field(
            "phone_number",
            "Un utilisateur avec ce numéro de téléphone existe déjà.",
        ),
    }
}

/// Somebody has closed or erased the account since.
fn gone(rejected: OpenSessionRejected) -> Failure {
    match rejected {
        OpenSessionRejected::NoSuchUser | OpenSessionRejected::Inactive => {
            super::log_in::WRONG_CREDENTIALS
        }
    }
}
