//! Calls as the official client never makes them.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use eventlog::server::Handle;
use h2::{RecvStream, SendStream, client::ResponseFuture};
use hyper::{Request, header::CONTENT_TYPE};
use tokio::net::TcpStream;

/// A call under way.
pub(crate) struct Call {
    messages: SendStream<Bytes>,
    answer: Answer,
    received: BytesMut,
}

enum Answer {
    Awaited(ResponseFuture),
    Here(RecvStream),
}

impl Call {
    /// Calls `method` of the streams' service.
    pub(crate) async fn begin(log: &Handle, method: &str) -> Self {
        let stream = TcpStream::connect(log.address()).await.unwrap();
        let (requests, connection) = h2::client::handshake(stream).await.unwrap();
        tokio::spawn(connection);
        let uri = format!("http://{}/event_store.client.streams.Streams/{method}", log.address());
        let request = Request::post(uri).header(CONTENT_TYPE, "application/grpc");
        let mut requests = requests.ready().await.unwrap();
        let (answer, messages) = requests.send_request(request.body(()).unwrap(), false).unwrap();
        Self { messages, answer: Answer::Awaited(answer), received: BytesMut::new() }
    }

    /// Sends `message` as far as the log takes it.
    pub(crate) async fn send(&mut self, message: &[u8]) {
        let mut framed = BytesMut::new();
        framed.put_u8(0);
        framed.put_u32(u32::try_from(message.len()).unwrap());
        framed.put_slice(message);
        let mut framed = framed.freeze();
        while framed.has_remaining() {
            self.messages.reserve_capacity(framed.len());
            let capacity = std::future::poll_fn(|context| self.messages.poll_capacity(context));
            let Some(Ok(capacity)) = capacity.await else { return };
            let part = framed.split_to(capacity.min(framed.len()));
            self.messages.send_data(part, false).unwrap();
        }
    }

    /// The next message of the answer, or the status that it ends with.
    pub(crate) async fn next(&mut self) -> Result<Bytes, String> {
        let body = match &mut self.answer {
            Answer::Here(body) => body,
            Answer::Awaited(response) => {
                let response = response.await.unwrap();
                if let Some(status) = response.headers().get("grpc-status") {
                    return Err(status.to_str().unwrap().to_owned());
                }
                self.answer = Answer::Here(response.into_body());
                return Box::pin(self.next()).await;
            }
        };
        loop {
            if let Some((mut head, rest)) = self.received.split_at_checked(5) {
                head.advance(1);
                let length = head.get_u32() as usize;
                if rest.len() >= length {
                    self.received.advance(5);
                    return Ok(self.received.split_to(length).freeze());
                }
            }
            if let Some(data) = body.data().await {
                let data = data.unwrap();
                body.flow_control().release_capacity(data.len()).unwrap();
                self.received.put_slice(&data);
            } else {
                let trailers = body.trailers().await.unwrap().unwrap();
                return Err(trailers["grpc-status"].to_str().unwrap().to_owned());
            }
        }
    }
}

/// The field `number` of a message, with a text, bytes or a message in it.
pub(crate) fn field(number: u8, content: &[u8]) -> Vec<u8> {
    let mut field = vec![number << 3 | 2];
    prost::encoding::encode_varint(content.len() as u64, &mut field);
    field.extend_from_slice(content);
    field
}

/// A proposed fact with `data`.
pub(crate) fn proposal(id: &str, data: &[u8]) -> Vec<u8> {
    let entry = |key: &str, value: &str| {
        field(2, &[field(1, key.as_bytes()), field(2, value.as_bytes())].concat())
    };
    [
        field(1, &field(2, id.as_bytes())),
        entry("type", "noted"),
        entry("content-type", "application/octet-stream"),
        field(4, data),
    ]
    .concat()
}

/// The beginning of an append to `stream` within a call for all, whatever its revision.
pub(crate) fn batch(id: &str, stream: &str, proposals: &[Vec<u8>]) -> Vec<u8> {
    let options = [field(1, &field(3, stream.as_bytes())), field(4, &[])].concat();
    let mut message = [field(1, &field(2, id.as_bytes())), field(2, &options)].concat();
    for proposal in proposals {
        message.extend(field(3, proposal));
    }
    message
}

/// Says that a message of [`batch`] is the last one of its append.
pub(crate) fn complete(mut message: Vec<u8>) -> Vec<u8> {
    message.extend([4 << 3, 1]);
    message
}
