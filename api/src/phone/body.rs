//! Request bodies, JSON or a form, read field by field.

use axum::{
    extract::{FromRequest, Request},
    http::{StatusCode, header::CONTENT_TYPE},
};
use serde_json::{Map, Value, json};

use super::failure::Failure;
use crate::body::{Kind, take};

pub(super) const REQUIRED: &str = "Ce champ est obligatoire.";
pub(super) const BLANK: &str = "Ce champ ne peut être vide.";

/// What was sent, and what is wrong with it.
#[derive(Debug, Default)]
pub(super) struct Fields {
    values: Map<String, Value>,
    wrong: Map<String, Value>,
}

impl<S: Sync> FromRequest<S> for Fields {
    type Rejection = Failure;

    /// No body at all is as good as one without fields.
    async fn from_request(request: Request, _state: &S) -> Result<Self, Failure> {
        let media = request.headers().get(CONTENT_TYPE);
        let media = media.and_then(|media| media.to_str().ok()).unwrap_or_default().to_owned();
        let values = match take(request).await? {
            (_, body) if body.is_empty() => Map::new(),
            (Kind::Json, body) => from_json(&body)?,
            (Kind::Form, body) => {
                let pairs: Vec<(String, String)> = serde_urlencoded::from_bytes(&body)
                    .map_err(|_| unreadable("the form is not one"))?;
                pairs.into_iter().map(|(name, value)| (name, json!(value))).collect()
            }
            (Kind::Text, _) => {
                let detail = format!("Unsupported media type \"{media}\" in request.");
                return Err(Failure::Detail(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
            }
        };
        Ok(Self { values, wrong: Map::new() })
    }
}

fn from_json(body: &[u8]) -> Result<Map<String, Value>, Failure> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(values)) => Ok(values),
        Ok(_) => {
            let words = "Données invalides. Un objet était attendu.";
            Err(Failure::of_field("non_field_errors", words))
        }
        Err(error) => Err(unreadable(&error.to_string())),
    }
}

fn unreadable(reason: &str) -> Failure {
    Failure::Detail(StatusCode::BAD_REQUEST, format!("JSON parse error - {reason}"))
}

impl Fields {
    /// The field as text; a number is as good as its digits.
    pub(super) fn plain(&self, name: &str) -> Option<String> {
        match self.values.get(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        }
    }

    /// The field as `parse` reads it; what `parse` says against it goes into the answer.
    pub(super) fn text<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let message = match self.plain(name) {
            Some(text) if text.trim().is_empty() => BLANK.to_owned(),
            Some(text) => match parse(&text) {
                Ok(value) => return Some(value),
                Err(message) => message,
            },
            None => match self.values.get(name) {
                None => REQUIRED.to_owned(),
                Some(Value::Null) => "Ce champ ne peut être nul.".to_owned(),
                Some(_) => "Chaîne de caractères non valide.".to_owned(),
            },
        };
        self.wrong.insert(name.to_owned(), json!([message]));
        None
    }

    /// What was read, unless something was wrong.
    pub(super) fn finish<T>(self, read: Option<T>) -> Result<T, Failure> {
        match read {
            Some(read) if self.wrong.is_empty() => Ok(read),
            Some(_) | None => Err(Failure::Fields(self.wrong)),
        }
    }
}
