//! Register an account.

use chrono::{DateTime, Utc};
use eventlog::{AppendError, Position};
use schema::{
    ClaimHash, EmailAddress, Fact, IdKind, Line, Password, Personal, StreamName, UserId,
    UserPersonal, UserRegistered, caps::DECIDE_ATTEMPTS_MAX,
};

use super::{User, create_administrator::appointment};
use crate::{
    Commands, ExecuteError, LogFailure, Request,
    claims::{Claim, Taken},
    decision::Decide,
    handler::Loaded,
    random,
};

/// Create an account that logs in with an address and a password.
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

/// A new account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Registered {
    /// Whose.
    pub user: UserId,
    /// Since when.
    pub at: DateTime<Utc>,
    /// Where in the log.
    pub position: Position,
}

/// Somebody who is going to have an account.
pub(super) struct Newcomer<'a> {
    pub(super) email: &'a EmailAddress,
    pub(super) username: &'a Line,
    pub(super) password: &'a Password,
    /// Whether it is the administrator whom the configuration names.
    pub(super) administrator: bool,
}

/// The newcomer, with what had to be made for the account.
struct Registration<'a> {
    user: UserId,
    newcomer: &'a Newcomer<'a>,
    claim: &'a ClaimHash,
    password_hash: &'a str,
}

impl Decide for Registration<'_> {
    type State = User;
    type Rejected = RegisterUserRejected;

    fn decide(&self, user: &User, at: DateTime<Utc>) -> Result<Vec<Fact>, RegisterUserRejected> {
        if user.exists() {
            return Ok(Vec::new());
        }
        let registered = UserRegistered {
            user: self.user,
            email_claim: Some(self.claim.clone()),
            at,
            personal: Personal::Clear(UserPersonal {
                email: Some(self.newcomer.email.as_str().to_owned()),
                username: self.newcomer.username.as_str().to_owned(),
                password_hash: Some(self.password_hash.to_owned()),
            }),
        };
        let appointed = self.newcomer.administrator.then(|| appointment(self.user, at));
        Ok([registered.into()].into_iter().chain(appointed).collect())
    }
}

impl Commands {
    /// Runs [`RegisterUser`].
    ///
    /// # Errors
    ///
    /// [`ExecuteError`].
    pub async fn register_user(
        &self,
        command: &RegisterUser,
        request: &Request,
    ) -> Result<Registered, ExecuteError<RegisterUserRejected>> {
        let newcomer = Newcomer {
            email: &command.email,
            username: &command.username,
            password: &command.password,
            administrator: false,
        };
        self.register(&newcomer, request).await.map(|(registered, _)| registered)
    }

    /// Makes the account of `newcomer`, and tells its last revision. The password is hashed before
    /// the address is claimed, so that a claim is held without being used for two appends and no
    /// longer. Nothing is spent on an address that is taken: neither a hash, nor, where somebody
    /// else was quicker meanwhile, an id and a data key.
    pub(super) async fn register(
        &self,
        newcomer: &Newcomer<'_>,
        request: &Request,
    ) -> Result<(Registered, u64), ExecuteError<RegisterUserRejected>> {
        let hash = self.vault.claim("email", &newcomer.email.key());
        let claim = Claim { stream: StreamName::EmailClaim(hash.clone()), hash };
        self.refuse_taken(&claim).await?;
        let password_hash = self.hasher.hash(newcomer.password).await?;
        self.refuse_taken(&claim).await?;
        let user = UserId(self.next_id(IdKind::User, request).await?);
        self.vault.create_key(user, random::id(), &request.metadata(&self.vault)).await?;

        let stream = StreamName::User(user);
        let mut loaded = Loaded::<User>::default();
        for _ in 0..DECIDE_ATTEMPTS_MAX {
            let voided = loaded.state.holdings.voided(&claim.hash);
            self.take_claim(&claim, &stream, voided, request).await.map_err(refusal)?;
            self.has_claimed().await;
            let registration =
                Registration { user, newcomer, claim: &claim.hash, password_hash: &password_hash };
            let facts =
                registration.decide(&loaded.state, request.at).map_err(ExecuteError::Rejected)?;
            let added = facts.len() as u64;
            match self.settle(&stream, &loaded, facts, request).await {
                Ok(position) => {
                    let registered = Registered { user, at: request.at, position };
                    let before = loaded.revision.map_or(0, |revision| revision.0 + 1);
                    return Ok((registered, (before + added).saturating_sub(1)));
                }
                Err(LogFailure::Append(AppendError::WrongRevision { .. })) => {
                    loaded = self.load_opened(&stream).await?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(ExecuteError::Contended)
    }

    async fn refuse_taken(&self, claim: &Claim) -> Result<(), ExecuteError<RegisterUserRejected>> {
        if self.is_held(claim).await? {
            return Err(ExecuteError::Rejected(RegisterUserRejected::EmailTaken));
        }
        Ok(())
    }
}

fn refusal(error: ExecuteError<Taken>) -> ExecuteError<RegisterUserRejected> {
    error.map_rejected(|Taken| RegisterUserRejected::EmailTaken)
}

#[cfg(test)]
mod tests {
    use super::{Newcomer, Registration};
    use crate::testing::{
        ADA, ada_bootstrap, ada_registered, claim, email, given, line, password, voided,
    };

    fn registration(administrator: bool) -> Registration<'static> {
        let newcomer = Newcomer {
            email: Box::leak(Box::new(email("Ada@Example.com"))),
            username: Box::leak(Box::new(line("Ada"))),
            password: Box::leak(Box::new(password("secret"))),
            administrator,
        };
        Registration {
            user: ADA,
            newcomer: Box::leak(Box::new(newcomer)),
            claim: Box::leak(Box::new(claim())),
            password_hash: "$argon2id$",
        }
    }

    #[test]
    fn a_stranger_gets_an_account() {
        given([]).when(&registration(false)).then([ada_registered()]);
    }

    #[test]
    fn an_administrator_is_one_from_the_first_append_on() {
        given([]).when(&registration(true)).then([ada_registered(), ada_bootstrap()]);
    }

    #[test]
    fn repeating_does_nothing() {
        given([ada_registered()]).when(&registration(false)).then([]);
    }

    #[test]
    fn a_voided_claim_does_not_make_an_account() {
        given([voided()]).when(&registration(false)).then([ada_registered()]);
    }
}
