//! Which room may know which.

use std::{collections::BTreeSet, process::Command};

use anyhow::Result;
use serde_json::Value;

/// The arrows of the architecture: a room and the rooms it may depend on.
const ARROWS: &[(&str, &[&str])] = &[
    ("schema", &[]),
    ("eventlog", &[]),
    ("vault", &["schema", "eventlog"]),
    ("commands", &["schema", "eventlog", "vault"]),
    ("projections", &["schema", "eventlog", "vault"]),
    ("api", &["commands", "schema", "vault", "eventlog", "projections"]),
    ("server", &["schema", "eventlog", "vault", "commands", "projections", "api"]),
    ("bench", &["eventlog"]),
    (
        "tests",
        &["schema", "eventlog", "vault", "commands", "projections", "api", "server", "bench"],
    ),
];

/// The rooms that hold the embedded log; to the others the log is what its client reaches.
const CARRIES_THE_LOG: &[&str] = &["server", "bench", "tests"];

#[test]
fn no_room_depends_on_one_that_the_architecture_does_not_list() -> Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    let output = Command::new(cargo)
        .args(["metadata", "--format-version=1", "--no-deps", "--manifest-path", manifest])
        .output()?;
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    let packages = metadata["packages"].as_array().expect("cargo lists the members");
    let rooms: BTreeSet<&str> = packages.iter().filter_map(|room| room["name"].as_str()).collect();

    let mut unlisted = Vec::new();
    for package in packages {
        let room = package["name"].as_str().unwrap_or_default();
        let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == room) else {
            unlisted.push(format!("{room} is no room"));
            continue;
        };
        let dependencies = package["dependencies"].as_array().into_iter().flatten();
        for dependency in dependencies {
            let name = dependency["name"].as_str().unwrap_or_default();
            if rooms.contains(name) && !allowed.contains(&name) && name != room {
                unlisted.push(format!("{room} -> {name}"));
            }
            let carries_the_log = dependency["features"].as_array().is_some_and(|features| {
                name == "eventlog" && features.iter().any(|feature| feature == "server")
            });
            let in_tests = dependency["kind"] == "dev";
            if carries_the_log && !in_tests && !CARRIES_THE_LOG.contains(&room) {
                unlisted.push(format!("{room} -> eventlog (server)"));
            }
        }
    }
    assert!(rooms.len() >= 8, "cargo metadata lists too few rooms: {rooms:?}");
    assert!(unlisted.is_empty(), "not in the architecture: {unlisted:?}");
    Ok(())
}
