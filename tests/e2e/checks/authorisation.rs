//! What somebody may see and do, and what they may not.

use anyhow::{Context, Result};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Service};

#[tokio::test]
async fn check_38_nobody_raises_themselves_by_a_field_that_is_not_theirs() -> Result<()> {
    let (service, admin) = Service::administered(&[]).await?;
    let anyone = service.client();
    let raised = json!({
        "email": "ada@example.com",
        "username": "ada",
        "password": "a longer secret",
        "id": 4_711,
        "_id": "68b58b40000000000000002a",
        "is_admin": true,
        "isAdmin": true,
        "role": "admin",
        "email_verified": true,
        "password_hash": "$argon2id$canary",
        "hashed_password": "$argon2id$canary",
        "user": { "is_admin": true },
    });
    let registered = anyone.post("/api/v1/auth/register", &raised).await?;
    let token = registered.body["access_token"].as_str();
    let ada = anyone.with_token(token.with_context(|| format!("{registered:?}"))?);
    let me = ada.get("/api/v1/users/me").await?.body;
    let twice = r#"{"username":"ada","is_admin":false,"is_admin":true,"username":"ada"}"#;
    let request = ada.request(Method::PUT, "/api/v1/users/me");
    let doubled = request.header("content-type", "application/json").body(twice);
    assert!([200, 422].contains(&Answer::of(doubled).await?.status));
    for path in ["/register", "/auth/register", "/auth/signup"] {
        let mut body = raised.clone();
        body["email"] = json!(format!("{}@example.com", path.replace('/', "")));
        body["name"] = json!("somebody");
        assert_eq!(anyone.post(path, &body).await?.status, 200, "{path}");
    }
    let changed = ada.put("/api/v1/users/me", &raised).await?;
    assert_eq!(changed.status, 200, "{changed:?}");
    for field in ["_id", "id", "is_admin", "is_active", "email", "username"] {
        assert_eq!(changed.body[field], me[field], "{field}");
    }
    let list = admin.get("/api/v1/admin/users").await?;
    let admins = list.body.as_array().context("no list")?.iter();
    assert_eq!(admins.filter(|user| user["is_admin"] == json!(true)).count(), 1, "{list:?}");
    assert!(!list.body.to_string().contains("canary"));
    assert!(!service.said().contains("canary"));
    Ok(())
}

#[tokio::test]
async fn check_39_and_40_messages_are_their_senders_and_their_receivers() -> Result<()> {
    let service = Service::standalone().await?;
    let anyone = service.client();
    let (ada, ada_id) = anyone.join("ada").await?;
    let (bob, bob_id) = anyone.join("bob").await?;
    let sent = ada.send(ada_id, "to myself").await?;
    let path = format!("/messages/{}/read", sent.body["id"]);
    let not_mine = bob.put(&path, &Value::Null).await?;
    let not_there = bob.put("/messages/4711/read", &Value::Null).await?;
    assert_eq!((not_mine.status, &not_mine.body), (404, &not_there.body));
    for method in [Method::GET, Method::PUT, Method::PATCH, Method::DELETE] {
        let path = format!("/messages/{}", sent.body["id"]);
        let refused = Answer::of(bob.request(method, &path)).await?;
        assert!([404, 405].contains(&refused.status), "{refused:?}");
    }
    let hello = ada.send(bob_id, "hello").await?;
    for name in ["user_id", "recipient", "receiver_id", "sender_id"] {
        let received = bob.get(&format!("/messages/received?{name}={ada_id}")).await?;
        assert_eq!(received.body["messages"], json!([hello.body]), "{name}");
        let sent = bob.get(&format!("/messages/sent?{name}={ada_id}")).await?;
        assert_eq!(sent.body, json!([]), "{name}");
    }
    Ok(())
}

