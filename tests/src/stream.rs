//! The native stream of the service, seen from its client.

use anyhow::{Context, Result};
use futures::SinkExt;
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};
use tokio_tungstenite::{
    connect_async,
    tungstenite::{Message, client::IntoClientRequest, http::HeaderValue},
};

use crate::{Client, Socket, patient};

/// The stream as server-sent events.
pub struct Events {
    answer: Response,
    rest: Vec<u8>,
}

/// One server-sent event.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// What it is called; `message` for facts.
    pub name: String,
    /// The cursor to go on from.
    pub id: Option<String>,
    /// What it says.
    pub data: Value,
}

impl Client {
    /// The native stream over a WebSocket, with these parameters.
    ///
    /// # Errors
    ///
    /// When the service does not open it.
    pub async fn follow(&self, query: &str) -> Result<Socket> {
        let url = format!("{}/api/v1/stream?{query}", self.url().replacen("http", "ws", 1));
        let mut request = url.into_client_request()?;
        let bearer = format!("Bearer {}", self.token().context("not logged in")?);
        request.headers_mut().insert("authorization", HeaderValue::from_str(&bearer)?);
        Ok(Socket(connect_async(request).await?.0))
    }

    /// The same as a browser opens it: without a header, and then by a word.
    ///
    /// # Errors
    ///
    /// When the service does not open it.
    pub async fn follow_as_a_page(&self, query: &str) -> Result<Socket> {
        let mut socket = Socket::at(self.url(), &format!("/api/v1/stream?{query}")).await?;
        socket.authenticate(self.token().context("not logged in")?).await?;
        Ok(socket)
    }

    /// The native stream as server-sent events, with these parameters.
    ///
    /// # Errors
    ///
    /// When the service does not open it.
    pub async fn events(&self, query: &str) -> Result<Events> {
        Events::of(self.request(Method::GET, &format!("/api/v1/stream?{query}"))).await
    }
}

impl Socket {
    /// Says who is there.
    ///
    /// # Errors
    ///
    /// When the socket has ended.
    pub async fn authenticate(&mut self, token: &str) -> Result<()> {
        let said = json!({ "type": "authenticate", "token": token });
        Ok(self.0.send(Message::text(said.to_string())).await?)
    }

    /// The next fact, without the words about the stream itself.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub async fn fact(&mut self) -> Result<Value> {
        loop {
            let frame = self.frame().await?;
            if frame["specversion"].is_string() {
                return Ok(frame);
            }
        }
    }
}

impl Events {
    /// The answer to `request`.
    ///
    /// # Errors
    ///
    /// When the service does not give it.
    pub async fn of(request: RequestBuilder) -> Result<Self> {
        let answer = request.send().await?.error_for_status()?;
        Ok(Self { answer, rest: Vec::new() })
    }

    /// The next one.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub async fn next(&mut self) -> Result<Event> {
        loop {
            // A chunk may end anywhere, within a character, too.
            if let Some(end) = self.rest.windows(2).position(|two| two == b"\n\n") {
                let rest = self.rest.split_off(end + 2);
                let event = String::from_utf8(std::mem::replace(&mut self.rest, rest))?;
                let field = |name: &str| {
                    let mut lines = event.lines();
                    lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
                };
                return Ok(Event {
                    name: field("event").unwrap_or("message").to_owned(),
                    id: field("id").map(str::to_owned),
                    data: serde_json::from_str(field("data").context("an event says nothing")?)?,
                });
            }
            let chunk = patient(self.answer.chunk()).await??.context("the stream has ended")?;
            self.rest.extend_from_slice(&chunk);
        }
    }
}
