//! Use a link to a new password.

use chrono::{DateTime, Utc};
use eventlog::{AppendError, Position};
use schema::{
    ClaimHash, Fact, Password, ResetLinkUsed, StreamName, UserId, caps::DECIDE_ATTEMPTS_MAX,
};

use super::{Person, User, change_password::PasswordChange, issue_reset_link::named};
use crate::{Commands, ExecuteError, LogFailure, Request, decision::Decide, handler::Loaded};

/// Give an account another password with the text of a link, and end all its sessions.
#[derive(Clone, Copy, Debug)]
pub struct UseResetLink<'a> {
    /// The text.
    pub text: &'a str,
    /// The password that the account gets.
    pub password: &'a Password,
}

/// Why [`UseResetLink`] is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UseResetLinkRejected {
    /// It was used, has expired, was replaced, or never was: nobody is told which.
    #[error("link opens nothing, or no more")]
    NoSuchLink,
    /// The password does not go with this account.
    #[error("password does not suit the account")]
    Unsuitable,
}

/// The command, with what had to be made for it.
struct Made<'a> {
    user: UserId,
    hash: &'a ClaimHash,
    password_hash: &'a str,
}

impl Decide for Made<'_> {
    type State = User;
    type Rejected = UseResetLinkRejected;

    /// Both facts or none: they are appended together.
    fn decide(&self, account: &User, at: DateTime<Utc>) -> Result<Vec<Fact>, UseResetLinkRejected> {
        if !account.can_be_reset(self.hash, at) {
            return Err(UseResetLinkRejected::NoSuchLink);
        }
        let used = ResetLinkUsed { user: self.user, hash: self.hash.clone(), at };
        let change =
            PasswordChange { user: self.user, password_hash: self.password_hash, keep: None };
        let changed = change.decide(account, at).map_err(|_| UseResetLinkRejected::NoSuchLink)?;
        Ok([used.into()].into_iter().chain(changed).collect())
    }
}

impl Commands {
    /// Runs [`UseResetLink`]. Whether the password suits the person is asked once the link is known
    /// to be theirs: the answer tells something about them.
    ///
    /// # Errors
    ///
    /// [`ExecuteError`].
    pub async fn use_reset_link(
        &self,
        command: UseResetLink<'_>,
        suits: impl Fn(&Person) -> bool,
        request: &Request,
    ) -> Result<Position, ExecuteError<UseResetLinkRejected>> {
        let UseResetLink { text, password } = command;
        // Hashed whatever it is, so that what is no link takes about as long.
        let hash = self.reset_hash(text);
        let user = named(text).ok_or(ExecuteError::Rejected(UseResetLinkRejected::NoSuchLink))?;
        let stream = StreamName::User(user);
        let mut hashed = None;
        for _ in 0..DECIDE_ATTEMPTS_MAX {
            let loaded: Loaded<User> = self.load_opened_for(&stream, request).await?;
            if let Some(position) = loaded.position.filter(|_| loaded.done) {
                return Ok(position);
            }
            if loaded.state.can_be_reset(&hash, request.at) && hashed.is_none() {
                if !loaded.state.person().as_ref().is_some_and(&suits) {
                    return Err(ExecuteError::Rejected(UseResetLinkRejected::Unsuitable));
                }
                hashed = Some(self.hasher.hash(password).await?);
            }
            let password_hash = hashed.as_deref().unwrap_or_default();
            let made = Made { user, hash: &hash, password_hash };
            let facts = made.decide(&loaded.state, request.at).map_err(ExecuteError::Rejected)?;
            match self.settle(&stream, &loaded, facts, request).await {
                // Used by somebody else, or the account has gone on.
                Err(LogFailure::Append(AppendError::WrongRevision { .. })) => {}
                settled => return Ok(settled?),
            }
        }
        Err(ExecuteError::Contended)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use futures::future::join_all;
    use schema::{ClaimHash, Fact, ResetLinkUsed, StreamName, caps::RESET_LINK_KEPT};

    use super::{Made, UseResetLink, UseResetLinkRejected};
    use crate::{
        Commands, ExecuteError,
        decision::Decide,
        testing::{
            ADA, NOON, Scene, ada_erased, ada_password, ada_registered, claim, fold, given,
            newcomer, password, request, reset_link_issued,
        },
        user::{IssueResetLink, LogIn},
    };

    fn made(hash: &ClaimHash) -> Made<'_> {
        Made { user: ADA, hash, password_hash: "$argon2id$new" }
    }

