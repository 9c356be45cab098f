//! Postgres refuses to run as root, so root lends it an unprivileged account and a directory.

use std::{
    fs, io,
    os::unix::fs::{MetadataExt, PermissionsExt, lchown},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use uuid::Uuid;

/// An account that Postgres can run as.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Account {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

/// Accounts that may be borrowed, best first.
const CANDIDATES: &[&str] = &["postgres", "nobody"];
/// Where Postgres's part lives when its account cannot enter the data directory.
const STATE: &str = "/var/lib/registre";
/// Longest path of a socket on Linux, in bytes.
const SOCKET_BYTES_MAX: usize = 107;
/// What Postgres appends to the directory of its socket, with room for any port.
const SOCKET_NAME: &str = "/.s.PGSQL.65535";

impl Account {
    /// The account to run as; `None` when we are not root and run it as ourselves.
    pub(crate) fn needed() -> Result<Option<Self>> {
        if !rustix::process::geteuid().is_root() {
            return Ok(None);
        }
        let accounts = fs::read_to_string("/etc/passwd").context("cannot read /etc/passwd")?;
        let named = |name: &&str| accounts.lines().find_map(|line| parse(line, name));
        let found = CANDIDATES.iter().find_map(named);
        found.map(Some).context("there is no account postgres or nobody to run Postgres as")
    }

    /// Whether it can reach `folder`: every directory above lets it through.
    fn enters(self, folder: &Path) -> bool {
        folder.ancestors().skip(1).all(|above| {
            let Ok(found) = fs::metadata(above) else { return false };
            let shift = match (found.uid() == self.uid, found.gid() == self.gid) {
                (true, _) => 6,
                (false, true) => 3,
                (false, false) => 0,
            };
            found.permissions().mode() >> shift & 1 == 1
        })
    }
}

fn parse(line: &str, name: &str) -> Option<Account> {
    let mut fields = line.split(':');
    let matches = fields.next() == Some(name);
    let uid = fields.nth(1)?.parse().ok()?;
    let gid = fields.next()?.parse().ok()?;
    matches.then_some(Account { uid, gid })
}

/// Where Postgres's part of `data` lives: in it, unless `account` cannot enter there.
pub(crate) fn home(data: &Path, own: &str, account: Option<Account>) -> PathBuf {
    let inside = data.join("postgres");
    match account {
        Some(account) if !account.enters(&inside) => Path::new(STATE).join(own),
        Some(_) | None => inside,
    }
}

/// Where its socket lives: in its home, unless the path would be too long for a socket.
pub(crate) fn socket_folder(own: &str, home: &Path) -> PathBuf {
    let inside = home.join("socket");
    if inside.as_os_str().len() + SOCKET_NAME.len() <= SOCKET_BYTES_MAX {
        return inside;
    }
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    let runtime = runtime.filter(|_| !rustix::process::geteuid().is_root());
    runtime.unwrap_or_else(std::env::temp_dir).join(format!("registre-{own}"))
}

/// Makes `folder`, for `account` alone. One that somebody else has put there is refused.
pub(crate) fn private_folder(folder: &Path, account: Option<Account>) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let found = fs::symlink_metadata(folder)?;
    let us = rustix::process::geteuid().as_raw();
    let owners = [Some(us), account.map(|account| account.uid)];
    if !found.is_dir() || !owners.contains(&Some(found.uid())) {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it is somebody else's"));
    }
    if let Some(account) = account {
        lchown(folder, Some(account.uid), Some(account.gid))?;
    }
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
}

/// Names this data directory and no later one in its place: a fresh clone at the same path has
/// another password, and must not meet the old one's cluster.
pub(crate) fn short_name(data: &Path, password: &str) -> String {
    let place = Uuid::new_v5(&Uuid::NAMESPACE_URL, data.as_os_str().as_encoded_bytes());
    let whole = Uuid::new_v5(&place, password.as_bytes());
    whole.simple().to_string().chars().take(12).collect()
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        os::unix::fs::PermissionsExt,
        path::{Path, PathBuf},
    };

    use super::{Account, STATE, home, parse, short_name, socket_folder};

    const NOBODY: Account = Account { uid: 65_534, gid: 65_534 };

    #[test]
    fn an_account_is_found_by_its_whole_name() {
        let line = "postgres:x:101:104:PostgreSQL:/var/lib/postgresql:/bin/bash";
        let found = parse(line, "postgres").unwrap();
        assert_eq!((found.uid, found.gid), (101, 104));
        assert!(parse(line, "post").is_none());
    }

    #[test]
    fn a_home_that_cannot_be_entered_is_elsewhere() {
        let closed = tempfile::tempdir().unwrap();
        fs::set_permissions(closed.path(), fs::Permissions::from_mode(0o700)).unwrap();
        let data = closed.path().join("clone/data");
        fs::create_dir_all(&data).unwrap();
        assert_eq!(home(&data, "own", Some(NOBODY)), Path::new(STATE).join("own"));
        assert_eq!(home(&data, "own", None), data.join("postgres"));
    }

    #[test]
    fn a_fresh_directory_at_an_old_path_has_a_name_of_its_own() {
        let data = Path::new("/root/clone/data");
        assert_ne!(short_name(data, "one"), short_name(data, "two"));
        assert_eq!(short_name(data, "one"), short_name(data, "one"));
    }

    #[test]
    fn a_socket_path_that_is_too_long_is_elsewhere() {
        let short = Path::new("/srv/registre");
        assert_eq!(socket_folder("own", short), short.join("socket"));
        let long = PathBuf::from(format!("/srv/{}", "x".repeat(100)));
        let elsewhere = socket_folder("own", &long);
        assert!(!elsewhere.starts_with(&long));
        assert!(elsewhere.as_os_str().len() < 93);
    }
}
