//! `registre restore`

use std::{
    fs::{self, File},
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use eventlog::{
    EventLog,
    server::{EmbeddedLog, Options, put_back},
};

use super::{DATA_KEYS, backup::copy_keys};
use crate::{
    arguments::Restore,
    output::print,
    restored,
    standalone::{folder, generate},
};

/// Puts log and keys into a data directory that has no log. One that was interrupted is done again
/// by the same command.
pub(crate) async fn run(options: Restore) -> Result<()> {
    let Restore { data, keys, from } = options;
    let log = data.join("log");
    if log.exists() {
        bail!("there is a log in {}: restore into another directory", data.display());
    }
    let data_keys = data_keys(&from)?;
    folder(&data, 0o711)?;
    // From here on it is not served before its journal has been replayed.
    restored::put(&data)?;
    copy_keys(&from.join("keys"), &keys.beside(&data))?;
    let unfinished = data.join("log.unfinished");
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished)?;
    }
    folder(&unfinished, 0o700)?;
    for entry in fs::read_dir(from.join("log")).context("the backup has no log")? {
        let path = entry?.path();
        let copy = unfinished.join(path.file_name().context("a file has a name")?);
        fs::copy(&path, &copy).and_then(|_| File::open(&copy)?.sync_all())?;
    }
    put_back(&unfinished, &data_keys).context("the backup is not whole")?;
    let renewed = renew(&unfinished).await?;
    fs::rename(&unfinished, &log).and_then(|()| File::open(&data)?.sync_all())?;
    print(&[
        format!("log      {renewed}"),
        "Cursors of the lost log count no more, and its read models do not fit: use an empty \
         database."
            .to_owned(),
        "Next: registre erasures replay".to_owned(),
    ]);
    Ok(())
}

/// The file of the backup `from` that holds the data keys.
fn data_keys(from: &Path) -> Result<PathBuf> {
    let entries = fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))?;
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        if name.is_some_and(|name| name.starts_with(DATA_KEYS)) {
            return Ok(path);
        }
    }
    bail!(
        "{} has no file {DATA_KEYS}…: without the data keys nothing that names anybody can be read",
        from.display()
    )
}

/// Gives the log in `directory` an identity of its own.
async fn renew(directory: &Path) -> Result<schema::LogId> {
    let password = generate();
    let handle = EmbeddedLog::start(Options {
        directory: directory.to_owned(),
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        password: Some(password.to_string()),
        tls: None,
    });
    let handle = handle.await?;
    let url = handle.connection_string();
    let log = Box::pin(EventLog::connect(&url, eventlog::Options::default())).await?;
    let renewed = Box::pin(commands::renew(&log, api::now())).await;
    drop(log);
    handle.shutdown().await;
    Ok(renewed?)
}
