//! The Inventory façade, request by request, as its published clients make them.

use anyhow::{Context, Result};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Client, Service};

/// The path of the published client's base URL.
const BASE: &str = "/api:N1uLlTBt";

fn keys(object: &Value) -> Vec<&str> {
    object.as_object().map(|fields| fields.keys().map(String::as_str).collect()).unwrap_or_default()
}

fn machine(owner: &Value) -> Value {
    json!({
        "user_id": owner,
        "name": "prod-Jeune",
        "operating_system": "Fedora 38",
        "cpu_cores": 4,
        "ram_gb": 16,
        "disk_gb": 250,
        "status": "running",
    })
}

async fn sign_up(client: &Client, name: &str) -> Result<(Client, i64)> {
    let email = format!("{}@example.com", name.to_lowercase().replace(' ', "."));
    let body = json!({ "name": name, "email": email, "password": "secret" });
    let answer = client.post("/auth/signup", &body).await?;
    let token = answer.body["authToken"].as_str();
    let member = client.with_token(token.with_context(|| format!("no token in {answer:?}"))?);
    let me = member.get("/auth/me").await?;
    Ok((member, me.body["id"].as_i64().with_context(|| format!("no id in {me:?}"))?))
}

async fn ask(client: &Client, method: Method, path: &str, body: &Value) -> Result<Answer> {
    Answer::of(client.request(method, path).json(body)).await
}

#[tokio::test]
async fn the_call_sequence_of_the_published_client_works_below_its_own_base() -> Result<()> {
    let service = Service::standalone().await?;
    let anyone = service.client().at(&format!("{}{BASE}", service.url));

    let hélène = json!({
        "name": "Hélène Lemaire",
        "email": "hélène.lemaire@outlook.com",
        "password": "secret",
    });
    let signed_up = anyone.post("/auth/signup", &hélène).await?;
    assert_eq!((signed_up.status, keys(&signed_up.body)), (200, vec!["authToken"]));
    let again = anyone.post("/auth/signup", &hélène).await?;
    let duplicate = json!({ "code": "ERROR_FATAL", "message": "Duplicate record detected." });
    assert_eq!((again.status, &again.body), (400, &duplicate));

    let logged_in = anyone.post("/auth/login", &hélène).await?;
    let token = logged_in.body["authToken"].as_str().context("no token")?;
    let member = anyone.with_token(token);
    let me = member.get("/auth/me").await?;
    let (id, name, email) = (&me.body["id"], &me.body["name"], &me.body["email"]);
    assert_eq!((name, email), (&hélène["name"], &hélène["email"]));

    let made = member.post("/vm", &machine(id)).await?;
    assert_eq!(made.status, 200, "{made:?}");
    let fields = [
        "id",
        "created_at",
        "user_id",
        "name",
        "operating_system",
        "cpu_cores",
        "ram_gb",
        "disk_gb",
        "status",
    ];
    assert_eq!(keys(&made.body), fields);
    for (field, value) in machine(id).as_object().context("it is an object")? {
        assert_eq!(&made.body[field], value, "{field}");
    }

    // The report reads both lists without a token, and divides the times by a thousand.
    let (users, vms) = (anyone.get("/user").await?, anyone.get("/vm").await?);
    assert_eq!(vms.body, json!([made.body]));
    assert_eq!(keys(&users.body[0]), ["id", "created_at", "name", "email"]);
    let milliseconds = users.body[0]["created_at"].as_i64().context("it is a number")?;
    assert!(milliseconds > 1_700_000_000_000, "{milliseconds}");
    assert!(made.body["created_at"].is_i64());
    Ok(())
}

