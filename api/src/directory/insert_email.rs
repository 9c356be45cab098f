//! `POST /insertEmail`

use axum::{
    Json,
    extract::{FromRequest, Request, State},
    response::{IntoResponse, Response},
};
use commands::user::{FindOrCreateDirectoryUser, FindOrCreateDirectoryUserRejected};
use schema::EmailAddress;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    failure::{Failure, Message},
    keys::ApiKey,
    token::Entry,
};
use crate::{
    App,
    body::{Kind, take},
    hindered::from_execution,
    origin::Anonymous,
};

/// An address in a JSON object.
pub(super) struct Body(EmailAddress);

impl<S: Sync> FromRequest<S> for Body {
    type Rejection = Failure;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Failure> {
        let body = match take(request).await? {
            (Kind::Json, body) => body,
            (Kind::Form | Kind::Text, _) => return Err(Failure::UNSUPPORTED),
        };
        let Ok(Value::Object(fields)) = serde_json::from_slice(&body) else {
            return Err(Failure::UNREADABLE);
        };
        let email = fields.get("email").and_then(Value::as_str);
        let email = email.and_then(|email| EmailAddress::parse(email).ok());
        email.map(Self).ok_or(Failure::INVALID_EMAIL)
    }
}

/// Whose account is wanted.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described here, and read by hand")]
struct Wanted {
    #[schema(example = "testMail0@example.com")]
    email: String,
}

/// An account, and what opens it to `/userManager`.
#[derive(Serialize, ToSchema)]
struct Found {
    /// The same whenever it is asked for with the same key and spelling.
    #[schema(example = "AAAAAAAAAAcAAAAAAAAAADE5…")]
    token: String,
    #[schema(example = "42")]
    id: String,
}

/// Find or create an account
#[utoipa::path(
    post, path = "/insertEmail", operation_id = "directory_insert_email",
    security(("api_key" = [])), request_body = Wanted,
    responses(
        (status = 200, body = Found),
        (status = 403, body = Message, description = "No key that counts, or the account is closed"),
    )
)]
pub(super) async fn handler(
    State(app): State<App>,
    key: ApiKey,
    Anonymous(request): Anonymous,
    Body(email): Body,
) -> Result<Response, Failure> {
    let command = FindOrCreateDirectoryUser { email };
    let found = app.commands.find_or_create_directory_user(&command, &request).await;
    let found = found.map_err(|error| from_execution(error, refusal))?;
    let entry = Entry { user: found.user, spelling: found.spelling };
    let token = app.directory.token(entry, &key);
    let body = Found { token, id: found.user.to_string() };
    Ok((app.written(found.position).await, Json(body)).into_response())
}

fn refusal(rejected: FindOrCreateDirectoryUserRejected) -> Failure {
    match rejected {
        FindOrCreateDirectoryUserRejected::Inactive => Failure::INACTIVE,
    }
}
