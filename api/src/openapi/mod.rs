//! The description of all this for programs, after the OpenAPI specification, and a page that shows
//! it.
//!
//! Each endpoint describes itself in its own file. What is true of all of them is added here. The
//! result also stands in `api/openapi.json`, where its changes can be reviewed: a test keeps it up to
//! date.

mod page;
mod sockets;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use axum::{Router, http::header::CONTENT_TYPE, routing::get};
use serde_json::{Value, json};
use utoipa::OpenApi;

use crate::{App, community, health, native::asyncapi};

/// The description as it is served.
static DOCUMENT: LazyLock<String> = LazyLock::new(|| {
    let document = serde_json::to_string_pretty(&document());
    document.expect("it is plain JSON") + "\n"
});

/// Paths that lead to the same place as others, because the documents of their clients and the
/// services behind these disagreed.
const ALIASES: &[(&str, &str)] = &[("/auth/register", "/register"), ("/auth/login", "/login")];

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Registre",
        description = "People, calendar events and messages, kept as a log of facts. A slash at \
                       the end of a path makes no difference. Answers to commands carry \
                       `Registre-Position`, answers from the read models \
                       `Registre-Read-Position`."
    ),
    paths(
        community::welcome::handler,
        community::register::handler,
        community::log_in::handler,
        community::log_out::handler,
        community::me::handler,
        community::users::list,
        community::users::one,
        community::events::create,
        community::events::list,
        community::events::one,
        community::messages::send,
        community::messages::received,
        community::messages::sent,
        community::messages::mark_read,
        health::live,
        health::ready,
    ),
    components(schemas(community::failure::Detail, community::failure::Invalid)),
    tags(
        (name = "people", description = "Accounts and sessions"),
        (name = "events", description = "The calendar"),
        (name = "messages", description = "From one person to another"),
        (name = "service", description = "About the service itself"),
    )
)]
struct Described;

/// The routes that serve the description and the page that shows it.
pub(crate) fn router() -> Router<App> {
    Router::new()
        .route(
            "/openapi.json",
            get(async || ([(CONTENT_TYPE, "application/json")], DOCUMENT.as_str())),
        )
        .route("/asyncapi.json", get(asyncapi::handler))
        .merge(page::router())
}

/// The whole description, made from what the endpoints say.
fn document() -> Value {
    let mut document = serde_json::to_value(Described::openapi()).expect("it is plain JSON");
    document["components"]["securitySchemes"] = json!({
        "bearer": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT" },
    });
    let paths = &mut document["paths"];
    for (alias, path) in ALIASES {
        let mut item = paths[path].clone();
        for (_, operation) in item.as_object_mut().into_iter().flatten() {
            let name = operation["operationId"].as_str().unwrap_or_default().to_owned();
            operation["operationId"] = json!(format!("{name}_alias"));
        }
        paths[alias] = item;
    }
    for (path, item) in paths.as_object_mut().into_iter().flatten() {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            complete(path, method, operation);
        }
    }
    sockets::describe(paths);
    document
}

/// Adds what any endpoint of its kind may answer.
fn complete(path: &str, method: &str, operation: &mut Value) {
    let takes_body = operation["requestBody"].is_object();
    let takes_query = operation["parameters"]
        .as_array()
        .is_some_and(|parameters| parameters.iter().any(|parameter| parameter["in"] == "query"));
    let secured = operation["security"].is_array();
    let mut add = |code: &str, words: &str, schema: &str| {
        let schema = json!({ "$ref": format!("#/components/schemas/{schema}") });
        let response = json!({
            "description": words,
            "content": { "application/json": { "schema": schema } },
        });
        let responses = operation["responses"].as_object_mut();
        responses.expect("each operation has answers").entry(code).or_insert(response);
    };
    if takes_body {
        add("400", "The body broke off", "Detail");
        add("408", "The body did not arrive in time", "Detail");
        add("413", "The body is larger than 64 KiB", "Detail");
        add("415", "The body is neither JSON nor what else is taken here", "Detail");
        add("422", "The body is not as it should be", "Invalid");
    }
    if takes_query {
        add("400", "The query string cannot be read", "Detail");
    }
    if takes_query || path.contains('{') {
        add("422", "A parameter is not as it should be", "Invalid");
    }
    if secured {
        add("401", "No bearer token, or one that proves nothing", "Detail");
    }
    if method != "get" || path != "/" {
        add("503", "A part of the service is away; try again", "Detail");
    }
    add("414", "Path and query are too long", "Detail");
    add("431", "The header is too large", "Detail");
    add("500", "An error of ours", "Detail");
}