#[tokio::test]
async fn people_are_created_by_any_member_and_listed_to_everybody() -> Result<()> {
    let service = Service::standalone().await?;
    let anyone = service.client();
    let (member, id) = sign_up(&anyone, "Ada").await?;
    let bob = json!({ "name": "Zoë Bob", "email": "Zoë.Bob@free.fr", "password": "password123" });
    let refused = anyone.post("/user", &bob).await?;
    let told = (refused.status, &refused.body["code"]);
    assert_eq!(told, (401, &json!("ERROR_CODE_UNAUTHORIZED")), "{refused:?}");

    let created = member.post("/user", &bob).await?;
    assert_eq!(
        (created.status, keys(&created.body)),
        (200, vec!["id", "created_at", "name", "email"])
    );
    assert_eq!((&created.body["name"], &created.body["email"]), (&bob["name"], &bob["email"]));
    let again = member.post("/user", &bob).await?;
    assert_eq!((again.status, &again.body["message"]), (400, &json!("Duplicate record detected.")));

    let list = anyone.get("/user").await?;
    let ids: Vec<_> = list.body.as_array().into_iter().flatten().map(|user| &user["id"]).collect();
    assert_eq!(ids, [&json!(id), &created.body["id"]]);
    let one = anyone.get(&format!("/user/{}", created.body["id"])).await?;
    assert_eq!((one.status, &one.body), (200, &created.body));
    let nobody = anyone.get("/user/4711").await?;
    let expected = json!({ "code": "ERROR_CODE_NOT_FOUND", "message": "Not Found." });
    assert_eq!((nobody.status, nobody.body), (404, expected));
    Ok(())
}

#[tokio::test]
async fn somebody_changes_and_erases_themselves_and_their_machines_go_with_them() -> Result<()> {
    let service = Service::standalone().await?;
    let anyone = service.client();
    let (ada, id) = sign_up(&anyone, "Ada").await?;
    let (bob, _) = sign_up(&anyone, "Bob").await?;
    let path = format!("/user/{id}");
    let before = anyone.get(&path).await?.body;
    let vm = ada.post("/vm", &machine(&json!(id))).await?.body["id"].clone();

    let foreign = ask(&bob, Method::PATCH, &path, &json!({ "name": "Bob's" })).await?;
    let denied = json!({ "code": "ERROR_CODE_ACCESS_DENIED", "message": "Access Denied." });
    assert_eq!((foreign.status, &foreign.body), (403, &denied));
    let foreign = ask(&bob, Method::DELETE, &path, &json!({})).await?;
    assert_eq!((foreign.status, &foreign.body), (403, &denied));
    let taken = ask(&ada, Method::PATCH, &path, &json!({ "email": "BOB@example.com" })).await?;
    assert_eq!((taken.status, &taken.body["message"]), (400, &json!("Duplicate record detected.")));
    let wrong = ask(&ada, Method::PATCH, &path, &json!({ "name": "" })).await?;
    assert_eq!((wrong.status, &wrong.body["payload"]["param"]), (400, &json!("name")));

    let new = json!({ "name": "Ada Été", "email": "Ada@été.example", "password": "new" });
    let changed = ask(&ada, Method::PATCH, &path, &new).await?;
    let expected = json!({
        "id": id,
        "created_at": before["created_at"],
        "name": "Ada Été",
        "email": "Ada@été.example",
    });
    assert_eq!((changed.status, &changed.body), (200, &expected));
    assert_eq!(anyone.get(&path).await?.body, expected);
    let login = json!({ "email": "ada@été.example", "password": "new" });
    assert_eq!(anyone.post("/auth/login", &login).await?.status, 200);
    let nothing = ask(&ada, Method::PATCH, &path, &json!({})).await?;
    assert_eq!((nothing.status, &nothing.body), (200, &expected));

    let gone = Answer::of(ada.request(Method::DELETE, &path)).await?;
    assert_eq!((gone.status, &gone.body), (200, &json!({})));
    for path in [path.clone(), format!("/users/{id}"), format!("/vm/{vm}")] {
        assert_eq!(anyone.get(&path).await?.status, 404, "{path}");
    }
    assert_eq!(anyone.get("/vm").await?.body, json!([]));
    assert_eq!(ask(&ada, Method::PATCH, &path, &json!({})).await?.status, 401);
    let again = anyone.post("/auth/signup", &new).await?;
    assert_eq!(again.status, 200, "the address is free: {again:?}");
    Ok(())
}

