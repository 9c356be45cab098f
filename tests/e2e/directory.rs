//! The Directory façade, request by request as its document has it.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use futures::future::try_join_all;
use reqwest::Method;
use serde_json::json;
use tests::{Answer, Client, Service};

const KEY: &str = "a key of one client";
const OTHER: &str = "a key of another";

async fn service() -> Result<Service> {
    Service::configured(&[("REGISTRE_DIRECTORY_KEYS", &format!("{KEY},{OTHER}"))]).await
}

async fn insert(client: &Client, key: &str, email: &str) -> Result<Answer> {
    let request = client.request(Method::POST, "/insertEmail").header("x-api-key", key);
    Answer::of(request.json(&json!({ "email": email }))).await
}

async fn manage(client: &Client, key: &str, token: &str) -> Result<Answer> {
    let request = client.request(Method::GET, "/userManager").header("x-api-key", key);
    Answer::of(request.query(&[("token", token)])).await
}

fn text<'a>(answer: &'a Answer, name: &str) -> Result<&'a str> {
    answer.body[name].as_str().with_context(|| format!("no {name} in {answer:?}"))
}

#[tokio::test]
async fn an_address_is_found_or_created_and_echoed_letter_by_letter() -> Result<()> {
    let service = service().await?;
    let anyone = service.client();
    let addresses = ["testMail0@example.com", "testMail1@example.com", "TESTmail0@example.com"];
    let mut found = Vec::new();
    for email in addresses {
        let answer = insert(&anyone, KEY, email).await?;
        assert_eq!(
            (answer.status, answer.body.as_object().map(serde_json::Map::len)),
            (200, Some(2))
        );
        let echoed = manage(&anyone, KEY, text(&answer, "token")?).await?;
        assert_eq!((echoed.status, &echoed.body), (200, &json!({ "email": email })));
        found.push(answer);
    }
    assert_eq!(found[0].body["id"], found[2].body["id"]);
    assert_ne!(found[0].body["token"], found[2].body["token"]);
    assert!(text(&found[0], "id")?.parse::<i64>().is_ok());
    let again = insert(&anyone, KEY, addresses[0]).await?;
    assert_eq!(again.body, found[0].body);

    let service = service.stop_and_restart().await?;
    let echoed = manage(&service.client(), KEY, text(&again, "token")?).await?;
    assert_eq!(echoed.body, json!({ "email": addresses[0] }));
    Ok(())
}

#[tokio::test]
async fn thirty_at_once_get_one_account() -> Result<()> {
    let service = service().await?;
    let client = service.client();
    let answers =
        try_join_all((0..30).map(|_| insert(&client, KEY, "testMail0@example.com"))).await?;
    let bodies: BTreeSet<_> = answers.iter().map(|answer| answer.body.to_string()).collect();
    assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
    assert_eq!(bodies.len(), 1, "{bodies:?}");
    Ok(())
}

#[tokio::test]
async fn refusals_come_in_the_words_that_the_client_knows() -> Result<()> {
    let service = service().await?;
    let anyone = service.client();
    let told = |answer: &Answer| (answer.status, answer.body.clone());
    let forbidden = (403, json!({ "message": "Forbidden" }));
    assert_eq!(told(&insert(&anyone, "wrong", "no address").await?), forbidden);
    assert_eq!(told(&anyone.post("/insertEmail", &json!({})).await?), forbidden);
    assert_eq!(told(&anyone.get("/userManager?token=x").await?), forbidden);

    let invalid = (400, json!({ "message": "Email invalide" }));
    assert_eq!(told(&insert(&anyone, KEY, "no address").await?), invalid);
    let post = |body: &'static str| {
        let request = anyone.request(Method::POST, "/insertEmail").header("x-api-key", KEY);
        Answer::of(request.header("content-type", "application/json").body(body))
    };
    assert_eq!(told(&post("{}").await?), invalid);
    for body in ["", "[]", "{"] {
        let answer = post(body).await?;
        assert!(answer.status == 400 && answer.body["message"].is_string(), "{answer:?}");
    }
    let none = Answer::of(anyone.request(Method::GET, "/userManager").header("x-api-key", KEY));
    assert_eq!(told(&none.await?), (400, json!({ "message": "Token manquant" })));
    let wrong = (401, json!({ "message": "Token invalide" }));
    for token in ["x", "%FF", "AAAAAAAAAAEAAAAAAAAAAQ"] {
        assert_eq!(told(&manage(&anyone, KEY, token).await?), wrong);
    }
    let method = anyone.get("/insertEmail").await?;
    assert_eq!(told(&method), (405, json!({ "message": "Method Not Allowed" })));
    Ok(())
}

