//! The embedded log, as the official client sees it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod append;
mod backup;
mod bad_input;
mod batch;
mod crash;
mod disk_full;
#[path = "../faults/mod.rs"]
mod faults;
mod half_sent;
mod harness;
mod integrity;
mod lifecycle;
mod model;
mod port;
mod power_cut;
mod purge;
mod raw;
mod read;
mod remove;
mod slow_disk;
mod subscribe;
