//! What a real `EventStoreDB` answered, the embedded log answers too.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use eventlog::server::{EmbeddedLog, Options};
use tempfile::TempDir;

/// The questions, the answers and what compares them.
const FILES: [&str; 6] = [
    "probe.mjs",
    "compare.mjs",
    "exceptions.json",
    "answers-eventstoredb-23.10.6.jsonl",
    "package.json",
    "package-lock.json",
];

#[tokio::test(flavor = "multi_thread")]
async fn the_log_answers_like_a_real_one() {
    let room = room_with_packages();
    let directory = TempDir::new().unwrap();
    let log = EmbeddedLog::start(Options {
        directory: directory.path().to_owned(),
        listen: "127.0.0.1:0".parse().unwrap(),
        password: None,
        tls: None,
    });
    let log = log.await.unwrap();

    let transcript = directory.path().join("ours.jsonl");
    let mut probe = command("node", &room, ["probe.mjs", &log.address().to_string()]);
    probe.env("PROTOS", client_protos()).stdout(fs::File::create(&transcript).unwrap());
    let probed = tokio::task::spawn_blocking(move || probe.status().unwrap()).await.unwrap();
    assert!(probed.success(), "the probe did not get to its end");

    let compared = command("node", &room, [OsStr::new("compare.mjs"), transcript.as_os_str()])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&compared.stdout);
    println!("{said}");
    assert!(compared.status.success(), "{said}");
    assert!(said.contains(" 0 to mend, of 379"), "{said}");
    log.shutdown().await;
}

/// A folder below `target` with the files and the packages that they need.
fn room_with_packages() -> PathBuf {
    let room = Path::new(env!("CARGO_TARGET_TMPDIR")).join("wire");
    fs::create_dir_all(&room).unwrap();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wire");
    for file in FILES {
        fs::write(room.join(file), fs::read(source.join(file)).unwrap()).unwrap();
    }
    let install = ["ci", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"];
    let installed = command("npm", &room, install).status().unwrap();
    assert!(installed.success(), "npm cannot install the packages of the probe");
    room
}

/// Where the official client keeps its message definitions.
fn client_protos() -> PathBuf {
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline", "--filter-platform", "host-tuple"])
        .arg("--manifest-path")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"))
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(metadata.status.success(), "cargo does not know where the client is");
    let metadata: serde_json::Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let client = packages.iter().find(|package| package["name"] == "kurrentdb").unwrap();
    Path::new(client["manifest_path"].as_str().unwrap()).with_file_name("protos")
}

fn command<A: AsRef<OsStr>>(
    program: &str,
    room: &Path,
    arguments: impl IntoIterator<Item = A>,
) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(room);
    command
}
