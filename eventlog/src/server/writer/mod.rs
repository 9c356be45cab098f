//! The writer: one thread that decides about every change of the log and puts it on disk.
//!
//! **Invariant:** a request is decided against what all requests before it left behind, and it is
//! answered only after the commit it is part of is durable. When a commit fails for any other
//! reason than a full disk, nothing can be said about the disk any more, and the thread writes
//! nothing until the process is started again.

mod decide;
#[cfg(test)]
pub(crate) mod desk;
mod disk;
mod generations;
mod group;
mod memory;
mod queue;
mod request;
mod settling;
mod thread;

pub(crate) use self::{
    disk::Disk,
    queue::Queue,
    request::{Change, Expected, Refusal, Request, Written},
    settling::answer,
    thread::{Running, start},
};
