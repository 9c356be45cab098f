//! One account, whichever façade's client it is that asks.

use anyhow::{Context, Result, bail};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Client, Service, Socket};

use crate::matrix::shifted;

const KEY: &str = "a key of one client";

async fn service() -> Result<Service> {
    Service::configured(&[
        ("FIRST_SUPERUSER_EMAIL", "admin@example.com"),
        ("FIRST_SUPERUSER_PASSWORD", "secret"),
        ("REGISTRE_DIRECTORY_KEYS", KEY),
    ])
    .await
}

fn text<'a>(answer: &'a Answer, name: &str) -> Result<&'a str> {
    answer.body[name].as_str().with_context(|| format!("no {name} in {answer:?}"))
}

async fn log_in(client: &Client, email: &str, password: &str) -> Result<Answer> {
    client.post("/login", &json!({ "email": email, "password": password })).await
}

async fn administrator(client: &Client) -> Result<Client> {
    let login = log_in(client, "admin@example.com", "secret").await?;
    Ok(client.with_token(text(&login, "access_token")?))
}

/// Whether `email` and `password` log in at Community, Accounts and Inventory, which share an answer.
async fn logs_in(client: &Client, email: &str, password: &str) -> Result<[u16; 3]> {
    let body = json!({ "email": email, "password": password });
    Ok([
        client.post("/login", &body).await?.status,
        client.post("/api/v1/auth/login", &body).await?.status,
        client.post("/api:N1uLlTBt/auth/login", &body).await?.status,
    ])
}

