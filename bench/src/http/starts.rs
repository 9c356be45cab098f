//! Starts: with everything there, and with empty read models.

use std::{path::Path, time::Instant};

use anyhow::Context;

use super::{
    client::{Call, Connection},
    service::Process,
};
use crate::postgres::Postgres;

/// Stops `registre`, starts it again, and lets it fill a new database.
pub(crate) async fn measure(
    program: &Path,
    data: &Path,
    postgres: &Postgres,
    registre: Process,
) -> anyhow::Result<()> {
    registre.stop().await?;
    let begun = Instant::now();
    let registre = Process::registre(program, data, &postgres.url("registre")).await?;
    registre.ready().await?;
    println!("start, warm            ready after {:.2?}", begun.elapsed());
    let reached = read_position(&registre).await?;
    registre.stop().await?;

    postgres.execute("postgres", "create database again")?;
    let registre = Process::registre(program, data, &postgres.url("again")).await?;
    let begun = Instant::now();
    while read_position(&registre).await.unwrap_or(0) < reached {}
    let took = begun.elapsed();
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    let rate = reached as f64 / took.as_secs_f64();
    println!("projection catch-up    {rate:>9.0} facts/s ({reached} facts in {took:.2?})");
    registre.stop().await
}

/// The place in the log that the read models are of.
async fn read_position(registre: &Process) -> anyhow::Result<u64> {
    let mut connection = Connection::open(registre.address).await?;
    let position = connection.header(Call::get("/events/?limit=1"), "registre-read-position");
    let position = position.await?.context("no position")?;
    Ok(position.rsplit('-').next().context("no position")?.parse()?)
}
