//! Given past facts, when a command arrives, then these facts follow.

mod scene;

use std::{fmt::Debug, sync::Arc};

use chrono::{DateTime, Utc};
use schema::{
    ClaimHash, ClaimVoided, DirectorySpellingAdded, EmailAddress, EventCreated, EventId, Fact,
    Line, MessageId, MessagePersonal, MessageSent, Password, PasswordPersonal, Personal,
    PhoneNumber, ResetLinkIssued, Role, SessionEndReason, SessionEnded, SessionId,
    SpellingPersonal, UserDeactivated, UserErased, UserId, UserLoggedIn, UserPasswordChanged,
    UserPersonal, UserRegistered, UserRoleChanged, caps::RESET_LINK_KEPT,
};

use tokio::sync::{Semaphore, mpsc};
use uuid::Uuid;

pub(crate) use self::scene::{Scene, newcomer, request};
use crate::{State, decision::Decide};

pub(crate) const ADA: UserId = UserId(7);
pub(crate) const BOB: UserId = UserId(8);
pub(crate) const SESSION: SessionId = SessionId(Uuid::from_u128(5));
pub(crate) const NOON: DateTime<Utc> = DateTime::from_timestamp(1_788_264_000, 0).unwrap();

pub(crate) fn claim() -> ClaimHash {
    ClaimHash("5f2c".to_owned())
}

pub(crate) fn email(text: &str) -> EmailAddress {
    EmailAddress::parse(text).unwrap()
}

pub(crate) fn phone(text: &str) -> PhoneNumber {
    PhoneNumber::parse(text).unwrap()
}

pub(crate) fn line(text: &str) -> Line {
    Line::parse(text).unwrap()
}

pub(crate) fn password(text: &str) -> Password {
    Password::parse(text, 1).unwrap()
}

pub(crate) fn ada_registered() -> Fact {
    let personal = UserPersonal {
        email: Some("Ada@Example.com".to_owned()),
        username: "Ada".to_owned(),
        password_hash: Some("$argon2id$".to_owned()),
        ..UserPersonal::default()
    };
    UserRegistered {
        user: ADA,
        email_claim: Some(claim()),
        phone_claim: None,
        at: NOON,
        personal: Personal::Clear(personal),
    }
    .into()
}

pub(crate) fn ada_role(role: Role) -> Fact {
    UserRoleChanged { user: ADA, role, bootstrap: false, at: NOON }.into()
}

pub(crate) fn ada_bootstrap() -> Fact {
    UserRoleChanged { user: ADA, role: Role::Admin, bootstrap: true, at: NOON }.into()
}

pub(crate) fn ada_deactivated() -> Fact {
    UserDeactivated { user: ADA, at: NOON }.into()
}

pub(crate) fn ada_erased() -> Fact {
    UserErased { user: ADA, at: NOON }.into()
}

pub(crate) fn ada_password(keep: Option<SessionId>) -> Fact {
    let personal = PasswordPersonal { password_hash: "$argon2id$new".to_owned() };
    UserPasswordChanged { user: ADA, keep, at: NOON, personal: Personal::Clear(personal) }.into()
}

pub(crate) fn reset_link_issued() -> Fact {
    let expires_at = NOON + RESET_LINK_KEPT;
    ResetLinkIssued { user: ADA, hash: claim(), expires_at, at: NOON }.into()
}

/// An account of the directory's: it has no password.
pub(crate) fn ada_listed() -> [Fact; 2] {
    let spelling = "Ada@Example.com".to_owned();
    let personal = UserPersonal {
        email: Some(spelling.clone()),
        username: spelling.clone(),
        ..UserPersonal::default()
    };
    let registered = UserRegistered {
        user: ADA,
        email_claim: Some(claim()),
        phone_claim: None,
        at: NOON,
        personal: Personal::Clear(personal),
    };
    let spelled = DirectorySpellingAdded {
        user: ADA,
        at: NOON,
        personal: Personal::Clear(SpellingPersonal { email: spelling }),
    };
    [registered.into(), spelled.into()]
}

