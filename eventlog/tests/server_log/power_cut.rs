//! What was answered survives the loss of power.
//!
//! The log lies on a file system of its own, which is shut down while appends are under way: the
//! kernel forgets what it had not written, as it does when the power goes.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use eventlog::server::verify;
use tempfile::TempDir;

use crate::{
    crash::{Other, check_answered},
    faults,
};

/// Asks ext4 to stop at once, and to write neither its journal nor anything else any more.
const SHUT_DOWN: &str = "
import fcntl, os, struct, sys
EXT4_IOC_SHUTDOWN = 0x8004587d
WITHOUT_FLUSHING = 2
fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), EXT4_IOC_SHUTDOWN, struct.pack('I', WITHOUT_FLUSHING))
";

fn succeeds(command: &mut Command) -> bool {
    let command = command.stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// A file system in a file.
struct Disk {
    place: TempDir,
    mounted: bool,
}

impl Disk {
    /// Where that is allowed.
    fn make() -> Option<Self> {
        let mut disk = Self { place: TempDir::new().unwrap(), mounted: false };
        fs::create_dir(disk.root()).unwrap();
        File::create(disk.image()).unwrap().set_len(96 << 20).unwrap();
        let made = succeeds(Command::new("mkfs.ext4").args(["-q", "-F"]).arg(disk.image()));
        if made && disk.mount() {
            return Some(disk);
        }
        println!("skipped: no ext4 can be made and mounted here, so there is no power to cut");
        None
    }

    fn image(&self) -> PathBuf {
        self.place.path().join("image")
    }

    fn root(&self) -> PathBuf {
        self.place.path().join("root")
    }

    fn mount(&mut self) -> bool {
        let mut mount = Command::new("mount");
        mount.args(["-o", "loop"]).arg(self.image()).arg(self.root());
        self.mounted = succeeds(&mut mount);
        self.mounted
    }

    fn unmount(&mut self) {
        // What was killed lets go of its files a moment after it is gone for everybody else.
        while self.mounted {
            self.mounted = !succeeds(Command::new("umount").arg(self.root()));
        }
    }

    /// Whether the power could be cut.
    fn cut_power(&self) -> bool {
        let root = self.root();
        let by_tool = ["-x", "-c", "shutdown"];
        succeeds(Command::new("xfs_io").args(by_tool).arg(&root))
            || succeeds(Command::new("python3").args(["-c", SHUT_DOWN]).arg(&root))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if self.mounted {
            let _left_mounted = Command::new("umount").arg("-l").arg(self.root()).status();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_was_answered_is_lost_when_the_power_goes() {
    const WRITERS: usize = 16;
    let rounds = faults::rounds("power cuts") as u64;
    let Some(mut disk) = Disk::make() else { return };
    let mut answered = [0; WRITERS];
    for round in 0..rounds {
        // A log that has grown would fill the disk.
        if round % 20 == 19 {
            fs::remove_dir_all(disk.root().join("log")).unwrap();
            answered = [0; WRITERS];
        }
        let directory = disk.root().join("log");
        let Some(now) = append_until_the_power_goes(&disk, &directory, answered, round).await
        else {
            println!("skipped: the file system cannot be shut down here");
            return;
        };
        answered = now;
        disk.unmount();
        assert!(disk.mount(), "the file system does not come back");
        check_answered(&directory, &mut answered).await;
        verify(&directory, |_| {}).unwrap();
    }
    println!("{rounds} power cuts, {} facts at the end", answered.iter().sum::<u64>());
}

/// How many facts each writer has been told about, after those it knew.
async fn append_until_the_power_goes<const WRITERS: usize>(
    disk: &Disk,
    directory: &Path,
    mut answered: [u64; WRITERS],
    round: u64,
) -> Option<[u64; WRITERS]> {
    let other = Arc::new(Other::start(directory, &[]));
    let total = Arc::new(AtomicU64::new(0));
    let writers = answered.iter().enumerate().map(|(writer, &first)| {
        let (other, total) = (Arc::clone(&other), Arc::clone(&total));
        tokio::spawn(other.append_while_it_can(format!("writer-{writer}"), first, total))
    });
    let writers: Vec<_> = writers.collect();
    while total.load(Ordering::Relaxed) < 100 + 97 * (round % 7) {
        tokio::task::yield_now().await;
    }
    let cut = disk.cut_power();
    other.kill();
    for (writer, answered) in writers.into_iter().zip(&mut answered) {
        *answered = writer.await.unwrap();
    }
    cut.then_some(answered)
}
