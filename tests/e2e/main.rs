//! End to end: the real binary with real Postgres, NATS and log, through its public doors.

mod accounts;
mod arrows;
mod checks;
mod claims;
mod community;
mod configuration;
mod containers;
mod crash;
mod data_tool;
mod directory;
mod document;
mod envelopes;
mod failures;
mod first_light;
mod inventory;
mod lifecycle;
mod log_tool;
mod measures;
mod named_parts;
mod openapi;
mod phone;
mod privacy;
mod read_models;
mod roles;
mod sockets;
mod torn_log;
