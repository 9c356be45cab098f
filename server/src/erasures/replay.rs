//! `registre erasures replay`

use std::{convert::Infallible, path::PathBuf};

use anyhow::{Context, Result, bail};
use api::anonymous;
use commands::{Journal, Journalled};
use schema::Origin;

use crate::{arguments::ReplayErasures, operator::Operator, output::print, restored};

/// Makes the log hold what the journals say, and lets it be served again.
pub(crate) async fn run(options: ReplayErasures) -> Result<()> {
    let operator = Box::pin(Operator::open_restored(&options.place)).await?;
    let journalled = if options.without_journal {
        Journalled::default()
    } else {
        let given: Vec<PathBuf> =
            options.place.journal().into_iter().chain(options.others).collect();
        read(&given, &operator.keyring_check)?
    };
    let replayed =
        operator.commands.replay::<Infallible>(&journalled, || anonymous(Origin::default()));
    let replayed = Box::pin(replayed).await;
    operator.close().await;
    let replayed = replayed.context("the log does not know everything yet; the same goes on")?;
    restored::lift(&options.place.data)?;
    let mut lines: Vec<String> =
        replayed.erased.iter().map(|user| format!("user {user}: erased again")).collect();
    let passed = replayed.ids.iter();
    lines.extend(passed.map(|(kind, count)| format!("ids of kind {kind}: {count} passed over")));
    lines.push("the log may be served".to_owned());
    print(&lines);
    Ok(())
}

/// What all of `journals` say of the log with `check`.
fn read(journals: &[PathBuf], check: &str) -> Result<Journalled> {
    if journals.is_empty() {
        bail!("no journal is named: give --journal, or say --without-journal if it is lost");
    }
    let mut all = Journalled::default();
    for path in journals {
        let one = Journal::read(path, check)?;
        if one == Journalled::default() {
            bail!(
                "{} says nothing of this log: name the journal of the log that was lost by --journal, \
                 or say --without-journal if it is lost",
                path.display()
            );
        }
        all.erased.extend(one.erased);
        for (kind, below) in one.free {
            let free = all.free.entry(kind).or_insert(below);
            *free = below.max(*free);
        }
    }
    Ok(all)
}
