//! Every limit of the system, in one place, with where it comes from.

use std::time::Duration;

/// Longest message, in Unicode scalar values. Eight times what a phone's message carries.
pub const MESSAGE_CHARS_MAX: usize = 4_000;

/// Longest name, title or place, in Unicode scalar values.
pub const LINE_CHARS_MAX: usize = 500;

/// Longest description of a calendar event, in Unicode scalar values.
pub const DESCRIPTION_CHARS_MAX: usize = 8_000;

/// Longest address, in bytes (RFC 5321 section 4.5.3.1.3: a path of 256 with its brackets).
pub const EMAIL_BYTES_MAX: usize = 254;

/// Longest date and time, in bytes: nanoseconds and an offset fit.
pub const EVENT_DATE_BYTES_MAX: usize = 35;

/// Longest password, in Unicode scalar values. A longer one is refused without being hashed.
pub const PASSWORD_CHARS_MAX: usize = 1_024;

/// Largest JSON body, in bytes.
pub const BODY_BYTES_MAX: usize = 64 * 1024;

/// How many public ids one append reserves. A restart wastes what is left of a block.
pub const IDS_BLOCK: u64 = 100;

/// How often a command is decided again after losing a race on its stream.
pub const DECIDE_ATTEMPTS_MAX: u32 = 8;

/// How long a contender waits for the holder of a claim to show that it uses it.
pub const CLAIM_WAIT: Duration = Duration::from_secs(2);

/// How long an answer waits for the read models to reach what it wrote.
pub const PROJECTION_WAIT: Duration = Duration::from_secs(1);

/// How long a request waits for a Postgres connection.
pub const POOL_WAIT: Duration = Duration::from_millis(1_500);

/// How long opening a connection to Postgres may take.
pub const POSTGRES_CONNECT_WAIT: Duration = Duration::from_secs(1);

/// How long one query may take, connection included: a read is answered within three seconds,
/// whatever Postgres does.
pub const QUERY_WAIT: Duration = Duration::from_millis(2_500);

/// Connections to Postgres of one pool. The default `max_connections` of Postgres is 100.
pub const POOL_CONNECTIONS_MAX: usize = 16;

/// How long a part of the start may take before the service serves without it.
pub const START_WAIT: Duration = Duration::from_secs(10);

/// After this long without a word from its holder, Postgres ends the projector's connection and so
/// its lease.
pub const LEASE_WAIT: Duration = Duration::from_secs(8);

/// How often an idle projector says that it is there.
pub const LEASE_RENEWAL: Duration = Duration::from_secs(2);

/// Longest time a person's data key stays in memory after it was read.
pub const DATA_KEY_CACHE: Duration = Duration::from_mins(1);

/// Data keys kept in memory at once.
pub const DATA_KEYS_CACHED_MAX: usize = 10_000;

/// Password hashes that wait for a thread; the next one is refused.
pub const HASH_QUEUE_MAX: usize = 64;

/// Facts that a projector applies in one transaction.
pub const PROJECTION_BATCH_MAX: usize = 500;

/// Facts that a projector opens at once: on as many keys it may have to wait for the log.
pub const PROJECTION_OPENED_AT_ONCE: usize = 64;

/// Facts that one page of the log holds when a reader catches up.
pub const LOG_PAGE: usize = 500;

/// Frames that wait for one socket.
pub const SOCKET_QUEUE_MAX: usize = 256;

/// How long a socket may take to accept one frame before it is too slow.
pub const SOCKET_PROGRESS_WAIT: Duration = Duration::from_secs(30);

/// How long a socket may take to hear why it is closed.
pub const SOCKET_GOODBYE_WAIT: Duration = Duration::from_secs(1);

/// Largest frame that a client may send, in bytes.
pub const SOCKET_FRAME_BYTES_MAX: usize = 64 * 1024;

/// How often the relay tells the gateways where it stands.
pub const HEARTBEAT_EVERY: Duration = Duration::from_secs(1);

/// After this long without a heartbeat a gateway reads the log itself.
pub const HEARTBEAT_MISSED: Duration = Duration::from_secs(2);

/// How far the clocks of two instances may differ, in seconds.
pub const CLOCK_LEEWAY_SECONDS: u64 = 5;

/// Longest `User-Agent` that is remembered, in characters.
pub const USER_AGENT_CHARS_MAX: usize = 200;

/// Shortest name that the Community façade takes, in characters.
pub const COMMUNITY_USERNAME_CHARS_MIN: usize = 3;

/// Shortest password that the Community façade takes, in characters.
pub const COMMUNITY_PASSWORD_CHARS_MIN: usize = 1;

/// Lifetime of an access token, in seconds (30 minutes).
pub const ACCESS_TOKEN_SECONDS: i64 = 30 * 60;

/// Lifetime of the token that Inventory reads, in seconds (24 hours).
pub const INVENTORY_TOKEN_SECONDS: i64 = 24 * 60 * 60;

/// Rows of a list when the caller names no limit.
pub const LIST_LIMIT_DEFAULT: i64 = 100;

/// Rows that one statement reads of a list that is sent whole. A slow reader holds so many in
/// memory, and no statement of Postgres's.
pub const LIST_PAGE: i64 = 500;

/// Rows of a list at the most, whatever the caller asks for.
pub const LIST_LIMIT_MAX: i64 = 1_000;

/// How long a request's header may take (slow clients are cut).
pub const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a request's body may take.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a stop waits for requests and sockets.
pub const STOP_WAIT: Duration = Duration::from_secs(10);

/// Whether a socket is still there is asked this often.
pub const PING_EVERY: Duration = Duration::from_secs(25);
