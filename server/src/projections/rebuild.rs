//! `registre projections rebuild`

use ::projections::{Course, Rebuilt};
use anyhow::Result;
use tokio_util::sync::CancellationToken;

use crate::{arguments::Rebuild, log::bar, output::print, serve::on_signal};

/// Makes read models beside the live ones, until they stand where those do or it is stopped.
pub(crate) async fn run(options: Rebuild) -> Result<()> {
    let stop = CancellationToken::new();
    on_signal(&stop)?;
    let rebuild = super::open(&options.beside).await?;
    if options.anew {
        rebuild.start_over().await?;
    }
    let progress = bar(0);
    let mut begun = None;
    let tell = |course: Course| {
        if begun.replace(course.target).is_none() {
            // What an earlier run has done says nothing about the speed of this one.
            progress.set_position(course.position);
            progress.reset_eta();
        }
        progress.set_length(course.target);
        progress.set_position(course.position);
    };
    let ended = Box::pin(rebuild.run(options.batch.max(1), tell, &stop)).await;
    progress.finish_and_clear();
    let (course, end) = match ended? {
        Rebuilt::CaughtUp(course) => (course, "They stand where the live ones do.".to_owned()),
        Rebuilt::Cancelled(course) => {
            let percent = course.position * 100 / course.target.max(1);
            (course, format!("Stopped at {percent} %; the same command goes on."))
        }
    };
    print(&[format!("facts     {}", course.facts), format!("position  {}", course.position), end]);
    Ok(())
}