#[tokio::test]
async fn check_41_a_machine_obeys_its_owner_and_administrators() -> Result<()> {
    let (service, admin) = Service::administered(&[]).await?;
    let anyone = service.client();
    let (ada, ada_id) = anyone.join("ada").await?;
    let (bob, bob_id) = anyone.join("bob").await?;
    let body = json!({
        "user_id": ada_id,
        "name": "web",
        "operating_system": "Debian",
        "cpu_cores": 1,
        "ram_gb": 1,
        "disk_gb": 1,
        "status": "running",
    });
    let machine = ada.post("/vm", &body).await?;
    let id = &machine.body["id"];
    let path = format!("/vm/{id}");
    for refused in [
        Answer::of(bob.request(Method::PATCH, &path).json(&json!({ "name": "mine" }))).await?,
        bob.delete(&path).await?,
        bob.post("/Stop_VM", &json!({ "vm_id": id })).await?,
        bob.post("/Attach_VM_to_user", &json!({ "vm_id": id, "user_id": bob_id })).await?,
    ] {
        assert_eq!(refused.status, 403, "{refused:?}");
    }
    assert_eq!(anyone.get(&path).await?.body, machine.body);
    assert_eq!(admin.delete(&path).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn check_44_and_45_no_header_and_no_spelling_of_a_path_opens_more() -> Result<()> {
    let service = Service::standalone().await?;
    let anyone = service.client();
    let (ada, _) = anyone.join("ada").await?;
    for (name, value) in [
        ("x-http-method-override", "DELETE"),
        ("x-method-override", "DELETE"),
        ("x-http-method", "DELETE"),
        ("x-original-url", "/api/v1/admin/users"),
        ("x-rewrite-url", "/api/v1/admin/users"),
        ("x-user-id", "1"),
        ("x-forwarded-user", "admin@example.com"),
        ("x-remote-user", "admin@example.com"),
    ] {
        let me = Answer::of(ada.request(Method::GET, "/auth/me").header(name, value)).await?;
        assert_eq!((me.status, &me.body["username"]), (200, &json!("ada")), "{name}");
        let stranger = anyone.request(Method::GET, "/auth/me").header(name, value);
        assert_eq!(Answer::of(stranger).await?.status, 401, "{name}");
        let posted = anyone.request(Method::POST, "/login").header(name, value);
        let posted = posted.json(&json!({ "email": "ada@example.com", "password": "ada" }));
        assert_eq!(Answer::of(posted).await?.status, 200, "{name}");
    }
    for path in [
        "//api/v1/admin/users",
        "/api/v1//admin/users",
        "/api/v1/admin/users/",
        "/API/V1/ADMIN/USERS",
        "/api/v1/admin%2fusers",
        "/api/v1/%61dmin/users",
        "/api/v1/x/../admin/users",
        "/api/v1/admin/users;a=b",
        "/api/v1/admin/users%00",
        "/dev/api/v1/admin/users",
        "/api:N1uLlTBt/api/v1/admin/users",
    ] {
        for client in [&anyone, &ada] {
            let refused = client.get(path).await?;
            assert!([401, 403, 404].contains(&refused.status), "{path}: {refused:?}");
        }
    }
    assert_eq!(ada.get("/auth/me").await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn check_47_a_list_is_bounded_whatever_is_asked_for() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, ada_id) = service.client().join("ada").await?;
    ada.send(ada_id, "hello").await?;
    for path in ["/users/", "/events/", "/messages/sent", "/messages/received"] {
        for (query, statuses) in [
            ("limit=1000000000", [200, 200]),
            ("limit=-1", [200, 422]),
            ("skip=-1", [200, 422]),
            ("skip=9223372036854775807", [200, 422]),
            ("limit=9223372036854775808", [200, 422]),
            ("limit=1e309", [200, 422]),
        ] {
            let answer = ada.get(&format!("{path}?{query}")).await?;
            assert!(statuses.contains(&answer.status), "{path}?{query}: {answer:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn check_48_whoever_takes_a_free_address_takes_nothing_else_with_it() -> Result<()> {
    let (service, admin) = Service::administered(&[]).await?;
    let anyone = service.client();
    let (ada, ada_id) = anyone.join("ada").await?;
    let (bob, bob_id) = anyone.join("bob").await?;
    bob.send(ada_id, "to the first Ada").await?;
    ada.send(bob_id, "from the first Ada").await?;
    let path = format!("/api/v1/admin/users/{ada_id}");
    admin.put(&path, &json!({ "is_admin": true })).await?;
    let ada = anyone.log_in("ada").await?;
    assert_eq!(ada.delete("/api/v1/users/me").await?.status, 204);

    let (again, again_id) = anyone.join("ada").await?;
    assert!(again_id > ada_id, "{again_id}");
    assert_eq!(again.get("/messages/received").await?.body["messages"], json!([]));
    assert_eq!(again.get("/messages/sent").await?.body, json!([]));
    assert_eq!(again.get("/api/v1/admin/users").await?.status, 403);
    assert_eq!(ada.get("/auth/me").await?.status, 401);
    let vms = anyone.get("/vm").await?;
    assert_eq!(vms.body, json!([]));
    Ok(())
}

#[tokio::test]
async fn check_42_members_see_no_history_and_auditors_change_nothing() -> Result<()> {
    let (service, admin) = Service::administered(&[]).await?;
    let (ada, ada_id) = service.client().join("ada").await?;
    let (grace, grace_id) = service.client().join("grace").await?;
    let auditor = json!({ "role": "auditor" });
    let promoted = admin.put(&format!("/api/v1/people/{grace_id}/role"), &auditor).await?;
    assert_eq!(promoted.status, 200, "{promoted:?}");
    let machine = json!({
        "name": "web", "operating_system": "Debian", "cpu_cores": 1, "ram_gb": 1, "disk_gb": 1,
    });
    let made = ada.post("/api/v1/machines", &machine).await?;
    assert_eq!(made.status, 201, "{made:?}");
    let vm = format!("/api/v1/machines/{}", made.body["id"]);
    let received = ada.send(grace_id, "Bonjour !").await?;
    let read = format!("/api/v1/messages/{}/read", received.body["id"]);

    for path in ["facts", "facts/1", "trace/1", "checkpoint", "proof/inclusion?position=1"] {
        let path = format!("/api/v1/audit/{path}");
        assert_eq!(ada.get(&path).await?.status, 403, "{path}");
    }
    assert_eq!(grace.get("/api/v1/audit/facts?limit=1").await?.status, 200);
    let event = json!({
        "title": "Fête", "description": "d", "date": "2030-06-21T18:00:00Z", "location": "Lyon",
    });
    for (method, path, body) in [
        (Method::POST, "/api/v1/events", event),
        (Method::POST, "/api/v1/messages", json!({ "receiver_id": ada_id, "content": "hello" })),
        (Method::PUT, read.as_str(), json!({})),
        (Method::POST, "/api/v1/machines", machine),
        (Method::PATCH, vm.as_str(), json!({ "name": "mine" })),
        (Method::POST, format!("{vm}/stop").as_str(), json!({})),
        (Method::PUT, format!("{vm}/owner").as_str(), json!({ "owner_id": grace_id })),
        (Method::DELETE, vm.as_str(), json!({})),
        (
            Method::PUT,
            format!("/api/v1/people/{ada_id}/active").as_str(),
            json!({ "active": false }),
        ),
        (
            Method::PUT,
            format!("/api/v1/people/{grace_id}/role").as_str(),
            json!({ "role": "admin" }),
        ),
        (Method::DELETE, format!("/api/v1/people/{ada_id}").as_str(), json!({})),
        (Method::POST, "/api/v1/api-keys", json!({ "name": "n", "scopes": ["directory"] })),
    ] {
        let refused = Answer::of(grace.request(method.clone(), path).json(&body)).await?;
        assert_eq!(refused.status, 403, "{method} {path}: {refused:?}");
    }
    // What keeps their own account safe is theirs.
    let new = json!({ "current_password": "grace", "password": "correct horse" });
    assert_eq!(grace.put("/api/v1/people/me/password", &new).await?.status, 200);
    assert_eq!(grace.delete("/api/v1/sessions").await?.status, 204);
    Ok(())
}

#[tokio::test]
async fn check_78_an_auditor_who_asks_without_end_is_told_to_wait_and_nobody_else_is() -> Result<()>
{
    let (service, admin) = Service::administered(&[]).await?;
    let (grace, grace_id) = service.client().join("grace").await?;
    let auditor = json!({ "role": "auditor" });
    admin.put(&format!("/api/v1/people/{grace_id}/role"), &auditor).await?;
    let path = "/api/v1/audit/facts?limit=1";
    let refused = tests::patient(async {
        loop {
            let answer = grace.get(path).await?;
            if answer.status != 200 {
                return anyhow::Ok(answer);
            }
        }
    });
    let refused = refused.await??;
    assert_eq!(refused.status, 429, "{refused:?}");
    assert!(refused.header("retry-after").is_some(), "{refused:?}");
    assert_eq!(admin.get(path).await?.status, 200);
    assert_eq!(grace.get("/api/v1/people").await?.status, 200);
    Ok(())
}
