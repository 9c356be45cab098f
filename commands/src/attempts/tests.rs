use chrono::{DateTime, TimeDelta, Utc};
use eventlog::{Revision, Signal};
use futures::{Stream, StreamExt, future::join_all};
use schema::{ClaimHash, Fact, LoginAttempted, LoginDecided, StreamName};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::{Admission, Attempts, TooMany, delay};
use crate::{
    ExecuteError,
    testing::{NOON, Scene, email, fold, newcomer, password, request},
    user::{LogIn, LogInRejected},
};

fn attempted(attempt: u128, at: DateTime<Utc>) -> Fact {
    LoginAttempted { attempt: Uuid::from_u128(attempt), at }.into()
}

fn decided(attempt: u128, right: bool, at: DateTime<Utc>) -> Fact {
    LoginDecided { attempt: Uuid::from_u128(attempt), right, at }.into()
}

fn wrong(attempts: std::ops::Range<u128>) -> Vec<Fact> {
    attempts.flat_map(|attempt| [attempted(attempt, NOON), decided(attempt, false, NOON)]).collect()
}

fn admission(facts: &[Fact], at: DateTime<Utc>) -> Admission {
    fold::<Attempts>(facts).admission(at)
}

#[test]
fn four_wrong_ones_let_a_fifth_in() {
    assert_eq!(admission(&wrong(0..4), NOON), Admission::Now);
}

#[test]
fn five_wrong_ones_close_the_account_for_a_while_and_then_let_one_in() {
    let until = NOON + TimeDelta::seconds(30);
    assert_eq!(admission(&wrong(0..5), NOON), Admission::NotBefore(until));
    assert_eq!(admission(&wrong(0..5), until), Admission::Now);
    let mut facts = wrong(0..5);
    facts.push(attempted(5, until));
    assert_eq!(admission(&facts, until), Admission::AfterOthers);
}

#[test]
fn check_04_each_further_wrong_one_doubles_the_pause_up_to_a_quarter_of_an_hour() {
    let pauses: Vec<i64> = (0..7).map(|beyond| delay(beyond).num_seconds()).collect();
    assert_eq!(pauses, [30, 60, 120, 240, 480, 900, 900]);
    assert_eq!(delay(u32::MAX).num_seconds(), 900);
}

#[test]
fn a_right_one_forgives_those_before_it() {
    let mut facts = wrong(0..4);
    facts.extend([attempted(4, NOON), decided(4, true, NOON)]);
    facts.extend(wrong(5..9));
    assert_eq!(admission(&facts, NOON), Admission::Now);
}

#[test]
fn undecided_ones_count_as_wrong_until_nobody_can_be_told_any_more() {
    let facts: Vec<Fact> = (0..5).map(|attempt| attempted(attempt, NOON)).collect();
    assert_eq!(admission(&facts, NOON + TimeDelta::seconds(9)), Admission::AfterOthers);
    assert_eq!(admission(&facts, NOON + TimeDelta::seconds(10)), Admission::Now);
}

#[test]
fn right_ones_never_keep_another_out() {
    let facts: Vec<Fact> = (0..50)
        .flat_map(|attempt| [attempted(attempt, NOON), decided(attempt, true, NOON)])
        .collect();
    assert_eq!(admission(&facts, NOON), Admission::Now);
}

#[test]
fn wrong_ones_are_forgotten_after_an_hour() {
    assert_eq!(admission(&wrong(0..9), NOON + TimeDelta::hours(1)), Admission::Now);
}

fn guess(password_text: &str) -> LogIn {
    LogIn { email: Some(email("ada@example.com")), password: password(password_text) }
}

/// How `count` guesses at once end, by turns in one process and in another.
async fn guess_at_once(scene: &Scene, count: usize) -> Vec<ExecuteError<LogInRejected>> {
    let processes = [scene.commands.clone(), scene.other_process()];
    let guesses =
        processes.iter().cycle().take(count).map(|commands| async {
            commands.log_in(&guess("wrong"), &request()).await.unwrap_err()
        });
    join_all(guesses).await
}

