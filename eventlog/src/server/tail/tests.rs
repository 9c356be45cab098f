use std::pin::pin;

use bytes::Bytes;
use futures::poll;
use uuid::Uuid;

use super::*;
use crate::server::fact::{FactRef, Format, Place};

fn fact(position: u64) -> Fact {
    let id = Uuid::from_u128(position.into());
    let place = Place { position, revision: position, id, created: 0, format: Format::Bytes };
    let data = Bytes::new();
    FactRef { place, stream: b"stream", kind: b"noted", metadata: &data, data: &data }.to_fact()
}

#[tokio::test]
async fn what_was_announced_is_waited_for_and_what_is_announced_later_is_not() {
    let tail = Tail::new(0);
    tail.announce(1);
    let mut settled = pin!(tail.settled());
    assert!(poll!(&mut settled).is_pending());

    tail.announce(2);
    tail.publish(vec![fact(1)]);

    assert!(poll!(&mut settled).is_ready());
    assert!(!tail.is_settled());
}

#[tokio::test]
async fn what_was_withdrawn_is_waited_for_no_longer() {
    let tail = Tail::new(0);
    tail.announce(1);
    let mut settled = pin!(tail.settled());
    assert!(poll!(&mut settled).is_pending());

    tail.withdraw();

    assert!(poll!(&mut settled).is_ready());
    assert!(tail.is_settled());
}
