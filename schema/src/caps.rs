//! Every limit of the system, in one place, with where it comes from.

use std::time::Duration;

use chrono::TimeDelta;

/// Longest message, in Unicode scalar values. Eight times what a phone's message carries.
pub const MESSAGE_CHARS_MAX: usize = 4_000;

/// Longest name, title or place, in Unicode scalar values.
pub const LINE_CHARS_MAX: usize = 500;

/// Longest description of a calendar event, in Unicode scalar values.
pub const DESCRIPTION_CHARS_MAX: usize = 8_000;

/// Most cores or gigabytes that a machine may have: what 32 bits hold, which clients read it into.
pub const MACHINE_AMOUNT_MAX: i64 = i32::MAX as i64;

/// Longest address, in bytes (RFC 5321 section 4.5.3.1.3: a path of 256 with its brackets).
pub const EMAIL_BYTES_MAX: usize = 254;

/// Longest phone number, in characters, not counting what separates them (`clients.md` section 9).
pub const PHONE_CHARS_MAX: usize = 15;

/// Longest spelling of a phone number, in bytes: each digit may be separated from the next.
pub const PHONE_BYTES_MAX: usize = 60;

/// Longest date and time, in bytes: nanoseconds and an offset fit.
pub const EVENT_DATE_BYTES_MAX: usize = 35;

/// Longest password, in Unicode scalar values. A longer one is refused without being hashed.
pub const PASSWORD_CHARS_MAX: usize = 1_024;

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

/// How many public ids one append reserves. A restart wastes what is left of a block; whoever comes
/// when one is used up waits for the next, all of them for the same append.
pub const IDS_BLOCK: u64 = 1_000;

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

/// How long a statement of a projector may take. After [`LEASE_WAIT`] Postgres has ended whatever
/// stood in its way.
pub const PROJECTION_STATEMENT_WAIT: Duration = Duration::from_secs(20);

/// How long a connection to Postgres may be silent before its peer is asked whether it is there.
pub const POSTGRES_KEEPALIVE: Duration = Duration::from_secs(5);

/// After this long without a word from a peer that was asked, a connection to Postgres is dead.
pub const POSTGRES_DEAD_AFTER: Duration = Duration::from_secs(10);

/// How often the connection that hears of the projections' progress is tried, and how long Postgres
/// may take to answer. Without it, answers do not wait for the projections.
pub const LISTEN_HEARTBEAT: Duration = Duration::from_secs(2);

/// How often the read models are compared with a second reading of the log.
pub const COMPARE_EVERY: Duration = Duration::from_secs(2);

/// Facts after which that second reading is written down, so that a start goes on there.
pub const DIGEST_EVERY: u64 = 1_000;

/// How often the log is looked at for facts that the tree over them has not got.
pub const MERKLE_LOOK_EVERY: Duration = Duration::from_secs(1);

/// How often the tree is signed while it grows.
pub const MERKLE_CHECKPOINT_EVERY: Duration = Duration::from_secs(5);

/// Questions that one auditor may ask about the history at once.
pub const AUDIT_QUERIES_MAX: u32 = 60;

/// How often they may ask after that.
pub const AUDIT_QUERY_EVERY: Duration = Duration::from_secs(1);

/// Auditors whose questions are counted; those who have not asked for a while are forgotten.
pub const AUDIT_ACTORS_MAX: usize = 1_000;

/// How much of a question is written down, in characters.
pub const AUDIT_QUERY_CHARS_MAX: usize = 1_000;

/// Facts that one answer may be limited to.
pub const AUDIT_LIMIT_MAX: usize = 1_000_000_000;

/// Facts that are shown of one request. None leads to nearly so many.
pub const AUDIT_TRACE_MAX: usize = 1_000;

/// Longest time a person's data key stays in memory after it was read.
pub const DATA_KEY_CACHE: Duration = Duration::from_mins(1);

/// How often those who were erased are swept out of Postgres's files (`protocols.md`).
pub const SWEEP_EVERY: Duration = Duration::from_hours(24);

/// How soon an erasure, or a sweep, that failed is tried again.
pub const SWEEP_RETRY: Duration = Duration::from_mins(1);

/// Data keys kept in memory at once.
pub const DATA_KEYS_CACHED_MAX: usize = 10_000;

/// Password hashes that wait for a thread; the next one is refused.
pub const HASH_QUEUE_MAX: usize = 64;

