//! Who may do what: attempts, tokens, keys, sessions, erasure.

use std::time::Duration;

use chrono::TimeDelta;

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
/// worth, so that no address is refused for the sake of a few neighbours. It counts at the native API
/// alone: published clients are promised that nothing but their own address does (section 9).
pub const OFFENCES_PER_NETWORK: usize = 3_000;

/// The time in which offences are counted (`clients.md` section 9).
pub const OFFENCES_WINDOW: Duration = Duration::from_mins(5);

/// By then an attempt is decided, or nobody is told: well before [`ATTEMPT_UNDECIDED`], as the
/// outcome has to be written before that.
pub const ATTEMPT_DECIDED_WITHIN: Duration = Duration::from_secs(5);

/// After this long an attempt without an outcome counts no more: nobody has been told anything.
pub const ATTEMPT_UNDECIDED: TimeDelta = TimeDelta::seconds(10);

/// How long an attempt waits for those before it.
pub const ATTEMPT_WAIT: Duration = Duration::from_secs(2);

/// How long attempts are remembered; then they are purged.
pub const ATTEMPTS_KEPT: TimeDelta = TimeDelta::hours(1);

/// How many facts of attempts are looked at. More wrong ones in a row do not fit into the time that
/// they are remembered: past the limit each takes its delay.
pub const ATTEMPTS_READ: usize = 64;

/// How long a refresh token is good for (`clients.md` section 2: one day).
pub const REFRESH_TOKEN_LIFETIME: TimeDelta = TimeDelta::days(1);

/// How long a session can be refreshed, however often (OWASP ASVS 5.0, V7.3.2).
pub const SESSION_LIFETIME: TimeDelta = TimeDelta::days(30);

/// How often it is written down that a session is in use.
pub const SESSION_SEEN_EVERY: TimeDelta = TimeDelta::minutes(15);

/// How long a link to a new password is good for: an operator hands it over in person, for there is
/// no mailer.
pub const RESET_LINK_KEPT: TimeDelta = TimeDelta::hours(1);

/// How long a socket ticket is good for, in seconds (promises, check 65).
pub const TICKET_SECONDS: i64 = 60;

/// How often it is written down that an API key was used.
pub const SEEN_EVERY: TimeDelta = TimeDelta::minutes(15);

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

/// Sessions of a list that are read from the log at once.
pub const SESSIONS_READ_AT_ONCE: usize = 8;

/// How long the log may say nothing of sessions before they are unknown.
pub const SESSION_UNKNOWN_WAIT: Duration = Duration::from_secs(5);

/// How often it is proven that no fact about a session was missed.
pub const SESSION_PROOF_EVERY: Duration = Duration::from_millis(500);

/// How long a request waits for the log to say whether its session lives.
pub const SESSION_READ_WAIT: Duration = Duration::from_secs(2);

/// How far the clocks of two instances may differ, in seconds.
pub const CLOCK_LEEWAY_SECONDS: u64 = 5;

/// Lifetime of an access token, in seconds (30 minutes).
pub const ACCESS_TOKEN_SECONDS: i64 = 30 * 60;

/// Lifetime of the token that Inventory reads, in seconds (24 hours).
pub const INVENTORY_TOKEN_SECONDS: i64 = 24 * 60 * 60;
