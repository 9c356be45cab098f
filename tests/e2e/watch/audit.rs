//! What auditors see, what they do not, and what they can prove.

use anyhow::{Context, Result};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde_json::{Value, json};
use tests::{Answer, Client, Exit, Service, patient, tool};

pub(super) const ADMIN: (&str, &str) = ("admin@example.com", "correct horse battery");

pub(super) async fn service() -> Result<Service> {
    Service::configured(&[
        ("FIRST_SUPERUSER_EMAIL", ADMIN.0),
        ("FIRST_SUPERUSER_PASSWORD", ADMIN.1),
    ])
    .await
}

pub(super) async fn auditor(service: &Service) -> Result<Client> {
    let client = service.client();
    let login = client.post("/login", &json!({ "email": ADMIN.0, "password": ADMIN.1 })).await?;
    Ok(client.with_token(login.body["access_token"].as_str().context("no token")?))
}

/// The lines that `GET /api/v1/audit/facts` answers with.
pub(super) async fn facts(client: &Client, query: &str) -> Result<Vec<Value>> {
    let request = client.request(reqwest::Method::GET, &format!("/api/v1/audit/facts?{query}"));
    let text = request.send().await?.error_for_status()?.text().await?;
    text.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
}

pub(super) fn kinds(facts: &[Value]) -> Vec<&str> {
    facts.iter().filter_map(|fact| fact["type"].as_str()).collect()
}

/// A proof that covers the fact at `position`, once the tree that has it is signed.
async fn proof(client: &Client, position: &str) -> Result<Value> {
    let path = format!("/api/v1/audit/proof/inclusion?position={position}");
    patient(async {
        loop {
            let answer = client.get(&path).await?;
            match answer.status {
                503 | 404 => tokio::task::yield_now().await,
                200 => return Ok(answer.body),
                _ => anyhow::bail!("{answer:?}"),
            }
        }
    })
    .await?
}

