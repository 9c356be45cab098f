//! Starting, stopping, starting again.

use std::{
    fs,
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    time::{Duration, Instant},
};

use anyhow::Result;
use serde_json::json;
use tests::{Exit, Service, registre};
use tokio::{io::AsyncWriteExt, net::TcpStream};

/// What a service manager may be told to grant.
const STOP_MAX: Duration = Duration::from_secs(15);

#[tokio::test]
async fn a_restart_keeps_people_tokens_and_data() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, ada_id) = service.client().join("ada").await?;
    let event = ada.create_event("Fête").await?;
    let message = ada.send(ada_id, "Bonjour !").await?;

    let service = service.stop_and_restart().await?;
    let ada = ada.at(&service.url);
    assert_eq!(ada.get("/auth/me").await?.body["id"], json!(ada_id));
    assert_eq!(ada.get("/events").await?.body, json!([event.body]));
    assert_eq!(ada.get("/messages/sent").await?.body, json!([message.body]));
    service.client().log_in("ada").await?;
    let (_, bob_id) = service.client().join("bob").await?;
    assert!(bob_id > ada_id);
    Ok(())
}

#[tokio::test]
async fn a_first_start_finds_nothing_to_warn_of() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, ada_id) = service.client().join("ada").await?;
    ada.send(ada_id, "Bonjour !").await?;
    let exit = service.stop().await?;
    let warnings: Vec<_> = exit.said.lines().filter(|line| line.contains("\"WARN\"")).collect();
    assert_eq!((exit.code, warnings), (Some(0), Vec::new()));
    Ok(())
}

#[tokio::test]
async fn sockets_are_told_when_the_service_stops() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, _) = service.client().join("ada").await?;
    let mut socket = ada.socket().await?;
    let (close, exit) = tokio::join!(socket.close(), service.stop());
    assert_eq!(close?, (1001, "service stops".to_owned()));
    assert_eq!(exit?.code, Some(0));
    Ok(())
}

#[tokio::test]
async fn it_says_whether_it_is_ready_and_with_what() -> Result<()> {
    let service = Service::standalone().await?;
    let live = service.client().get("/health/live").await?;
    assert_eq!((live.status, live.body), (200, json!({ "status": "live" })));
    let (ada, _) = service.client().join("ada").await?;
    let compared = async {
        loop {
            let ready = ada.get("/health/ready").await?;
            if ready.body["completeness"] != json!("unknown") {
                return anyhow::Ok(ready);
            }
        }
    };
    let ready = tests::patient(compared).await??;
    let all = json!({
        "status": "ready",
        "log": "up",
        "postgres": "up",
        "nats": "up",
        "projector": "up",
        "completeness": "complete",
        "left_out": 0,
        "quarantined": 0,
    });
    assert_eq!((ready.status, ready.body), (200, all));
    Ok(())
}

#[tokio::test]
async fn a_taken_port_ends_with_one_sentence() -> Result<()> {
    let taken = TcpListener::bind("127.0.0.1:0")?;
    let address = taken.local_addr()?;
    let folder = tempfile::tempdir()?;
    let mut command = registre(&folder.path().join("data"));
    command.args(["--listen", &address.to_string()]);
    let exit = Exit::of(command).await?;
    assert_eq!(exit.code, Some(1));
    let sentence = format!("registre: cannot listen on {address}: Address already in use");
    assert!(exit.said.starts_with(&sentence), "{}", exit.said);
    assert_eq!(exit.sentences().len(), 1, "{}", exit.said);
    Ok(())
}

#[tokio::test]
async fn a_missing_postgres_ends_with_one_sentence() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut command = registre(&folder.path().join("data"));
    command.env("PG_BIN", folder.path());
    let exit = Exit::of(command).await?;
    assert_eq!(exit.code, Some(1));
    assert!(exit.said.contains("there is no program postgres"), "{}", exit.said);
    assert_eq!(exit.sentences().len(), 1, "{}", exit.said);
    Ok(())
}

#[tokio::test]
async fn a_second_service_on_the_same_data_ends_with_one_sentence() -> Result<()> {
    let service = Service::standalone().await?;
    let exit = Exit::of(registre(service.data())).await?;
    assert_eq!(exit.code, Some(1));
    assert_eq!(exit.sentences().len(), 1, "{}", exit.said);
    // The first one is none the worse for it.
    service.client().join("ada").await?;
    Ok(())
}

#[tokio::test]
async fn a_log_without_its_keys_is_refused_and_no_new_ones_are_made() -> Result<()> {
    for key in ["claims.key", "master.key"] {
        let service = Service::standalone().await?;
        let (path, kept) = (service.data().join("keys").join(key), tempfile::tempdir()?);
        service.client().join("ada").await?;
        fs::copy(&path, kept.path().join(key))?;
        fs::remove_file(&path)?;
        let data = service.data().to_owned();
        let folder = service.kill().await?;

        let exit = Exit::of(registre(&data)).await?;
        assert_eq!(exit.code, Some(1));
        assert!(exit.said.contains(&format!("{key} is missing")), "{}", exit.said);
        assert!(!path.exists());

        fs::copy(kept.path().join(key), &path)?;
        let service = Service::start(registre(&data), &data).await?;
        service.client().log_in("ada").await?;
        drop(folder);
    }
    Ok(())
}

#[tokio::test]
async fn what_is_written_can_be_read_by_nobody_else() -> Result<()> {
    let service = Service::standalone().await?;
    service.client().join("ada").await?;
    for (part, forbidden) in [
        ("", 0o066),
        ("keys", 0o077),
        ("keys/master.key", 0o077),
        ("log", 0o077),
        ("nats.log", 0o077),
        ("nats/nats.conf", 0o077),
        ("postgres", 0o077),
        ("postgres.log", 0o077),
        ("postgres/socket", 0o077),
    ] {
        let mode = fs::metadata(service.data().join(part))?.permissions().mode();
        assert_eq!(mode & forbidden, 0, "{part} has mode {mode:o}");
    }
    Ok(())
}

#[tokio::test]
async fn a_slow_client_does_not_keep_it_from_stopping() -> Result<()> {
    let service = Service::standalone().await?;
    let mut slow = TcpStream::connect(service.url.trim_start_matches("http://")).await?;
    slow.write_all(b"POST /register HTTP/1.1\r\nhost: x\r\ncontent-length: 99\r\n\r\n{").await?;
    let stopping = Instant::now();
    let exit = service.stop().await?;
    assert_eq!(exit.code, Some(0));
    assert!(stopping.elapsed() < STOP_MAX, "it took {:?}", stopping.elapsed());
    Ok(())
}
