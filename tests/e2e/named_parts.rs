//! A service that is given addresses uses those and starts nothing of its own.

use std::{fs, net::SocketAddr, path::Path, process::Stdio};

use anyhow::{Context, Result};
use eventlog::server::{EmbeddedLog, Handle, Options};
use serde_json::{Value, json};
use tests::{Service, registre};
use tokio::process::{Child, Command};

/// A nats-server of the test's own, killed with it; and its URL.
async fn nats(folder: &Path) -> Result<(Child, String)> {
    let path = std::env::var("PATH").unwrap_or_default();
    let child = Command::new("nats-server")
        .env("PATH", format!("{path}:/usr/sbin:/usr/local/bin:/opt/homebrew/bin"))
        .args(["-a", "127.0.0.1", "-p", "-1", "--ports_file_dir"])
        .arg(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let ports = folder.join(format!("nats-server_{}.ports", child.id().context("it has ended")?));
    loop {
        let told: Value = fs::read(&ports)
            .ok()
            .and_then(|text| serde_json::from_slice(&text).ok())
            .unwrap_or_default();
        if let Some(url) = told["nats"][0].as_str() {
            return Ok((child, url.to_owned()));
        }
        tokio::task::yield_now().await;
    }
}

async fn log(folder: &Path) -> Result<Handle> {
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    let directory = folder.join("log");
    Ok(EmbeddedLog::start(Options { directory, listen, password: None }).await?)
}

#[tokio::test]
async fn two_services_on_the_same_parts_serve_the_same_people() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (_nats, nats) = nats(folder.path()).await?;
    let log = log(folder.path()).await?;
    // Its Postgres is lent to the others.
    let lender = Service::standalone().await?;
    let password = fs::read_to_string(lender.data().join("keys/postgres.password"))?;
    let socket = lender.data().join("postgres/socket");
    let admin = format!("host={} user=registre password={password}", socket.display());
    let database = format!("{admin} dbname=lent");
    create_database(&format!("{admin} dbname=registre")).await?;

    let data = folder.path().join("data");
    let start = async || {
        let mut command = registre(&data);
        command.env("EVENTSTORE_URL", log.connection_string());
        command.env("DATABASE_URL", &database).env("NATS_URL", &nats);
        Service::start(command, &data).await
    };
    fs::create_dir_all(&data)?;
    let one = start().await?;
    let (ada, ada_id) = one.client().join("ada").await?;
    let two = start().await?;
    let mut socket = ada.at(&two.url).socket().await?;
    ada.send(ada_id, "from one to two").await?;

    assert_eq!(socket.frame().await?["message"]["content"], json!("from one to two"));
    assert!(!data.join("postgres").exists() && !data.join("log").exists());
    let exits = (one.stop().await?, two.stop().await?);
    assert_eq!((exits.0.code, exits.1.code), (Some(0), Some(0)));
    log.shutdown().await;
    Ok(())
}

async fn create_database(address: &str) -> Result<()> {
    let (client, connection) = tokio_postgres::connect(address, tokio_postgres::NoTls).await?;
    let connection = tokio::spawn(connection);
    client.batch_execute("CREATE DATABASE lent").await?;
    drop(client);
    Ok(connection.await??)
}
