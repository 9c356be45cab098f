//! A client of the Community façade.

use anyhow::{Context, Result};
use reqwest::{Method, RequestBuilder, header::HeaderMap};
use serde_json::{Value, json};

use crate::Socket;

/// Somebody who talks to the service, logged in or not.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    url: String,
    token: Option<String>,
}

/// An answer of the service.
#[derive(Debug)]
pub struct Answer {
    /// Its HTTP status.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body; null when it is not JSON, or has no end.
    pub body: Value,
}

impl Client {
    /// Somebody who is not logged in.
    #[must_use]
    pub fn new(url: &str) -> Self {
        Self { http: reqwest::Client::new(), url: url.to_owned(), token: None }
    }

    /// The same client at another service, with the same token.
    #[must_use]
    pub fn at(&self, url: &str) -> Self {
        Self { url: url.to_owned(), http: reqwest::Client::new(), token: self.token.clone() }
    }

    /// Where the service is.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The token, if logged in.
    #[must_use]
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// The same client with another token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// A request that may still be changed.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.url));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// `GET path`
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub async fn get(&self, path: &str) -> Result<Answer> {
        Answer::of(self.request(Method::GET, path)).await
    }

    /// `POST path` with a JSON body.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Answer> {
        Answer::of(self.request(Method::POST, path).json(body)).await
    }

    /// `POST path` with a form.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub async fn post_form(&self, path: &str, fields: &[(&str, &str)]) -> Result<Answer> {
        Answer::of(self.request(Method::POST, path).form(fields)).await
    }

    /// `PUT path` with a JSON body.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub async fn put(&self, path: &str, body: &Value) -> Result<Answer> {
        Answer::of(self.request(Method::PUT, path).json(body)).await
    }

    /// `DELETE path`
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub async fn delete(&self, path: &str) -> Result<Answer> {
        Answer::of(self.request(Method::DELETE, path)).await
    }

    /// Registers `name` with an address and a password made of it.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub async fn register(&self, name: &str) -> Result<Answer> {
        let email = format!("{name}@example.com");
        self.post("/register", &json!({ "username": name, "email": email, "password": name })).await
    }

    /// `name`, registered before, logged in.
    ///
    /// # Errors
    ///
    /// When the service does not log them in.
    pub async fn log_in(&self, name: &str) -> Result<Self> {
        self.log_in_as(&format!("{name}@example.com"), name).await
    }

    /// Whoever has `email` and `password`, logged in.
    ///
    /// # Errors
    ///
    /// When the service does not log them in.
    pub async fn log_in_as(&self, email: &str, password: &str) -> Result<Self> {
        let answer = self.post("/login", &json!({ "email": email, "password": password })).await?;
        let token = answer.body["access_token"].as_str();
        let token = token.with_context(|| format!("no token in {answer:?}"))?;
        Ok(self.with_token(token))
    }

    /// `name`, registered and logged in, and their id.
    ///
    /// # Errors
    ///
    /// When the service does not let them.
    pub async fn join(&self, name: &str) -> Result<(Self, i64)> {
        let answer = self.register(name).await?;
        let id = answer.body["id"].as_i64().with_context(|| format!("no id in {answer:?}"))?;
        Ok((self.log_in(name).await?, id))
    }

    /// Writes `content` to `receiver`.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub async fn send(&self, receiver: i64, content: &str) -> Result<Answer> {
        self.post("/messages/", &json!({ "receiver_id": receiver, "content": content })).await
    }

    /// Creates an event called `title`.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub async fn create_event(&self, title: &str) -> Result<Answer> {
        let body = json!({
            "title": title,
            "description": "Dans la rue",
            "date": "2030-06-21T18:00:00",
            "location": "Lyon",
        });
        self.post("/events/", &body).await
    }

    /// The client's own socket.
    ///
    /// # Errors
    ///
    /// When the service does not open it.
    pub async fn socket(&self) -> Result<Socket> {
        let token = self.token.as_deref().context("not logged in")?;
        Socket::open(&self.url, token).await
    }
}

impl Answer {
    /// The answer to `request`.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub async fn of(request: RequestBuilder) -> Result<Self> {
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let mut answer = Self { status, headers, body: Value::Null };
        if answer.header("content-type") != Some("text/event-stream") {
            answer.body = serde_json::from_slice(&response.bytes().await?).unwrap_or_default();
        }
        Ok(answer)
    }

    /// A header, as text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}
