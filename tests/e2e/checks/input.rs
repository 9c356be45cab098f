//! What comes in: refused where it makes no sense, and never a reason to fail.

use anyhow::{Context, Result};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Client, Service};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Routes that take JSON from whoever is logged in, with a body that they take.
fn bodies(id: i64) -> [(Method, &'static str, Value); 6] {
    let secret = "a longer secret";
    [
        (
            Method::POST,
            "/register",
            json!({ "username": "eve", "email": "e@example.com", "password": secret }),
        ),
        (
            Method::POST,
            "/api/v1/auth/register",
            json!({ "username": "eve", "email": "f@example.com", "password": secret }),
        ),
        (Method::POST, "/api/register/", json!({ "phone_number": "42", "password": secret })),
        (
            Method::POST,
            "/events/",
            json!({ "title": "t", "description": "d", "date": "2030-01-01", "location": "l" }),
        ),
        (Method::POST, "/messages/", json!({ "receiver_id": id, "content": "hello" })),
        (Method::PUT, "/api/v1/users/me", json!({ "username": "ada" })),
    ]
}

async fn send(client: &Client, method: &Method, path: &str, body: Vec<u8>) -> Result<Answer> {
    let request = client.request(method.clone(), path);
    Answer::of(request.header("content-type", "application/json").body(body)).await
}

fn refused(answer: &Answer) -> bool {
    (400..500).contains(&answer.status)
}

#[tokio::test]
async fn check_49_and_59_no_text_holds_what_would_forge_a_line_or_end_one() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, id) = service.client().join("ada").await?;
    for (method, path, body) in bodies(id) {
        for field in body.as_object().context("an object")?.keys() {
            let mut wrong = body.clone();
            wrong[field] = json!("a\0b");
            let answer = send(&ada, &method, path, wrong.to_string().into_bytes()).await?;
            assert!(refused(&answer), "{path} {field}: {answer:?}");
        }
    }
    let lines = service.said().lines().count();
    for name in ["a\r\nINFO forged", "\u{1b}[31mred", "a\nb"] {
        let renamed = ada.put("/api/v1/users/me", &json!({ "username": name })).await?;
        assert_eq!(renamed.status, 422, "{renamed:?}");
    }
    // One line each, and nothing of what was sent in any of them.
    assert!(service.said().lines().count() <= lines + 3);
    assert!(!service.said().contains("forged"));
    for path in ["/users/%00", "/events/1%00", "/ws/%00", "/users/search?query=%00"] {
        let answer = ada.get(path).await?;
        assert!(answer.status < 500, "{path}: {answer:?}");
    }
    Ok(())
}

#[tokio::test]
async fn check_50_a_number_that_is_none_finds_nothing() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, _) = service.client().join("ada").await?;
    let numbers = [
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775809",
        "18446744073709551616",
        "1e309",
        "0x10",
        "NaN",
    ];
    for number in numbers {
        for path in ["/users/", "/events/", "/user/", "/vm/", "/api/v1/admin/users/"] {
            let answer = ada.get(&format!("{path}{number}")).await?;
            assert!(refused(&answer), "{path}{number}: {answer:?}");
        }
        let body = format!("{{\"receiver_id\":{number},\"content\":\"hello\"}}");
        let answer = send(&ada, &Method::POST, "/messages/", body.into_bytes()).await?;
        assert!(refused(&answer), "{number}: {answer:?}");
    }
    Ok(())
}

