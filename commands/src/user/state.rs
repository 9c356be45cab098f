//! What an account amounts to.

use chrono::{DateTime, TimeDelta, Utc};
use schema::{
    ClaimHash, Fact, Role, UserClaimed, UserFact, UserId, UserPersonal, UserProfileChanged,
    UserRegistered,
};

use crate::{State, claims::Holdings};

/// What the rules need to know about an account.
#[derive(Clone, Debug, Default)]
pub(crate) struct User {
    pub(crate) holdings: Holdings,
    /// The revision up to which this was folded.
    pub(crate) revision: u64,
    /// The revision at which it changed last for others.
    pub(super) changed: u64,
    pub(crate) role: Role,
    /// Whether it is the administrator whom the configuration names.
    pub(super) bootstrap: bool,
    /// None before it is registered, and after it is erased.
    account: Option<Account>,
    erased: bool,
    erasure_completed: bool,
}

/// An account as it stands, for whoever may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub user: UserId,
    /// The address, as spelled by its owner.
    pub email: Option<String>,
    /// The phone number, as spelled by its owner.
    pub phone_number: Option<String>,
    /// The name shown to others.
    pub username: String,
    /// What they may do.
    pub role: Role,
    /// Whether it is the administrator whom the configuration names.
    pub bootstrap: bool,
    /// Whether the account may be used.
    pub active: bool,
    /// Since when it exists.
    pub registered_at: DateTime<Utc>,
    /// When it changed last; later with each change.
    pub updated_at: DateTime<Utc>,
    /// The revision of that change.
    pub revision: u64,
}

/// An account that exists.
#[derive(Clone, Debug)]
struct Account {
    user: UserId,
    registered_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    email_claim: Option<ClaimHash>,
    active: bool,
    has_password: bool,
    /// What is known about the person; nothing where their key is gone or nobody asked for it.
    personal: Option<UserPersonal>,
    reset_link: Option<ResetLink>,
    /// How the directory has been told the address, each with its revision.
    spellings: Vec<(u64, String)>,
}

/// A text with which somebody may give the account another password.
#[derive(Clone, Debug)]
struct ResetLink {
    hash: ClaimHash,
    expires_at: DateTime<Utc>,
}

impl User {
    /// Whether somebody can be written to.
    pub(crate) fn exists(&self) -> bool {
        self.account.is_some()
    }

    /// Whether it has been erased. Its id is never used again.
    pub(crate) fn erased(&self) -> bool {
        self.erased
    }

    /// Whether nothing is left of its person's data.
    pub(crate) fn erasure_completed(&self) -> bool {
        self.erasure_completed
    }

    /// Whether it exists and may be used.
    pub(crate) fn active(&self) -> bool {
        self.account.as_ref().is_some_and(|account| account.active)
    }

    /// Whether it is one of the active administrators.
    pub(crate) fn administers(&self) -> bool {
        self.active() && self.role == Role::Admin
    }

    /// Whether somebody could log in to it. Known only where personal data was opened.
    pub(crate) fn has_password(&self) -> bool {
        self.account.as_ref().is_some_and(|account| account.has_password)
    }

    /// Since when the account exists.
    pub(crate) fn registered_at(&self) -> Option<DateTime<Utc>> {
        self.account.as_ref().map(|account| account.registered_at)
    }

    /// What is known about the person; nothing once their key is gone.
    pub(crate) fn personal(&self) -> Option<&UserPersonal> {
        self.account.as_ref()?.personal.as_ref()
    }

    /// The PHC string of its password.
    pub(crate) fn password_hash(&self) -> Option<&str> {
        self.personal()?.password_hash.as_deref()
    }

    /// Whether the text behind `hash` gives the account another password at `at`.
    pub(super) fn can_be_reset(&self, hash: &ClaimHash, at: DateTime<Utc>) -> bool {
        let link = self.account.as_ref().and_then(|account| account.reset_link.as_ref());
        link.is_some_and(|link| link.hash == *hash && at < link.expires_at)
    }

    /// The claim on its address.
    pub(crate) fn email_claim(&self) -> Option<&ClaimHash> {
        self.account.as_ref()?.email_claim.as_ref()
    }

    /// The revision under which the directory knows this spelling of the address.
    pub(crate) fn spelling(&self, email: &str) -> Option<u64> {
        let spellings = &self.account.as_ref()?.spellings;
        spellings.iter().find(|(_, spelling)| spelling == email).map(|(revision, _)| *revision)
    }

    /// The spelling of the address that the directory knows under `revision`.
    pub(crate) fn spelled_at(&self, revision: u64) -> Option<&str> {
        let spellings = &self.account.as_ref()?.spellings;
        spellings.iter().find(|(at, _)| *at == revision).map(|(_, spelling)| spelling.as_str())
    }

    /// What can be shown of it.
    pub(super) fn person(&self) -> Option<Person> {
        let account = self.account.as_ref()?;
        let personal = account.personal.as_ref()?;
        Some(Person {
            user: account.user,
            email: personal.email.clone(),
            phone_number: personal.phone_number.clone(),
            username: personal.username.clone(),
            role: self.role,
            bootstrap: self.bootstrap,
            active: account.active,
            registered_at: account.registered_at,
            updated_at: account.updated_at,
            revision: self.changed,
        })
    }

