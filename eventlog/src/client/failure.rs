//! What an error of the official client says about the log.
//!
//! **Invariant:** `Unreached` only where it is certain that the log did nothing.

use eventstore::{CurrentRevision, Error, GrpcConnectionError};

use super::{AppendError, ExpectedRevision, ReadError, Revision};

/// The whole of what the official client says about a connection that could not be opened.
const NOT_CONNECTED: &str = "client error (Connect)";

/// What the embedded log says when it has no room. It takes appends again as soon as it has.
const DISK_FULL: &str = "The log's disk is full.";

/// Status codes of gRPC that the official client passes on by number.
mod code {
    pub(super) const INVALID_ARGUMENT: i32 = 3;
    pub(super) const NOT_FOUND: i32 = 5;
    pub(super) const ALREADY_EXISTS: i32 = 6;
    pub(super) const PERMISSION_DENIED: i32 = 7;
    pub(super) const RESOURCE_EXHAUSTED: i32 = 8;
    pub(super) const FAILED_PRECONDITION: i32 = 9;
    pub(super) const ABORTED: i32 = 10;
    pub(super) const OUT_OF_RANGE: i32 = 11;
}

/// Why a call brought no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// Nothing happened: the call did not leave this process, or was turned away at the door.
    Unreached(String),
    /// Another node leads now; the official client has turned to it. Nothing happened.
    Moved,
    /// The call was sent, and what became of it is open.
    Lost(String),
    /// The log says that it failed, and it would fail again.
    Broken(String),
    /// The log cannot do it for now, and has done nothing.
    Declined(String),
    /// The log failed on this very request and does not say why. A real one does so at a position
    /// that is no fact's.
    Unexplained(String),
    /// The stream has no facts.
    NotFound,
    /// The stream is tombstoned.
    Deleted,
    /// The credentials are refused.
    Denied,
    /// The stream is at another revision.
    WrongRevision(Option<Revision>),
    /// The append is larger than the log takes.
    TooLarge(String),
    /// The request is refused as such.
    Invalid(String),
}

impl Failure {
    /// As the caller of an append sees it.
    pub(super) fn of_append(self, stream: &str, expected: ExpectedRevision) -> AppendError {
        match self {
            Self::Unreached(reason) | Self::Declined(reason) => AppendError::Unavailable(reason),
            Self::Moved => AppendError::Unavailable("another node leads".to_owned()),
            Self::Lost(reason) | Self::Broken(reason) | Self::Unexplained(reason) => {
                AppendError::OutcomeUnknown(reason)
            }
            Self::NotFound => AppendError::Invalid("log knows no such stream".to_owned()),
            Self::Deleted => AppendError::Deleted(stream.to_owned()),
            Self::Denied => AppendError::Denied,
            Self::WrongRevision(current) => {
                AppendError::WrongRevision { stream: stream.to_owned(), expected, current }
            }
            Self::TooLarge(reason) => AppendError::TooLarge(reason),
            Self::Invalid(reason) => AppendError::Invalid(reason),
        }
    }

    /// As the caller of a read sees it.
    pub(super) fn of_read(self, stream: &str) -> ReadError {
        match self {
            Self::Unreached(reason)
            | Self::Lost(reason)
            | Self::Broken(reason)
            | Self::Declined(reason) => ReadError::Unavailable(reason),
            Self::Moved => ReadError::Unavailable("another node leads".to_owned()),
            Self::Deleted => ReadError::Deleted(stream.to_owned()),
            Self::Denied => ReadError::Denied,
            Self::TooLarge(reason) | Self::Invalid(reason) => ReadError::Invalid(reason),
            Self::Unexplained(_) => ReadError::Invalid(self.reason()),
            Self::NotFound | Self::WrongRevision(_) => {
                ReadError::Invalid("log gave an answer that is none to a read".to_owned())
            }
        }
    }

    /// For a log line or [`super::Signal::Lost`].
    pub(super) fn reason(&self) -> String {
        match self {
            Self::Unreached(reason)
            | Self::Lost(reason)
            | Self::Broken(reason)
            | Self::Declined(reason)
            | Self::TooLarge(reason)
            | Self::Invalid(reason) => reason.clone(),
            Self::Unexplained(reason) => {
                format!("{reason} Perhaps no fact stands at the place where it was to begin.")
            }
            Self::Moved => "another node leads".to_owned(),
            Self::NotFound => "log knows no such stream".to_owned(),
            Self::Deleted => "stream is deleted".to_owned(),
            Self::Denied => "event log denies access".to_owned(),
            Self::WrongRevision(_) => "stream is at another revision".to_owned(),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::ServerError(status) => of_status(&status),
            Error::NotLeaderException(_) => Self::Moved,
            Error::GrpcConnectionError(GrpcConnectionError::Grpc(status)) => {
                Self::Unreached(message(&status).to_owned())
            }
            Error::GrpcConnectionError(GrpcConnectionError::MaxDiscoveryAttemptReached(_)) => {
                Self::Unreached("no node that could be asked knows one to use".to_owned())
            }
            Error::ConnectionClosed | Error::InitializationError(_) => {
                Self::Unreached(error.to_string())
            }
            Error::Grpc { code, message } => of_code(code.into(), message),
            Error::AccessDenied => Self::Denied,
            Error::ResourceNotFound => Self::NotFound,
            Error::ResourceDeleted => Self::Deleted,
            Error::UnsupportedFeature => {
                Self::Invalid("event log does not know this call".to_owned())
            }
            Error::DeadlineExceeded
            | Error::InternalParsingError(_)
            | Error::InternalClientError
            | Error::IllegalStateError(_)
            | Error::ResourceAlreadyExists => Self::Lost(error.to_string()),
            Error::WrongExpectedVersion { current, .. } => Self::WrongRevision(match current {
                CurrentRevision::Current(revision) => Some(Revision(revision)),
                CurrentRevision::NoStream => None,
            }),
        }
    }
}

