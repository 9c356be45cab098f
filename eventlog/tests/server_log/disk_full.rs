//! A full disk refuses appends, and nothing else.

use std::{fs, path::PathBuf, process::Command};

use eventlog::server::{EmbeddedLog, Options, verify};
use eventstore::{
    AppendToStreamOptions, Client, Error, EventData, ReadStreamOptions, StreamPosition,
    TombstoneStreamOptions,
};
use tempfile::TempDir;

use crate::{faults, harness::client};

/// A file system of its own.
struct SmallDisk(TempDir);

impl SmallDisk {
    /// Of 24 MiB, where that is allowed.
    fn mount() -> Option<Self> {
        let place = TempDir::new().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=24m", "tmpfs"])
            .arg(place.path())
            .status();
        if mounted.is_ok_and(|status| status.success()) {
            return Some(Self(place));
        }
        println!("skipped: nothing can be mounted here, so there is no small disk to fill");
        None
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _left_mounted = Command::new("umount").arg(self.0.path()).status();
    }
}

async fn append(client: &Client) -> Result<(), Error> {
    let fact = EventData::binary("large", vec![7; 100_000].into());
    client.append_to_stream("large", &AppendToStreamOptions::default(), fact).await.map(drop)
}

async fn count(client: &Client) -> u64 {
    let start = ReadStreamOptions::default().position(StreamPosition::Start);
    let mut facts = client.read_stream("large", &start).await.unwrap();
    let mut count = 0;
    while facts.next().await.unwrap().is_some() {
        count += 1;
    }
    count
}

#[tokio::test]
async fn appends_are_refused_on_a_full_disk_and_taken_again_once_there_is_room() {
    for _ in 0..faults::rounds("full disks") {
        fill_a_disk().await;
    }
}

async fn fill_a_disk() {
    let Some(disk) = SmallDisk::mount() else { return };
    fs::write(disk.path("ballast"), vec![1; 8 << 20]).unwrap();
    let directory = disk.path("log");
    let listen = "127.0.0.1:0".parse().unwrap();
    let options = Options { directory: directory.clone(), listen, password: None, tls: None };
    let log = EmbeddedLog::start(options.clone()).await.unwrap();
    let client_before = client(&log.connection_string());

    let mut written = 0;
    let refused = loop {
        match append(&client_before).await {
            Ok(()) => written += 1,
            Err(refused) => break refused,
        }
    };
    assert!(
        matches!(&refused, Error::Grpc { message, .. } if message.contains("full")),
        "{refused}"
    );
    assert!(append(&client_before).await.is_err());
    assert_eq!(count(&client_before).await, written);

    fs::remove_file(disk.path("ballast")).unwrap();
    append(&client_before).await.unwrap();
    log.shutdown().await;
    let log = EmbeddedLog::start(options).await.unwrap();
    assert_eq!(count(&client(&log.connection_string())).await, written + 1);
    verify(&directory, |_| {}).unwrap();
    log.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_is_not_said_to_have_found_no_room() {
    let Some(disk) = SmallDisk::mount() else { return };
    let directory = disk.path("log");
    let listen = "127.0.0.1:0".parse().unwrap();
    let options = Options { directory: directory.clone(), listen, password: None, tls: None };
    let log = EmbeddedLog::start(options).await.unwrap();
    let client = client(&log.connection_string());
    let metadata = EventData::json("$metadata", &serde_json::json!({ "purge": true })).unwrap();
    let any = AppendToStreamOptions::default();
    client.append_to_stream("$$person", &any, metadata).await.unwrap();
    client.append_to_stream("person", &any, EventData::binary("noted", "x".into())).await.unwrap();
    // All of it stands in the write-ahead log. There is room to write there, not to fold it.
    for _ in 0..80 {
        append(&client).await.unwrap();
    }
    let free = fs4::available_space(&directory).unwrap();
    let ballast = usize::try_from(free - (2 << 20)).unwrap();
    fs::write(disk.path("ballast"), vec![1; ballast]).unwrap();

    let asked = client.clone();
    let tombstone = tokio::spawn(async move {
        asked.tombstone_stream("person", &TombstoneStreamOptions::default()).await
    });
    let start = ReadStreamOptions::default();
    while !matches!(client.read_stream("person", &start).await, Err(Error::ResourceDeleted)) {
        assert!(!tombstone.is_finished());
        tokio::task::yield_now().await;
    }
    fs::remove_file(disk.path("ballast")).unwrap();

    tombstone.await.unwrap().unwrap();
    assert_eq!(verify(&directory, |_| {}).unwrap().purged, 1);
    log.shutdown().await;
}
