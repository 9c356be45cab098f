//! What the sockets hear because it was rung for, by bells that the tests ring themselves.

use async_nats::Client;
use axum::extract::ws::Utf8Bytes;
use eventlog::Direction;
use schema::{Cursor, Notification};

use super::{Audience, Scene, broker::Broker};
use crate::{
    sockets::{framer::Framer, seat::Seat},
    testing::patient,
};

impl Scene {
    /// What a relay says of the newest fact that is told.
    async fn newest(&self) -> Notification {
        let newest = self.log.read_all(Framer::filter(), None, Direction::Backwards, 1).await;
        self.hub.framer.news(&newest.unwrap()[0]).unwrap()
    }

    /// The same as the next bell after it, at a place where nothing stands yet: only NATS can bring
    /// it.
    async fn before_its_time(&self) -> Notification {
        let newest = self.newest().await;
        let head = self.log.head().await.unwrap().unwrap();
        let here = |position| Cursor { position, ..newest.cursor };
        Notification { cursor: here(head.0 + 1), previous: Some(here(head.0)), ..newest }
    }
}

async fn ring(nats: &Client, bell: &Notification) {
    let payload = serde_json::to_vec(bell).unwrap();
    nats.publish(bell.news.subject(), payload.into()).await.unwrap();
    nats.flush().await.unwrap();
}

/// What `seat` hears while `bell` is rung: over and over, for NATS brings nothing to whoever does
/// not listen yet, and a doubled bell changes nothing.
async fn heard_while_rung(nats: &Client, bell: &Notification, seat: &mut Seat) -> Vec<Utf8Bytes> {
    let ringing = async {
        loop {
            ring(nats, bell).await;
        }
    };
    tokio::select! {
        heard = patient(seat.next()) => heard,
        never = ringing => never,
    }
}

#[tokio::test]
async fn what_was_rung_for_reaches_the_sockets_without_the_log() {
    let (scene, broker) = (Scene::open().await, Broker::start().await);
    let (ada, bob) = (scene.register("ada").await, scene.register("bob").await);
    scene.write(bob, ada, "rung for").await;
    let mut seat = scene.hub.join(Audience::Person(ada)).await.unwrap();
    let nats = broker.connect().await;
    let _delivery = scene.deliver_by(nats.clone()).await;

    let bell = scene.before_its_time().await;
    let heard = heard_while_rung(&nats, &bell, &mut seat).await;
    assert!(heard.len() == 1 && heard[0].contains("rung for"), "{heard:?}");
}

#[tokio::test]
async fn what_a_bell_shows_to_be_missing_comes_from_the_log_first() {
    let (scene, broker) = (Scene::open().await, Broker::start().await);
    let (ada, bob) = (scene.register("ada").await, scene.register("bob").await);
    scene.write(bob, ada, "first").await;
    let mut seat = scene.hub.join(Audience::Person(ada)).await.unwrap();
    let nats = broker.connect().await;
    let _delivery = scene.deliver_by(nats.clone()).await;
    // Once this is heard, the gateway goes by the bell.
    let bell = scene.before_its_time().await;
    assert_eq!(heard_while_rung(&nats, &bell, &mut seat).await.len(), 1);

    // This takes the place that was named before its time.
    scene.write(ada, bob, "not hers").await;
    scene.write(bob, ada, "left out").await;
    let left_out = scene.newest().await;
    scene.write(bob, ada, "rung for").await;
    ring(&nats, &Notification { previous: Some(left_out.cursor), ..scene.newest().await }).await;

    let mut heard = patient(seat.next()).await;
    assert!(heard[0].contains("left out"), "{heard:?}");
    while heard.len() < 2 {
        heard.extend(patient(seat.next()).await);
    }
    assert!(heard.len() == 2 && heard[1].contains("rung for"), "{heard:?}");
}
