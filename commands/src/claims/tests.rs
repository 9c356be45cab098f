//! Claims under races, against a real log.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta};
use eventlog::{AppendError, ExpectedRevision};
use futures::future::join_all;
use schema::{ClaimTaken, EventDate, EventId, IdKind, StreamName, UserId};

use super::{Claim, Taken};
use crate::{
    Commands, ExecuteError, LogFailure, Request,
    event::{CreateEvent, CreateEventRejected},
    testing::{Scene, line, newcomer, request},
    user::{RegisterUserRejected, User},
};

const SLOW: StreamName = StreamName::Event(EventId(1));
const QUICK: StreamName = StreamName::Event(EventId(2));

fn title(scene: &Scene, title: &str) -> Claim {
    let hash = scene.commands.vault.claim("title", title);
    Claim { stream: StreamName::TitleClaim(hash.clone()), hash }
}

#[tokio::test]
async fn of_fifty_parallel_registrations_of_one_address_one_succeeds() {
    let scene = Scene::open().await;
    let (command, requests) = (newcomer("Ada"), (0..50).map(|_| request()).collect::<Vec<_>>());
    let outcomes =
        join_all(requests.iter().map(|request| scene.commands.register_user(&command, request)))
            .await;
    let won = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    let taken = outcomes
        .iter()
        .filter(|outcome| {
            matches!(outcome, Err(ExecuteError::Rejected(RegisterUserRejected::EmailTaken)))
        })
        .count();
    assert_eq!((won, taken), (1, 49));
    scene.close().await;
}

#[tokio::test]
async fn an_owner_that_stalls_between_claim_and_use_is_taken_over_and_wakes_to_a_refusal() {
    let scene = Scene::open().await;
    let (commands, claim, slow) = (&scene.commands, title(&scene, "Fête"), request());
    commands.take_claim(&claim, &SLOW, None, &slow).await.unwrap();

    // The contender waits in vain for the slow owner, voids its take in its own stream, takes over.
    commands.take_claim(&claim, &QUICK, None, &request()).await.unwrap();

    let woken = commands.load_sealed::<super::Holdings>(&SLOW.to_string()).await.unwrap();
    assert_eq!(woken.state.voided(&claim.hash), Some(0));
    let late = commands.append(
        &SLOW,
        ExpectedRevision::NoStream,
        vec![crate::testing::fete_created()],
        &slow,
    );
    let late = late.await;
    assert!(
        matches!(late, Err(LogFailure::Append(AppendError::WrongRevision { .. }))),
        "the slow owner uses what it has lost: {late:?}"
    );
    scene.close().await;
}

#[tokio::test]
async fn an_owner_that_restarts_after_it_was_taken_over_is_not_told_that_its_old_take_succeeded() {
    let scene = Scene::open().await;
    let (commands, claim) = (&scene.commands, title(&scene, "Fête"));
    let slow = request();
    commands.take_claim(&claim, &SLOW, None, &slow).await.unwrap();
    commands.take_claim(&claim, &QUICK, None, &request()).await.unwrap();
    use_title(commands, &QUICK, &claim).await;

    let again = commands.take_claim(&claim, &SLOW, Some(0), &slow).await;
    assert!(matches!(again, Err(ExecuteError::Rejected(Taken))), "{again:?}");
    scene.close().await;
}

#[tokio::test]
async fn an_owner_whose_take_was_voided_takes_anew_when_nobody_else_has() {
    let scene = Scene::open().await;
    let (commands, claim) = (&scene.commands, title(&scene, "Fête"));
    let slow = request();
    commands.take_claim(&claim, &SLOW, None, &slow).await.unwrap();
    commands.void(&SLOW.to_string(), &claim, 0, &request()).await.unwrap();

    // The contender stops here: the void is written, its own take is not.
    commands.take_claim(&claim, &SLOW, Some(0), &slow).await.unwrap();

    use_title(commands, &SLOW, &claim).await;
    let contender = commands.take_claim(&claim, &QUICK, None, &request()).await;
    assert!(matches!(contender, Err(ExecuteError::Rejected(Taken))), "{contender:?}");
    scene.close().await;
}

#[tokio::test]
async fn repeating_a_take_succeeds() {
    let scene = Scene::open().await;
    let (commands, claim, slow) = (&scene.commands, title(&scene, "Fête"), request());
    for _ in 0..2 {
        commands.take_claim(&claim, &SLOW, None, &slow).await.unwrap();
    }
    scene.close().await;
}

#[tokio::test]
async fn an_address_whose_owner_never_came_to_be_can_be_had() {
    let scene = Scene::open().await;
    let commands = &scene.commands;
    let hash = commands.vault.claim("email", "ada@example.com");
    let claim = Claim { stream: StreamName::EmailClaim(hash.clone()), hash };
    let crashed = StreamName::User(UserId(4_711));
    commands.take_claim(&claim, &crashed, None, &request()).await.unwrap();

    let registered = commands.register_user(&newcomer("Ada"), &request()).await.unwrap();

    let stream = StreamName::User(registered.user);
    let loaded = commands.load_opened::<User>(&stream).await.unwrap();
    assert_eq!(loaded.state.personal().unwrap().username, "Ada");
    scene.close().await;
}

#[tokio::test]
async fn a_registration_that_stalls_after_its_claim_is_taken_over_and_wakes_to_a_refusal() {
    let scene = Scene::open().await;
    let mut slow = scene.commands.clone();
    let mut stopped = slow.pauses.arm("has_claimed");
    let (command, slow_request) = (newcomer("Ada"), request());
    let slow = slow.register_user(&command, &slow_request);
    let quick = async {
        stopped.arrived().await;
        let registered = scene.commands.register_user(&command, &request()).await;
        stopped.release();
        registered
    };
    let (woken, registered) = tokio::join!(slow, quick);
    assert!(registered.is_ok(), "{registered:?}");
    assert!(
        matches!(woken, Err(ExecuteError::Rejected(RegisterUserRejected::EmailTaken))),
        "{woken:?}"
    );
    scene.close().await;
}

