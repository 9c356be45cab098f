//! `registre keys`: one key after another.

mod rewrap;

use std::path::Path;

use anyhow::{Result, bail};
use api::Rotation;

use crate::{arguments::Keys, output::print};

pub(crate) async fn run(command: Keys) -> Result<()> {
    match command {
        Keys::Rotate { data, keys, emergency } => rotate(&keys.beside(&data), emergency),
        Keys::Rewrap(options) => Box::pin(rewrap::run(options)).await,
    }
}

fn rotate(keys: &Path, emergency: bool) -> Result<()> {
    if !keys.is_dir() {
        bail!("there are no keys in {}", keys.display());
    }
    let rotation = if emergency { Rotation::Emergency } else { Rotation::Overlap };
    api::rotate(&keys.join("signing.key"), rotation)?;
    print(&[match rotation {
        Rotation::Overlap => "A new key signs; tokens that are out are good until they end.",
        Rotation::Emergency => "A new key signs; no token that is out counts any more.",
    }
    .to_owned()]);
    Ok(())
}
