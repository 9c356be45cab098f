//! Find the account with an address, or create it.

use chrono::{DateTime, Utc};
use eventlog::{AppendError, Position};
use schema::{EmailAddress, Fact, StreamName, UserId, caps::DECIDE_ATTEMPTS_MAX};

use super::{
    User,
    registration::{Newcomer, spelled},
};
use crate::{
    Commands, ExecuteError, LogFailure, Request, claims::Taken, decision::Decide, handler::Loaded,
};

/// Find the account with an address, or create one without a password. Each spelling of the address
/// is remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindOrCreateDirectoryUser {
    /// The address.
    pub email: EmailAddress,
}

/// Why [`FindOrCreateDirectoryUser`] is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FindOrCreateDirectoryUserRejected {
    /// The account with the address may not be used.
    #[error("account is closed")]
    Inactive,
}

/// An account, as the directory knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DirectoryUser {
    /// Whose.
    pub user: UserId,
    /// The revision of the account under which this spelling of the address is known.
    pub spelling: u64,
    /// Where in the log.
    pub position: Position,
}

/// The command on an account that is there already.
struct Spelling<'a> {
    user: UserId,
    email: &'a EmailAddress,
}

impl Decide for Spelling<'_> {
    type State = User;
    type Rejected = FindOrCreateDirectoryUserRejected;

    fn decide(&self, user: &User, at: DateTime<Utc>) -> Result<Vec<Fact>, Self::Rejected> {
        if !user.active() {
            return Err(FindOrCreateDirectoryUserRejected::Inactive);
        }
        if user.spelling(self.email.as_str()).is_some() {
            return Ok(Vec::new());
        }
        Ok(vec![spelled(self.user, self.email.as_str().to_owned(), at)])
    }
}

impl Commands {
    /// Runs [`FindOrCreateDirectoryUser`]. Those for one address go one after the other here, so
    /// that they race with those of other instances only.
    ///
    /// # Errors
    ///
    /// [`ExecuteError`], with the reason when it is refused.
    pub async fn find_or_create_directory_user(
        &self,
        command: &FindOrCreateDirectoryUser,
        request: &Request,
    ) -> Result<DirectoryUser, ExecuteError<FindOrCreateDirectoryUserRejected>> {
        let email = &command.email;
        let claim = self.by_email(email).claim;
        let queue = self.directory.of(&claim.hash);
        let _turn = queue.lock().await;
        for number in 0..DECIDE_ATTEMPTS_MAX {
            if let Some((user, account)) = self.account_with(&claim).await? {
                match self.spell(&Spelling { user, email }, &account, request).await? {
                    Some(found) => return Ok(found),
                    None => continue,
                }
            }
            let newcomer = Newcomer {
                email: Some(email),
                phone: None,
                contact_email: None,
                username: email.as_str(),
                password_hash: None,
                administrator: false,
            };
            match self.register(&newcomer, &request.again(number)).await {
                Ok((registered, spelling)) => {
                    let position = registered.position;
                    return Ok(DirectoryUser { user: registered.user, spelling, position });
                }
                // Somebody else has just made the account: it is found now.
                Err(ExecuteError::Rejected(Taken)) => {}
                Err(ExecuteError::Contended) => return Err(ExecuteError::Contended),
                Err(ExecuteError::Moved) => return Err(ExecuteError::Moved),
                Err(ExecuteError::Busy) => return Err(ExecuteError::Busy),
                Err(ExecuteError::Log(failure)) => return Err(failure.into()),
            }
        }
        Err(ExecuteError::Contended)
    }

