//! The Phone façade over HTTP, request by request as its document has it.

use anyhow::{Context, Result};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Client, Service, Socket};

const ADA: &str = "0123456789";

async fn register(client: &Client, number: &str) -> Result<Answer> {
    client.post("/api/register/", &json!({ "phone_number": number, "password": "secret" })).await
}

fn text<'a>(answer: &'a Answer, name: &str) -> Result<&'a str> {
    answer.body[name].as_str().with_context(|| format!("no {name} in {answer:?}"))
}

async fn refresh(client: &Client, token: &str) -> Result<Answer> {
    client.post("/api/token/refresh/", &json!({ "refresh": token })).await
}

#[tokio::test]
async fn somebody_registers_and_logs_in_with_a_phone_number() -> Result<()> {
    let service = Service::standalone().await?;
    let anyone = service.client();
    let body = json!({ "phone_number": ADA, "password": "password123", "email": "not an address" });
    let registered = anyone.post("/api/register/", &body).await?;
    assert_eq!((registered.status, &registered.body["phone_number"]), (201, &json!(ADA)));
    let user = registered.body["user_id"].clone();
    assert!(user.is_i64(), "{registered:?}");

    let body = json!({ "phone_number": "01 23-45.67(89)", "password": "password123" });
    let login = anyone.with_token("bad").post("/api/login/", &body).await?;
    assert_eq!((login.status, &login.body["user_id"]), (200, &user), "{login:?}");
    let ada = anyone.with_token(text(&login, "access")?);
    let me = ada.get("/auth/me").await?;
    assert_eq!((&me.body["id"], &me.body["email"]), (&user, &Value::Null), "{me:?}");
    let me = ada.get("/api/v1/users/me").await?;
    assert_eq!((&me.body["username"], &me.body["phone_number"]), (&json!(ADA), &json!(ADA)));
    Ok(())
}

#[tokio::test]
async fn every_path_takes_json_and_forms_with_and_without_a_slash() -> Result<()> {
    let service = Service::standalone().await?;
    let anyone = service.client();
    for (number, path) in
        ["/api/register/", "/api/register", "/api/users/register/", "/api/users/register"]
            .iter()
            .enumerate()
    {
        let number = number.to_string();
        let fields = [("phone_number", number.as_str()), ("password", "secret")];
        assert_eq!(anyone.post_form(path, &fields).await?.status, 201, "{path}");
    }
    let body = json!({ "phone_number": 0, "password": "secret" });
    for path in ["/api/login/", "/api/login", "/api/users/login/", "/api/token/", "/api/token"] {
        let answer = anyone.post(path, &body).await?;
        assert_eq!((answer.status, &answer.body["phone_number"]), (200, &json!("0")), "{path}");
    }
    let keys = anyone.request(Method::POST, "/api/login/").json(&body).send().await?.text().await?;
    let places: Vec<_> = ["refresh", "access", "user_id", "phone_number"]
        .iter()
        .map(|name| keys.find(&format!("\"{name}\"")))
        .collect();
    assert!(places.is_sorted() && places[0].is_some(), "{keys}");
    Ok(())
}

#[tokio::test]
async fn what_is_wrong_is_said_in_a_sentence_and_field_by_field() -> Result<()> {
    let service = Service::standalone().await?;
    let anyone = service.client();
    assert_eq!(register(&anyone, ADA).await?.status, 201);
    let taken = register(&anyone, "01-23-45-67-89").await?;
    assert_eq!(taken.status, 400);
    assert!(text(&taken, "error")?.ends_with("existe déjà."), "{taken:?}");
    assert!(taken.body["phone_number"][0].as_str().is_some_and(|of| of.ends_with("existe déjà.")));

    for (body, field) in [
        (json!({ "password": "secret" }), "phone_number"),
        (json!({ "phone_number": "  ", "password": "secret" }), "phone_number"),
        (json!({ "phone_number": "0123456789012345", "password": "secret" }), "phone_number"),
        (json!({ "phone_number": "1", "password": "" }), "password"),
        (json!({ "phone_number": "1" }), "password"),
        (json!({ "phone_number": true, "password": "secret" }), "phone_number"),
        (json!({ "phone_number": null, "password": "secret" }), "phone_number"),
    ] {
        let answer = anyone.post("/api/register/", &body).await?;
        assert_eq!(answer.status, 400, "{body}");
        assert!(answer.body["error"].is_string() && answer.body[field].is_array(), "{answer:?}");
    }
    let wrong = json!({ "phone_number": ADA, "password": "guess" });
    let nobody = json!({ "phone_number": "555", "password": "guess" });
    let words = json!({ "error": "Numéro de téléphone ou mot de passe incorrect" });
    for body in [wrong, nobody, json!({}), json!({ "phone_number": ADA })] {
        let answer = anyone.post("/api/login/", &body).await?;
        assert_eq!((answer.status, &answer.body), (401, &words), "{body}");
    }
    Ok(())
}

