//! Change what an account may do.

use chrono::{DateTime, Utc};
use schema::{Fact, Role, UserId, UserRoleChanged};

use super::{AmendRejected, Amended, User};
use crate::{Commands, ExecuteError, Request, decision::Decide};

/// Let somebody do more or less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChangeRole {
    /// Who.
    pub user: UserId,
    /// What they may do from here on.
    pub role: Role,
}

impl Decide for ChangeRole {
    type State = User;
    type Rejected = AmendRejected;

    fn decide(&self, user: &User, at: DateTime<Utc>) -> Result<Vec<Fact>, AmendRejected> {
        if !user.exists() {
            return Err(AmendRejected::NoSuchUser);
        }
        if user.role == self.role {
            return Ok(Vec::new());
        }
        // Whoever was named by the configuration stays out of public lists.
        let bootstrap = user.bootstrap;
        Ok(vec![UserRoleChanged { user: self.user, role: self.role, bootstrap, at }.into()])
    }
}

impl Commands {
    /// Runs [`ChangeRole`].
    ///
    /// # Errors
    ///
    /// [`ExecuteError`].
    pub async fn change_role(
        &self,
        command: &ChangeRole,
        request: &Request,
    ) -> Result<Amended, ExecuteError<AmendRejected>> {
        self.amend(command.user, command, None, request).await
    }
}

#[cfg(test)]
mod tests {
    use schema::Role;

    use super::ChangeRole;
    use crate::{
        testing::{ADA, ada_registered, ada_role, given},
        user::AmendRejected,
    };

    const PROMOTE: ChangeRole = ChangeRole { user: ADA, role: Role::Admin };
    const DEMOTE: ChangeRole = ChangeRole { user: ADA, role: Role::User };

    #[test]
    fn a_role_is_given_and_taken() {
        given([ada_registered()]).when(&PROMOTE).then([ada_role(Role::Admin)]);
        given([ada_registered(), ada_role(Role::Admin)]).when(&DEMOTE).then([ada_role(Role::User)]);
    }

    #[test]
    fn the_role_that_somebody_has_is_not_given_again() {
        given([ada_registered()]).when(&DEMOTE).then([]);
        given([ada_registered(), ada_role(Role::Admin)]).when(&PROMOTE).then([]);
    }

    #[test]
    fn nobody_gets_no_role() {
        given([]).when(&PROMOTE).then_rejected(&AmendRejected::NoSuchUser);
    }
}
