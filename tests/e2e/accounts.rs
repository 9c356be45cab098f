//! The Accounts façade, request by request as its document has it.

use anyhow::{Context, Result};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Client, Service};

const ADMIN: (&str, &str) = ("admin@example.com", "secret");

async fn service() -> Result<Service> {
    let (email, password) = ADMIN;
    let named = [("FIRST_SUPERUSER_EMAIL", email), ("FIRST_SUPERUSER_PASSWORD", password)];
    Service::configured(&named).await
}

async fn log_in(client: &Client, email: &str, password: &str) -> Result<Client> {
    let fields = [("username", email), ("password", password)];
    let answer = client.post_form("/api/v1/auth/login", &fields).await?;
    bearer(client, &answer)
}

fn bearer(client: &Client, answer: &Answer) -> Result<Client> {
    let token = answer.body["access_token"].as_str();
    Ok(client.with_token(token.with_context(|| format!("no token in {answer:?}"))?))
}

async fn register(client: &Client, name: &str) -> Result<Client> {
    let body = json!({
        "email": format!("{name}@example.com"),
        "username": name,
        "password": "a longer secret",
    });
    let answer = client.post("/api/v1/auth/register", &body).await?;
    assert_eq!((answer.status, &answer.body["token_type"]), (200, &json!("bearer")), "{answer:?}");
    bearer(client, &answer)
}

fn told(answer: &Answer) -> (u16, &Value) {
    (answer.status, &answer.body["detail"])
}

#[tokio::test]
async fn somebody_signs_up_changes_and_leaves() -> Result<()> {
    let service = service().await?;
    let anyone = service.client();
    assert_eq!(anyone.get("/health").await?.body, json!({ "status": "healthy" }));

    let ada = register(&anyone, "ada").await?;
    let me = ada.get("/api/v1/users/me").await?;
    assert_eq!(me.status, 200, "{me:?}");
    let id = me.body["_id"].as_str().context("no id")?.to_owned();
    assert!(id.len() == 24 && id.bytes().all(|digit| digit.is_ascii_hexdigit()), "{id}");
    let expected = json!({
        "_id": id,
        "id": id,
        "email": "ada@example.com",
        "username": "ada",
        "is_active": true,
        "is_admin": false,
        "created_at": me.body["created_at"],
        "updated_at": me.body["created_at"],
    });
    assert_eq!(me.body, expected);

    let body = json!({ "username": "countess", "is_admin": true, "is_active": false });
    let changed = ada.put("/api/v1/users/me", &body).await?;
    assert_eq!((changed.status, &changed.body["username"]), (200, &json!("countess")));
    assert_eq!(
        (&changed.body["is_admin"], &changed.body["is_active"]),
        (&json!(false), &json!(true))
    );
    assert!(changed.body["updated_at"].as_str() > me.body["updated_at"].as_str());
    assert_eq!(ada.get("/api/v1/users/me").await?.body, changed.body);
    let touched = ada.put("/api/v1/users/me", &json!({})).await?;
    assert!(touched.body["updated_at"].as_str() > changed.body["updated_at"].as_str());

    // The token outlives the address that it was given for.
    let body = json!({ "email": "Ada@new.example" });
    let moved = ada.put("/api/v1/users/me/", &body).await?;
    assert_eq!((moved.status, &moved.body["email"]), (200, &json!("Ada@new.example")), "{moved:?}");
    log_in(&anyone, "ada@NEW.example", "a longer secret").await?;
    register(&anyone, "ada").await?;

    let gone = ada.delete("/api/v1/users/me").await?;
    assert_eq!((gone.status, &gone.body), (204, &Value::Null));
    let after = ada.get("/api/v1/users/me").await?;
    assert_eq!(told(&after), (401, &json!("Could not validate credentials")));
    let body = json!({ "email": "ada@new.example", "password": "a longer secret" });
    let after = anyone.post("/api/v1/auth/login", &body).await?;
    assert_eq!(told(&after), (401, &json!("Incorrect email or password")));
    assert_eq!(after.header("www-authenticate"), Some("Bearer"));
    Ok(())
}

