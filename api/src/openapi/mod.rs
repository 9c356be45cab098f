//! The description of all this for programs, after the OpenAPI specification, and a page that shows
//! it.
//!
//! Each endpoint describes itself in its own file, and each façade says in its own folder which they
//! are and how it refuses. What follows from that for each of them is added here. The result also
//! stands in `api/openapi.json`, where its changes can be reviewed: a test keeps it up to date.

mod complete;
mod headers;
mod page;
mod service;
mod sockets;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use axum::{Router, http::header::CONTENT_TYPE, routing::get};
use serde_json::{Value, json};
use utoipa::OpenApi;

use crate::{
    App, accounts, community, directory, inventory,
    native::{self, asyncapi},
    phone,
};

/// The description as it is served.
static DOCUMENT: LazyLock<String> = LazyLock::new(|| {
    let document = serde_json::to_string_pretty(&document());
    document.expect("it is plain JSON") + "\n"
});

/// Routes that are described together: those of one façade, or of our own API.
pub(crate) struct Group {
    /// What it is called.
    pub(crate) name: &'static str,
    /// What it is about.
    pub(crate) words: &'static str,
    /// What its endpoints say of themselves.
    pub(crate) document: fn() -> utoipa::openapi::OpenApi,
    /// How it refuses.
    pub(crate) envelope: Envelope,
    /// Paths that lead to the same place as others, because the documents of its clients and the
    /// services behind these disagreed.
    pub(crate) aliases: &'static [(&'static str, &'static str)],
}

/// How a façade refuses: which schema stands for what.
pub(crate) struct Envelope {
    /// The type of a refusal.
    pub(crate) media: &'static str,
    /// Of a refusal that is like all others.
    pub(crate) refusal: &'static str,
    /// Status and schema where a body is not as it should be.
    pub(crate) invalid: (&'static str, &'static str),
    /// The status where a parameter is not, with the same schema; none where that is just nobody's.
    pub(crate) misplaced: Option<&'static str>,
    /// Whether parameters may be cursors, which are of one log.
    pub(crate) cursors: bool,
}

const GROUPS: &[&Group] = &[
    &community::GROUP,
    &accounts::GROUP,
    &inventory::GROUP,
    &phone::GROUP,
    &directory::GROUP,
    &native::GROUP,
    &service::GROUP,
];

#[derive(OpenApi)]
#[openapi(info(
    title = "Registre",
    description = "People, calendar events, messages and machines, kept as a log of facts, through \
                   the façades of five published clients, and through an API of its own: each group \
                   of routes is one of them. A slash at the end of a path makes no difference. Answers to commands carry \
                   `Registre-Position`, answers from the read models `Registre-Read-Position`."
))]
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
    document["paths"] = json!({});
    document["components"] = json!({
        "schemas": {},
        "headers": headers::all(),
        "securitySchemes": {
            "bearer": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT" },
            "api_key": { "type": "apiKey", "in": "header", "name": "x-api-key" },
        },
    });
    for group in GROUPS {
        let mut part = serde_json::to_value((group.document)()).expect("it is plain JSON");
        complete::complete(group, &mut part["paths"]);
        extend(&mut document["paths"], &part["paths"]);
        extend(&mut document["components"]["schemas"], &part["components"]["schemas"]);
    }
    let tags = GROUPS.iter().map(|of| json!({ "name": of.name, "description": of.words }));
    document["tags"] = tags.collect();
    sockets::describe(&mut document["paths"]);
    document
}

fn extend(all: &mut Value, more: &Value) {
    for (name, value) in more.as_object().into_iter().flatten() {
        all[name] = value.clone();
    }
}
