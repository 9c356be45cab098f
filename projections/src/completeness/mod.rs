//! Whether the read models were made from every fact, once and in order.
//!
//! The projector keeps a [`Tally`] of what it consumes beside its checkpoint. A second reader, which
//! asks the log in its own way, keeps one of its own and compares where the checkpoint stands. A
//! lag of zero with a hole below it therefore never looks complete.

mod digest;
mod tally;

use eventlog::{Direction, EventLog, Filter, Position, ReadError};
use schema::{
    LogId,
    caps::{COMPARE_EVERY, DIGEST_EVERY, LOG_PAGE},
};
use tokio::{sync::watch, time::MissedTickBehavior};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use self::digest::Place;
pub(crate) use self::tally::{Tally, is_counted};
use crate::{Chain, DatabaseError, Panicked, Pool, or_panicked};

/// Whether the read models are complete.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Completeness {
    /// Nothing has been compared yet, or nothing can be.
    #[default]
    Unknown,
    /// They were made from every fact up to here, once and in order.
    Complete {
        /// Where both readers stood.
        position: u64,
    },
    /// They were not.
    Broken {
        /// Where that was found out.
        position: u64,
    },
}

/// The second reader.
#[derive(Clone, Debug)]
pub struct Reference {
    /// The record.
    pub log: EventLog,
    /// That log's identity.
    pub log_id: LogId,
    /// Where the checkpoint and the digests are.
    pub pool: Pool,
}

/// Why nothing could be compared.
#[derive(Debug, thiserror::Error)]
enum ReferenceError {
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error("log could not be read")]
    Log(#[from] ReadError),
    #[error("the log does not show position {0}, where the read models stand")]
    Behind(u64),
    #[error(transparent)]
    Panicked(#[from] Panicked),
}

impl Reference {
    /// Compares until `shutdown`, through any outage of the log or Postgres, and tells what it
    /// finds.
    pub async fn run(self, tell: watch::Sender<Completeness>, shutdown: CancellationToken) {
        let work = async {
            let mut place = None;
            let mut turns = tokio::time::interval(COMPARE_EVERY);
            turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                turns.tick().await;
                match or_panicked(self.compare(&mut place)).await {
                    Ok(found) => announce(&tell, found),
                    Err(failed) => {
                        warn!(error = %Chain(&failed), "completeness is unknown");
                        tell.send_replace(Completeness::Unknown);
                    }
                }
            }
        };
        shutdown.run_until_cancelled(work).await;
    }

    /// Follows to where the checkpoint stands now, and compares there. The checkpoint may move on
    /// meanwhile: that is for the next turn.
    async fn compare(&self, place: &mut Option<Place>) -> Result<Completeness, ReferenceError> {
        let Some(claimed) = digest::checkpoint(&self.pool, self.log_id).await? else {
            return Ok(Completeness::Unknown);
        };
        let position = claimed.position;
        // The checkpoint goes back where read models are made anew.
        let known = place.take().filter(|place| place.position <= position);
        let followed = place.insert(match known {
            Some(known) => known,
            None => digest::resume(&self.pool, self.log_id, position).await?,
        });
        self.follow(followed, position).await?;
        Ok(if (followed.position, &followed.tally) == (position, &claimed.tally) {
            Completeness::Complete { position }
        } else {
            Completeness::Broken { position }
        })
    }

    /// Tallies everything after `place` up to `target`. A short page is no end: the fact at `target`
    /// has been read by somebody, so the log is asked again until it comes.
    async fn follow(&self, place: &mut Place, target: u64) -> Result<(), ReferenceError> {
        while place.position < target {
            let before = place.position;
            let from = (place.position > 0).then_some(Position(place.position));
            let page = self.log.read_all(Filter::None, from, Direction::Forwards, LOG_PAGE).await?;
            for fact in page {
                // A read from a position brings the fact at that position once more.
                if fact.position.0 <= place.position {
                    continue;
                }
                if fact.position.0 > target {
                    break;
                }
                place.position = fact.position.0;
                place.written = place.written.max(Some(fact.created));
                if place.tally.take(&fact) && place.tally.counted.is_multiple_of(DIGEST_EVERY) {
                    digest::keep(&self.pool, self.log_id, place).await?;
                }
            }
            if place.position == before {
                return Err(ReferenceError::Behind(target));
            }
        }
        Ok(())
    }
}

/// Tells `found`, and says it once.
fn announce(tell: &watch::Sender<Completeness>, found: Completeness) {
    let before = tell.send_replace(found);
    let was_broken = matches!(before, Completeness::Broken { .. });
    match found {
        Completeness::Broken { position } if !was_broken => {
            error!(position, "read models miss facts, or hold some twice or in another order");
        }
        Completeness::Complete { position } if was_broken => {
            info!(position, "read models are complete again");
        }
        Completeness::Unknown | Completeness::Complete { .. } | Completeness::Broken { .. } => {}
    }
}

#[cfg(test)]
mod tests;
