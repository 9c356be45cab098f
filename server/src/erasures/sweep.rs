//! `registre erasures sweep`

use std::convert::Infallible;

use anyhow::Result;
use api::anonymous;
use commands::{Commands, user::Erasure};
use schema::Origin;

use crate::{arguments::WithTables, operator::Operator, output::print};

/// Finishes what can be finished, once.
pub(crate) async fn run(options: WithTables) -> Result<()> {
    let operator = Box::pin(Operator::open(&options.place)).await?;
    let mut lines = finish(&operator.commands).await?;
    let tables = operator.tables(options.database.as_ref()).await?;
    let swept = projections::sweep(&tables.url).await;
    tables.close().await;
    operator.close().await;
    let swept = swept?;
    lines.push(format!("swept: {} erased", swept.people.len()));
    if !swept.journal {
        lines.push(
            "Postgres keeps its write-ahead log: whoever runs it has to let go of it".to_owned(),
        );
    }
    print(&lines);
    Ok(())
}

/// Goes on with every erasure that is not complete. Tells what became of each.
pub(crate) async fn finish(commands: &Commands) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    for left in commands.unfinished_erasures().await? {
        let request = anonymous(Origin::default());
        let became = commands.finish_erasure::<Infallible>(left.user, &request).await?;
        lines.push(match became {
            Erasure::Completed => format!("user {}: complete", left.user),
            Erasure::WaitsForScavenge | Erasure::WaitsForKey => {
                format!("user {}: waits for a scavenge of the log", left.user)
            }
        });
    }
    Ok(lines)
}
