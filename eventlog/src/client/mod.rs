//! A thin wrapper over the official client that carries its defects.

mod types;

pub use types::{
    AppendError, Appended, Direction, ExpectedRevision, Fact, Filter, NewFact, Position, ReadError,
    Revision, Signal, StreamFrom,
};
