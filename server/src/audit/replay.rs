//! `registre audit replay`

use std::io::{self, BufWriter, ErrorKind, Write};

use anyhow::Result;

use super::{line::position, service::Service};
use crate::{arguments::Replay, log::bar};

/// Prints what is asked for, as long as somebody reads it.
pub(crate) async fn run(options: Replay) -> Result<()> {
    let query = [
        ("from", options.since),
        ("until", options.until),
        ("stream", options.stream),
        ("type", options.kind),
        ("actor", options.actor.map(|actor| actor.to_string())),
        ("correlation", options.correlation.map(|correlation| correlation.to_string())),
        ("limit", options.limit.map(|limit| limit.to_string())),
        ("purpose", options.purpose),
    ];
    let query = query.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    let service = Service::new(options.source);
    let mut lines = service.lines(query).await?;
    let progress = bar(lines.end);
    let mut out = BufWriter::new(io::stdout().lock());
    while let Some((line, said)) = lines.next().await? {
        progress.set_position(position(&said).unwrap_or_default());
        match out.write_all(&line) {
            // `head` has seen enough.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(()),
            written => written?,
        }
    }
    progress.finish_and_clear();
    match out.flush() {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}
