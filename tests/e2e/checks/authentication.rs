//! Who somebody is: passwords, guesses, and what strangers can find out.

use anyhow::{Context, Result, ensure};
use futures::{StreamExt, TryStreamExt, stream};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Client, Service};

/// What one address may get wrong in five minutes.
const OFFENCES: usize = 300;

/// A service for which loopback is an address like others: a proxy may stand there.
async fn service() -> Result<Service> {
    Service::configured(&[("REGISTRE_TRUSTED_PROXIES", "203.0.113.1")]).await
}

/// Asks `OFFENCES` times, a few at once.
async fn all<F: Future<Output = Result<Answer>>>(ask: impl Fn(usize) -> F) -> Result<Vec<Answer>> {
    stream::iter((0..OFFENCES).map(ask)).buffer_unordered(8).try_collect().await
}

/// `POST path` as from behind proxies that nobody has named.
async fn forged(client: &Client, path: &str, body: &Value) -> Result<Answer> {
    let request = client.request(Method::POST, path).json(body);
    let request = request.header("x-forwarded-for", "203.0.113.9").header("x-real-ip", "::9");
    Answer::of(request.header("forwarded", "for=203.0.113.9")).await
}

/// Refused for now, in the words of its façade.
fn throttled(answer: &Answer, keys: &[&str]) -> Result<()> {
    ensure!(answer.status == 429, "{answer:?}");
    let wait: u64 = answer.header("retry-after").context("no retry-after")?.parse()?;
    ensure!((1..=300).contains(&wait), "{answer:?}");
    let names = answer.body.as_object().context("no object")?.keys();
    ensure!(names.eq(keys), "{answer:?}");
    Ok(())
}

