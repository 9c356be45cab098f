//! Sockets against a real log, over a real connection.

mod broker;
mod client;
mod gateway;
mod limits;
mod queue;
mod silence;

use std::time::Duration;

use async_nats::ConnectOptions;
use axum::{
    Router,
    extract::{Path, State, ws::WebSocketUpgrade},
    response::Response,
    routing::get,
};
use futures::{
    FutureExt,
    future::{pending, ready},
};
use schema::{UserId, caps::SOCKET_GOODBYE_WAIT};
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;

use self::client::Client;
use super::{Audience, Gateway, Heard, Hub, Pace, converse, hub::Limits, upgraded};
use crate::testing::Scene;

/// Long enough for whoever answers at once, short enough to be waited for.
const SHORT: Duration = Duration::from_millis(300);
const LONG: Duration = Duration::from_mins(5);

/// Sockets that wait for everything but a goodbye as long as it takes.
const PATIENT: Limits = Limits {
    progress: LONG,
    silence: LONG,
    answer: LONG,
    goodbye: SOCKET_GOODBYE_WAIT,
    heartbeat: LONG,
};

impl Scene {
    /// Where everyone's sockets are opened, and what is expected of their clients.
    async fn serve(&mut self, limits: Limits) -> Client {
        self.hub.limits = limits;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new()
            .route("/", get(open))
            .route("/{person}", get(open_for))
            .with_state(self.hub.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Client { address }
    }

    /// Brings what is written into the log to the sockets, for as long as what is returned.
    async fn deliver(&self) -> AbortOnDropHandle<()> {
        // Nobody is there: then it is the log that tells.
        let nats = ConnectOptions::new().retry_on_initial_connect().connect("127.0.0.1:1");
        self.deliver_by(nats.await.unwrap()).await
    }

    /// The same with a bell.
    async fn deliver_by(&self, nats: async_nats::Client) -> AbortOnDropHandle<()> {
        let gateway = Gateway { nats, hub: self.hub.clone() };
        let from = gateway.start().await.unwrap();
        AbortOnDropHandle::new(tokio::spawn(gateway.run(from, self.stopping.clone())))
    }
}

async fn open_for(
    State(hub): State<Hub>,
    Path(person): Path<i64>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let seat = hub.join(Audience::Person(UserId(person))).await.unwrap();
    upgraded(upgrade).on_upgrade(move |socket| {
        converse(socket, seat, pending(), Pace::bounded(), |_| ready(Heard::Nothing).boxed())
    })
}

async fn open(State(hub): State<Hub>, upgrade: WebSocketUpgrade) -> Response {
    let seat = hub.join(Audience::Everyone).await.unwrap();
    upgraded(upgrade).on_upgrade(move |socket| {
        converse(socket, seat, pending(), Pace::bounded(), |_| ready(Heard::Nothing).boxed())
    })
}
