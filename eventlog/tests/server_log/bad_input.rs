//! What makes no sense is refused, and the log goes on.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

use eventstore::{
    Error, ReadAllOptions, ReadStreamOptions, StreamPosition, StreamState, SubscribeToAllOptions,
    SubscriptionFilter,
};

use crate::harness::{Harness, until_caught_up};

#[tokio::test(flavor = "multi_thread")]
async fn garbage_on_the_port_harms_nobody() {
    let log = Harness::start().await;
    let noise = vec![0xff; 100_000];
    let garbage: [&[u8]; 5] = [
        b"\0\0\0\0\0\0\0\0",
        b"GET / HTTP/9.9\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\xff\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        &noise,
    ];
    for bytes in garbage {
        let mut connection = TcpStream::connect(log.handle.address()).unwrap();
        // The log may hang up at any byte.
        let _refused = connection.write_all(bytes);
        let _refused = connection.shutdown(std::net::Shutdown::Write);
        let _refused = connection.read_to_end(&mut Vec::new());
    }
    log.append("orders", StreamState::NoStream, &[1]).await.unwrap();
}

#[tokio::test]
async fn a_pattern_that_is_none_or_never_ends_is_refused() {
    let log = Harness::start().await;
    let name = "ab".repeat(32);
    log.append(&name, StreamState::NoStream, &[1]).await.unwrap();
    for pattern in ["(", "(a|b|ab)*(?<=z)", &"(a?)".repeat(5_000)] {
        let filter = SubscriptionFilter::on_stream_name().regex(pattern);
        let options =
            SubscribeToAllOptions::default().position(StreamPosition::Start).filter(filter);
        let mut subscription = log.client.subscribe_to_all(&options).await;
        let refused = loop {
            match subscription.next_subscription_event().await {
                Ok(_) => {}
                Err(refused) => break refused,
            }
        };
        assert!(matches!(refused, Error::ServerError(_) | Error::Grpc { .. }), "{refused}");
    }
    log.append("orders", StreamState::NoStream, &[1]).await.unwrap();
}

#[tokio::test]
async fn places_beyond_the_end_are_empty() {
    let log = Harness::start().await;
    log.append("orders", StreamState::NoStream, &[1]).await.unwrap();
    let beyond =
        ReadStreamOptions::default().position(StreamPosition::Position(1 << 62)).forwards();
    assert!(log.read_as("orders", &beyond).await.unwrap().is_empty());
    let position = eventstore::Position { commit: 1 << 63, prepare: 1 << 63 };
    let beyond = StreamPosition::Position(position);
    let options = ReadAllOptions::default().position(beyond).forwards();
    let mut all = log.client.read_all(&options).await.unwrap();
    assert!(all.next().await.unwrap().is_none());
    let options = SubscribeToAllOptions::default().position(StreamPosition::Position(position));
    let mut subscription = log.client.subscribe_to_all(&options).await;
    assert_eq!(until_caught_up(&mut subscription).await, [0; 0]);
}

#[tokio::test]
async fn names_that_are_none_are_refused() {
    let log = Harness::start().await;
    for name in ["", "$$"] {
        assert!(log.append(name, StreamState::Any, &[1]).await.is_err(), "{name:?}");
    }
    assert!(log.read("").await.is_err());
    log.append("orders", StreamState::NoStream, &[1]).await.unwrap();
}