/// How long the memory of hashing is kept when nobody logs in.
pub const HASH_MEMORY_KEPT: Duration = Duration::from_secs(2);

/// Wrong passwords in a row after which an account is closed to further attempts for a while
/// (`clients.md`: 429 from the sixth on).
pub const LOGIN_WRONG_MAX: u32 = 5;

/// How long it is closed then; twice as long after each further wrong password.
pub const LOGIN_DELAY_FIRST: TimeDelta = TimeDelta::seconds(30);

/// How long it is closed at the most (OWASP ASVS 5.0, V6.1.1: nobody can lock another one out).
pub const LOGIN_DELAY_MAX: TimeDelta = TimeDelta::minutes(15);

/// Failed logins, and telling refusals, that one address may cause in [`OFFENCES_WINDOW`]
/// (`clients.md` section 9). Of IPv6, 64 bits count as one address: that is what a subscriber has.
pub const OFFENCES_PER_ADDRESS: usize = 300;

/// The same of a whole network, 24 bits of an IPv4 address or 48 of an IPv6 one: ten addresses'
/// worth, so that no address is refused for the sake of a few neighbours.
pub const OFFENCES_PER_NETWORK: usize = 3_000;

/// The time in which offences are counted (`clients.md` section 9).
pub const OFFENCES_WINDOW: Duration = Duration::from_mins(5);

/// After this long an attempt without an outcome counts no more: nobody has been told anything.
pub const ATTEMPT_UNDECIDED: TimeDelta = TimeDelta::seconds(10);

/// How long an attempt waits for those before it.
pub const ATTEMPT_WAIT: Duration = Duration::from_secs(2);

/// How long attempts are remembered; then they are purged.
pub const ATTEMPTS_KEPT: TimeDelta = TimeDelta::hours(1);

/// How long a refresh token is good for (`clients.md` section 2: one day).
pub const REFRESH_TOKEN_LIFETIME: TimeDelta = TimeDelta::days(1);

/// How long a session can be refreshed, however often (OWASP ASVS 5.0, V7.3.2).
pub const SESSION_LIFETIME: TimeDelta = TimeDelta::days(30);

/// How often it is written down that a session is in use.
pub const SESSION_SEEN_EVERY: TimeDelta = TimeDelta::minutes(15);

/// Longest `Idempotency-Key`, in characters.
pub const IDEMPOTENCY_KEY_CHARS_MAX: usize = 255;

/// How long a socket ticket is good for, in seconds (promises, check 65).
pub const TICKET_SECONDS: i64 = 60;

/// How often it is written down that an API key was used.
pub const SEEN_EVERY: TimeDelta = TimeDelta::minutes(15);

/// How many facts of attempts are looked at. More wrong ones in a row do not fit into the time that
/// they are remembered: past the limit each takes its delay.
pub const ATTEMPTS_READ: usize = 64;

/// Facts that a projector applies in one transaction.
pub const PROJECTION_BATCH_MAX: usize = 500;

/// How often a rebuild looks where the live read models stand by now. With each round there is less
/// to catch up with.
pub const REBUILD_ROUNDS_MAX: usize = 10;

/// Rows of one table that a comparison names; it counts all of them.
pub const DIFFERENCES_NAMED_MAX: usize = 10;

/// How long a swap waits for queries to let go of a table, in milliseconds. Whoever wants to read it
/// meanwhile waits too. Below Postgres's own `deadlock_timeout` of a second: it is the swap that
/// gives way.
pub const SWAP_LOCK_WAIT_MS: u32 = 500;

/// How often a swap is tried, each time after giving way.
pub const SWAP_ATTEMPTS_MAX: usize = 40;

/// Quarantined streams that are shown.
pub const QUARANTINED_SHOWN_MAX: i64 = 100;

/// Facts that a projector opens at once: on as many keys it may have to wait for the log.
pub const PROJECTION_OPENED_AT_ONCE: usize = 64;

/// Facts that one page of the log holds when a reader catches up.
pub const LOG_PAGE: usize = 500;

/// Frames that wait for the sockets of one audience. A burst fits; what does not is in the log.
pub const BACKLOG_FRAMES_MAX: usize = 4_096;

/// Bytes that wait for the sockets of one audience.
pub const BACKLOG_BYTES_MAX: usize = 1024 * 1024;

