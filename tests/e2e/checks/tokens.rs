//! Tokens and sessions: what counts as one, and for how long.

use anyhow::{Context, Result};
use futures::future::try_join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Client, Service, Socket};

async fn joined(client: &Client, number: &str) -> Result<(Client, String)> {
    let body = json!({ "phone_number": number, "password": "secret" });
    let answer = client.post("/api/register/", &body).await?;
    let access = answer.body["access"].as_str().with_context(|| format!("{answer:?}"))?;
    let refresh = answer.body["refresh"].as_str().with_context(|| format!("{answer:?}"))?;
    Ok((client.with_token(access), refresh.to_owned()))
}

async fn refresh(client: &Client, token: &str) -> Result<Answer> {
    client.post("/api/token/refresh/", &json!({ "refresh": token })).await
}

#[tokio::test]
async fn check_25_a_token_for_one_thing_is_good_for_no_other() -> Result<()> {
    let service = Service::configured(&[("REGISTRE_DIRECTORY_KEYS", "a key")]).await?;
    let anyone = service.client();
    let (ada, refresh_token) = joined(&anyone, "0123456789").await?;
    let request = anyone.request(Method::POST, "/insertEmail").header("x-api-key", "a key");
    let listed = Answer::of(request.json(&json!({ "email": "ada@example.com" }))).await?;
    let directory_token = listed.body["token"].as_str().context("no token")?;
    for token in [refresh_token.as_str(), directory_token, "a key"] {
        let stranger = anyone.with_token(token);
        for path in ["/auth/me", "/api/v1/users/me", "/messages/sent"] {
            assert_eq!(stranger.get(path).await?.status, 401, "{path}");
        }
        assert_eq!(Socket::refusal(&service.url, &token.replace(' ', "%20")).await?, 403);
    }
    let access = ada.token().context("no token")?;
    for token in [access, directory_token] {
        assert_eq!(refresh(&anyone, token).await?.status, 401);
    }
    let request = anyone.request(Method::GET, "/userManager").header("x-api-key", "a key");
    assert_eq!(Answer::of(request.query(&[("token", access)])).await?.status, 401);
    Ok(())
}

#[tokio::test]
async fn check_29_whoever_is_closed_or_erased_is_out_of_everything() -> Result<()> {
    let (service, admin) = Service::administered(&[]).await?;
    let anyone = service.client();
    for (number, erased) in [("1", false), ("2", true)] {
        let (ada, refresh_token) = joined(&anyone, number).await?;
        let mut socket = ada.socket().await?;
        let me = ada.get("/api/v1/users/me").await?;
        let path = format!("/api/v1/admin/users/{}", me.body["_id"].as_str().context("no id")?);
        let done = if erased {
            admin.delete(&path).await?
        } else {
            admin.put(&path, &json!({ "is_active": false })).await?
        };
        assert!(done.status < 300, "{done:?}");
        assert_eq!(socket.close().await?, (4001, "session ended".to_owned()));
        let refused = ada.get("/api/v1/users/me").await?;
        assert_eq!(refused.status, if erased { 401 } else { 403 }, "{refused:?}");
        assert_eq!(refresh(&anyone, &refresh_token).await?.status, 401);
        let login = json!({ "phone_number": number, "password": "secret" });
        assert_eq!(anyone.post("/api/login/", &login).await?.status, 401);
    }
    Ok(())
}

#[tokio::test]
async fn check_30_whoever_may_do_less_may_do_so_at_once() -> Result<()> {
    let (service, admin) = Service::administered(&[]).await?;
    let anyone = service.client();
    let (ada, id) = anyone.join("ada").await?;
    let path = format!("/api/v1/admin/users/{id}");
    admin.put(&path, &json!({ "is_admin": true })).await?;
    assert_eq!(ada.get("/api/v1/admin/users").await?.status, 200);
    admin.put(&path, &json!({ "is_admin": false })).await?;
    assert_eq!(ada.get("/api/v1/admin/users").await?.status, 401);
    let again = anyone.log_in("ada").await?;
    assert_eq!(again.get("/api/v1/admin/users").await?.status, 403);
    Ok(())
}

#[tokio::test]
async fn check_32_twenty_refreshes_at_once_give_one_successor() -> Result<()> {
    let service = Service::standalone().await?;
    let anyone = service.client();
    let (_, first) = joined(&anyone, "0123456789").await?;
    let answers = try_join_all((0..20).map(|_| refresh(&anyone, &first))).await?;
    let given: Vec<&Value> = answers
        .iter()
        .filter(|answer| answer.status == 200)
        .map(|answer| &answer.body["refresh"])
        .collect();
    assert!(!given.is_empty() && given.iter().all(|token| *token == given[0]), "{given:?}");
    let refused = answers.iter().filter(|answer| answer.status != 200);
    // Where too many came at once, nothing is lost: the same may be asked again.
    assert!(refused.into_iter().all(|answer| answer.status == 503), "{answers:?}");
    Ok(())
}

