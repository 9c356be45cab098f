//! Facts about values that only one may hold.

use serde::{Deserialize, Serialize};

use crate::ClaimHash;

/// Body of [`super::ClaimFact::ClaimTaken`], in `claim-…-<hash>`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClaimTaken {
    /// The stream of the owner. The claim counts only while that stream's fold says so.
    pub owner: String,
}

/// Body of [`super::ClaimFact::ClaimVoided`], in the owner's stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClaimVoided {
    /// The claim.
    pub claim: ClaimHash,
    /// The revision of the [`ClaimTaken`] that counts no more, nor any before it.
    pub revision: u64,
}
