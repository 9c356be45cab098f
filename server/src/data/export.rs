//! The file of what was created.

use std::{fs, io, path::Path};

use chrono::Local;
use serde::Serialize;
use serde_json::{
    Value,
    ser::{PrettyFormatter, Serializer},
};

use super::{GivenUp, course::Outcome, screen::say};

/// What the file says, in the published client's form.
#[derive(Debug, Serialize)]
pub(super) struct Dataset<'a> {
    /// ISO 8601, local time without an offset.
    created_at: String,
    users: &'a [Value],
    vms: &'a [Value],
    statistics: Statistics,
}

#[derive(Debug, Serialize)]
struct Statistics {
    total_users: usize,
    total_vms: usize,
    user_success_rate: f64,
    vm_success_rate: f64,
}

impl<'a> Dataset<'a> {
    /// What has become of both parts; one that was not asked for is empty.
    pub(super) fn of(users: &'a Outcome, vms: &'a Outcome) -> Self {
        Self::new((&users.objects, users.rate()), (&vms.objects, vms.rate()))
    }

    /// The objects of both parts, and how many percent of them were created.
    pub(super) fn new(users: (&'a [Value], f64), vms: (&'a [Value], f64)) -> Self {
        Self {
            created_at: Local::now().format("%Y-%m-%dT%H:%M:%S%.6f").to_string(),
            users: users.0,
            vms: vms.0,
            statistics: Statistics {
                total_users: users.0.len(),
                total_vms: vms.0.len(),
                user_success_rate: users.1,
                vm_success_rate: vms.1,
            },
        }
    }
}

/// Writes `dataset` to `path`, if there is one, and says where it is.
pub(super) fn save(path: Option<&Path>, dataset: &Dataset<'_>) -> Result<(), GivenUp> {
    let Some(path) = path else { return Ok(()) };
    match write(path, dataset) {
        Ok(()) => {
            let whole = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
            say(format!("💾 Dataset sauvegardé: {}", whole.display()));
            Ok(())
        }
        Err(error) => {
            say(format!("❌ Erreur lors de la sauvegarde de {}: {error}", path.display()));
            Err(GivenUp)
        }
    }
}

fn write(path: &Path, dataset: &Dataset<'_>) -> io::Result<()> {
    let mut text = Vec::new();
    let indented = PrettyFormatter::with_indent(b"    ");
    dataset.serialize(&mut Serializer::with_formatter(&mut text, indented))?;
    fs::write(path, text)
}
