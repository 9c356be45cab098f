//! A page that reads a list and follows from there on shows what the list would show.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use futures::{StreamExt, TryStreamExt, stream};
use serde_json::Value;
use tests::{Client, Service, Socket};

/// Pages that are loaded while somebody writes, and how many at a time.
const LOADS: usize = 1_000;
const AT_ONCE: usize = 20;
/// Rows that a page shows, newest first.
const SHOWN: usize = 20;
/// A page is looked at once it has heard so many messages live.
const HEARD: usize = 3;

type Rows = BTreeMap<i64, Value>;

/// What the list shows, at once or as of a cursor, and as of which place.
async fn listed(ada: &Client, query: &str) -> Result<(Rows, u64)> {
    let path = format!("/api/v1/messages?box=received&limit={SHOWN}&{query}");
    let answer = ada.get(&path).await?;
    let items = answer.body["items"].as_array().with_context(|| format!("{answer:?}"))?;
    let row = |item: &Value| Some((item["id"].as_i64()?, item["content"].clone()));
    let rows = items.iter().map(|item| row(item).context("a message")).collect::<Result<_>>()?;
    Ok((rows, place(answer.header("registre-read-position").context("a position")?)?))
}

fn place(cursor: &str) -> Result<u64> {
    Ok(cursor.rsplit_once('-').context("a cursor has two parts")?.1.parse()?)
}

/// Loads a page as the dashboard does: first the stream, then the list, then what the stream says.
async fn load(ada: &Client) -> Result<()> {
    let mut socket: Socket = ada.follow("type=new_message.v1").await?;
    let hello = socket.frame().await?;
    let head = hello["head"].as_str().context("a head")?;
    let (mut shown, of) = listed(ada, &format!("min_position={head}")).await?;
    let mut told = 0;
    let last = loop {
        let fact = socket.fact().await?;
        let number = fact["data"]["message_id"].as_i64().context("a number")?;
        shown.insert(number, fact["data"]["content"].clone());
        told += 1;
        let cursor = fact["cursor"].as_str().context("a cursor")?;
        // The list may have been newer than what the stream has said by then.
        if told >= HEARD && place(cursor)? >= of {
            break cursor.to_owned();
        }
    };
    while shown.len() > SHOWN {
        shown.pop_first();
    }
    assert_eq!(shown, listed(ada, &format!("as_of={last}")).await?.0);
    Ok(())
}

#[tokio::test]
async fn a_thousand_pages_that_are_loaded_during_writes_show_what_the_list_does() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, ada_id) = service.client().join("ada").await?;
    let writes = async {
        for number in 0_u64.. {
            let sent = ada.send(ada_id, &number.to_string()).await?;
            anyhow::ensure!(sent.status == 200, "{sent:?}");
        }
        anyhow::Ok(())
    };
    let loads = stream::iter(0..LOADS).map(|_| load(&ada)).buffer_unordered(AT_ONCE);
    tokio::select! {
        loaded = loads.try_collect::<Vec<()>>() => assert_eq!(loaded?.len(), LOADS),
        written = writes => written?,
    }
    Ok(())
}
