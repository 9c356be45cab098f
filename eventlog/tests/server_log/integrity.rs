//! What is damaged is named, never served.

use std::{collections::BTreeMap, ffi::OsString, fs, path::Path};

use eventlog::server::{EmbeddedLog, Options, verify};
use eventstore::{
    Client, DeleteStreamOptions, Error, ReadAllOptions, ReadStreamOptions, StreamPosition,
    StreamState,
};
use tempfile::TempDir;
use uuid::Uuid;

use crate::{
    faults,
    harness::{Harness, client, options},
};

/// A small generator: the same numbers in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }
}

/// A log with a few streams, some of them long, some deleted.
async fn grown() -> Harness {
    grown_by(400).await
}

/// The same, by so many appends.
async fn grown_by(appends: u64) -> Harness {
    let log = Harness::start().await;
    for number in 0..appends {
        let stream = format!("stream-{}", number % 40);
        log.append(&stream, StreamState::Any, &[2 * number, 2 * number + 1]).await.unwrap();
    }
    log.client.delete_stream("stream-3", &DeleteStreamOptions::default()).await.unwrap();
    log
}

fn copy(from: &Path) -> TempDir {
    let directory = TempDir::new().unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, directory.path().join(path.file_name().unwrap())).unwrap();
    }
    directory
}

/// A fact's stream, revision, id and data.
type Seen = (String, u64, Uuid, Vec<u8>);

async fn read_all(client: &Client) -> Result<Vec<Seen>, Error> {
    let mut seen = Vec::new();
    let start = ReadAllOptions::default().position(StreamPosition::Start).max_count(usize::MAX);
    let mut all = client.read_all(&start).await?;
    while let Some(fact) = all.next().await? {
        let fact = fact.get_original_event();
        seen.push((fact.stream_id().to_owned(), fact.revision, fact.id, fact.data.to_vec()));
    }
    Ok(seen)
}

/// Everything that can be read: the whole log, and each stream.
async fn read_everything(client: &Client) -> Result<Vec<Seen>, Error> {
    let mut seen = read_all(client).await?;
    for stream in 0..40 {
        let start = ReadStreamOptions::default().position(StreamPosition::Start);
        let mut facts = client.read_stream(format!("stream-{stream}"), &start).await?;
        loop {
            match facts.next().await {
                Ok(Some(fact)) => {
                    let fact = fact.get_original_event();
                    seen.push((format!("#{stream}"), fact.revision, fact.id, fact.data.to_vec()));
                }
                Ok(None) | Err(Error::ResourceNotFound) => break,
                Err(error) => return Err(error),
            }
        }
    }
    Ok(seen)
}

#[tokio::test]
async fn a_sound_log_is_said_to_be_sound_while_it_runs_and_after() {
    let log = grown().await;
    let directory = log.directory.path();
    let mut reported = 0;
    let running = verify(directory, |progress| reported = progress.facts).unwrap();
    assert_eq!((running.facts, reported), (802, 802));
    assert_eq!((running.purged, running.streams), (0, 42));
    log.handle.shutdown().await;
    assert_eq!(verify(directory, |_| {}).unwrap(), running);
}

