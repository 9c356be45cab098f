//! What the service is compared with: as little as axum and Postgres can be made to do.

use std::{sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::{
        Path, State, WebSocketUpgrade,
        ws::{Message, Utf8Bytes, WebSocket},
    },
    http::StatusCode,
    response::Response,
    routing::{get, post},
};
use clap::Args;
use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod};
use futures::SinkExt;
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::broadcast};
use tokio_postgres::{NoTls, Row};

/// The table that it reads, as many rows as the lists of the comparison show.
pub(crate) const TABLE: &str = "create table bare_events (id bigint primary key, title text, \
    description text, date text, location text, organizer_id bigint, created_at text); \
    insert into bare_events select n, 'title ' || n, 'Dans la rue', '2030-06-21T18:00:00', 'Lyon', \
    1, '2030-01-01T00:00:00.000000Z' from generate_series(1, 100) n";

const COLUMNS: &str = "id, title, description, date, location, organizer_id, created_at";

/// As many connections as the service's own pool has.
const CONNECTIONS: usize = 16;

/// Frames that a socket may be behind.
const QUEUE: usize = 4_096;

/// What `bench bare` is told.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The database that holds its table.
    #[arg(long)]
    database: String,
}

#[derive(Clone, Debug)]
struct Bare {
    pool: Pool,
    frames: Arc<broadcast::Sender<Utf8Bytes>>,
}

/// Serves until it is killed.
pub(crate) async fn serve(arguments: &Arguments) -> anyhow::Result<()> {
    let config = arguments.database.parse()?;
    let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let pool = Pool::builder(Manager::from_config(config, NoTls, recycling));
    let bare = Bare {
        pool: pool.max_size(CONNECTIONS).build()?,
        frames: Arc::new(broadcast::channel(QUEUE).0),
    };
    let router = Router::new()
        .route("/events", get(list))
        .route("/events/{id}", get(one))
        .route("/burst", post(burst))
        .route("/ws", get(socket))
        .with_state(bare);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("bare axum serves http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, router).await?)
}

async fn rows(bare: &Bare, sql: &str, id: Option<i64>) -> Result<Vec<Row>, StatusCode> {
    let query = async {
        let client = bare.pool.get().await?;
        let statement = client.prepare_cached(sql).await?;
        let rows = match &id {
            Some(id) => client.query(&statement, &[id]).await?,
            None => client.query(&statement, &[]).await?,
        };
        anyhow::Ok(rows)
    };
    query.await.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)
}

fn event(row: &Row) -> Value {
    json!({
        "id": row.get::<_, i64>(0),
        "title": row.get::<_, &str>(1),
        "description": row.get::<_, &str>(2),
        "date": row.get::<_, &str>(3),
        "location": row.get::<_, &str>(4),
        "organizer_id": row.get::<_, i64>(5),
        "created_at": row.get::<_, &str>(6),
    })
}

async fn one(State(bare): State<Bare>, Path(id): Path<i64>) -> Result<Json<Value>, StatusCode> {
    let sql = format!("select {COLUMNS} from bare_events where id = $1");
    let rows = rows(&bare, &sql, Some(id)).await?;
    Ok(Json(event(rows.first().ok_or(StatusCode::NOT_FOUND)?)))
}

async fn list(State(bare): State<Bare>) -> Result<Json<Value>, StatusCode> {
    let sql = format!("select {COLUMNS} from bare_events order by id limit 100");
    Ok(Json(rows(&bare, &sql, None).await?.iter().map(event).collect()))
}

async fn burst(State(bare): State<Bare>, frame: String) -> StatusCode {
    match bare.frames.send(frame.into()) {
        Ok(_) => StatusCode::OK,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

async fn socket(State(bare): State<Bare>, upgrade: WebSocketUpgrade) -> Response {
    let frames = bare.frames.subscribe();
    upgrade.on_upgrade(|socket| async {
        // A socket that ends, or falls behind, ends the comparison by what its reader misses.
        let _ended = tell(socket, frames).await;
    })
}

/// Whatever waits goes out with one write.
async fn tell(
    mut socket: WebSocket,
    mut frames: broadcast::Receiver<Utf8Bytes>,
) -> anyhow::Result<()> {
    loop {
        socket.feed(Message::Text(frames.recv().await?)).await?;
        while let Ok(frame) = frames.try_recv() {
            socket.feed(Message::Text(frame)).await?;
        }
        tokio::time::timeout(Duration::from_secs(30), socket.flush()).await??;
    }
}