#[tokio::test]
async fn login_takes_json_and_forms_and_either_name_for_the_address() -> Result<()> {
    let service = service().await?;
    let anyone = service.client();
    register(&anyone, "ada").await?;
    for name in ["username", "email"] {
        let body = json!({ name: "ada@example.com", "password": "a longer secret" });
        let answer = anyone.post("/api/v1/auth/login", &body).await?;
        assert_eq!((answer.status, &answer.body["token_type"]), (200, &json!("bearer")));
        let fields = [(name, "ADA@example.com"), ("password", "a longer secret")];
        let answer = anyone.post_form("/api/v1/auth/login/", &fields).await?;
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    let name = json!({ "username": "ada", "password": "a longer secret" });
    let answer = anyone.post("/api/v1/auth/login", &name).await?;
    assert_eq!(told(&answer), (401, &json!("Incorrect email or password")));
    Ok(())
}

#[tokio::test]
async fn what_is_wrong_is_said_field_by_field() -> Result<()> {
    let service = service().await?;
    let anyone = service.client();
    let ada = register(&anyone, "ada").await?;
    let again =
        json!({ "email": "ADA@example.com", "username": "ada", "password": "a longer secret" });
    let again = anyone.post("/api/v1/auth/register", &again).await?;
    assert_eq!(told(&again), (400, &json!("Email already registered")));

    let body = json!({ "email": "nowhere", "username": "ad", "password": "1234567" });
    let wrong = anyone.post("/api/v1/auth/register", &body).await?;
    let kinds: Vec<_> = (0..3).map(|entry| &wrong.body["detail"][entry]["type"]).collect();
    assert_eq!(
        (wrong.status, kinds),
        (422, vec![&json!("value_error"), &json!("string_too_short"), &json!("string_too_short")])
    );
    let missing = anyone.post("/api/v1/auth/register", &json!({})).await?;
    assert_eq!(missing.body["detail"][0]["type"], json!("missing"));
    let short = ada.put("/api/v1/users/me", &json!({ "password": "1234567" })).await?;
    assert_eq!(
        (short.status, &short.body["detail"][0]["loc"]),
        (422, &json!(["body", "password"]))
    );

    register(&anyone, "bob").await?;
    let taken = ada.put("/api/v1/users/me", &json!({ "email": "BOB@example.com" })).await?;
    assert_eq!(told(&taken), (400, &json!("Email already registered")));
    Ok(())
}

#[tokio::test]
async fn a_new_password_keeps_the_session_that_set_it_and_ends_the_others() -> Result<()> {
    let service = service().await?;
    let anyone = service.client();
    let ada = register(&anyone, "ada").await?;
    let other = log_in(&anyone, "ada@example.com", "a longer secret").await?;
    let body = json!({ "password": "another secret", "current_password": "guess" });
    let wrong = ada.put("/api/v1/users/me", &body).await?;
    assert_eq!(told(&wrong), (400, &json!("Current password is wrong")));

    let changed = ada.put("/api/v1/users/me", &json!({ "password": "another secret" })).await?;
    assert_eq!(changed.status, 200, "{changed:?}");
    assert_eq!(ada.get("/api/v1/users/me").await?.status, 200);
    let ended = other.get("/api/v1/users/me").await?;
    assert_eq!(told(&ended), (401, &json!("Could not validate credentials")));
    assert!(log_in(&anyone, "ada@example.com", "a longer secret").await.is_err());
    log_in(&anyone, "ada@example.com", "another secret").await?;
    Ok(())
}

#[tokio::test]
async fn administrators_see_and_change_everybody() -> Result<()> {
    let service = service().await?;
    let anyone = service.client();
    let admin = log_in(&anyone, ADMIN.0, ADMIN.1).await?;
    let ada = register(&anyone, "ada").await?;
    let me = ada.get("/api/v1/users/me").await?.body;
    let id = me["_id"].as_str().context("no id")?;

    let list = admin.get("/api/v1/admin/users").await?;
    let names: Vec<_> =
        list.body.as_array().context("no list")?.iter().map(|of| &of["username"]).collect();
    assert_eq!((list.status, names), (200, vec![&json!("admin"), &json!("ada")]));
    assert_eq!(list.body[1], me);
    let path = format!("/api/v1/admin/users/{id}");
    assert_eq!(admin.get(&path).await?.body, me);
    let decimal = i64::from_str_radix(&id[8..], 16)?;
    assert_eq!(admin.get(&format!("/api/v1/admin/users/{decimal}/")).await?.body, me);

    let body = json!({ "username": "countess", "is_admin": true });
    let promoted = admin.put(&path, &body).await?;
    assert_eq!((promoted.status, &promoted.body["is_admin"]), (200, &json!(true)), "{promoted:?}");
    assert_eq!(ada.get("/api/v1/admin/users").await?.status, 200);
    let demoted = admin.put(&path, &json!({ "is_admin": false })).await?;
    assert_eq!(demoted.body["is_admin"], json!(false));
    let ended = ada.get("/api/v1/users/me").await?;
    assert_eq!(told(&ended), (401, &json!("Could not validate credentials")));
    let ada = log_in(&anyone, "ada@example.com", "a longer secret").await?;
    let refused = ada.get("/api/v1/admin/users").await?;
    assert_eq!(told(&refused), (403, &json!("The user doesn't have enough privileges")));

    let body = json!({ "is_active": false, "password": "set by the admin" });
    assert_eq!(admin.put(&path, &body).await?.body["is_active"], json!(false));
    let inactive = ada.get("/api/v1/users/me").await?;
    assert_eq!(told(&inactive), (403, &json!("Inactive user")));
    let right = json!({ "email": "ada@example.com", "password": "set by the admin" });
    let right = anyone.post("/api/v1/auth/login", &right).await?;
    assert_eq!(told(&right), (403, &json!("Inactive user")));
    let wrong = json!({ "email": "ada@example.com", "password": "a longer secret" });
    let wrong = anyone.post("/api/v1/auth/login", &wrong).await?;
    assert_eq!(told(&wrong), (401, &json!("Incorrect email or password")));
    admin.put(&path, &json!({ "is_active": true })).await?;
    log_in(&anyone, "ada@example.com", "set by the admin").await?;

    assert_eq!(admin.delete(&path).await?.status, 204);
    for answer in
        [admin.get(&path).await?, admin.delete(&path).await?, admin.put(&path, &json!({})).await?]
    {
        assert_eq!(told(&answer), (404, &json!("User not found")));
    }
    let list = admin.get("/api/v1/admin/users").await?;
    assert_eq!(list.body.as_array().map(Vec::len), Some(1));
    Ok(())
}

#[tokio::test]
async fn check_46_the_last_administrator_stays() -> Result<()> {
    let service = service().await?;
    let admin = log_in(&service.client(), ADMIN.0, ADMIN.1).await?;
    let me = admin.get("/api/v1/users/me").await?.body;
    let path = format!("/api/v1/admin/users/{}", me["_id"].as_str().context("no id")?);
    let refused = [
        admin.put(&path, &json!({ "is_admin": false, "username": "nobody" })).await?,
        admin.put(&path, &json!({ "is_active": false })).await?,
        admin.delete(&path).await?,
        admin.delete("/api/v1/users/me").await?,
    ];
    for refused in &refused {
        assert_eq!(told(refused), (400, &json!("Last administrator")));
    }
    assert_eq!(admin.get("/api/v1/users/me").await?.body, me);
    Ok(())
}

#[tokio::test]
async fn strangers_and_wrong_ids_get_nothing() -> Result<()> {
    let service = service().await?;
    let anyone = service.client();
    let admin = log_in(&anyone, ADMIN.0, ADMIN.1).await?;
    let somebody = "/api/v1/admin/users/68b58b40000000000000002a";
    for (method, path) in [
        (Method::GET, "/api/v1/users/me"),
        (Method::PUT, "/api/v1/users/me"),
        (Method::DELETE, "/api/v1/users/me"),
        (Method::GET, "/api/v1/admin/users"),
        (Method::GET, somebody),
        (Method::PUT, somebody),
        (Method::DELETE, somebody),
    ] {
        for (client, words) in [
            (anyone.clone(), "Not authenticated"),
            (anyone.with_token("garbage"), "Could not validate credentials"),
        ] {
            let answer = Answer::of(client.request(method.clone(), path)).await?;
            assert_eq!(told(&answer), (401, &json!(words)), "{method} {path}");
            assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
        }
    }
    for id in ["68b58b40000000000000002a", "4711", "not-an-id", "-1", "9223372036854775808"] {
        let answer = admin.get(&format!("/api/v1/admin/users/{id}")).await?;
        assert_eq!(told(&answer), (404, &json!("User not found")), "{id}");
    }
    Ok(())
}

#[tokio::test]
async fn a_name_has_fifty_characters_at_the_most() -> Result<()> {
    let service = service().await?;
    let anyone = service.client();
    let body = |length: usize| {
        json!({
            "email": format!("{length}@example.com"),
            "username": "é".repeat(length),
            "password": "a longer secret",
        })
    };
    for length in [3, 50] {
        let fits = anyone.post("/api/v1/auth/register", &body(length)).await?;
        assert_eq!(fits.status, 200, "{length}: {fits:?}");
    }
    for (length, kind) in [(2, "string_too_short"), (51, "string_too_long")] {
        let wrong = anyone.post("/api/v1/auth/register", &body(length)).await?;
        let told = (&wrong.body["detail"][0]["type"], &wrong.body["detail"][0]["loc"]);
        assert_eq!((wrong.status, told), (422, (&json!(kind), &json!(["body", "username"]))));
    }
    Ok(())
}

#[tokio::test]
async fn what_an_administrator_gets_wrong_is_said_as_to_anybody() -> Result<()> {
    let service = service().await?;
    let anyone = service.client();
    let admin = log_in(&anyone, ADMIN.0, ADMIN.1).await?;
    let ada = register(&anyone, "ada").await?.get("/api/v1/users/me").await?.body;
    register(&anyone, "bob").await?;
    let path = format!("/api/v1/admin/users/{}", ada["_id"].as_str().context("no id")?);
    let taken = admin.put(&path, &json!({ "email": "BOB@example.com" })).await?;
    assert_eq!(told(&taken), (400, &json!("Email already registered")));
    for (field, value) in [
        ("email", json!("nowhere")),
        ("username", json!("ad")),
        ("password", json!("1234567")),
        ("is_active", json!("perhaps")),
    ] {
        let wrong = admin.put(&path, &json!({ field: value })).await?;
        let place = &wrong.body["detail"][0]["loc"];
        assert_eq!((wrong.status, place), (422, &json!(["body", field])), "{wrong:?}");
    }
    let touched = admin.put(&path, &json!({})).await?;
    assert_eq!((touched.status, &touched.body["username"]), (200, &ada["username"]));
    Ok(())
}
