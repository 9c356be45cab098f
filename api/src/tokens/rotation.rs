//! One signing key after another.
//!
//! A key that was replaced is kept beside its successor under a name that says when, and is believed
//! until the last token that it has signed has ended. Every process with these keys looks at them
//! again and again, so that all of them sign with the same one.
//!
//! **Invariant:** whoever rotates holds the folder's lock, and at no moment is there no key.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use schema::caps::{SIGNING_KEY_KEPT, SIGNING_KEY_LIFETIME};
use vault::{replace_secret, secret_file, stored_secret};

use super::keys::{TokensError, new_key, replaced};

/// The file that whoever rotates has locked.
const LOCK: &str = "signing.lock";

/// What a rotation does about the tokens that are out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// They are good until they end.
    Overlap,
    /// None of them counts from here on: a key may have been stolen.
    Emergency,
}

/// Gives the key in `path` a successor.
///
/// # Errors
///
/// [`TokensError`].
pub fn rotate(path: &Path, rotation: Rotation) -> Result<(), TokensError> {
    let _lock = lock(path)?;
    replace(path, rotation)
}

/// Gives the key in `path` a successor if its time has come, and lets go of those whose tokens have
/// all ended. Tells whether there is another key now.
///
/// # Errors
///
/// [`TokensError`].
pub(super) fn rotate_if_due(path: &Path) -> Result<bool, TokensError> {
    let _lock = lock(path)?;
    let failed = |source| TokensError::Folder { path: path.display().to_string(), source };
    for old in replaced(path)? {
        if replaced_at(&old).is_some_and(|at| age(at) > SIGNING_KEY_KEPT) {
            fs::remove_file(&old).map_err(failed)?;
        }
    }
    let since = fs::metadata(path).and_then(|found| found.modified()).map_err(failed)?;
    let due = age(since) > SIGNING_KEY_LIFETIME;
    if due {
        replace(path, Rotation::Overlap)?;
    }
    Ok(due)
}

fn replace(path: &Path, rotation: Rotation) -> Result<(), TokensError> {
    let failed = |source| TokensError::Folder { path: path.display().to_string(), source };
    match rotation {
        Rotation::Overlap => {
            if let Some(old) = stored_secret(path)? {
                secret_file(&beside(path, now()), || old)?;
            }
            replace_secret(path, &new_key())?;
        }
        Rotation::Emergency => {
            replace_secret(path, &new_key())?;
            for old in replaced(path)? {
                fs::remove_file(old).map_err(failed)?;
            }
        }
    }
    Ok(())
}

/// Where a key is kept that is replaced at `at`; in milliseconds, so that two never meet.
fn beside(path: &Path, at: SystemTime) -> PathBuf {
    let millis = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_millis();
    path.with_file_name(format!("signing-{millis}.key"))
}

/// When the key in `path` was replaced; nothing for one that somebody has named otherwise, which is
/// believed for as long as it is there.
fn replaced_at(path: &Path) -> Option<SystemTime> {
    let millis = path.file_stem()?.to_str()?.strip_prefix("signing-")?.parse().ok()?;
    Some(SystemTime::UNIX_EPOCH + Duration::from_millis(millis))
}

fn now() -> SystemTime {
    crate::clock::now().into()
}

/// None for what lies ahead: a clock that was put back makes nothing old.
fn age(since: SystemTime) -> Duration {
    now().duration_since(since).unwrap_or_default()
}

fn lock(path: &Path) -> Result<File, TokensError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let locked = || {
        let file = File::options().create(true).append(true).open(folder.join(LOCK))?;
        file.lock()?;
        Ok(file)
    };
    locked().map_err(|source: io::Error| TokensError::Folder {
        path: path.display().to_string(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use std::{fs::File, time::Duration};

    use schema::caps::{SIGNING_KEY_KEPT, SIGNING_KEY_LIFETIME};

    use super::{Rotation, beside, now, rotate, rotate_if_due};
    use crate::tokens::keys::replaced;

    fn text(path: &std::path::Path) -> String {
        std::fs::read_to_string(path).unwrap()
    }

    #[test]
    fn a_key_that_is_replaced_stays_beside_until_its_tokens_have_ended() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("signing.key");
        rotate(&path, Rotation::Overlap).unwrap();
        let first = text(&path);
        assert!(!rotate_if_due(&path).unwrap(), "it has just been made");
        let long_ago = now() - SIGNING_KEY_LIFETIME - Duration::from_mins(1);
        File::options().append(true).open(&path).unwrap().set_modified(long_ago).unwrap();
        assert!(rotate_if_due(&path).unwrap());
        assert_ne!(text(&path), first);
        let kept = replaced(&path).unwrap();
        assert_eq!(kept.iter().map(|path| text(path)).collect::<Vec<_>>(), [first]);

        let ended = beside(&path, now() - SIGNING_KEY_KEPT - Duration::from_mins(1));
        std::fs::rename(&kept[0], &ended).unwrap();
        assert!(!rotate_if_due(&path).unwrap());
        assert!(replaced(&path).unwrap().is_empty());
    }

    #[test]
    fn in_an_emergency_no_key_is_left_but_the_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("signing.key");
        rotate(&path, Rotation::Overlap).unwrap();
        rotate(&path, Rotation::Overlap).unwrap();
        let stolen = text(&path);
        rotate(&path, Rotation::Emergency).unwrap();
        assert_ne!(text(&path), stolen);
        assert!(replaced(&path).unwrap().is_empty());
    }
}
