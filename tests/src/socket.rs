//! A socket of the service, seen from its client.

use anyhow::{Context, Result, bail};
use futures::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest, http::HeaderValue},
};

use crate::patient;

/// An open socket.
pub struct Socket(pub(crate) WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Opens `/ws/{token}` of the service at `url`.
    ///
    /// # Errors
    ///
    /// When the service does not let it open.
    pub async fn open(url: &str, token: &str) -> Result<Self> {
        Self::at(url, &format!("/ws/{token}")).await
    }

    /// Opens `path` of the service at `url`.
    ///
    /// # Errors
    ///
    /// When the service does not let it open.
    pub async fn at(url: &str, path: &str) -> Result<Self> {
        let address = format!("{}{path}", url.replacen("http", "ws", 1));
        Ok(Self(connect_async(address).await?.0))
    }

    /// Opens `path` of the service at `url` as a page of `origin` does.
    ///
    /// # Errors
    ///
    /// When the service does not let it open; with its HTTP status.
    pub async fn of_page(url: &str, path: &str, origin: &str) -> Result<Self> {
        let mut request =
            format!("{}{path}", url.replacen("http", "ws", 1)).into_client_request()?;
        request.headers_mut().insert("origin", HeaderValue::from_str(origin)?);
        Ok(Self(connect_async(request).await?.0))
    }

    /// The HTTP status by which the service refuses `/ws/{token}`.
    ///
    /// # Errors
    ///
    /// When it opens, or there is no answer.
    pub async fn refusal(url: &str, token: &str) -> Result<u16> {
        Self::refusal_at(url, &format!("/ws/{token}")).await
    }

    /// The HTTP status by which the service refuses `path`.
    ///
    /// # Errors
    ///
    /// When it opens, or there is no answer.
    pub async fn refusal_at(url: &str, path: &str) -> Result<u16> {
        let address = format!("{}{path}", url.replacen("http", "ws", 1));
        match connect_async(address).await {
            Err(Error::Http(response)) => Ok(response.status().as_u16()),
            Err(error) => Err(error.into()),
            Ok(_) => bail!("the socket is open"),
        }
    }

    /// The next frame, whatever it is.
    ///
    /// # Errors
    ///
    /// When there is none, or it is not JSON.
    pub async fn frame(&mut self) -> Result<Value> {
        loop {
            match patient(self.0.next()).await?.context("the socket has ended")?? {
                Message::Text(text) => return Ok(serde_json::from_str(&text)?),
                Message::Ping(_) | Message::Pong(_) => {}
                other => bail!("not a text frame: {other:?}"),
            }
        }
    }

    /// Sends text.
    ///
    /// # Errors
    ///
    /// When the socket has ended.
    pub async fn say(&mut self, text: &str) -> Result<()> {
        Ok(self.0.send(Message::text(text)).await?)
    }

    /// The code and the reason of the close that the service sends next.
    ///
    /// # Errors
    ///
    /// When something else comes.
    pub async fn close(&mut self) -> Result<(u16, String)> {
        loop {
            match patient(self.0.next()).await?.context("the socket ended without a close")?? {
                Message::Close(Some(frame)) => {
                    return Ok((frame.code.into(), frame.reason.to_string()));
                }
                Message::Ping(_) | Message::Pong(_) => {}
                other => bail!("not a close: {other:?}"),
            }
        }
    }
}
