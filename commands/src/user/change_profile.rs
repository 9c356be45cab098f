//! Change a person's name or address.

use chrono::{DateTime, Utc};
use schema::{
    ClaimMoved, EmailAddress, Fact, Line, Personal, ProfilePersonal, UserId, UserProfileChanged,
};

use super::{AmendRejected, Amended, User};
use crate::{Commands, ExecuteError, Request, claims::Claim, decision::Decide};

/// Give an account another name, another address, or both. With neither, it only counts as changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeProfile {
    /// Whose.
    pub user: UserId,
    /// The new name.
    pub username: Option<Line>,
    /// The new address, or another spelling of the same.
    pub email: Option<EmailAddress>,
}

/// The command, with the claim on the address.
pub(super) struct ProfileChange<'a> {
    pub(super) command: &'a ChangeProfile,
    pub(super) claim: Option<&'a Claim>,
}

impl Decide for ProfileChange<'_> {
    type State = User;
    type Rejected = AmendRejected;

    fn decide(&self, user: &User, at: DateTime<Utc>) -> Result<Vec<Fact>, AmendRejected> {
        let command = self.command;
        let known = user.personal().ok_or(AmendRejected::NoSuchUser)?;
        let username = command.username.as_ref().map_or(known.username.as_str(), Line::as_str);
        let email = command.email.as_ref().map(EmailAddress::as_str);
        let email = email.or(known.email.as_deref()).map(ToOwned::to_owned);
        let old = user.email_claim();
        let moved = self.claim.map(|claim| &claim.hash).filter(|new| Some(*new) != old);
        let changed = UserProfileChanged {
            user: command.user,
            email_claim: moved.map(|new| ClaimMoved { old: old.cloned(), new: new.clone() }),
            at,
            personal: Personal::Clear(ProfilePersonal { email, username: username.to_owned() }),
        };
        Ok(vec![changed.into()])
    }
}

impl Commands {
    /// Runs [`ChangeProfile`]. The old address can be had by others from then on.
    ///
    /// # Errors
    ///
    /// [`ExecuteError`].
    pub async fn change_profile(
        &self,
        command: &ChangeProfile,
        request: &Request,
    ) -> Result<Amended, ExecuteError<AmendRejected>> {
        let claim = command.email.as_ref().map(|email| self.by_email(email).claim);
        let change = ProfileChange { command, claim: claim.as_ref() };
        self.amend(command.user, &change, claim.as_ref(), request).await
    }
}

#[cfg(test)]
mod tests {
    use schema::{
        ClaimHash, ClaimMoved, Fact, Personal, ProfilePersonal, StreamName, UserProfileChanged,
    };

    use super::{ChangeProfile, ProfileChange};
    use crate::{
        claims::Claim,
        testing::{ADA, NOON, ada_erased, ada_registered, claim, email, given, line},
        user::AmendRejected,
    };

    fn claimed(hash: ClaimHash) -> Claim {
        Claim { stream: StreamName::EmailClaim(hash.clone()), hash }
    }

    fn changed(email: &str, username: &str, email_claim: Option<ClaimMoved>) -> Fact {
        let personal = ProfilePersonal { email: Some(email.into()), username: username.into() };
        let personal = Personal::Clear(personal);
        UserProfileChanged { user: ADA, email_claim, at: NOON, personal }.into()
    }

    #[test]
    fn a_new_name_leaves_the_address_alone() {
        let command = ChangeProfile { user: ADA, username: Some(line("Countess")), email: None };
        given([ada_registered()])
            .when(&ProfileChange { command: &command, claim: None })
            .then([changed("Ada@Example.com", "Countess", None)]);
    }

    #[test]
    fn a_new_address_moves_the_claim() {
        let command =
            ChangeProfile { user: ADA, username: None, email: Some(email("ada@new.example")) };
        let new = ClaimHash("77aa".to_owned());
        let moved = ClaimMoved { old: Some(claim()), new: new.clone() };
        given([ada_registered()])
            .when(&ProfileChange { command: &command, claim: Some(&claimed(new)) })
            .then([changed("ada@new.example", "Ada", Some(moved))]);
    }

    #[test]
    fn another_spelling_moves_no_claim() {
        let command =
            ChangeProfile { user: ADA, username: None, email: Some(email("ADA@example.com")) };
        given([ada_registered()])
            .when(&ProfileChange { command: &command, claim: Some(&claimed(claim())) })
            .then([changed("ADA@example.com", "Ada", None)]);
    }

    #[test]
    fn whoever_is_erased_stays_so() {
        let command = ChangeProfile { user: ADA, username: Some(line("Ada")), email: None };
        given([ada_registered(), ada_erased()])
            .when(&ProfileChange { command: &command, claim: None })
            .then_rejected(&AmendRejected::NoSuchUser);
    }
}