#[tokio::test]
async fn a_flipped_bit_is_noticed_or_does_no_harm() {
    let log = grown().await;
    let clean = read_everything(&log.client).await.unwrap();
    let crashed = copy(log.directory.path());
    log.handle.shutdown().await;
    let mut numbers = Numbers(20_261_121);
    let mut outcomes = BTreeMap::<(&str, &str), u32>::new();
    for round in 0..faults::rounds("bit flips") {
        // A log that was shut down is one file and its witness; what crashed is mostly in the
        // write-ahead log.
        let (image, file) = match round % 8 {
            0 => (&log.directory, "head"),
            1 => (&crashed, "head"),
            2 | 3 => (&crashed, "log.sqlite-wal"),
            4 => (&crashed, "log.sqlite"),
            5 => (&crashed, "log.sqlite-shm"),
            _ => (&log.directory, "log.sqlite"),
        };
        let damaged = copy(image.path());
        let bit = flip(&damaged.path().join(file), &mut numbers);
        let outcome = match EmbeddedLog::start(options(&damaged)).await {
            Err(_) => "refused to start",
            Ok(handle) => {
                let read = read_everything(&client(&handle.connection_string())).await;
                handle.shutdown().await;
                match read {
                    Err(_) => "refused to serve",
                    Ok(read) => {
                        assert!(read == clean, "bit {bit} of {file} went unnoticed");
                        "harmless"
                    }
                }
            }
        };
        *outcomes.entry((file, outcome)).or_default() += 1;
    }
    println!("{outcomes:?}");
}

/// Flip one bit of a file, and say which.
fn flip(file: &Path, numbers: &mut Numbers) -> usize {
    let mut bytes = fs::read(file).unwrap();
    let bit = numbers.below(bytes.len() * 8);
    bytes[bit / 8] ^= 1 << (bit % 8);
    fs::write(file, bytes).unwrap();
    bit
}

/// A crashed log whose write-ahead log is cut short, over and over, in memory where that can be had.
struct Cut {
    place: TempDir,
    image: Vec<(OsString, Vec<u8>)>,
    wal: Vec<u8>,
}

/// The write-ahead log begins with a header, and so does each page in it.
const WAL_HEADER: usize = 32;
const WAL_FRAME: usize = 24 + 4096;

impl Cut {
    fn of(crashed: &Path) -> Self {
        let files = fs::read_dir(crashed).unwrap().map(|entry| entry.unwrap().path());
        let (wal, image) = files
            .map(|path| (path.file_name().unwrap().to_owned(), fs::read(path).unwrap()))
            .partition::<Vec<_>, _>(|(name, _)| name == "log.sqlite-wal");
        let place = TempDir::new_in("/dev/shm").or_else(|_| TempDir::new()).unwrap();
        Self { place, image, wal: wal.into_iter().next().unwrap().1 }
    }

    /// How many bytes to leave: in the full run, at every byte of the last 64 KiB. Otherwise at
    /// the end of every frame there, and at every byte around the end of the last but one.
    fn lengths(&self, what: &str) -> Vec<usize> {
        let tail = self.wal.len().saturating_sub(64 << 10)..self.wal.len();
        if faults::rounds(what) >= tail.len() {
            return tail.collect();
        }
        let ends = (WAL_HEADER..=self.wal.len()).step_by(WAL_FRAME);
        let mut lengths: Vec<usize> = ends.filter(|end| tail.contains(end)).collect();
        if let Some(&last) = lengths.last() {
            lengths.extend(last - 30..last);
            lengths.extend(last + 1..(last + 30).min(tail.end));
        }
        lengths
    }

    /// The log with so many bytes of its write-ahead log.
    fn at(&self, length: usize) -> Options {
        for (name, bytes) in &self.image {
            fs::write(self.place.path().join(name), bytes).unwrap();
        }
        fs::write(self.place.path().join("log.sqlite-wal"), &self.wal[..length]).unwrap();
        options(&self.place)
    }
}

#[tokio::test]
async fn a_log_that_lost_what_it_had_acknowledged_is_not_served() {
    let log = grown_by(80).await;
    // As a crash would leave it, with everything in the write-ahead log.
    let crashed = copy(log.directory.path());
    let handle = EmbeddedLog::start(options(&copy(crashed.path()))).await.unwrap();
    handle.shutdown().await;
    let cut = Cut::of(crashed.path());
    let lengths = cut.lengths("tail cuts");
    for &length in &lengths {
        let started = EmbeddedLog::start(cut.at(length)).await;
        assert!(started.is_err(), "{length} bytes of the log are left");
    }
    println!("{} cuts, each refused", lengths.len());
}

