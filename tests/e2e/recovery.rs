//! What was lost comes back, and what was erased does not.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use serde_json::json;
use tests::{Exit, Service, registre, tool};

async fn run(command: &[&str], data: &Path, more: &[(&str, &Path)]) -> Result<Exit> {
    let mut asked = tool();
    asked.args(command).arg("--data").arg(data);
    for (name, path) in more {
        asked.arg(name).arg(path);
    }
    Exit::of(asked).await
}

#[tokio::test]
async fn backed_up_erased_destroyed_and_restored_the_erased_stay_so_and_no_id_comes_twice()
-> Result<()> {
    let service = Service::standalone().await?;
    let (ada, ada_id) = service.client().join("ada").await?;
    let (bob, _) = service.client().join("bob").await?;
    let sent = bob.send(ada_id, "Bonjour !").await?;
    let data = service.data().to_owned();
    let copy = data.with_file_name("copy");
    let backed_up = run(&["backup"], &data, &[("--to", &copy)]).await?;
    assert_eq!(backed_up.code, Some(0), "{}", backed_up.said);

    assert_eq!(ada.delete("/api/v1/users/me").await?.status, 204);
    // More than what is left of the block of ids that the backup knows of.
    let mut last = 0;
    for number in 0..120 {
        let eve = service.client().register(&format!("eve{number}")).await?;
        last = eve.body["id"].as_i64().context("an id")?;
    }
    let folder = service.kill().await?;
    // What its children write in their last moments is lost as well.
    fs::rename(&data, data.with_file_name("lost"))?;

    let restored = run(&["restore"], &data, &[("--from", &copy)]).await?;
    assert_eq!(restored.code, Some(0), "{}", restored.said);
    let refused = Exit::of(registre(&data)).await?;
    assert_eq!(refused.code, Some(1));
    assert!(refused.said.contains("registre erasures replay"), "{}", refused.said);
    let replayed = run(&["erasures", "replay"], &data, &[]).await?;
    assert_eq!(replayed.code, Some(0), "{}", replayed.said);
    assert!(replayed.printed.contains(&format!("user {ada_id}: erased again")), "{replayed:?}");

    let service = Service::start(registre(&data), &data).await?;
    let login = json!({ "email": "ada@example.com", "password": "ada" });
    assert_eq!(service.client().post("/login", &login).await?.status, 401);
    let bob = service.client().log_in("bob").await?;
    bob.create_event("after").await?;
    assert_eq!(bob.get("/messages/sent").await?.body, json!([sent.body]));
    let later = service.client().register("ada").await?.body["id"].as_i64();
    assert!(later > Some(last), "{later:?} comes after {last}");
    service.stop().await?;
    drop(folder);
    Ok(())
}

#[tokio::test]
async fn a_backup_without_its_data_keys_and_a_place_that_is_taken_are_refused() -> Result<()> {
    let service = Service::standalone().await?;
    service.client().register("ada").await?;
    let (data, copy) = (service.data(), service.data().with_file_name("copy"));
    let backed_up = run(&["backup"], data, &[("--to", &copy)]).await?;
    assert_eq!(backed_up.code, Some(0), "{}", backed_up.said);
    let again = run(&["backup"], data, &[("--to", &copy)]).await?;
    assert!(again.said.contains("is there already"), "{}", again.said);
    let taken = run(&["restore"], data, &[("--from", &copy)]).await?;
    assert!(taken.said.contains("there is a log in"), "{}", taken.said);

    for entry in fs::read_dir(&copy)? {
        let path = entry?.path();
        if path.to_string_lossy().contains("data-keys") {
            fs::remove_file(path)?;
        }
    }
    let empty = data.with_file_name("empty");
    let refused = run(&["restore"], &empty, &[("--from", &copy)]).await?;
    assert!(refused.said.contains("data keys"), "{}", refused.said);
    service.stop().await?;
    Ok(())
}
