//! Close an account.

use chrono::{DateTime, Utc};
use schema::{Fact, UserDeactivated, UserId};

use super::{AmendRejected, Amended, User};
use crate::{Commands, ExecuteError, Request, decision::Decide};

/// Let somebody in no more, and end their sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deactivate {
    /// Who.
    pub user: UserId,
}

impl Decide for Deactivate {
    type State = User;
    type Rejected = AmendRejected;

    fn decide(&self, user: &User, at: DateTime<Utc>) -> Result<Vec<Fact>, AmendRejected> {
        if !user.exists() {
            return Err(AmendRejected::NoSuchUser);
        }
        if !user.active() {
            return Ok(Vec::new());
        }
        Ok(vec![UserDeactivated { user: self.user, at }.into()])
    }
}

impl Commands {
    /// Runs [`Deactivate`].
    ///
    /// # Errors
    ///
    /// [`ExecuteError`].
    pub async fn deactivate(
        &self,
        command: &Deactivate,
        request: &Request,
    ) -> Result<Amended, ExecuteError<AmendRejected>> {
        self.amend(command.user, command, None, request).await
    }
}

#[cfg(test)]
mod tests {
    use super::Deactivate;
    use crate::{
        testing::{ADA, ada_deactivated, ada_registered, given},
        user::AmendRejected,
    };

    const DEACTIVATE: Deactivate = Deactivate { user: ADA };

    #[test]
    fn an_open_account_is_closed() {
        given([ada_registered()]).when(&DEACTIVATE).then([ada_deactivated()]);
    }

    #[test]
    fn a_closed_account_is_not_closed_again() {
        given([ada_registered(), ada_deactivated()]).when(&DEACTIVATE).then([]);
    }

    #[test]
    fn nobody_has_no_account_to_close() {
        given([]).when(&DEACTIVATE).then_rejected(&AmendRejected::NoSuchUser);
    }
}
