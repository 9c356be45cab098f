//! Issue a link to a new password.

use chrono::{DateTime, Utc};
use schema::{ClaimHash, Fact, ResetLinkIssued, UserId, caps::RESET_LINK_KEPT};
use vault::random_secret;
use zeroize::Zeroizing;

use super::{AmendRejected, User};
use crate::{Commands, ExecuteError, Request, decision::Decide};

/// How the text begins, so that whoever finds one lying about knows what it is.
const PREFIX: &str = "reset";

/// Let whoever is told a text give an account another password, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IssueResetLink {
    /// Whose.
    pub user: UserId,
}

/// A link to a new password.
#[derive(Clone)]
pub struct IssuedResetLink {
    /// The text, which is told now and never again.
    pub text: Zeroizing<String>,
    /// When it opens nothing any more.
    pub expires_at: DateTime<Utc>,
}

/// The command, with what had to be made for it.
struct Made {
    user: UserId,
    hash: ClaimHash,
}

impl Decide for Made {
    type State = User;
    type Rejected = AmendRejected;

    fn decide(&self, user: &User, at: DateTime<Utc>) -> Result<Vec<Fact>, AmendRejected> {
        if !user.exists() {
            return Err(AmendRejected::NoSuchUser);
        }
        let expires_at = at + RESET_LINK_KEPT;
        let issued = ResetLinkIssued { user: self.user, hash: self.hash.clone(), expires_at, at };
        Ok(vec![issued.into()])
    }
}

/// Whose password `text` is for, as it says.
pub(super) fn named(text: &str) -> Option<UserId> {
    let mut parts = text.splitn(3, '_');
    let (prefix, user, _secret) = (parts.next()?, parts.next()?, parts.next()?);
    user.parse().ok().filter(|_| prefix == PREFIX).map(UserId)
}

impl Commands {
    /// What stands in the log for the text of a link.
    pub(super) fn reset_hash(&self, text: &str) -> ClaimHash {
        self.vault.claim("reset-link", text)
    }

    /// Runs [`IssueResetLink`].
    ///
    /// # Errors
    ///
    /// [`ExecuteError`].
    pub async fn issue_reset_link(
        &self,
        command: &IssueResetLink,
        request: &Request,
    ) -> Result<IssuedResetLink, ExecuteError<AmendRejected>> {
        let IssueResetLink { user } = *command;
        let text = Zeroizing::new(format!("{PREFIX}_{user}_{}", *random_secret()));
        let made = Made { user, hash: self.reset_hash(&text) };
        self.amend(user, &made, None, request).await?;
        Ok(IssuedResetLink { text, expires_at: request.at + RESET_LINK_KEPT })
    }
}

#[cfg(test)]
mod tests {
    use schema::UserId;

    use super::{Made, named};
    use crate::{
        testing::{ADA, ada_erased, ada_registered, claim, given, reset_link_issued},
        user::AmendRejected,
    };

    fn made() -> Made {
        Made { user: ADA, hash: claim() }
    }

    #[test]
    fn a_link_is_issued_for_an_hour() {
        given([ada_registered()]).when(&made()).then([reset_link_issued()]);
    }

    #[test]
    fn a_second_link_is_issued_beside_the_first() {
        given([ada_registered(), reset_link_issued()]).when(&made()).then([reset_link_issued()]);
    }

    #[test]
    fn nobody_gets_no_link() {
        given([]).when(&made()).then_rejected(&AmendRejected::NoSuchUser);
        let erased = given([ada_registered(), ada_erased()]);
        erased.when(&made()).then_rejected(&AmendRejected::NoSuchUser);
    }

    #[test]
    fn a_text_says_whose_it_is() {
        assert_eq!(named("reset_7_a_b-c"), Some(UserId(7)));
        for text in ["", "reset", "reset_7", "reset__x", "reset_x_y", "registre_7_x", "é"] {
            assert_eq!(named(text), None, "{text}");
        }
    }
}
