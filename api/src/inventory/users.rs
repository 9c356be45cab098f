//! `GET /user`, `POST /user`; `GET`, `PATCH` and `DELETE /user/{user_id}`

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use commands::user::{
    AmendRejected, ChangeAccount, ChangeAccountRejected, EraseUser, Person as Account,
};
use projections::{Bootstrap, User, UsersQuery};
use schema::{EmailAddress, Line, Password, Role, UserId, caps::INVENTORY_PASSWORD_CHARS_MIN};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{
    Failure,
    body::{Fields, Id},
    failure::Refused,
    member::Member,
    sign_up::{Newcomer, newcomer, refusal},
};
use crate::{
    App,
    hindered::from_execution,
    limits::{Offence, Visitor},
    listed::listed,
};

/// Somebody, as this façade shows them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InventoryPerson)]
struct Person {
    id: i64,
    /// In milliseconds since the Unix epoch.
    #[schema(example = 1_788_264_000_000_i64)]
    created_at: i64,
    #[schema(example = "Hélène Lemaire")]
    name: String,
    #[schema(example = "hélène.lemaire@outlook.com")]
    email: Option<String>,
}

/// What is to be different about somebody.
#[derive(ToSchema)]
#[schema(as = InventoryPersonChange)]
#[expect(dead_code, reason = "described here, and read field by field")]
struct Change {
    #[schema(example = "Hélène Lemaire")]
    name: Option<String>,
    /// One account at the most has it.
    #[schema(example = "hélène.lemaire@outlook.com")]
    email: Option<String>,
    /// All other sessions end with the old one.
    #[schema(example = "password123", min_length = 1)]
    password: Option<String>,
}

/// See who is there
#[utoipa::path(
    get, path = "/user", operation_id = "inventory_users",
    security((), ("bearer" = [])),
    responses((status = 200, body = Vec<Person>))
)]
pub(crate) async fn list(State(app): State<App>) -> Result<Response, Failure> {
    let read = app.pool.users(0, None, app.bootstrap).await?;
    Ok((app.read_at(read.position), listed(read.value, shown)).into_response())
}

/// See somebody
#[utoipa::path(
    get, path = "/user/{user_id}", operation_id = "inventory_user",
    security((), ("bearer" = [])),
    params(("user_id" = i64, Path)),
    responses((status = 200, body = Person), (status = 404, body = Refused, description = "Nobody"))
)]
pub(crate) async fn one(State(app): State<App>, Id(id): Id) -> Result<Response, Failure> {
    let read = app.pool.listed_user(UserId(id), app.bootstrap).await?;
    let user = read.value.ok_or(Failure::NOT_FOUND)?;
    Ok((app.read_at(read.position), Json(shown(&user))).into_response())
}

/// Create an account for somebody
#[utoipa::path(
    post, path = "/user", operation_id = "inventory_create_user",
    security(("bearer" = [])), request_body = Newcomer,
    responses((status = 200, body = Person))
)]
pub(crate) async fn create(
    State(app): State<App>,
    visitor: Visitor,
    member: Member,
    fields: Fields,
) -> Result<Response, Failure> {
    let command = newcomer(&fields)?;
    visitor.admit(Offence::Telling)?;
    let registered = app.commands.register_user(&command, &member.request).await;
    let registered = visitor.judged(registered).map_err(|error| from_execution(error, refusal))?;
    let body = Person {
        id: registered.user.0,
        created_at: registered.at.timestamp_millis(),
        name: command.username.as_str().to_owned(),
        email: Some(command.email.as_str().to_owned()),
    };
    Ok((app.written(registered.position).await, Json(body)).into_response())
}

/// Change an account
///
/// One's own; an administrator's any.
#[utoipa::path(
    patch, path = "/user/{user_id}", operation_id = "inventory_change_user",
    security(("bearer" = [])), params(("user_id" = i64, Path)), request_body = Change,
    responses((status = 200, body = Person), (status = 404, body = Refused, description = "Nobody"))
)]
pub(crate) async fn change(
    State(app): State<App>,
    visitor: Visitor,
    member: Member,
    Id(id): Id,
    fields: Fields,
) -> Result<Response, Failure> {
    let user = UserId(id);
    may_change(&app, &member, user).await?;
    let password = |text: &str| Password::parse(text, INVENTORY_PASSWORD_CHARS_MIN);
    let command = ChangeAccount {
        username: fields.optional_text("name", Line::parse)?,
        email: fields.optional_text("email", EmailAddress::parse)?,
        password: fields.optional_text("password", password)?,
        // Somebody else's session has nothing to do with this account.
        keep: member.request.credential.filter(|_| user == member.user),
        ..ChangeAccount::of(user)
    };
    if command.email.is_some() {
        visitor.admit(Offence::Telling)?;
    }
    let changed = app.commands.change_account(&command, &member.request).await;
    let changed = visitor.judged(changed).map_err(|error| {
        from_execution(error, |rejected| match rejected {
            ChangeAccountRejected::Amend(rejected) => not_amended(rejected),
            // It is refused to whoever gives a wrong password; none is asked for here.
            ChangeAccountRejected::Proof(_) => Failure::FORBIDDEN,
        })
    })?;
    app.sessions.doubt_all_of(user);
    let account = changed.person.ok_or(Failure::NOT_FOUND)?;
    let body = Person {
        id: account.user.0,
        created_at: account.registered_at.timestamp_millis(),
        name: account.username,
        email: account.email,
    };
    Ok((app.written(changed.position).await, Json(body)).into_response())
}

/// Erase an account
///
/// One's own; an administrator's any. Whatever the body says: the published client sends an empty one.
#[utoipa::path(
    delete, path = "/user/{user_id}", operation_id = "inventory_erase_user",
    security(("bearer" = [])), params(("user_id" = i64, Path)),
    responses(
        (status = 200, body = Value, description = "It is gone", example = json!({})),
        (status = 400, body = Refused, description = "Nobody else administers"),
        (status = 404, body = Refused, description = "Nobody"),
    )
)]
pub(crate) async fn erase(
    State(app): State<App>,
    member: Member,
    Id(id): Id,
) -> Result<Response, Failure> {
    let user = UserId(id);
    may_change(&app, &member, user).await?;
    let erased = app.commands.erase_user(&EraseUser { user }, &member.request).await;
    let erased = erased.map_err(|error| from_execution(error, not_amended))?;
    app.sessions.doubt_all_of(user);
    Ok((app.written(erased.position).await, Json(json!({}))).into_response())
}

/// Whether `member` may change the account of `user`. Whom the lists do not show is not there.
async fn may_change(app: &App, member: &Member, user: UserId) -> Result<(), Failure> {
    let account = app.commands.person(user).await?;
    let listed = |account: &Account| {
        account.email.is_some() && (app.bootstrap == Bootstrap::Shown || !account.bootstrap)
    };
    account.filter(listed).ok_or(Failure::NOT_FOUND)?;
    match member.role {
        Role::Admin => Ok(()),
        Role::User | Role::Auditor if user == member.user => Ok(()),
        Role::User | Role::Auditor => Err(Failure::FORBIDDEN),
    }
}

fn not_amended(rejected: AmendRejected) -> Failure {
    match rejected {
        AmendRejected::NoSuchUser => Failure::NOT_FOUND,
        AmendRejected::EmailTaken => Failure::DUPLICATE,
        AmendRejected::LastAdministrator => Failure::LAST_ADMINISTRATOR,
    }
}

fn shown(user: &User) -> Person {
    Person {
        id: user.id.0,
        created_at: user.created_at.timestamp_millis(),
        name: user.username.clone(),
        email: user.email.clone(),
    }
}
