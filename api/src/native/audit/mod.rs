//! The whole history, for those who may see it: every fact as it stands in the log, what followed
//! from one request, and proofs that nothing of it was changed.
//!
//! **Invariant:** nobody is shown a fact before it is written down that they asked. Personal data is
//! shown to whoever says why, and sealed to everybody else.

pub(super) mod facts;
mod filters;
mod inspector;
pub(super) mod one;
pub(super) mod proof;
mod shown;
pub(super) mod trace;
mod turns;

use std::sync::Arc;

use axum::{Router, routing::get};
use projections::merkle::Verifier;
use vault::Vault;

use self::turns::Turns;
use crate::App;

/// What auditors need beside the log. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Audit {
    /// Opens personal data.
    vault: Vault,
    /// Whose turn it is.
    turns: Turns,
    /// Verifies checkpoints of the tree over the facts.
    verifier: Arc<Verifier>,
}

impl Audit {
    /// Shows what `vault` opens; checkpoints are verified by `verifier`.
    #[must_use]
    pub fn new(vault: Vault, verifier: Verifier) -> Self {
        Self { vault, turns: Turns::default(), verifier: Arc::new(verifier) }
    }
}

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/api/v1/audit/facts", get(facts::handler))
        .route("/api/v1/audit/facts/{position}", get(one::handler))
        .route("/api/v1/audit/trace/{correlation}", get(trace::handler))
        .route("/api/v1/audit/checkpoint", get(proof::checkpoint))
        .route("/api/v1/audit/checkpoint/key", get(proof::key))
        .route("/api/v1/audit/proof/inclusion", get(proof::inclusion))
        .route("/api/v1/audit/proof/consistency", get(proof::consistency))
}
