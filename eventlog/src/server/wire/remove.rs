//! `Delete` and `Tombstone`, which ask and answer alike.

use prost::Message;

use super::{Position, StreamOptions};

#[derive(Clone, PartialEq, Eq, Message)]
pub(crate) struct RemoveReq {
    #[prost(message, optional, tag = "1")]
    pub(crate) options: Option<StreamOptions>,
}

#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub(crate) struct RemoveResp {
    #[prost(message, optional, tag = "1")]
    pub(crate) position: Option<Position>,
}
