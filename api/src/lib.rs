//! HTTP and WebSocket in front of the write side and the read side.
//!
//! A handler parses, calls one thing, and maps the answer. Rules live in `commands`, SQL lives in
//! `projections`. Each façade is a folder of its own: its routes, its bodies, its envelope.
//!
//! **Invariant:** nothing here decides. A status code is chosen in the file of its endpoint.

mod accounts;
mod app;
mod body;
mod caller;
mod clock;
mod community;
mod dashboard;
mod directory;
mod fastapi;
mod front;
mod health;
mod hindered;
mod inventory;
mod limits;
mod listed;
mod listen;
mod metrics;
mod native;
mod open_list;
mod openapi;
mod origin;
mod outages;
mod phone;
mod sessions;
mod sockets;
#[cfg(test)]
mod testing;
mod times;
mod tokens;

pub use app::{App, Rooms, router};
pub use axum::{Router, http::HeaderValue};
pub use clock::now;
pub use directory::Directory;
pub use front::{Front, Network, NetworkError, Origins, Proxies};
pub use health::{Health, Parts, Projecting, health_routes, without_log};
pub use limits::{SocketLimits, Throttle};
pub use listen::{Encryption, Limits, serve};
pub use metrics::{Gauges, Metrics};
pub use native::Audit;
pub use open_list::{OpenList, OpenListError};
pub use origin::anonymous;
pub use sessions::Sessions;
pub use sockets::{Gateway, Hub};
pub use tokens::{Rotation, Tokens, TokensError, rotate};
