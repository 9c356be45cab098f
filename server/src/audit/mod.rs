//! `registre audit`: the history, for those who have to prove it.

mod export;
mod line;
mod replay;
mod service;
mod trace;
mod verify;

use anyhow::Result;

use crate::arguments::Audit;

pub(crate) async fn run(command: Audit) -> Result<()> {
    match command {
        Audit::Replay(options) => replay::run(options).await,
        Audit::Export(options) => export::run(options).await,
        Audit::Trace(options) => trace::run(options).await,
        Audit::Verify(options) => verify::run(&options),
    }
}