#[tokio::test]
async fn check_08_one_password_on_many_accounts_is_refused_whatever_address_it_claims() -> Result<()>
{
    let service = service().await?;
    let anyone = service.client();
    let (ada, _) = anyone.join("ada").await?;
    let guesses = all(|number| {
        let anyone = anyone.clone();
        async move {
            let email = format!("person{number}@example.com");
            anyone.post("/login", &json!({ "email": email, "password": "123456" })).await
        }
    });
    let refused = guesses.await?.iter().filter(|answer| answer.status == 401).count();
    assert_eq!(refused, OFFENCES);

    let email = json!({ "email": "ada@example.com", "password": "ada" });
    for path in ["/login", "/auth/login"] {
        throttled(&forged(&anyone, path, &email).await?, &["detail", "code", "message"])?;
    }
    throttled(&forged(&anyone, "/api/v1/auth/login", &email).await?, &["detail"])?;
    let phone = json!({ "phone_number": "1", "password": "ada" });
    for path in ["/api/login", "/api/token"] {
        throttled(&forged(&anyone, path, &phone).await?, &["detail"])?;
    }
    let link = json!({ "token": "reset_1_guess", "password": "correct horse" });
    let answer = forged(&anyone, "/api/v1/password-resets", &link).await?;
    throttled(&answer, &["type", "title", "status", "request_id"])?;
    // Whoever is logged in stays so, and newcomers come in.
    assert_eq!(ada.get("/auth/me").await?.status, 200);
    assert_eq!(anyone.register("bob").await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn check_03_who_is_told_too_often_which_addresses_are_taken_is_told_no_more() -> Result<()> {
    let service = service().await?;
    let anyone = service.client();
    anyone.register("ada").await?;
    let (bob, _) = anyone.join("bob").await?;
    let taken = json!({ "email": "ada@example.com" });
    let told = all(|_| bob.put("/api/v1/users/me", &taken)).await?;
    assert!(told.iter().all(|answer| answer.status == 400), "{told:?}");

    for name in ["ada", "somebody else"] {
        let body = json!({
            "email": format!("{name}@example.com").replace(' ', "."),
            "username": name,
            "name": name,
            "password": "a long secret",
            "phone_number": name,
        });
        for path in ["/register", "/auth/register", "/api/v1/auth/register"] {
            throttled(&forged(&anyone, path, &body).await?, &["detail"])?;
        }
        throttled(&forged(&anyone, "/auth/signup", &body).await?, &["code", "message"])?;
        throttled(&forged(&bob, "/user", &body).await?, &["code", "message"])?;
        throttled(&forged(&anyone, "/api/register", &body).await?, &["detail"])?;
    }
    throttled(&bob.put("/api/v1/users/me", &taken).await?, &["detail"])?;
    // What tells nothing about others is open.
    let renamed = bob.put("/api/v1/users/me", &json!({ "username": "Robert" })).await?;
    assert_eq!(renamed.status, 200, "{renamed:?}");
    anyone.log_in("bob").await?;
    Ok(())
}

/// Everything of an answer that a stranger can compare, but for what differs between any two.
fn seen(answer: &Answer) -> (u16, Vec<String>, String) {
    let names = answer.headers.keys().map(ToString::to_string);
    let mut names: Vec<String> = names.collect();
    names.sort();
    (answer.status, names, answer.body.to_string())
}

async fn log_in(client: &Client, email: &str, password: &str) -> Result<Answer> {
    client.post("/login", &json!({ "email": email, "password": password })).await
}

#[tokio::test]
async fn check_01_and_02_no_wrong_login_tells_what_is_wrong_with_it() -> Result<()> {
    let (service, admin) = Service::administered(&[("REGISTRE_DIRECTORY_KEYS", "a key")]).await?;
    let anyone = service.client();
    anyone.register("ada").await?;
    anyone.register("closed").await?;
    let list = admin.get("/api/v1/admin/users").await?;
    let closed = list.body.as_array().and_then(|list| list.last()).context("nobody")?;
    let path = format!("/api/v1/admin/users/{}", closed["_id"].as_str().context("no id")?);
    assert_eq!(admin.put(&path, &json!({ "is_active": false })).await?.status, 200);
    let request = anyone.request(Method::POST, "/insertEmail").header("x-api-key", "a key");
    let listed = Answer::of(request.json(&json!({ "email": "listed@example.com" }))).await?;
    assert_eq!(listed.status, 200);

    let wrong = seen(&log_in(&anyone, "ada@example.com", "guess").await?);
    assert_eq!(wrong.0, 401);
    for email in ["nobody@example.com", "closed@example.com", "listed@example.com", "no address"] {
        assert_eq!(seen(&log_in(&anyone, email, "guess").await?), wrong, "{email}");
    }
    Ok(())
}

#[tokio::test]
async fn check_04_and_07_whoever_locks_an_account_learns_nothing_and_hurts_nobody_who_is_in()
-> Result<()> {
    let service = Service::standalone().await?;
    let anyone = service.client();
    let (ada, _) = anyone.join("ada").await?;
    for _ in 0..5 {
        assert_eq!(log_in(&anyone, "ada@example.com", "guess").await?.status, 401);
    }
    let wrong = log_in(&anyone, "ada@example.com", "guess").await?;
    throttled(&wrong, &["detail", "code", "message"])?;
    let right = log_in(&anyone, "ada@example.com", "ada").await?;
    assert_eq!(seen(&right), seen(&wrong));
    assert_eq!(ada.get("/auth/me").await?.status, 200);
    drop(ada.socket().await?);
    Ok(())
}

#[tokio::test]
async fn check_06_a_right_password_forgives_the_wrong_ones_before_it() -> Result<()> {
    let service = Service::standalone().await?;
    let anyone = service.client();
    anyone.register("ada").await?;
    for passwords in [["guess", "guess", "guess", "ada"], ["guess", "guess", "guess", "ada"]] {
        for password in passwords {
            let status = if password == "ada" { 200 } else { 401 };
            let answer = log_in(&anyone, "ada@example.com", password).await?;
            assert_eq!(answer.status, status, "{answer:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn check_09_and_13_passwords_are_long_enough_and_not_too_long_and_that_is_all() -> Result<()>
{
    let service = Service::standalone().await?;
    let anyone = service.client();
    let mut number = 0;
    for (password, status) in [
        ("a".repeat(7), 422),
        ("abcdefghijklmnopqrst".to_owned(), 200),
        ("x".repeat(64), 200),
        ("x".repeat(128), 200),
        ("x".repeat(1_024), 200),
        ("x".repeat(1_025), 422),
        ("x".repeat(10 * 1024 * 1024), 413),
    ] {
        number += 1;
        let email = format!("person{number}@example.com");
        let body = json!({ "email": email, "username": "Ada", "password": password });
        let answer = anyone.post("/api/v1/auth/register", &body).await?;
        assert_eq!(answer.status, status, "{} characters", password.len());
    }
    Ok(())
}

#[tokio::test]
async fn check_10_and_11_a_password_counts_to_its_last_letter_however_that_is_composed()
-> Result<()> {
    let service = Service::standalone().await?;
    let anyone = service.client();
    let long = format!("{}e\u{301} \u{1f510} fin", "x".repeat(70));
    let register = |email: &'static str, password: String| {
        let body = json!({ "email": email, "username": "Ada", "password": password });
        let anyone = anyone.clone();
        async move { anyone.post("/register", &body).await }
    };
    assert_eq!(register("ada@example.com", long.clone()).await?.status, 200);
    let composed = long.replace("e\u{301}", "\u{e9}");
    assert_eq!(log_in(&anyone, "ada@example.com", &composed).await?.status, 200);
    for wrong in [&long[..long.len() - 1], &format!("{}m", &long[..long.len() - 1])] {
        assert_eq!(log_in(&anyone, "ada@example.com", wrong).await?.status, 401, "{wrong}");
    }
    assert_eq!(register("bob@example.com", "a\0b".to_owned()).await?.status, 422);
    Ok(())
}

#[tokio::test]
async fn check_14_nobody_gets_into_a_fresh_service_by_guessing() -> Result<()> {
    let service = Service::standalone().await?;
    let anyone = service.client();
    for (email, password) in [
        ("admin", "admin"),
        ("admin@example.com", "admin"),
        ("admin@example.com", "secret"),
        ("admin@localhost", "password"),
        ("root@example.com", ""),
    ] {
        let refused = log_in(&anyone, email, password).await?;
        assert!([401, 422].contains(&refused.status), "{refused:?}");
    }
    Ok(())
}

#[tokio::test]
async fn check_15_a_wrong_current_password_counts_as_a_wrong_login() -> Result<()> {
    let service = Service::standalone().await?;
    let anyone = service.client();
    let (ada, _) = anyone.join("ada").await?;
    let change = json!({ "password": "another secret", "current_password": "guess" });
    for _ in 0..5 {
        let refused = ada.put("/api/v1/users/me", &change).await?;
        assert_eq!(refused.status, 400, "{refused:?}");
    }
    throttled(&ada.put("/api/v1/users/me", &change).await?, &["detail"])?;
    assert_eq!(log_in(&anyone, "ada@example.com", "ada").await?.status, 429);
    assert_eq!(ada.get("/api/v1/users/me").await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn check_16_another_address_takes_the_password_however_fresh_the_session_is() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, _) = service.client().join("ada").await?;
    let path = "/api/v1/people/me";
    let bare = ada.put(path, &json!({ "email": "other@example.com" })).await?;
    assert_eq!(bare.status, 422, "{bare:?}");
    let wrong = json!({ "email": "other@example.com", "current_password": "guess" });
    let wrong = ada.put(path, &wrong).await?;
    assert_eq!(wrong.status, 403, "{wrong:?}");
    let phone =
        ada.put(path, &json!({ "phone_number": "0123", "current_password": "ada" })).await?;
    assert_eq!(phone.status, 422, "nobody changes a number: {phone:?}");
    assert_eq!(ada.get("/auth/me").await?.body["email"], json!("ada@example.com"));
    Ok(())
}

#[tokio::test]
async fn check_08_a_link_that_opens_nothing_counts_as_a_wrong_password() -> Result<()> {
    let service = service().await?;
    let anyone = service.client();
    let (_, id) = anyone.join("ada").await?;
    let path = "/api/v1/password-resets";
    let guesses = all(|number| {
        let token = format!("reset_{id}_{number}");
        let anyone = anyone.clone();
        async move { anyone.post(path, &json!({ "token": token, "password": "correct horse" })).await }
    });
    assert!(guesses.await?.iter().all(|answer| answer.status == 422));
    let next = json!({ "token": "reset_1_guess", "password": "correct horse" });
    throttled(&anyone.post(path, &next).await?, &["type", "title", "status", "request_id"])?;
    assert_eq!(log_in(&anyone, "ada@example.com", "ada").await?.status, 429);
    Ok(())
}
