//! Connections that have nothing to say.

use eventlog::server::{EmbeddedLog, Options, StartError};
use eventstore::StreamState;
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::harness::{Harness, options};

/// Until the log closes it.
async fn closed(mut connection: TcpStream) {
    let _reset = connection.read_to_end(&mut Vec::new()).await;
}

#[tokio::test]
async fn connection_that_makes_no_call_is_closed() {
    let log = Harness::start().await;
    let beginnings: [&[u8]; 4] =
        [b"", b"PRI * HT", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0", b"GET /health"];
    let closing = beginnings.map(async |bytes| {
        let mut connection = TcpStream::connect(log.handle.address()).await.unwrap();
        connection.write_all(bytes).await.unwrap();
        closed(connection).await;
    });
    futures::future::join_all(closing).await;
}

#[tokio::test]
async fn connections_beyond_the_limit_are_closed_at_once_and_the_others_are_kept() {
    let log = Harness::start().await;
    log.append("orders", StreamState::NoStream, &[1]).await.unwrap();
    let mut others = Vec::new();
    for _ in 0..300 {
        let connection = TcpStream::connect(log.handle.address()).await.unwrap();
        others.push(Box::pin(closed(connection)));
    }
    let last = others.pop().unwrap();
    let first = others.swap_remove(0);
    tokio::select! {
        biased;
        () = first => panic!("it came in time and is closed before the last one"),
        () = last => {}
    }
    log.append("orders", StreamState::Any, &[2]).await.unwrap();
}

#[tokio::test]
async fn empty_password_is_none() {
    let directory = TempDir::new().unwrap();
    let password = Some(String::new());
    let started = EmbeddedLog::start(Options { password, ..options(&directory) }).await;
    assert!(matches!(started, Err(StartError::Password)), "{started:?}");
}
