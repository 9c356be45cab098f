//! Clients in their own languages: those of the published documents, where these are at hand, and our
//! equivalents, always.

mod community;
mod directory;
mod phone;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context, Result, bail, ensure};
use tests::patient;
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, BufReader, Lines},
    process::{Child, Command},
};

/// The folder with what Node needs beside a client.
const NODE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/node");
/// The folder with the clients in Python.
const PYTHON: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/python");

/// A program of the Python that `scripts/install tests` has made room for.
///
/// # Errors
///
/// When it has not.
pub(crate) fn python(program: &str) -> Result<Command> {
    let room = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/python/bin");
    let program = room.join(program);
    ensure!(program.exists(), "{} is missing: run scripts/install tests", program.display());
    let mut command = Command::new(program);
    // The service is on this machine, whatever stands between it and others.
    command.env("NO_PROXY", "*").env("PYTHONUNBUFFERED", "1").kill_on_drop(true);
    Ok(command)
}

/// The first block in `language` of the document whose name begins with `number`; none, and a line
/// that says so, where the documents are not at hand.
fn sample(number: &str, language: &str) -> Result<Option<String>> {
    let Some(folder) = env::var_os("REGISTRE_SEED_DOCS") else {
        println!("skipped: REGISTRE_SEED_DOCS names no folder with the published documents");
        return Ok(None);
    };
    let entries = fs::read_dir(&folder)?.filter_map(|entry| Some(entry.ok()?.path()));
    let mut documents = entries.filter(|path| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| name.starts_with(number))
    });
    let document = documents.next().with_context(|| format!("no document {number}"))?;
    let text = fs::read_to_string(document)?;
    let block = text.split(&format!("```{language}")).nth(1);
    let block = block.and_then(|block| block.split("```").next());
    let block = block.with_context(|| format!("document {number} has no block in {language}"))?;
    Ok(Some(block.to_owned()))
}

/// A folder below `target` with the packages that a client needs in Node.
async fn node_room(name: &str) -> Result<PathBuf> {
    let room = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&room)?;
    for file in ["package.json", "package-lock.json", "preload.cjs"] {
        fs::copy(Path::new(NODE).join(file), room.join(file))?;
    }
    let install = ["ci", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"];
    let installed = Command::new("npm").args(install).current_dir(&room).output().await?;
    ensure!(installed.status.success(), "{}", String::from_utf8_lossy(&installed.stderr));
    Ok(room)
}

/// Runs `script` in Node, in a room of its own.
fn run_in_node(room: &Path, script: &str) -> Result<Child> {
    fs::write(room.join("client.js"), script)?;
    let mut command = Command::new("node");
    command.args(["--require", "./preload.cjs", "client.js"]).current_dir(room).kill_on_drop(true);
    Ok(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?)
}

fn lines<T: AsyncRead + Unpin>(pipe: Option<T>) -> Result<Lines<BufReader<T>>> {
    Ok(BufReader::new(pipe.context("it is piped")?).lines())
}

/// Reads until each of `words` has been in some line.
async fn wait_for<T: AsyncRead + Unpin>(
    lines: &mut Lines<BufReader<T>>,
    words: &[&str],
) -> Result<()> {
    let mut missing = words.to_vec();
    patient(async {
        while !missing.is_empty() {
            let Some(line) = lines.next_line().await? else {
                bail!("it ended without {missing:?}");
            };
            missing.retain(|words| !line.contains(words));
        }
        Ok(())
    })
    .await?
}