/// How often frames that wait are looked at: those that have been seen before are let go.
pub const BACKLOG_ROUND: Duration = Duration::from_secs(10);

/// Frames that a socket takes at once, and writes with as few calls as it can.
pub const SOCKET_BATCH_MAX: usize = 256;

/// How long one socket of many takes, more or less, to write what it was woken for: those of one
/// audience are left alone for so long each before they are woken again.
pub const SOCKET_TURN: Duration = Duration::from_micros(40);

/// How long they are left alone at the most: a frame may be late by that.
pub const SOCKETS_TURN_MAX: Duration = Duration::from_millis(100);

/// Facts that a socket that is behind reads at once.
pub const SOCKET_PAGE: usize = 100;

/// Sockets that are behind read the log so many at a time: they must not take it from the others.
pub const LOG_READERS_MAX: usize = 4;

/// Bytes that a socket collects before it writes. Kept for as long as the socket is open.
pub const SOCKET_WRITE_BUFFER_BYTES: usize = 8 * 1024;

/// Bytes that a socket reads at once. Kept for as long as the socket is open.
pub const SOCKET_READ_BUFFER_BYTES: usize = 2 * 1024;

/// How long a socket may take to accept one frame before it is too slow.
pub const SOCKET_PROGRESS_WAIT: Duration = Duration::from_secs(30);

/// How long a socket may take to hear why it is closed: one that was stuck may start to read again.
pub const SOCKET_GOODBYE_WAIT: Duration = Duration::from_secs(5);

/// Sockets that one person may have open at once (promises, check 69).
pub const SOCKETS_PER_PERSON: usize = 20;

/// Sockets that may be open at once from one address (promises, check 69).
pub const SOCKETS_PER_ADDRESS: usize = 1_000;

/// Largest frame that a client may send, in bytes.
pub const SOCKET_FRAME_BYTES_MAX: usize = 64 * 1024;

/// How often a follower of the native stream is told how far it is, when nothing happens: proxies
/// give up connections that are silent for a minute or half of one.
pub const STREAM_HEARTBEAT_EVERY: Duration = Duration::from_secs(15);

/// How long a socket may be open before its client has said who it is.
pub const STREAM_AUTHENTICATION_WAIT: Duration = Duration::from_secs(10);

/// How long before its access token ends a follower of the native stream is warned.
pub const STREAM_EXPIRY_WARNING: Duration = Duration::from_mins(1);

/// Types and subjects that one follower of the native stream may name.
pub const STREAM_FILTERS_MAX: usize = 32;

/// How often the relay tells the gateways where it stands.
pub const HEARTBEAT_EVERY: Duration = Duration::from_millis(500);

/// After this long without a word from the relay a gateway reads the log itself: two heartbeats may
/// be late, and whoever waits for a frame is still at most two seconds behind.
pub const HEARTBEAT_MISSED: Duration = Duration::from_millis(1_500);

/// How often a gateway that goes by the bell looks whether the log holds what was not rung for. What
/// it finds twice is missing, so whoever waits for it is at most two seconds behind.
pub const BELL_CHECK_EVERY: Duration = Duration::from_millis(700);

/// Longest access token, in bytes. Ours are a quarter of that.
pub const TOKEN_BYTES_MAX: usize = 4 * 1024;

/// How long one key signs tokens before the next one does.
pub const SIGNING_KEY_LIFETIME: Duration = Duration::from_hours(90 * 24);

/// How long a key that was replaced is believed: longer than any token that it has signed, the
/// longest of which is good for a day.
pub const SIGNING_KEY_KEPT: Duration = Duration::from_hours(2 * 24);

/// How often the keys that sign tokens are looked at: so long does an emergency take to be known.
pub const SIGNING_KEYS_LOOK_EVERY: Duration = Duration::from_secs(1);

/// How soon they are looked at again because a token names one that is not known.
pub const SIGNING_KEYS_LOOK_PAUSE: Duration = Duration::from_millis(100);

/// Verified tokens kept in memory at once.
pub const TOKENS_CACHED_MAX: usize = 20_000;

/// Sessions kept in memory at once.
pub const SESSIONS_CACHED_MAX: usize = 20_000;

/// Streams of an export that are read from the log at once.
pub const EXPORT_STREAMS_AT_ONCE: usize = 4;

/// Sessions of a list that are read from the log at once.
pub const SESSIONS_READ_AT_ONCE: usize = 8;

