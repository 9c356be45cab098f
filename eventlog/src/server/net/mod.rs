//! The port: HTTP/2, without TLS on loopback alone.
//!
//! **Invariant:** no connection outlives the shutdown, whatever its other end does.

mod accept;
mod credentials;
mod quickack;
mod tls;

pub use self::tls::{Tls, TlsError};
pub(crate) use self::{
    accept::accept,
    credentials::{Credentials, USER},
};
