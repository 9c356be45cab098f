//! Why a command was not carried out.

use eventlog::{AppendError, ReadError};
use vault::VaultError;

use crate::JournalError;

/// Why a command was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum ExecuteError<R> {
    /// The rules forbid it. The caller must change something.
    #[error("refused")]
    Rejected(R),
    /// Other writers kept winning. Nothing was written; the caller may retry.
    #[error("stream kept changing while the command was decided")]
    Contended,
    /// It has changed since the caller saw it. Nothing was written.
    #[error("it is not as the caller saw it")]
    Moved,
    /// Too many passwords wait to be hashed. Nothing was written; the caller may retry.
    #[error("too many passwords wait to be hashed")]
    Busy,
    /// The log is at fault.
    #[error(transparent)]
    Log(#[from] LogFailure),
}

impl<R> ExecuteError<R> {
    /// The same trouble in the words of another command.
    pub(crate) fn map_rejected<S>(self, translate: impl FnOnce(R) -> S) -> ExecuteError<S> {
        match self {
            Self::Rejected(rejected) => ExecuteError::Rejected(translate(rejected)),
            Self::Contended => ExecuteError::Contended,
            Self::Moved => ExecuteError::Moved,
            Self::Busy => ExecuteError::Busy,
            Self::Log(failure) => ExecuteError::Log(failure),
        }
    }
}

/// What went wrong between a command and the log.
#[derive(Debug, thiserror::Error)]
pub enum LogFailure {
    /// It did not take the facts.
    #[error("facts could not be appended")]
    Append(#[from] AppendError),
    /// It did not give the facts.
    #[error("stream could not be read")]
    Read(#[from] ReadError),
    /// They could not be sealed or opened.
    #[error("facts could not be sealed or opened")]
    Vault(#[from] VaultError),
    /// What was written could not be noted outside the log.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl LogFailure {
    /// Whether the facts may have been written all the same.
    #[must_use]
    pub fn outcome_unknown(&self) -> bool {
        matches!(self, Self::Append(AppendError::OutcomeUnknown(_)))
    }
}

macro_rules! through_log_failure {
    ($($source:ty),*) => {
        $(impl<R> From<$source> for ExecuteError<R> {
            fn from(error: $source) -> Self {
                Self::Log(error.into())
            }
        })*
    };
}

through_log_failure!(AppendError, ReadError, VaultError);
