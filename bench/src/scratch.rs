//! Where a run writes, and with which Postgres it compares.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use tempfile::TempDir;

/// Where a run writes, and with which Postgres it compares.
#[derive(Debug, Args)]
pub(crate) struct Place {
    /// Where everything is written for the time of the run. The default is the system's folder for
    /// temporary files.
    #[arg(long)]
    directory: Option<PathBuf>,
    /// Where `initdb`, `pg_ctl`, `psql` and `pgbench` are; by default the newest that Debian has
    /// installed.
    #[arg(long, env = "PG_BIN")]
    postgres: Option<PathBuf>,
    /// Whom they run as when this program runs as root, which they refuse.
    #[arg(long, default_value = "postgres")]
    pub(crate) postgres_user: String,
}

impl Place {
    /// A directory that goes with the run.
    pub(crate) fn directory(&self) -> anyhow::Result<TempDir> {
        match &self.directory {
            Some(parent) => TempDir::new_in(parent),
            None => TempDir::new(),
        }
        .context("no directory to measure in")
    }

    /// Where Postgres's programs are.
    pub(crate) fn programs(&self) -> anyhow::Result<PathBuf> {
        if let Some(given) = &self.postgres {
            return Ok(given.clone());
        }
        let versions = std::fs::read_dir("/usr/lib/postgresql").context("no Postgres installed")?;
        let newest = versions
            .filter_map(|entry| Some(entry.ok()?.path()))
            .max_by_key(|path| path.file_name()?.to_str()?.parse::<u32>().ok());
        Ok(newest.context("no Postgres installed")?.join("bin"))
    }
}
