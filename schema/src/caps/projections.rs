//! Read models: Postgres, batches, leases, rebuilds, comparisons.

use std::time::Duration;

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

/// Facts that a projector applies in one transaction.
pub const PROJECTION_BATCH_MAX: usize = 500;

/// A fact that has waited for so long to be projected waits for somebody who is not there.
pub const PROJECTION_STALLED: Duration = Duration::from_secs(5);

/// How long facts that only prepare others wait to be applied together with them. Below what a client
/// notices: some commands end with such a fact.
pub const PREPARATION_WAIT: Duration = Duration::from_millis(25);

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
