//! Refresh tokens: the rule, and what a real log makes of it.

use chrono::TimeDelta;
use schema::{Fact, RefreshReuseDetected, SessionRefreshed, StreamName, caps::SESSION_LIFETIME};

use super::{RefreshSession, RefreshSessionRejected, Refreshed};
use crate::{
    Commands, ExecuteError,
    decision::Decide,
    testing::{
        ADA, NOON, SESSION, Scene, ada_logged_in, ada_logged_out, fold, given, newcomer, request,
    },
    user::LogIn,
};

fn with(generation: u64) -> RefreshSession {
    RefreshSession { session: SESSION, generation }
}

fn refreshed(generation: u64) -> Fact {
    SessionRefreshed { session: SESSION, user: ADA, generation, at: NOON }.into()
}

#[test]
fn the_last_token_gets_a_successor() {
    given([ada_logged_in()]).when(&with(0)).then([refreshed(1)]);
    given([ada_logged_in(), refreshed(1)]).when(&with(1)).then([refreshed(2)]);
}

#[test]
fn a_token_whose_successor_was_never_used_gets_it_again() {
    given([ada_logged_in(), refreshed(1)]).when(&with(0)).then([]);
}

#[test]
fn a_token_whose_successor_was_used_ends_the_session() {
    let detected = RefreshReuseDetected { session: SESSION, user: ADA, generation: 0, at: NOON };
    given([ada_logged_in(), refreshed(1), refreshed(2)])
        .when(&with(0))
        .then([detected.clone().into()]);
    given([ada_logged_in(), refreshed(1), refreshed(2), detected.into()])
        .when(&with(2))
        .then_rejected(&RefreshSessionRejected::Over);
}

#[test]
fn a_session_that_is_over_unknown_or_too_old_is_not_refreshed() {
    let over = RefreshSessionRejected::Over;
    given([]).when(&with(0)).then_rejected(&over);
    given([ada_logged_in(), ada_logged_out()]).when(&with(0)).then_rejected(&over);
    given([ada_logged_in()]).when(&with(1)).then_rejected(&over);
    let session = fold(&[ada_logged_in()]);
    assert!(with(0).decide(&session, NOON + SESSION_LIFETIME - TimeDelta::seconds(1)).is_ok());
    assert_eq!(with(0).decide(&session, NOON + SESSION_LIFETIME), Err(over));
}

async fn refresh(
    commands: &Commands,
    command: RefreshSession,
) -> Result<Refreshed, ExecuteError<RefreshSessionRejected>> {
    commands.refresh_session(&command, &request()).await
}

#[tokio::test]
async fn racers_with_one_token_get_one_successor() {
    let scene = Scene::open().await;
    let (commands, other) = (&scene.commands, scene.other_process());
    let ada = newcomer("Ada");
    commands.register_user(&ada, &request()).await.unwrap();
    let login = LogIn { email: Some(ada.email), password: ada.password };
    let session = commands.log_in(&login, &request()).await.unwrap().session;
    let command = RefreshSession { session, generation: 0 };
    let (one, two) = tokio::join!(refresh(commands, command), refresh(&other, command));
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!((one.generation, one.since), (two.generation, two.since));
    let facts = scene.facts(&StreamName::Session(session)).await;
    assert_eq!(facts.len(), 2, "{facts:?}");

    refresh(commands, RefreshSession { session, generation: 1 }).await.unwrap();
    let replayed = refresh(commands, command).await;
    assert!(
        matches!(replayed, Err(ExecuteError::Rejected(RefreshSessionRejected::Reused))),
        "{replayed:?}"
    );
    assert_eq!(commands.living_session(session).await.unwrap(), None);
    let child = refresh(commands, RefreshSession { session, generation: 2 }).await;
    assert!(matches!(child, Err(ExecuteError::Rejected(RefreshSessionRejected::Over))));
    scene.close().await;
}