#[tokio::test]
async fn an_account_that_the_directory_brought_is_claimed_by_whichever_client_registers()
-> Result<()> {
    let service = service().await?;
    let anyone = service.client();
    for (number, path, duplicate) in [
        (1, "/register", json!("Email déjà utilisé")),
        (2, "/api/v1/auth/register", json!("Email already registered")),
        (3, "/auth/signup", json!("Duplicate record detected.")),
    ] {
        let spelled = format!("Brought{number}@example.com");
        let request = anyone.request(Method::POST, "/insertEmail").header("x-api-key", KEY);
        let brought = Answer::of(request.json(&json!({ "email": spelled }))).await?;
        let (id, token) = (text(&brought, "id")?, text(&brought, "token")?);
        let before = anyone.get(&format!("/users/{id}")).await?.body;
        assert_eq!(before["username"], json!(spelled), "until it is claimed");
        let since = anyone.get(&format!("/user/{id}")).await?.body["created_at"].clone();

        let email = spelled.to_lowercase();
        let body = json!({
            "username": "claimed", "name": "claimed", "email": email, "password": "a longer secret",
        });
        assert_eq!(anyone.post(path, &body).await?.status, 200, "{path}");
        let after = anyone.get(&format!("/user/{id}")).await?.body;
        let told = (&after["name"], &after["email"], &after["created_at"]);
        assert_eq!(told, (&json!("claimed"), &json!(email), &since), "{path}");
        assert_eq!(logs_in(&anyone, &spelled, "a longer secret").await?, [200; 3], "{path}");

        let request = anyone.request(Method::GET, "/userManager").header("x-api-key", KEY);
        let echoed = Answer::of(request.query(&[("token", token)])).await?;
        assert_eq!(echoed.body, json!({ "email": spelled }), "{path}");
        let again = anyone.post(path, &body).await?;
        let words = [&again.body["detail"], &again.body["message"]];
        assert!(again.status == 400 && words.contains(&&duplicate), "{path}: {again:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_phone_accounts_address_links_it_to_nobody() -> Result<()> {
    let service = service().await?;
    let anyone = service.client();
    let body = json!({ "phone_number": "1", "password": "secret", "email": "ada@example.com" });
    let phone = anyone.post("/api/register/", &body).await?;
    assert_eq!(anyone.register("ada").await?.status, 200);
    let again = json!({ "phone_number": "2", "password": "secret", "email": "ada@example.com" });
    assert_eq!(anyone.post("/api/register/", &again).await?.status, 201);

    let id = &phone.body["user_id"];
    for path in [format!("/users/{id}"), format!("/user/{id}")] {
        assert_eq!(anyone.get(&path).await?.status, 404, "{path}");
    }
    for path in ["/users/", "/user"] {
        let list = anyone.get(path).await?.body;
        assert_eq!(list.as_array().map(Vec::len), Some(1), "{path}: {list}");
    }
    let list = administrator(&anyone).await?.get("/api/v1/admin/users").await?.body;
    let shown = list.as_array().into_iter().flatten().find(|of| of["phone_number"] == json!("1"));
    let shown = shown.context("administrators see it")?;
    assert_eq!((&shown["email"], &shown["username"]), (&Value::Null, &json!("1")));

    let ada = anyone.log_in("ada").await?;
    let holder = anyone.with_token(text(&phone, "access")?);
    let mut socket = holder.socket().await?;
    ada.send(id.as_i64().context("an id")?, "Bonjour !").await?;
    assert_eq!(socket.frame().await?["message"]["content"], json!("Bonjour !"));
    Ok(())
}

#[tokio::test]
async fn a_closed_account_is_closed_to_every_client() -> Result<()> {
    let service = service().await?;
    let anyone = service.client();
    let admin = administrator(&anyone).await?;
    let (ada, ada_id) = anyone.join("ada").await?;
    let phone = json!({ "phone_number": "1", "password": "secret" });
    let bob = anyone.post("/api/register/", &phone).await?;
    for id in [json!(ada_id), bob.body["user_id"].clone()] {
        let path = format!("/api/v1/admin/users/{id}");
        assert_eq!(admin.put(&path, &json!({ "is_active": false })).await?.status, 200);
    }

    for path in ["/auth/me", "/messages/received", "/api/v1/users/me"] {
        let answer = ada.get(path).await?;
        let told = (answer.status, &answer.body["detail"]);
        assert_eq!(told, (403, &json!("Inactive user")), "{path}");
    }
    let machine = ada.post("/vm", &json!({})).await?;
    let code = json!("ERROR_CODE_ACCESS_DENIED");
    assert_eq!((machine.status, &machine.body["code"]), (403, &code));
    assert_eq!(Socket::refusal(&service.url, ada.token().context("a token")?).await?, 403);
    assert_eq!(logs_in(&anyone, "ada@example.com", "ada").await?, [403; 3]);
    assert_eq!(logs_in(&anyone, "ada@example.com", "guess").await?, [401; 3]);
    let words = json!({ "error": "Numéro de téléphone ou mot de passe incorrect" });
    let refused = anyone.post("/api/login/", &phone).await?;
    assert_eq!((refused.status, refused.body), (401, words));
    let refresh = json!({ "refresh": text(&bob, "refresh")? });
    assert_eq!(anyone.post("/api/token/refresh/", &refresh).await?.status, 401);
    Ok(())
}

#[tokio::test]
async fn a_new_password_is_new_to_every_client() -> Result<()> {
    let service = service().await?;
    let anyone = service.client();
    let (ada, id) = anyone.join("ada").await?;
    let login = log_in(&anyone, "ada@example.com", "ada").await?;
    let other = anyone.with_token(text(&login, "authToken")?);
    let mut socket = other.socket().await?;

    let new = json!({ "password": "a longer secret" });
    assert_eq!(ada.put("/api/v1/users/me", &new).await?.status, 200);
    assert_eq!(socket.close().await?, (4001, "session ended".to_owned()));
    assert_eq!(other.post("/vm", &json!({})).await?.status, 401);
    assert_eq!(ada.get("/auth/me").await?.status, 200, "who has changed it stays");
    assert_eq!(logs_in(&anyone, "ada@example.com", "ada").await?, [401; 3]);
    assert_eq!(logs_in(&anyone, "ada@example.com", "a longer secret").await?, [200; 3]);

    let path = format!("/user/{id}");
    let request = ada.request(Method::PATCH, &path).json(&json!({ "password": "x" }));
    assert_eq!(Answer::of(request).await?.status, 200);
    assert_eq!(logs_in(&anyone, "ada@example.com", "x").await?, [200; 3]);
    Ok(())
}

#[tokio::test]
async fn an_erased_account_is_gone_for_every_client_and_leaves_what_others_have() -> Result<()> {
    let service = service().await?;
    let anyone = service.client();
    let (ada, id) = anyone.join("ada").await?;
    let (bob, bob_id) = anyone.join("bob").await?;
    ada.send(bob_id, "secret words").await?;
    let event = ada.create_event("Fête").await?.body;
    let machine = json!({
        "user_id": id, "name": "n", "operating_system": "o",
        "cpu_cores": 1, "ram_gb": 1, "disk_gb": 1,
    });
    let vm = ada.post("/vm", &machine).await?.body["id"].clone();
    let mut socket = ada.socket().await?;

    assert_eq!(ada.delete("/api/v1/users/me").await?.status, 204);
    assert_eq!(socket.close().await?, (4001, "session ended".to_owned()));
    for path in [format!("/users/{id}"), format!("/user/{id}"), format!("/vm/{vm}")] {
        assert_eq!(anyone.get(&path).await?.status, 404, "{path}");
    }
    assert_eq!(logs_in(&anyone, "ada@example.com", "ada").await?, [401; 3]);
    let absent = bob.send(id, "?").await?;
    let words = json!({ "detail": "Destinataire non trouvé" });
    assert_eq!((absent.status, absent.body), (404, words));
    let received = bob.get("/messages/received").await?.body["messages"][0].clone();
    assert_eq!((&received["sender_id"], &received["content"]), (&json!(id), &json!("")));
    assert_eq!(anyone.get(&format!("/events/{}", event["id"])).await?.body, event);
    assert_eq!(bob.create_event("Fête").await?.status, 400, "its title stays taken");
    let again = anyone.register("ada").await?;
    assert!(again.status == 200 && again.body["id"] != json!(id), "{again:?}");
    Ok(())
}

#[tokio::test]
async fn a_list_that_is_closed_is_seen_by_members_alone_and_the_others_stay_open() -> Result<()> {
    let lists = [("users", "/users/"), ("events", "/events/"), ("user", "/user"), ("vm", "/vm")];
    for closed in [&lists[..2], &lists[2..]] {
        let names = closed.iter().map(|of| of.0).collect::<Vec<_>>().join(",");
        let service = Service::configured(&[("REGISTRE_CLOSED_LISTS", &names)]).await?;
        let (ada, id) = service.client().join("ada").await?;
        for list in lists {
            let stranger = service.client().get(list.1).await?;
            let expected = if closed.contains(&list) { 401 } else { 200 };
            assert_eq!(stranger.status, expected, "{names}: {stranger:?}");
            assert_eq!(ada.get(list.1).await?.status, 200, "{names}: {}", list.1);
        }
        let stranger = service.client().get(&format!("/user/{id}")).await?;
        let word = &stranger.body["code"];
        assert_eq!(word.is_string(), names == "user,vm", "in its own words: {stranger:?}");
    }
    Ok(())
}

#[tokio::test]
async fn what_was_received_is_a_bare_list_where_that_is_asked_for() -> Result<()> {
    let service = Service::configured(&[("REGISTRE_RECEIVED_AS_LIST", "true")]).await?;
    let (ada, id) = service.client().join("ada").await?;
    let sent = ada.send(id, "Bonjour !").await?;
    assert_eq!(ada.get("/messages/received").await?.body, json!([sent.body]));
    Ok(())
}

/// What a socket that is open to everybody is told next, and of whom.
async fn told(socket: &mut Socket) -> Result<(String, Value, Value)> {
    let frame = socket.frame().await?;
    let kind = frame["type"].as_str().context("no type")?;
    Ok((kind.to_owned(), frame["user_id"].clone(), frame["phone_number"].clone()))
}

#[tokio::test]
async fn whoever_listens_hears_of_each_account_whichever_client_it_is_of() -> Result<()> {
    let service = service().await?;
    let anyone = service.client();
    let admin = administrator(&anyone).await?;
    let mut socket = Socket::at(&service.url, "/ws/notifications/").await?;
    for (client, path, body) in [
        (
            &anyone,
            "/register",
            json!({ "username": "one", "email": "1@example.com", "password": "secret" }),
        ),
        (
            &anyone,
            "/api/v1/auth/register",
            json!({ "username": "two", "email": "2@example.com", "password": "a longer secret" }),
        ),
        (
            &anyone,
            "/auth/signup",
            json!({ "name": "three", "email": "3@example.com", "password": "secret" }),
        ),
        (
            &admin,
            "/user",
            json!({ "name": "four", "email": "4@example.com", "password": "secret" }),
        ),
        (&anyone, "/api/register/", json!({ "phone_number": "1", "password": "secret" })),
    ] {
        let answer = client.post(path, &body).await?;
        assert!([200, 201].contains(&answer.status), "{path}: {answer:?}");
        let (kind, _, number) = told(&mut socket).await?;
        let expected = if path == "/api/register/" { json!("1") } else { Value::Null };
        assert_eq!((kind.as_str(), number), ("user.registered", expected), "{path}");
    }
    Ok(())
}

#[tokio::test]
async fn what_the_directory_brings_is_told_once_and_once_more_when_it_is_claimed() -> Result<()> {
    let service = service().await?;
    let anyone = service.client();
    let mut socket = Socket::at(&service.url, "/ws/notifications/").await?;
    let insert = || {
        let request = anyone.request(Method::POST, "/insertEmail").header("x-api-key", KEY);
        Answer::of(request.json(&json!({ "email": "5@example.com" })))
    };
    let brought = insert().await?;
    assert_eq!(insert().await?.body, brought.body);
    let request = anyone.request(Method::GET, "/userManager").header("x-api-key", KEY);
    let echoed = Answer::of(request.query(&[("token", text(&brought, "token")?)])).await?;
    assert_eq!(echoed.status, 200);
    let claim = json!({ "username": "five", "email": "5@example.com", "password": "secret" });
    assert_eq!(anyone.post("/register", &claim).await?.status, 200);
    for _ in 0..2 {
        let (kind, user, _) = told(&mut socket).await?;
        assert_eq!(
            (kind.as_str(), user.to_string().as_str()),
            ("user.registered", text(&brought, "id")?)
        );
    }
    Ok(())
}

#[tokio::test]
async fn whoever_listens_hears_of_each_login_whichever_client_it_is_of() -> Result<()> {
    let service = service().await?;
    let anyone = service.client();
    assert_eq!(anyone.register("ada").await?.status, 200);
    let phone = json!({ "phone_number": "1", "password": "secret" });
    assert_eq!(anyone.post("/api/register/", &phone).await?.status, 201);
    let mut socket = Socket::at(&service.url, "/ws/notifications/").await?;
    let one = json!({ "email": "ada@example.com", "password": "ada" });
    let mut refresh = String::new();
    for (path, body) in [
        ("/login", &one),
        ("/api/v1/auth/login", &one),
        ("/api:N1uLlTBt/auth/login", &one),
        ("/api/login/", &phone),
        ("/api/token/", &phone),
    ] {
        if !refresh.is_empty() {
            // To go on with a session is no login.
            let body = json!({ "refresh": refresh });
            assert_eq!(anyone.post("/api/token/refresh/", &body).await?.status, 200);
        }
        let login = anyone.post(path, body).await?;
        assert_eq!(login.status, 200, "{path}: {login:?}");
        login.body["refresh"].as_str().unwrap_or_default().clone_into(&mut refresh);
        assert_eq!(told(&mut socket).await?.0, "user.login", "{path}");
    }
    Ok(())
}

#[tokio::test]
async fn a_socket_is_closed_when_its_token_ends() -> Result<()> {
    let service = service().await?;
    let (ada, _) = service.client().join("ada").await?;
    let token = ada.token().context("a token")?;
    let over = shifted(&service, token, -60 * 60)?;
    assert_eq!(Socket::refusal(&service.url, &over).await?, 403);
    // On a machine so slow that it ends before the socket is open, it has to last longer.
    for seconds in [2, 8, 32] {
        let ends_soon = shifted(&service, token, seconds - 30 * 60)?;
        if let Ok(mut socket) = Socket::open(&service.url, &ends_soon).await {
            assert_eq!(socket.close().await?, (4001, "token expired".to_owned()));
            return Ok(());
        }
    }
    bail!("no socket opened before its token ended")
}

#[tokio::test]
async fn the_first_administrator_is_listed_where_that_is_asked_for() -> Result<()> {
    let service = Service::configured(&[
        ("FIRST_SUPERUSER_EMAIL", "admin@example.com"),
        ("FIRST_SUPERUSER_PASSWORD", "secret"),
        ("REGISTRE_LIST_ADMIN", "true"),
    ])
    .await?;
    let anyone = service.client();
    // Whose login is answered is there to be read.
    administrator(&anyone).await?;
    let people = anyone.get("/users/").await?.body;
    assert_eq!(people[0]["username"], json!("admin"), "{people}");
    let id = &people[0]["id"];
    assert_eq!(anyone.get(&format!("/users/{id}")).await?.body, people[0]);
    assert_eq!(anyone.get(&format!("/user/{id}")).await?.body["name"], json!("admin"));
    assert_eq!(anyone.get("/user").await?.body[0]["id"], *id);
    Ok(())
}
