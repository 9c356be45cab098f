//! Connections that are slow, many, or under way when the service stops.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use api::{Front, Limits, Origins};
use axum::{Router, extract::State, routing::get};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{Notify, watch},
    task::JoinHandle,
    time::timeout,
};
use tokio_util::sync::CancellationToken;

/// Too short for anybody who waits for it.
const SHORT: Duration = Duration::from_millis(50);
/// What a hung server may cost before its test fails.
const PATIENCE: Duration = Duration::from_mins(1);
/// More than the system buffers for one connection.
const LARGE: usize = 64 * 1024 * 1024;

struct Served {
    address: SocketAddr,
    shutdown: CancellationToken,
    serving: JoinHandle<()>,
    /// A request to `/held` has arrived.
    arrived: Arc<Notify>,
    /// It may be answered.
    released: Arc<Notify>,
    _front: watch::Sender<Front>,
}

impl Served {
    async fn start(limits: Limits) -> Self {
        let (arrived, released) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let router = Router::new()
            .route("/fine", get(async || "fine"))
            .route("/large", get(async || vec![0_u8; LARGE]))
            .route("/held", get(held))
            .with_state((Arc::clone(&arrived), Arc::clone(&released)));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let (show, front) = watch::channel(Front::new(router, &Origins::Any));
        let shutdown = CancellationToken::new();
        let serving = api::serve(vec![Arc::new(listener)], front, limits, None, shutdown.clone());
        let serving = tokio::spawn(serving);
        Self { address, shutdown, serving, arrived, released, _front: show }
    }

    /// A connection over which `text` has been sent.
    async fn say(&self, text: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.expect("it listens");
        stream.write_all(text.as_bytes()).await.expect("the connection is open");
        stream
    }
}

async fn held(State((arrived, released)): State<(Arc<Notify>, Arc<Notify>)>) -> &'static str {
    arrived.notify_one();
    released.notified().await;
    "held"
}

/// Everything until the server ends the connection.
async fn hear(mut stream: TcpStream) -> String {
    let mut heard = Vec::new();
    let ended = timeout(PATIENCE, stream.read_to_end(&mut heard)).await;
    // An end by reset is an end.
    let _reset = ended.expect("the server ends the connection");
    String::from_utf8_lossy(&heard).into_owned()
}

fn request(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
}

#[tokio::test]
async fn whoever_sends_half_a_header_or_nothing_is_cut() {
    let served = Served::start(Limits { header: SHORT, ..Limits::default() }).await;
    for beginning in ["", "GET /fine HT", "GET /fine HTTP/1.1\r\nhost: x\r\nx-slow: "] {
        let heard = hear(served.say(beginning).await).await;
        assert!(!heard.contains("fine"), "{heard}");
    }
}

#[tokio::test]
async fn an_idle_connection_ends_after_its_answer() {
    let served = Served::start(Limits { header: SHORT, ..Limits::default() }).await;
    let heard = hear(served.say("GET /fine HTTP/1.1\r\nhost: x\r\n\r\n").await).await;
    assert!(heard.starts_with("HTTP/1.1 200 ") && heard.ends_with("\r\n\r\nfine"), "{heard}");
}

#[tokio::test]
async fn whoever_does_not_read_its_answer_loses_its_place() {
    let limits = Limits { write: SHORT, connections: 1, ..Limits::default() };
    let served = Served::start(limits).await;
    let _deaf = served.say(&request("/large")).await;
    let freed =
        async { while !hear(served.say(&request("/fine")).await).await.ends_with("fine") {} };
    timeout(PATIENCE, freed).await.expect("the place becomes free");
}

#[tokio::test]
async fn one_too_many_is_told_so_and_the_others_go_on() {
    let served = Served::start(Limits { connections: 1, ..Limits::default() }).await;
    let first = served.say(&request("/held")).await;
    served.arrived.notified().await;
    let heard = hear(TcpStream::connect(served.address).await.unwrap()).await;
    assert!(heard.starts_with("HTTP/1.1 503 ") && heard.contains("retry-after: 1"), "{heard}");
    assert!(heard.ends_with("\r\n\r\n{\"detail\":\"Too many connections, try again\"}"), "{heard}");
    served.released.notify_one();
    assert!(hear(first).await.ends_with("held"));
}

#[tokio::test]
async fn a_stop_answers_what_is_under_way_and_says_so_to_whoever_comes() {
    let served = Served::start(Limits::default()).await;
    let before = served.say(&request("/held")).await;
    served.arrived.notified().await;
    served.shutdown.cancel();
    for (path, status) in [("/health/ready", "503"), ("/health/live", "200"), ("/fine", "503")] {
        let heard = hear(served.say(&request(path)).await).await;
        assert!(heard.starts_with(&format!("HTTP/1.1 {status} ")), "{path}: {heard}");
    }
    served.released.notify_one();
    assert!(hear(before).await.ends_with("held"));
    timeout(PATIENCE, served.serving).await.expect("it ends").unwrap();
}

#[tokio::test]
async fn a_stop_does_not_wait_for_a_client_that_never_comes_to_an_end() {
    let served = Served::start(Limits { stop: SHORT, ..Limits::default() }).await;
    let _slow = served.say(&request("/held")).await;
    served.arrived.notified().await;
    served.shutdown.cancel();
    timeout(PATIENCE, served.serving).await.expect("it ends").unwrap();
}

#[tokio::test]
async fn check_55_heads_that_are_too_large_are_refused() {
    let served = Served::start(Limits::default()).await;
    let large = "x".repeat(64 * 1024);
    let many = "x: y\r\n".repeat(200);
    for (head, status) in [
        (format!("GET /{large} HTTP/1.1\r\n"), "414"),
        (format!("GET /fine HTTP/1.1\r\nx: {large}\r\n"), "431"),
        (format!("GET /fine HTTP/1.1\r\n{many}"), "431"),
    ] {
        let whole = format!("{head}host: x\r\nconnection: close\r\n\r\n");
        let heard = hear(served.say(&whole).await).await;
        assert!(heard.starts_with(&format!("HTTP/1.1 {status} ")), "{status}: {heard}");
    }
}
