//! Bodies that make no sense, for every route that takes one: each is refused with a status of the
//! client's, in the envelope of the façade.

use anyhow::{Context, Result};
use reqwest::Method;
use serde_json::{Map, Value, json};
use tests::{Answer, Client, Service};

const KEY: &str = "a key of one client";

/// A route that takes a body.
struct Route {
    method: Method,
    path: String,
    facade: String,
    /// Its fields, with what may stand in them.
    fields: Map<String, Value>,
}

/// All of them, as the description has them, with the ids of `known` in their paths.
fn routes(description: &Value, known: &[(&str, i64)]) -> Result<Vec<Route>> {
    let mut routes = Vec::new();
    for (path, item) in description["paths"].as_object().context("there are paths")? {
        for (method, operation) in item.as_object().context("an item")? {
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            let Some(reference) = schema["$ref"].as_str() else { continue };
            let schema = description.pointer(reference.trim_start_matches('#'));
            let properties = schema.and_then(|schema| schema["properties"].as_object());
            let id = |part: &str| {
                let known = known.iter().find(|(name, _)| part == format!("{{{name}}}"));
                known.map_or(7, |(_, id)| *id).to_string()
            };
            let path = path
                .split('/')
                .map(|part| if part.starts_with('{') { id(part) } else { part.to_owned() });
            routes.push(Route {
                method: Method::from_bytes(method.to_uppercase().as_bytes())?,
                path: path.collect::<Vec<_>>().join("/"),
                facade: operation["tags"][0].as_str().context("no façade")?.to_owned(),
                fields: properties.context("no fields")?.clone(),
            });
        }
    }
    Ok(routes)
}

impl Route {
    /// A body with `value` in each of its fields.
    fn filled(&self, value: &Value) -> String {
        let fields = self.fields.keys().map(|name| (name.clone(), value.clone()));
        Value::Object(fields.collect()).to_string()
    }

    /// Bodies that make no sense, each with what is wrong with it and its type.
    fn garbage(&self) -> Vec<(&'static str, &'static str, String)> {
        const JSON: &str = "application/json";
        const FORM: &str = "application/x-www-form-urlencoded";
        let name = self.fields.keys().next().map_or("x", String::as_str);
        let deep = |open: &str, close: &str| open.repeat(10_000) + "1" + &close.repeat(10_000);
        let mut garbage = vec![
            ("bad JSON", JSON, "{\"".to_owned()),
            ("no object", JSON, "[1]".to_owned()),
            ("no text", JSON, "\u{0}\u{1}".to_owned()),
            ("another type", "text/plain", self.filled(&json!("x"))),
            ("another type", "application/xml", "<x/>".to_owned()),
            ("a form of nothing", FORM, String::new()),
            ("a form of other things", FORM, "one=1&two=%00".to_owned()),
            ("a form that is none", FORM, "%zz&=&&%ff=%ff".to_owned()),
            ("1 MB", JSON, self.filled(&json!("x".repeat(1_000_000)))),
            ("NUL", JSON, self.filled(&json!("a\u{0}b"))),
            ("a lone surrogate", JSON, format!("{{\"{name}\": \"\\ud800\"}}")),
            ("depth", JSON, deep("[", "]")),
            ("depth", JSON, format!("{{\"{name}\": {}}}", deep("{\"a\":", "}"))),
            ("lists", JSON, self.filled(&json!([7]))),
        ];
        // What is wrong in one field alone is not covered up by another.
        for name in self.fields.keys() {
            garbage.push(("NUL in one", JSON, json!({ name: "a\u{0}b" }).to_string()));
            garbage.push(("a list in one", JSON, json!({ name: [7] }).to_string()));
            garbage.push(("a surrogate in one", JSON, format!("{{\"{name}\": \"\\ud800\"}}")));
        }
        // Django's clients may send numbers, which are as good as their digits.
        if self.facade != "phone" {
            garbage.push(("numbers", JSON, self.filled(&json!(1.5))));
        }
        garbage
    }
}

/// Whether `body` is a refusal as the clients of `facade` read it.
fn is_refusal(facade: &str, body: &Value) -> bool {
    match facade {
        "community" | "accounts" => body["detail"].is_string() || body["detail"].is_array(),
        "inventory" => body["code"].is_string() && body["message"].is_string(),
        "directory" => body["message"].is_string() && body["code"].is_null(),
        "phone" => body["detail"].is_string() || body["error"].is_string(),
        _ => body["type"].is_string() && body["status"].is_u64(),
    }
}

async fn is_refused(client: &Client, route: &Route) -> Result<()> {
    for (wrong, kind, body) in route.garbage() {
        let request = client.request(route.method.clone(), &route.path);
        let request = request.header("x-api-key", KEY).header("content-type", kind);
        let answer = Answer::of(request.body(body)).await?;
        let told = format!("{} {}, {wrong}: {answer:?}", route.method, route.path);
        assert!((400..500).contains(&answer.status), "{told}");
        let kind = answer.header("content-type").unwrap_or_default();
        assert!(kind == "application/json" || kind == "application/problem+json", "{told}");
        assert!(is_refusal(&route.facade, &answer.body), "{told}");
    }
    Ok(())
}

#[tokio::test]
async fn a_body_that_makes_no_sense_is_refused_in_the_facades_own_envelope() -> Result<()> {
    let service = Service::configured(&[
        ("REGISTRE_DIRECTORY_KEYS", KEY),
        ("FIRST_SUPERUSER_EMAIL", "admin@example.com"),
        ("FIRST_SUPERUSER_PASSWORD", "secret"),
    ])
    .await?;
    let anyone = service.client();
    let (ada, ada_id) = anyone.join("ada").await?;
    let vm = json!({ "name": "un", "operating_system": "Debian 12", "cpu_cores": 2, "ram_gb": 4,
        "disk_gb": 20, "status": "running", "user_id": ada_id });
    let vm = ada.post("/vm", &vm).await?;
    let vm = vm.body["id"].as_i64().with_context(|| format!("no machine: {vm:?}"))?;
    let login = json!({ "email": "admin@example.com", "password": "secret" });
    let login = anyone.post("/login", &login).await?;
    let admin = anyone.with_token(login.body["access_token"].as_str().context("no token")?);
    let known = [("user_id", ada_id), ("vm_id", vm), ("person_id", ada_id), ("machine_id", vm)];
    let routes = routes(&anyone.get("/openapi.json").await?.body, &known)?;
    assert!(routes.len() > 30, "too few routes take a body: {}", routes.len());
    for route in &routes {
        // To some of them a route is closed: they hear so, however much they send.
        for client in [&anyone, &ada, &admin] {
            is_refused(client, route).await?;
        }
    }
    assert_eq!(ada.get("/auth/me").await?.status, 200);
    Ok(())
}
