//! Telling a log that was brought back from a backup what it has forgotten.

use std::collections::BTreeMap;

use eventlog::AppendError;
use schema::{Fact, StreamName, UserErased, UserId, caps::DECIDE_ATTEMPTS_MAX};

use crate::{Commands, ExecuteError, Journalled, LogFailure, Request, handler::Loaded, user::User};

/// What the log had forgotten.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Who had been erased, and is again.
    pub erased: Vec<UserId>,
    /// How many ids had been handed out, by the name of their kind, and are passed over from here
    /// on.
    pub ids: BTreeMap<String, u64>,
}

impl Commands {
    /// Makes the log hold what `journalled` says. The same again goes on where it was interrupted.
    /// `request` is asked for one request after another.
    ///
    /// # Errors
    ///
    /// [`ExecuteError`], never a refusal.
    pub async fn replay<R>(
        &self,
        journalled: &Journalled,
        request: impl Fn() -> Request,
    ) -> Result<Replayed, ExecuteError<R>> {
        let mut replayed = Replayed::default();
        // Ids come first: what follows must not be taken for somebody else's.
        for (kind, free) in &journalled.free {
            let count = self.skip_ids(*kind, *free, &request()).await?;
            if count > 0 {
                replayed.ids.insert(kind.to_string(), count);
            }
        }
        for user in &journalled.erased {
            if self.erase_again(*user, &request()).await? {
                replayed.erased.push(*user);
            }
        }
        Ok(replayed)
    }

    /// Erases `user`, whoever is left to administer. `false` when there is nobody to be erased: they
    /// have been, or registered after the backup.
    async fn erase_again<R>(
        &self,
        user: UserId,
        request: &Request,
    ) -> Result<bool, ExecuteError<R>> {
        let stream = StreamName::User(user);
        for _ in 0..DECIDE_ATTEMPTS_MAX {
            let loaded: Loaded<User> = self.load_sealed(&stream.to_string()).await?;
            let User { revision, .. } = loaded.state;
            if !loaded.state.exists() {
                let begun = loaded.state.erased() && !loaded.state.erasure_completed();
                if begun {
                    self.finish_erasure(user, request).await?;
                }
                return Ok(begun);
            }
            if loaded.state.administers() {
                self.remove_again(user, revision, request).await?;
            }
            let erased = Fact::from(UserErased { user, at: request.at });
            match self.append(&stream, loaded.expected(), vec![erased], request).await {
                Ok(_) => {}
                Err(LogFailure::Append(AppendError::WrongRevision { .. })) => continue,
                Err(error) => return Err(error.into()),
            }
            self.finish_erasure(user, request).await?;
            return Ok(true);
        }
        Err(ExecuteError::Contended)
    }
}

#[cfg(test)]
mod tests {
    use schema::{IdKind, Password, caps::IDS_BLOCK};

    use crate::{
        ExecuteError, Journalled, Replayed,
        testing::{Scene, email, newcomer, request},
        user::{AmendRejected, CreateAdministrator, EraseUser},
    };

    type Unrefused = ExecuteError<std::convert::Infallible>;

    #[tokio::test]
    async fn what_a_log_has_forgotten_happens_again_once_even_to_the_last_administrator() {
        let scene = Scene::open().await;
        let commands = &scene.commands;
        let admin = CreateAdministrator {
            email: email("admin@example.com"),
            password: Password::parse("secret", 1).unwrap(),
        };
        let admin = commands.create_administrator(&admin, &request()).await.unwrap().user;
        let bob = commands.register_user(&newcomer("Bob"), &request()).await.unwrap().user;
        // The log has given out one block of people's ids, and the journal knows of two.
        let past = |blocks: u64| 1 + i64::try_from(blocks * IDS_BLOCK).unwrap();
        let after_the_backup = schema::UserId(past(1));
        let journalled = Journalled {
            erased: [admin, after_the_backup].into(),
            free: [(IdKind::User, past(2)), (IdKind::Event, past(1))].into(),
        };

        let done: Result<_, Unrefused> = commands.replay(&journalled, request).await;
        let expected = Replayed {
            erased: vec![admin],
            ids: [("user".to_owned(), IDS_BLOCK), ("event".to_owned(), IDS_BLOCK)].into(),
        };
        assert_eq!(done.unwrap(), expected);
        let gone = commands.erase_user(&EraseUser { user: admin }, &request()).await;
        assert!(matches!(gone, Err(ExecuteError::Rejected(AmendRejected::NoSuchUser))));
        let again: Result<_, Unrefused> = commands.replay(&journalled, request).await;
        assert_eq!(again.unwrap(), Replayed::default());

        // Whatever this process had reserved before; the next one begins past them.
        let next = scene.other_process();
        let next = next.register_user(&newcomer("Eve"), &request()).await.unwrap().user;
        assert!(next.0 >= past(2) && next != bob, "{next}");
        scene.close().await;
    }
}
