//! Finding programs.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Result, bail};

/// Where packages put programs that may not be in a user's `PATH`.
const SYSTEM: &[&str] =
    &["/usr/sbin", "/usr/local/bin", "/usr/local/sbin", "/opt/homebrew/bin", "/opt/homebrew/sbin"];

/// The program called `name`; where there is none, the one sentence that helps.
pub(crate) fn find(name: &str, package: &str) -> Result<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path).chain(SYSTEM.iter().map(PathBuf::from));
    let found = folders.map(|folder| folder.join(name)).find(|program| program.is_file());
    match found {
        Some(program) => Ok(program),
        None => bail!("{name} is not installed; install the package {package}"),
    }
}

/// The folder with the newest Postgres server's programs: `PG_BIN`, Debian's, Homebrew's, `PATH`.
pub(crate) fn postgres_folder() -> Result<PathBuf> {
    if let Some(folder) = env::var_os("PG_BIN").map(PathBuf::from) {
        if folder.join("postgres").is_file() {
            return Ok(folder);
        }
        bail!("PG_BIN names {}, where there is no program postgres", folder.display());
    }
    let versions = versions_below(Path::new("/usr/lib/postgresql"));
    if let Some(folder) = versions.into_iter().max_by_key(|(version, _)| *version) {
        return Ok(folder.1);
    }
    let program = find("postgres", "postgresql (Debian) or postgresql@17 (Homebrew)")?;
    let program = fs::canonicalize(&program).unwrap_or(program);
    Ok(program.parent().map(Path::to_owned).unwrap_or_default())
}

fn versions_below(root: &Path) -> Vec<(u32, PathBuf)> {
    let Ok(entries) = fs::read_dir(root) else { return Vec::new() };
    entries
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            let folder = entry.path().join("bin");
            folder.join("postgres").is_file().then_some((version, folder))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn a_missing_program_names_its_package() {
        let error = find("no-such-program", "the-package").unwrap_err().to_string();
        assert_eq!(error, "no-such-program is not installed; install the package the-package");
    }
}
