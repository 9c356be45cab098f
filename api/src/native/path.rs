//! What stands in paths.

use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::request::Parts,
};

use super::problem::Problem;

/// What stands in the path, as text. What is no text names nothing.
pub(crate) struct Text(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Text {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let parameters = RawPathParams::from_request_parts(parts, state).await;
        let parameters = parameters.map_err(|_| Problem::NOT_FOUND)?;
        let (_, text) = parameters.iter().next().ok_or(Problem::NOT_FOUND)?;
        Ok(Self(text.to_owned()))
    }
}

/// The id that stands in the path. What is no id names nothing.
pub(crate) struct Id(pub(crate) i64);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Text(text) = Text::from_request_parts(parts, state).await?;
        let digits = text.bytes().all(|digit| digit.is_ascii_digit());
        let id = text.parse().ok().filter(|_| digits);
        id.map(Self).ok_or(Problem::NOT_FOUND)
    }
}
