//! The Inventory API, as its clients see it.

use std::{env, error::Error, time::Duration};

use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tokio::time::Instant;
use tracing::{info, warn};

/// The words by which the API says that an address is taken.
const DUPLICATE: &str = "Duplicate record detected.";

const BASE_URL: &str = "http://127.0.0.1:8000";
const TIMEOUT_SECONDS: f64 = 5.0;

/// Why a call brought nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum CallError {
    /// There is nobody there, or they do not speak.
    #[error("{url}: {cause}")]
    Unreachable {
        /// Where.
        url: String,
        /// Why.
        cause: String,
    },
    /// The address is somebody's already.
    #[error("{DUPLICATE}")]
    Duplicate,
    /// It says no.
    #[error("{status}: {message}")]
    Refused {
        /// Its status.
        status: StatusCode,
        /// In its words.
        message: String,
    },
}

/// An API, and who we are to it.
#[derive(Clone, Debug)]
pub(super) struct Api {
    pub(super) url: String,
    client: Client,
    token: Option<String>,
}

impl Api {
    /// The API that the environment names. Nobody is logged in yet.
    pub(super) fn from_environment() -> Self {
        let url = set("DEMO_API_BASE_URL").unwrap_or_else(|| BASE_URL.to_owned());
        let seconds = set("DEMO_API_TIMEOUT").and_then(|text| text.parse().ok());
        let wait = Duration::try_from_secs_f64(seconds.unwrap_or(TIMEOUT_SECONDS))
            .unwrap_or(Duration::from_secs_f64(TIMEOUT_SECONDS));
        let client = Client::builder().timeout(wait).build();
        Self {
            url: url.trim_end_matches('/').to_owned(),
            client: client.expect("TLS was set up when the process began"),
            token: None,
        }
    }

    /// The same, as whoever holds `token`.
    pub(super) fn with_token(self, token: String) -> Self {
        Self { token: Some(token), ..self }
    }

    /// The same, as whoever has `email` and `password`.
    pub(super) async fn log_in(&self, email: &str, password: &str) -> Result<Self, CallError> {
        let body = json!({ "email": email, "password": password });
        let answer = self.call(self.request(Method::POST, "/auth/login").json(&body)).await?;
        let token = answer["authToken"].as_str().ok_or_else(|| CallError::Refused {
            status: StatusCode::OK,
            message: "aucun jeton dans la réponse".to_owned(),
        })?;
        Ok(self.clone().with_token(token.to_owned()))
    }

    /// All of what `path` lists.
    pub(super) async fn list(&self, path: &str) -> Result<Vec<Value>, CallError> {
        // These lists are open, and the published client never sends its token there.
        let request = self.client.request(Method::GET, format!("{}{path}", self.url));
        match self.call(request).await? {
            Value::Array(entries) => Ok(entries),
            _ => Err(CallError::Refused {
                status: StatusCode::OK,
                message: format!("{path} ne donne pas de liste"),
            }),
        }
    }

    /// Creates what `body` says, and tells what the API made of it.
    pub(super) async fn create(&self, path: &str, body: &Value) -> Result<Value, CallError> {
        self.call(self.request(Method::POST, path).json(body)).await
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.url));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    async fn call(&self, request: RequestBuilder) -> Result<Value, CallError> {
        let (client, request) = request.build_split();
        let request = request.map_err(|error| self.unreachable(&error))?;
        let (method, path) = (request.method().clone(), request.url().path().to_owned());
        let began = Instant::now();
        let answered = async {
            let response = client.execute(request).await?;
            Ok::<_, reqwest::Error>((response.status(), response.bytes().await?))
        };
        let answered = answered.await;
        let milliseconds = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let (status, body) = answered.map_err(|error| {
            let error = self.unreachable(&error);
            warn!(%method, path, milliseconds, %error, "call failed");
            error
        })?;
        info!(%method, path, status = status.as_u16(), milliseconds, "call answered");
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        if status.is_success() { Ok(body) } else { Err(refused(status, &body)) }
    }

    fn unreachable(&self, error: &reqwest::Error) -> CallError {
        // The innermost cause is the one that says something.
        let mut cause: &dyn Error = error;
        while let Some(source) = cause.source() {
            cause = source;
        }
        CallError::Unreachable { url: self.url.clone(), cause: cause.to_string() }
    }
}

fn refused(status: StatusCode, body: &Value) -> CallError {
    let message = body["message"].as_str().or(body["detail"].as_str()).unwrap_or_default();
    if message == DUPLICATE {
        return CallError::Duplicate;
    }
    let parameter = body["payload"]["param"].as_str();
    let message = match parameter {
        Some(parameter) => format!("{message} ({parameter})"),
        None => message.to_owned(),
    };
    CallError::Refused { status, message }
}

/// What the environment says, if it says anything.
pub(super) fn set(variable: &str) -> Option<String> {
    env::var(variable).ok().filter(|value| !value.is_empty())
}