    /// Counts as changed, later than before whatever the clocks say: as the read models have it.
    fn touch(&mut self, at: DateTime<Utc>) {
        self.changed = self.revision;
        if let Some(account) = &mut self.account {
            account.updated_at = at.max(account.updated_at + TimeDelta::microseconds(1));
        }
    }

    /// Changes what is known about the person, as far as it is known.
    fn change(&mut self, change: impl FnOnce(&mut UserPersonal)) {
        let personal = self.account.as_mut().and_then(|account| account.personal.as_mut());
        personal.map(change);
    }

    fn profile_changed(&mut self, fact: &UserProfileChanged) {
        self.touch(fact.at);
        if let (Some(account), Some(moved)) = (&mut self.account, &fact.email_claim) {
            account.email_claim = Some(moved.new.clone());
        }
        if let Some(profile) = fact.personal.clear() {
            self.change(|personal| {
                personal.email.clone_from(&profile.email);
                personal.username.clone_from(&profile.username);
            });
        }
    }

    fn claimed(&mut self, fact: &UserClaimed) {
        self.touch(fact.at);
        self.set_reset_link(None);
        let claimed = fact.personal.clear();
        self.has_hash(claimed.map(|of| of.password_hash.as_str()));
        if let Some(claimed) = claimed {
            self.change(|personal| {
                personal.email = Some(claimed.email.clone());
                personal.username.clone_from(&claimed.username);
            });
        }
    }

    fn set_active(&mut self, active: bool, at: DateTime<Utc>) {
        self.touch(at);
        if let Some(account) = &mut self.account {
            account.active = active;
        }
    }

    fn set_reset_link(&mut self, link: Option<ResetLink>) {
        if let Some(account) = &mut self.account {
            account.reset_link = link;
        }
    }

    fn has_hash(&mut self, hash: Option<&str>) {
        if let Some(account) = &mut self.account {
            account.has_password = true;
        }
        if let Some(hash) = hash {
            self.change(|personal| personal.password_hash = Some(hash.to_owned()));
        }
    }
}

impl Account {
    fn of(fact: &UserRegistered) -> Self {
        let personal = fact.personal.clear().cloned();
        Self {
            user: fact.user,
            registered_at: fact.at,
            updated_at: fact.at,
            email_claim: fact.email_claim.clone(),
            active: true,
            has_password: personal.as_ref().is_some_and(|of| of.password_hash.is_some()),
            personal,
            reset_link: None,
            spellings: Vec::new(),
        }
    }
}

impl State for User {
    fn shown_since(&self) -> Option<u64> {
        Some(self.changed)
    }

    fn evolve(&mut self, revision: u64, fact: &Fact) {
        self.revision = revision;
        self.holdings.evolve(revision, fact);
        let Fact::User(fact) = fact else { return };
        match fact {
            UserFact::UserRegistered(fact) => {
                self.changed = revision;
                self.account = Some(Account::of(fact));
            }
            UserFact::UserRoleChanged(fact) => {
                self.role = fact.role;
                self.bootstrap = fact.bootstrap;
                self.touch(fact.at);
            }
            UserFact::UserProfileChanged(fact) => self.profile_changed(fact),
            UserFact::ResetLinkIssued(fact) => {
                let (hash, expires_at) = (fact.hash.clone(), fact.expires_at);
                self.set_reset_link(Some(ResetLink { hash, expires_at }));
            }
            UserFact::ResetLinkUsed(_) => self.set_reset_link(None),
            UserFact::UserPasswordChanged(fact) => {
                self.touch(fact.at);
                self.set_reset_link(None);
                self.has_hash(fact.personal.clear().map(|of| of.password_hash.as_str()));
            }
            UserFact::UserPasswordRehashed(fact) => {
                self.has_hash(fact.personal.clear().map(|of| of.password_hash.as_str()));
            }
            UserFact::UserClaimed(fact) => self.claimed(fact),
            UserFact::DirectorySpellingAdded(fact) => {
                if let (Some(account), Some(of)) = (&mut self.account, fact.personal.clear()) {
                    account.spellings.push((revision, of.email.clone()));
                }
            }
            UserFact::UserActivated(fact) => self.set_active(true, fact.at),
            UserFact::UserDeactivated(fact) => self.set_active(false, fact.at),
            UserFact::UserErased(_) => {
                self.account = None;
                self.erased = true;
            }
            UserFact::ErasureCompleted(_) => self.erasure_completed = true,
            UserFact::UserSessionsEnded(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::User;
    use crate::testing::{NOON, ada_deactivated, ada_password, ada_registered, fold};

    #[test]
    fn each_change_is_later_than_the_one_before_it_whatever_the_clock_says() {
        let ada = |facts: &[schema::Fact]| fold::<User>(facts).person().unwrap();
        assert_eq!(ada(&[ada_registered()]).updated_at, NOON);
        let changed = ada(&[ada_registered(), ada_password(None), ada_deactivated()]);
        assert_eq!(changed.updated_at, NOON + TimeDelta::microseconds(2));
        assert!(!changed.active);
    }
}
