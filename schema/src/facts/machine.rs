//! Facts about machines. They are public.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{UserId, VmId, VmStatus};

/// Body of [`super::MachineFact::VmCreated`], in `vm-<id>`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VmCreated {
    /// Which.
    pub vm: VmId,
    /// Whose.
    pub owner: UserId,
    /// What it is called; others may be called the same.
    pub name: String,
    /// What runs on it, in free text.
    pub operating_system: String,
    /// Cores.
    pub cpu_cores: i64,
    /// Memory, in gigabytes.
    pub ram_gb: i64,
    /// Disk, in gigabytes.
    pub disk_gb: i64,
    /// What it is doing.
    pub status: VmStatus,
    /// When the command was accepted.
    pub at: DateTime<Utc>,
}

/// Body of [`super::MachineFact::VmChanged`], in `vm-<id>`. What is absent stays as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VmChanged {
    /// Which.
    pub vm: VmId,
    /// Its new name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What runs on it from here on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operating_system: Option<String>,
    /// Its cores.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_cores: Option<i64>,
    /// Its memory, in gigabytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ram_gb: Option<i64>,
    /// Its disk, in gigabytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disk_gb: Option<i64>,
    /// What it is doing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<VmStatus>,
    /// When the command was accepted.
    pub at: DateTime<Utc>,
}

/// Body of [`super::MachineFact::VmAttached`], in `vm-<id>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VmAttached {
    /// Which.
    pub vm: VmId,
    /// Whose from here on.
    pub owner: UserId,
    /// When the command was accepted.
    pub at: DateTime<Utc>,
}

/// Body of [`super::MachineFact::VmStopped`], in `vm-<id>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VmStopped {
    /// Which.
    pub vm: VmId,
    /// When the command was accepted.
    pub at: DateTime<Utc>,
}

/// Body of [`super::MachineFact::VmDeleted`], in `vm-<id>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VmDeleted {
    /// Which.
    pub vm: VmId,
    /// When the command was accepted.
    pub at: DateTime<Utc>,
}
