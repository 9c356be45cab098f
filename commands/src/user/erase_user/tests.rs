//! Erasing: the rule, and what a real log makes of it.

use eventlog::ReadError;
use schema::{ErasureCompleted, Fact, IdKind, MessageFact, MessageText, StreamName, UserFact};

use super::EraseUser;
use crate::{
    ExecuteError, Journal, LogFailure,
    handler::Loaded,
    message::SendMessage,
    testing::{ADA, NOON, Scene, ada_erased, ada_registered, given, newcomer, request},
    user::{AmendRejected, Erasure, LogIn, LogInRejected, User},
};

const ERASE: EraseUser = EraseUser { user: ADA };

#[test]
fn an_account_is_erased_once() {
    given([ada_registered()]).when(&ERASE).then([ada_erased()]);
}

#[test]
fn an_erasure_that_was_interrupted_goes_on() {
    given([ada_registered(), ada_erased()]).when(&ERASE).then([]);
}

#[test]
fn nobody_is_erased_twice() {
    let completed = ErasureCompleted { user: ADA, at: NOON }.into();
    let nobody = AmendRejected::NoSuchUser;
    given([]).when(&ERASE).then_rejected(&nobody);
    given([ada_registered(), ada_erased(), completed]).when(&ERASE).then_rejected(&nobody);
}

#[tokio::test]
async fn of_whoever_is_erased_nothing_can_be_read_and_the_address_can_be_had() {
    let scene = Scene::open().await;
    let (commands, ada) = (&scene.commands, newcomer("Ada"));
    let user = commands.register_user(&ada, &request()).await.unwrap().user;
    let login = LogIn { email: Some(ada.email.clone()), password: ada.password.clone() };
    let session = commands.log_in(&login, &request()).await.unwrap().session;

    let acting = request().acting_as(user, session);
    commands.erase_user(&EraseUser { user }, &acting).await.unwrap();

    assert_eq!(commands.living_session(session).await.unwrap(), None);
    let refused = commands.log_in(&login, &request()).await;
    assert!(matches!(refused, Err(ExecuteError::Rejected(LogInRejected::WrongCredentials))));
    let facts = scene.facts(&StreamName::User(user)).await;
    assert!(matches!(facts.last(), Some(Fact::User(UserFact::ErasureCompleted(_)))), "{facts:?}");
    let key = StreamName::Key(user).to_string();
    let key = commands.log.read_stream(
        &key,
        eventlog::StreamFrom::Start,
        eventlog::Direction::Forwards,
        1,
    );
    assert!(matches!(key.await, Err(ReadError::Deleted(_))));
    let account: Loaded<User> = commands.load_opened(&StreamName::User(user)).await.unwrap();
    assert!(account.state.personal().is_none());

    let again = commands.register_user(&ada, &request()).await.unwrap();
    assert_ne!(again.user, user);
    scene.close().await;
}

#[tokio::test]
async fn an_erasure_that_was_killed_after_any_of_its_steps_is_finished_by_the_next() {
    for step in ["has_erased", "has_journalled", "has_closed_the_key"] {
        let scene = Scene::open().await;
        let user = scene.commands.register_user(&newcomer("Ada"), &request()).await.unwrap().user;
        let mut killed = scene.commands.clone();
        let mut stopped = killed.pauses.arm(step);
        let command = EraseUser { user };
        {
            let request = request();
            tokio::select! {
                _ = killed.erase_user(&command, &request) => panic!("it did not stop"),
                () = stopped.arrived() => {}
            }
        }
        let facts = scene.facts(&StreamName::User(user)).await;
        assert!(
            matches!(facts.last(), Some(Fact::User(UserFact::UserErased(_)))),
            "{step}: {facts:?}"
        );
        let left = scene.commands.unfinished_erasures().await.unwrap();
        assert_eq!(left.iter().map(|left| left.user).collect::<Vec<_>>(), [user], "{step}");
        let closed = matches!(left[0].waits_for, Erasure::WaitsForScavenge);
        assert_eq!(closed, step == "has_closed_the_key", "{step}");

        scene.commands.erase_user(&command, &request()).await.unwrap();
        let facts = scene.facts(&StreamName::User(user)).await;
        assert!(
            matches!(facts.last(), Some(Fact::User(UserFact::ErasureCompleted(_)))),
            "{step}: {facts:?}"
        );
        assert_eq!(scene.commands.unfinished_erasures().await.unwrap(), []);
        let done = scene.commands.erase_user(&command, &request()).await;
        assert!(matches!(done, Err(ExecuteError::Rejected(AmendRejected::NoSuchUser))));
        scene.close().await;
    }
}

#[tokio::test]
async fn what_was_sealed_with_a_key_that_is_remembered_opens_for_nobody_after_the_erasure() {
    let scene = Scene::open().await;
    let commands = &scene.commands;
    let user = commands.register_user(&newcomer("Ada"), &request()).await.unwrap().user;
    let bob = commands.register_user(&newcomer("Bob"), &request()).await.unwrap().user;
    // Another process knows the key, and does not hear of the erasure.
    let other = scene.process_with_its_own_keys();
    let hello =
        SendMessage { sender: user, receiver: bob, text: MessageText::parse("Bonjour !").unwrap() };
    other.send_message(&hello, &request()).await.unwrap();
    commands.erase_user(&EraseUser { user }, &request()).await.unwrap();
    let sent = other.send_message(&hello, &request()).await.unwrap();

    let stored = commands.log.read_all(
        eventlog::Filter::None,
        Some(sent.position),
        eventlog::Direction::Forwards,
        1,
    );
    let stored = stored.await.unwrap().remove(0);
    let opened = scene.process_with_its_own_keys().vault.open_fact(&stored).await.unwrap();
    let Fact::Message(MessageFact::MessageSent(opened)) = opened else {
        panic!("it is a message: {opened:?}")
    };
    assert!(opened.personal.clear().is_none());
    scene.close().await;
}

#[tokio::test]
async fn whoever_is_erased_and_what_ids_are_taken_stands_in_the_journal_before_the_answer() {
    let scene = Scene::open().await;
    let path = scene.folder().join("journal");
    let journal = Journal::open(&path, "00112233445566778899").unwrap();
    let commands = scene.commands.clone().noting_in(journal);
    let user = commands.register_user(&newcomer("Ada"), &request()).await.unwrap().user;
    let read = || Journal::read(&path, "00112233445566778899").unwrap();
    assert!(read().free[&IdKind::User] > user.0);
    assert!(read().erased.is_empty());
    commands.erase_user(&EraseUser { user }, &request()).await.unwrap();
    assert_eq!(read().erased, [user].into());
    scene.close().await;
}

#[tokio::test]
async fn an_erasure_that_cannot_be_noted_is_not_answered_with_success() {
    let scene = Scene::open().await;
    let user = scene.commands.register_user(&newcomer("Ada"), &request()).await.unwrap().user;
    // Nothing can be written there, whoever asks.
    let journal = Journal::open("/dev/full".as_ref(), "00112233445566778899").unwrap();
    let commands = scene.commands.clone().noting_in(journal);
    let refused = commands.erase_user(&EraseUser { user }, &request()).await;
    assert!(matches!(refused, Err(ExecuteError::Log(LogFailure::Journal(_)))), "{refused:?}");
    scene.commands.erase_user(&EraseUser { user }, &request()).await.unwrap();
    scene.close().await;
}