#[tokio::test(flavor = "multi_thread")]
async fn check_05_parallel_guesses_cannot_pass_the_limit_on_two_instances() {
    let scene = Scene::open().await;
    scene.commands.register_user(&newcomer("Ada"), &request()).await.unwrap();

    let outcomes = guess_at_once(&scene, 20).await;

    let looked_at = outcomes.iter().filter(|outcome| {
        matches!(outcome, ExecuteError::Rejected(LogInRejected::WrongCredentials))
    });
    assert_eq!(looked_at.count(), 5, "{outcomes:?}");
    // The right password is not even looked at now, so nobody learns that it was right.
    let right = scene.commands.log_in(&guess("secret"), &request()).await;
    let refused = matches!(right, Err(ExecuteError::Rejected(LogInRejected::TooMany { .. })));
    assert!(refused, "{right:?}");
    scene.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_without_an_account_is_closed_as_soon() {
    let scene = Scene::open().await;
    let outcomes = guess_at_once(&scene, 6).await;
    let looked_at = outcomes.iter().filter(|outcome| {
        matches!(outcome, ExecuteError::Rejected(LogInRejected::WrongCredentials))
    });
    assert_eq!(looked_at.count(), 5, "{outcomes:?}");
    scene.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_hangs_up_has_been_counted() {
    let scene = Scene::open().await;
    scene.commands.register_user(&newcomer("Ada"), &request()).await.unwrap();
    let whose = scene.commands.vault.claim("attempts", &email("ada@example.com").key());
    let stream = StreamName::Attempts(whose).to_string();
    let mut facts = scene.commands.log.subscribe_stream(&stream, None);

    let mut guess = Box::pin(async {
        scene.commands.log_in(&guess("wrong"), &request()).await.unwrap_err();
    });
    // Let in, and then nobody waits for the answer any more.
    tokio::select! {
        () = &mut guess => {}
        () = next(&mut facts, "login-attempted.v1") => {}
    }
    drop(guess);

    next(&mut facts, "login-decided.v1").await;
    drop(facts);
    scene.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_right_logins_at_once_are_all_let_in() {
    let scene = Scene::open().await;
    scene.commands.register_user(&newcomer("Ada"), &request()).await.unwrap();
    let (password, request) = (guess("secret"), request());
    let logins = (0..8).map(|_| scene.commands.log_in(&password, &request));
    for login in join_all(logins).await {
        // Waiting too long for others is no refusal, and is not counted.
        assert!(matches!(login, Ok(_) | Err(ExecuteError::Busy)), "{login:?}");
    }
    scene.commands.log_in(&password, &request).await.unwrap();
    scene.close().await;
}

/// Waits for a fact of type `kind`.
async fn next(facts: &mut (impl Stream<Item = Signal> + Unpin), kind: &str) {
    loop {
        if let Signal::Fact(fact) = facts.next().await.unwrap()
            && fact.kind == kind
        {
            return;
        }
    }
}

#[tokio::test]
async fn those_who_come_together_share_appends_and_are_let_in_as_if_they_had_not() {
    let scene = Scene::open().await;
    let (commands, whose) = (&scene.commands, ClaimHash("5f2c".to_owned()));
    let stream = StreamName::Attempts(whose.clone());
    let book = commands.attempts.of(&whose);
    let mut end = None;
    let mut wanted: Vec<_> =
        (1..8).map(|attempt| book.want(Uuid::from_u128(attempt), &request())).collect();

    commands.write_attempts(&stream, &book, &mut end).await.unwrap();
    let told: Vec<_> = wanted.iter_mut().map(oneshot::Receiver::try_recv).collect();
    let let_in = told.iter().filter(|answer| **answer == Ok(Ok(()))).count();
    assert_eq!((let_in, end), (5, Some(Revision(4))));

    // One that was right makes room for one more, in the same append.
    let decided = |attempt, right| LoginDecided {
        attempt: Uuid::from_u128(attempt),
        right,
        at: request().at,
    };
    let mut right = book.end(decided(1, true), &request());
    commands.write_attempts(&stream, &book, &mut end).await.unwrap();
    assert_eq!(
        (right.try_recv(), wanted[5].try_recv(), end),
        (Ok(()), Ok(Ok(())), Some(Revision(6)))
    );

    // Five that were wrong close the account for whoever still waits.
    for attempt in 2..7 {
        drop(book.end(decided(attempt, false), &request()));
    }
    commands.write_attempts(&stream, &book, &mut end).await.unwrap();
    assert!(matches!(wanted[6].try_recv(), Ok(Err(TooMany { .. }))));
    assert_eq!(end, Some(Revision(11)));
    scene.close().await;
}

#[tokio::test]
async fn whoever_does_not_wait_any_more_is_not_let_in() {
    let scene = Scene::open().await;
    let (commands, whose) = (&scene.commands, ClaimHash("5f2c".to_owned()));
    let stream = StreamName::Attempts(whose.clone());
    let book = commands.attempts.of(&whose);
    drop(book.want(Uuid::from_u128(1), &request()));
    let _waits = book.want(Uuid::from_u128(2), &request());
    assert!(book.withdraw(Uuid::from_u128(2)));
    assert!(!book.withdraw(Uuid::from_u128(2)));
    commands.write_attempts(&stream, &book, &mut None).await.unwrap();
    assert_eq!(scene.facts(&stream).await, []);
    scene.close().await;
}
