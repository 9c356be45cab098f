//! How an account comes to be, whoever asks for it.

use chrono::{DateTime, Utc};
use eventlog::{AppendError, Position};
use schema::{
    DirectorySpellingAdded, EmailAddress, Fact, IdKind, Password, Personal, PhoneNumber,
    SpellingPersonal, StreamName, UserId, UserPersonal, UserRegistered, caps::DECIDE_ATTEMPTS_MAX,
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
#[derive(Clone, Copy)]
pub(super) struct Newcomer<'a> {
    /// The address, which one account at the most has.
    pub(super) email: Option<&'a EmailAddress>,
    /// The phone number, which one account at the most has.
    pub(super) phone: Option<&'a PhoneNumber>,
    /// Where they may be written to. It is no login, and not theirs alone.
    pub(super) contact_email: Option<&'a str>,
    /// The name shown to others.
    pub(super) username: &'a str,
    /// PHC string; none for an account of the directory's.
    pub(super) password_hash: Option<&'a str>,
    /// Whether it is the administrator whom the configuration names.
    pub(super) administrator: bool,
}

/// What a newcomer is going to hold alone.
struct Claims {
    email: Option<Claim>,
    phone: Option<Claim>,
}

/// The newcomer, with what had to be made for the account.
struct Registration<'a> {
    user: UserId,
    newcomer: &'a Newcomer<'a>,
    claims: &'a Claims,
}

impl Claims {
    fn all(&self) -> impl Iterator<Item = &Claim> {
        self.email.iter().chain(&self.phone)
    }
}

impl Newcomer<'_> {
    fn personal(&self) -> UserPersonal {
        UserPersonal {
            email: self.email.map(|email| email.as_str().to_owned()),
            phone_number: self.phone.map(|phone| phone.as_str().to_owned()),
            contact_email: self.contact_email.map(ToOwned::to_owned),
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
        let hash = |claim: &Option<Claim>| claim.as_ref().map(|claim| claim.hash.clone());
        let (email_claim, phone_claim) = (hash(&self.claims.email), hash(&self.claims.phone));
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
    /// Makes the account of `newcomer` and tells its last revision. The password is hashed before,
    /// so that a claim is held without being used for two appends and no longer.
    pub(super) async fn register(
        &self,
        newcomer: &Newcomer<'_>,
        request: &Request,
    ) -> Result<(Registered, u64), ExecuteError<Taken>> {
        let user = UserId(self.id_for(IdKind::User, request).await?);
        let stream = StreamName::User(user);
        let mut loaded = Loaded::<User>::default();
        if request.kept.is_some() {
            loaded = self.load_opened_for(&stream, request).await?;
        }
        self.vault.create_key(user, random::id(), &request.metadata(&self.vault)).await?;
        self.has_stored_a_data_key().await;

        let claims = self.claims_of(newcomer);
        for _ in 0..DECIDE_ATTEMPTS_MAX {
            if let Some(registered) = Registered::before(user, &loaded) {
                return Ok((registered, loaded.state.revision));
            }
            for claim in claims.all() {
                let voided = loaded.state.holdings.voided(&claim.hash);
                self.take_claim(claim, &stream, voided, request).await?;
            }
            self.has_claimed().await;
            let registration = Registration { user, newcomer, claims: &claims };
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
                    loaded = self.load_opened_for(&stream, request).await?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(ExecuteError::Contended)
    }

    /// The same for a newcomer with `password`. Nothing is spent on what is taken.
    pub(super) async fn enrol(
        &self,
        newcomer: Newcomer<'_>,
        password: &Password,
        request: &Request,
    ) -> Result<Registered, ExecuteError<Taken>> {
        if let Some(registered) = self.registered_before(request).await? {
            return Ok(registered);
        }
        let claims = self.claims_of(&newcomer);
        self.all_are_free(&claims).await?;
        let password_hash = self.hasher.hash(password).await?;
        // That takes a while.
        self.all_are_free(&claims).await?;
        let newcomer = Newcomer { password_hash: Some(&password_hash), ..newcomer };
        self.register(&newcomer, request).await.map(|(registered, _)| registered)
    }

    /// The account that this very request has made before.
    pub(super) async fn registered_before(
        &self,
        request: &Request,
    ) -> Result<Option<Registered>, LogFailure> {
        let Some(id) = request.kept.as_ref().and_then(|kept| kept.id) else { return Ok(None) };
        let user = UserId(id);
        let loaded = self.load_opened_for(&StreamName::User(user), request).await?;
        Ok(Registered::before(user, &loaded))
    }

    fn claims_of(&self, newcomer: &Newcomer<'_>) -> Claims {
        Claims {
            email: newcomer.email.map(|email| self.by_email(email).claim),
            phone: newcomer.phone.map(|phone| self.by_phone(phone).claim),
        }
    }

    async fn all_are_free(&self, claims: &Claims) -> Result<(), ExecuteError<Taken>> {
        for claim in claims.all() {
            if self.is_held(claim).await? {
                return Err(ExecuteError::Rejected(Taken));
            }
        }
        Ok(())
    }
}

impl Registered {
    pub(super) fn new(user: UserId, at: DateTime<Utc>, position: Position) -> Self {
        Self { user, at, position }
    }

    /// The account of `user`, if it was made, or claimed, by the very request that it was loaded for.
    pub(super) fn before(user: UserId, loaded: &Loaded<User>) -> Option<Self> {
        let at = loaded.state.registered_at().filter(|_| loaded.done)?;
        Some(Self::new(user, at, loaded.position?))
    }
}

#[cfg(test)]
mod tests {
    use schema::StreamName;

    use super::{Claims, Newcomer, Registration};
    use crate::{
        claims::Claim,
        testing::{ADA, ada_bootstrap, ada_listed, ada_registered, claim, email, given, voided},
    };

    const ADA_COMES: Newcomer = Newcomer {
        email: None,
        phone: None,
        contact_email: None,
        username: "Ada",
        password_hash: Some("$argon2id$"),
        administrator: false,
    };

    fn claims() -> Claims {
        let claim = Claim { stream: StreamName::EmailClaim(claim()), hash: claim() };
        Claims { email: Some(claim), phone: None }
    }

    #[test]
    fn somebody_new_is_registered_and_registered_once() {
        let (email, claims) = (email("Ada@Example.com"), claims());
        let newcomer = Newcomer { email: Some(&email), ..ADA_COMES };
        let registration = Registration { user: ADA, newcomer: &newcomer, claims: &claims };
        given([]).when(&registration).then([ada_registered()]);
        given([voided()]).when(&registration).then([ada_registered()]);
        given([ada_registered()]).when(&registration).then([]);
    }

    #[test]
    fn the_administrator_is_appointed_at_once() {
        let (email, claims) = (email("Ada@Example.com"), claims());
        let newcomer = Newcomer { email: Some(&email), administrator: true, ..ADA_COMES };
        let registration = Registration { user: ADA, newcomer: &newcomer, claims: &claims };
        given([]).when(&registration).then([ada_registered(), ada_bootstrap()]);
    }

    #[test]
    fn whom_the_directory_brings_has_a_spelling_and_no_password() {
        let (email, claims) = (email("Ada@Example.com"), claims());
        let username = email.as_str();
        let newcomer = Newcomer { email: Some(&email), username, password_hash: None, ..ADA_COMES };
        let registration = Registration { user: ADA, newcomer: &newcomer, claims: &claims };
        given([]).when(&registration).then(ada_listed());
    }
}
