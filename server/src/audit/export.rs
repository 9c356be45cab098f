//! `registre audit export`

use std::{
    ffi::OsString,
    fs::{self, File},
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use projections::merkle::{Growing, Verifier};

use super::{line::seal, service::Service};
use crate::{arguments::Export, log::bar, output::print};

/// `export` with an ending for what belongs to it.
pub(super) fn beside(export: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(export);
    name.push(ending);
    name.into()
}

/// Keeps the facts that the newest checkpoint is over, and leaves nothing that does not verify.
pub(crate) async fn run(options: Export) -> Result<()> {
    let service = Service::new(options.source);
    let key = service.get("checkpoint/key", &[]).await?.text().await?;
    let note = service.get("checkpoint", &[]).await?.text().await?;
    let signed = Verifier::parse(&key)?.open(&note)?;
    let file = File::create_new(&options.to);
    let file = file.with_context(|| format!("cannot make {}", options.to.display()))?;
    let mut file = BufWriter::new(file);
    let query = vec![("form", "stored".to_owned()), ("limit", signed.size.to_string())];
    let mut lines = service.lines(query).await?;
    let progress = bar(signed.size);
    let mut tree = Growing::default();
    // What was left of an answer that broke off is asked for with the same limit.
    while tree.size() < signed.size
        && let Some((_, mut line)) = lines.next().await?
    {
        seal(&mut line, &mut tree)?;
        writeln!(file, "{line}")?;
        progress.set_position(tree.size());
    }
    progress.finish_and_clear();
    file.into_inner().context("the export could not be written")?.sync_all()?;
    fs::write(beside(&options.to, ".checkpoint"), &note)?;
    fs::write(beside(&options.to, ".key"), &key)?;
    ensure!(
        tree.size() == signed.size && tree.root() == signed.root,
        "the facts are not those that were signed: run registre audit verify on what was kept"
    );
    print(&[format!("facts    {}", signed.size), format!("tree     {}", signed.origin)]);
    Ok(())
}
