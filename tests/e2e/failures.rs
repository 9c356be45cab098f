//! What users see while a part is gone.

use std::fs;

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use tests::Service;

fn kill(service: &Service, pid_file: &str) -> Result<()> {
    let text = fs::read_to_string(service.data().join(pid_file))?;
    let pid = text.lines().next().and_then(|line| line.trim().parse().ok());
    let pid = pid.and_then(Pid::from_raw).context("no pid in the file")?;
    Ok(kill_process(pid, Signal::KILL)?)
}

#[tokio::test]
async fn without_nats_frames_come_from_the_log() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, ada_id) = service.client().join("ada").await?;
    let mut socket = ada.socket().await?;
    kill(&service, "nats/nats.pid")?;
    for number in 0..3 {
        assert_eq!(ada.send(ada_id, &number.to_string()).await?.status, 200);
    }
    let ready = ada.get("/health/ready").await?;
    let told = (ready.status, &ready.body["status"], &ready.body["nats"]);
    assert_eq!(told, (200, &json!("degraded"), &json!("down")));
    for number in 0..3 {
        let frame = socket.frame().await?;
        assert_eq!(frame["message"]["content"], json!(number.to_string()));
    }
    Ok(())
}

#[tokio::test]
async fn without_postgres_commands_are_accepted_and_reads_are_not() -> Result<()> {
    let mut service = Service::standalone().await?;
    service.expect_errors();
    let (ada, ada_id) = service.client().join("ada").await?;
    let mut socket = ada.socket().await?;
    kill(&service, "postgres/cluster/postmaster.pid")?;
    let reads_fail = async {
        loop {
            let read = ada.get("/events").await?;
            if read.status == 503 {
                return anyhow::Ok(read);
            }
        }
    };
    let read = tests::patient(reads_fail).await??;
    assert_eq!(read.header("retry-after"), Some("1"));

    // However many fail: one line says so.
    for _ in 0..10 {
        assert_eq!(ada.get("/messages/received").await?.status, 503);
    }
    assert_eq!(service.said().matches("requests fail from here on").count(), 1);
    assert_eq!(service.said().matches("\"ERROR\"").count(), 1, "{}", service.said());
    let ready = ada.get("/health/ready").await?;
    let told = (ready.status, &ready.body["status"], &ready.body["postgres"]);
    assert_eq!(told, (200, &json!("degraded"), &json!("down")));

    let sent = ada.send(ada_id, "anyone?").await?;
    assert_eq!((sent.status, sent.header("registre-projected")), (200, Some("false")));
    assert_eq!(socket.frame().await?["message"]["content"], json!("anyone?"));

    // Nothing is lost: after a restart the read models catch up.
    let service = service.stop_and_restart().await?;
    let ada = ada.at(&service.url);
    ada.create_event("after").await?;
    assert_eq!(ada.get("/messages/sent").await?.body, json!([sent.body]));
    Ok(())
}
