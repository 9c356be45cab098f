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
mod harness;
mod integrity;
mod lifecycle;
mod model;
mod power_cut;
mod purge;
mod read;
mod remove;
mod subscribe;
