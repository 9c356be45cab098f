//! What reaches whom.

use eventlog::Position;
use futures::poll;

use super::{Audience, PATIENT, Scene};
use crate::{
    sockets::backlog::Frame,
    testing::{patient, until},
};

const BEFORE: Position = Position(1);
const NEXT: Position = Position(u64::MAX - 3);

fn frame(position: Position, text: &str) -> Frame {
    Frame { position, text: text.into(), about: None }
}

#[tokio::test]
async fn a_frame_reaches_each_socket_of_its_audience_and_nobody_else() {
    let scene = Scene::open().await;
    let (ada, bob) = (scene.register("ada").await, scene.register("bob").await);
    let mut one = scene.hub.join(Audience::Person(ada)).await.unwrap();
    let mut two = scene.hub.join(Audience::Person(ada)).await.unwrap();
    let mut other = scene.hub.join(Audience::Person(bob)).await.unwrap();
    scene.hub.send(Audience::Person(ada), vec![frame(NEXT, "to ada")]);
    scene.hub.send(Audience::Person(bob), vec![frame(NEXT, "to bob")]);
    assert_eq!(patient(one.next()).await, ["to ada"]);
    assert_eq!(patient(two.next()).await, ["to ada"]);
    assert_eq!(patient(other.next()).await, ["to bob"]);
}

#[tokio::test]
async fn what_comes_while_many_sockets_are_busy_reaches_them_all() {
    let scene = Scene::open().await;
    let mut waiting = Vec::new();
    for _ in 0..100 {
        let mut seat = scene.hub.join(Audience::Everyone).await.unwrap();
        let mut hears = Box::pin(async move {
            let mut heard = Vec::new();
            while heard.len() < 3 {
                heard.extend(seat.next().await);
            }
            heard
        });
        // Asleep by now: it hears nothing unless it is woken.
        assert!(poll!(&mut hears).is_pending());
        waiting.push(tokio::spawn(hears));
    }
    let positions = [NEXT, Position(NEXT.0 + 1), Position(NEXT.0 + 2)];
    for (position, text) in positions.into_iter().zip(["one", "two", "three"]) {
        scene.hub.send(Audience::Everyone, vec![frame(position, text)]);
        tokio::task::yield_now().await;
    }
    for hears in waiting {
        assert_eq!(patient(hears).await.unwrap(), ["one", "two", "three"]);
    }
}

#[tokio::test]
async fn what_came_before_a_socket_was_opened_does_not_reach_it() {
    let scene = Scene::open().await;
    let ada = scene.register("ada").await;
    let audience = Audience::Person(ada);
    let mut seat = scene.hub.join(audience).await.unwrap();
    scene.hub.send(audience, vec![frame(BEFORE, "before"), frame(NEXT, "after")]);
    assert_eq!(patient(seat.next()).await, ["after"]);
}

#[tokio::test]
async fn whoever_is_too_far_behind_reads_the_log_and_misses_nothing() {
    let scene = Scene::open().await;
    let (ada, bob) = (scene.register("ada").await, scene.register("bob").await);
    let audience = Audience::Person(ada);
    let mut slow = scene.hub.join(audience).await.unwrap();
    let place = scene.log.head().await.unwrap();
    let texts: Vec<String> = (0..5).map(|number| format!("message {number}")).collect();
    for text in &texts {
        scene.write(bob, ada, text).await;
        scene.write(ada, bob, "not hers").await;
    }
    // What the gateway would have queued, let go before the slow one has read it.
    let gone = frame(Position(place.unwrap().0 + 1), "gone");
    scene.hub.send(audience, vec![gone]);
    scene.hub.make_round();
    scene.hub.make_round();
    scene.hub.send(audience, vec![frame(NEXT, "{}")]);

    let mut read = Vec::new();
    while read.last().is_none_or(|text: &String| text != "{}") {
        read.extend(patient(slow.next()).await.iter().map(ToString::to_string));
    }
    assert_eq!(read.len(), texts.len() + 1);
    assert!(read.iter().zip(&texts).all(|(frame, text)| frame.contains(text)), "{read:?}");
}

#[tokio::test]
async fn whoever_leaves_is_forgotten() {
    let mut scene = Scene::open().await;
    let client = scene.serve(PATIENT).await;
    let socket = client.open().await;
    assert_eq!(scene.hub.sockets(), 1);
    drop(socket);
    until(|| scene.hub.sockets() == 0).await;
    assert!(!scene.hub.listens(Audience::Everyone));
    patient(scene.hub.closed()).await;
}

#[tokio::test]
async fn all_hear_that_the_service_stops() {
    let mut scene = Scene::open().await;
    let client = scene.serve(PATIENT).await;
    let (mut one, mut two) = (client.open().await, client.open().await);
    scene.stopping.cancel();
    assert_eq!(one.close().await, (1001, "service stops".to_owned()));
    assert_eq!(two.close().await, (1001, "service stops".to_owned()));
    patient(scene.hub.closed()).await;
}
