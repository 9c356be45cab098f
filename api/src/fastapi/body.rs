//! Request bodies, read field by field, so that one answer names every field that is wrong.

use axum::extract::{FromRequest, Request};
use serde_json::{Map, Value, json};

use super::Failure;
use crate::body::{Kind, take};

/// A JSON object, or a form, whose fields are yet to be checked.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    values: Map<String, Value>,
    wrong: Vec<Value>,
}

/// Names of fields that no answer may show, whatever is wrong with them.
const SECRET: &[&str] = &["password", "current_password"];

impl<S: Sync> FromRequest<S> for Fields {
    type Rejection = Failure;

    /// Reads a JSON object.
    async fn from_request(request: Request, _state: &S) -> Result<Self, Failure> {
        match take(request).await? {
            (Kind::Json, body) => from_json(&body),
            (Kind::Form, _) => Err(not_an_object()),
            (Kind::Text, _) => Err(Failure::UNSUPPORTED),
        }
    }
}

/// The same, where a form is as good as JSON.
pub(crate) struct JsonOrForm(pub(crate) Fields);

impl<S: Sync> FromRequest<S> for JsonOrForm {
    type Rejection = Failure;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Failure> {
        match take(request).await? {
            (Kind::Json, body) => from_json(&body).map(Self),
            (Kind::Form, body) => {
                let pairs: Vec<(String, String)> =
                    serde_urlencoded::from_bytes(&body).map_err(|_| not_an_object())?;
                let values = pairs.into_iter().map(|(name, value)| (name, json!(value))).collect();
                Ok(Self(Fields { values, wrong: Vec::new() }))
            }
            (Kind::Text, _) => Err(Failure::UNSUPPORTED),
        }
    }
}

fn from_json(body: &[u8]) -> Result<Fields, Failure> {
    if body.is_empty() {
        let missing = json!({
            "type": "missing", "loc": ["body"], "msg": "Field required", "input": null,
        });
        return Err(Failure::Invalid(vec![missing]));
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(values)) => Ok(Fields { values, wrong: Vec::new() }),
        Ok(_) => Err(not_an_object()),
        Err(error) => Err(Failure::Invalid(vec![json!({
            "type": "json_invalid",
            "loc": ["body", error.column()],
            "msg": "JSON decode error",
            "input": {},
            "ctx": { "error": error.to_string() },
        })])),
    }
}

/// What was sent instead is not shown: it may hold a password.
fn not_an_object() -> Failure {
    Failure::Invalid(vec![json!({
        "type": "model_attributes_type",
        "loc": ["body"],
        "msg": "Input should be a valid dictionary or object to extract fields from",
        "input": null,
    })])
}

impl Fields {
    /// These, wherever they come from.
    pub(crate) fn of(values: Map<String, Value>) -> Self {
        Self { values, wrong: Vec::new() }
    }

    /// The first of two names that was sent: clients differ in what they call it.
    pub(crate) fn either<'a>(&self, name: &'a str, other: &'a str) -> &'a str {
        if self.values.contains_key(name) || !self.values.contains_key(other) {
            name
        } else {
            other
        }
    }

    /// The field as `parse` reads its text; what `parse` says against it goes into the answer.
    pub(crate) fn text<T, E: std::fmt::Display>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        match self.values.get(name) {
            None => self.refuse("missing", name, "Field required"),
            Some(Value::String(text)) => match parse(text) {
                Ok(value) => Some(value),
                Err(error) => {
                    let error = error.to_string();
                    self.refuse("value_error", name, &error)
                }
            },
            Some(_) => self.refuse("string_type", name, "Input should be a valid string"),
        }
    }

    /// Whether the field was sent; null is as good as nothing.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.values.get(name).is_some_and(|value| !value.is_null())
    }

    /// Whether the field, if it is text, is as long as it may be; what is no text is left to others.
    pub(crate) fn bounded(&mut self, name: &str, min: usize, max: Option<usize>) -> Option<()> {
        let Some(Value::String(text)) = self.values.get(name) else { return Some(()) };
        let length = text.chars().count();
        if length < min {
            let message = format!("String should have at least {min} characters");
            return self.refuse("string_too_short", name, &message);
        }
        match max.filter(|max| length > *max) {
            Some(max) => {
                let message = format!("String should have at most {max} characters");
                self.refuse("string_too_long", name, &message)
            }
            None => Some(()),
        }
    }

    /// The field as yes or no; nothing where it was not sent.
    pub(crate) fn flag(&mut self, name: &str) -> Option<bool> {
        match self.values.get(name) {
            None | Some(Value::Null) => None,
            Some(Value::Bool(flag)) => Some(*flag),
            Some(_) => self.refuse("bool_type", name, "Input should be a valid boolean"),
        }
    }

    /// The field as an integer; digits in a string are as good.
    pub(crate) fn integer(&mut self, name: &str) -> Option<i64> {
        let (kind, message) = match self.values.get(name) {
            None => ("missing", "Field required"),
            Some(Value::Number(number)) => match number.as_i64() {
                Some(integer) => return Some(integer),
                None => ("int_from_float", "Input should be a valid integer"),
            },
            Some(Value::String(text)) => match text.trim().parse() {
                Ok(integer) => return Some(integer),
                Err(_) => (
                    "int_parsing",
                    "Input should be a valid integer, unable to parse string as an integer",
                ),
            },
            Some(_) => ("int_type", "Input should be a valid integer"),
        };
        self.refuse(kind, name, message)
    }

    /// What was read, unless something was wrong.
    pub(crate) fn finish<T>(self, read: Option<T>) -> Result<T, Failure> {
        match read {
            Some(read) if self.wrong.is_empty() => Ok(read),
            Some(_) | None => Err(Failure::Invalid(self.wrong)),
        }
    }

    fn refuse<T>(&mut self, kind: &str, name: &str, message: &str) -> Option<T> {
        let input = match self.values.get(name) {
            None => Value::Object(self.shown()),
            Some(_) if SECRET.contains(&name) => Value::Null,
            Some(value) => value.clone(),
        };
        self.wrong.push(json!({
            "type": kind, "loc": ["body", name], "msg": message, "input": input,
        }));
        None
    }

    fn shown(&self) -> Map<String, Value> {
        let shown = self.values.iter().filter(|(name, _)| !SECRET.contains(&name.as_str()));
        shown.map(|(name, value)| (name.clone(), value.clone())).collect()
    }
}

#[cfg(test)]
mod tests;
