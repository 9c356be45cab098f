//! Façade sockets that say nothing, behind everything that stands between them and their client.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{State, ws::WebSocketUpgrade},
    response::Response,
    routing::get,
};
use eventlog::Position;
use futures::{
    FutureExt,
    future::{pending, ready},
};
use schema::UserId;
use tokio::{net::TcpListener, sync::watch};

use super::{Audience, Client, Heard, Hub, PATIENT, Pace, Scene, converse, upgraded};
use crate::{
    Front, Origins,
    listen::{self, serve},
    sockets::{backlog::Frame, hub::Limits},
};

/// Every limit that a connection has, so that silence longer than all of them is soon over.
const LIMIT: Duration = Duration::from_millis(100);
/// Each answer to a ping comes after one limit of silence.
const PINGS: usize = 4;

async fn open(hub: Hub, audience: Audience, upgrade: WebSocketUpgrade) -> Response {
    let seat = hub.join(audience).await.unwrap();
    let hear = |_| ready(Heard::Nothing).boxed();
    upgraded(upgrade)
        .on_upgrade(move |socket| converse(socket, seat, pending(), Pace::bounded(), hear))
}

const ADA: Audience = Audience::Person(UserId(7));

#[tokio::test]
async fn silence_longer_than_every_limit_of_its_connection_closes_no_socket() {
    let mut scene = Scene::open().await;
    scene.hub.limits = Limits { progress: LIMIT, silence: LIMIT, ..PATIENT };
    let everyone = async |State(hub), upgrade| open(hub, Audience::Everyone, upgrade).await;
    let one = async |State(hub), upgrade| open(hub, ADA, upgrade).await;
    let router = Router::new().route("/everyone", get(everyone)).route("/one", get(one));
    let front = Front::new(router.with_state(scene.hub.clone()), &Origins::Any);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = Client { address: listener.local_addr().unwrap() };
    let limits = listen::Limits { header: LIMIT, body: LIMIT, write: LIMIT, ..Default::default() };
    let (_show, front) = watch::channel(front);
    tokio::spawn(serve(vec![Arc::new(listener)], front, limits, None, scene.stopping.clone()));

    for (path, audience) in [("/everyone", Audience::Everyone), ("/one", ADA)] {
        let mut socket = client.open_raw_at(path).await;
        for _ in 0..PINGS {
            assert_eq!(socket.small_frame().await, (9, Vec::new()));
            socket.say(&[0x8a, 0x80, 0, 0, 0, 0]).await;
        }
        let frame = Frame { position: Position(u64::MAX), text: "here".into(), about: None };
        scene.hub.send(audience, vec![frame]);
        loop {
            match socket.small_frame().await {
                (9, _) => {}
                heard => break assert_eq!(heard, (1, b"here".to_vec()), "{path}"),
            }
        }
    }
}
