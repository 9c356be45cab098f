//! The Community document's own client, in JavaScript.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context, Result, ensure};
use serde_json::json;
use tests::{Service, patient};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, BufReader, Lines},
    process::{Child, Command},
};

/// The folder with what Node needs beside the client.
const NODE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/node");

/// A folder below `target` with the client and the packages that it needs.
async fn room(name: &str) -> Result<PathBuf> {
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

/// Runs `script`, in which nothing but host and token is filled in.
fn run(room: &Path, script: &str, service: &Service, token: &str) -> Result<Child> {
    let host = service.url.trim_start_matches("http://");
    let script = script.replace("your-api-url", host);
    fs::write(room.join("client.js"), format!("const token = {};\n{script}", json!(token)))?;
    let mut command = Command::new("node");
    command.args(["--require", "./preload.cjs", "client.js"]).current_dir(room).kill_on_drop(true);
    Ok(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?)
}

fn lines<T: AsyncRead + Unpin>(pipe: Option<T>) -> Result<Lines<BufReader<T>>> {
    Ok(BufReader::new(pipe.context("it is piped")?).lines())
}

/// Reads until a line has `words`.
async fn wait_for<T: AsyncRead + Unpin>(
    lines: &mut Lines<BufReader<T>>,
    words: &str,
) -> Result<()> {
    patient(async {
        while let Some(line) = lines.next_line().await? {
            if line.contains(words) {
                return Ok(());
            }
        }
        anyhow::bail!("it ended without {words:?}")
    })
    .await?
}

/// A client that runs `script` is told of a message, and why it is closed.
async fn is_told(name: &str, script: &str) -> Result<()> {
    let room = room(name).await?;
    let service = Service::standalone().await?;
    let (ada, _) = service.client().join("ada").await?;
    let (bob, bob_id) = service.client().join("bob").await?;
    let mut client = run(&room, script, &service, bob.token().context("bob has no token")?)?;
    let (mut told, mut said) = (lines(client.stdout.take())?, lines(client.stderr.take())?);
    wait_for(&mut said, "open").await?;

    ada.send(bob_id, "Bonjour, Bob !").await?;
    wait_for(&mut told, "Nouveau message reçu:").await?;
    wait_for(&mut told, "content: 'Bonjour, Bob !'").await?;
    let (stopped, closed) = tokio::join!(service.stop(), wait_for(&mut told, "fermée: 1001"));
    closed?;
    assert_eq!(stopped?.code, Some(0));
    assert!(patient(client.wait()).await??.success());
    Ok(())
}

#[tokio::test]
async fn the_documents_own_client_is_told() -> Result<()> {
    let Some(folder) = env::var_os("REGISTRE_SEED_DOCS") else {
        println!("skipped: REGISTRE_SEED_DOCS names no folder with the published documents");
        return Ok(());
    };
    let entries = fs::read_dir(&folder)?.filter_map(|entry| Some(entry.ok()?.path()));
    let mut documents = entries.filter(|path| {
        path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with("001"))
    });
    let text = fs::read_to_string(documents.next().context("the folder has no document 001")?)?;
    let script = text.split("```javascript").nth(1).and_then(|block| block.split("```").next());
    is_told("documents-own-client", script.context("the document has no JavaScript block")?).await
}

#[tokio::test]
async fn a_client_that_does_the_same_is_told() -> Result<()> {
    is_told("client-of-ours", &fs::read_to_string(Path::new(NODE).join("listen.js"))?).await
}
