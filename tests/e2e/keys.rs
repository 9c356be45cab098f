//! The keys of a service: replaced, and refused where they are none.

use std::{fs, os::unix::fs::PermissionsExt};

use anyhow::{Context, Result};
use tests::{Client, Exit, Service, patient, registre, tool};

/// `registre keys …` on the data of `service`.
async fn keys(service: &Service, command: &[&str]) -> Result<Exit> {
    let mut asked = tool();
    asked.arg("keys").args(command).arg("--data").arg(service.data());
    Exit::of(asked).await
}

async fn published(client: &Client) -> Result<usize> {
    let keys = client.get("/.well-known/jwks.json").await?;
    Ok(keys.body["keys"].as_array().context("a list of keys")?.len())
}

#[tokio::test]
async fn a_replaced_key_is_believed_beside_its_successor_and_in_an_emergency_none_is() -> Result<()>
{
    let service = Service::standalone().await?;
    let (ada, _) = service.client().join("ada").await?;
    assert_eq!(published(&ada).await?, 1);
    let rotated = keys(&service, &["rotate"]).await?;
    assert_eq!(rotated.code, Some(0), "{}", rotated.said);
    patient(async {
        while published(&ada).await? < 2 {}
        anyhow::Ok(())
    })
    .await??;
    let later = service.client().log_in("ada").await?;
    for token in [&ada, &later] {
        assert_eq!(token.get("/auth/me").await?.status, 200);
    }

    let rotated = keys(&service, &["rotate", "--emergency"]).await?;
    assert_eq!(rotated.code, Some(0), "{}", rotated.said);
    for token in [&ada, &later] {
        patient(async {
            while token.get("/auth/me").await?.status != 401 {}
            anyhow::Ok(())
        })
        .await??;
    }
    assert_eq!(published(&ada).await?, 1);
    let again = service.client().log_in("ada").await?;
    assert_eq!(again.get("/auth/me").await?.status, 200);
    service.stop().await?;
    Ok(())
}

#[tokio::test]
async fn under_another_master_key_everybody_is_who_they_were() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, ada_id) = service.client().join("ada").await?;
    let sent = ada.send(ada_id, "Bonjour !").await?;
    let refused = keys(&service, &["rewrap"]).await?;
    assert_eq!(refused.code, Some(1));
    assert!(refused.said.contains("stop it first"), "{}", refused.said);

    let data = service.data().to_owned();
    let master = data.join("keys/master.key");
    let before = fs::read_to_string(&master)?;
    let folder = service.kill().await?;
    let mut rewrap = tool();
    rewrap.args(["keys", "rewrap", "--data"]).arg(&data);
    let rewrapped = Exit::of(rewrap).await?;
    assert_eq!(rewrapped.code, Some(0), "{}", rewrapped.said);
    assert_ne!(fs::read_to_string(&master)?, before);

    let service = Service::start(registre(&data), &data).await?;
    let ada = service.client().log_in("ada").await?;
    let erased = service.client().join("bob").await?.0.delete("/api/v1/users/me").await?;
    assert_eq!(erased.status, 204);
    assert_eq!(ada.get("/messages/sent").await?.body, serde_json::json!([sent.body]));
    service.stop().await?;
    drop(folder);
    Ok(())
}

#[tokio::test]
async fn check_74_a_key_that_is_missing_short_a_sample_or_open_to_others_is_refused() -> Result<()>
{
    let service = Service::standalone().await?;
    let data = service.data().to_owned();
    let folder = service.kill().await?;
    let key = |name: &str| data.join("keys").join(name);
    // 32 bytes of RFC 8032, section 7.1, in the frame of PKCS#8.
    let sample = "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g";
    let zeroes = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    for (name, text, said) in [
        ("master.key", Some("c2hvcnQ="), "does not hold a key of 32 bytes"),
        ("master.key", Some(zeroes), "a sample"),
        ("claims.key", None, "is missing"),
        ("signing.key", Some("c2hvcnQ="), "does not hold an Ed25519 key"),
        ("signing.key", Some(sample), "everybody knows"),
    ] {
        let good = fs::read(key(name))?;
        match text {
            Some(text) => fs::write(key(name), text)?,
            None => fs::remove_file(key(name))?,
        }
        let refused = Exit::of(registre(&data)).await?;
        assert_eq!(refused.code, Some(1), "{name} {text:?}");
        assert!(refused.said.contains(said), "{name} {text:?}: {}", refused.said);
        fs::write(key(name), good)?;
        fs::set_permissions(key(name), fs::Permissions::from_mode(0o600))?;
    }
    fs::set_permissions(key("master.key"), fs::Permissions::from_mode(0o644))?;
    let refused = Exit::of(registre(&data)).await?;
    assert!(refused.said.contains("can be read by other users"), "{}", refused.said);
    drop(folder);
    Ok(())
}

#[tokio::test]
async fn an_administrator_is_made_beside_a_running_service_and_their_password_said_once()
-> Result<()> {
    let service = Service::standalone().await?;
    let mut create = tool();
    create.args(["admin", "create", "--email", "grace@example.com", "--data"]).arg(service.data());
    let created = Exit::of(create).await?;
    assert_eq!(created.code, Some(0), "{}", created.said);
    let password =
        created.printed.split(" password ").nth(1).and_then(|rest| rest.split(' ').next());
    let login = serde_json::json!({ "email": "grace@example.com", "password": password });
    let login = service.client().post("/login", &login).await?;
    let grace =
        service.client().with_token(login.body["access_token"].as_str().unwrap_or_default());
    assert_eq!(grace.get("/api/v1/admin/users").await?.status, 200);
    service.stop().await?;
    Ok(())
}

#[tokio::test]
async fn keys_that_are_kept_apart_open_the_log_and_no_others_do() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let keys = folder.path().join("apart");
    let named = keys.to_str().context("a path")?;
    let service = Service::configured(&[("REGISTRE_KEYS", named)]).await?;
    let (ada, _) = service.client().join("ada").await?;
    let data = service.data().to_owned();
    assert!(!data.join("keys").exists());
    assert_eq!(fs::metadata(&keys)?.permissions().mode() & 0o777, 0o700);
    let mut rotate = tool();
    rotate.args(["keys", "rotate", "--emergency", "--data"]).arg(&data).arg("--keys").arg(&keys);
    let rotated = Exit::of(rotate).await?;
    assert_eq!(rotated.code, Some(0), "{}", rotated.said);
    patient(async {
        while ada.get("/auth/me").await?.status != 401 {}
        anyhow::Ok(())
    })
    .await??;
    let stopped = service.kill().await?;

    // Without them there is nothing that could be opened.
    assert_eq!(Exit::of(registre(&data)).await?.code, Some(1));
    let foreign = Service::standalone().await?;
    let others = foreign.data().join("keys");
    let ended = foreign.kill().await?;
    for name in ["master.key", "claims.key"] {
        let (ours, theirs) = (keys.join(name), others.join(name));
        let kept = fs::read(&ours)?;
        fs::copy(theirs, &ours)?;
        let mut command = registre(&data);
        command.env("REGISTRE_KEYS", &keys);
        let refused = Exit::of(command).await?;
        assert_eq!(refused.code, Some(1), "{name}");
        assert!(refused.said.contains("written with other keys"), "{name}: {}", refused.said);
        fs::write(&ours, kept)?;
    }
    drop((stopped, ended));
    Ok(())
}
