//! Proving who one is: the one path that every password takes, whatever it comes with.

use std::panic::resume_unwind;

use chrono::{DateTime, Utc};
use eventlog::{Direction, StreamFrom};
use schema::{ClaimFact, ClaimHash, EmailAddress, Fact, Password, PhoneNumber, StreamName, UserId};

use super::User;
use crate::{Commands, ExecuteError, Request, attempts::TooMany, claims::Claim, handler::Loaded};

/// What somebody logs in with, besides the password.
#[derive(Clone, Debug)]
pub(super) struct Credential {
    /// Who holds it.
    pub(super) claim: Claim,
    /// Where attempts on it are counted, whether or not somebody holds it.
    pub(super) attempts: ClaimHash,
}

/// Why somebody who is logged in has not proven who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProveRejected {
    /// There is no such account.
    #[error("account does not exist")]
    NoSuchUser,
    /// The password is another one.
    #[error("password is wrong")]
    WrongPassword,
    /// Too many wrong passwords for that account.
    #[error("too many wrong passwords")]
    TooMany {
        /// When the next attempt is let in.
        until: DateTime<Utc>,
    },
}

impl Commands {
    /// The credential that is an address.
    pub(super) fn by_email(&self, email: &EmailAddress) -> Credential {
        let key = email.key();
        let hash = self.vault.claim("email", &key);
        let claim = Claim { stream: StreamName::EmailClaim(hash.clone()), hash };
        Credential { claim, attempts: self.vault.claim("attempts", &key) }
    }

    /// The credential that is a phone number.
    pub(super) fn by_phone(&self, phone: &PhoneNumber) -> Credential {
        let key = phone.key();
        let hash = self.vault.claim("phone", &key);
        let claim = Claim { stream: StreamName::PhoneClaim(hash.clone()), hash };
        Credential { claim, attempts: self.vault.claim("attempts-phone", &key) }
    }

    /// The account that uses `claim`, as its own fold says.
    pub(super) async fn account_with<R>(
        &self,
        claim: &Claim,
    ) -> Result<Option<(UserId, Loaded<User>)>, ExecuteError<R>> {
        let stream = claim.stream.to_string();
        let last = self.log.read_stream(&stream, StreamFrom::End, Direction::Backwards, 1).await?;
        let Some(last) = last.first() else { return Ok(None) };
        let fact = Fact::read(&last.kind, &last.data).map_err(vault::VaultError::from)?;
        let Fact::Claim(ClaimFact::ClaimTaken(taken)) = fact else { return Ok(None) };
        let Some(owner @ StreamName::User(user)) = StreamName::parse_owner(&taken.owner) else {
            return Ok(None);
        };
        let account: Loaded<User> = self.load_opened(&owner).await?;
        Ok(account.state.holdings.holds(&claim.hash).then_some((user, account)))
    }

    /// Lets `password` prove that `user`, who is logged in, is there in person. A wrong one counts
    /// as a wrong login.
    pub(super) async fn prove(
        &self,
        user: UserId,
        password: &Password,
        request: &Request,
    ) -> Result<(), ExecuteError<ProveRejected>> {
        let (commands, password, request) = (self.clone(), password.clone(), request.clone());
        to_its_end(async move { commands.try_to_prove(user, &password, &request).await }).await
    }

    async fn try_to_prove(
        &self,
        user: UserId,
        password: &Password,
        request: &Request,
    ) -> Result<(), ExecuteError<ProveRejected>> {
        let account: Loaded<User> = self.load_opened(&StreamName::User(user)).await?;
        let whose = self.attempts_on(&account.state);
        let whose = whose.ok_or(ExecuteError::Rejected(ProveRejected::NoSuchUser))?;
        let attempt = self.attempt(&whose, request).await;
        let attempt = attempt.map_err(|error| {
            error.map_rejected(|TooMany { until }| ProveRejected::TooMany { until })
        })?;
        let right = self.hasher.verify(password, account.state.password_hash()).await?;
        self.decided(attempt, right, request).await?;
        if right { Ok(()) } else { Err(ExecuteError::Rejected(ProveRejected::WrongPassword)) }
    }

    /// Where attempts on the password of `account` are counted: with those of its logins.
    fn attempts_on(&self, account: &User) -> Option<ClaimHash> {
        let personal = account.personal()?;
        let email = personal.email.as_deref().and_then(|email| EmailAddress::parse(email).ok());
        let phone = personal.phone_number.as_deref();
        let phone = phone.and_then(|phone| PhoneNumber::parse(phone).ok());
        let credential = email.map(|email| self.by_email(&email));
        Some(credential.or_else(|| phone.map(|phone| self.by_phone(&phone)))?.attempts)
    }
}

/// Runs `work` to its end, whether or not the client waits for it: hanging up must not make guesses
/// free.
pub(super) async fn to_its_end<T: Send + 'static, R: Send + 'static>(
    work: impl Future<Output = Result<T, ExecuteError<R>>> + Send + 'static,
) -> Result<T, ExecuteError<R>> {
    tokio::spawn(work).await.unwrap_or_else(|ended| match ended.try_into_panic() {
        Ok(panic) => resume_unwind(panic),
        // The process is going away, and nobody is left who could be told.
        Err(_) => Err(ExecuteError::Contended),
    })
}