/// How long the log may say nothing of sessions before they are unknown.
pub const SESSION_UNKNOWN_WAIT: Duration = Duration::from_secs(5);

/// How often it is proven that no fact about a session was missed.
pub const SESSION_PROOF_EVERY: Duration = Duration::from_millis(500);

/// How long a request waits for the log to say whether its session lives.
pub const SESSION_READ_WAIT: Duration = Duration::from_secs(2);

/// Notifications that a gateway delivers together.
pub const BELLS_MAX: usize = 256;

/// How long a relay that is heard of no more keeps its turn.
pub const RELAY_TURN: Duration = Duration::from_secs(5);

/// How often an idle relay renews its turn.
pub const RELAY_RENEWAL: Duration = Duration::from_secs(2);

/// How often the relay's place is kept, and its turn is asked for, at the most.
pub const RELAY_PLACE_EVERY: Duration = Duration::from_secs(1);

/// How far the clocks of two instances may differ, in seconds.
pub const CLOCK_LEEWAY_SECONDS: u64 = 5;

/// Longest `User-Agent` that is remembered, in characters.
pub const USER_AGENT_CHARS_MAX: usize = 200;

/// Shortest name that the Community façade takes, in characters.
pub const COMMUNITY_USERNAME_CHARS_MIN: usize = 3;

/// Shortest password that the Community façade takes, in characters.
pub const COMMUNITY_PASSWORD_CHARS_MIN: usize = 1;

/// Shortest password that the Inventory façade takes, in characters.
pub const INVENTORY_PASSWORD_CHARS_MIN: usize = 1;

/// Shortest and longest name that the Accounts façade takes, in characters (`clients.md` section 5).
pub const ACCOUNTS_USERNAME_CHARS: (usize, usize) = (3, 50);

/// Shortest password that the Accounts façade takes, in characters (`clients.md` section 5).
pub const ACCOUNTS_PASSWORD_CHARS_MIN: usize = 8;

/// Shortest password that the Phone façade takes, in characters (`clients.md` section 9).
pub const PHONE_PASSWORD_CHARS_MIN: usize = 1;

/// Shortest password that the native API takes, in characters (OWASP ASVS 5.0, V6.2.1).
pub const NATIVE_PASSWORD_CHARS_MIN: usize = 8;

/// A new password that is guessed as soon as the 3,000th most common one is refused by the native API
/// (OWASP ASVS 5.0, V6.2.4).
pub const GUESSES_MIN: u64 = 3_001;

/// Longer passwords, in characters, are not looked up among the common ones.
pub const GUESSABLE_CHARS_MAX: usize = 32;

/// Lifetime of an access token, in seconds (30 minutes).
pub const ACCESS_TOKEN_SECONDS: i64 = 30 * 60;

/// Lifetime of the token that Inventory reads, in seconds (24 hours).
pub const INVENTORY_TOKEN_SECONDS: i64 = 24 * 60 * 60;

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

/// How long a request's header may take (slow clients are cut).
pub const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a request's body may take.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// How often measured durations are summed up, whether or not Prometheus asks: until then each takes
/// memory of its own.
pub const METRICS_SUMMED_EVERY: Duration = Duration::from_secs(5);

/// How long log, Postgres and NATS may take to say that they are there.
pub const PROBE_WAIT: Duration = Duration::from_millis(250);

/// For how long what they said is told to whoever asks next.
pub const PROBE_FRESH: Duration = Duration::from_millis(250);

/// A fact that has waited for so long to be projected waits for somebody who is not there.
pub const PROJECTION_STALLED: Duration = Duration::from_secs(5);

/// How long a client may take no byte of its answer.
pub const WRITE_WAIT: Duration = Duration::from_mins(1);

/// How long a stop waits for requests and sockets.
pub const STOP_WAIT: Duration = Duration::from_secs(8);

/// How long a stop then waits for what follows the log.
pub const FOLLOWERS_STOP_WAIT: Duration = Duration::from_secs(1);

/// How long a program that was started here may then take to stop before it is killed. With the
/// waits before it, a stop takes less than the ten to thirty seconds that service managers grant.
pub const CHILD_STOP_WAIT: Duration = Duration::from_secs(4);

/// A socket that has said nothing for this long is asked whether it is still there.
pub const PING_EVERY: Duration = Duration::from_secs(25);

/// How long it may take to answer.
pub const PONG_WAIT: Duration = Duration::from_secs(10);
