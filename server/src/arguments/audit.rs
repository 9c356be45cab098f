//! `registre audit …`

use std::path::PathBuf;

use clap::{Args, Subcommand};
use uuid::Uuid;

use super::Address;

#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Print facts as they stand in the log, one JSON object per line
    Replay(Replay),
    /// Keep all sealed facts, byte for byte, with a signed checkpoint and the key that it is signed by
    Export(Export),
    /// Show what followed from one request
    Trace(Trace),
    /// Verify an export against its checkpoint; asks nobody
    Verify(Verify),
}

/// Which service, and who asks it.
#[derive(Debug, Args)]
pub(crate) struct Source {
    /// Where the service listens
    #[arg(long, env = "REGISTRE_URL", default_value = "http://127.0.0.1:8000")]
    pub(crate) url: String,
    /// An access token of an auditor or an administrator, or an API key for audit:read
    #[arg(long, env = "REGISTRE_TOKEN", hide_env_values = true)]
    pub(crate) token: Address,
}

#[derive(Debug, Args)]
pub(crate) struct Replay {
    #[command(flatten)]
    pub(crate) source: Source,
    /// From here on: a cursor, or a time after RFC 3339
    #[arg(long)]
    pub(crate) since: Option<String>,
    /// Up to here: a cursor, or a time after RFC 3339
    #[arg(long)]
    pub(crate) until: Option<String>,
    /// One stream, or the beginning of its name and *
    #[arg(long)]
    pub(crate) stream: Option<String>,
    /// One type, with or without its version
    #[arg(long = "type")]
    pub(crate) kind: Option<String>,
    /// The account of whoever acted
    #[arg(long)]
    pub(crate) actor: Option<i64>,
    /// Of one request
    #[arg(long)]
    pub(crate) correlation: Option<Uuid>,
    /// So many at the most
    #[arg(long)]
    pub(crate) limit: Option<usize>,
    /// Why personal data has to be shown; without it, it stays sealed
    #[arg(long)]
    pub(crate) purpose: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    #[command(flatten)]
    pub(crate) source: Source,
    /// A file that is not there yet; the checkpoint and the key are put beside it
    #[arg(long)]
    pub(crate) to: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Trace {
    #[command(flatten)]
    pub(crate) source: Source,
    /// The request: the correlationid of a fact
    pub(crate) correlation: Uuid,
    /// Why personal data has to be shown; without it, it stays sealed
    #[arg(long)]
    pub(crate) purpose: Option<String>,
    /// Print what the service says instead of a tree for people
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// What `registre audit export` has written
    pub(crate) export: PathBuf,
    /// The signed checkpoint [default: the one beside the export]
    #[arg(long)]
    pub(crate) checkpoint: Option<PathBuf>,
    /// The key, in a file; better one that was kept elsewhere [default: the one beside the export]
    #[arg(long)]
    pub(crate) key: Option<PathBuf>,
}
