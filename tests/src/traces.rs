//! What is left of somebody on disk.

use std::{fs, path::Path};

use anyhow::Result;

/// Files below `folder` that hold one of `canaries`, and which.
///
/// # Errors
///
/// When a file cannot be read, for instance because it went meanwhile.
pub fn found_below(folder: &Path, canaries: &[&str]) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(found_below(&path, canaries)?);
        } else if path.is_file() {
            let bytes = fs::read(&path)?;
            let has = |canary: &str| bytes.windows(canary.len()).any(|at| at == canary.as_bytes());
            let here = canaries.iter().filter(|canary| has(canary));
            found.extend(here.map(|canary| format!("{canary} in {}", path.display())));
        }
    }
    Ok(found)
}
