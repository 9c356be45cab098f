//! The description, turned into requests by somebody else's program: whatever it thinks of, the
//! service neither fails nor answers what it has not described.

use std::{process::Stdio, time::Duration};

use anyhow::{Context, Result};
use serde_json::json;
use tests::Service;
use tokio::time::timeout;

use crate::documents::python;

/// Requests that it makes up for each operation, besides those that cover its edges. More of them find
/// more, and take longer.
const EXAMPLES: &str = "5";

/// What a hung program may cost before its test fails. It takes most of a minute on a machine of its
/// own, and shares this one.
const PATIENCE: Duration = Duration::from_mins(6);

/// What would end the session of whoever asks, and so make all that follows a matter of 401; and what
/// has no end, which it would wait for.
const LEFT_OUT: &str = "^(log_out|accounts_erase_me|stream)$";

/// What is asked of each answer.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_schema_conformance";

async fn service() -> Result<Service> {
    Service::configured(&[
        ("FIRST_SUPERUSER_EMAIL", "admin@example.com"),
        ("FIRST_SUPERUSER_PASSWORD", "secret"),
        ("REGISTRE_DIRECTORY_KEYS", "a key"),
    ])
    .await
}

/// Has whoever sends `headers` asked whatever the program thinks of in these `phases`.
async fn is_examined(service: &Service, headers: &[String], phases: &str) -> Result<()> {
    let mut program = python("schemathesis")?;
    program.args(["run", &format!("{}/openapi.json", service.url)]);
    for header in headers {
        program.args(["--header", header]);
    }
    program
        .args(["--checks", CHECKS])
        .args(["--phases", phases, "--max-examples", EXAMPLES, "--seed", "7"])
        .args(["--exclude-operation-id-regex", LEFT_OUT])
        .args(["--warnings", "off", "--no-color", "--continue-on-failure"])
        .current_dir(env!("CARGO_TARGET_TMPDIR"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let ended = timeout(PATIENCE, program.output()).await.context("it does not end")??;
    let printed = String::from_utf8_lossy(&ended.stdout);
    assert!(ended.status.success(), "{printed}\n{}", String::from_utf8_lossy(&ended.stderr));
    println!("{}", printed.lines().rev().take(12).collect::<Vec<_>>().join("\n"));
    Ok(())
}

#[tokio::test]
async fn nothing_that_schemathesis_thinks_of_fails_or_is_answered_as_nobody_said() -> Result<()> {
    let service = service().await?;
    let login = json!({ "email": "admin@example.com", "password": "secret" });
    let login = service.client().post("/auth/login", &login).await?;
    let token = login.body["authToken"].as_str().context("no token")?;
    let headers = [format!("Authorization: Bearer {token}"), "x-api-key: a key".to_owned()];
    is_examined(&service, &headers, "examples,coverage,fuzzing").await
}

#[tokio::test]
async fn nothing_that_it_thinks_of_as_somebody_without_privileges_is_answered_otherwise()
-> Result<()> {
    let service = service().await?;
    let (ada, _) = service.client().join("ada").await?;
    let headers = [format!("Authorization: Bearer {}", ada.token().context("no token")?)];
    is_examined(&service, &headers, "examples,coverage").await
}
