//! What must outlive the log: who was erased, and which public ids were handed out. It stands in a
//! file outside the log's directory, which nothing overwrites, so that a log that is brought back
//! from a backup learns again what it has forgotten.
//!
//! **Invariant:** a line is on disk before what it tells of is answered. Lines hold ids alone.

use std::{
    collections::{BTreeSet, HashMap},
    fs::{File, OpenOptions},
    io::{self, BufRead, BufReader, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use schema::{IdKind, UserId};
use tokio::task::spawn_blocking;

/// How much of the claim key's check value stands in a line, in characters (64 bits).
const MARK_CHARS: usize = 16;

/// Appends to a journal. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Journal {
    path: Arc<Path>,
    mark: Arc<str>,
    /// None once a write has failed: what a second sync says of the first one's bytes is nothing.
    file: Arc<Mutex<Option<File>>>,
}

/// What a journal says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Journalled {
    /// Who was erased.
    pub erased: BTreeSet<UserId>,
    /// The first id of each kind that was not handed out.
    pub free: HashMap<IdKind, i64>,
}

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file system said no.
    #[error("journal {path} cannot be used")]
    Io {
        /// Its file.
        path: PathBuf,
        /// What it said.
        #[source]
        source: io::Error,
    },
    /// A write had failed before: what is on disk is not known until the next start.
    #[error("journal {0} could not be written before; start again once it can")]
    Broken(PathBuf),
}

/// What a line tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    Erased(UserId),
    /// All ids of a kind below this one are taken.
    Taken(IdKind, i64),
}

impl Journal {
    /// The journal in `path`; made where there is none. Its lines name the log and its copies by
    /// `claim_key_check`, which all of them share and no other log has.
    ///
    /// # Errors
    ///
    /// [`JournalError`].
    pub fn open(path: &Path, claim_key_check: &str) -> Result<Self, JournalError> {
        let failed = |source| JournalError::Io { path: path.to_owned(), source };
        let file = OpenOptions::new().create(true).append(true).mode(0o600).open(path);
        let file = file.map_err(failed)?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = File::open(folder.unwrap_or(Path::new("."))).map_err(failed)?;
        folder.sync_all().map_err(failed)?;
        Ok(Self {
            path: path.into(),
            mark: mark(claim_key_check).into(),
            file: Arc::new(Mutex::new(Some(file))),
        })
    }

    /// What the journal in `path` says of the log with `claim_key_check`, and of its copies.
    ///
    /// # Errors
    ///
    /// [`JournalError`], also when there is none.
    pub fn read(path: &Path, claim_key_check: &str) -> Result<Journalled, JournalError> {
        let failed = |source| JournalError::Io { path: path.to_owned(), source };
        let lines = BufReader::new(File::open(path).map_err(failed)?).split(b'\n');
        let mut journalled = Journalled::default();
        for line in lines {
            // A line that a crash has torn lacks its end, and was never answered.
            let line = line.map_err(failed)?;
            match std::str::from_utf8(&line).ok().and_then(|line| parse(line, claim_key_check)) {
                Some(Entry::Erased(user)) => {
                    journalled.erased.insert(user);
                }
                Some(Entry::Taken(kind, below)) => {
                    let free = journalled.free.entry(kind).or_insert(below);
                    *free = below.max(*free);
                }
                None => {}
            }
        }
        Ok(journalled)
    }

    /// Writes `entry` down. On disk when it returns.
    pub(crate) async fn write(&self, entry: Entry) -> Result<(), JournalError> {
        let journal = self.clone();
        let written = spawn_blocking(move || journal.write_now(entry)).await;
        written.unwrap_or_else(|_| Err(JournalError::Broken(self.path.to_path_buf())))
    }

    fn write_now(&self, entry: Entry) -> Result<(), JournalError> {
        let mut held = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let mut file = held.take().ok_or_else(|| JournalError::Broken(self.path.to_path_buf()))?;
        // It begins with the end of the line before, which a crash may have torn.
        let line = format!("\n{} {}", text(entry), self.mark);
        let written = file.write_all(line.as_bytes()).and_then(|()| file.sync_data());
        written.map_err(|source| JournalError::Io { path: self.path.to_path_buf(), source })?;
        *held = Some(file);
        Ok(())
    }
}

/// Stored: never change one.
fn text(entry: Entry) -> String {
    match entry {
        Entry::Erased(user) => format!("erased {user}"),
        Entry::Taken(kind, below) => format!("ids {kind} {below}"),
    }
}

/// What `line` tells of the log with `claim_key_check`. The mark comes last: it shows that the line
/// is whole.
fn parse(line: &str, claim_key_check: &str) -> Option<Entry> {
    let words: Vec<&str> = line.split(' ').collect();
    match words[..] {
        ["erased", user, of] if of == mark(claim_key_check) => {
            Some(Entry::Erased(UserId(user.parse().ok()?)))
        }
        ["ids", kind, below, of] if of == mark(claim_key_check) => {
            let kind = IdKind::ALL.into_iter().find(|known| known.to_string() == kind)?;
            Some(Entry::Taken(kind, below.parse().ok()?))
        }
        _ => None,
    }
}

fn mark(claim_key_check: &str) -> &str {
    claim_key_check.get(..MARK_CHARS).unwrap_or(claim_key_check)
}

#[cfg(test)]
mod tests {
    use std::{fs, io::Write};

    use schema::{IdKind, UserId};

    use super::{Entry, Journal};

    const OURS: &str = "00112233445566778899";
    const OTHERS: &str = "99112233445566778899";

    #[tokio::test]
    async fn what_was_written_is_read_back_whatever_was_torn_and_whosever_log_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let journal = Journal::open(&path, OURS).unwrap();
        journal.write(Entry::Erased(UserId(7))).await.unwrap();
        journal.write(Entry::Taken(IdKind::User, 201)).await.unwrap();
        journal.write(Entry::Taken(IdKind::User, 101)).await.unwrap();
        Journal::open(&path, OTHERS).unwrap().write(Entry::Erased(UserId(9))).await.unwrap();
        // As a crash leaves it: the id is not whole.
        fs::File::options().append(true).open(&path).unwrap().write_all(b"\nerased 7").unwrap();
        let again = Journal::open(&path, OURS).unwrap();
        again.write(Entry::Erased(UserId(73))).await.unwrap();

        let read = Journal::read(&path, OURS).unwrap();
        assert_eq!(read.erased, [UserId(7), UserId(73)].into());
        assert_eq!(read.free, [(IdKind::User, 201)].into());
        assert_eq!(Journal::read(&path, OTHERS).unwrap().erased, [UserId(9)].into());
    }

    #[test]
    fn a_journal_that_cannot_be_made_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("nowhere/journal");
        let refused = Journal::open(&path, OURS).unwrap_err().to_string();
        assert!(refused.contains("nowhere/journal"), "{refused}");
    }
}
