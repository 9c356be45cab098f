//! Lists that are read whole, however long they are.

use std::fs;

use anyhow::{Context, Result};
use reqwest::{Method, Response};
use serde_json::json;
use tests::{Client, Service};

use crate::read_models::run_sql;

/// Rows of each list: far more than are ever in memory for one that reads them.
const ROWS: usize = 150_000;

/// Readers of one list that do not read on.
const READERS: usize = 8;

/// What readers of a list may cost together, in bytes. One whole answer is more than that.
const GROWTH_MAX: usize = 10 * 1024 * 1024;

/// Fills `table` with copies of what stands in it.
fn copies(table: &str) -> String {
    format!(
        "INSERT INTO {table} SELECT copy.* FROM {table} one, generate_series(1, {ROWS}) number, \
         LATERAL jsonb_populate_record(one, jsonb_build_object('id', one.id + number)) copy \
         WHERE one.id = (SELECT max(id) FROM {table})"
    )
}

/// What a process holds in memory, in bytes.
fn resident(service: &Service) -> Result<usize> {
    let status = fs::read_to_string(format!("/proc/{}/status", service.pid()?))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no size")?;
    let kilobytes: usize = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kilobytes * 1024)
}

/// An answer of which the beginning has come.
async fn begun(client: &Client, path: &str) -> Result<Response> {
    let mut answer = client.request(Method::GET, path).send().await?;
    let first = answer.chunk().await?.context("the list begins")?;
    assert!(first.starts_with(b"["), "{path}");
    Ok(answer)
}

#[tokio::test]
async fn a_list_begins_before_it_is_read_and_costs_no_more_memory_for_its_length() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, id) = service.client().join("ada").await?;
    let machine = json!({
        "user_id": id, "name": "n", "operating_system": "o",
        "cpu_cores": 1, "ram_gb": 1, "disk_gb": 1,
    });
    assert_eq!(ada.post("/vm", &machine).await?.status, 200);
    for table in ["users", "vms"] {
        run_sql(&service, &copies(table)).await?;
    }
    for path in ["/user", "/vm"] {
        // Whatever is loaded once is there before it counts.
        drop(begun(&ada, path).await?);
        let before = resident(&service)?;
        let mut answers = Vec::new();
        for _ in 0..READERS {
            answers.push(begun(&ada, path).await?);
        }
        let grown = resident(&service)?.saturating_sub(before);
        assert!(grown < GROWTH_MAX, "{path}: {grown} bytes for readers that do not read");

        let mut whole = answers.pop().context("an answer")?;
        let (mut length, mut last) = (0, None);
        while let Some(chunk) = whole.chunk().await? {
            length += chunk.len();
            last = chunk.last().copied();
        }
        assert!(last == Some(b']') && length > GROWTH_MAX, "{path}: {length} bytes");
        let grown = resident(&service)?.saturating_sub(before);
        assert!(grown < GROWTH_MAX, "{path}: {grown} bytes for {length} that were read");
    }
    Ok(())
}
