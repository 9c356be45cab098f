//! Who is told at once: relay, gateway, sockets, the native stream.

use std::time::Duration;

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

/// Sockets of one audience that are woken at once: what a request waits for them is the time that so
/// many take to write.
pub const SOCKETS_PER_ROW: usize = 32;

/// Facts that a socket that is behind reads at once.
pub const SOCKET_PAGE: usize = 100;

/// Sockets that are behind read the log so many at a time: they must not take it from the others.
pub const LOG_READERS_MAX: usize = 4;

/// Bytes that a socket collects before it writes: a burst of a hundred short messages goes out with
/// one call. What a socket has once needed of it is kept for as long as it is open.
pub const SOCKET_WRITE_BUFFER_BYTES: usize = 32 * 1024;

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

/// Messages that a client may send over one socket within [`SOCKET_MESSAGES_WINDOW`] (promises, check
/// 68).
pub const SOCKET_MESSAGES_MAX: u32 = 100;

/// The time in which they are counted.
pub const SOCKET_MESSAGES_WINDOW: Duration = Duration::from_mins(1);

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

/// Notifications that a gateway delivers together.
pub const BELLS_MAX: usize = 256;

/// How long a relay that is heard of no more keeps its turn.
pub const RELAY_TURN: Duration = Duration::from_secs(5);

/// How often an idle relay renews its turn.
pub const RELAY_RENEWAL: Duration = Duration::from_secs(2);

/// How often the relay's place is kept, and its turn is asked for, at the most.
pub const RELAY_PLACE_EVERY: Duration = Duration::from_secs(1);

/// A socket that has said nothing for this long is asked whether it is still there.
pub const PING_EVERY: Duration = Duration::from_secs(25);

/// How long it may take to answer.
pub const PONG_WAIT: Duration = Duration::from_secs(10);
