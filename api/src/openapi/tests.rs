//! The description is whole and up to date.

use std::{collections::BTreeSet, env, fs};

use serde_json::Value;

use super::{DOCUMENT, document};

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
    let served = routes(include_str!("../community/mod.rs"));
    assert!(served.len() >= 18, "too few routes were found: {served:?}");
    // Without a token there is nothing to describe: it is a refusal.
    let undescribed: Vec<_> =
        served.difference(&described).filter(|(path, _)| path != "/ws").collect();
    assert!(undescribed.is_empty(), "not in the description: {undescribed:?}");
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
