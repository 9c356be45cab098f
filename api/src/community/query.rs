//! Path and query parameters.

use std::collections::HashMap;

use axum::{
    extract::{FromRequestParts, Query, RawPathParams},
    http::request::Parts,
};
use schema::caps::{LIST_LIMIT_DEFAULT, LIST_LIMIT_MAX};
use serde_json::json;
use utoipa::IntoParams;

use crate::fastapi::Failure;

/// Which part of a list is wanted.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Page {
    /// So many are passed over; less than 0 means 0.
    #[param(value_type = Option<i64>)]
    pub(crate) skip: i64,
    /// So many at the most; above 1,000 means 1,000.
    limit: Option<i64>,
}

impl Page {
    /// How many rows where the original had a default.
    pub(crate) fn limit_or_default(&self) -> i64 {
        self.limit.unwrap_or(LIST_LIMIT_DEFAULT)
    }

    /// How many rows; all where none were asked for.
    pub(crate) fn limit(&self) -> Option<i64> {
        self.limit
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Page {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let query = Query::<HashMap<String, String>>::from_request_parts(parts, state).await;
        let Query(query) = query.map_err(|_| Failure::BAD_QUERY)?;
        let number =
            |name: &str| query.get(name).map(|text| integer(&["query", name], text)).transpose();
        let skip = number("skip")?.unwrap_or(0).max(0);
        let limit = number("limit")?.map(|limit| limit.clamp(0, LIST_LIMIT_MAX));
        Ok(Self { skip, limit })
    }
}

/// The text that is looked for.
pub(crate) struct Text(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Text {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let query = Query::<HashMap<String, String>>::from_request_parts(parts, state).await;
        let Query(mut query) = query.map_err(|_| Failure::BAD_QUERY)?;
        query.remove("query").map(Self).ok_or_else(|| {
            Failure::Invalid(vec![json!({
                "type": "missing",
                "loc": ["query", "query"],
                "msg": "Field required",
                "input": null,
            })])
        })
    }
}

/// The id that stands in the path, under whatever name its route gives it.
pub(crate) struct Id(pub(crate) i64);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let parameters = RawPathParams::from_request_parts(parts, state).await;
        // What is not UTF-8 is no number either.
        let parameters = parameters.map_err(|_| not_an_integer(&["path"], ""))?;
        let (name, text) = parameters.iter().next().ok_or(Failure::NOT_FOUND)?;
        integer(&["path", name], text).map(Self)
    }
}

fn integer(place: &[&str], text: &str) -> Result<i64, Failure> {
    text.trim().parse().map_err(|_| not_an_integer(place, text))
}

fn not_an_integer(place: &[&str], text: &str) -> Failure {
    Failure::Invalid(vec![json!({
        "type": "int_parsing",
        "loc": place,
        "msg": "Input should be a valid integer, unable to parse string as an integer",
        "input": text,
    })])
}
