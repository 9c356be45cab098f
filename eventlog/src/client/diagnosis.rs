//! Why no connection to a node comes about.
//!
//! The official client has the same words for a node that is gone, one that speaks another protocol
//! and one whose certificate is not trusted, so the node is looked at from outside.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// For a look at a node.
const LOOK_TIMEOUT: Duration = Duration::from_millis(500);

/// What an HTTP/2 client says first (RFC 9113, 3.4), with empty settings.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
/// What a TLS alert begins with (RFC 8446, 5.1): the answer to a client that does not speak TLS.
const TLS_ALERT: u8 = 21;

/// What a node answers to a client that speaks HTTP/2 without TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    /// That it does not speak TLS either.
    Plain,
    /// That it speaks TLS.
    Tls,
    /// Nothing, or something else.
    Unclear,
}

/// One clause on the node at `host` and `port`, which `secure` says is asked through TLS.
pub(super) async fn look(host: &str, port: u32, secure: bool) -> String {
    let node = format!("{host}:{port}");
    let stream = match timeout(LOOK_TIMEOUT, TcpStream::connect(&node)).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return format!("{node}: {error}"),
        Err(_) => return format!("{node} does not answer"),
    };
    let answer = timeout(LOOK_TIMEOUT, ask(stream)).await.unwrap_or(Answer::Unclear);
    let found = match (answer, secure) {
        (Answer::Tls, true) => "speaks TLS, and its certificate is not trusted here",
        (Answer::Tls, false) => "wants TLS, and the address says tls=false",
        (Answer::Plain, true) => "does not speak TLS, and the address does not say tls=false",
        (Answer::Plain, false) => "is there, and does not serve the log yet",
        (Answer::Unclear, true) => "is there, and does not say whether it speaks TLS",
        (Answer::Unclear, false) => "is there, and does not answer",
    };
    format!("{node} {found}")
}

async fn ask(mut stream: TcpStream) -> Answer {
    let mut begun = [0; 4];
    let asked = async {
        stream.write_all(PREFACE).await?;
        stream.read_exact(&mut begun).await
    };
    match (asked.await, begun) {
        (Ok(_), [TLS_ALERT, 3, ..]) => Answer::Tls,
        // The length of a frame, and that it holds settings.
        (Ok(_), [_, _, _, 4]) => Answer::Plain,
        (Ok(_) | Err(_), _) => Answer::Unclear,
    }
}