#[tokio::test]
async fn check_33_whoever_lost_the_answer_in_a_crash_gets_it_again() -> Result<()> {
    let service = Service::standalone().await?;
    let (_, first) = joined(&service.client(), "0123456789").await?;
    let lost = refresh(&service.client(), &first).await?;
    let service = service.kill_and_restart().await?;
    let again = refresh(&service.client(), &first).await?;
    assert_eq!((again.status, &again.body["refresh"]), (200, &lost.body["refresh"]));
    let next = lost.body["refresh"].as_str().context("no token")?;
    assert_eq!(refresh(&service.client(), next).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn check_35_a_token_in_the_address_opens_nothing_and_is_written_nowhere() -> Result<()> {
    let service = Service::configured(&[("RUST_LOG", "trace")]).await?;
    let anyone = service.client();
    let (ada, _) = anyone.join("ada").await?;
    let token = ada.token().context("no token")?;
    for name in ["token", "access_token", "authToken", "api_key", "x-api-key"] {
        for path in ["/auth/me", "/api/v1/users/me", "/messages/received"] {
            let refused = anyone.get(&format!("{path}?{name}={token}")).await?;
            assert_eq!(refused.status, 401, "{path}?{name}");
        }
    }
    drop(ada.socket().await?);
    let signature = token.rsplit('.').next().context("no signature")?;
    assert!(!service.said().contains(signature));
    Ok(())
}

#[tokio::test]
async fn check_36_an_api_key_opens_what_it_is_for_until_it_is_revoked() -> Result<()> {
    let (service, admin) = Service::administered(&[]).await?;
    let anyone = service.client();
    let issue = async |scope: &str| {
        let body = json!({ "name": "A program", "scopes": [scope] });
        admin.post("/api/v1/api-keys", &body).await
    };
    let issued = issue("directory").await?;
    assert_eq!(issued.status, 201, "{issued:?}");
    let (key, id) = (issued.body["key"].as_str(), issued.body["id"].as_str());
    let (key, id) = (key.context("no key")?, id.context("no id")?);
    let other = issue("stream:read").await?;
    let other = other.body["key"].as_str().context("no key")?;

    let insert = |key: String| {
        let request = anyone.request(Method::POST, "/insertEmail").header("x-api-key", key);
        Answer::of(request.json(&json!({ "email": "ada@example.com" })))
    };
    let manage = |key: &str, token: &str| {
        let request = anyone.request(Method::GET, "/userManager").header("x-api-key", key);
        Answer::of(request.query(&[("token", token)]))
    };
    let listed = insert(key.to_owned()).await?;
    let token = listed.body["token"].as_str().with_context(|| format!("{listed:?}"))?;
    assert_eq!(manage(key, token).await?.body, json!({ "email": "ada@example.com" }));
    let secret = key.splitn(3, '_').nth(2).context("no secret")?;
    let wrong = format!("{}wrong", key.trim_end_matches(secret));
    for wrong in [other.to_owned(), wrong, format!("{key}x")] {
        assert_eq!(insert(wrong).await?.status, 403);
    }
    for path in ["/api/v1/admin/users", "/api/v1/api-keys", "/auth/me"] {
        assert_eq!(anyone.with_token(key).get(path).await?.status, 401, "{path}");
        let request = anyone.request(Method::GET, path).header("x-api-key", key);
        assert_eq!(Answer::of(request).await?.status, 401, "{path}");
    }
    // Shown once, and stored nowhere.
    let shown = admin.get("/api/v1/api-keys").await?;
    let keys = shown.body["items"].as_array().context("no list")?;
    assert_eq!((keys.len(), &keys[0]["scopes"]), (2, &json!(["directory"])), "{shown:?}");
    assert!(key.starts_with(keys[0]["prefix"].as_str().context("no prefix")?));
    assert!(!shown.body.to_string().contains(secret) && !service.said().contains(secret));

    let path = format!("/api/v1/api-keys/{id}");
    assert_eq!(admin.delete(&path).await?.status, 204);
    assert_eq!(insert(key.to_owned()).await?.status, 403);
    // What was given out for it dies with it.
    let issued = issue("directory").await?;
    let next = issued.body["key"].as_str().context("no key")?;
    assert_eq!(manage(next, token).await?.status, 401);
    assert_eq!(admin.delete(&path).await?.status, 204);
    let (ada, _) = anyone.join("eve").await?;
    assert_eq!(ada.get("/api/v1/api-keys").await?.status, 403);
    assert_eq!(ada.delete(&path).await?.status, 403);
    assert_eq!(admin.delete("/api/v1/api-keys/none").await?.status, 404);
    let nothing =
        json!({ "name": "A program", "scopes": [], "expires_at": "2001-01-01T00:00:00Z" });
    assert_eq!(admin.post("/api/v1/api-keys", &nothing).await?.status, 422);
    Ok(())
}
