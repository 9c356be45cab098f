//! The port: HTTP/2 without TLS, on loopback.
//!
//! **Invariant:** no connection outlives the shutdown, whatever its other end does.

mod accept;
mod credentials;
mod quickack;

pub(crate) use self::{
    accept::accept,
    credentials::{Credentials, USER},
};
