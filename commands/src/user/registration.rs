//! How an account comes to be, whoever asks for it.

use chrono::{DateTime, Utc};
use eventlog::{AppendError, Position};
use schema::{
    DirectorySpellingAdded, EmailAddress, Fact, IdKind, Personal, PhoneNumber, SpellingPersonal,
    StreamName, UserId, UserPersonal, UserRegistered, caps::DECIDE_ATTEMPTS_MAX,
};

use super::{Registered, User, create_administrator::appointment};
use crate::{
    Commands, ExecuteError, LogFailure, Request,
    claims::{Claim, Taken},
    decision::Decide,
    handler::Loaded,
    random,
};

/// Somebody who is going to have an account.
pub(super) struct Newcomer<'a> {
    pub(super) contact: Contact<'a>,
    /// The name shown to others.
    pub(super) username: &'a str,
    /// PHC string; none for an account of the directory's.
    pub(super) password_hash: Option<&'a str>,
    /// Whether it is the administrator whom the configuration names.
    pub(super) administrator: bool,
}

/// What one account at the most has.
pub(super) enum Contact<'a> {
    Email(&'a EmailAddress),
    Phone { number: &'a PhoneNumber, contact_email: Option<&'a str> },
}

/// The newcomer, with what had to be made for the account.
pub(super) struct Registration<'a> {
    pub(super) user: UserId,
    pub(super) newcomer: &'a Newcomer<'a>,
    pub(super) claim: &'a Claim,
}

impl Newcomer<'_> {
    fn personal(&self) -> UserPersonal {
        let (email, phone_number, contact_email) = match self.contact {
            Contact::Email(email) => (Some(email.as_str()), None, None),
            Contact::Phone { number, contact_email } => {
                (None, Some(number.as_str()), contact_email)
            }
        };
        UserPersonal {
            email: email.map(ToOwned::to_owned),
            phone_number: phone_number.map(ToOwned::to_owned),
            contact_email: contact_email.map(ToOwned::to_owned),
            username: self.username.to_owned(),
            password_hash: self.password_hash.map(ToOwned::to_owned),
        }
    }
}

impl Decide for Registration<'_> {
    type State = User;
    type Rejected = Taken;

    fn decide(&self, user: &User, at: DateTime<Utc>) -> Result<Vec<Fact>, Taken> {
        if user.exists() {
            return Ok(Vec::new());
        }
        let hash = Some(self.claim.hash.clone());
        let (email_claim, phone_claim) = match self.newcomer.contact {
            Contact::Email(_) => (hash, None),
            Contact::Phone { .. } => (None, hash),
        };
        let personal = self.newcomer.personal();
        // Without a password it is the directory that knows this spelling.
        let spelling = personal.email.clone().filter(|_| personal.password_hash.is_none());
        let personal = Personal::Clear(personal);
        let registered = UserRegistered { user: self.user, email_claim, phone_claim, at, personal };
        let spelled = spelling.map(|email| spelled(self.user, email, at));
        let appointed = self.newcomer.administrator.then(|| appointment(self.user, at));
        Ok([registered.into()].into_iter().chain(spelled).chain(appointed).collect())
    }
}

/// The fact that the directory knows `email`, letter by letter.
pub(super) fn spelled(user: UserId, email: String, at: DateTime<Utc>) -> Fact {
    let personal = Personal::Clear(SpellingPersonal { email });
    DirectorySpellingAdded { user, at, personal }.into()
}

impl Commands {
    /// Makes the account of `newcomer`, who uses `claim`, and tells its last revision. The password
    /// is hashed before, so that a claim is held without being used for two appends and no longer.
    pub(super) async fn register(
        &self,
        newcomer: &Newcomer<'_>,
        claim: &Claim,
        request: &Request,
    ) -> Result<(Registered, u64), ExecuteError<Taken>> {
        let user = UserId(self.next_id(IdKind::User, request).await?);
        self.vault.create_key(user, random::id(), &request.metadata(&self.vault)).await?;

        let stream = StreamName::User(user);
        let mut loaded = Loaded::<User>::default();
        for _ in 0..DECIDE_ATTEMPTS_MAX {
            let voided = loaded.state.holdings.voided(&claim.hash);
            self.take_claim(claim, &stream, voided, request).await?;
            self.has_claimed().await;
            let registration = Registration { user, newcomer, claim };
            let facts =
                registration.decide(&loaded.state, request.at).map_err(ExecuteError::Rejected)?;
            let added = facts.len() as u64;
            match self.settle(&stream, &loaded, facts, request).await {
                Ok(position) => {
                    let registered = Registered::new(user, request.at, position);
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
}

impl Registered {
    pub(super) fn new(user: UserId, at: DateTime<Utc>, position: Position) -> Self {
        Self { user, at, position }
    }
}

#[cfg(test)]
mod tests {
    use schema::{Fact, Personal, StreamName, UserPersonal, UserRegistered};

    use super::{Contact, Newcomer, Registration};
    use crate::{
        claims::Claim,
        testing::{
            ADA, NOON, ada_bootstrap, ada_listed, ada_registered, claim, email, given, phone,
            voided,
        },
    };

    fn then<const N: usize, const M: usize>(
        past: [Fact; N],
        newcomer: &Newcomer<'_>,
        facts: [Fact; M],
    ) {
        let claim = Claim { stream: StreamName::EmailClaim(claim()), hash: claim() };
        given(past).when(&Registration { user: ADA, newcomer, claim: &claim }).then(facts);
    }

    #[test]
    fn a_stranger_gets_an_account() {
        let email = email("Ada@Example.com");
        let ada = |administrator| Newcomer {
            contact: Contact::Email(&email),
            username: "Ada",
            password_hash: Some("$argon2id$"),
            administrator,
        };
        then([], &ada(false), [ada_registered()]);
        then([], &ada(true), [ada_registered(), ada_bootstrap()]);
        then([ada_registered()], &ada(false), []);
        then([voided()], &ada(false), [ada_registered()]);
    }

    #[test]
    fn whoever_has_no_password_is_the_directorys() {
        let newcomer = Newcomer {
            contact: Contact::Email(&email("Ada@Example.com")),
            username: "Ada@Example.com",
            password_hash: None,
            administrator: false,
        };
        then([], &newcomer, ada_listed());
    }

    #[test]
    fn a_phone_number_is_claimed_and_an_address_beside_it_is_not() {
        let newcomer = Newcomer {
            contact: Contact::Phone {
                number: &phone("01 23 45"),
                contact_email: Some("ada@example.com"),
            },
            username: "01 23 45",
            password_hash: Some("$argon2id$"),
            administrator: false,
        };
        let personal = UserPersonal {
            phone_number: Some("01 23 45".to_owned()),
            contact_email: Some("ada@example.com".to_owned()),
            username: "01 23 45".to_owned(),
            password_hash: Some("$argon2id$".to_owned()),
            email: None,
        };
        let registered = UserRegistered {
            user: ADA,
            email_claim: None,
            phone_claim: Some(claim()),
            at: NOON,
            personal: Personal::Clear(personal),
        };
        then([], &newcomer, [registered.into()]);
    }
}
