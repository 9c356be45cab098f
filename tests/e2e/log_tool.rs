//! `registre log`: verify, back up, carry over.

use std::process::Stdio;

use anyhow::{Context, Result};
use eventlog::server::{EmbeddedLog, Options};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use tests::{Exit, Service, registre, tool};
use tokio::io::{AsyncBufReadExt, BufReader};

#[tokio::test]
async fn a_running_services_log_verifies_and_its_backup_serves_the_same_people() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, ada_id) = service.client().join("ada").await?;
    let sent = ada.send(ada_id, "Bonjour !").await?;

    let mut verify = tool();
    verify.args(["log", "verify", "--data"]).arg(service.data());
    let verified = Exit::of(verify).await?;
    assert_eq!(verified.code, Some(0), "{}", verified.said);
    assert!(verified.printed.contains("\nhead     "), "{}", verified.printed);

    let restored = service.data().with_file_name("restored");
    let mut backup = tool();
    backup.args(["log", "backup", "--data"]).arg(service.data()).arg("--to").arg(&restored);
    let backed_up = Exit::of(backup).await?;
    assert_eq!(backed_up.code, Some(0), "{}", backed_up.said);

    let keys = restored.join("keys");
    std::fs::create_dir(&keys)?;
    for key in ["claims.key", "master.key", "signing.key"] {
        std::fs::copy(service.data().join("keys").join(key), keys.join(key))?;
    }
    let again = Service::start(registre(&restored), &restored).await?;
    let ada = again.client().log_in("ada").await?;
    // The command's answer waits until all before it has been projected.
    ada.create_event("after").await?;
    assert_eq!(ada.get("/messages/sent").await?.body, json!([sent.body]));
    again.stop().await?;
    Ok(())
}

#[tokio::test]
async fn a_copied_log_has_an_identity_of_its_own_and_the_same_facts() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let start = async |name: &str| {
        let directory = folder.path().join(name);
        let listen = "127.0.0.1:0".parse()?;
        let options = Options { directory, listen, password: Some("secret".to_owned()), tls: None };
        anyhow::Ok(EmbeddedLog::start(options).await?)
    };
    let (old, new) = (start("old").await?, start("new").await?);
    let data = folder.path().join("data");
    std::fs::create_dir(&data)?;
    let mut command = registre(&data);
    command.env("EVENTSTORE_URL", old.connection_string());
    // Postgres's unprivileged account has to enter it.
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(folder.path(), open)?;
    let service = Service::start(command, &data).await?;
    let (_, ada_id) = service.client().join("ada").await?;
    let before = service.client().register("bob").await?;
    service.stop().await?;

    // The second time there is nothing left to do.
    for _ in 0..2 {
        let mut copy = tool();
        copy.args(["log", "copy", "--from", &old.connection_string()]);
        copy.args(["--to", &new.connection_string()]);
        let copied = Exit::of(copy).await?;
        assert_eq!(copied.code, Some(0), "{}", copied.said);
    }

    let other = folder.path().join("other");
    std::fs::create_dir_all(other.join("keys"))?;
    for key in ["claims.key", "master.key"] {
        std::fs::copy(data.join("keys").join(key), other.join("keys").join(key))?;
    }
    let mut command = registre(&other);
    command.env("EVENTSTORE_URL", new.connection_string());
    let service = Service::start(command, &other).await?;
    let ada = service.client().log_in("ada").await?;
    let after = ada.send(ada_id, "at the new place").await?;
    let log_of = |cursor: Option<&str>| {
        cursor.and_then(|cursor| cursor.split_once('-')).map(|(log, _)| log.to_owned())
    };
    let old_log = log_of(before.header("registre-position"));
    let new_log = log_of(after.header("registre-position"));
    assert!(old_log.is_some() && new_log.is_some() && old_log != new_log);
    service.stop().await?;
    old.shutdown().await;
    new.shutdown().await;
    Ok(())
}

#[tokio::test]
async fn a_log_beyond_loopback_without_tls_ends_with_one_sentence() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut serve = tool();
    serve.args(["log", "serve", "--listen", "0.0.0.0:0", "--data"]).arg(folder.path());
    let exit = Exit::of(serve).await?;
    assert_eq!(exit.code, Some(1));
    assert!(exit.said.contains("only with TLS and a password"), "{}", exit.said);
    Ok(())
}

#[tokio::test]
async fn a_log_that_nobody_reads_from_is_served_all_the_same() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut serve = tool();
    serve.args(["log", "serve", "--listen", "127.0.0.1:0", "--data"]).arg(folder.path());
    let mut child =
        serve.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true).spawn()?;
    drop(child.stdout.take());
    let mut said = BufReader::new(child.stderr.take().context("it is piped")?).lines();
    loop {
        let line = said.next_line().await?.context("it ends without a word")?;
        if line.contains("the log listens") {
            break;
        }
    }
    let pid = child.id().and_then(|pid| Pid::from_raw(pid.cast_signed()));
    kill_process(pid.context("it has ended already")?, Signal::TERM)?;
    assert_eq!(child.wait().await?.code(), Some(0));
    Ok(())
}

#[tokio::test]
async fn an_empty_password_file_is_refused() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("password");
    std::fs::write(&file, "\n")?;
    let mut serve = tool();
    serve.args(["log", "serve", "--listen", "127.0.0.1:0", "--data"]).arg(folder.path());
    serve.arg("--password-file").arg(&file);
    let exit = Exit::of(serve).await?;
    assert_eq!(exit.code, Some(1));
    assert!(exit.said.contains("password is empty"), "{}", exit.said);
    Ok(())
}
