//! `registre projections status`

use ::projections::{LeftOutQuery, Place, Rebuild};
use anyhow::Result;
use schema::caps::QUARANTINED_SHOWN_MAX;

use crate::{arguments::Beside, output::print, reach::Reach};

/// Prints where the read models stand, and what waits.
pub(crate) async fn run(beside: &Beside) -> Result<()> {
    let Reach { log, log_id, vault, database_url } = Box::pin(Reach::open(beside)).await?;
    let head = log.head().await?.map_or(0, |head| head.0);
    let pool = ::projections::pool(&database_url)?;
    let quarantined = pool.quarantined(QUARANTINED_SHOWN_MAX).await?.value;
    let places = Rebuild::new(log, log_id, vault, database_url.to_string()).places().await?;
    let mut lines = vec![
        format!("log     position {head}"),
        line("live", places.live),
        line("new", places.next),
        line("former", places.former),
        format!("quarantined streams: {}", quarantined.len()),
    ];
    for stream in quarantined {
        lines.push(format!(
            "  {} since {}, {} waiting: {} ({})",
            stream.stream, stream.since, stream.facts, stream.reason, stream.kind
        ));
    }
    print(&lines);
    Ok(())
}

fn line(name: &str, place: Option<Place>) -> String {
    match place {
        Some(Place { position, counted }) => {
            format!("{name:<8}position {position}, {counted} facts")
        }
        None => format!("{name:<8}none"),
    }
}
