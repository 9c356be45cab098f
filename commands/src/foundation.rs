//! The log's own identity.

use eventlog::{AppendError, Direction, EventLog, ExpectedRevision, ReadError, StreamFrom};
use schema::{Fact, LogFounded, LogId, StreamName};
use vault::{Keyring, Vault, VaultError};

use crate::{Request, random};

/// Why a log cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FoundationError {
    /// Its addresses and titles were claimed under another key: each of them would be free again.
    #[error("this log was written with another claim key than the one in the keys' directory")]
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
    if let Some(log) = identity(log, keyring).await? {
        return Ok(log);
    }
    let founded =
        LogFounded { log: LogId(random::id()), claim_key_check: keyring.claim_key_check() };
    let metadata = request.metadata(vault);
    let new = vault.seal(&StreamName::Log, random::id(), founded.clone().into(), metadata).await?;
    let stream = StreamName::Log.to_string();
    match log.append(&stream, ExpectedRevision::NoStream, vec![new]).await {
        Ok(_) => Ok(founded.log),
        // Another process founded it meanwhile.
        Err(AppendError::WrongRevision { .. }) => {
            identity(log, keyring).await?.ok_or(FoundationError::Foreign)
        }
        Err(error) => Err(error.into()),
    }
}

async fn identity(log: &EventLog, keyring: &Keyring) -> Result<Option<LogId>, FoundationError> {
    let stream = StreamName::Log.to_string();
    let last = log.read_stream(&stream, StreamFrom::End, Direction::Backwards, 1).await?;
    let Some(last) = last.first() else { return Ok(None) };
    match Fact::read(&last.kind, &last.data) {
        Ok(Fact::LogFounded(founded)) if founded.claim_key_check == keyring.claim_key_check() => {
            Ok(Some(founded.log))
        }
        Ok(Fact::LogFounded(_)) => Err(FoundationError::ForeignKeys),
        Ok(_) | Err(_) => Err(FoundationError::Foreign),
    }
}
