//! Sockets against a real log, over a real connection.

mod client;
mod limits;
mod queue;
mod silence;

use std::time::Duration;

use axum::{
    Router,
    extract::{State, ws::WebSocketUpgrade},
    response::Response,
    routing::get,
};
use futures::{
    FutureExt,
    future::{pending, ready},
};
use tokio::net::TcpListener;

use self::client::Client;
use super::{Audience, Heard, Hub, converse, hub::Limits, upgraded};
use crate::testing::Scene;

/// Long enough for whoever answers at once, short enough to be waited for.
const SHORT: Duration = Duration::from_millis(300);
const LONG: Duration = Duration::from_mins(5);

/// Sockets that wait for everything as long as it takes.
const PATIENT: Limits = Limits { progress: LONG, silence: LONG, answer: LONG };

impl Scene {
    /// Where everyone's sockets are opened, and what is expected of their clients.
    async fn serve(&mut self, limits: Limits) -> Client {
        self.hub.limits = limits;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/", get(open)).with_state(self.hub.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Client { address }
    }
}

async fn open(State(hub): State<Hub>, upgrade: WebSocketUpgrade) -> Response {
    let seat = hub.join(Audience::Everyone).await.unwrap();
    upgraded(upgrade).on_upgrade(move |socket| {
        converse(socket, seat, pending(), |_| ready(Heard::Nothing).boxed())
    })
}
