//! The one random source of the write side.

use uuid::Uuid;

/// A new random id, for sessions and for facts whose writer must know that its own content was
/// stored.
#[expect(clippy::disallowed_methods, reason = "this is the source that the others are given")]
pub(crate) fn id() -> Uuid {
    Uuid::new_v4()
}