pub(crate) fn ada_logged_in() -> Fact {
    UserLoggedIn { session: SESSION, user: ADA, user_revision: 0, first: false, at: NOON }.into()
}

pub(crate) fn ada_logged_out() -> Fact {
    let reason = SessionEndReason::LoggedOut;
    SessionEnded { session: SESSION, user: ADA, reason, at: NOON }.into()
}

/// Ada to Bob.
pub(crate) fn hello_sent() -> Fact {
    MessageSent {
        message: MessageId(11),
        sender: ADA,
        receiver: BOB,
        at: NOON,
        personal: Personal::Clear(MessagePersonal { content: "Bonjour !".to_owned() }),
    }
    .into()
}

pub(crate) fn fete_created() -> Fact {
    EventCreated {
        event: EventId(3),
        organizer: ADA,
        title_claim: claim(),
        title: "Fête".to_owned(),
        description: "Dans la rue".to_owned(),
        date: "2030-06-21T18:00:00".to_owned(),
        date_utc: DateTime::parse_from_rfc3339("2030-06-21T18:00:00Z").unwrap().to_utc(),
        location: "Lyon".to_owned(),
        at: NOON,
    }
    .into()
}

pub(crate) fn voided() -> Fact {
    ClaimVoided { claim: claim(), revision: 0 }.into()
}

pub(crate) struct Given(Vec<Fact>);

pub(crate) struct When<R>(Result<Vec<Fact>, R>);

pub(crate) fn given<const N: usize>(facts: [Fact; N]) -> Given {
    Given(facts.into())
}

/// What `facts` amount to.
pub(crate) fn fold<S: State>(facts: &[Fact]) -> S {
    let mut state = S::default();
    (0..).zip(facts).for_each(|(revision, fact)| state.evolve(revision, fact));
    state
}

impl Given {
    pub(crate) fn when<C: Decide>(self, command: &C) -> When<C::Rejected> {
        When(command.decide(&fold(&self.0), NOON))
    }
}

impl<R: Debug + PartialEq> When<R> {
    #[track_caller]
    pub(crate) fn then<const N: usize>(self, facts: [Fact; N]) {
        assert_eq!(self.0, Ok(facts.into()));
    }

    #[track_caller]
    pub(crate) fn then_rejected(self, rejection: &R) {
        assert_eq!(self.0.as_ref(), Err(rejection));
    }
}

/// Stops commands at one failpoint. Without [`Pauses::arm`] nobody stops.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pauses(Option<(&'static str, mpsc::UnboundedSender<()>, Arc<Semaphore>)>);

/// The other end of a [`Pauses`].
pub(crate) struct Stopped {
    arrivals: mpsc::UnboundedReceiver<()>,
    gate: Arc<Semaphore>,
}

impl Pauses {
    /// From now on whoever comes to `place` stops until let go.
    pub(crate) fn arm(&mut self, place: &'static str) -> Stopped {
        let ((arrived, arrivals), gate) = (mpsc::unbounded_channel(), Arc::new(Semaphore::new(0)));
        self.0 = Some((place, arrived, Arc::clone(&gate)));
        Stopped { arrivals, gate }
    }

    pub(crate) async fn pass(&self, here: &str) {
        if let Some((_, arrived, gate)) = self.0.as_ref().filter(|(place, ..)| *place == here) {
            arrived.send(()).unwrap();
            gate.acquire().await.unwrap().forget();
        }
    }
}

impl Stopped {
    /// Waits until somebody has stopped.
    pub(crate) async fn arrived(&mut self) {
        self.arrivals.recv().await.unwrap();
    }

    /// Lets one go on.
    pub(crate) fn release(&self) {
        self.gate.add_permits(1);
    }
}
