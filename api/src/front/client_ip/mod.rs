//! Where a request really comes from, when proxies of ours stand before us.
//!
//! **Invariant:** what a request says of its own way counts only as far as it was said by a proxy
//! that the configuration names. Everybody else is where they connect from.

mod forwarded;
mod network;

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::{ConnectInfo, Request},
    http::HeaderMap,
};

pub use self::network::{Network, NetworkError};

/// The proxies that are believed; none unless the configuration names some.
#[derive(Clone, Debug, Default)]
pub struct Proxies(Vec<Network>);

/// Where a request comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClientIp {
    /// The client's address; that of a proxy which does not say for whom it asks.
    pub(crate) address: IpAddr,
    /// Whether it is somebody at this very machine. Nobody is, as far as we can tell, once there
    /// are proxies: they may stand here themselves.
    pub(crate) local: bool,
}

impl Proxies {
    /// Believes those in `networks`.
    #[must_use]
    pub fn of(networks: Vec<Network>) -> Self {
        Self(networks)
    }

    /// Where `request` comes from; nothing where it came by no connection.
    pub(super) fn client(&self, request: &Request) -> Option<ClientIp> {
        let ConnectInfo(peer) = request.extensions().get::<ConnectInfo<SocketAddr>>()?;
        let peer = peer.ip().to_canonical();
        let address = self.behind(peer, request.headers());
        Some(ClientIp { address, local: self.0.is_empty() && address.is_loopback() })
    }

    /// A proxy that sets one of the two headers may let the other one through as its client has
    /// sent it, and which of them it sets is not known. So where both are there they have to say
    /// the same; else neither counts.
    fn behind(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        if !self.believes(peer) {
            return peer;
        }
        match (forwarded::standard(headers), forwarded::customary(headers)) {
            (Some(hops), None) | (None, Some(hops)) => self.first_stranger(peer, &hops),
            (Some(hops), Some(others)) => {
                let (one, other) =
                    (self.first_stranger(peer, &hops), self.first_stranger(peer, &others));
                if one == other { one } else { peer }
            }
            (None, None) => peer,
        }
    }

    /// Each proxy appends where it was asked from. Read from the last to the first, whoever is none
    /// of ours is the client; what stands before was said by the client. Where a proxy hides it, the
    /// proxy is all that is known.
    fn first_stranger(&self, peer: IpAddr, hops: &[Option<IpAddr>]) -> IpAddr {
        let mut nearest = peer;
        for hop in hops.iter().rev() {
            match hop {
                Some(hop) => nearest = *hop,
                None => return nearest,
            }
            if !self.believes(nearest) {
                return nearest;
            }
        }
        nearest
    }

    fn believes(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }
}

#[cfg(test)]
mod tests;
