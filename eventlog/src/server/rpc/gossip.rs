//! `Gossip.Read`: the log is a cluster of one.

use crate::server::{
    clock,
    log::Log,
    wire::{ClusterInfo, EndPoint, MemberInfo, Uuid},
};

/// State of a node that takes appends.
const LEADER: i32 = 8;

/// The cluster, as `log` knows it.
pub(super) fn members(log: &Log) -> ClusterInfo {
    let http_end_point =
        EndPoint { address: log.address.ip().to_string(), port: log.address.port().into() };
    let member = MemberInfo {
        instance_id: Some(Uuid::string(log.instance)),
        time_stamp: clock::ticks(),
        state: LEADER,
        is_alive: true,
        http_end_point: Some(http_end_point),
    };
    ClusterInfo { members: vec![member] }
}
