//! What is configured, what is made up, and what is said about it.

use std::{fs, os::unix::fs::PermissionsExt, process::Stdio};

use anyhow::{Context, Result};
use serde_json::json;
use tests::{Exit, Service, registre, tool, until};

/// Address and password of the administrator whom a banner names.
fn introduced(banner: &[String]) -> Option<(&str, &str)> {
    let line = banner.iter().find_map(|line| line.strip_prefix("Administrator: "))?;
    line.strip_suffix(" (shown once)")?.split_once(", password ")
}

#[tokio::test]
async fn the_first_start_makes_up_an_administrator_and_says_so_once() -> Result<()> {
    let service = Service::standalone().await?;
    let (email, password) = introduced(&service.banner).context("nobody is introduced")?;
    let credentials = json!({ "email": email, "password": password });
    let login = service.client().post("/login", &credentials).await?;
    assert_eq!(login.status, 200, "{login:?}");
    assert!(!service.said().contains(password));
    assert!(!service.data().join("administrator").exists());

    let service = service.stop_and_restart().await?;
    assert_eq!(introduced(&service.banner), None);
    assert_eq!(service.client().post("/login", &credentials).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn what_nobody_has_read_is_said_at_the_next_start() -> Result<()> {
    let folder = tempfile::tempdir()?;
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
    let data = folder.path().join("data");
    let log = folder.path().join("first.log");
    let mut command = registre(&data);
    let mut child = command.stdout(Stdio::piped()).stderr(fs::File::create(&log)?).spawn()?;
    drop(child.stdout.take());
    let said = || fs::read_to_string(&log).unwrap_or_default();
    until(|| said().contains("administrator is there")).await?;
    child.kill().await?;
    assert!(!said().contains("panicked"), "{}", said());

    let service = Service::start(registre(&data), &data).await?;
    assert!(introduced(&service.banner).is_some(), "{:?}", service.banner);
    service.stop().await?;
    Ok(())
}

#[tokio::test]
async fn a_named_administrator_can_log_in_and_nobody_is_made_up() -> Result<()> {
    let folder = tempfile::tempdir()?;
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
    let data = folder.path().join("data");
    for _ in 0..2 {
        let mut command = registre(&data);
        command.env("FIRST_SUPERUSER_EMAIL", "admin@example.com");
        command.env("FIRST_SUPERUSER_PASSWORD", "secret");
        let service = Service::start(command, &data).await?;
        assert_eq!(introduced(&service.banner), None);
        let credentials = json!({ "email": "admin@example.com", "password": "secret" });
        assert_eq!(service.client().post("/login", &credentials).await?.status, 200);
        assert!(!service.said().contains("secret"));
        service.stop().await?;
    }
    Ok(())
}

#[tokio::test]
async fn an_administrator_may_be_kept_in_a_file_instead() -> Result<()> {
    let folder = tempfile::tempdir()?;
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
    let (data, file) = (folder.path().join("data"), folder.path().join("administrator"));
    let mut command = registre(&data);
    command.env("REGISTRE_ADMINISTRATOR_FILE", &file);
    let service = Service::start(command, &data).await?;
    assert_eq!(fs::metadata(&file)?.permissions().mode() & 0o777, 0o600);
    let kept = fs::read_to_string(&file)?;
    let (email, password) = kept.trim().split_once('\n').context("two lines")?;
    assert!(service.banner.iter().all(|line| !line.contains(password)), "{:?}", service.banner);
    let credentials = json!({ "email": email, "password": password });
    assert_eq!(service.client().post("/login", &credentials).await?.status, 200);
    service.stop().await?;
    Ok(())
}

#[tokio::test]
async fn a_dotenv_file_is_read_and_what_is_not_used_is_named() -> Result<()> {
    let folder = tempfile::tempdir()?;
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
    let data = folder.path().join("elsewhere");
    let text = format!(
        "# the documents' own\nSECRET_KEY=canary-77aa\nDEBUG=True\nREGISTRE_LISTEN=127.0.0.1:0\n\
         REGISTRE_METRICS_LISTEN=127.0.0.1:0\nREGISTRE_DATA={}\n",
        data.display()
    );
    fs::write(folder.path().join(".env"), text)?;
    let mut command = tool();
    command.arg("serve").current_dir(folder.path());
    let service = Service::start(command, &data).await?;
    service.client().join("ada").await?;
    assert!(data.join("keys").is_dir());
    let said = service.said();
    assert!(said.contains("accepted and not used: SECRET_KEY, DEBUG"), "{said}");
    assert!(!said.contains("canary-77aa"), "{said}");
    service.stop().await?;
    Ok(())
}

#[tokio::test]
async fn a_dotenv_file_that_cannot_be_read_ends_with_one_sentence() -> Result<()> {
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join(".env"), "DATABASE_URL='postgres://me:canary-77aa\n")?;
    let mut command = tool();
    command.arg("serve").current_dir(folder.path());
    let exit = Exit::of(command).await?;
    assert_eq!((exit.code, exit.sentences().len()), (Some(1), 1), "{}", exit.said);
    assert!(exit.said.contains(".env") && !exit.said.contains("canary"), "{}", exit.said);
    Ok(())
}

#[tokio::test]
async fn a_container_can_ask_whether_it_is_well() -> Result<()> {
    let service = Service::standalone().await?;
    let address = service.url.trim_start_matches("http://").to_owned();
    let ask = async |how: &[&str]| {
        let mut command = tool();
        command.args(["health", "--address", &address]).args(how);
        Exit::of(command).await
    };
    assert_eq!((ask(&[]).await?.code, ask(&["--live"]).await?.code), (Some(0), Some(0)));
    service.stop().await?;
    let gone = ask(&[]).await?;
    assert_eq!((gone.code, gone.sentences().len()), (Some(1), 1), "{}", gone.said);
    Ok(())
}

#[tokio::test]
async fn help_tells_what_can_be_given() -> Result<()> {
    let mut command = tool();
    command.args(["serve", "--help"]);
    let exit = Exit::of(command).await?;
    for word in ["--role", "--listen", "EVENTSTORE_URL", "FIRST_SUPERUSER_EMAIL", ".env"] {
        assert!(exit.printed.contains(word), "{word} is missing in: {}", exit.printed);
    }
    Ok(())
}

#[tokio::test]
async fn a_service_that_is_reached_encrypted_alone_is_asked_so_how_it_is() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (certificate, key) = (folder.path().join("chain.pem"), folder.path().join("key.pem"));
    let made = rcgen::generate_simple_self_signed(vec!["registre.example".to_owned()])?;
    std::fs::write(&certificate, made.cert.pem())?;
    std::fs::write(&key, made.signing_key.serialize_pem())?;
    let (certificate, key) =
        (certificate.to_str().context("a path")?, key.to_str().context("a path")?);
    let encrypted = [("REGISTRE_TLS_CERT", certificate), ("REGISTRE_TLS_KEY", key)];
    let service = Service::configured(&encrypted).await?;
    let address = service.url.strip_prefix("https://").context("it serves HTTPS")?;
    let health = |cert: Option<&str>| {
        let mut asked = tool();
        asked.args(["health", "--address", address]);
        if let Some(cert) = cert {
            asked.env("REGISTRE_TLS_CERT", cert);
        }
        Exit::of(asked)
    };
    let well = health(Some(certificate)).await?;
    assert_eq!(well.code, Some(0), "{}", well.said);
    assert_eq!(health(None).await?.code, Some(1));
    let plain = Service::standalone().await?;
    let address = plain.url.strip_prefix("http://").context("it serves HTTP")?;
    let mut asked = tool();
    asked.args(["health", "--address", address, "--tls-cert", certificate]);
    let refused = Exit::of(asked).await?;
    assert!(refused.said.contains("does not speak TLS"), "{}", refused.said);
    Ok(())
}
