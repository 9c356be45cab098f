//! Logging in: the rule, and what a real log makes of it.

use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version};
use schema::{
    Fact, PasswordPersonal, Personal, StreamName, UserFact, UserLoggedIn, UserPasswordChanged,
};

use super::{LogIn, LogInRejected, Verified};
use crate::{
    ExecuteError,
    testing::{
        ADA, NOON, SESSION, Scene, ada_deactivated, ada_erased, ada_registered, given, newcomer,
        request, voided,
    },
    user::{Activate, Deactivate},
};

fn verified(password_right: bool) -> Verified {
    Verified { user: ADA, session: SESSION, password_right }
}

#[test]
fn the_right_password_begins_a_session_at_the_revision_that_was_read() {
    let logged_in =
        UserLoggedIn { session: SESSION, user: ADA, user_revision: 1, first: false, at: NOON };
    given([voided(), ada_registered()]).when(&verified(true)).then([logged_in.into()]);
}

#[test]
fn a_wrong_password_is_refused() {
    let wrong = LogInRejected::WrongCredentials;
    given([ada_registered()]).when(&verified(false)).then_rejected(&wrong);
}

#[test]
fn an_account_that_does_not_exist_is_refused_with_the_same_words() {
    let wrong = LogInRejected::WrongCredentials;
    given([]).when(&verified(true)).then_rejected(&wrong);
    given([ada_registered(), ada_erased()]).when(&verified(true)).then_rejected(&wrong);
}

#[test]
fn only_whoever_knows_the_password_is_told_that_an_account_is_closed() {
    let closed = || given([ada_registered(), ada_deactivated()]);
    closed().when(&verified(true)).then_rejected(&LogInRejected::Inactive);
    closed().when(&verified(false)).then_rejected(&LogInRejected::WrongCredentials);
}

#[tokio::test]
async fn a_closed_account_is_let_in_again_once_it_is_opened() {
    let scene = Scene::open().await;
    let (commands, ada) = (&scene.commands, newcomer("Ada"));
    let user = commands.register_user(&ada, &request()).await.unwrap().user;
    let login = LogIn { email: Some(ada.email), password: ada.password };
    let before = commands.log_in(&login, &request()).await.unwrap().session;

    commands.deactivate(&Deactivate { user }, &request()).await.unwrap();
    assert_eq!(commands.living_session(before).await.unwrap(), None);
    let closed = commands.log_in(&login, &request()).await;
    assert!(matches!(closed, Err(ExecuteError::Rejected(LogInRejected::Inactive))), "{closed:?}");

    commands.activate(&Activate { user }, &request()).await.unwrap();
    assert_eq!(commands.living_session(before).await.unwrap(), None);
    commands.log_in(&login, &request()).await.unwrap();
    scene.close().await;
}

#[tokio::test]
async fn check_17_a_weaker_hash_is_replaced_at_the_next_login_and_no_session_ends() {
    let scene = Scene::open().await;
    let (commands, ada) = (&scene.commands, newcomer("Ada"));
    let user = commands.register_user(&ada, &request()).await.unwrap().user;
    let weaker = Params::new(8 * 1_024, 1, 1, None).unwrap();
    let weaker = Argon2::new(Algorithm::Argon2id, Version::V0x13, weaker);
    let password_hash = weaker.hash_password(ada.password.as_bytes()).unwrap().to_string();
    let personal = Personal::Clear(PasswordPersonal { password_hash });
    let stored = UserPasswordChanged { user, keep: None, at: NOON, personal };
    let stream = StreamName::User(user);
    let account: crate::handler::Loaded<super::User> = commands.load_opened(&stream).await.unwrap();
    commands.append(&stream, account.expected(), vec![stored.into()], &request()).await.unwrap();

    let login = LogIn { email: Some(ada.email), password: ada.password };
    let first = commands.log_in(&login, &request()).await.unwrap().session;
    let facts = scene.facts(&stream).await;
    assert!(
        matches!(facts.last(), Some(Fact::User(UserFact::UserPasswordRehashed(_)))),
        "{facts:?}"
    );
    assert!(commands.living_session(first).await.unwrap().is_some());

    commands.log_in(&login, &request()).await.unwrap();
    assert_eq!(scene.facts(&stream).await.len(), facts.len());
    scene.close().await;
}
