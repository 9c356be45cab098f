//! Refusals that no handler makes, each in the envelope of whoever would have answered.

use axum::response::{IntoResponse, Response};

use crate::{
    community::Failure,
    native::{self, Kind, Problem},
};

/// Why a request is refused before or beside every handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// There is nothing at its path.
    NotFound,
    /// There is, and not for its method.
    MethodNotAllowed,
    /// Its path and query are too long.
    UriTooLong,
    /// Its header is too large.
    HeaderTooLarge,
    /// Its handler panicked.
    Internal,
}

impl Refusal {
    /// The answer to a request for `path`.
    pub(crate) fn at(self, path: &str) -> Response {
        if native::owns(path) {
            self.problem().into_response()
        } else {
            self.failure().into_response()
        }
    }

    fn problem(self) -> Problem {
        Problem::of(match self {
            Self::NotFound => Kind::NotFound,
            Self::MethodNotAllowed => Kind::MethodNotAllowed,
            Self::UriTooLong => Kind::UriTooLong,
            Self::HeaderTooLarge => Kind::HeaderTooLarge,
            Self::Internal => Kind::Internal,
        })
    }

    fn failure(self) -> Failure {
        match self {
            Self::NotFound => Failure::NOT_FOUND,
            Self::MethodNotAllowed => Failure::METHOD_NOT_ALLOWED,
            Self::UriTooLong => Failure::URI_TOO_LONG,
            Self::HeaderTooLarge => Failure::HEADER_TOO_LARGE,
            Self::Internal => Failure::INTERNAL,
        }
    }
}