    /// Makes sure that the account knows the spelling; `None` when somebody else got in between.
    async fn spell(
        &self,
        spelling: &Spelling<'_>,
        account: &Loaded<User>,
        request: &Request,
    ) -> Result<Option<DirectoryUser>, ExecuteError<FindOrCreateDirectoryUserRejected>> {
        let user = spelling.user;
        let facts = spelling.decide(&account.state, request.at);
        let facts = facts.map_err(ExecuteError::Rejected)?;
        let known = account.state.spelling(spelling.email.as_str());
        let spelling = known.unwrap_or(account.state.revision + 1);
        match self.settle(&StreamName::User(user), account, facts, request).await {
            Ok(position) => Ok(Some(DirectoryUser { user, spelling, position })),
            Err(LogFailure::Append(AppendError::WrongRevision { .. })) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The address that the directory knows under the revision `spelling` of an account, letter by
    /// letter; `None` where there is no such account, or it may not be used.
    ///
    /// # Errors
    ///
    /// [`LogFailure`] when the log does not say.
    pub async fn directory_spelling(
        &self,
        user: UserId,
        spelling: u64,
    ) -> Result<Option<String>, LogFailure> {
        let account: Loaded<User> = self.load_opened(&StreamName::User(user)).await?;
        let email = account.state.spelled_at(spelling).filter(|_| account.state.active());
        Ok(email.map(ToOwned::to_owned))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use futures::future::join_all;
    use schema::Fact;

    use super::{FindOrCreateDirectoryUser, FindOrCreateDirectoryUserRejected, Spelling};
    use crate::{
        testing::{
            ADA, NOON, Scene, ada_deactivated, ada_listed, ada_registered, email, given, newcomer,
            request,
        },
        user::registration::spelled,
    };

    fn listed(text: &str) -> FindOrCreateDirectoryUser {
        FindOrCreateDirectoryUser { email: email(text) }
    }

    fn spelling(text: &str) -> Fact {
        spelled(ADA, text.to_owned(), NOON)
    }

    #[test]
    fn each_spelling_is_remembered_once() {
        let (known, new) = (email("Ada@Example.com"), email("ada@example.com"));
        given(ada_listed()).when(&Spelling { user: ADA, email: &known }).then([]);
        given(ada_listed())
            .when(&Spelling { user: ADA, email: &new })
            .then([spelling("ada@example.com")]);
        given([ada_registered()])
            .when(&Spelling { user: ADA, email: &known })
            .then([spelling("Ada@Example.com")]);
    }

    #[test]
    fn a_closed_account_is_not_given_out() {
        let ada = email("ada@example.com");
        given([ada_registered(), ada_deactivated()])
            .when(&Spelling { user: ADA, email: &ada })
            .then_rejected(&FindOrCreateDirectoryUserRejected::Inactive);
    }

    #[tokio::test]
    async fn thirty_at_once_on_two_instances_find_one_account() {
        let scene = Scene::open().await;
        let other = scene.other_process();
        let asked: Vec<_> = (0..30)
            .map(|number| {
                let email =
                    if number % 3 == 0 { "testMail0@example.com" } else { "TESTMAIL0@example.com" };
                (listed(email), request())
            })
            .collect();
        let found = join_all(asked.iter().enumerate().map(async |(number, (command, request))| {
            let commands = if number % 2 == 0 { &scene.commands } else { &other };
            commands.find_or_create_directory_user(command, request).await.unwrap()
        }))
        .await;
        let users: BTreeSet<_> = found.iter().map(|found| found.user).collect();
        let spellings: BTreeSet<_> = found.iter().map(|found| found.spelling).collect();
        assert_eq!((users.len(), spellings.len()), (1, 2), "{found:?}");
        for (found, (command, _)) in found.iter().zip(&asked) {
            let echoed = scene.commands.directory_spelling(found.user, found.spelling).await;
            assert_eq!(echoed.unwrap().as_deref(), Some(command.email.as_str()));
        }
        scene.close().await;
    }

    #[tokio::test]
    async fn an_account_that_somebody_has_registered_is_found() {
        let scene = Scene::open().await;
        let commands = &scene.commands;
        let ada = commands.register_user(&newcomer("Ada"), &request()).await.unwrap().user;
        let found =
            commands.find_or_create_directory_user(&listed("ADA@example.com"), &request()).await;
        assert_eq!(found.unwrap().user, ada);
        scene.close().await;
    }
}