/// What the chain says at each position of a log.
fn chains(directory: &Path) -> Vec<String> {
    let file = rusqlite::Connection::open(directory.join("log.sqlite")).unwrap();
    let mut chains = file
        .prepare("SELECT lower(hex(substr(seal, 5, 32))) FROM facts ORDER BY position")
        .unwrap();
    chains.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

#[tokio::test]
async fn a_torn_tail_that_nobody_was_told_about_leaves_whole_facts_only() {
    let log = grown_by(80).await;
    let acknowledged = fs::read(log.directory.path().join("head")).unwrap();
    let clean = chains(log.directory.path()).len();
    for number in 0..30 {
        let stream = format!("late-{number}");
        let ids = [1_000 + number, 2_000 + number];
        log.append(&stream, StreamState::NoStream, &ids).await.unwrap();
    }
    let chains = chains(log.directory.path());
    // As if the power had gone while these last appends were on their way to the disk.
    let crashed = copy(log.directory.path());
    fs::write(crashed.path().join("head"), acknowledged).unwrap();
    let cut = Cut::of(crashed.path());
    let (mut looked_at, mut served) = (0, 0);
    for length in cut.lengths("unanswered tail cuts") {
        let options = cut.at(length);
        let found = verify(cut.place.path(), |_| {}).unwrap();
        let left = usize::try_from(found.facts).unwrap();
        assert!(left >= clean, "{length} bytes are left, and answered facts are gone");
        assert_eq!(chains[left - 1], found.head, "{length} bytes are left: no prefix");
        assert!((left - clean).is_multiple_of(2), "half an append is left");
        looked_at += 1;
        // Where a page ends, a log is started as well: only there more of it counts.
        if (length - WAL_HEADER) % WAL_FRAME < 2 {
            let handle = EmbeddedLog::start(options).await.unwrap();
            handle.shutdown().await;
            assert_eq!(verify(cut.place.path(), |_| {}).unwrap(), found);
            served += 1;
        }
    }
    println!("{looked_at} cuts, of which {served} were served: whole facts only");
}

#[tokio::test]
async fn damage_that_nobody_reads_is_found_after_the_start_and_ends_the_log() {
    let log = Harness::start().await;
    for number in 0..1_500 {
        log.append("orders", StreamState::Any, &[number]).await.unwrap();
    }
    log.handle.shutdown().await;
    let file = rusqlite::Connection::open(log.directory.path().join("log.sqlite")).unwrap();
    file.execute_batch("UPDATE facts SET payload = x'7b7d' WHERE position = 100").unwrap();
    drop(file);

    let handle = EmbeddedLog::start(options(&log.directory)).await.unwrap();
    handle.failed().await;

    let damage = handle.damage().unwrap();
    assert!(damage.contains("fact 100 "), "{damage}");
    assert!(read_all(&client(&handle.connection_string())).await.is_err());
    handle.shutdown().await;
}

#[tokio::test]
async fn facts_that_are_missing_or_exchanged_are_noticed() {
    let log = grown().await;
    log.handle.shutdown().await;
    for change in [
        "DELETE FROM facts WHERE position = 100",
        "DELETE FROM facts WHERE position > 700",
        "UPDATE facts SET position = -position WHERE position IN (100, 101);
         UPDATE facts SET position = 201 + position WHERE position < 0",
        "UPDATE facts SET payload = x'7b7d' WHERE position = 100",
        "UPDATE streams SET last_revision = 2 WHERE name = 'stream-7'",
        "DELETE FROM streams WHERE name = 'stream-7'",
    ] {
        let damaged = copy(log.directory.path());
        let file = rusqlite::Connection::open(damaged.path().join("log.sqlite")).unwrap();
        file.execute_batch(change).unwrap();
        drop(file);
        let noticed = verify(damaged.path(), |_| {});
        assert!(noticed.is_err(), "{change}: {noticed:?}");
    }
}
