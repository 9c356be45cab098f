//! The embedded log.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use anyhow::{Context, Result};
use eventlog::server::{EmbeddedLog, Handle, Options};
use zeroize::Zeroizing;

use super::password;

/// What says, beside the keys, where the log is reached that runs at the moment.
const URL: &str = "log.url";

/// Starts the log of `data` on a port that it finds.
///
/// # Errors
///
/// When it does not start, in particular when it runs already: then the error is one of the log's.
pub(crate) async fn start_log(data: &Path, keys: &Path) -> Result<Handle> {
    let directory = data.join("log");
    folder(&directory, 0o700)?;
    let options = Options {
        directory,
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        password: Some(password(keys, "log")?.to_string()),
        tls: None,
    };
    let started = EmbeddedLog::start(options).await;
    let log = started.context("the embedded event log did not start")?;
    vault::replace_secret(&keys.join(URL), &log.connection_string())?;
    Ok(log)
}

/// Where the log is reached that runs at the moment, or that ran last.
pub(crate) fn log_url(keys: &Path) -> Result<Option<Zeroizing<String>>> {
    Ok(vault::stored_secret(&keys.join(URL))?)
}

/// Makes `path`, with the rights of `mode`.
pub(crate) fn folder(path: &Path, mode: u32) -> Result<()> {
    fs::create_dir_all(path)
        .and_then(|()| fs::set_permissions(path, fs::Permissions::from_mode(mode)))
        .with_context(|| format!("cannot make {}", path.display()))
}