#[tokio::test]
async fn what_is_no_request_is_refused_in_the_words_of_the_original() -> Result<()> {
    let service = Service::standalone().await?;
    let anyone = service.client();
    let post = |kind: &'static str, body: &'static str| {
        let request = anyone.request(Method::POST, "/api/register/");
        Answer::of(request.header("content-type", kind).body(body))
    };
    let broken = post("application/json", "{\"phone_number\": ").await?;
    assert_eq!(broken.status, 400);
    assert!(text(&broken, "detail")?.starts_with("JSON parse error - "), "{broken:?}");
    let list = post("application/json", "[]").await?;
    assert!(list.status == 400 && list.body["error"].is_string(), "{list:?}");
    let plain = post("text/plain", "{}").await?;
    let words = json!({ "detail": "Unsupported media type \"text/plain\" in request." });
    assert_eq!((plain.status, &plain.body), (415, &words));
    let get = anyone.get("/api/login/").await?;
    assert_eq!((get.status, &get.body), (405, &json!({ "detail": "Method \"GET\" not allowed." })));
    assert_eq!(get.header("allow"), Some("POST, OPTIONS"));
    let empty = Answer::of(anyone.request(Method::POST, "/api/login/")).await?;
    assert_eq!(empty.status, 401, "{empty:?}");
    Ok(())
}

#[tokio::test]
async fn check_31_a_refresh_token_is_good_once_and_a_lost_answer_can_be_asked_for_again()
-> Result<()> {
    let service = Service::standalone().await?;
    let anyone = service.client();
    let registered = register(&anyone, ADA).await?;
    let (first, access) = (text(&registered, "refresh")?, text(&registered, "access")?);

    let second = refresh(&anyone, first).await?;
    assert_eq!(second.status, 200, "{second:?}");
    let again = refresh(&anyone, first).await?;
    assert_eq!(again.body["refresh"], second.body["refresh"]);
    let ada = anyone.with_token(text(&second, "access")?);
    assert_eq!(ada.get("/api/v1/users/me").await?.status, 200);

    let path = "/api/users/token/refresh/";
    let third = anyone.post(path, &json!({ "refresh": text(&second, "refresh")? })).await?;
    assert_eq!(third.status, 200, "{third:?}");
    // The first one is a copy now: nobody gets anything by this session any more.
    for token in [first, text(&third, "refresh")?] {
        let refused = refresh(&anyone, token).await?;
        assert_eq!((refused.status, &refused.body["code"]), (401, &json!("token_not_valid")));
    }
    let ended = ada.get("/api/v1/users/me").await?;
    assert_eq!(ended.status, 401, "{ended:?}");

    let wrong = refresh(&anyone, access).await?;
    assert_eq!((wrong.status, &wrong.body["detail"]), (401, &json!("Token has wrong type")));
    let garbage = refresh(&anyone, "garbage").await?;
    assert_eq!(garbage.body["detail"], json!("Token is invalid or expired"));
    let missing = anyone.post("/api/token/refresh/", &json!({})).await?;
    assert!(missing.status == 400 && missing.body["refresh"].is_array(), "{missing:?}");
    let bearer = anyone.with_token(first).get("/auth/me").await?;
    assert_eq!(bearer.status, 401, "{bearer:?}");
    Ok(())
}

#[tokio::test]
async fn the_sixth_wrong_password_has_to_wait() -> Result<()> {
    let service = Service::standalone().await?;
    let anyone = service.client();
    register(&anyone, ADA).await?;
    let wrong = json!({ "phone_number": ADA, "password": "guess" });
    for _ in 0..5 {
        assert_eq!(anyone.post("/api/login/", &wrong).await?.status, 401);
    }
    let waits = anyone.post("/api/login/", &wrong).await?;
    assert_eq!(waits.status, 429, "{waits:?}");
    assert!(waits.headers.contains_key("retry-after") && waits.body["detail"].is_string());
    Ok(())
}

#[tokio::test]
async fn whoever_listens_is_told_the_number_and_of_no_login_by_registering() -> Result<()> {
    let service = Service::standalone().await?;
    let anyone = service.client();
    let mut socket = Socket::at(&service.url, "/ws/notifications/").await?;
    let user = register(&anyone, ADA).await?.body["user_id"].clone();
    let body = json!({ "phone_number": ADA, "password": "secret" });
    assert_eq!(anyone.post("/api/login/", &body).await?.status, 200);
    for (kind, message) in
        [("user.registered", "Nouvel utilisateur inscrit"), ("user.login", "Utilisateur connecté")]
    {
        let told = json!({
            "type": kind,
            "status": "success",
            "user_id": user,
            "phone_number": ADA,
            "message": message,
        });
        assert_eq!(socket.frame().await?, told);
    }
    Ok(())
}

#[tokio::test]
async fn a_phone_number_may_be_any_text_and_its_account_gets_another_password() -> Result<()> {
    let service = Service::standalone().await?;
    let anyone = service.client();
    assert_eq!(register(&anyone, "abc").await?.status, 201);
    let registered = register(&anyone, "(01) 23-45.67 89").await?;
    assert_eq!(registered.body["phone_number"], json!("(01) 23-45.67 89"), "as it was given");
    let ada = anyone.with_token(text(&registered, "access")?);
    let changed = ada.put("/api/v1/users/me", &json!({ "password": "a longer secret" })).await?;
    assert_eq!((changed.status, &changed.body["email"]), (200, &Value::Null), "{changed:?}");
    for (password, status) in [("secret", 401), ("a longer secret", 200)] {
        let body = json!({ "phone_number": ADA, "password": password });
        assert_eq!(anyone.post("/api/login/", &body).await?.status, status, "{password}");
    }
    assert_eq!(ada.get("/auth/me").await?.status, 200, "who has changed it stays");
    Ok(())
}
