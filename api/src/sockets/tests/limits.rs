//! What is not taken from clients.

use eventlog::Position;
use schema::caps::{MESSAGE_CHARS_MAX, SOCKET_FRAME_BYTES_MAX, SOCKET_MESSAGES_MAX};
use tokio_tungstenite::tungstenite::Message;

use super::{Audience, LONG, Limits, PATIENT, SHORT, Scene};
use crate::{sockets::backlog::Frame, testing::until};

/// What the kernel holds for a socket that is not read, and more.
const FLOOD: u64 = 64;
const FLOOD_FRAME_BYTES: usize = 512 * 1024;

#[tokio::test]
async fn a_socket_that_does_not_read_is_given_up_and_others_miss_nothing() {
    let mut scene = Scene::open().await;
    let client = scene.serve(Limits { progress: SHORT, ..PATIENT }).await;
    let (stuck, mut healthy) = (client.open_raw().await, client.open().await);
    let text = "x".repeat(FLOOD_FRAME_BYTES);
    for number in 0..FLOOD {
        let position = Position(u64::MAX - FLOOD + number);
        let frame = Frame { position, text: text.as_str().into(), about: None };
        scene.hub.send(Audience::Everyone, vec![frame]);
        assert_eq!(healthy.text().await.len(), FLOOD_FRAME_BYTES);
    }
    until(|| scene.hub.sockets() == 1).await;
    drop(stuck);
}

#[tokio::test]
async fn a_socket_that_does_not_read_hears_that_it_is_too_slow_once_it_does() {
    let mut scene = Scene::open().await;
    let (ada, bob) = (scene.register("ada").await, scene.register("bob").await);
    let client = scene.serve(Limits { progress: SHORT, goodbye: LONG, ..PATIENT }).await;
    let _delivery = scene.deliver().await;
    let mut stuck = client.open_narrow(ada).await;
    let text = "\u{1f600}".repeat(MESSAGE_CHARS_MAX);
    while scene.hub.listens(Audience::Person(ada)) {
        scene.write(bob, ada, &text).await;
    }
    // What it was sent before is whole; then comes the reason.
    assert_eq!(stuck.close().await, (4008, "too slow".to_owned()));
}

#[tokio::test]
async fn a_socket_that_answers_no_ping_is_closed() {
    let mut scene = Scene::open().await;
    let client = scene.serve(Limits { silence: SHORT, answer: SHORT, ..PATIENT }).await;
    let mut silent = client.open_raw().await;
    assert_eq!(silent.small_frame().await, (9, Vec::new()));
    assert_eq!(silent.close().await, (4008, "no answer to a ping".to_owned()));
}

#[tokio::test]
async fn a_socket_that_answers_pings_stays_open_however_long_it_says_nothing() {
    let mut scene = Scene::open().await;
    let client = scene.serve(Limits { silence: SHORT, ..PATIENT }).await;
    let mut idle = client.open_raw().await;
    for _ in 0..3 {
        assert_eq!(idle.small_frame().await, (9, Vec::new()));
        idle.say(&[0x8a, 0x80, 0, 0, 0, 0]).await;
    }
    assert_eq!(scene.hub.sockets(), 1);
}

#[tokio::test]
async fn check_68_a_message_of_64_kib_is_taken_and_a_larger_one_is_not() {
    let mut scene = Scene::open().await;
    let client = scene.serve(PATIENT).await;
    let mut socket = client.open().await;
    socket.say(Message::text("x".repeat(SOCKET_FRAME_BYTES_MAX))).await;
    scene.hub.send(
        Audience::Everyone,
        vec![Frame { position: Position(u64::MAX), text: "taken".into(), about: None }],
    );
    assert_eq!(socket.text().await, "taken");
    socket.say(Message::text("x".repeat(SOCKET_FRAME_BYTES_MAX + 1))).await;
    assert_eq!(socket.close().await, (1009, "message too large".to_owned()));
}

#[tokio::test]
async fn check_68_endless_fragments_are_too_large_as_well() {
    let mut scene = Scene::open().await;
    let client = scene.serve(PATIENT).await;
    let mut socket = client.open_raw().await;
    let bytes = u16::try_from(SOCKET_FRAME_BYTES_MAX / 4).unwrap();
    // Masked, begun and never finished: a text, then continuations of it.
    for opcode in [1, 0, 0, 0, 0] {
        let mut fragment = vec![opcode, 0x80 | 0x7e];
        fragment.extend(bytes.to_be_bytes());
        fragment.extend([0; 4]);
        fragment.extend(vec![b'x'; bytes.into()]);
        socket.say(&fragment).await;
    }
    assert_eq!(socket.close().await, (1009, "message too large".to_owned()));
}

#[tokio::test]
async fn check_68_what_is_not_utf_8_or_not_masked_is_refused() {
    let mut scene = Scene::open().await;
    let client = scene.serve(PATIENT).await;
    let mut socket = client.open_raw().await;
    socket.say(&[0x81, 0x81, 0, 0, 0, 0, 0xff]).await;
    assert_eq!(socket.close().await, (1007, "text is not UTF-8".to_owned()));
    let mut socket = client.open_raw().await;
    socket.say(&[0x81, 0x02, b'h', b'i']).await;
    assert_eq!(socket.close().await, (1002, "not a WebSocket frame".to_owned()));
}

#[tokio::test]
async fn check_68_whoever_says_too_much_is_closed_and_may_come_back() {
    let mut scene = Scene::open().await;
    let client = scene.serve(PATIENT).await;
    let mut socket = client.open().await;
    for _ in 0..=SOCKET_MESSAGES_MAX {
        socket.say(Message::text("{}")).await;
    }
    assert_eq!(socket.close().await, (1008, "too many messages".to_owned()));
    let mut again = client.open().await;
    let frame = Frame { position: Position(u64::MAX), text: "welcome".into(), about: None };
    scene.hub.send(Audience::Everyone, vec![frame]);
    assert_eq!(again.text().await, "welcome");
}
