//! What nobody but its owner may see, followed through a whole run in which everything is logged.

use anyhow::{Context, Result};
use futures::StreamExt;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Client, Service, Socket};

use crate::named_parts::Parts;

/// Whatever is secret or personal has this in it.
const CANARY: &str = "canary7f3e";

/// What is secret whoever asks: its owner may not see it in a refusal either.
const SECRETS: &[&str] = &["canary7f3e-secret", "canary7f3e-guess", "canary7f3e-key"];

async fn ask(client: &Client, method: Method, path: &str, body: &Value) -> Result<Answer> {
    let request = client.request(method, path).header("x-api-key", format!("{CANARY}-key"));
    Answer::of(request.json(body)).await
}

/// A run through every façade, by somebody whose every word is a canary; the tokens that they got,
/// and all answers.
async fn run(service: &Service) -> Result<(Vec<String>, Vec<Answer>)> {
    let anyone = service.client();
    let email = format!("{CANARY}@example.com");
    let (secret, guess) = (SECRETS[0], SECRETS[1]);
    let person = json!({
        "username": CANARY, "name": CANARY, "email": email, "password": secret,
        "phone_number": CANARY,
    });
    let mut answers = Vec::new();
    for path in ["/register", "/register", "/api/register/", "/api/register/", "/auth/signup"] {
        answers.push(ask(&anyone, Method::POST, path, &person).await?);
    }
    for password in [guess, secret] {
        let login = json!({ "email": email, "phone_number": CANARY, "password": password });
        for path in ["/login", "/auth/login", "/api/v1/auth/login", "/api/login/"] {
            answers.push(ask(&anyone, Method::POST, path, &login).await?);
        }
    }
    let tokens = |answers: &[Answer], names: &[&str]| -> Vec<String> {
        let all = answers.iter().flat_map(|answer| names.iter().map(|name| &answer.body[*name]));
        all.filter_map(|token| token.as_str().map(str::to_owned)).collect()
    };
    let bearers = tokens(&answers, &["access_token", "authToken", "access"]);
    let ada = anyone.with_token(bearers.first().context("no token")?);
    let id = ada.get("/auth/me").await?.body["id"].as_i64().context("no id")?;
    let mut socket = Socket::open(&service.url, &bearers[0]).await?;
    let message = json!({ "receiver_id": id, "content": format!("{CANARY} wrote") });
    answers.push(ask(&ada, Method::POST, "/messages/", &message).await?);
    assert!(socket.frame().await?.to_string().contains(CANARY));
    socket.say(CANARY).await?;
    for refresh in tokens(&answers, &["refresh"]) {
        let refresh = json!({ "refresh": refresh });
        answers.push(ask(&anyone, Method::POST, "/api/token/refresh/", &refresh).await?);
    }
    let listed = ask(&anyone, Method::POST, "/insertEmail", &json!({ "email": email })).await?;
    let token = listed.body["token"].as_str().context("no token")?.to_owned();
    let path = format!("/userManager?token={token}");
    answers.push(ask(&anyone, Method::GET, &path, &Value::Null).await?);
    let change = json!({ "current_password": guess, "password": secret });
    answers.push(ask(&ada, Method::PUT, "/api/v1/users/me", &change).await?);
    // What makes no sense is refused, and not repeated.
    for path in ["/register", "/login", "/api/register/", "/auth/signup", "/insertEmail"] {
        for body in [json!({ "password": [secret] }), json!([secret]), json!(secret)] {
            answers.push(ask(&anyone, Method::POST, path, &body).await?);
        }
        let broken = anyone.request(Method::POST, path).header("content-type", "application/json");
        let broken = broken.header("x-api-key", secret).body(format!("{{\"password\":\"{secret}"));
        answers.push(Answer::of(broken).await?);
    }
    let path = format!("/{CANARY}/{secret}?password={secret}");
    answers.push(ask(&ada, Method::GET, &path, &Value::Null).await?);
    answers.push(ask(&ada, Method::DELETE, "/api/v1/users/me", &Value::Null).await?);
    let names = ["access_token", "authToken", "access", "refresh"];
    let mut all = tokens(&answers, &names);
    all.push(token);
    Ok((all, answers))
}

#[tokio::test]
async fn check_73_no_secret_and_nothing_personal_is_said_where_everything_is_logged() -> Result<()>
{
    let parts = Parts::start().await?;
    let nats = async_nats::connect(&parts.broker.url).await?;
    let mut bells = nats.subscribe(">").await?;
    nats.flush().await?;
    let mut command = parts.command();
    command.env("RUST_LOG", "trace").env("REGISTRE_DIRECTORY_KEYS", SECRETS[2]);
    command.env("FIRST_SUPERUSER_EMAIL", "admin@example.com");
    command.env("FIRST_SUPERUSER_PASSWORD", format!("{CANARY}-administrator"));
    let service = Service::start(command, &parts.data()).await?;
    let (tokens, answers) = run(&service).await?;
    assert!(tokens.len() > 5, "{tokens:?}");

    for answer in answers.iter().filter(|answer| answer.status >= 400) {
        let told = format!("{answer:?}");
        assert!(SECRETS.iter().all(|secret| !told.contains(secret)), "{told}");
    }
    let url = service.banner.iter().find_map(|line| line.strip_prefix("and measures "));
    let measures = reqwest::get(url.context("no URL")?).await?.text().await?;
    assert!(!measures.contains(CANARY), "{measures}");
    let banner = service.banner.join("\n");
    assert!(!banner.contains(CANARY), "{banner}");
    let exit = service.stop().await?;
    nats.flush().await?;
    nats.drain().await?;
    let mut rung = 0;
    while let Some(bell) = tests::patient(bells.next()).await? {
        let told = format!("{} {}", bell.subject, String::from_utf8_lossy(&bell.payload));
        assert!(!told.contains(CANARY), "{told}");
        rung += 1;
    }
    assert!(rung > 5, "{rung}");
    let hit = |line: &&str| line.contains(CANARY) || tokens.iter().any(|of| line.contains(of));
    let hits: Vec<&str> = exit.said.lines().filter(hit).take(5).collect();
    assert!(hits.is_empty(), "{hits:#?}");
    assert!(exit.said.contains("\"TRACE\""));
    parts.log.shutdown().await;
    Ok(())
}
