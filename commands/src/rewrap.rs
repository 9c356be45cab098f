//! Another master key.

use eventlog::{AppendError, Direction, EventLog, ExpectedRevision, Filter};
use schema::{LogFounded, StreamName, caps::DECIDE_ATTEMPTS_MAX};
use std::collections::BTreeMap;
use vault::Vault;

use crate::{FoundationError, Request, foundation, random};

/// Wraps every data key of `log` that `from` wraps by the master key of `to`, and says in the log that
/// this is its master key from here on. Tells how many it was. The same again goes on. Nobody else
/// may write data keys meanwhile.
///
/// # Errors
///
/// [`FoundationError`], in particular when the log belongs to neither of them.
pub async fn rewrap(
    log: &EventLog,
    from: &Vault,
    to: &Vault,
    request: &Request,
) -> Result<u64, FoundationError> {
    let founded = foundation(log).await?.ok_or(FoundationError::Foreign)?;
    let ours = founded.claim_key_check == from.claim_key_check()
        && [from.master_id(), to.master_id()].contains(&founded.master.as_str());
    if !ours {
        return Err(FoundationError::ForeignKeys);
    }
    let filter = Filter::StreamPrefixes(vec!["key-".to_owned()]);
    let mut newest = BTreeMap::new();
    for stored in log.read_all(filter, None, Direction::Forwards, usize::MAX).await? {
        if let Some(user) =
            StreamName::key_subject(&stored.stream).filter(|_| !stored.data.is_empty())
        {
            newest.insert(user, stored);
        }
    }
    let mut rewrapped = 0;
    for (user, stored) in newest {
        let metadata = request.metadata(to);
        let Some(new) = to.rewrap(from, user, &stored, random::id(), metadata).await? else {
            continue;
        };
        let expected = ExpectedRevision::Exactly(stored.revision);
        match log.append(&stored.stream, expected, vec![new]).await {
            Ok(_) => rewrapped += 1,
            // Erased, and not scavenged yet.
            Err(AppendError::Deleted(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    if founded.master != to.master_id() {
        let founded = LogFounded { master: to.master_id().to_owned(), ..founded };
        append_foundation(log, founded, request, to).await?;
    }
    Ok(rewrapped)
}

async fn append_foundation(
    log: &EventLog,
    founded: LogFounded,
    request: &Request,
    vault: &Vault,
) -> Result<(), FoundationError> {
    let stream = StreamName::Log;
    for _ in 0..DECIDE_ATTEMPTS_MAX {
        let last = crate::foundation::last(log).await?.ok_or(FoundationError::Foreign)?;
        let metadata = request.metadata(vault);
        let new = vault.seal(&stream, random::id(), founded.clone().into(), metadata).await?;
        let expected = ExpectedRevision::Exactly(last.revision);
        match log.append(&stream.to_string(), expected, vec![new]).await {
            Err(AppendError::WrongRevision { .. }) => {}
            outcome => return Ok(outcome.map(drop)?),
        }
    }
    Err(FoundationError::Foreign)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use schema::StreamName;
    use vault::{Keyring, Missing, Vault};

    use super::rewrap;
    use crate::{
        Commands,
        testing::{Scene, newcomer, request},
        user::LogIn,
    };

    #[tokio::test]
    async fn everybody_can_be_read_under_another_master_key_and_a_second_time_nothing_is_left() {
        let scene = Scene::open().await;
        let keys = scene.folder().join("keys");
        let old = Arc::new(Keyring::open(&keys, Missing::Refuse).unwrap());
        let log = &scene.commands.log;
        crate::found(log, &scene.commands.vault, &old, &request()).await.unwrap();
        let ada = newcomer("Ada");
        let user = scene.commands.register_user(&ada, &request()).await.unwrap().user;

        let (was, next) = Keyring::open_changing(&keys).unwrap();
        let refused = Keyring::open(&keys, Missing::Refuse);
        assert!(matches!(refused, Err(vault::KeyringError::Unfinished)), "{refused:?}");
        let from = Vault::new(log.clone(), Arc::new(was));
        let to = Vault::new(log.clone(), Arc::new(next));
        assert_eq!(rewrap(log, &from, &to, &request()).await.unwrap(), 1);
        assert_eq!(rewrap(log, &from, &to, &request()).await.unwrap(), 0);
        assert_eq!(scene.facts(&StreamName::Key(user)).await.len(), 2);
        assert!(crate::found(log, &from, &old, &request()).await.is_err(), "it has another key");

        Keyring::put_in_place(&keys).unwrap();
        let keyring = Arc::new(Keyring::open(&keys, Missing::Refuse).unwrap());
        let vault = Vault::new(log.clone(), Arc::clone(&keyring));
        crate::found(log, &vault, &keyring, &request()).await.unwrap();
        let login = LogIn { email: Some(ada.email.clone()), password: ada.password.clone() };
        let other = Commands::new(log.clone(), vault);
        assert_eq!(other.log_in(&login, &request()).await.unwrap().user, user);
        drop((from, to, other));
        scene.close().await;
    }
}
