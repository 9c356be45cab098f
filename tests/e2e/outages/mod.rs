//! Parts that stop, freeze, come back empty or hang, and a service that goes on.

mod kills;
mod log;
mod nats;
mod postgres;
mod processes;

use anyhow::Result;
use serde_json::json;
use tests::{Answer, Client, Socket};

/// Ada, who writes to herself and listens.
struct Ada {
    client: Client,
    id: i64,
    socket: Socket,
    /// How many messages she has sent.
    sent: u32,
    /// How many of them her socket has brought.
    heard: u32,
}

impl Ada {
    async fn join(client: &Client) -> Result<Self> {
        let (client, id) = client.join("ada").await?;
        let socket = client.socket().await?;
        Ok(Self { client, id, socket, sent: 0, heard: 0 })
    }

    /// Sends the next message.
    async fn send(&mut self) -> Result<Answer> {
        let answer = self.client.send(self.id, &self.sent.to_string()).await?;
        self.sent += 1;
        Ok(answer)
    }

    /// Sends `count` messages, all of which are accepted.
    async fn send_some(&mut self, count: u32) -> Result<()> {
        for _ in 0..count {
            let answer = self.send().await?;
            assert_eq!(answer.status, 200, "{answer:?}");
        }
        Ok(())
    }

    /// Waits until her socket has brought everything that she has sent: each once and in order.
    async fn hear_all(&mut self) -> Result<()> {
        while self.heard < self.sent {
            let frame = self.socket.frame().await?;
            assert_eq!(frame["message"]["content"], json!(self.heard.to_string()));
            self.heard += 1;
        }
        Ok(())
    }
}