    fn used() -> Fact {
        ResetLinkUsed { user: ADA, hash: claim(), at: NOON }.into()
    }

    #[test]
    fn a_link_gives_an_account_another_password_and_ends_every_session() {
        given([ada_registered(), reset_link_issued()])
            .when(&made(&claim()))
            .then([used(), ada_password(None)]);
    }

    #[test]
    fn a_link_that_was_used_replaced_or_overtaken_opens_nothing() {
        let (refused, other) = (UseResetLinkRejected::NoSuchLink, ClaimHash("e1".to_owned()));
        given([]).when(&made(&claim())).then_rejected(&refused);
        given([ada_registered()]).when(&made(&claim())).then_rejected(&refused);
        let issued = || [ada_registered(), reset_link_issued()];
        given(issued()).when(&made(&other)).then_rejected(&refused);
        for later in [used(), ada_password(None), ada_erased()] {
            let [registered, issued] = issued();
            given([registered, issued, later]).when(&made(&claim())).then_rejected(&refused);
        }
    }

    #[test]
    fn a_link_is_good_for_an_hour_and_no_longer() {
        let ada = fold(&[ada_registered(), reset_link_issued()]);
        let at = |late| made(&claim()).decide(&ada, NOON + RESET_LINK_KEPT + late).is_ok();
        assert!(at(TimeDelta::microseconds(-1)));
        assert!(!at(TimeDelta::zero()));
    }

    async fn use_link(
        commands: &Commands,
        text: &str,
        to: &str,
    ) -> Result<eventlog::Position, ExecuteError<UseResetLinkRejected>> {
        let password = password(to);
        let command = UseResetLink { text, password: &password };
        commands.use_reset_link(command, |_| true, &request()).await
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn of_many_who_come_with_one_link_one_sets_the_password() {
        let scene = Scene::open().await;
        let ada = newcomer("Ada");
        let user = scene.commands.register_user(&ada, &request()).await.unwrap().user;
        let issue = IssueResetLink { user };
        let link = scene.commands.issue_reset_link(&issue, &request()).await.unwrap();
        let processes = [scene.commands.clone(), scene.other_process()];
        let words = ["first", "second", "third", "fourth"];
        let tries = words.iter().zip(processes.iter().cycle());
        let tries = tries.map(|(to, commands)| use_link(commands, &link.text, to));
        let outcomes = join_all(tries).await;
        let winners: Vec<_> = words.iter().zip(&outcomes).filter(|(_, set)| set.is_ok()).collect();
        let [(winner, _)] = winners.as_slice() else { panic!("{outcomes:?}") };
        let login = LogIn { email: Some(ada.email), password: password(winner) };
        assert!(scene.commands.log_in(&login, &request()).await.is_ok());
        let written = scene.facts(&StreamName::User(user)).await;
        assert!(!format!("{written:?}").contains(link.text.as_str()));
        scene.close().await;
    }

    #[tokio::test]
    async fn a_password_that_does_not_suit_leaves_the_link_as_it_was() {
        let scene = Scene::open().await;
        let commands = &scene.commands;
        let user = commands.register_user(&newcomer("Ada"), &request()).await.unwrap().user;
        let issue = IssueResetLink { user };
        let link = commands.issue_reset_link(&issue, &request()).await.unwrap();
        let password = password("another");
        let command = UseResetLink { text: &link.text, password: &password };
        let refused = commands.use_reset_link(command, |_| false, &request()).await;
        let unsuitable = UseResetLinkRejected::Unsuitable;
        assert!(matches!(refused, Err(ExecuteError::Rejected(reason)) if reason == unsuitable));
        assert!(use_link(commands, &link.text, "another").await.is_ok());
        scene.close().await;
    }
}