#[tokio::test]
async fn check_52_what_is_not_json_is_not_read_as_some() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, id) = service.client().join("ada").await?;
    let deep = [vec![b'['; 10_000], vec![b']'; 10_000]].concat();
    for (method, path, body) in bodies(id) {
        let good = body.to_string();
        let field = body.as_object().and_then(|body| body.keys().next()).context("no field")?;
        for wrong in [
            deep.clone(),
            format!("{{\"{field}\":\"\\ud800\"}}").into_bytes(),
            [b"{\"".as_slice(), field.as_bytes(), b"\":\"\xff\"}"].concat(),
            format!("{{\"{field}\":NaN}}").into_bytes(),
            format!("\u{feff}{good}").into_bytes(),
            format!("{good}{good}").into_bytes(),
            Vec::new(),
        ] {
            let answer = send(&ada, &method, path, wrong.clone()).await?;
            let shown = String::from_utf8_lossy(&wrong);
            assert!(refused(&answer), "{path} {shown:.60}: {answer:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn check_53_and_54_a_body_is_plain_json_of_a_bounded_size() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, id) = service.client().join("ada").await?;
    for (method, path, body) in bodies(id) {
        let plain = ada.request(method.clone(), path).header("content-type", "text/plain");
        let plain = Answer::of(plain.body(body.to_string())).await?;
        assert_eq!(plain.status, 415, "{path}");
        let packed = ada.request(method.clone(), path).header("content-type", "application/json");
        let packed = packed.header("content-encoding", "gzip").body(body.to_string());
        assert_eq!(Answer::of(packed).await?.status, 415, "{path}");
        let large = format!("{}{}", " ".repeat(64 * 1024), body);
        let large = send(&ada, &method, path, large.into_bytes()).await?;
        assert_eq!(large.status, 413, "{path}");
    }
    Ok(())
}

/// What the service answers to these bytes, until it closes the connection.
async fn raw(url: &str, bytes: &[u8]) -> Result<String> {
    let address = url.strip_prefix("http://").context("no address")?;
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(bytes).await?;
    let mut answer = Vec::new();
    // A reset is as good a goodbye as any, once the answer has been read.
    let _end = tests::patient(stream.read_to_end(&mut answer)).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[tokio::test]
async fn check_56_a_request_that_can_be_read_in_two_ways_is_not_read() -> Result<()> {
    let service = Service::standalone().await?;
    for ambiguous in [
        "POST /login HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nabcde",
        "POST /login HTTP/1.1\r\nhost: a\r\ncontent-length: 5, 6\r\n\r\nabcde",
        "POST /login HTTP/1.1\r\nhost: a\r\ntransfer-encoding: identity, x\r\n\r\nabcde",
        "GET / HTTP/1.1\r\nhost: a\r\nx-folded: a\r\n b\r\n\r\n",
        "GET / HTTP/1.1\r\nhost : a\r\n\r\n",
        "GET / HTTP/9.9\r\nhost: a\r\n\r\n",
    ] {
        let answer = raw(&service.url, ambiguous.as_bytes()).await?;
        assert!(answer.starts_with("HTTP/1.1 400"), "{ambiguous:?}: {answer:?}");
    }
    // Of two lengths the chunks count, and the connection carries no second request.
    let both = "POST /login HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n\
        transfer-encoding: chunked\r\ncontent-length: 4\r\nconnection: close\r\n\r\n\
        2\r\n{}\r\n0\r\n\r\n";
    let answer = raw(&service.url, both.as_bytes()).await?;
    assert_eq!(answer.matches("HTTP/1.1").count(), 1, "{answer:?}");
    Ok(())
}

#[tokio::test]
async fn check_57_an_address_that_imitates_another_is_not_it() -> Result<()> {
    let service = Service::standalone().await?;
    let anyone = service.client();
    assert_eq!(anyone.register("mike").await?.status, 200);
    let register = |email: String| {
        let anyone = anyone.clone();
        let body = json!({ "username": "other", "email": email, "password": "secret" });
        async move { anyone.post("/register", &body).await }
    };
    assert_eq!(register("MIKE@Example.COM".to_owned()).await?.status, 400);
    for other in
        ["mi\u{212a}e@example.com", "mike@example.com.", "mike@example.com ", " mike@example.com"]
    {
        assert_eq!(register(other.to_owned()).await?.status, 422, "{other}");
    }
    // Not ASCII, and nobody else's.
    for other in ["m\u{131}ke@example.com", "\u{ff4d}ike@example.com"] {
        assert_eq!(register(other.to_owned()).await?.status, 200, "{other}");
    }
    let shown = anyone.get("/users/").await?.body;
    assert_eq!(shown.as_array().map(Vec::len), Some(3), "{shown}");
    Ok(())
}

#[tokio::test]
async fn check_60_a_script_in_a_message_is_text() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, id) = service.client().join("ada").await?;
    let script = "<script>alert(1)</script>";
    let sent = ada.send(id, script).await?;
    assert_eq!(sent.body["content"], json!(script));
    for answer in [sent, ada.get("/messages/received").await?] {
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    }
    Ok(())
}

/// What a database would take for something else than a text, if it were asked in words.
const INJECTIONS: &[&str] = &[
    "'",
    "\"",
    "\\",
    "';--",
    "' OR '1'='1",
    "' OR 1=1--",
    "') OR ('1'='1",
    "'; DROP TABLE users; --",
    "' UNION SELECT version(), NULL --",
    "' AND (SELECT pg_sleep(600)) IS NULL --",
    "1; SELECT pg_sleep(600)",
    "${jndi:ldap://localhost}",
    "%",
    "_",
    "%%%",
];

#[tokio::test]
async fn check_51_what_would_be_sql_is_text_in_every_parameter() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, id) = service.client().join("ada").await?;
    let before = ada.get("/users/").await?.body;
    for injected in INJECTIONS {
        for (path, name) in [
            ("/users/search", "query"),
            ("/api/v1/people", "q"),
            ("/users/", "skip"),
            ("/messages/received", "limit"),
            ("/api/v1/messages", "box"),
            ("/api/v1/messages", "with"),
            ("/api/v1/people", "after"),
            ("/api/v1/people", "as_of"),
            ("/api/v1/people", "min_position"),
            ("/api/v1/machines", "limit"),
            ("/userManager", "token"),
        ] {
            let answer =
                Answer::of(ada.request(Method::GET, path).query(&[(name, injected)])).await?;
            assert!(answer.status < 500, "{path} {name}={injected}: {answer:?}");
            let found = answer.body["items"].as_array().or(answer.body.as_array());
            if ["query", "q"].contains(&name) {
                assert_eq!((answer.status, found.map(Vec::len)), (200, Some(0)), "{injected}");
            }
        }
        for base in ["/users/", "/events/", "/vm/", "/user/", "/api/v1/people/", "/ws/"] {
            let mut url = reqwest::Url::parse(&service.url)?;
            url.set_path(base);
            url.path_segments_mut().ok().context("a base")?.pop_if_empty().push(injected);
            let answer = ada.get(url.path()).await?;
            assert!(refused(&answer), "{base}{injected}: {answer:?}");
        }
        for (method, path, body) in bodies(id) {
            for field in body.as_object().context("an object")?.keys() {
                let mut wrong = body.clone();
                wrong[field] = json!(injected);
                let answer = send(&ada, &method, path, wrong.to_string().into_bytes()).await?;
                assert!(answer.status < 500, "{path} {field}={injected}: {answer:?}");
            }
        }
        let login = json!({ "email": injected, "password": injected });
        assert_eq!(ada.post("/login", &login).await?.status, 401, "{injected}");
    }
    let after = ada.get("/users/").await?.body;
    let ids = |list: &Value| {
        let list = list.as_array().into_iter().flatten();
        list.map(|user| user["id"].clone()).collect::<Vec<_>>()
    };
    assert!(ids(&after).starts_with(&ids(&before)), "{after}");
    Ok(())
}
