//! `registre erasures`: what is left of those who were erased, and how it goes.

mod list;
mod replay;
mod sweep;

use anyhow::Result;

pub(crate) use self::sweep::finish;

use crate::arguments::Erasures;

pub(crate) async fn run(command: Erasures) -> Result<()> {
    match command {
        Erasures::List(options) => list::run(options).await,
        Erasures::Sweep(options) => sweep::run(options).await,
        Erasures::Replay(options) => replay::run(options).await,
    }
}
