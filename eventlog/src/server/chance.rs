//! The only place of the log that draws identifiers.

use uuid::Uuid;

/// An identifier that no other has: of a log, a subscription, or a fact that the log itself writes.
#[expect(clippy::disallowed_methods, reason = "this is where identifiers come from")]
pub(crate) fn new_id() -> Uuid {
    Uuid::new_v4()
}