#[tokio::test]
async fn an_administrator_changes_everybody_but_whom_the_lists_do_not_show() -> Result<()> {
    let named =
        [("FIRST_SUPERUSER_EMAIL", "admin@example.com"), ("FIRST_SUPERUSER_PASSWORD", "secret")];
    let service = Service::configured(&named).await?;
    let anyone = service.client();
    let login = json!({ "email": "admin@example.com", "password": "secret" });
    let login = anyone.post("/auth/login", &login).await?;
    let admin = anyone.with_token(login.body["authToken"].as_str().context("no token")?);
    let (ada, id) = sign_up(&anyone, "Ada").await?;
    let path = format!("/user/{id}");
    let changed = ask(&admin, Method::PATCH, &path, &json!({ "password": "set" })).await?;
    assert_eq!(changed.status, 200, "{changed:?}");
    assert_eq!(ada.get("/auth/me").await?.status, 401, "a new password ends her sessions");
    let me = admin.get("/auth/me").await?.body["id"].clone();
    let by_phone = json!({ "phone_number": "0123456789", "password": "secret" });
    let phone = anyone.post("/api/register/", &by_phone).await?.body["user_id"].clone();
    for hidden in [me, phone, json!(4_711)] {
        for method in [Method::PATCH, Method::DELETE] {
            let answer = ask(&admin, method, &format!("/user/{hidden}"), &json!({})).await?;
            let told = (answer.status, &answer.body["code"]);
            assert_eq!(told, (404, &json!("ERROR_CODE_NOT_FOUND")), "{hidden}");
        }
    }
    assert_eq!(ask(&admin, Method::DELETE, &path, &json!({})).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_machine_is_changed_stopped_handed_over_and_deleted() -> Result<()> {
    let service = Service::standalone().await?;
    let anyone = service.client();
    let (ada, ada_id) = sign_up(&anyone, "Ada").await?;
    let (bob, bob_id) = sign_up(&anyone, "Bob").await?;
    // Any member may create one for anybody.
    let made = bob.post("/vm", &machine(&json!(ada_id))).await?;
    let path = format!("/vm/{}", made.body["id"]);

    let other = json!({ "name": "web-Été", "cpu_cores": 87, "operating_system": "loquat date" });
    let changed = ask(&ada, Method::PATCH, &path, &other).await?;
    let shown = (changed.status, &changed.body["name"], &changed.body["cpu_cores"]);
    assert_eq!(shown, (200, &json!("web-Été"), &json!(87)));
    assert_eq!(anyone.get(&path).await?.body, changed.body);

    let vm = &made.body["id"];
    let stopped = ada.post("/Stop_VM", &json!({ "vm_id": vm })).await?;
    assert_eq!((stopped.status, &stopped.body["status"]), (200, &json!("stopped")));
    let to_bob = json!({ "vm_id": vm, "user_id": bob_id });
    let attached = ada.post("/Attach_VM_to_user", &to_bob).await?;
    assert_eq!((attached.status, &attached.body["user_id"]), (200, &json!(bob_id)));
    let moved = (&attached.body["name"], &attached.body["created_at"]);
    assert_eq!(moved, (&json!("web-Été"), &made.body["created_at"]));

    let foreign = ask(&ada, Method::DELETE, &path, &json!({})).await?;
    let told = (foreign.status, &foreign.body["code"]);
    assert_eq!(told, (403, &json!("ERROR_CODE_ACCESS_DENIED")), "Ada owns it no more");
    let deleted = Answer::of(bob.request(Method::DELETE, &path)).await?;
    assert_eq!((deleted.status, &deleted.body), (200, &json!({})));
    assert_eq!(anyone.get(&path).await?.status, 404);
    assert_eq!(anyone.get("/vm").await?.body, json!([]));
    let gone = bob.post("/Stop_VM", &json!({ "vm_id": vm })).await?;
    assert_eq!((gone.status, &gone.body["code"]), (404, &json!("ERROR_CODE_NOT_FOUND")));
    Ok(())
}

#[tokio::test]
async fn what_is_wrong_with_a_body_is_told_in_the_words_of_the_facade() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, id) = sign_up(&service.client(), "Ada").await?;
    let mut minimal = machine(&json!(id));
    minimal.as_object_mut().context("it is an object")?.remove("status");
    let made = ada.post("/vm", &minimal).await?;
    assert_eq!((made.status, &made.body["status"]), (200, &json!("stopped")), "by default");

    for (field, value) in [
        ("user_id", json!(4_711)),
        ("user_id", json!(null)),
        ("name", json!("")),
        ("operating_system", json!(7)),
        ("cpu_cores", json!(0)),
        ("cpu_cores", json!("4")),
        ("ram_gb", json!(1.5)),
        ("disk_gb", json!(-1)),
        ("status", json!("asleep")),
    ] {
        let mut body = machine(&json!(id));
        body[field] = value;
        let refused = ada.post("/vm", &body).await?;
        let told = (refused.status, &refused.body["code"], &refused.body["payload"]["param"]);
        assert_eq!(told, (400, &json!("ERROR_CODE_INPUT_ERROR"), &json!(field)), "{body}");
    }
    for (kind, body, status) in [
        ("application/json", "", 400),
        ("application/json", "[1]", 400),
        ("application/json", "{\"vm_id\": ", 400),
        ("application/x-www-form-urlencoded", "vm_id=1", 400),
        ("text/plain", "{\"vm_id\": 1}", 415),
    ] {
        let request = ada.request(Method::POST, "/Stop_VM").header("content-type", kind);
        let refused = Answer::of(request.body(body)).await?;
        assert_eq!(
            (refused.status, keys(&refused.body)),
            (status, vec!["code", "message"]),
            "{kind} {body}"
        );
    }
    let path = ada.get("/vm/abc").await?;
    assert_eq!((path.status, &path.body["code"]), (400, &json!("ERROR_CODE_INPUT_ERROR")));
    let method = Answer::of(ada.request(Method::PUT, "/vm")).await?;
    assert_eq!((method.status, keys(&method.body)), (405, vec!["code", "message"]));
    assert!(method.headers.contains_key("allow"));
    Ok(())
}

