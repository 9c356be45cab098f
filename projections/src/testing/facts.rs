//! Facts for tests to append.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use eventlog::{NewFact, Position};
use schema::{
    ClaimHash, EventCreated, EventId, Fact, MessageId, MessagePersonal, MessageRead, MessageSent,
    Personal, ProfilePersonal, Role, SessionEndReason, SessionEnded, SessionId, StreamName,
    UserDeactivated, UserErased, UserId, UserLoggedIn, UserPersonal, UserProfileChanged,
    UserRegistered, UserRoleChanged, VmChanged, VmCreated, VmId, VmStatus,
};

use super::{Scene, metadata, random};

pub(crate) const ADA: UserId = UserId(7);
pub(crate) const BOB: UserId = UserId(8);
pub(crate) const NOON: DateTime<Utc> = DateTime::from_timestamp(1_788_264_000, 0).unwrap();

/// An account with an address made of its name.
pub(crate) fn registered(user: UserId, name: &str) -> Fact {
    let personal = UserPersonal {
        email: Some(format!("{name}@example.com")),
        username: name.to_owned(),
        ..UserPersonal::default()
    };
    let personal = Personal::Clear(personal);
    UserRegistered { user, email_claim: None, phone_claim: None, at: NOON, personal }.into()
}

pub(crate) fn role(user: UserId, role: Role, bootstrap: bool) -> Fact {
    UserRoleChanged { user, role, bootstrap, at: NOON }.into()
}

pub(crate) fn logged_in(session: SessionId, user: UserId) -> Fact {
    UserLoggedIn { session, user, user_revision: 0, first: false, at: NOON }.into()
}

pub(crate) fn logged_out(session: SessionId, user: UserId) -> Fact {
    SessionEnded { session, user, reason: SessionEndReason::LoggedOut, at: NOON }.into()
}

pub(crate) fn sent(message: i64, sender: UserId, receiver: UserId) -> Fact {
    let personal = MessagePersonal { content: format!("message {message}") };
    let personal = Personal::Clear(personal);
    MessageSent { message: MessageId(message), sender, receiver, at: NOON, personal }.into()
}

pub(crate) fn read(message: i64, sender: UserId, receiver: UserId) -> Fact {
    MessageRead { message: MessageId(message), sender, receiver, at: NOON, announced: false }.into()
}

pub(crate) fn created(event: i64) -> Fact {
    EventCreated {
        event: EventId(event),
        organizer: ADA,
        title_claim: ClaimHash(event.to_string()),
        title: format!("Fête {event}"),
        description: "Dans la rue".to_owned(),
        date: "2030-06-21T18:00:00".to_owned(),
        date_utc: NOON,
        location: "Lyon".to_owned(),
        at: NOON,
    }
    .into()
}

pub(crate) fn named(user: UserId, name: &str) -> Fact {
    let email = Some(format!("{name}@example.com"));
    let personal = Personal::Clear(ProfilePersonal { email, username: name.to_owned() });
    UserProfileChanged { user, email_claim: None, at: NOON, personal }.into()
}

pub(crate) fn machine(vm: i64, owner: UserId) -> Fact {
    VmCreated {
        vm: VmId(vm),
        owner,
        name: format!("web-{vm}"),
        operating_system: "Debian".to_owned(),
        cpu_cores: 2,
        ram_gb: 4,
        disk_gb: 50,
        status: VmStatus::default(),
        at: NOON,
    }
    .into()
}

pub(crate) fn resized(vm: i64) -> Fact {
    VmChanged {
        vm: VmId(vm),
        name: None,
        operating_system: None,
        cpu_cores: Some(8),
        ram_gb: None,
        disk_gb: None,
        status: None,
        at: NOON,
    }
    .into()
}

/// A fact of a type that no version knows.
pub(crate) fn unknown(kind: &str) -> NewFact {
    NewFact {
        id: random(),
        kind: kind.to_owned(),
        data: Bytes::from_static(b"{}"),
        metadata: Bytes::from_static(b"{}"),
    }
}

pub(crate) fn closed(user: UserId) -> Fact {
    UserDeactivated { user, at: NOON }.into()
}

pub(crate) fn erased(user: UserId) -> Fact {
    UserErased { user, at: NOON }.into()
}

impl Scene {
    /// Gives `user` a key and an account.
    pub(crate) async fn register(&self, user: UserId, name: &str) -> Position {
        self.vault.create_key(user, random(), &metadata()).await.unwrap();
        self.append(StreamName::User(user), registered(user, name)).await
    }

    /// Lets `sender` write to `receiver`.
    pub(crate) async fn send(&self, message: i64, sender: UserId, receiver: UserId) -> Position {
        let stream = StreamName::Message(MessageId(message));
        self.append(stream, sent(message, sender, receiver)).await
    }

    /// Puts an event into the calendar.
    pub(crate) async fn create(&self, event: i64) -> Position {
        self.append(StreamName::Event(EventId(event)), created(event)).await
    }
}
