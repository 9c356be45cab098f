//! Let an account be used again.

use chrono::{DateTime, Utc};
use schema::{Fact, UserActivated, UserId};

use super::{AmendRejected, Amended, User};
use crate::{Commands, ExecuteError, Request, decision::Decide};

/// Let somebody log in again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Activate {
    /// Who.
    pub user: UserId,
}

impl Decide for Activate {
    type State = User;
    type Rejected = AmendRejected;

    fn decide(&self, user: &User, at: DateTime<Utc>) -> Result<Vec<Fact>, AmendRejected> {
        if !user.exists() {
            return Err(AmendRejected::NoSuchUser);
        }
        if user.active() {
            return Ok(Vec::new());
        }
        Ok(vec![UserActivated { user: self.user, at }.into()])
    }
}

impl Commands {
    /// Runs [`Activate`].
    ///
    /// # Errors
    ///
    /// [`ExecuteError`].
    pub async fn activate(
        &self,
        command: &Activate,
        request: &Request,
    ) -> Result<Amended, ExecuteError<AmendRejected>> {
        self.amend(command.user, command, None, request).await
    }
}

#[cfg(test)]
mod tests {
    use schema::UserActivated;

    use super::Activate;
    use crate::{
        testing::{ADA, NOON, ada_deactivated, ada_erased, ada_registered, given},
        user::AmendRejected,
    };

    const ACTIVATE: Activate = Activate { user: ADA };

    #[test]
    fn an_account_that_was_closed_is_opened() {
        let activated = UserActivated { user: ADA, at: NOON };
        given([ada_registered(), ada_deactivated()]).when(&ACTIVATE).then([activated.into()]);
    }

    #[test]
    fn an_account_that_is_open_stays_so() {
        given([ada_registered()]).when(&ACTIVATE).then([]);
    }

    #[test]
    fn nobody_is_brought_back() {
        given([]).when(&ACTIVATE).then_rejected(&AmendRejected::NoSuchUser);
        given([ada_registered(), ada_erased()])
            .when(&ACTIVATE)
            .then_rejected(&AmendRejected::NoSuchUser);
    }
}
