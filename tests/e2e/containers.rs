//! `docker-compose.yml` and `Dockerfile`, as far as they can be looked at without a container.

use std::{collections::BTreeSet, fs, path::PathBuf, process::Command};

use anyhow::{Context, Result};
use serde_json::{Value, json};

fn file(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", name].iter().collect()
}

fn compose() -> Result<Value> {
    Ok(serde_saphyr::from_str(&fs::read_to_string(file("docker-compose.yml"))?)?)
}

fn names(value: &Value) -> BTreeSet<&str> {
    value.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect()
}

#[test]
fn compose_can_read_its_file() -> Result<()> {
    let asked = Command::new("docker").args(["compose", "version"]).output();
    if !asked.is_ok_and(|answer| answer.status.success()) {
        println!("skipped: there is no docker compose here to read docker-compose.yml");
        return Ok(());
    }
    let path = file("docker-compose.yml");
    let mut command = Command::new("docker");
    let read =
        command.args(["compose", "--file"]).arg(&path).args(["config", "--quiet"]).output()?;
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    Ok(())
}

#[test]
fn each_role_is_a_service_and_each_service_is_asked_how_it_is() -> Result<()> {
    let compose = compose()?;
    let services = compose["services"].as_object().context("there are services")?;
    let mut roles = BTreeSet::new();
    for (name, service) in services {
        // It ends before the others begin.
        if name != "secrets" {
            assert!(service["healthcheck"]["test"].is_array(), "{name} is not asked");
        }
        let command = service["command"].as_array().map(Vec::as_slice).unwrap_or_default();
        let role = command.iter().skip_while(|word| **word != json!("--role")).nth(1);
        roles.extend(role.and_then(Value::as_str));
        for dependency in names(&service["depends_on"]) {
            assert!(services.contains_key(dependency), "{name} waits for {dependency}");
        }
    }
    assert_eq!(roles, BTreeSet::from(["api", "projector", "relay"]));
    let parts = ["kurrentdb", "nats", "postgres"];
    assert!(
        parts.iter().all(|part| services.contains_key(*part)),
        "{:?}",
        names(&compose["services"])
    );
    Ok(())
}

#[test]
fn each_volume_and_network_that_is_used_is_declared() -> Result<()> {
    let compose = compose()?;
    let (volumes, networks) = (names(&compose["volumes"]), names(&compose["networks"]));
    for (name, service) in compose["services"].as_object().context("there are services")? {
        let journal = &service["environment"]["REGISTRE_JOURNAL"];
        if service["command"][0] == json!("serve") {
            let mounts = service["volumes"].as_array().map(Vec::as_slice).unwrap_or_default();
            assert_eq!(*journal, json!("/journal/registre.journal"), "{name}");
            assert!(mounts.contains(&json!("journal:/journal")), "{name} keeps no journal");
        }
        for mount in service["volumes"].as_array().into_iter().flatten() {
            let volume = mount.as_str().and_then(|mount| mount.split(':').next());
            assert!(volume.is_some_and(|volume| volumes.contains(volume)), "{name}: {mount}");
        }
        for network in service["networks"].as_array().into_iter().flatten() {
            assert!(network.as_str().is_some_and(|name| networks.contains(name)), "{name}");
        }
    }
    Ok(())
}

#[test]
fn no_secret_stands_in_the_file_and_only_loopback_is_published() -> Result<()> {
    let compose = compose()?;
    for (name, service) in compose["services"].as_object().context("there are services")? {
        for (variable, value) in service["environment"].as_object().into_iter().flatten() {
            let secret =
                ["PASSWORD", "SECRET", "TOKEN", "KEY"].iter().any(|word| variable.contains(word));
            assert!(!secret || variable.ends_with("_FILE"), "{name}: {variable}={value}");
            let text = value.as_str().unwrap_or_default();
            assert!(!text.contains('@'), "{name}: {variable} holds credentials");
        }
        for port in service["ports"].as_array().into_iter().flatten() {
            assert!(port.as_str().is_some_and(|port| port.starts_with("127.0.0.1:")), "{name}");
        }
    }
    Ok(())
}

#[test]
fn the_image_is_built_in_stages_and_runs_as_a_numbered_user() -> Result<()> {
    let text = fs::read_to_string(file("Dockerfile"))?;
    let instruction = |name: &str| {
        text.lines().filter_map(|line| line.strip_prefix(name)).map(str::trim).collect::<Vec<_>>()
    };
    assert_eq!(instruction("FROM ").len(), 2);
    let user =
        instruction("USER ").last().and_then(|user| user.split(':').next()?.parse::<u32>().ok());
    assert!(user.is_some_and(|user| user > 0), "{user:?}");
    assert_eq!(instruction("STOPSIGNAL "), ["SIGTERM"]);
    Ok(())
}
