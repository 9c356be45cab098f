//! `registre projections`: read models that an operator can look at, make anew, compare, swap and
//! bring back, while the service goes on.

mod rebuild;
mod status;

use std::process::ExitCode;

use ::projections::{Difference, Differences, LeftOutQuery, Rebuild, RebuildError};
use anyhow::{Context, Result, bail};

use crate::{
    arguments::{Beside, Projections},
    output::print,
    reach::Reach,
};

pub(crate) async fn run(command: Projections) -> Result<ExitCode> {
    match command {
        Projections::Status(beside) => status::run(&beside).await?,
        Projections::Rebuild(options) => rebuild::run(options).await?,
        Projections::Diff(beside) => return diff(&beside).await,
        Projections::Swap(options) => return swap(&options.beside, options.differing).await,
        Projections::Rollback(beside) => {
            open(&beside).await?.roll_back().await?;
            print(&["The former read models are live again; what has come since follows.".into()]);
        }
        Projections::Forget(beside) => {
            open(&beside).await?.forget().await?;
            print(&["There is nothing beside the live read models.".into()]);
        }
        Projections::Retry { stream, beside } => retry(&beside, &stream).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn open(beside: &Beside) -> Result<Rebuild> {
    let Reach { log, log_id, vault, database_url } = Box::pin(Reach::open(beside)).await?;
    Ok(Rebuild::new(log, log_id, vault, database_url.to_string()))
}

async fn diff(beside: &Beside) -> Result<ExitCode> {
    Ok(report(&Box::pin(open(beside).await?.diff()).await?))
}

async fn swap(beside: &Beside, differing: bool) -> Result<ExitCode> {
    match Box::pin(open(beside).await?.swap(differing)).await {
        Ok(found) => {
            report(&found);
            print(&["The new read models are live; the former ones are kept.".into()]);
            Ok(ExitCode::SUCCESS)
        }
        Err(RebuildError::Differs(found)) => {
            let code = report(&found);
            print(&["Nothing was swapped; --differing swaps all the same.".into()]);
            Ok(code)
        }
        Err(error) => Err(error.into()),
    }
}

/// Prints what differs. Keys and numbers alone: what rows say is somebody's.
fn report(found: &Differences) -> ExitCode {
    let mut lines =
        vec![format!("position  {}", found.position), format!("rows      {}", found.rows)];
    for Difference { table, live_only, next_only, changed, first } in &found.tables {
        lines.push(format!(
            "{table}: {changed} changed, {live_only} in the live ones alone, {next_only} in the new \
             ones alone; first: {}",
            first.join(", ")
        ));
    }
    let same = found.tables.is_empty();
    lines.push(if same { "no difference".into() } else { "they differ".into() });
    print(&lines);
    if same { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn retry(beside: &Beside, stream: &str) -> Result<()> {
    let reach = Box::pin(Reach::open(beside)).await?;
    let pool = ::projections::pool(&reach.database_url)?;
    if !pool.retry(stream).await? {
        bail!("no fact of {stream} waits");
    }
    loop {
        tokio::time::sleep(ASK_EVERY).await;
        let waiting = pool.quarantined_stream(stream).await.context("it is not known")?.value;
        match waiting {
            None => {
                print(&[format!("{stream} is quarantined no more")]);
                return Ok(());
            }
            Some(waiting) if !waiting.retry => {
                bail!("{stream} stays quarantined since {}: {}", waiting.since, waiting.reason)
            }
            Some(_) => {}
        }
    }
}

/// How often it is asked whether whoever projects has tried.
const ASK_EVERY: std::time::Duration = std::time::Duration::from_millis(200);
