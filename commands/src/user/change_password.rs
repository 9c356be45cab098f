//! Change a password.

use chrono::{DateTime, Utc};
use schema::{Fact, Password, PasswordPersonal, Personal, SessionId, UserId, UserPasswordChanged};

use super::{AmendRejected, Amended, ChangeAccountRejected, User};
use crate::{Commands, ExecuteError, Request, decision::Decide};

/// Give an account another password, and end its sessions but one.
#[derive(Clone, Debug)]
pub struct ChangePassword {
    /// Whose.
    pub user: UserId,
    /// The password that it has. Where it is given, it must be right, and a wrong one counts as a
    /// wrong login.
    pub current: Option<Password>,
    /// The password that it gets.
    pub new: Password,
    /// The session that goes on.
    pub keep: Option<SessionId>,
}

/// The command, with the hash that had to be made for it.
pub(super) struct PasswordChange<'a> {
    pub(super) user: UserId,
    pub(super) password_hash: &'a str,
    pub(super) keep: Option<SessionId>,
}

impl Decide for PasswordChange<'_> {
    type State = User;
    type Rejected = AmendRejected;

    fn decide(&self, user: &User, at: DateTime<Utc>) -> Result<Vec<Fact>, AmendRejected> {
        if !user.exists() {
            return Err(AmendRejected::NoSuchUser);
        }
        let changed = UserPasswordChanged {
            user: self.user,
            keep: self.keep,
            at,
            personal: Personal::Clear(PasswordPersonal {
                password_hash: self.password_hash.to_owned(),
            }),
        };
        Ok(vec![changed.into()])
    }
}

impl Commands {
    /// Runs [`ChangePassword`].
    ///
    /// # Errors
    ///
    /// [`ExecuteError`].
    pub async fn change_password(
        &self,
        command: &ChangePassword,
        request: &Request,
    ) -> Result<Amended, ExecuteError<ChangeAccountRejected>> {
        let ChangePassword { user, current, new, keep } = command;
        let before = self.amended_before(*user, request).await;
        let before = before.map_err(|error| error.map_rejected(ChangeAccountRejected::Amend))?;
        if let Some(amended) = before {
            return Ok(amended);
        }
        if let Some(current) = current {
            let proven = self.prove(*user, current, request).await;
            proven.map_err(|error| error.map_rejected(ChangeAccountRejected::Proof))?;
        }
        let password_hash = self.hasher.hash(new).await?;
        let change = PasswordChange { user: *user, password_hash: &password_hash, keep: *keep };
        let amended = self.amend(*user, &change, None, request).await;
        amended.map_err(|error| error.map_rejected(ChangeAccountRejected::Amend))
    }
}

#[cfg(test)]
mod tests {
    use super::{ChangePassword, PasswordChange};
    use crate::{
        ExecuteError,
        session::LogOut,
        testing::{
            ADA, SESSION, Scene, ada_password, ada_registered, given, newcomer, password, request,
        },
        user::{AmendRejected, ChangeAccountRejected, LogIn, ProveRejected},
    };

    const CHANGE: PasswordChange<'_> =
        PasswordChange { user: ADA, password_hash: "$argon2id$new", keep: Some(SESSION) };

    #[test]
    fn an_account_gets_another_password_and_keeps_one_session() {
        given([ada_registered()]).when(&CHANGE).then([ada_password(Some(SESSION))]);
    }

    #[test]
    fn nobody_gets_no_password() {
        given([]).when(&CHANGE).then_rejected(&AmendRejected::NoSuchUser);
    }

    #[tokio::test]
    async fn the_session_that_changed_the_password_goes_on_and_all_others_end() {
        let scene = Scene::open().await;
        let (commands, ada) = (&scene.commands, newcomer("Ada"));
        let user = commands.register_user(&ada, &request()).await.unwrap().user;
        let login = LogIn { email: Some(ada.email), password: ada.password };
        let mine = commands.log_in(&login, &request()).await.unwrap().session;
        let other = commands.log_in(&login, &request()).await.unwrap().session;

        let new = password("another");
        let current = Some(login.password.clone());
        let change = ChangePassword { user, current, new: new.clone(), keep: Some(mine) };
        commands.change_password(&change, &request()).await.unwrap();

        assert!(commands.living_session(mine).await.unwrap().is_some());
        assert_eq!(commands.living_session(other).await.unwrap(), None);
        assert!(commands.log_in(&login, &request()).await.is_err());
        let login = LogIn { password: new, ..login };
        let again = commands.log_in(&login, &request()).await.unwrap().session;
        commands.log_out(&LogOut { session: again }, &request()).await.unwrap();
        scene.close().await;
    }

    #[tokio::test]
    async fn a_wrong_current_password_counts_as_a_wrong_login() {
        let scene = Scene::open().await;
        let (commands, ada) = (&scene.commands, newcomer("Ada"));
        let user = commands.register_user(&ada, &request()).await.unwrap().user;
        let change = ChangePassword {
            user,
            current: Some(password("guess")),
            new: password("another"),
            keep: None,
        };
        for _ in 0..5 {
            let refused = commands.change_password(&change, &request()).await;
            let wrong = ChangeAccountRejected::Proof(ProveRejected::WrongPassword);
            assert!(matches!(refused, Err(ExecuteError::Rejected(reason)) if reason == wrong));
        }
        let login = LogIn { email: Some(ada.email), password: ada.password };
        let closed = commands.log_in(&login, &request()).await;
        assert!(
            matches!(
                closed,
                Err(ExecuteError::Rejected(crate::user::LogInRejected::TooMany { .. }))
            ),
            "{closed:?}"
        );
        scene.close().await;
    }
}
