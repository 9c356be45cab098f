//! Register an account.

use chrono::{DateTime, Utc};
use eventlog::{AppendError, Position};
use schema::{
    ClaimHash, EmailAddress, Fact, IdKind, Line, Password, Personal, StreamName, UserId,
    UserPersonal, UserRegistered, caps::DECIDE_ATTEMPTS_MAX,
};

use super::User;
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

/// The command, with what had to be made for it.
struct Registration<'a> {
    user: UserId,
    email: &'a EmailAddress,
    claim: &'a ClaimHash,
    username: &'a Line,
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
                email: Some(self.email.as_str().to_owned()),
                username: self.username.as_str().to_owned(),
                password_hash: Some(self.password_hash.to_owned()),
            }),
        };
        Ok(vec![registered.into()])
    }
}

impl Commands {
    /// Runs [`RegisterUser`]. The password is hashed before the address is claimed, so that a claim
    /// is held without being used for two appends and no longer.
    ///
    /// # Errors
    ///
    /// [`ExecuteError`].
    pub async fn register_user(
        &self,
        command: &RegisterUser,
        request: &Request,
    ) -> Result<Registered, ExecuteError<RegisterUserRejected>> {
        let password_hash = self.hasher.hash(&command.password).await?;
        let user = UserId(self.next_id(IdKind::User, request).await?);
        self.vault.create_key(user, random::id(), &request.metadata(&self.vault)).await?;

        let hash = self.vault.claim("email", &command.email.key());
        let claim = Claim { stream: StreamName::EmailClaim(hash.clone()), hash };
        let stream = StreamName::User(user);
        let mut loaded = Loaded::<User>::default();
        for _ in 0..DECIDE_ATTEMPTS_MAX {
            let voided = loaded.state.holdings.voided(&claim.hash);
            self.take_claim(&claim, &stream, voided, request).await.map_err(refusal)?;
            self.has_claimed().await;
            let registration = Registration {
                user,
                email: &command.email,
                claim: &claim.hash,
                username: &command.username,
                password_hash: &password_hash,
            };
            let facts =
                registration.decide(&loaded.state, request.at).map_err(ExecuteError::Rejected)?;
            match self.settle(&stream, &loaded, facts, request).await {
                Ok(position) => {
                    return Ok(Registered { user, at: request.at, position });
                }
                Err(LogFailure::Append(AppendError::WrongRevision { .. })) => {
                    loaded = self.load_opened(&stream).await?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(ExecuteError::Contended)
    }
}

fn refusal(error: ExecuteError<Taken>) -> ExecuteError<RegisterUserRejected> {
    error.map_rejected(|Taken| RegisterUserRejected::EmailTaken)
}

#[cfg(test)]
mod tests {
    use super::Registration;
    use crate::testing::{ADA, ada_registered, claim, email, given, line, voided};

    fn registration() -> Registration<'static> {
        Registration {
            user: ADA,
            email: Box::leak(Box::new(email("Ada@Example.com"))),
            claim: Box::leak(Box::new(claim())),
            username: Box::leak(Box::new(line("Ada"))),
            password_hash: "$argon2id$",
        }
    }

    #[test]
    fn a_stranger_gets_an_account() {
        given([]).when(&registration()).then([ada_registered()]);
    }

    #[test]
    fn repeating_does_nothing() {
        given([ada_registered()]).when(&registration()).then([]);
    }

    #[test]
    fn a_voided_claim_does_not_make_an_account() {
        given([voided()]).when(&registration()).then([ada_registered()]);
    }
}
