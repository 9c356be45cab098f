//! Registration, login, logout, and who one is.

use anyhow::Result;
use reqwest::Method;
use serde_json::json;
use tests::{Answer, Service};

#[tokio::test]
async fn every_wrong_field_is_named_and_no_password_is_shown() -> Result<()> {
    let service = Service::standalone().await?;
    let body = json!({ "username": "a", "email": 5, "password": "" });
    let answer = service.client().post("/register", &body).await?;
    assert_eq!(answer.status, 422);
    let places: Vec<_> = (0..3).map(|entry| &answer.body["detail"][entry]["loc"][1]).collect();
    assert_eq!(places, [&json!("username"), &json!("email"), &json!("password")]);

    let body = json!({ "password": "canary-5d41" });
    let answer = service.client().post("/register", &body).await?;
    assert_eq!(answer.body["detail"][0]["type"], json!("missing"));
    assert!(!answer.body.to_string().contains("canary-5d41"));

    for (kind, body) in [
        ("application/x-www-form-urlencoded", "username=ada&password=canary-5d41"),
        ("application/json", "[\"canary-5d41\"]"),
        ("application/json", "\"canary-5d41\""),
        ("application/json", "{\"password\": canary-5d41"),
    ] {
        let request = service.client().request(Method::POST, "/register");
        let request = request.header("content-type", kind).body(body);
        let answer = Answer::of(request).await?;
        assert_eq!(answer.status, 422, "{answer:?}");
        assert!(!answer.body.to_string().contains("canary-5d41"), "{answer:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_form_logs_in_as_json_does() -> Result<()> {
    let service = Service::standalone().await?;
    service.client().register("ada").await?;
    for path in ["/login", "/auth/login", "/login/"] {
        for name in ["username", "email"] {
            let form = format!("{name}=ada%40example.com&password=ada&grant_type=password");
            let request = service.client().request(Method::POST, path);
            let kind = "application/x-www-form-urlencoded";
            let answer = Answer::of(request.header("content-type", kind).body(form)).await?;
            assert_eq!((answer.status, &answer.body["token_type"]), (200, &json!("bearer")));
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_logout_is_answered_whatever_the_bearer_proves() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, _) = service.client().join("ada").await?;
    let done = json!({ "message": "Déconnexion réussie" });
    for client in [&ada, &ada, &service.client().with_token("garbage")] {
        let answer = client.post("/auth/logout", &json!({})).await?;
        assert_eq!((answer.status, &answer.body), (200, &done));
    }
    let nobody = service.client().post("/auth/logout", &json!({})).await?;
    assert_eq!((nobody.status, &nobody.body["detail"]), (401, &json!("Not authenticated")));
    Ok(())
}

#[tokio::test]
async fn a_name_has_three_characters_and_a_password_one() -> Result<()> {
    let service = Service::standalone().await?;
    let anyone = service.client();
    let short = json!({ "username": "ab", "email": "ab@example.com", "password": "x" });
    let short = anyone.post("/register", &short).await?;
    let wrong = &short.body["detail"][0];
    let words = "Value error, Le nom d'utilisateur doit contenir au moins 3 caractères";
    assert_eq!((short.status, &wrong["msg"]), (422, &json!(words)), "{short:?}");
    let place = json!(["body", "username"]);
    assert_eq!((&wrong["type"], &wrong["loc"]), (&json!("value_error"), &place));
    let none = json!({ "username": "abc", "email": "abc@example.com", "password": "" });
    let none = anyone.post("/register", &none).await?;
    assert_eq!((none.status, &none.body["detail"][0]["loc"][1]), (422, &json!("password")));
    let enough = json!({ "username": "abc", "email": "abc@example.com", "password": "x" });
    assert_eq!(anyone.post("/register", &enough).await?.status, 200);
    // Names are nobody's own.
    let namesake = json!({ "username": "abc", "email": "other@example.com", "password": "x" });
    assert_eq!(anyone.post("/register", &namesake).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn what_two_clients_share_is_refused_in_the_words_of_both() -> Result<()> {
    let service = Service::standalone().await?;
    let anyone = service.client();
    anyone.register("ada").await?;
    let wrong = json!({ "email": "ada@example.com", "password": "guess" });
    let denied = json!({
        "detail": "Identifiants invalides",
        "code": "ERROR_CODE_ACCESS_DENIED",
        "message": "Invalid Credentials.",
    });
    for path in ["/auth/login", "/login", "/api:N1uLlTBt/auth/login", "/login/", "/auth/login/"] {
        let answer = anyone.post(path, &wrong).await?;
        assert_eq!((answer.status, &answer.body), (401, &denied), "{path}");
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"), "{path}");
    }
    let often = anyone.post("/auth/login", &wrong).await?;
    assert_eq!((often.status, &often.body["code"]), (429, &json!("ERROR_CODE_TOO_MANY_REQUESTS")));
    assert!(often.body["detail"].is_string() && often.headers.contains_key("retry-after"));
    let unreadable = anyone.post("/auth/login", &json!([])).await?;
    assert!(unreadable.status == 422 && unreadable.body["detail"].is_array(), "{unreadable:?}");
    assert!(unreadable.body["message"].is_string(), "{unreadable:?}");

    let absent = |detail: &str| {
        json!({
            "detail": detail,
            "code": "ERROR_CODE_UNAUTHORIZED",
            "message": "Authentication Required.",
        })
    };
    let nobody = anyone.get("/auth/me").await?;
    assert_eq!((nobody.status, nobody.body), (401, absent("Not authenticated")));
    let garbage = anyone.with_token("garbage").get("/auth/me").await?;
    assert_eq!((garbage.status, garbage.body), (401, absent("Could not validate credentials")));
    let nobody = anyone.post("/auth/logout", &json!({})).await?;
    assert_eq!((nobody.status, nobody.body), (401, absent("Not authenticated")));
    Ok(())
}

#[tokio::test]
async fn what_a_client_has_to_itself_is_refused_in_its_own_words_alone() -> Result<()> {
    let service = Service::standalone().await?;
    let anyone = service.client();
    anyone.register("ada").await?;
    let own = anyone.with_token("garbage").get("/messages/sent").await?;
    assert_eq!(own.body, json!({ "detail": "Could not validate credentials" }));
    let wrong = json!({ "email": "ada@example.com", "password": "guess" });
    for _ in 0..5 {
        let refused = anyone.post("/api/v1/auth/login", &wrong).await?;
        assert_eq!(refused.body, json!({ "detail": "Incorrect email or password" }));
    }
    let often = anyone.post("/api/v1/auth/login", &wrong).await?;
    assert_eq!((often.status, often.body.as_object().map(serde_json::Map::len)), (429, Some(1)));
    Ok(())
}

#[tokio::test]
async fn both_tokens_of_a_login_are_of_one_session() -> Result<()> {
    let service = Service::standalone().await?;
    let anyone = service.client();
    anyone.register("ada").await?;
    for path in ["/login", "/auth/login"] {
        let login = json!({ "email": "ada@example.com", "password": "ada" });
        let login = anyone.post(path, &login).await?;
        let token = |name: &str| anyone.with_token(login.body[name].as_str().unwrap_or_default());
        let (short, long) = (token("access_token"), token("authToken"));
        assert_ne!(short.token(), long.token(), "{path}");
        for client in [&short, &long] {
            assert_eq!(client.get("/auth/me").await?.status, 200, "{path}");
        }
        assert_eq!(long.post("/auth/logout", &json!({})).await?.status, 200);
        for client in [&short, &long] {
            assert_eq!(client.get("/auth/me").await?.status, 401, "{path}");
        }
    }
    Ok(())
}
