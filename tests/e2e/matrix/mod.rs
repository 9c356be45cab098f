//! Who may ask what: every route with every kind of caller.

mod facades;
mod native;

use std::{collections::BTreeSet, fs};

use anyhow::{Context, Result, ensure};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Client, Service};

const KEY: &str = "a key of one client";

/// A route; its body, with `N` for a number of its own; and the status for: nobody, the owner,
/// somebody else, an administrator, an API key, an expired token, a refresh token.
///
/// `{ada}`, `{hex}`, `{vm}`, `{message}`, `{event}` and `{session}` stand for what is Ada's, who is
/// the owner.
type Row = (&'static str, &'static str, [u16; 7]);

/// The same for what can be done once.
type Once = (&'static str, [u16; 7]);

/// What any member may do: the statuses where it is answered with `done`.
const fn members(done: u16) -> [u16; 7] {
    [401, done, done, done, 401, 401, 401]
}

/// The same for administrators.
const fn administrators(done: u16) -> [u16; 7] {
    [401, 403, 403, done, 401, 401, 401]
}

/// Everybody who asks, and what is asked about.
struct Cast {
    callers: [(&'static str, Client); 7],
    ada: i64,
    hex: String,
    vm: Value,
    message: Value,
    event: Value,
    session: String,
}

/// `token`, had it been issued so many seconds earlier or later.
pub(crate) fn shifted(service: &Service, token: &str, seconds: i64) -> Result<String> {
    let mut parts = token.split('.');
    let header = URL_SAFE_NO_PAD.decode(parts.next().context("no header")?)?;
    let header: Value = serde_json::from_slice(&header)?;
    let claims = URL_SAFE_NO_PAD.decode(parts.next().context("no claims")?)?;
    let mut claims: Value = serde_json::from_slice(&claims)?;
    for name in ["iat", "nbf", "exp"] {
        claims[name] = json!(claims[name].as_i64().context("a time")? + seconds);
    }
    let key = fs::read_to_string(service.data().join("keys/signing.key"))?;
    let key = EncodingKey::from_ed_der(&STANDARD.decode(key.trim())?);
    let mut named = Header::new(Algorithm::EdDSA);
    named.kid = header["kid"].as_str().map(str::to_owned);
    Ok(jsonwebtoken::encode(&named, &claims, &key)?)
}

impl Cast {
    /// `number` keeps apart those who come after one another.
    async fn come(service: &Service, number: usize) -> Result<Self> {
        let anyone = service.client();
        let name =
            |name: &str| if number == 0 { name.to_owned() } else { format!("{name}{number}") };
        let (ada, ada_id) = anyone.join(&name("ada")).await?;
        let (bob, _) = anyone.join(&name("bob")).await?;
        let login = json!({ "email": "admin@example.com", "password": "secret" });
        let login = anyone.post("/login", &login).await?;
        let admin = anyone.with_token(login.body["access_token"].as_str().context("no token")?);
        let phone =
            format!("0123456789{}", if number == 0 { String::new() } else { number.to_string() });
        let phone = json!({ "phone_number": phone, "password": "secret" });
        let phone = anyone.post("/api/register", &phone).await?;
        let refresh = phone.body["refresh"].as_str().context("no refresh token")?;
        let expired = shifted(service, ada.token().context("no token")?, -60 * 60)?;

        let hex = ada.get("/api/v1/users/me").await?.body["_id"].clone();
        let machine = json!({
            "user_id": ada_id, "name": "n", "operating_system": "o",
            "cpu_cores": 1, "ram_gb": 1, "disk_gb": 1,
        });
        let vm = ada.post("/vm", &machine).await?.body["id"].clone();
        let message = bob.send(ada_id, "Bonjour !").await?.body["id"].clone();
        let event = ada.create_event(&name("Fête")).await?.body["id"].clone();
        let sessions = ada.get("/api/v1/sessions").await?.body;
        let session = sessions["items"][0]["id"].as_str().context("no session")?.to_owned();
        let callers = [
            ("nobody", anyone.clone()),
            ("the owner", ada),
            ("somebody else", bob),
            ("an administrator", admin),
            ("an API key", anyone.with_token(KEY)),
            ("an expired token", anyone.with_token(&expired)),
            ("a refresh token", anyone.with_token(refresh)),
        ];
        let hex = hex.as_str().context("no id")?.to_owned();
        Ok(Self { callers, ada: ada_id, hex, vm, message, event, session })
    }

    fn fill(&self, text: &str) -> String {
        text.replace("{ada}", &self.ada.to_string())
            .replace("{hex}", &self.hex)
            .replace("{vm}", &self.vm.to_string())
            .replace("{message}", &self.message.to_string())
            .replace("{event}", &self.event.to_string())
            .replace("{session}", &self.session)
    }

    /// The status for caller number `who`.
    async fn ask(&self, who: usize, route: &str, body: &str) -> Result<u16> {
        let (name, client) = &self.callers[who];
        let (method, path) = route.split_once(' ').context("a method and a path")?;
        let mut request = client.request(method.parse()?, &self.fill(path));
        if *name == "an API key" {
            request = request.header("x-api-key", KEY);
        }
        if !body.is_empty() {
            request = request.header("content-type", "application/json").body(self.fill(body));
        }
        Ok(Answer::of(request).await?.status)
    }
}

async fn service() -> Result<Service> {
    Service::configured(&[
        ("FIRST_SUPERUSER_EMAIL", "admin@example.com"),
        ("FIRST_SUPERUSER_PASSWORD", "secret"),
        ("REGISTRE_DIRECTORY_KEYS", KEY),
    ])
    .await
}

#[tokio::test]
async fn check_43_each_route_answers_each_caller_as_the_table_says() -> Result<()> {
    let service = service().await?;
    let cast = Cast::come(&service, 0).await?;
    let mut number = 1_000;
    for (route, body, expected) in facades::TABLE.iter().chain(native::TABLE) {
        for (who, status) in expected.iter().enumerate() {
            number += 1;
            let body = body.replace('N', &number.to_string());
            let answered = cast.ask(who, route, &body).await?;
            assert_eq!(answered, *status, "{route} as {}", cast.callers[who].0);
        }
    }
    Ok(())
}

#[tokio::test]
async fn what_can_be_done_once_is_answered_as_the_table_says() -> Result<()> {
    let service = service().await?;
    let mut number = 0;
    for (route, expected) in facades::ONCE.iter().chain(native::ONCE) {
        let mut fresh = None;
        for (who, status) in expected.iter().enumerate() {
            let cast = if let Some(cast) = fresh.take() {
                cast
            } else {
                number += 1;
                Cast::come(&service, number).await?
            };
            let answered = cast.ask(who, route, "").await?;
            assert_eq!(answered, *status, "{route} as {}", cast.callers[who].0);
            // Whoever is refused leaves everything as it was.
            fresh = (answered >= 400).then_some(cast);
        }
    }
    Ok(())
}

#[tokio::test]
async fn the_tables_have_every_route() -> Result<()> {
    let service = Service::standalone().await?;
    let description = service.client().get("/openapi.json").await?.body;
    let shape = |method: &str, path: &str| {
        let path = path.split('?').next().unwrap_or_default();
        let parts = path
            .split('/')
            .map(|part| if part.starts_with('{') || part == "nonsense" { "{}" } else { part });
        format!("{} {}", method.to_uppercase(), parts.collect::<Vec<_>>().join("/"))
    };
    let mut missing = BTreeSet::new();
    for (path, item) in description["paths"].as_object().context("there are paths")? {
        for (method, _) in item.as_object().context("an item")? {
            missing.insert(shape(method, path));
        }
    }
    let rows = facades::TABLE.iter().chain(native::TABLE).map(|row| row.0);
    let once = facades::ONCE.iter().chain(native::ONCE).map(|row| row.0);
    for row in rows.chain(once) {
        let (method, path) = row.split_once(' ').context("a method and a path")?;
        ensure!(Method::from_bytes(method.as_bytes()).is_ok(), "{row}");
        assert!(missing.remove(&shape(method, path)), "{row} is not described");
    }
    assert!(missing.is_empty(), "not in the tables: {missing:?}");
    Ok(())
}

#[tokio::test]
async fn a_slash_at_the_end_of_a_route_makes_no_difference_and_no_redirect() -> Result<()> {
    let service = service().await?;
    let anyone = service.client();
    let description = anyone.get("/openapi.json").await?.body;
    for (path, item) in description["paths"].as_object().context("there are paths")? {
        let parts = path.split('/').map(|part| if part.starts_with('{') { "7" } else { part });
        let path = parts.collect::<Vec<_>>().join("/");
        for (method, _) in item.as_object().context("an item")? {
            let method = Method::from_bytes(method.to_uppercase().as_bytes())?;
            let request = |path: &str| anyone.request(method.clone(), path).json(&json!({}));
            let without = Answer::of(request(&path)).await?;
            let with = Answer::of(request(&format!("{path}/"))).await?;
            assert_eq!(without.status, with.status, "{method} {path}");
            assert!(!(300..400).contains(&with.status), "{method} {path}");
        }
    }
    Ok(())
}
