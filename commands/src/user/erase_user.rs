//! Erase an account.

use chrono::{DateTime, Utc};
use schema::{Fact, UserErased, UserId};

use super::{AmendRejected, Amended, User};
use crate::{Commands, ExecuteError, Request, decision::Decide};

/// Forget a person. Their id is never used again; their address can be had by others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EraseUser {
    /// Who.
    pub user: UserId,
}

impl Decide for EraseUser {
    type State = User;
    type Rejected = AmendRejected;

    fn decide(&self, user: &User, at: DateTime<Utc>) -> Result<Vec<Fact>, AmendRejected> {
        if user.exists() {
            return Ok(vec![UserErased { user: self.user, at }.into()]);
        }
        // An erasure that was interrupted is finished by the next one.
        if user.erased() && !user.erasure_completed() {
            return Ok(Vec::new());
        }
        Err(AmendRejected::NoSuchUser)
    }
}

impl Commands {
    /// Runs [`EraseUser`]. It begins with one fact, from which on there is no such account; then the
    /// journal takes note, and the person's data key goes. Where that is interrupted or fails, the
    /// same command again finishes it, and so does the service by itself. In a cluster, the key's
    /// bytes go with its next scavenge.
    ///
    /// # Errors
    ///
    /// [`ExecuteError`]; the account may be gone all the same.
    pub async fn erase_user(
        &self,
        command: &EraseUser,
        request: &Request,
    ) -> Result<Amended, ExecuteError<AmendRejected>> {
        let erased = self.amend(command.user, command, None, request).await?;
        self.has_erased().await;
        match self.finish_erasure(command.user, request).await {
            Ok(_) => Ok(erased),
            Err(error) => {
                self.unfinished.notify_one();
                Err(error)
            }
        }
    }
}

#[cfg(test)]
mod tests;
