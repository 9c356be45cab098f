//! A client as the Directory document describes it, in Python: threads share one session.

use std::path::Path;

use anyhow::{Context, Result};
use tests::{Service, patient};

use super::{PYTHON, python};

const KEY: &str = "15e97ca6-037e-4527-9bc5-a0479fbe0f9e";

#[tokio::test]
async fn threads_that_share_a_session_create_their_accounts() -> Result<()> {
    let service = Service::configured(&[("REGISTRE_DIRECTORY_KEYS", KEY)]).await?;
    let mut client = python("python")?;
    client.arg(Path::new(PYTHON).join("directory.py")).arg(format!("{}/dev", service.url)).arg(KEY);
    let ended = patient(client.output()).await??;
    let printed = String::from_utf8(ended.stdout)?;
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    let lines: Vec<&str> = printed.lines().collect();
    let head = ["", "Débuts", "Total emails 3", "Créations ok: 3", "", "Utilisateurs créés:"];
    assert_eq!(lines[..6], head, "{printed}");
    let mut emails = Vec::new();
    for account in lines[6..18].chunks(4) {
        emails.push(account[0].strip_prefix("Email : ").context("no address")?);
        let id = account[1].strip_prefix("User ID : ").context("no id")?;
        assert!(id.parse::<i64>().is_ok(), "{printed}");
        assert!(account[2].starts_with("Token : ") && account[3] == "---", "{printed}");
    }
    emails.sort_unstable();
    let expected = ["testMail0@example.com", "testMail1@example.com", "testMail2@example.com"];
    assert_eq!(emails, expected);
    assert_eq!(lines[18..], ["terminés"]);
    Ok(())
}
