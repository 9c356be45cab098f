//! An HTTP client that costs little, so that what it measures is the service.

use std::net::SocketAddr;

use anyhow::{Context, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{
    Method, Request, Response, StatusCode,
    body::Incoming,
    client::conn::http1::{SendRequest, handshake},
    header::{AUTHORIZATION, CONTENT_TYPE, HOST},
};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

/// A request, apart from where it goes.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    method: Method,
    path: String,
    token: Option<String>,
    body: Bytes,
}

impl Call {
    /// `GET path`
    pub(crate) fn get(path: &str) -> Self {
        Self { method: Method::GET, path: path.to_owned(), token: None, body: Bytes::new() }
    }

    /// `POST path` with JSON.
    pub(crate) fn post(path: &str, body: &Value) -> Self {
        Self { method: Method::POST, body: body.to_string().into(), ..Self::get(path) }
    }

    /// `PUT path` with JSON.
    pub(crate) fn put(path: &str, body: &Value) -> Self {
        Self { method: Method::PUT, body: body.to_string().into(), ..Self::get(path) }
    }

    /// The same, by the holder of `token`.
    pub(crate) fn by(self, token: &str) -> Self {
        Self { token: Some(format!("Bearer {token}")), ..self }
    }
}

/// One kept-alive connection.
#[derive(Debug)]
pub(crate) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    host: String,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self { sender, host: address.to_string() })
    }

    /// The body of a success.
    pub(crate) async fn call(&mut self, call: Call) -> anyhow::Result<Bytes> {
        let asked = format!("{} {}", call.method, call.path);
        let (status, body) = self.answer(call).await?;
        ensure!(status.is_success(), "{asked}: {status} {}", String::from_utf8_lossy(&body));
        Ok(body)
    }

    /// The same, as JSON.
    pub(crate) async fn json(&mut self, call: Call) -> anyhow::Result<Value> {
        Ok(serde_json::from_slice(&self.call(call).await?)?)
    }

    /// Whatever is answered.
    pub(crate) async fn answer(&mut self, call: Call) -> anyhow::Result<(StatusCode, Bytes)> {
        let response = self.send(call).await?;
        let status = response.status();
        Ok((status, response.into_body().collect().await?.to_bytes()))
    }

    /// A header of the answer.
    pub(crate) async fn header(
        &mut self,
        call: Call,
        name: &str,
    ) -> anyhow::Result<Option<String>> {
        let response = self.send(call).await?;
        let value = response.headers().get(name).and_then(|value| value.to_str().ok());
        let value = value.map(str::to_owned);
        response.into_body().collect().await?;
        Ok(value)
    }

    async fn send(&mut self, call: Call) -> anyhow::Result<Response<Incoming>> {
        let mut request = Request::builder().method(call.method).uri(call.path);
        request = request.header(HOST, &self.host);
        if let Some(token) = call.token {
            request = request.header(AUTHORIZATION, token);
        }
        if !call.body.is_empty() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        self.sender.ready().await.context("the connection was closed")?;
        Ok(self.sender.send_request(request.body(Full::new(call.body))?).await?)
    }
}
