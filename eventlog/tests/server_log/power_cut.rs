//! What was answered survives the loss of power.
//!
//! The log lies on a file system of its own, which is shut down while appends are under way: the
//! kernel forgets what it had not written, as it does when the power goes.

use std::{
    fs::{self, File},
    path::PathBuf,
    process::{Command, Stdio},
    sync::Arc,
};

use eventlog::server::verify;
use tempfile::TempDir;

use crate::{
    crash::{Other, Told, Writers, check_answered, strace},
    faults,
};

const WRITERS: usize = 16;

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

/// Let writers append, cut the power, and say whether anything that they were told is lost. `None`
/// where the power cannot be cut.
async fn cut(
    disk: &mut Disk,
    told: &mut [Told],
    wrapper: &[&str],
    answers: u64,
) -> Option<Result<(), String>> {
    let directory = disk.root().join("log");
    let other = Arc::new(Other::start(&directory, wrapper));
    let writers = Writers::start(&other, told);
    writers.until(answers).await;
    let cut = disk.cut_power();
    other.kill();
    writers.told(told).await;
    drop(other);
    if !cut {
        println!("skipped: the file system cannot be shut down here");
        return None;
    }
    disk.unmount();
    assert!(disk.mount(), "the file system does not come back");
    let checked = check_answered(&directory, told).await;
    Some(checked.and_then(|()| match verify(&directory, |_| {}) {
        Ok(_) => Ok(()),
        Err(error) => Err(error.to_string()),
    }))
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_was_answered_is_lost_when_the_power_goes() {
    let rounds = faults::rounds("power cuts") as u64;
    let Some(mut disk) = Disk::make() else { return };
    let mut told = [Told::default(); WRITERS];
    for round in 0..rounds {
        // A log that has grown would fill the disk.
        if round % 20 == 19 {
            fs::remove_dir_all(disk.root().join("log")).unwrap();
            told = [Told::default(); WRITERS];
        }
        match cut(&mut disk, &mut told, &[], 100 + 97 * (round % 7)).await {
            Some(kept) => kept.unwrap(),
            None => return,
        }
    }
    println!("{rounds} power cuts, nothing lost");
}

/// The same with syncs that say that they have happened, and have not.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_synced_is_seen_to_be_lost_when_the_power_goes() {
    let Some(lying) = strace(&["--inject=fsync,fdatasync:retval=0"]) else { return };
    let Some(mut disk) = Disk::make() else { return };
    let mut told = [Told::default(); WRITERS];
    let Some(kept) = cut(&mut disk, &mut told, &lying, 300).await else { return };
    println!("{}", kept.expect_err("nothing is lost without syncs, so the power was not cut"));
}
