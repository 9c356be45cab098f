//! Finding programs.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Result, bail};

/// Where packages put programs that may not be in a user's `PATH`.
const SYSTEM: &[&str] =
    &["/usr/sbin", "/usr/local/bin", "/usr/local/sbin", "/opt/homebrew/bin", "/opt/homebrew/sbin"];
/// Where Debian and Homebrew put the programs of each version of Postgres, and what stands before its
/// number.
const POSTGRES: &[(&str, &str)] = &[
    ("/usr/lib/postgresql", ""),
    ("/opt/homebrew/opt", "postgresql@"),
    ("/usr/local/opt", "postgresql@"),
];

/// The program called `name`; where there is none, the one sentence that helps.
pub(crate) fn find(name: &str, package: &str) -> Result<PathBuf> {
    find_among(&folders(), name, package)
}

/// The folder with the newest Postgres server's programs: `PG_BIN`, Debian's, Homebrew's, `PATH`.
pub(crate) fn postgres_folder() -> Result<PathBuf> {
    let named = env::var_os("PG_BIN").map(PathBuf::from);
    let versions = POSTGRES.iter().flat_map(|(root, before)| versions_below(root.as_ref(), before));
    postgres_among(named, versions, &folders())
}

fn folders() -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).chain(SYSTEM.iter().map(PathBuf::from)).collect()
}

fn find_among(folders: &[PathBuf], name: &str, package: &str) -> Result<PathBuf> {
    let mut programs = folders.iter().map(|folder| folder.join(name));
    match programs.find(|program| program.is_file()) {
        Some(program) => Ok(program),
        None => bail!("{name} is not installed; install the package {package}"),
    }
}

fn postgres_among(
    named: Option<PathBuf>,
    versions: impl IntoIterator<Item = (u32, PathBuf)>,
    folders: &[PathBuf],
) -> Result<PathBuf> {
    if let Some(folder) = named {
        if folder.join("postgres").is_file() {
            return Ok(folder);
        }
        bail!("PG_BIN names {}, where there is no program postgres", folder.display());
    }
    let newest = versions.into_iter().max_by_key(|(version, _)| *version);
    if let Some((_, folder)) = newest {
        return Ok(folder);
    }
    let package = "postgresql (Debian) or postgresql@17 (Homebrew)";
    let program = find_among(folders, "postgres", package)?;
    let program = fs::canonicalize(&program).unwrap_or(program);
    Ok(program.parent().map(Path::to_owned).unwrap_or_default())
}

fn versions_below(root: &Path, before: &str) -> Vec<(u32, PathBuf)> {
    let Ok(entries) = fs::read_dir(root) else { return Vec::new() };
    entries
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.strip_prefix(before)?.parse().ok()?;
            let folder = entry.path().join("bin");
            folder.join("postgres").is_file().then_some((version, folder))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{find_among, postgres_among, versions_below};

    #[test]
    fn a_missing_program_names_its_package() {
        let error = find_among(&[], "nats-server", "nats-server").unwrap_err().to_string();
        assert_eq!(error, "nats-server is not installed; install the package nats-server");
    }

    #[test]
    fn a_missing_postgres_names_its_package() {
        let error = postgres_among(None, [], &[]).unwrap_err().to_string();
        let package = "postgresql (Debian) or postgresql@17 (Homebrew)";
        assert_eq!(error, format!("postgres is not installed; install the package {package}"));
    }

    #[test]
    fn the_newest_postgres_is_taken_whoever_has_packaged_it() {
        let root = tempfile::tempdir().unwrap();
        let (debian, homebrew) = (root.path().join("debian"), root.path().join("homebrew"));
        let made = ["9", "15", "not-a-version"].map(|name| debian.join(name));
        let others = ["postgresql@9", "postgresql@17", "postgresql", "openssl@3"];
        for folder in made.into_iter().chain(others.map(|name| homebrew.join(name))) {
            fs::create_dir_all(folder.join("bin")).unwrap();
            fs::write(folder.join("bin/postgres"), "").unwrap();
        }
        let (debians, homebrews) =
            (versions_below(&debian, ""), versions_below(&homebrew, "postgresql@"));
        let found = postgres_among(None, debians.clone(), &[]).unwrap();
        assert_eq!(found, debian.join("15/bin"));
        let found = postgres_among(None, debians.into_iter().chain(homebrews), &[]).unwrap();
        assert_eq!(found, homebrew.join("postgresql@17/bin"));
    }
}
