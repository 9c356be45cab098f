//! `registre erasures list`

use anyhow::Result;
use commands::user::{Erasure, Unfinished};

use crate::{arguments::WithTables, operator::Operator, output::print};

/// Prints one line for each erasure that is not complete, and what it waits for.
pub(crate) async fn run(options: WithTables) -> Result<()> {
    let operator = Box::pin(Operator::open(&options.place)).await?;
    let mut lines: Vec<String> =
        operator.commands.unfinished_erasures().await?.iter().map(line).collect();
    let tables = operator.tables(options.database.as_ref()).await?;
    let unswept = async { projections::unswept(&projections::pool(&tables.url)?).await }.await;
    tables.close().await;
    operator.close().await;
    let sweep = |user: i64| format!("user {user}: waits for a sweep of Postgres's files");
    lines.extend(unswept?.into_iter().map(sweep));
    if lines.is_empty() {
        lines.push("nothing waits".to_owned());
    }
    print(&lines);
    Ok(())
}

fn line(erasure: &Unfinished) -> String {
    let what = match erasure.waits_for {
        Erasure::Completed | Erasure::WaitsForKey => "its data key to be taken away",
        Erasure::WaitsForScavenge => "a scavenge of the log",
    };
    format!("user {}: waits for {what}, since {}", erasure.user, erasure.since.to_rfc3339())
}
