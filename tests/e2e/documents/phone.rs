//! The Phone document's clients, in JavaScript and in Python: they register somebody and listen.

use std::{fs, path::Path, process::Stdio};

use anyhow::Result;
use serde_json::json;
use tests::{Service, patient};
use tokio::process::Command;

use super::{NODE, PYTHON, lines, node_room, python, run_in_node, sample, wait_for};

/// What the documents' clients call.
const HOST: &str = "localhost:8000";

fn host(service: &Service) -> &str {
    service.url.trim_start_matches("http://")
}

/// A page that runs `script`, which only says how to register, registers once its socket is open, and
/// sees itself come.
async fn sees_itself_come(name: &str, script: &str, socket: &str) -> Result<()> {
    let room = node_room(name).await?;
    let service = Service::standalone().await?;
    let account = json!({ "phone_number": "0123456789", "password": "password123" });
    let script = script.replace(HOST, host(&service));
    let call = format!("{socket}.addEventListener(\"open\", () => register({account}));");
    let mut client = run_in_node(&room, &format!("{script}\n{call}\n"))?;
    let words = [
        "Connexion WebSocket établie",
        "Inscription réussie:",
        "Message reçu:",
        "type: 'user.registered'",
        "message: 'Nouvel utilisateur inscrit'",
    ];
    wait_for(&mut lines(client.stdout.take())?, &words).await
}

/// A script that `client` runs registers somebody, and hears of logins from then on.
async fn registers_and_listens(service: &Service, mut client: Command) -> Result<()> {
    let mut client = client.stdout(Stdio::piped()).spawn()?;
    let mut told = lines(client.stdout.take())?;
    wait_for(&mut told, &["'phone_number': '0123456789'"]).await?;
    // When its socket is open nobody knows; so somebody logs in until it says so.
    let anyone = service.client();
    let body = json!({ "phone_number": "0123456789", "password": "password123" });
    let logs_in = async {
        loop {
            let answer = anyone.post("/api/login/", &body).await?;
            anyhow::ensure!(answer.status == 200, "{answer:?}");
        }
    };
    patient(async {
        tokio::select! {
            heard = wait_for(&mut told, &["\"type\":\"user.login\""]) => heard,
            failed = logs_in => failed,
        }
    })
    .await?
}

#[tokio::test]
async fn the_documents_own_page_sees_itself_come() -> Result<()> {
    let Some(script) = sample("004", "javascript")? else { return Ok(()) };
    sees_itself_come("documents-own-page", &script, "socket").await
}

#[tokio::test]
async fn a_page_that_does_the_same_sees_itself_come() -> Result<()> {
    let script = fs::read_to_string(Path::new(NODE).join("phone.js"))?;
    sees_itself_come("page-of-ours", &script, "events").await
}

#[tokio::test]
async fn the_documents_own_script_registers_and_listens() -> Result<()> {
    let Some(script) = sample("004", "python")? else { return Ok(()) };
    let service = Service::standalone().await?;
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("documents-own-script.py");
    fs::write(&path, script.replace(HOST, host(&service)))?;
    let mut client = python("python")?;
    client.arg(path);
    registers_and_listens(&service, client).await
}

#[tokio::test]
async fn a_script_that_does_the_same_registers_and_listens() -> Result<()> {
    let service = Service::standalone().await?;
    let mut client = python("python")?;
    client.arg(Path::new(PYTHON).join("phone.py")).arg(host(&service));
    registers_and_listens(&service, client).await
}
