//! Secrets on disk.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

/// Why a secret could not be read or made.
#[derive(Debug, thiserror::Error)]
pub enum SecretFileError {
    /// Others on this machine could read it.
    #[error("{0} can be read by other users of this machine; run: chmod 600 {0}")]
    Readable(PathBuf),
    /// The file system said no.
    #[error("cannot use {path}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// What it said.
        #[source]
        source: io::Error,
    },
}

/// The secret in `path`; made by `generate` and stored, readable by its owner alone, where there is
/// none yet.
///
/// # Errors
///
/// [`SecretFileError`], also when the file is there but open to others.
pub fn secret_file(
    path: &Path,
    generate: impl FnOnce() -> Zeroizing<String>,
) -> Result<Zeroizing<String>, SecretFileError> {
    let failed = |source| SecretFileError::Io { path: path.to_owned(), source };
    match fs::metadata(path) {
        Ok(found) if found.permissions().mode() & 0o077 != 0 => {
            Err(SecretFileError::Readable(path.to_owned()))
        }
        Ok(_) => fs::read_to_string(path).map(Zeroizing::new).map_err(failed),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let secret = generate();
            store(path, &secret).map_err(failed)?;
            Ok(secret)
        }
        Err(error) => Err(failed(error)),
    }
}

/// A crash leaves either no file or a whole one: a key that was used and then lost would take
/// everything sealed with it along.
fn store(path: &Path, secret: &str) -> io::Result<()> {
    let unfinished = path.with_extension("new");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut file = options.open(&unfinished)?;
    file.write_all(secret.as_bytes())?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt};

    use zeroize::Zeroizing;

    use super::{SecretFileError, secret_file};

    #[test]
    fn a_secret_is_made_once_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.key");
        let made = secret_file(&path, || Zeroizing::new("one".to_owned())).unwrap();
        let read = secret_file(&path, || Zeroizing::new("two".to_owned())).unwrap();
        assert_eq!((made.as_str(), read.as_str()), ("one", "one"));
    }

    #[test]
    fn a_secret_open_to_others_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.key");
        fs::write(&path, "one").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let refused = secret_file(&path, || unreachable!("it is there"));
        assert!(matches!(refused, Err(SecretFileError::Readable(_))));
    }
}
