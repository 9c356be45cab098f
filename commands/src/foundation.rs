//! The log's own identity.

use chrono::{DateTime, Utc};
use eventlog::{
    AppendError, Direction, EventLog, ExpectedRevision, NewFact, ReadError, StreamFrom,
};
use schema::{Fact, LogFact, LogFounded, LogId, Metadata, StreamName};
use vault::{Keyring, Vault, VaultError};

use crate::{Request, random, request::METADATA_SCHEMA};

/// Why a log cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FoundationError {
    /// Its claims were made, or its data keys wrapped, with other keys: every claim would be free
    /// again, and nothing sealed would open.
    #[error("this log was written with other keys than those in the keys' directory")]
    ForeignKeys,
    /// Its first fact is not what Registre writes.
    #[error("stream registre-log does not begin with the log's identity")]
    Foreign,
    /// It did not take its identity.
    #[error("log could not be founded")]
    Append(#[from] AppendError),
    /// It did not give its identity.
    #[error("log's identity could not be read")]
    Read(#[from] ReadError),
    /// Its identity cannot be encoded or decoded.
    #[error("log's identity could not be read")]
    Vault(#[from] VaultError),
}

/// The identity of `log`, if it has been founded. Asked before any key is made: a log that was
/// written with keys that are gone must not be given new ones.
///
/// # Errors
///
/// [`FoundationError`].
pub async fn foundation(log: &EventLog) -> Result<Option<LogFounded>, FoundationError> {
    let Some(last) = last(log).await? else { return Ok(None) };
    match Fact::read(&last.kind, &last.data) {
        Ok(Fact::Log(LogFact::LogFounded(founded))) => Ok(Some(founded)),
        Ok(_) | Err(_) => Err(FoundationError::Foreign),
    }
}

/// The last fact about `log` itself.
pub(crate) async fn last(log: &EventLog) -> Result<Option<eventlog::Fact>, ReadError> {
    let stream = StreamName::Log.to_string();
    let last = log.read_stream(&stream, StreamFrom::End, Direction::Backwards, 1).await?;
    Ok(last.into_iter().next())
}

/// The identity of `log`; written on first use.
///
/// # Errors
///
/// [`FoundationError`], in particular when the log belongs to other keys.
pub async fn found(
    log: &EventLog,
    vault: &Vault,
    keyring: &Keyring,
    request: &Request,
) -> Result<LogId, FoundationError> {
    if let Some(founded) = foundation(log).await? {
        return owned(&founded, keyring);
    }
    let founded = LogFounded {
        log: LogId(random::id()),
        claim_key_check: keyring.claim_key_check(),
        master: keyring.master_id().to_owned(),
    };
    let metadata = request.metadata(vault);
    let new = vault.seal(&StreamName::Log, random::id(), founded.clone().into(), metadata).await?;
    let stream = StreamName::Log.to_string();
    match log.append(&stream, ExpectedRevision::NoStream, vec![new]).await {
        Ok(_) => Ok(founded.log),
        // Another process founded it meanwhile, or we did and the answer was lost.
        Err(AppendError::WrongRevision { .. } | AppendError::OutcomeUnknown(_)) => {
            let founded = foundation(log).await?.ok_or(FoundationError::Foreign)?;
            owned(&founded, keyring)
        }
        Err(error) => Err(error.into()),
    }
}

/// Gives `log`, which is a copy of another, an identity of its own: cursors of the other one are
/// recognised from here on. Its keys stay what they are.
///
/// # Errors
///
/// [`FoundationError`], in particular when it has never been founded.
pub async fn renew(log: &EventLog, at: DateTime<Utc>) -> Result<LogId, FoundationError> {
    let founded = foundation(log).await?.ok_or(FoundationError::Foreign)?;
    let renewed = LogFounded { log: LogId(random::id()), ..founded };
    let stream = StreamName::Log.to_string();
    let last = last(log).await?.ok_or(FoundationError::Foreign)?;
    let fact = Fact::from(renewed.clone());
    let operation = random::id();
    let metadata = Metadata {
        schema: METADATA_SCHEMA,
        actor: None,
        credential: None,
        correlation: operation,
        causation: operation,
        at,
        personal: None,
        origin_hash: None,
    };
    let new = NewFact {
        id: random::id(),
        kind: fact.kind().to_owned(),
        data: fact.write().map_err(VaultError::from)?.into(),
        metadata: serde_json::to_vec(&metadata).map_err(VaultError::from)?.into(),
    };
    log.append(&stream, ExpectedRevision::Exactly(last.revision), vec![new]).await?;
    Ok(renewed.log)
}

fn owned(founded: &LogFounded, keyring: &Keyring) -> Result<LogId, FoundationError> {
    let ours = (keyring.claim_key_check(), keyring.master_id());
    if (&founded.claim_key_check, founded.master.as_str()) == (&ours.0, ours.1) {
        Ok(founded.log)
    } else {
        Err(FoundationError::ForeignKeys)
    }
}
