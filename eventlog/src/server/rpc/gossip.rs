//! `Gossip.Read`: the log is a cluster of one.

use std::net::SocketAddr;

use hyper::Uri;

use crate::server::{
    clock,
    log::Log,
    wire::{ClusterInfo, EndPoint, MemberInfo, Uuid},
};

/// State of a node that takes appends.
const LEADER: i32 = 8;

/// The cluster, as `log` knows it. It is where the caller has reached it: the address that it
/// listens on may be one that nobody can connect to.
pub(super) fn members(log: &Log, reached: EndPoint) -> ClusterInfo {
    let member = MemberInfo {
        instance_id: Some(Uuid::string(log.instance)),
        time_stamp: clock::ticks(),
        state: LEADER,
        is_alive: true,
        http_end_point: Some(reached),
    };
    ClusterInfo { members: vec![member] }
}

/// Where a caller has reached the log: at the address it has asked for by `uri`, otherwise at the
/// end of its connection that is `here`.
pub(super) fn reached(uri: &Uri, here: SocketAddr) -> EndPoint {
    match (uri.host(), uri.port_u16()) {
        (Some(host), Some(port)) => EndPoint { address: host.to_owned(), port: port.into() },
        (Some(_) | None, _) => {
            EndPoint { address: here.ip().to_string(), port: here.port().into() }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_is_where_its_caller_has_reached_it() {
        let here = "10.0.0.7:2113".parse().unwrap();
        let at = |uri: &'static str| {
            let EndPoint { address, port } = reached(&Uri::from_static(uri), here);
            (address, port)
        };
        assert_eq!(at("http://log.example:3113/x"), ("log.example".to_owned(), 3113));
        assert_eq!(at("/x"), ("10.0.0.7".to_owned(), 2113));
    }
}
