//! People and machines that do not exist yet, drawn at random and believable.

use std::ops::RangeInclusive;

use fake::{
    Fake,
    faker::name::fr_fr::{FirstName, LastName},
    rand::{Rng, RngExt, seq::IndexedRandom},
};
use schema::{EmailAddress, Line, VmStatus};
use serde_json::{Value, json};

use super::words::{DOMAINS, PREFIXES, SYSTEMS, WORDS};

pub(super) const CPU_CORES: RangeInclusive<i64> = 1..=32;
pub(super) const RAM_GB: RangeInclusive<i64> = 2..=128;
pub(super) const DISK_GB: RangeInclusive<i64> = 20..=2_000;

/// Longest name of a machine, in characters.
pub(super) const NAME_CHARS_MAX: usize = 22;

/// The password of all that are created, as the published client has it.
const PASSWORD: &str = "password123";

/// Sizes that disks are sold in, in gigabytes.
const DISKS: &[i64] = &[20, 40, 50, 80, 100, 160, 200, 250, 320, 500, 750, 1_000, 1_500, 2_000];

/// What machines do, and how many percent of them.
const STATUSES: &[(VmStatus, u32)] = &[
    (VmStatus::Running, 60),
    (VmStatus::Stopped, 25),
    (VmStatus::Paused, 5),
    (VmStatus::Provisioning, 5),
    (VmStatus::Deleting, 5),
];

/// Somebody.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) name: String,
    pub(super) email: String,
}

impl Person {
    pub(super) fn draw(rng: &mut impl Rng) -> Self {
        let first: &str = FirstName().fake_with_rng(rng);
        let last: &str = LastName().fake_with_rng(rng);
        let name = format!("{first} {last}");
        let domain = DOMAINS.choose(rng).expect("there are domains");
        let email = format!("{}@{domain}", name.to_lowercase().replace(' ', "."));
        Self { name, email }
    }

    /// What is wrong with it, before it is sent.
    pub(super) fn check(&self) -> Result<(), String> {
        Line::parse(&self.name).map_err(|error| format!("nom {:?}: {error}", self.name))?;
        EmailAddress::parse(&self.email)
            .map_err(|error| format!("adresse {:?}: {error}", self.email))?;
        Ok(())
    }

    pub(super) fn body(&self) -> Value {
        json!({ "name": self.name, "email": self.email, "password": PASSWORD })
    }
}

/// A machine.
#[derive(Clone, Debug)]
pub(super) struct Machine {
    pub(super) name: String,
    pub(super) operating_system: &'static str,
    pub(super) cpu_cores: i64,
    pub(super) ram_gb: i64,
    pub(super) disk_gb: i64,
    pub(super) status: VmStatus,
}

impl Machine {
    /// Cores are a power of two, and each has one to eight gigabytes of memory.
    pub(super) fn draw(rng: &mut impl Rng) -> Self {
        let prefix = PREFIXES.choose(rng).expect("there are prefixes");
        let word = WORDS.choose(rng).expect("there are words");
        let cpu_cores = 1 << rng.random_range(0..=5);
        let memory: i64 = cpu_cores << rng.random_range(0..=3);
        Self {
            name: format!("{prefix}-{word}"),
            operating_system: SYSTEMS.choose(rng).expect("there are systems"),
            cpu_cores,
            ram_gb: memory.clamp(*RAM_GB.start(), *RAM_GB.end()),
            disk_gb: *DISKS.choose(rng).expect("there are disks"),
            status: status(rng.random_range(0..100)),
        }
    }

    /// What is wrong with it, before it is sent.
    pub(super) fn check(&self) -> Result<(), String> {
        let bounds = [
            ("cpu_cores", self.cpu_cores, CPU_CORES),
            ("ram_gb", self.ram_gb, RAM_GB),
            ("disk_gb", self.disk_gb, DISK_GB),
        ];
        for (field, value, range) in bounds {
            if !range.contains(&value) {
                return Err(format!("{field} = {value}, hors de {range:?}"));
            }
        }
        if self.name.chars().count() > NAME_CHARS_MAX {
            return Err(format!("nom {:?} de plus de {NAME_CHARS_MAX} caractères", self.name));
        }
        Ok(())
    }

    /// For `owner`.
    pub(super) fn body(&self, owner: i64) -> Value {
        json!({
            "user_id": owner,
            "name": self.name,
            "operating_system": self.operating_system,
            "cpu_cores": self.cpu_cores,
            "ram_gb": self.ram_gb,
            "disk_gb": self.disk_gb,
            "status": self.status,
        })
    }
}

/// The status of the machine that is the `percent`th of a hundred.
fn status(percent: u32) -> VmStatus {
    let mut passed = 0;
    for (status, share) in STATUSES {
        passed += share;
        if percent < passed {
            return *status;
        }
    }
    VmStatus::Stopped
}

#[cfg(test)]
mod tests;
