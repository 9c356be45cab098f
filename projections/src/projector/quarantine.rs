//! Streams with a fact that cannot be applied: what comes after it waits, in its order, until it can
//! be. Other streams go on.

use std::collections::HashSet;

use eventlog::{Direction, Fact as Stored, Filter, Position};
use schema::{Fact, UserFact};
use tracing::{error, info, warn};

use super::{BatchError, Projector, Writer, batch::Step, is_of_the_rows};
use crate::{
    Chain, CheckpointError,
    completeness::Tally,
    models::{Place, Rows},
};

/// Why a fact waits that could be applied.
const WAITS: &str = "an earlier fact of its stream could not be applied";

/// The streams that wait.
#[derive(Debug, Default)]
pub(crate) struct Quarantine(HashSet<String>);

impl Quarantine {
    /// Those that waited when `writer` took over.
    pub(crate) async fn load(writer: &Writer) -> Result<Self, BatchError> {
        let rows = writer.ask("SELECT DISTINCT stream FROM left_out", &[]).await?;
        Ok(Self(rows.iter().map(|row| row.get(0)).collect()))
    }

    /// Lets those of `steps` wait that have to. An erasure does not: it leaves nothing that what
    /// waits could still change, and nobody must go on reading what was erased.
    pub(super) fn hold(&mut self, steps: &mut [Step]) {
        for step in steps {
            match &step.fact {
                Ok(Fact::User(UserFact::UserErased(_))) => {}
                Ok(_) if self.0.contains(&step.stored.stream) => step.fact = Err(WAITS.to_owned()),
                Ok(_) => {}
                Err(reason) => self.add(&step.stored, reason),
            }
        }
    }

    /// The stream of `stored` waits from here on, if it does not yet.
    pub(super) fn add(&mut self, stored: &Stored, reason: &str) {
        let (stream, position) = (&stored.stream, stored.position.0);
        if self.0.insert(stream.clone()) {
            error!(reason, stream, position, "a fact cannot be applied: its stream waits");
        }
    }
}

impl Projector {
    /// Tries again what waits: this projector may know what the one before it did not.
    pub(crate) async fn drain_all(
        &self,
        writer: &Writer,
        quarantine: &mut Quarantine,
    ) -> Result<(), BatchError> {
        for stream in quarantine.0.clone() {
            self.drain(writer, quarantine, &stream).await?;
        }
        Ok(())
    }

    /// Tries again what somebody has asked for.
    pub(super) async fn drain_asked(
        &self,
        writer: &Writer,
        quarantine: &mut Quarantine,
    ) -> Result<(), BatchError> {
        // Most of the time nothing waits, and nobody can ask.
        if quarantine.0.is_empty() {
            return Ok(());
        }
        let asked = writer.ask("SELECT DISTINCT stream FROM left_out WHERE retry", &[]).await?;
        for row in asked {
            self.drain(writer, quarantine, row.get(0)).await?;
        }
        Ok(())
    }

    /// Applies the facts of `stream` that wait, in their order, up to the first that still cannot
    /// be.
    async fn drain(
        &self,
        writer: &Writer,
        quarantine: &mut Quarantine,
        stream: &str,
    ) -> Result<(), BatchError> {
        let sql = "SELECT position FROM left_out WHERE stream = $1 ORDER BY position";
        for row in writer.ask(sql, &[&stream]).await? {
            if let Err(reason) = self.make_up_for(writer, stream, row.get(0)).await? {
                let again = "UPDATE left_out SET retry = false,
                                 reason = CASE WHEN position = $2 THEN $3 ELSE reason END
                             WHERE stream = $1";
                writer.ask(again, &[&stream, &row.get::<_, i64>(0), &reason]).await?;
                warn!(stream, reason, "stream stays quarantined");
                return Ok(());
            }
        }
        quarantine.0.remove(stream);
        info!(stream, "stream is quarantined no more");
        Ok(())
    }

    /// Applies the fact at `position`, where `stream` waits for it; or tells why it cannot.
    async fn make_up_for(
        &self,
        writer: &Writer,
        stream: &str,
        position: i64,
    ) -> Result<Result<(), String>, BatchError> {
        let place = Position(position.cast_unsigned());
        let found = self.log.read_all(Filter::None, Some(place), Direction::Forwards, 1).await;
        let found = found.map_err(CheckpointError::from)?;
        let found = found.into_iter().filter(|stored| stored.position == place);
        let mut rows = Rows::default();
        // What the log has forgotten meanwhile needs no place.
        rows.make_up_for(position, stream);
        for step in self.open(found, &mut Tally::default()).await? {
            match step.fact {
                Ok(fact) => {
                    rows.apply(Place::of(&step.stored), &fact);
                }
                Err(reason) => return Ok(Err(reason)),
            }
        }
        match writer.amend(&rows).await {
            Err(refused) if is_of_the_rows(&refused) => Ok(Err(Chain(&refused).to_string())),
            written => Ok(Ok(written?)),
        }
    }
}

#[cfg(test)]
mod tests;
