//! Requests, answers, connections, lists, and how a process stops.

use std::time::Duration;

/// Largest JSON body, in bytes.
pub const BODY_BYTES_MAX: usize = 64 * 1024;

/// How much of a body that is too large is still taken in, so that the client hears why.
pub const BODY_DRAINED_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Longest path and query, in bytes. RFC 9110 section 4.1 asks for 8,000 at least.
pub const URI_BYTES_MAX: usize = 8 * 1024;

/// Largest header of a request, names and values together, in bytes: a token and some cookies of a
/// neighbour fit several times.
pub const HEADER_BYTES_MAX: usize = 16 * 1024;

/// Fields of one request's header.
pub const HEADER_FIELDS_MAX: usize = 100;

/// What one connection may buffer of a request before it is read. Above [`HEADER_BYTES_MAX`], so
/// that it is our own answer that most clients hear.
pub const HTTP_BUFFER_BYTES_MAX: usize = 128 * 1024;

/// Longest `X-Request-Id` that is taken over, in characters.
pub const REQUEST_ID_CHARS_MAX: usize = 128;

/// Connections of one process, sockets included.
pub const CONNECTIONS_MAX: usize = 20_000;

/// How long a request's header may take (slow clients are cut).
pub const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a request's body may take.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a client may take no byte of its answer.
pub const WRITE_WAIT: Duration = Duration::from_mins(1);

/// Rows of a list when the caller names no limit.
pub const LIST_LIMIT_DEFAULT: i64 = 100;

/// Rows of a page of the native API when the caller names no limit.
pub const NATIVE_LIST_DEFAULT: i64 = 50;

/// Rows of a page of the native API at the most, whatever the caller asks for.
pub const NATIVE_LIST_MAX: i64 = 500;

/// Rows that one statement reads of a list that is sent whole. A slow reader holds so many in
/// memory, and no statement of Postgres's.
pub const LIST_PAGE: i64 = 500;

/// Rows of a list at the most, whatever the caller asks for.
pub const LIST_LIMIT_MAX: i64 = 1_000;

/// Streams of an export that are read from the log at once.
pub const EXPORT_STREAMS_AT_ONCE: usize = 4;

/// How often measured durations are summed up, whether or not Prometheus asks: until then each takes
/// memory of its own.
pub const METRICS_SUMMED_EVERY: Duration = Duration::from_secs(5);

/// How long log, Postgres and NATS may take to say that they are there.
pub const PROBE_WAIT: Duration = Duration::from_millis(250);

/// For how long what they said is told to whoever asks next.
pub const PROBE_FRESH: Duration = Duration::from_millis(250);

/// How long a part of the start may take before the service serves without it.
pub const START_WAIT: Duration = Duration::from_secs(10);

/// How long a stop waits for requests and sockets.
pub const STOP_WAIT: Duration = Duration::from_secs(8);

/// How long a stop then waits for what follows the log.
pub const FOLLOWERS_STOP_WAIT: Duration = Duration::from_secs(1);

/// How long a program that was started here may then take to stop before it is killed. With the
/// waits before it, a stop takes less than the ten to thirty seconds that service managers grant.
pub const CHILD_STOP_WAIT: Duration = Duration::from_secs(4);
