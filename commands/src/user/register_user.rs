//! Register an account.

use chrono::{DateTime, Utc};
use eventlog::{AppendError, Position};
use schema::{
    ClaimedPersonal, EmailAddress, Fact, Line, Password, Personal, StreamName, UserClaimed, UserId,
    caps::DECIDE_ATTEMPTS_MAX,
};

use super::{User, registration::Newcomer};
use crate::{
    Commands, ExecuteError, LogFailure, Request, claims::Taken, decision::Decide, handler::Loaded,
};

/// Create an account that logs in with an address and a password; or claim the one that the directory
/// has made for that address, and that has no password.
#[derive(Clone, Debug)]
pub struct RegisterUser {
    /// The address. One account at the most has it.
    pub email: EmailAddress,
    /// The name shown to others.
    pub username: Line,
    /// The password.
    pub password: Password,
}

/// Why [`RegisterUser`] is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegisterUserRejected {
    /// Another account has the address.
    #[error("address is taken")]
    EmailTaken,
}

/// A new account, or one that has been claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Registered {
    /// Whose.
    pub user: UserId,
    /// Since when.
    pub at: DateTime<Utc>,
    /// Where in the log.
    pub position: Position,
}

/// The command on an account that is there already, with the hash that had to be made for it.
struct Claiming<'a> {
    user: UserId,
    command: &'a RegisterUser,
    password_hash: &'a str,
}

impl Decide for Claiming<'_> {
    type State = User;
    type Rejected = RegisterUserRejected;

    fn decide(&self, user: &User, at: DateTime<Utc>) -> Result<Vec<Fact>, RegisterUserRejected> {
        if user.has_password() || !user.active() {
            return Err(RegisterUserRejected::EmailTaken);
        }
        let personal = Personal::Clear(ClaimedPersonal {
            email: self.command.email.as_str().to_owned(),
            username: self.command.username.as_str().to_owned(),
            password_hash: self.password_hash.to_owned(),
        });
        Ok(vec![UserClaimed { user: self.user, at, personal }.into()])
    }
}

impl Commands {
    /// Runs [`RegisterUser`]. Nothing is spent on an address that is taken: neither a hash, nor,
    /// where somebody else was quicker meanwhile, an id and a data key.
    ///
    /// # Errors
    ///
    /// [`ExecuteError`].
    pub async fn register_user(
        &self,
        command: &RegisterUser,
        request: &Request,
    ) -> Result<Registered, ExecuteError<RegisterUserRejected>> {
        let claim = self.by_email(&command.email).claim;
        if let Some(registered) = self.registered_before(request).await? {
            return Ok(registered);
        }
        let mut hash = None;
        for number in 0..DECIDE_ATTEMPTS_MAX {
            let account = self.account_with(&claim).await?;
            if let Some((user, _)) = &account
                && let Some(registered) = self.claimed_before(*user, request).await?
            {
                return Ok(registered);
            }
            if account.as_ref().is_some_and(|(_, account)| account.state.has_password()) {
                break;
            }
            let Some(password_hash) = &hash else {
                // That takes a while: afterwards the address is looked at again.
                hash = Some(self.hasher.hash(&command.password).await?);
                continue;
            };
            if let Some((user, account)) = account {
                let claiming = Claiming { user, command, password_hash };
                match self.claim(&claiming, &account, request).await? {
                    Some(registered) => return Ok(registered),
                    None => continue,
                }
            }
            let newcomer = Newcomer {
                email: Some(&command.email),
                phone: None,
                contact_email: None,
                username: command.username.as_str(),
                password_hash: Some(password_hash),
                administrator: false,
            };
            match self.register(&newcomer, &request.again(number)).await {
                Ok((registered, _)) => return Ok(registered),
                // By somebody with a password, or by the directory.
                Err(ExecuteError::Rejected(Taken)) => {}
                Err(error) => {
                    return Err(error.map_rejected(|Taken| RegisterUserRejected::EmailTaken));
                }
            }
        }
        Err(ExecuteError::Rejected(RegisterUserRejected::EmailTaken))
    }

    /// The account of `user`, if this very request has claimed it before.
    async fn claimed_before(
        &self,
        user: UserId,
        request: &Request,
    ) -> Result<Option<Registered>, LogFailure> {
        if request.kept.is_none() {
            return Ok(None);
        }
        let loaded = self.load_opened_for(&StreamName::User(user), request).await?;
        Ok(Registered::before(user, &loaded))
    }

    /// Claims an account; `None` when somebody else got in between.
    async fn claim(
        &self,
        claiming: &Claiming<'_>,
        account: &Loaded<User>,
        request: &Request,
    ) -> Result<Option<Registered>, ExecuteError<RegisterUserRejected>> {
        let facts = claiming.decide(&account.state, request.at).map_err(ExecuteError::Rejected)?;
        let since = account.state.registered_at().unwrap_or(request.at);
        let stream = StreamName::User(claiming.user);
        match self.append(&stream, account.expected(), facts, request).await {
            Ok(appended) => Ok(Some(Registered::new(claiming.user, since, appended.position))),
            Err(LogFailure::Append(AppendError::WrongRevision { .. })) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use schema::{ClaimedPersonal, Personal, UserClaimed};

    use super::{Claiming, RegisterUserRejected};
    use crate::{
        ExecuteError,
        testing::{ADA, NOON, Scene, ada_listed, ada_registered, email, given, newcomer, request},
        user::{FindOrCreateDirectoryUser, LogIn},
    };

    #[test]
    fn an_account_without_a_password_is_claimed_and_keeps_its_id() {
        let command = newcomer("Ada");
        let claiming = Claiming { user: ADA, command: &command, password_hash: "$argon2id$" };
        let personal = ClaimedPersonal {
            email: "ada@example.com".to_owned(),
            username: "Ada".to_owned(),
            password_hash: "$argon2id$".to_owned(),
        };
        let claimed = UserClaimed { user: ADA, at: NOON, personal: Personal::Clear(personal) };
        given(ada_listed()).when(&claiming).then([claimed.into()]);
    }

    #[test]
    fn an_account_with_a_password_is_taken() {
        let command = newcomer("Ada");
        let claiming = Claiming { user: ADA, command: &command, password_hash: "$argon2id$" };
        given([ada_registered()]).when(&claiming).then_rejected(&RegisterUserRejected::EmailTaken);
    }

    #[tokio::test]
    async fn of_two_who_claim_one_account_one_gets_it() {
        let scene = Scene::open().await;
        let commands = &scene.commands;
        let listed = FindOrCreateDirectoryUser { email: email("ADA@example.com") };
        let listed = commands.find_or_create_directory_user(&listed, &request()).await.unwrap();
        let (ada, one, two) = (newcomer("Ada"), request(), request());
        let claims =
            tokio::join!(commands.register_user(&ada, &one), commands.register_user(&ada, &two));
        let (won, lost) = match claims {
            (Ok(won), Err(lost)) | (Err(lost), Ok(won)) => (won, lost),
            other => panic!("{other:?}"),
        };
        assert_eq!(won.user, listed.user);
        assert!(matches!(lost, ExecuteError::Rejected(RegisterUserRejected::EmailTaken)));
        let login = LogIn { email: Some(ada.email), password: ada.password };
        let login = commands.log_in(&login, &request()).await.unwrap();
        assert_eq!(login.email.as_deref(), Some("ada@example.com"));
        scene.close().await;
    }
}
