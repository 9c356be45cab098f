//! What the service starts itself when it is given no address: log, Postgres, NATS.
//!
//! **Invariant:** they are the same programs and protocols as in production, on loopback or a
//! private socket, each with a generated password; and none of them outlives us.

mod child;
mod log;
mod nats;
mod postgres;
mod program;
mod secrets;
mod unprivileged;

pub(crate) use child::Nursery;
pub(crate) use log::{folder, log_url, start_log};
pub(crate) use nats::PrivateNats;
pub(crate) use postgres::PrivatePostgres;
pub(crate) use secrets::{generate, password};
