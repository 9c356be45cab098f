//! Erasing: the rule, and what a real log makes of it.

use eventlog::ReadError;
use schema::{ErasureCompleted, Fact, StreamName};

use super::EraseUser;
use crate::{
    ExecuteError,
    handler::Loaded,
    testing::{ADA, NOON, Scene, ada_erased, ada_registered, given, newcomer, request},
    user::{AmendRejected, LogIn, LogInRejected, User},
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
    assert!(matches!(facts.last(), Some(Fact::ErasureCompleted(_))), "{facts:?}");
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
async fn an_erasure_that_crashed_before_the_key_went_is_finished_by_the_next() {
    let scene = Scene::open().await;
    let user = scene.commands.register_user(&newcomer("Ada"), &request()).await.unwrap().user;
    let mut crashing = scene.commands.clone();
    let mut stopped = crashing.pauses.arm("has_erased");
    let command = EraseUser { user };
    {
        let request = request();
        tokio::select! {
            _ = crashing.erase_user(&command, &request) => panic!("it did not stop"),
            () = stopped.arrived() => {}
        }
    }
    assert_eq!(scene.facts(&StreamName::Key(user)).await.len(), 1);
    scene.commands.erase_user(&command, &request()).await.unwrap();
    let facts = scene.facts(&StreamName::User(user)).await;
    assert!(matches!(facts.last(), Some(Fact::ErasureCompleted(_))), "{facts:?}");
    let done = scene.commands.erase_user(&command, &request()).await;
    assert!(matches!(done, Err(ExecuteError::Rejected(AmendRejected::NoSuchUser))));
    scene.close().await;
}
