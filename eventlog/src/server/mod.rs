//! An event log for one node that speaks `EventStoreDB`'s gRPC protocol over `SQLite`.
//!
//! **Invariant:** an answer leaves only after what it says is durable, and what was answered is
//! read back exactly as it was appended, or not at all.

mod alarm;
mod chance;
mod chores;
mod clock;
mod embedded;
mod fact;
mod log;
mod net;
mod room;
mod rpc;
mod settings;
mod storage;
mod tail;
mod wire;
mod writer;

pub use self::{
    embedded::{EmbeddedLog, Handle, Options, StartError},
    net::{Tls, TlsError},
    storage::{BackupError, Progress, Report, VerifyError, backup, backup_apart, put_back, verify},
};
