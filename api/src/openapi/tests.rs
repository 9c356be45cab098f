//! The description is whole and up to date.

use std::{collections::BTreeSet, env, fs, path::Path};

use serde_json::{Map, Value};

use super::{DOCUMENT, GROUPS, document};

/// Where the committed description stands.
const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");

#[test]
fn the_committed_description_is_what_the_endpoints_say() {
    if env::var_os("REGISTRE_RENEW").is_some() {
        fs::write(PATH, DOCUMENT.as_str()).unwrap();
        return;
    }
    let renew = "REGISTRE_RENEW=1 cargo test -p api openapi";
    assert!(
        fs::read_to_string(PATH).unwrap() == *DOCUMENT,
        "api/openapi.json is out of date; run: {renew}"
    );
}

/// Paths and methods of `.route("…", get(…).post(…))` in the text of a module.
fn routes(module: &str) -> BTreeSet<(String, &'static str)> {
    let calls = module.split(".route(").skip(1);
    calls
        .flat_map(|call| {
            let path = call.split('"').nth(1).unwrap_or_default().to_owned();
            let own = call.split("\n        .").next().unwrap_or_default();
            let methods = ["get", "post", "put", "patch", "delete"].into_iter();
            let methods = methods.filter(move |method| {
                [", ", ").", "\n            "]
                    .iter()
                    .any(|before| own.contains(&format!("{before}{method}(")))
            });
            methods.map(move |method| (path.clone(), method))
        })
        .collect()
}

/// The text of every module below `folder` that is no test.
fn modules(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.file_stem().is_some_and(|name| name == "tests") {
            continue;
        }
        if path.is_dir() {
            modules(&path, found);
        } else {
            found.push(fs::read_to_string(&path).unwrap());
        }
    }
}

/// What is no endpoint of the API: a refusal, the description itself, and what Prometheus asks another
/// listener.
const BESIDES: &[&str] = &[
    "/ws",
    "/openapi.json",
    "/asyncapi.json",
    "/docs",
    "/docs/{asset}",
    "/dashboard/{asset}",
    "/metrics",
];

#[test]
fn each_route_is_described() {
    let document = document();
    let described: BTreeSet<(String, &str)> = document["paths"]
        .as_object()
        .into_iter()
        .flatten()
        .flat_map(|(path, item)| {
            let methods = item.as_object().into_iter().flatten();
            methods.map(|(method, _)| (path.clone(), method.as_str()))
        })
        .collect();
    let mut texts = Vec::new();
    modules(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut texts);
    let served: BTreeSet<_> = texts.iter().flat_map(|text| routes(text)).collect();
    assert!(served.len() >= 50, "too few routes were found: {served:?}");
    let undescribed: Vec<_> = served
        .difference(&described)
        .filter(|(path, _)| !BESIDES.contains(&path.as_str()))
        .collect();
    assert!(undescribed.is_empty(), "not in the description: {undescribed:?}");
}

#[test]
fn each_call_that_makes_a_route_is_understood() {
    let mut texts = Vec::new();
    modules(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut texts);
    for text in &texts {
        for call in text.split("\n        .route(").skip(1) {
            let call = format!(".route({call}");
            let call = call.split("\n        .").next().unwrap_or_default();
            assert!(!routes(call).is_empty(), "no methods were found in {call}");
        }
    }
}

#[test]
fn each_operation_has_a_name_of_its_own_and_words() {
    let document = document();
    let mut names = BTreeSet::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in item.as_object().into_iter().flatten() {
            let name = operation["operationId"].as_str().unwrap_or_default();
            assert!(names.insert(name), "{method} {path}: {name:?} is taken");
            assert!(operation["summary"].is_string(), "{method} {path} says nothing");
            assert!(operation["tags"].as_array().is_some_and(|tags| tags.len() == 1), "{path}");
        }
    }
}

#[test]
fn each_reference_leads_somewhere() {
    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(fields) => fields.iter().for_each(|(name, value)| {
                if let ("$ref", Some(target)) = (name.as_str(), value.as_str()) {
                    found.push(target);
                }
                references(value, found);
            }),
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let document = document();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(!found.is_empty());
    for target in found {
        let pointer = target.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{target} leads nowhere");
    }
}

#[test]
fn no_two_facades_call_different_things_by_one_name() {
    let mut known = Map::new();
    for group in GROUPS {
        let part = serde_json::to_value((group.document)()).unwrap();
        let schemas = part["components"]["schemas"].as_object().into_iter().flatten();
        for (name, schema) in schemas {
            let before = known.insert(name.clone(), schema.clone());
            assert!(before.is_none_or(|before| before == *schema), "{}: {name}", group.name);
        }
    }
}

#[test]
fn each_field_of_a_body_has_an_example() {
    let document = document();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in item.as_object().into_iter().flatten() {
            let kinds = operation["requestBody"]["content"].as_object().into_iter().flatten();
            for (_, content) in kinds {
                let target = content["schema"]["$ref"].as_str().unwrap();
                let schema = document.pointer(target.trim_start_matches('#')).unwrap();
                let fields = schema["properties"].as_object().into_iter().flatten();
                for (name, field) in fields {
                    // What is yes or no needs none.
                    let plain = field["type"].to_string().contains("boolean");
                    let shown = !field["example"].is_null() || plain;
                    assert!(shown, "{method} {path}: {name} has no example");
                }
            }
        }
    }
}

/// Whether whoever reads `schema` sees what a value of it looks like.
fn is_shown(document: &Value, schema: &Value) -> bool {
    let kind = schema["type"].to_string();
    // What is yes or no, or a number, needs no example.
    let plain = ["boolean", "integer", "number"].iter().any(|plain| kind.contains(plain));
    if plain || !schema["example"].is_null() {
        return true;
    }
    if let Some(target) = schema["$ref"].as_str() {
        let target = document.pointer(target.trim_start_matches('#'));
        return target.is_some_and(|target| is_shown(document, target));
    }
    if let Some(ways) = schema["oneOf"].as_array() {
        return ways.iter().any(|way| is_shown(document, way));
    }
    let fields = schema["properties"].as_object().into_iter().flat_map(Map::values);
    let merged = schema["allOf"].as_array().into_iter().flatten();
    let items = Some(&schema["items"]).filter(|items| !items.is_null());
    let mut parts = fields.chain(merged).chain(items).peekable();
    parts.peek().is_some() && parts.all(|part| is_shown(document, part))
}

#[test]
fn each_answer_that_is_no_refusal_has_an_example() {
    let document = document();
    let mut without = Vec::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in item.as_object().into_iter().flatten() {
            let answers = operation["responses"].as_object().into_iter().flatten();
            for (status, answer) in answers.filter(|(status, _)| status.starts_with('2')) {
                let kinds = answer["content"].as_object().into_iter().flatten();
                // A page for people is looked at, not read.
                for (kind, content) in kinds.filter(|(kind, _)| *kind != "text/html") {
                    if content["example"].is_null() && !is_shown(&document, &content["schema"]) {
                        without.push(format!("{method} {path} {status} {kind}"));
                    }
                }
            }
        }
    }
    assert!(without.is_empty(), "{without:#?}");
}
