//! What the log itself tells: where it ends, which places it has, and when they were written.

use chrono::{DateTime, Utc};
use eventlog::{Direction, Fact as Stored, Filter, Position, ReadError};
use schema::{Origin, UserId, caps::LOG_PAGE};
use serde_json::Value;
use vault::{Opened, VaultError};

use crate::{Commands, LogFailure};

/// A fact, as one of those whom it is about may know it.
#[derive(Clone, Debug)]
pub struct About {
    /// Where it stands.
    pub stored: Stored,
    /// What it says, opened as far as its keys are still there. Of a password nothing is told.
    pub data: Value,
    /// From where it was caused, if by them.
    pub origin: Option<Origin>,
}

impl Commands {
    /// Where the last fact of the log stands.
    ///
    /// # Errors
    ///
    /// [`LogFailure`].
    pub async fn head(&self) -> Result<Option<Position>, LogFailure> {
        Ok(self.log.head().await?)
    }

    /// Whether a fact stands at `position`, be it one of the log's own: cursors name these too.
    ///
    /// # Errors
    ///
    /// [`LogFailure`].
    pub async fn names_fact(&self, position: u64) -> Result<bool, LogFailure> {
        let from = Some(Position(position));
        match self.log.read_all(Filter::None, from, Direction::Forwards, 1).await {
            Ok(facts) => Ok(facts.first().is_some_and(|fact| fact.position.0 == position)),
            Err(ReadError::Invalid(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// The last place of the log up to which nothing was written after `at`; 0 where there is none.
    /// It is looked for after `known`, up to which nothing was. A clock that went back makes no
    /// earlier place of a later one.
    ///
    /// # Errors
    ///
    /// [`LogFailure`].
    pub async fn written_by(
        &self,
        at: DateTime<Utc>,
        known: Option<u64>,
    ) -> Result<u64, LogFailure> {
        let mut last = known.unwrap_or_default();
        let mut from = known.map(Position);
        loop {
            let page = self
                .log
                .read_all(Filter::ExcludeSystem, from, Direction::Forwards, LOG_PAGE)
                .await?;
            let full = page.len() == LOG_PAGE;
            let before = from;
            for Stored { position, created, .. } in page {
                if created > at {
                    return Ok(last);
                }
                last = position.0;
                from = Some(position);
            }
            if !full || from == before {
                return Ok(last);
            }
        }
    }

    /// The facts of `stream`, for `user`, whom they are about.
    ///
    /// # Errors
    ///
    /// [`LogFailure`].
    pub async fn about(&self, stream: &str, user: UserId) -> Result<Vec<About>, LogFailure> {
        let mut about = Vec::new();
        for stored in self.read(stream).await? {
            let Opened { mut fact, metadata } = self.vault.open_with_origin(&stored).await?;
            let mut data: Value = serde_json::from_slice(&stored.data).map_err(VaultError::from)?;
            if let Some(clear) = fact.personal().and_then(|(_, personal)| personal.clear_bytes()) {
                let mut clear: Value = serde_json::from_slice(&clear).map_err(VaultError::from)?;
                clear.as_object_mut().map(|personal| personal.shift_remove("password_hash"));
                data["personal"] = clear;
            }
            let own = metadata.actor == Some(user);
            let origin = metadata.personal.filter(|_| own).and_then(|of| of.clear().cloned());
            about.push(About { stored, data, origin });
        }
        Ok(about)
    }
}