#[tokio::test]
async fn strangers_read_and_write_nothing() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, id) = sign_up(&service.client(), "Ada").await?;
    let vm = ada.post("/vm", &machine(&json!(id))).await?.body["id"].clone();
    let (one, attach) = (format!("/vm/{vm}"), json!({ "vm_id": vm, "user_id": id }));
    for stranger in [service.client(), service.client().with_token("garbage")] {
        for (method, path) in [
            (Method::POST, "/user"),
            (Method::POST, "/vm"),
            (Method::PATCH, one.as_str()),
            (Method::DELETE, one.as_str()),
            (Method::POST, "/Attach_VM_to_user"),
            (Method::POST, "/Stop_VM"),
        ] {
            // Who asks is looked at before what they send.
            for body in [&attach, &json!("rubbish")] {
                let refused = ask(&stranger, method.clone(), path, body).await?;
                let told = (refused.status, &refused.body["code"]);
                assert_eq!(told, (401, &json!("ERROR_CODE_UNAUTHORIZED")), "{method} {path}");
            }
        }
        for path in ["/user", "/vm", &one, &format!("/user/{id}")] {
            let (without, with) =
                (stranger.get(path).await?, stranger.get(&format!("{path}/")).await?);
            assert_eq!((without.status, with.status), (200, 200), "{path}");
            assert_eq!(without.body, with.body);
        }
    }
    Ok(())
}

#[tokio::test]
async fn lists_take_no_pages_and_machines_no_status_that_there_is_not() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, id) = sign_up(&service.client(), "Ada").await?;
    let vm = ada.post("/vm", &machine(&json!(id))).await?.body["id"].clone();
    for path in ["/user", "/vm"] {
        let page = ada.get(&format!("{path}?skip=1&limit=many")).await?;
        assert_eq!(page.body.as_array().map(Vec::len), Some(1), "{path}: {page:?}");
    }
    for (field, value) in [("status", json!("asleep")), ("cpu_cores", json!("4"))] {
        let refused =
            ask(&ada, Method::PATCH, &format!("/vm/{vm}"), &json!({ field: value })).await?;
        let told = (refused.status, &refused.body["payload"]["param"]);
        assert_eq!(told, (400, &json!(field)), "{refused:?}");
    }
    Ok(())
}
