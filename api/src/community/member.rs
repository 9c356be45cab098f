//! Who may see what the configuration has closed: anybody with an account.

use std::convert::Infallible;

use axum::{extract::FromRequestParts, http::request::Parts};

use crate::{
    App,
    caller::Caller,
    fastapi::{Failure, known},
};

/// Somebody who is logged in.
pub(super) struct Member;

impl FromRequestParts<App> for Member {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let caller: Result<Caller, Infallible> = Caller::from_request_parts(parts, app).await;
        match caller {
            Ok(caller) => known(caller).map(|_| Self),
            Err(never) => match never {},
        }
    }
}
