//! Commands, and how the log is read.

use std::time::Duration;

/// How many public ids one append reserves. A restart wastes what is left of a block; whoever comes
/// when one is used up waits for the next, all of them for the same append.
pub const IDS_BLOCK: u64 = 1_000;

/// How often a command is decided again after losing a race on its stream.
pub const DECIDE_ATTEMPTS_MAX: u32 = 8;

/// How long the log may take to answer an append, to bring the next fact of a read, or to be found
/// again. A command is refused within three seconds, whatever the log does (promises, section 3).
pub const LOG_WAIT: Duration = Duration::from_millis(2_500);

/// An append whose answer was lost so soon is sent again: both then take less than three seconds.
pub const LOG_REPEAT_WITHIN: Duration = Duration::from_millis(400);

/// How long a contender waits for the holder of a claim to show that it uses it.
pub const CLAIM_WAIT: Duration = Duration::from_secs(2);

/// Facts that one page of the log holds when a reader catches up.
pub const LOG_PAGE: usize = 500;

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