#[tokio::test]
async fn facts_are_found_by_what_they_are_and_where_they_stand() -> Result<()> {
    let service = service().await?;
    let auditor = auditor(&service).await?;
    let (ada, ada_id) = service.client().join("ada").await?;
    let first = ada.send(ada_id, "one").await?;
    ada.send(ada_id, "two").await?;

    let messages = facts(&auditor, "type=message-sent.v1").await?;
    assert_eq!(kinds(&messages), ["message-sent.v1"; 2]);
    assert_eq!(messages[0]["cursor"].as_str(), first.header("registre-position"));
    assert_eq!(messages[0]["actor"], ada_id);
    let position = messages[0]["cursor"].as_str().context("a cursor")?;
    let named = |query: &str| format!("{query}&stream=message-*");
    assert_eq!(facts(&auditor, &named(&format!("after={position}"))).await?, messages[1..]);
    assert_eq!(facts(&auditor, &named(&format!("from={position}"))).await?, messages);
    assert_eq!(facts(&auditor, &named(&format!("until={position}"))).await?, messages[..1]);
    assert_eq!(facts(&auditor, &named("limit=1")).await?, messages[..1]);
    assert_eq!(facts(&auditor, &named("until=2020-01-01T00:00:00Z")).await?, [] as [Value; 0]);
    assert_eq!(facts(&auditor, &named("from=2020-01-01T00:00:00Z")).await?, messages);
    let account = facts(&auditor, &format!("subject=user-{ada_id}")).await?;
    assert_eq!(kinds(&account), ["user-registered.v1"]);
    let by_ada = facts(&auditor, &format!("actor={ada_id}&type=message-sent")).await?;
    assert_eq!(by_ada, messages);

    let one = auditor.get(&format!("/api/v1/audit/facts/{position}")).await?;
    assert_eq!((one.status, &one.body), (200, &messages[0]));
    let foreign = format!("{}-1", "0".repeat(32));
    for name in ["from", "until", "after"] {
        for (cursor, status) in [(&format!("{position}0"), 400), (&foreign, 410)] {
            let path = format!("/api/v1/audit/facts?{name}={cursor}");
            assert_eq!(auditor.get(&path).await?.status, status, "{path}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn personal_data_is_shown_to_whoever_says_why_and_that_is_written_down() -> Result<()> {
    let service = service().await?;
    let auditor = auditor(&service).await?;
    let (ada, ada_id) = service.client().join("ada").await?;
    let message = json!({ "receiver_id": ada_id, "content": "a secret" });
    let request = ada.request(reqwest::Method::POST, "/messages").header("user-agent", "Ada's");
    assert_eq!(Answer::of(request.json(&message)).await?.status, 200);
    let sealed = facts(&auditor, "type=message-sent").await?;
    for secret in ["a secret", "Ada's", "127.0.0.1"] {
        assert!(!sealed[0].to_string().contains(secret), "{}", sealed[0]);
    }
    let opened = facts(&auditor, "type=message-sent&purpose=complaint+12").await?;
    assert_eq!(opened[0]["data"]["personal"], json!({ "content": "a secret" }));
    let from = (&opened[0]["originip"], &opened[0]["useragent"]);
    assert_eq!(from, (&json!("127.0.0.1"), &json!("Ada's")));
    let account = facts(&auditor, "type=user-registered&purpose=complaint+12").await?;
    assert!(account.iter().all(|fact| !fact.to_string().contains("argon2")), "{account:?}");

    let asked = facts(&auditor, "type=audit-queried").await?;
    let asked: Vec<_> =
        asked.iter().map(|fact| (&fact["data"]["query"], &fact["data"]["purpose"])).collect();
    assert_eq!(asked[0], (&json!("facts?type=message-sent"), &Value::Null));
    assert_eq!(asked[1], (&json!("facts?type=message-sent"), &json!("complaint 12")));
    assert_eq!(asked.len(), 4);

    assert_eq!(ada.delete("/api/v1/users/me").await?.status, 204);
    let erased = facts(&auditor, "type=message-sent&purpose=complaint+12").await?;
    assert!(erased[0]["data"]["personal"].is_string(), "{}", erased[0]);
    assert_eq!(erased[0]["originip"], Value::Null);
    Ok(())
}

#[tokio::test]
async fn nobody_else_may_and_whoever_asks_in_a_loop_has_to_wait() -> Result<()> {
    let service = service().await?;
    let (ada, _) = service.client().join("ada").await?;
    for path in ["facts", "facts/1", "trace/1", "checkpoint", "proof/inclusion"] {
        let path = format!("/api/v1/audit/{path}");
        assert_eq!(ada.get(&path).await?.status, 403, "{path}");
        assert_eq!(service.client().get(&path).await?.status, 401, "{path}");
    }
    let auditor = auditor(&service).await?;
    let refused = patient(async {
        loop {
            let answer = auditor.get("/api/v1/audit/facts?limit=1").await?;
            if answer.status != 200 {
                return anyhow::Ok(answer);
            }
        }
    });
    let refused = refused.await??;
    assert_eq!((refused.status, refused.header("retry-after")), (429, Some("1")));
    assert_eq!(ada.get("/auth/me").await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn what_followed_from_one_request_is_found_by_it() -> Result<()> {
    let service = service().await?;
    let auditor = auditor(&service).await?;
    let (ada, ada_id) = service.client().join("ada").await?;
    let sent = ada.send(ada_id, "one").await?;
    let position = sent.header("registre-position").context("a position")?;
    let fact = auditor.get(&format!("/api/v1/audit/facts/{position}")).await?.body;
    let correlation = fact["correlationid"].as_str().context("a correlation")?;
    let trace = auditor.get(&format!("/api/v1/audit/trace/{correlation}")).await?;
    let found = trace.body["facts"].as_array().context("facts")?;
    assert!(found.iter().any(|found| found["cursor"] == fact["cursor"]), "{trace:?}");
    let unknown = format!("/api/v1/audit/trace/{}", uuid::Uuid::from_u128(1));
    assert_eq!(auditor.get(&unknown).await?.status, 404);
    Ok(())
}

#[tokio::test]
async fn an_answer_to_a_command_becomes_a_proof_and_an_export_verifies_by_itself() -> Result<()> {
    let service = service().await?;
    let auditor = auditor(&service).await?;
    let (ada, ada_id) = service.client().join("ada").await?;
    let sent = ada.send(ada_id, "proven").await?;
    let proven = proof(&auditor, sent.header("registre-position").context("a position")?).await?;
    assert!(proven["leaf"].as_u64() < proven["size"].as_u64());

    let folder = tempfile::tempdir()?;
    let export = folder.path().join("facts.ndjson");
    let audit = |arguments: &[&str]| {
        let mut command = tool();
        let token = auditor.token().unwrap_or_default();
        command.arg("audit").args(arguments);
        command.env("REGISTRE_URL", &service.url).env("REGISTRE_TOKEN", token);
        Exit::of(command)
    };
    let path = export.to_str().context("a path")?;
    let exported = audit(&["export", "--to", path]).await?;
    assert_eq!(exported.code, Some(0), "{}", exported.said);
    assert_eq!(audit(&["verify", path]).await?.code, Some(0));

    // Erasing somebody takes nothing away that was sealed.
    assert_eq!(ada.delete("/api/v1/users/me").await?.status, 204);
    let later = folder.path().join("later.ndjson");
    let later_path = later.to_str().context("a path")?;
    let exported = audit(&["export", "--to", later_path]).await?;
    assert_eq!(exported.code, Some(0), "{}", exported.said);
    assert_eq!(audit(&["verify", later_path]).await?.code, Some(0));

    // One byte of one fact: its position is named.
    let text = std::fs::read_to_string(&export)?;
    let mut line: Value = serde_json::from_str(text.lines().nth(3).context("a fourth line")?)?;
    let position = line["cursor"].as_str().and_then(|cursor| cursor.rsplit_once('-'));
    let position = position.context("a position")?.1.to_owned();
    let mut data = BASE64.decode(line["data_base64"].as_str().context("data")?)?;
    data[2] ^= 1;
    line["data_base64"] = json!(BASE64.encode(data));
    let lines: Vec<String> = text
        .lines()
        .enumerate()
        .map(|(at, kept)| if at == 3 { line.to_string() } else { kept.to_owned() })
        .collect();
    std::fs::write(&export, lines.join("\n"))?;
    let refused = audit(&["verify", path]).await?;
    assert_eq!(refused.code, Some(1));
    assert!(refused.said.contains(&format!("position {position}: the fact was changed")));

    let replayed = audit(&["replay", "--type", "message-sent"]).await?;
    assert_eq!(replayed.printed.lines().count(), 1, "{}", replayed.said);
    Ok(())
}
