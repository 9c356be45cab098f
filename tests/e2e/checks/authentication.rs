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
    throttled(
        &forged(&anyone, "/api/v1/auth/login", &email).await?,
        &["detail", "code", "message"],
    )?;
    let phone = json!({ "phone_number": "1", "password": "ada" });
    for path in ["/api/login", "/api/token"] {
        throttled(&forged(&anyone, path, &phone).await?, &["detail"])?;
    }
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
            throttled(&forged(&anyone, path, &body).await?, &["detail", "code", "message"])?;
        }
        throttled(&forged(&anyone, "/auth/signup", &body).await?, &["code", "message"])?;
        throttled(&forged(&bob, "/user", &body).await?, &["code", "message"])?;
        throttled(&forged(&anyone, "/api/register", &body).await?, &["detail"])?;
    }
    throttled(&bob.put("/api/v1/users/me", &taken).await?, &["detail", "code", "message"])?;
    // What tells nothing about others is open.
    let renamed = bob.put("/api/v1/users/me", &json!({ "username": "Robert" })).await?;
    assert_eq!(renamed.status, 200, "{renamed:?}");
    anyone.log_in("bob").await?;
    Ok(())
}
