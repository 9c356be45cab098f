//! What is true of each endpoint of a façade, and so is not said in its own file.

use serde_json::{Value, json};

use super::{Envelope, Group, headers};

/// Adds to each of `paths` what any endpoint of its kind may answer, and the paths that lead to the
/// same place.
pub(super) fn complete(group: &Group, paths: &mut Value) {
    for (alias, path) in group.aliases {
        let mut item = paths[path].clone();
        let name = alias.replace('/', "_");
        for (_, operation) in item.as_object_mut().into_iter().flatten() {
            let own = operation["operationId"].as_str().unwrap_or_default();
            operation["operationId"] = json!(format!("{own}_at{name}"));
        }
        paths[alias] = item;
    }
    for (path, item) in paths.as_object_mut().into_iter().flatten() {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            operation["tags"] = json!([group.name]);
            let answers = answers(&group.envelope, path, method, operation);
            for (status, schema, words) in answers {
                add(operation, group.envelope.media, (status, schema, words));
            }
            told(&group.envelope, operation);
            headers::complete(method, operation);
        }
    }
}

fn add(operation: &mut Value, media: &str, (status, schema, words): (&str, &str, &str)) {
    let response = json!({ "description": words, "content": content(media, schema) });
    let responses = operation["responses"].as_object_mut();
    responses.expect("each operation has answers").entry(status).or_insert(response);
}

/// Says how a refusal looks that `operation` has only words for.
fn told(envelope: &Envelope, operation: &mut Value) {
    for (status, response) in operation["responses"].as_object_mut().into_iter().flatten() {
        let refusal = status.starts_with(['4', '5']);
        if refusal && response["content"].is_null() {
            response["content"] = content(envelope.media, envelope.refusal);
        }
    }
}

fn content(media: &str, schema: &str) -> Value {
    json!({ media: { "schema": { "$ref": format!("#/components/schemas/{schema}") } } })
}

/// Status, schema and words of what `operation` may answer besides what it says itself.
fn answers(
    envelope: &Envelope,
    path: &str,
    method: &str,
    operation: &Value,
) -> Vec<(&'static str, &'static str, &'static str)> {
    let Envelope { refusal, invalid: (unreadable, wrong), misplaced, cursors, .. } = *envelope;
    let mut answers = Vec::new();
    let parameters = operation["parameters"].as_array();
    let takes = |place: &str| parameters.is_some_and(|all| all.iter().any(|of| of["in"] == place));
    // What may be sent again is known by its body, whatever that says.
    let named = method != "get" && takes("header");
    if operation["requestBody"].is_object() {
        answers.push((unreadable, wrong, "The body is not as it should be"));
        answers.push(("429", refusal, "Too many refusals; see Retry-After"));
    }
    if named {
        answers.push((unreadable, wrong, "The Idempotency-Key is none, or was of another request"));
        answers.push(("412", refusal, "It has changed since; see `If-Match`"));
    }
    if operation["requestBody"].is_object() || named {
        answers.extend([
            ("400", refusal, "The body broke off, or cannot be read"),
            ("408", refusal, "The body did not arrive in time"),
            ("413", refusal, "The body is larger than 64 KiB"),
            ("415", refusal, "The body is neither JSON nor what else is taken here"),
        ]);
    }
    let takes_query = takes("query");
    if let Some(misplaced) = misplaced.filter(|_| takes_query || path.contains('{')) {
        answers.push((misplaced, wrong, "A parameter is not as it should be"));
    }
    if takes_query && cursors {
        answers.extend([
            ("400", refusal, "The query string cannot be read, or a cursor in it names nothing"),
            ("410", refusal, "A cursor is of another log"),
            ("422", wrong, "A parameter is not as it should be"),
        ]);
    }
    if takes_query {
        answers.push(("400", refusal, "The query string cannot be read"));
    }
    if path.contains('{') {
        answers.push(("404", refusal, "Nothing is there"));
    }
    let security = operation["security"].as_array().into_iter().flatten();
    for scheme in security.filter_map(Value::as_object).flat_map(|of| of.keys()) {
        if scheme == "bearer" {
            answers.push(("401", refusal, "No bearer token, or one that proves nothing"));
            answers.push(("403", refusal, "The account is closed, or may not do this"));
        } else {
            answers.push(("403", refusal, "No API key, or none that counts"));
        }
    }
    if method != "get" || path != "/" {
        answers.push(("503", refusal, "A part of the service is away; try again"));
    }
    answers.extend([
        ("405", refusal, "The path takes other methods; see Allow"),
        ("414", refusal, "Path and query are too long"),
        ("431", refusal, "The header is too large"),
        ("500", refusal, "An error of ours"),
    ]);
    answers
}
