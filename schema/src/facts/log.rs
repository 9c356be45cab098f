//! Facts about the log itself, its ids and its keys.

use serde::{Deserialize, Serialize};

use crate::{LogId, UserId};

/// Body of [`super::LogFact::LogFounded`], in `registre-log`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogFounded {
    /// The log's identity from here on.
    pub log: LogId,
    /// Shows whether a claim key is the one that this log was written with, without telling it.
    pub claim_key_check: String,
    /// Names the master key that data keys are wrapped by, without telling it.
    pub master: String,
}

/// Body of [`super::LogFact::IdsReserved`], in `ids-<kind>`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IdsReserved {
    /// The first id of the block.
    pub first: i64,
    /// How many.
    pub count: u64,
}

/// Body of [`super::LogFact::DataKeyCreated`], in `key-<id>`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataKeyCreated {
    /// Whose.
    pub user: UserId,
    /// Which master key wraps it.
    pub master: String,
    /// The data key, encrypted under the master key, base64.
    pub wrapped: String,
}