/// Whether there was no connection at all, so that nothing can have been sent.
pub(super) fn never_connected(error: &Error) -> bool {
    matches!(error, Error::ServerError(status) if message(status) == NOT_CONNECTED)
}

/// Whether the log has refused this very append, rather than ended the call on which it travelled
/// with others. A refusal for another reason is not worth telling apart from that.
pub(super) fn refused_in_batch(error: &Error) -> bool {
    match error {
        // Were it the end of the call, the first three would have come as errors of their own.
        Error::Grpc { code, message } => match i32::from(*code) {
            code::ALREADY_EXISTS | code::NOT_FOUND | code::PERMISSION_DENIED => true,
            code::RESOURCE_EXHAUSTED => message == DISK_FULL,
            _ => false,
        },
        // The whole call was turned away at the door.
        Error::AccessDenied => true,
        _ => false,
    }
}

/// `UNAVAILABLE`, `INTERNAL`, `DATA_LOSS` and `UNKNOWN` arrive as text, whoever they come from.
fn of_status(status: &str) -> Failure {
    let reason = message(status).to_owned();
    match reason.as_str() {
        NOT_CONNECTED | "Server Is Not Ready" | "Server Is Too Busy" => Failure::Unreached(reason),
        "Exception was thrown by handler." => Failure::Unexplained(reason),
        _ if status.starts_with("status: DataLoss") => Failure::Broken(reason),
        _ => Failure::Lost(reason),
    }
}

fn of_code(code: i32, message: String) -> Failure {
    match code {
        code::INVALID_ARGUMENT if message.contains("Maximum Append") => Failure::TooLarge(message),
        code::OUT_OF_RANGE => Failure::TooLarge(message),
        code::RESOURCE_EXHAUSTED if message == DISK_FULL => Failure::Declined(message),
        code::RESOURCE_EXHAUSTED if message.contains("message size") => Failure::TooLarge(message),
        code::ABORTED => Failure::Broken(message),
        code::INVALID_ARGUMENT => Failure::Invalid(message),
        code::FAILED_PRECONDITION => match actual_version(&message) {
            Some(current) => Failure::WrongRevision(current),
            None => Failure::Invalid(message),
        },
        _ => Failure::Lost(message),
    }
}

/// The message within `status: …, message: "…", details: …`, the form in which the official client
/// keeps a status.
fn message(status: &str) -> &str {
    status
        .split_once("message: \"")
        .and_then(|(_, rest)| rest.split_once("\", details:"))
        .map_or(status, |(message, _)| message)
}

/// A refused delete says where the stream is only in words. -1 is a stream without facts.
#[expect(clippy::option_option, reason = "no such words, no facts, or a revision")]
fn actual_version(message: &str) -> Option<Option<Revision>> {
    let (_, actual) = message.split_once("Actual version: ")?;
    let actual: i64 = actual.trim().trim_end_matches('.').parse().ok()?;
    Some(u64::try_from(actual).ok().map(Revision))
}

#[cfg(test)]
mod tests {
    use eventstore::Error;

    use super::{AppendError, DISK_FULL, ExpectedRevision, Failure, ReadError, Revision, of_code};

    fn server_error(text: &str) -> Failure {
        Error::ServerError(format!(
            "status: Unknown, message: {text:?}, details: [], metadata: MetadataMap {{ headers: {{}} }}"
        ))
        .into()
    }

    #[test]
    fn refused_connection_means_nothing_happened() {
        assert_eq!(
            server_error("client error (Connect)"),
            Failure::Unreached("client error (Connect)".into())
        );
    }

    #[test]
    fn connection_lost_under_way_leaves_the_outcome_open() {
        assert_eq!(
            server_error("client error (SendRequest)"),
            Failure::Lost("client error (SendRequest)".into())
        );
    }

    #[test]
    fn size_refusal_is_told_from_other_refusals() {
        let text = "Maximum Append Size of 1048576 Exceeded.";
        assert_eq!(of_code(3, text.into()), Failure::TooLarge(text.into()));
        assert_eq!(
            of_code(3, "Invalid Transaction".into()),
            Failure::Invalid("Invalid Transaction".into())
        );
    }

    #[test]
    fn log_without_room_has_done_nothing() {
        let full = of_code(8, DISK_FULL.into());
        assert_eq!(full, Failure::Declined(DISK_FULL.into()));
        let refused = full.of_append("s", ExpectedRevision::NoStream);
        assert!(matches!(refused, AppendError::Unavailable(_)), "{refused:?}");
    }

    #[test]
    fn answer_that_explains_nothing_is_a_refused_read_and_an_open_append() {
        let thrown = || server_error("Exception was thrown by handler.");
        let appended = thrown().of_append("s", ExpectedRevision::NoStream);
        assert!(matches!(appended, AppendError::OutcomeUnknown(_)), "{appended:?}");
        let read = thrown().of_read("$all");
        assert!(matches!(&read, ReadError::Invalid(_)), "{read:?}");
        assert!(read.to_string().contains("no fact stands at the place"), "{read}");
    }

    #[test]
    fn refused_delete_names_the_revision_the_stream_is_at() {
        let refused = |actual: &str| {
            of_code(
                9,
                format!(
                    "Delete failed due to WrongExpectedVersion. Stream: s, Expected version: 4, Actual version: {actual}"
                ),
            )
        };
        assert_eq!(refused("7"), Failure::WrongRevision(Some(Revision(7))));
        assert_eq!(refused("-1"), Failure::WrongRevision(None));
    }
}
