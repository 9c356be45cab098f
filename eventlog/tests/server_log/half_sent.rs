//! Appends that are not sent to their end, or are larger than they look.

use eventstore::StreamState;
use uuid::Uuid;

use crate::{
    harness::Harness,
    raw::{Call, batch, complete, field, proposal},
};

const MIB: usize = 1 << 20;
const INTERNAL: &str = "13";

fn id(number: u128) -> String {
    Uuid::from_u128(number + 1).to_string()
}

fn says(answer: &[u8], words: &str) -> bool {
    answer.windows(words.len()).any(|window| window == words.as_bytes())
}

#[tokio::test]
async fn who_does_not_finish_appends_is_refused_and_keeps_nobody_from_appending() {
    let log = Harness::start().await;
    let mut call = Call::begin(&log.handle, "BatchAppend").await;
    for number in 0..10 {
        let large = proposal(&id(100 + number), &vec![7; MIB - 1000]);
        call.send(&batch(&id(number), "half", &[large])).await;
    }
    let refused = call.next().await.unwrap();
    assert!(says(&refused, "Server Is Too Busy"), "{refused:?}");
    log.append("orders", StreamState::NoStream, &[1]).await.unwrap();

    call.send(&complete(batch(&id(50), "whole", &[proposal(&id(150), b"whole")]))).await;
    loop {
        let answer = call.next().await.unwrap();
        if says(&answer, &id(50)) {
            break;
        }
    }
    assert_eq!(log.revisions("whole").await, [0]);
    assert!(log.read("half").await.is_err());
}

#[tokio::test]
async fn more_facts_than_an_append_may_hold_are_too_many_however_small_they_are() {
    let log = Harness::start().await;
    let mut call = Call::begin(&log.handle, "BatchAppend").await;
    let small = vec![proposal(&id(1), b""); (1 << 16) + 1];
    call.send(&complete(batch(&id(0), "small", &small))).await;
    let refused = call.next().await.unwrap();
    assert!(says(&refused, "MaximumAppendSizeExceeded"), "{refused:?}");
    assert!(log.read("small").await.is_err());
}

#[tokio::test]
async fn message_that_would_grow_without_bounds_ends_the_call() {
    let log = Harness::start().await;
    let nothing = vec![field(3, b""); 200_000].concat();
    let entries = field(3, &vec![field(2, b""); 1_000].concat());
    for message in [nothing, entries] {
        let mut call = Call::begin(&log.handle, "BatchAppend").await;
        call.send(&message).await;
        assert_eq!(call.next().await.unwrap_err(), INTERNAL);
    }
    log.append("orders", StreamState::NoStream, &[1]).await.unwrap();
}
