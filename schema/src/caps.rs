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
pub const POOL_WAIT: Duration = Duration::from_secs(2);

/// Longest time a person's data key stays in memory after it was read.
pub const DATA_KEY_CACHE: Duration = Duration::from_mins(1);

/// Data keys kept in memory at once.
pub const DATA_KEYS_CACHED_MAX: usize = 10_000;

/// Password hashes that wait for a thread; the next one is refused.
pub const HASH_QUEUE_MAX: usize = 64;

/// Facts that a projector applies in one transaction.
pub const PROJECTION_BATCH_MAX: usize = 500;

/// Facts that one page of the log holds when a reader catches up.
pub const LOG_PAGE: usize = 500;

/// Frames that wait for one socket.
pub const SOCKET_QUEUE_MAX: usize = 256;

/// Largest frame that a client may send, in bytes.
pub const SOCKET_FRAME_BYTES_MAX: usize = 64 * 1024;

/// How often the relay tells the gateways where it stands.
pub const HEARTBEAT_EVERY: Duration = Duration::from_secs(1);

/// After this long without a heartbeat a gateway reads the log itself.
pub const HEARTBEAT_MISSED: Duration = Duration::from_secs(2);

/// Lifetime of an access token, in seconds (30 minutes).
pub const ACCESS_TOKEN_SECONDS: i64 = 30 * 60;

/// Lifetime of the token that Inventory reads, in seconds (24 hours).
pub const INVENTORY_TOKEN_SECONDS: i64 = 24 * 60 * 60;

/// Rows of a list when the caller names no limit.
pub const LIST_LIMIT_DEFAULT: i64 = 100;

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
