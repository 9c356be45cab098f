//! Why a request was not carried out although nothing is wrong with it: it may be sent again.
//!
//! What stands in the way is the same for every façade; each puts the words into an envelope of its
//! own.

use axum::{
    Json,
    http::{StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
};
use commands::{ExecuteError, LogFailure};
use projections::DatabaseError;
use serde_json::Value;

use crate::outages::Trouble;

/// What stands in the way.
#[derive(Clone, Debug)]
pub(crate) struct Hindered {
    /// In words, without a full stop: some clients expect one.
    pub(crate) words: &'static str,
    /// A part of the service that failed.
    trouble: Option<Trouble>,
}

impl Hindered {
    /// Something that no part of the service has failed in.
    pub(crate) const fn by(words: &'static str) -> Self {
        Self { words, trouble: None }
    }

    /// The answer, which says `body`.
    pub(crate) fn answer(self, body: Value) -> Response {
        let wait = [(RETRY_AFTER, "1")];
        let response = (StatusCode::SERVICE_UNAVAILABLE, wait, Json(body)).into_response();
        match self.trouble {
            Some(trouble) => (trouble, response).into_response(),
            None => response,
        }
    }
}

/// A refusal becomes what its endpoint makes of it; what else stood in the way of a command is the
/// same everywhere.
pub(crate) fn from_execution<R, F: From<Hindered>>(
    error: ExecuteError<R>,
    refusal: impl FnOnce(R) -> F,
) -> F {
    match error {
        ExecuteError::Rejected(rejected) => refusal(rejected),
        ExecuteError::Contended | ExecuteError::Moved => {
            Hindered::by("Too many changes at once, try again").into()
        }
        ExecuteError::Busy => Hindered::by("Too many logins at once, try again").into(),
        ExecuteError::Log(failure) => Hindered::from(failure).into(),
    }
}

impl From<LogFailure> for Hindered {
    fn from(failure: LogFailure) -> Self {
        let words = if failure.outcome_unknown() {
            "Outcome unknown, look before trying again"
        } else {
            "Log unavailable, try again"
        };
        Self { words, trouble: Some(Trouble::of_log(&failure)) }
    }
}

impl From<DatabaseError> for Hindered {
    fn from(error: DatabaseError) -> Self {
        let trouble = Some(Trouble::of_postgres(&error));
        Self { words: "Read models unavailable, try again", trouble }
    }
}
