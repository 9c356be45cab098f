//! Request bodies, read field by field, so that one answer names every field that is wrong.

use std::{collections::HashSet, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor},
};
use serde_json::{Map, Value};

use super::problem::{Kind, Problem, Wrong};

/// A JSON object whose fields are yet to be checked. What no field asks for is refused: whoever
/// sends it expects it to be heeded.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    values: Map<String, Value>,
    wrong: Vec<Wrong>,
}

/// The object that `body` is.
pub(super) fn read(body: &[u8]) -> Result<Fields, Problem> {
    let text = str::from_utf8(body).map_err(|_| Problem::new(Kind::NotJson, "not UTF-8"))?;
    match serde_json::from_str(text) {
        Ok(Json::Object(values)) => Ok(Fields { values, wrong: Vec::new() }),
        Ok(Json::Other) => {
            let detail = "the body is not an object".to_owned();
            let wrong = Wrong { pointer: "#".to_owned(), code: "type", detail };
            Err(Problem::invalid(vec![wrong]))
        }
        // What was sent is not repeated: it may hold a password.
        Err(error) => Err(Problem::new(
            Kind::NotJson,
            format!("at line {}, column {}", error.line(), error.column()),
        )),
    }
}

/// JSON of which no two readers can think differently: no field stands twice.
enum Json {
    Object(Map<String, Value>),
    Other,
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

macro_rules! other {
    ($($visit:ident: $kind:ty),*) => {
        $(fn $visit<E>(self, _: $kind) -> Result<Json, E> {
            Ok(Json::Other)
        })*
    };
}

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    other!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str);

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Other)
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        while items.next_element::<Value>()?.is_some() {}
        Ok(Json::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Json, A::Error> {
        let (mut values, mut names) = (Map::new(), HashSet::new());
        while let Some((name, value)) = fields.next_entry::<String, Value>()? {
            if !names.insert(name.clone()) {
                return Err(A::Error::custom("a field stands twice"));
            }
            values.insert(name, value);
        }
        Ok(Json::Object(values))
    }
}

impl Fields {
    /// Whether the field was sent; null is as good as nothing.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.values.get(name).is_some_and(|value| !value.is_null())
    }

    /// The field as `parse` reads its text; what `parse` says against it goes into the answer.
    pub(crate) fn text<T, E: fmt::Display>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        match self.required(name)? {
            Value::String(text) => match parse(&text) {
                Ok(value) => Some(value),
                Err(error) => self.refuse(name, "value", error),
            },
            _ => self.refuse(name, "type", "the field is not a text"),
        }
    }

    /// The field as `parse` reads its integer.
    pub(crate) fn integer<T, E: fmt::Display>(
        &mut self,
        name: &str,
        parse: impl FnOnce(i64) -> Result<T, E>,
    ) -> Option<T> {
        match self.required(name)?.as_i64() {
            Some(number) => match parse(number) {
                Ok(value) => Some(value),
                Err(error) => self.refuse(name, "value", error),
            },
            None => self.refuse(name, "type", "the field is not an integer"),
        }
    }

    /// The field as an id.
    pub(crate) fn id<T>(&mut self, name: &str, id: fn(i64) -> T) -> Option<T> {
        self.integer(name, |number| Ok::<_, std::convert::Infallible>(id(number)))
    }

    /// The field as a list of texts, each as `parse` reads it.
    pub(crate) fn texts<T, E: fmt::Display>(
        &mut self,
        name: &str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<Vec<T>> {
        let Value::Array(values) = self.required(name)? else {
            return self.refuse(name, "type", "the field is not a list");
        };
        let mut read = Vec::with_capacity(values.len());
        for value in values {
            match value.as_str().map(&parse) {
                Some(Ok(value)) => read.push(value),
                Some(Err(error)) => return self.refuse(name, "value", error),
                None => return self.refuse(name, "type", "the list holds what is not a text"),
            }
        }
        Some(read)
    }

    /// The field as yes or no.
    pub(crate) fn flag(&mut self, name: &str) -> Option<bool> {
        match self.required(name)? {
            Value::Bool(flag) => Some(flag),
            _ => self.refuse(name, "type", "the field is neither true nor false"),
        }
    }

    /// What `read` makes of the field, where it was sent.
    pub(crate) fn optional<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&mut Self, &str) -> Option<T>,
    ) -> Option<T> {
        if self.has(name) {
            return read(self, name);
        }
        self.values.shift_remove(name);
        None
    }

    /// Whether nothing was wrong so far.
    pub(crate) fn is_fine(&self) -> bool {
        self.wrong.is_empty()
    }

    /// Takes note that `name` is not as it should be.
    pub(crate) fn refuse<T>(
        &mut self,
        name: &str,
        code: &'static str,
        detail: impl fmt::Display,
    ) -> Option<T> {
        let pointer = format!("#/{}", name.replace('~', "~0").replace('/', "~1"));
        self.wrong.push(Wrong { pointer, code, detail: detail.to_string() });
        None
    }

    /// What was read, unless something was wrong.
    pub(crate) fn finish<T>(mut self, read: Option<T>) -> Result<T, Problem> {
        for name in std::mem::take(&mut self.values).keys() {
            self.refuse::<()>(name, "unknown", "there is no such field");
        }
        match read {
            Some(read) if self.wrong.is_empty() => Ok(read),
            Some(_) | None => Err(Problem::invalid(self.wrong)),
        }
    }

    fn required(&mut self, name: &str) -> Option<Value> {
        match self.values.shift_remove(name) {
            Some(value) if !value.is_null() => Some(value),
            Some(_) | None => self.refuse(name, "missing", "the field is required"),
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse;

    use super::{Fields, read};

    fn status(body: &str) -> u16 {
        match read(body.as_bytes()) {
            Ok(_) => 200,
            Err(problem) => problem.into_response().status().as_u16(),
        }
    }

    #[test]
    fn what_is_not_json_is_told_from_what_is_no_object() {
        for body in ["{}", r#"{"a":{"b":[1]}}"#] {
            assert_eq!(status(body), 200, "{body}");
        }
        for body in ["[]", "1", "null", "\"{}\"", "1.5", "-3", "true"] {
            assert_eq!(status(body), 422, "{body}");
        }
        let deep = "[".repeat(10_000);
        for body in ["", "{", "{}x", "\u{feff}{}", "{\"a\":NaN}", r#""\ud800""#, "[1,", &deep] {
            assert_eq!(status(body), 400, "{body:.20}");
        }
    }

    #[test]
    fn a_field_that_stands_twice_is_no_field() {
        assert_eq!(status(r#"{"a":1,"b":2}"#), 200);
        assert_eq!(status(r#"{"a":1,"a":1}"#), 400);
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        let mut fields = read(br#"{"a":1,"c":"x","e":null,"f":7}"#).unwrap();
        let a: Option<String> = fields.text("a", |text| Ok::<_, String>(text.to_owned()));
        let b = fields.flag("b");
        let c: Option<i64> = fields.text("c", |_| Err("never"));
        let e = fields.optional("e", Fields::flag);
        assert_eq!((a, b, c, e), (None, None, None, None));
        let problem = format!("{:?}", fields.finish(Some(())).unwrap_err());
        for told in ["#/a", "#/b", "#/c", "#/f", "missing", "unknown"] {
            assert!(problem.contains(told), "{told} in {problem}");
        }
        assert!(!problem.contains("#/e"), "{problem}");
    }
}