#[tokio::test]
async fn a_token_opens_nothing_else_and_dies_with_its_key_or_its_account() -> Result<()> {
    let service = service().await?;
    let anyone = service.client();
    let inserted = insert(&anyone, KEY, "ada@example.com").await?;
    let token = text(&inserted, "token")?;
    assert!(token.bytes().all(|letter| letter.is_ascii_alphanumeric() || b"-_".contains(&letter)));
    let ada = anyone.with_token(token);
    for path in ["/auth/me", "/api/v1/users/me", "/messages/received"] {
        assert_eq!(ada.get(path).await?.status, 401, "{path}");
    }
    let of_other = insert(&anyone, OTHER, "ada@example.com").await?;
    assert_ne!(text(&of_other, "token")?, token);
    assert_eq!(manage(&anyone, OTHER, token).await?.status, 200);

    // Whoever claims the account keeps its id; the token goes on, until the account is gone.
    let body = json!({ "username": "Ada", "email": "Ada@example.com", "password": "secret" });
    let claimed = anyone.post("/register", &body).await?;
    assert_eq!(
        (claimed.status, claimed.body["id"].to_string()),
        (200, text(&inserted, "id")?.to_owned())
    );
    let echoed = manage(&anyone, KEY, token).await?;
    assert_eq!(echoed.body, json!({ "email": "ada@example.com" }));
    let login =
        anyone.post("/login", &json!({ "email": "ada@example.com", "password": "secret" })).await?;
    let ada = anyone.with_token(text(&login, "access_token")?);
    assert_eq!(ada.get("/auth/me").await?.body["email"], json!("Ada@example.com"));
    assert_eq!(ada.delete("/api/v1/users/me").await?.status, 204);
    assert_eq!(manage(&anyone, KEY, token).await?.status, 401);
    Ok(())
}

#[tokio::test]
async fn the_base_of_the_published_client_makes_no_difference() -> Result<()> {
    let service = service().await?;
    let request = service.client().request(Method::POST, "/dev/insertEmail");
    let request = request.header("x-api-key", KEY).json(&json!({ "email": "ada@example.com" }));
    let inserted = Answer::of(request).await?;
    assert_eq!(inserted.status, 200, "{inserted:?}");
    let request = service.client().request(Method::GET, "/dev/userManager/");
    let request = request.header("x-api-key", KEY).query(&[("token", text(&inserted, "token")?)]);
    assert_eq!(Answer::of(request).await?.body, json!({ "email": "ada@example.com" }));
    Ok(())
}

#[tokio::test]
async fn without_a_key_nobody_gets_in() -> Result<()> {
    let service = Service::standalone().await?;
    assert_eq!(insert(&service.client(), "", "ada@example.com").await?.status, 403);
    Ok(())
}

#[tokio::test]
async fn a_closed_account_is_given_to_nobody_until_it_is_opened_again() -> Result<()> {
    let named = [
        ("REGISTRE_DIRECTORY_KEYS", KEY),
        ("FIRST_SUPERUSER_EMAIL", "admin@example.com"),
        ("FIRST_SUPERUSER_PASSWORD", "secret"),
    ];
    let service = Service::configured(&named).await?;
    let anyone = service.client();
    let login = json!({ "email": "admin@example.com", "password": "secret" });
    let admin = anyone.with_token(text(&anyone.post("/login", &login).await?, "access_token")?);
    let inserted = insert(&anyone, KEY, "ada@example.com").await?;
    let (id, token) = (text(&inserted, "id")?, text(&inserted, "token")?);
    let path = format!("/api/v1/admin/users/{id}");

    assert_eq!(admin.put(&path, &json!({ "is_active": false })).await?.status, 200);
    let closed = json!({ "message": "Compte désactivé" });
    for spelling in ["ada@example.com", "ADA@example.com"] {
        let refused = insert(&anyone, KEY, spelling).await?;
        assert_eq!((refused.status, &refused.body), (403, &closed), "{spelling}");
    }
    let refused = manage(&anyone, KEY, token).await?;
    assert_eq!((refused.status, refused.body), (401, json!({ "message": "Token invalide" })));

    assert_eq!(admin.put(&path, &json!({ "is_active": true })).await?.status, 200);
    assert_eq!(insert(&anyone, KEY, "ada@example.com").await?.body, inserted.body);
    let echoed = manage(&anyone, KEY, token).await?;
    assert_eq!(echoed.body, json!({ "email": "ada@example.com" }));
    Ok(())
}
