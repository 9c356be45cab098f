//! Secrets on disk.

use std::{
    fs::{self, File},
    io::{self, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;
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
/// none yet. Of two that make it at once, both get the one that is stored.
///
/// # Errors
///
/// [`SecretFileError`], also when the file is there but open to others.
pub fn secret_file(
    path: &Path,
    generate: impl FnOnce() -> Zeroizing<String>,
) -> Result<Zeroizing<String>, SecretFileError> {
    if let Some(secret) = stored_secret(path)? {
        return Ok(secret);
    }
    let failed = |source| SecretFileError::Io { path: path.to_owned(), source };
    store(path, &generate()).map_err(failed)?;
    stored_secret(path)?.ok_or_else(|| failed(io::ErrorKind::NotFound.into()))
}

/// The secret in `path`, if there is one.
///
/// # Errors
///
/// [`SecretFileError`], also when the file is there but open to others.
pub fn stored_secret(path: &Path) -> Result<Option<Zeroizing<String>>, SecretFileError> {
    let failed = |source| SecretFileError::Io { path: path.to_owned(), source };
    match fs::metadata(path) {
        Ok(found) if found.permissions().mode() & 0o077 != 0 => {
            Err(SecretFileError::Readable(path.to_owned()))
        }
        Ok(_) => fs::read_to_string(path).map(Zeroizing::new).map(Some).map_err(failed),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(error)),
    }
}

/// Puts `secret` into `path`, readable by its owner alone, in the place of whatever is there: a crash
/// leaves the one or the other.
///
/// # Errors
///
/// [`SecretFileError`].
pub fn replace_secret(path: &Path, secret: &str) -> Result<(), SecretFileError> {
    let failed = |source| SecretFileError::Io { path: path.to_owned(), source };
    let folder = path.parent().unwrap_or(Path::new("."));
    let write = || {
        unfinished(folder, secret)?.persist(path).map_err(|refused| refused.error)?;
        File::open(folder)?.sync_all()
    };
    write().map_err(failed)
}

/// A crash leaves either no file or a whole one, and nobody replaces what is there: a key that was
/// used and then lost would take everything sealed with it along.
fn store(path: &Path, secret: &str) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    match unfinished(folder, secret)?.persist_noclobber(path) {
        Ok(_) => File::open(folder)?.sync_all(),
        Err(refused) if refused.error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(refused) => Err(refused.error),
    }
}

/// A file in `folder` that holds `secret` and has no lasting name yet.
fn unfinished(folder: &Path, secret: &str) -> io::Result<NamedTempFile> {
    let mut unfinished = tempfile::Builder::new().prefix(".new").tempfile_in(folder)?;
    unfinished.write_all(secret.as_bytes())?;
    unfinished.as_file().sync_all()?;
    Ok(unfinished)
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt, thread};

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
    fn of_many_that_make_it_at_once_all_get_the_one_that_is_stored() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.key");
        let got: Vec<String> = thread::scope(|scope| {
            let make = |number: usize| Zeroizing::new(number.to_string());
            let makers: Vec<_> = (0..8)
                .map(|number| {
                    scope.spawn({
                        let path = &path;
                        move || secret_file(path, || make(number)).unwrap().to_string()
                    })
                })
                .collect();
            makers.into_iter().map(|maker| maker.join().unwrap()).collect()
        });
        let stored = fs::read_to_string(&path).unwrap();
        assert!(got.iter().all(|secret| *secret == stored), "{got:?}");
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