#[tokio::test]
async fn a_registration_whose_claim_was_voided_and_not_taken_over_goes_on() {
    let scene = Scene::open().await;
    let mut slow = scene.commands.clone();
    let mut stopped = slow.pauses.arm("has_claimed");
    let (command, slow_request) = (newcomer("Ada"), request());
    let slow = slow.register_user(&command, &slow_request);
    let contender = async {
        stopped.arrived().await;
        let hash = scene.commands.vault.claim("email", "ada@example.com");
        let claim = Claim { stream: StreamName::EmailClaim(hash.clone()), hash };
        // The contender voids the take, and crashes before its own.
        scene.commands.void("user-1", &claim, 0, &request()).await.unwrap();
        stopped.release();
        // The slow one has claimed anew.
        stopped.arrived().await;
        stopped.release();
    };
    let (registered, ()) = tokio::join!(slow, contender);
    assert_eq!(registered.unwrap().user, UserId(1));
    let again = scene.commands.register_user(&command, &request()).await;
    assert!(matches!(again, Err(ExecuteError::Rejected(RegisterUserRejected::EmailTaken))));
    scene.close().await;
}

#[tokio::test]
async fn ids_are_handed_out_once_by_two_processes_that_race() {
    let scene = Scene::open().await;
    let other = scene.other_process();
    let (request, mut ids) = (request(), Vec::new());
    for _ in 0..250 {
        let (one, two) = tokio::join!(
            scene.commands.next_id::<Taken>(IdKind::Event, &request),
            other.next_id::<Taken>(IdKind::Event, &request)
        );
        ids.extend([one.unwrap(), two.unwrap()]);
    }
    let unique: BTreeSet<i64> = ids.iter().copied().collect();
    assert_eq!(unique.len(), ids.len());
    scene.close().await;
}

/// Makes `owner` use the claim, as creating its event would.
async fn use_title(commands: &Commands, owner: &StreamName, claim: &Claim) {
    let loaded = commands.load_sealed::<super::Holdings>(&owner.to_string()).await.unwrap();
    let mut fact = crate::testing::fete_created();
    if let schema::Fact::Event(schema::EventFact::EventCreated(created)) = &mut fact {
        created.title_claim = claim.hash.clone();
    }
    commands.append(owner, loaded.expected(), vec![fact], &request()).await.unwrap();
}

#[tokio::test]
async fn an_address_that_is_taken_costs_neither_an_id_nor_a_key() {
    let scene = Scene::open().await;
    let commands = &scene.commands;
    commands.register_user(&newcomer("Ada"), &request()).await.unwrap();
    let again = commands.register_user(&newcomer("Ada"), &request()).await;
    assert!(matches!(again, Err(ExecuteError::Rejected(RegisterUserRejected::EmailTaken))));
    assert_eq!(scene.facts(&StreamName::Key(UserId(2))).await, []);
    let bob = commands.register_user(&newcomer("Bob"), &request()).await.unwrap();
    assert_eq!(bob.user, UserId(2));
    scene.close().await;
}

/// Whether `outcome` is a refusal because somebody else has the title.
fn title_taken<T>(outcome: &Result<T, ExecuteError<CreateEventRejected>>) -> bool {
    matches!(outcome, Err(ExecuteError::Rejected(CreateEventRejected::TitleTaken)))
}

#[tokio::test]
async fn two_racers_with_the_same_business_value_are_not_both_told_success() {
    let scene = Scene::open().await;
    let other = scene.other_process();
    let command = CreateEvent {
        organizer: UserId(1),
        title: line("Fête"),
        description: line("Dans la rue"),
        date: EventDate::parse("2030-06-21T18:00:00").unwrap(),
        location: line("Lyon"),
    };
    let (one, two) = (request(), request());
    let (one, two) = tokio::join!(
        scene.commands.create_event(&command, &one),
        other.create_event(&command, &two)
    );
    assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
    assert!(title_taken(&one) || title_taken(&two), "{one:?} {two:?}");
    scene.close().await;
}

#[tokio::test]
async fn a_clock_jump_of_a_day_changes_nothing() {
    let scene = Scene::open().await;
    let mut slow = scene.commands.clone();
    let mut stopped = slow.pauses.arm("has_claimed");
    let at = |days| Request { at: DateTime::UNIX_EPOCH + TimeDelta::days(days), ..request() };
    let (command, tomorrow) = (newcomer("Ada"), at(2));
    let slow = slow.register_user(&command, &tomorrow);
    let quick = async {
        stopped.arrived().await;
        // The clock was set back by a day: the claim of tomorrow is waited for as any other.
        let registered = scene.commands.register_user(&command, &at(1)).await;
        stopped.release();
        registered
    };
    let (woken, registered) = tokio::join!(slow, quick);
    let registered = registered.unwrap();
    let refused = RegisterUserRejected::EmailTaken;
    assert!(matches!(woken, Err(ExecuteError::Rejected(rejected)) if rejected == refused));
    let later = scene.commands.register_user(&command, &at(3)).await;
    assert!(matches!(later, Err(ExecuteError::Rejected(rejected)) if rejected == refused));
    let claim = scene.commands.vault.claim("email", &command.email.key());
    let taken = scene.facts(&StreamName::EmailClaim(claim)).await;
    let owner = StreamName::User(registered.user).to_string();
    assert_eq!(taken.last(), Some(&ClaimTaken { owner }.into()));
    scene.close().await;
}
