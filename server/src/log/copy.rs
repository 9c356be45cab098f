//! `registre log copy`

use anyhow::{Context, Result};
use eventlog::{CopyOptions, EventLog, Options};

use super::progress::bar;
use crate::arguments::{Address, LogCopy};
use crate::output::print;

/// Streams that are not worth carrying: they count logins of the last minutes.
const LEFT_OUT: &[&str] = &["attempts-"];

/// Carries one log over into another and gives that an identity of its own.
pub(crate) async fn run(options: LogCopy) -> Result<()> {
    let (from, to) = (connect(&options.from).await?, connect(&options.to).await?);
    let leave_out = LEFT_OUT.iter().map(|&prefix| prefix.to_owned()).collect();
    let copy_options = CopyOptions { leave_out, renumber: options.renumber };
    let progress = bar(0);
    let copied = eventlog::copy(&from, &to, &copy_options, |copied| {
        progress.set_length(copied.head.0);
        progress.set_position(copied.position.0);
    });
    let copied = Box::pin(copied).await;
    progress.finish_and_clear();
    let facts = copied.context("the log is not copied as a whole; the same command goes on")?;
    let log = Box::pin(commands::renew(&to, api::now())).await?;
    print(&[
        format!("facts    {facts}"),
        format!("log      {log}"),
        "The read models of the old log do not fit: use an empty database.".to_owned(),
    ]);
    Ok(())
}

async fn connect(address: &Address) -> Result<EventLog> {
    let log = Box::pin(EventLog::connect(address.as_str(), Options::default())).await;
    log.context("the address of a log cannot be used")
}
