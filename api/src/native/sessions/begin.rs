//! `POST /api/v1/sessions`, `POST /api/v1/sessions/refresh`

use std::convert::Infallible;

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header::LOCATION},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use commands::{
    session::{RefreshSession, RefreshSessionRejected},
    user::{LogIn, LogInPhone, LogInRejected, LoggedIn},
};
use schema::{EmailAddress, Password, PhoneNumber, SessionId, UserId, caps::ACCESS_TOKEN_SECONDS};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    App,
    limits::{Offence, RetryAfter, Visitor},
    native::{Kind, Problem, body::Fields, problem::from_execution},
    origin::Anonymous,
    tokens::Refresh,
};

/// A session, and the tokens that stand for it.
#[derive(Serialize, ToSchema)]
#[schema(as = SessionTokens)]
pub(crate) struct Tokens {
    #[schema(value_type = String, example = "01990000-0000-4000-8000-000000000001")]
    session_id: SessionId,
    #[schema(value_type = i64, example = 7)]
    person_id: UserId,
    #[schema(example = "eyJhbGciOiJFZERTQSIs…")]
    access_token: String,
    #[schema(example = "bearer")]
    token_type: &'static str,
    /// For how many seconds the access token is good.
    #[schema(example = 1800)]
    expires_in: i64,
    /// Good once, for a day.
    #[schema(example = "eyJhbGciOiJFZERTQSIs…")]
    refresh_token: String,
}

/// Who logs in: by address or by phone number.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described here, and read field by field")]
struct NewSession {
    #[schema(example = "ada@example.com")]
    email: Option<String>,
    #[schema(example = "0123456789")]
    phone_number: Option<String>,
    #[schema(example = "a violin in the attic")]
    password: String,
}

/// What the session goes on with.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described here, and read field by field")]
struct RefreshToken {
    /// That of the answer before.
    #[schema(example = "eyJhbGciOiJFZERTQSIs…")]
    refresh_token: String,
}

/// Log in
#[utoipa::path(
    post, path = "/api/v1/sessions", operation_id = "begin_session",
    request_body = NewSession,
    responses(
        (status = 201, body = Tokens, headers(("Location" = String))),
        (status = 401, description = "Address, phone number or password is wrong"),
    )
)]
pub(crate) async fn log_in(
    State(app): State<App>,
    visitor: Visitor,
    Anonymous(request): Anonymous,
    mut fields: Fields,
) -> Result<Response, Problem> {
    // What cannot be an address or a number is nobody's: the answer is that of a wrong password.
    let by_phone = fields.has("phone_number") && !fields.has("email");
    let name = if by_phone { "phone_number" } else { "email" };
    let name = fields.text(name, |text| Ok::<_, Infallible>(text.to_owned()));
    let password = fields.text("password", |text| Password::parse(text, 0));
    let (name, password) = fields.finish(name.zip(password))?;

    visitor.admit(Offence::WrongPassword)?;
    let login = if by_phone {
        let phone = PhoneNumber::parse(&name).ok();
        app.commands.log_in_phone(&LogInPhone { phone, password }, &request).await
    } else {
        let email = EmailAddress::parse(&name).ok();
        app.commands.log_in(&LogIn { email, password }, &request).await
    };
    let login = visitor
        .judged(login)
        .map_err(|error| from_execution(error, |rejected| refusal(rejected, request.at)))?;
    let told = app.written(login.position).await;
    let place = [(LOCATION, format!("/api/v1/sessions/{}", login.session))];
    let refresh = app.tokens.refresh(&login, 0, request.at);
    Ok((StatusCode::CREATED, place, told, tokens(&app, &login, refresh, request.at))
        .into_response())
}

/// Nobody is told whether there is such an account, or whether it is closed.
fn refusal(rejected: LogInRejected, now: DateTime<Utc>) -> Problem {
    match rejected {
        LogInRejected::WrongCredentials | LogInRejected::Inactive => {
            Problem::new(Kind::Unauthorized, "address, phone number or password is wrong")
        }
        LogInRejected::TooMany { until } => RetryAfter::until(until, now).into(),
    }
}

/// Go on with a session
///
/// A refresh token is good once. One that comes twice ends the session, for somebody has a copy.
#[utoipa::path(
    post, path = "/api/v1/sessions/refresh", operation_id = "go_on_with_session",
    request_body = RefreshToken,
    responses(
        (status = 200, body = Tokens),
        (status = 401, description = "The refresh token proves nothing, or no more"),
    )
)]
pub(crate) async fn refresh(
    State(app): State<App>,
    Anonymous(request): Anonymous,
    mut fields: Fields,
) -> Result<Response, Problem> {
    let token = fields.text("refresh_token", |text| Ok::<_, Infallible>(text.to_owned()));
    let token = fields.finish(token)?;
    let command = match app.tokens.read_refresh(&token) {
        Refresh::Of { session, generation } => RefreshSession { session, generation },
        Refresh::WrongType | Refresh::Invalid => return Err(over()),
    };
    let refreshed = app.commands.refresh_session(&command, &request).await;
    let refreshed = refreshed.map_err(|error| from_execution(error, not_refreshed))?;
    let login = &refreshed.login;
    let next = app.tokens.refresh(login, refreshed.generation, refreshed.since);
    let told = app.written(login.position).await;
    Ok((told, tokens(&app, login, next, request.at)).into_response())
}

/// Nobody is told which: a copy is as wrong as a token that is over.
fn not_refreshed(rejected: RefreshSessionRejected) -> Problem {
    match rejected {
        RefreshSessionRejected::Over
        | RefreshSessionRejected::Inactive
        | RefreshSessionRejected::Reused => over(),
    }
}

fn over() -> Problem {
    Problem::new(Kind::Unauthorized, "the refresh token proves nothing, or no more")
}

fn tokens(app: &App, login: &LoggedIn, refresh_token: String, at: DateTime<Utc>) -> Json<Tokens> {
    Json(Tokens {
        session_id: login.session,
        person_id: login.user,
        access_token: app.tokens.issue(login, at, ACCESS_TOKEN_SECONDS),
        token_type: "bearer",
        expires_in: ACCESS_TOKEN_SECONDS,
        refresh_token,
    })
}
