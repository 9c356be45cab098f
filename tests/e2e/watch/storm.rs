//! Everybody comes back at once.

use anyhow::{Context, Result};
use futures::{StreamExt, TryStreamExt, stream};
use tests::{Client, Socket, patient};

use crate::named_parts::Parts;

/// Followers, and how many of them knock at the same time.
const FOLLOWERS: usize = 2_000;
const AT_ONCE: usize = 100;
/// What each of them has missed.
const MISSED: usize = 5;

/// A follower that has heard what it missed.
async fn comeback(ada: &Client, since: &str) -> Result<Socket> {
    let mut socket = ada.follow(&format!("type=new_message.v1&since={since}")).await?;
    for number in 0..MISSED {
        assert_eq!(socket.fact().await?["data"]["content"], number.to_string());
    }
    assert_eq!(socket.frame().await?["type"], "caught_up");
    Ok(socket)
}

#[tokio::test]
async fn two_thousand_followers_come_back_at_once_and_nobody_asks_postgres() -> Result<()> {
    let mut parts = Parts::start().await?;
    let mut service = parts.serve_crowds(FOLLOWERS).await?;
    service.expect_errors();
    let (ada, ada_id) = service.client().join("ada").await?;
    let first = ada.send(ada_id, "before").await?;
    let since = first.header("registre-position").context("a position")?;
    for number in 0..MISSED {
        ada.send(ada_id, &number.to_string()).await?;
    }
    // What is not there cannot be asked.
    parts.stop_postgres().await?;
    let back = stream::iter(0..FOLLOWERS).map(|_| comeback(&ada, since)).buffer_unordered(AT_ONCE);
    let mut back: Vec<Socket> = patient(back.try_collect()).await??;
    assert_eq!(back.len(), FOLLOWERS);
    ada.send(ada_id, "after").await?;
    for socket in &mut back {
        assert_eq!(socket.fact().await?["data"]["content"], "after");
    }
    drop(back);
    parts.start_postgres().await?;
    service.stop().await?;
    parts.log.shutdown().await;
    Ok(())
}

#[tokio::test]
async fn check_69_a_stream_takes_a_place_among_the_sockets_of_its_person() -> Result<()> {
    let parts = Parts::start().await?;
    let service = parts.serve_crowds(2).await?;
    let (ada, _) = service.client().join("ada").await?;
    let mut socket = ada.follow("").await?;
    assert_eq!(socket.frame().await?["type"], "hello");
    let mut events = ada.events("").await?;
    assert_eq!(events.next().await?.name, "hello");
    let refused = ada.get("/api/v1/stream").await?;
    assert_eq!((refused.status, refused.header("retry-after")), (429, Some("1")));
    drop(events);
    // The place of the one that has gone is free as soon as that is noticed.
    let again = patient(async {
        loop {
            if let Ok(socket) = ada.follow("").await {
                return socket;
            }
        }
    });
    assert_eq!(again.await?.frame().await?["type"], "hello");
    service.stop().await?;
    parts.log.shutdown().await;
    Ok(())
}
