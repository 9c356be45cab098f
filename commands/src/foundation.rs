//! The log's own identity.

use eventlog::{AppendError, Direction, EventLog, ExpectedRevision, ReadError, StreamFrom};
use schema::{Fact, LogFounded, LogId, StreamName};
use vault::{Keyring, Vault, VaultError};

use crate::{Request, random};

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
    let stream = StreamName::Log.to_string();
    let last = log.read_stream(&stream, StreamFrom::End, Direction::Backwards, 1).await?;
    let Some(last) = last.first() else { return Ok(None) };
    match Fact::read(&last.kind, &last.data) {
        Ok(Fact::LogFounded(founded)) => Ok(Some(founded)),
        Ok(_) | Err(_) => Err(FoundationError::Foreign),
    }
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

fn owned(founded: &LogFounded, keyring: &Keyring) -> Result<LogId, FoundationError> {
    let ours = (keyring.claim_key_check(), keyring.master_id());
    if (&founded.claim_key_check, founded.master.as_str()) == (&ours.0, ours.1) {
        Ok(founded.log)
    } else {
        Err(FoundationError::ForeignKeys)
    }
}
