//! `registre log`: the event log by itself, for operators and for official clients in any language.

mod backup;
mod copy;
mod progress;
mod serve;
mod verify;

use anyhow::Result;

pub(crate) use self::progress::bar;
use crate::arguments::Log;

pub(crate) async fn run(command: Log) -> Result<()> {
    match command {
        Log::Serve(options) => serve::run(options).await,
        Log::Verify { data } => verify::run(&data),
        Log::Backup { data, to } => backup::run(&data, &to),
        Log::Copy(options) => copy::run(options).await,
    }
}
