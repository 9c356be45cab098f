//! Messages of the protocol, written from the field numbers of the contract (section 2.0).
//!
//! **Invariant:** names and numbers here are the protocol's; nothing in this room knows what they
//! mean to the log. Messages that are only received have only the fields that are looked at.

mod append;
mod batch;
mod bounded;
mod discovery;
mod facts;
mod read;
mod remove;
mod shared;

pub(crate) use self::{
    append::*, batch::*, bounded::*, discovery::*, facts::*, read::*, remove::*, shared::*,
};
