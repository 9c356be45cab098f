//! Clients, well-behaved and not.

use std::net::SocketAddr;

use futures::{SinkExt, StreamExt};
use schema::UserId;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};
use tokio_tungstenite::{WebSocketStream, client_async, tungstenite::Message};

use crate::testing::patient;

/// Opens sockets.
pub(super) struct Client {
    pub(super) address: SocketAddr,
}

/// A socket that keeps the protocol.
pub(super) struct Socket(WebSocketStream<TcpStream>);

/// A socket below the protocol: whoever holds it says and answers what they want.
pub(super) struct RawSocket(TcpStream);

impl Client {
    pub(super) async fn open(&self) -> Socket {
        self.open_at("/").await
    }

    async fn open_at(&self, path: &str) -> Socket {
        let stream = TcpStream::connect(self.address).await.unwrap();
        Socket(client_async(format!("ws://{}{path}", self.address), stream).await.unwrap().0)
    }

    /// A socket for `person`, whose side takes in little that is not read.
    pub(super) async fn open_narrow(&self, person: UserId) -> Socket {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4_096).unwrap();
        let stream = socket.connect(self.address).await.unwrap();
        Socket(client_async(format!("ws://{}/{person}", self.address), stream).await.unwrap().0)
    }

    pub(super) async fn open_raw(&self) -> RawSocket {
        self.open_raw_at("/").await
    }

    pub(super) async fn open_raw_at(&self, path: &str) -> RawSocket {
        RawSocket(self.open_at(path).await.0.into_inner())
    }
}

impl Socket {
    pub(super) async fn say(&mut self, message: Message) {
        self.0.send(message).await.unwrap();
    }

    /// The next text.
    pub(super) async fn text(&mut self) -> String {
        loop {
            match patient(self.0.next()).await.unwrap().unwrap() {
                Message::Text(text) => return text.to_string(),
                Message::Ping(_) => {}
                other => panic!("not a text: {other:?}"),
            }
        }
    }

    /// The code and the reason of the close that follows, whatever comes before it.
    pub(super) async fn close(&mut self) -> (u16, String) {
        loop {
            if let Message::Close(Some(close)) = patient(self.0.next()).await.unwrap().unwrap() {
                return (close.code.into(), close.reason.to_string());
            }
        }
    }
}

impl RawSocket {
    pub(super) async fn say(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.unwrap();
    }

    /// The opcode and the payload of the next frame; for frames as small as those that control.
    pub(super) async fn small_frame(&mut self) -> (u8, Vec<u8>) {
        let mut head = [0; 2];
        patient(self.0.read_exact(&mut head)).await.unwrap();
        let mut payload = vec![0; head[1].into()];
        patient(self.0.read_exact(&mut payload)).await.unwrap();
        (head[0] & 0x0f, payload)
    }

    /// The code and the reason of the close that comes next.
    pub(super) async fn close(&mut self) -> (u16, String) {
        let (opcode, payload) = self.small_frame().await;
        assert_eq!(opcode, 8);
        let code = u16::from_be_bytes([payload[0], payload[1]]);
        (code, String::from_utf8(payload[2..].to_vec()).unwrap())
    }
}
