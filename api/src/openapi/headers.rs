//! The headers of answers.

use serde_json::{Map, Value, json};

/// Each header that is described: its name, what it is, an example.
const HEADERS: &[(&str, &str, &str)] = &[
    ("Allow", "The methods that there are", "GET,HEAD,POST"),
    (
        "Content-Disposition",
        "What to call the file",
        "attachment; filename=\"registre-export.json\"",
    ),
    ("ETag", "The state that this is; to be sent as `If-Match`", "\"3\""),
    ("Location", "Where it is from now on", "/api/v1/events/5"),
    (
        "Registre-Position",
        "The place of the log that the command was written at",
        "01990000-0000-4000-8000-000000000000-4711",
    ),
    (
        "Preference-Applied",
        "That `Prefer: respond-async` was heeded: the answer did not wait until reads show it",
        "respond-async",
    ),
    ("Registre-Projected", "Whether whoever reads next sees it", "true"),
    (
        "Registre-Read-Position",
        "The place of the log that the answer is of",
        "01990000-0000-4000-8000-000000000000-4711",
    ),
    ("Retry-After", "For how many seconds to wait", "1"),
    ("WWW-Authenticate", "How to say who asks", "Bearer"),
];

/// All of them, by name.
pub(super) fn all() -> Value {
    let described = HEADERS.iter().map(|(name, words, example)| {
        let header =
            json!({ "description": words, "schema": { "type": "string" }, "example": example });
        ((*name).to_owned(), header)
    });
    Value::Object(described.collect())
}

/// Adds to the answers of `operation` the headers that any such answer has, and words to those that
/// it names itself.
pub(super) fn complete(method: &str, operation: &mut Value) {
    let proves = operation["security"].is_array();
    for (status, response) in operation["responses"].as_object_mut().into_iter().flatten() {
        let own = response["headers"].as_object().into_iter().flatten();
        let own: Vec<String> = own.map(|(name, _)| name.clone()).collect();
        let general: &[&str] = match (status.as_str(), method) {
            ("200" | "201" | "204", "get") => &["Registre-Read-Position"],
            ("200" | "201" | "204", _) => {
                &["Preference-Applied", "Registre-Position", "Registre-Projected"]
            }
            ("401", _) if proves => &["WWW-Authenticate"],
            ("405", _) => &["Allow"],
            ("429" | "503", _) => &["Retry-After"],
            _ => &[],
        };
        let names = own.iter().map(String::as_str).chain(general.iter().copied());
        let headers: Map<String, Value> = names
            .map(|name| {
                let reference = format!("#/components/headers/{name}");
                (name.to_owned(), json!({ "$ref": reference }))
            })
            .collect();
        if !headers.is_empty() {
            response["headers"] = Value::Object(headers);
        }
    }
}
