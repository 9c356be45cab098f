//! The tree over the sealed facts, which proves that nothing was changed, left out or put in since.
//!
//! RFC 6962 hashes over what the log holds as it holds it: personal data stays sealed, so that the
//! tree outlives an erasure. It is made from the log alone and kept in Postgres in tiles; what it was
//! is signed now and then.
//!
//! **Invariant:** a tree of so many leaves has one root, whoever makes it and whenever.

mod keeper;
mod leaf;
mod note;
mod query;
mod store;
#[cfg(test)]
mod tests;
mod tiles;
mod tree;

pub use keeper::TreeKeeper;
pub use leaf::leaf_of;
pub use note::{Checkpoint, NoteError, Signer, SignerError, Verifier, origin};
pub use query::TreeQuery;
pub use tree::{Growing, Hash, Range, extends, includes, leaf_hash, node_hash, root};
pub(crate) use tree::{consistency, inclusion};
