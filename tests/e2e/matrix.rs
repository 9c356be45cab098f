//! Who may ask what: every route of the façades with every kind of caller.

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

/// Each route; its body, with `N` for a number of its own; and the status for: nobody, the owner,
/// somebody else, an administrator, an API key, an expired token, a refresh token.
///
/// `{ada}`, `{hex}`, `{vm}`, `{message}` and `{event}` stand for what is Ada's, who is the owner.
const TABLE: &[(&str, &str, [u16; 7])] = &[
    // Open to everybody.
    ("GET /", "", [200; 7]),
    ("GET /users", "", [200; 7]),
    ("GET /users/{ada}", "", [200; 7]),
    ("GET /users/search?query=a", "", [200; 7]),
    ("GET /events", "", [200; 7]),
    ("GET /events/{event}", "", [200; 7]),
    ("GET /user", "", [200; 7]),
    ("GET /user/{ada}", "", [200; 7]),
    ("GET /vm", "", [200; 7]),
    ("GET /vm/{vm}", "", [200; 7]),
    ("GET /health", "", [200; 7]),
    ("GET /health/live", "", [200; 7]),
    ("GET /health/ready", "", [200; 7]),
    ("GET /.well-known/jwks.json", "", [200; 7]),
    // Who asks is told by what they send, not by their token.
    ("POST /register", r#"{"username":"new","email":"N@a.example","password":"secret"}"#, [200; 7]),
    (
        "POST /auth/register",
        r#"{"username":"new","email":"N@b.example","password":"secret"}"#,
        [200; 7],
    ),
    ("POST /auth/signup", r#"{"name":"new","email":"N@c.example","password":"secret"}"#, [200; 7]),
    (
        "POST /api/v1/auth/register",
        r#"{"username":"new","email":"N@d.example","password":"a longer secret"}"#,
        [200; 7],
    ),
    ("POST /api/register", r#"{"phone_number":"1N","password":"secret"}"#, [201; 7]),
    ("POST /api/users/register", r#"{"phone_number":"2N","password":"secret"}"#, [201; 7]),
    ("POST /login", r#"{"email":"ada@example.com","password":"ada"}"#, [200; 7]),
    ("POST /auth/login", r#"{"email":"ada@example.com","password":"ada"}"#, [200; 7]),
    ("POST /api/v1/auth/login", r#"{"email":"ada@example.com","password":"ada"}"#, [200; 7]),
    ("POST /api/login", r#"{"phone_number":"0123456789","password":"secret"}"#, [200; 7]),
    ("POST /api/users/login", r#"{"phone_number":"0123456789","password":"secret"}"#, [200; 7]),
    ("POST /api/token", r#"{"phone_number":"0123456789","password":"secret"}"#, [200; 7]),
    ("POST /api/token/refresh", r#"{"refresh":"nonsense"}"#, [401; 7]),
    ("POST /api/users/token/refresh", r#"{"refresh":"nonsense"}"#, [401; 7]),
    // A socket is not asked for.
    ("GET /ws/notifications", "", [404; 7]),
    ("GET /ws/nonsense", "", [404; 7]),
    // The directory has a door of its own.
    ("POST /insertEmail", r#"{"email":"N@e.example"}"#, [403, 403, 403, 403, 200, 403, 403]),
    ("GET /userManager", "", [403, 403, 403, 403, 400, 403, 403]),
    // Whoever is logged in.
    ("GET /auth/me", "", [401, 200, 200, 200, 401, 401, 401]),
    ("GET /api/v1/users/me", "", [401, 200, 200, 200, 401, 401, 401]),
    ("PUT /api/v1/users/me", "{}", [401, 200, 200, 200, 401, 401, 401]),
    ("PUT /users/me", "{}", [401, 200, 200, 200, 401, 401, 401]),
    (
        "POST /events",
        r#"{"title":"N","description":"d","date":"2030-06-21","location":"l"}"#,
        [401, 200, 200, 200, 401, 401, 401],
    ),
    (
        "POST /messages",
        r#"{"receiver_id":{ada},"content":"Bonjour !"}"#,
        [401, 200, 200, 200, 401, 401, 401],
    ),
    ("GET /messages/received", "", [401, 200, 200, 200, 401, 401, 401]),
    ("GET /messages/sent", "", [401, 200, 200, 200, 401, 401, 401]),
    ("GET /messages/conversation/{ada}", "", [401, 200, 200, 200, 401, 401, 401]),
    (
        "POST /user",
        r#"{"name":"new","email":"N@f.example","password":"secret"}"#,
        [401, 200, 200, 200, 401, 401, 401],
    ),
    (
        "POST /vm",
        r#"{"user_id":{ada},"name":"n","operating_system":"o","cpu_cores":1,"ram_gb":1,"disk_gb":1}"#,
        [401, 200, 200, 200, 401, 401, 401],
    ),
    // Whose it is.
    ("PUT /messages/{message}/read", "", [401, 200, 404, 404, 401, 401, 401]),
    ("PATCH /user/{ada}", "{}", [401, 200, 403, 200, 401, 401, 401]),
    ("PATCH /vm/{vm}", "{}", [401, 200, 403, 200, 401, 401, 401]),
    ("POST /Stop_VM", r#"{"vm_id":{vm}}"#, [401, 200, 403, 200, 401, 401, 401]),
    (
        "POST /Attach_VM_to_user",
        r#"{"vm_id":{vm},"user_id":{ada}}"#,
        [401, 200, 403, 200, 401, 401, 401],
    ),
    // Administrators.
    ("GET /api/v1/admin/users", "", [401, 403, 403, 200, 401, 401, 401]),
    ("GET /api/v1/admin/users/{hex}", "", [401, 403, 403, 200, 401, 401, 401]),
    ("PUT /api/v1/admin/users/{hex}", "{}", [401, 403, 403, 200, 401, 401, 401]),
];

/// The same for what can be done once: each is asked of a service of its own.
const ONCE: &[(&str, [u16; 7])] = &[
    ("POST /auth/logout", [401, 200, 200, 200, 200, 200, 200]),
    ("DELETE /vm/{vm}", [401, 200, 403, 200, 401, 401, 401]),
    ("DELETE /user/{ada}", [401, 200, 403, 200, 401, 401, 401]),
    ("DELETE /api/v1/users/me", [401, 204, 204, 400, 401, 401, 401]),
    ("DELETE /api/v1/admin/users/{hex}", [401, 403, 403, 204, 401, 401, 401]),
];

/// Everybody who asks, and what is asked about.
struct Cast {
    callers: [(&'static str, Client); 7],
    ada: i64,
    hex: String,
    vm: Value,
    message: Value,
    event: Value,
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
        Ok(Self { callers, ada: ada_id, hex, vm, message, event })
    }

    fn fill(&self, text: &str) -> String {
        text.replace("{ada}", &self.ada.to_string())
            .replace("{hex}", &self.hex)
            .replace("{vm}", &self.vm.to_string())
            .replace("{message}", &self.message.to_string())
            .replace("{event}", &self.event.to_string())
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
async fn each_route_answers_each_caller_as_the_table_says() -> Result<()> {
    let service = service().await?;
    let cast = Cast::come(&service, 0).await?;
    let mut number = 1_000;
    for (route, body, expected) in TABLE {
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
    for (route, expected) in ONCE {
        for (who, status) in expected.iter().enumerate() {
            number += 1;
            let cast = Cast::come(&service, number).await?;
            let answered = cast.ask(who, route, "").await?;
            assert_eq!(answered, *status, "{route} as {}", cast.callers[who].0);
        }
    }
    Ok(())
}

#[tokio::test]
async fn the_tables_have_every_route_of_the_facades() -> Result<()> {
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
        for (method, operation) in item.as_object().context("an item")? {
            if operation["tags"][0] != json!("native") {
                missing.insert(shape(method, path));
            }
        }
    }
    let rows = TABLE.iter().map(|row| row.0).chain(ONCE.iter().map(|row| row.0));
    for row in rows {
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
