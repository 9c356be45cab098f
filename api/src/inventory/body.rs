//! Bodies and path parameters. The first thing that is wrong with them is the answer.

use std::convert::Infallible;

use axum::{
    extract::{FromRequest, FromRequestParts, RawPathParams, Request},
    http::request::Parts,
};
use serde_json::{Map, Value};

use super::Failure;
use crate::body::{Kind, take};

/// A JSON object whose fields are yet to be checked. What no field asks for is ignored.
#[derive(Debug)]
pub(crate) struct Fields(Map<String, Value>);

impl<S: Sync> FromRequest<S> for Fields {
    type Rejection = Failure;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Failure> {
        let (kind, body) = take(request).await?;
        match kind {
            Kind::Json => match serde_json::from_slice(&body) {
                Ok(Value::Object(fields)) => Ok(Self(fields)),
                Ok(_) | Err(_) => Err(Failure::UNREADABLE),
            },
            Kind::Form => Err(Failure::UNREADABLE),
            Kind::Text => Err(Failure::UNSUPPORTED),
        }
    }
}

impl Fields {
    /// The field as `parse` reads its text.
    pub(crate) fn text<T, E: std::fmt::Display>(
        &self,
        param: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, Failure> {
        self.optional_text(param, parse)?.ok_or(missing(param))
    }

    /// The same for a field that may be absent or null.
    pub(crate) fn optional_text<T, E: std::fmt::Display>(
        &self,
        param: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, Failure> {
        match self.0.get(param) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => match parse(text) {
                Ok(value) => Ok(Some(value)),
                Err(error) => Err(Failure::Input { param, message: error.to_string().into() }),
            },
            Some(_) => Err(Failure::input(param, "Value is not a text.")),
        }
    }

    /// The field as an id.
    pub(crate) fn id<T>(&self, param: &'static str, id: fn(i64) -> T) -> Result<T, Failure> {
        self.optional_id(param, id)?.ok_or(missing(param))
    }

    /// The same for a field that may be absent or null.
    pub(crate) fn optional_id<T>(
        &self,
        param: &'static str,
        id: fn(i64) -> T,
    ) -> Result<Option<T>, Failure> {
        self.optional_integer(param, |number| Ok::<_, Infallible>(id(number)))
    }

    /// The field as `parse` reads its integer.
    pub(crate) fn integer<T, E: std::fmt::Display>(
        &self,
        param: &'static str,
        parse: impl FnOnce(i64) -> Result<T, E>,
    ) -> Result<T, Failure> {
        self.optional_integer(param, parse)?.ok_or(missing(param))
    }

    /// The same for a field that may be absent or null.
    pub(crate) fn optional_integer<T, E: std::fmt::Display>(
        &self,
        param: &'static str,
        parse: impl FnOnce(i64) -> Result<T, E>,
    ) -> Result<Option<T>, Failure> {
        let number = match self.0.get(param) {
            None | Some(Value::Null) => return Ok(None),
            Some(value) => value.as_i64(),
        };
        let number = number.ok_or(Failure::input(param, "Value is not an integer."))?;
        let read = parse(number);
        read.map(Some).map_err(|error| Failure::Input { param, message: error.to_string().into() })
    }
}

fn missing(param: &'static str) -> Failure {
    Failure::input(param, "Missing param.")
}

/// The id that stands in the path.
pub(crate) struct Id(pub(crate) i64);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let parameters = RawPathParams::from_request_parts(parts, state).await;
        let text = parameters.iter().flat_map(|all| all.iter()).next().map(|(_, text)| text);
        let number = text.and_then(|text| text.trim().parse().ok());
        number.map(Self).ok_or(Failure::input("id", "Value is not an integer."))
    }
}
