//! `registre backup`

use std::{
    fs::{self, File},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use anyhow::{Context, Result, bail};
use chrono::TimeDelta;
use eventlog::server::backup_apart;

use super::{DATA_KEYS, STREAMS};
use crate::{arguments::Backup, output::print, restored, standalone::folder};

/// Copies log and keys, running or not, into a directory that is not there yet.
pub(crate) fn run(options: &Backup) -> Result<()> {
    let Backup { data, keys, to, days } = options;
    restored::refuse(data)?;
    if to.exists() {
        bail!("{} is there already", to.display());
    }
    folder(to, 0o700)?;
    let until = api::now() + TimeDelta::days(i64::from(*days));
    let data_keys = to.join(format!("{DATA_KEYS}{}", until.format("%Y-%m-%d")));
    let position = backup_apart(&data.join("log"), &to.join("log"), STREAMS, &data_keys)?;
    fs::set_permissions(&data_keys, fs::Permissions::from_mode(0o600))?;
    copy_keys(&keys.beside(data), &to.join("keys"))?;
    File::open(to)?.sync_all()?;
    print(&[
        format!("up to    position {position}"),
        format!("keep     {} apart from the rest, and delete it on that day", data_keys.display()),
        "The journal is not in it: keep a copy of its own, and never put an older one back.".into(),
    ]);
    Ok(())
}

/// Copies the keys of the folder `from` into the folder `to`. What is there already has to be the
/// same.
pub(super) fn copy_keys(from: &Path, to: &Path) -> Result<()> {
    folder(to, 0o700)?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let path = entry?.path();
        let (Some(name), Some("key")) =
            (path.file_name(), path.extension().and_then(|extension| extension.to_str()))
        else {
            continue;
        };
        let Some(secret) = vault::stored_secret(&path)? else { continue };
        let there = vault::secret_file(&to.join(name), || secret.clone())?;
        if *there != *secret {
            bail!("{} holds another {}", to.display(), name.to_string_lossy());
        }
    }
    Ok(())
}
