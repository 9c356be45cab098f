//! What is true of each endpoint of a façade, and so is not said in its own file.

use serde_json::{Value, json};

use super::{Envelope, Group};

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
                add(operation, status, schema, words);
            }
        }
    }
}

fn add(operation: &mut Value, status: &str, schema: &str, words: &str) {
    let schema = json!({ "$ref": format!("#/components/schemas/{schema}") });
    let response = json!({
        "description": words,
        "content": { "application/json": { "schema": schema } },
    });
    let responses = operation["responses"].as_object_mut();
    responses.expect("each operation has answers").entry(status).or_insert(response);
}

/// Status, schema and words of what `operation` may answer besides what it says itself.
fn answers(
    envelope: &Envelope,
    path: &str,
    method: &str,
    operation: &Value,
) -> Vec<(&'static str, &'static str, &'static str)> {
    let Envelope { refusal, invalid: (unreadable, wrong), misplaced } = *envelope;
    let mut answers = Vec::new();
    if operation["requestBody"].is_object() {
        answers.extend([
            (unreadable, wrong, "The body is not as it should be"),
            ("400", refusal, "The body broke off"),
            ("408", refusal, "The body did not arrive in time"),
            ("413", refusal, "The body is larger than 64 KiB"),
            ("415", refusal, "The body is neither JSON nor what else is taken here"),
            ("429", refusal, "Too many refusals; see Retry-After"),
        ]);
    }
    let parameters = operation["parameters"].as_array();
    let takes_query = parameters.is_some_and(|all| all.iter().any(|of| of["in"] == "query"));
    if let Some(misplaced) = misplaced.filter(|_| takes_query || path.contains('{')) {
        answers.push((misplaced, wrong, "A parameter is not as it should be"));
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
