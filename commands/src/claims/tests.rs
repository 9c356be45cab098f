//! Claims under races, against a real log.

use std::collections::BTreeSet;

use chrono::DateTime;
use eventlog::{
    AppendError, EventLog, ExpectedRevision,
    server::{EmbeddedLog, Handle},
};
use futures::future::join_all;
use schema::{EventId, IdKind, Origin, StreamName, UserId};
use tempfile::TempDir;
use vault::{Keyring, Missing, Vault};

use super::{Claim, Taken};
use crate::{
    Commands, ExecuteError, LogFailure, Request, random,
    testing::{email, line},
    user::{RegisterUser, RegisterUserRejected, User},
};

/// The write side over a log of its own.
struct Scene {
    commands: Commands,
    log: Handle,
    _folder: TempDir,
}

impl Scene {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = eventlog::server::Options {
            directory: folder.path().join("log"),
            listen: "127.0.0.1:0".parse().unwrap(),
            password: None,
            tls: None,
        };
        let log = EmbeddedLog::start(options).await.unwrap();
        let client =
            EventLog::connect(&log.connection_string(), eventlog::Options::default()).await;
        let client = client.unwrap();
        let keyring = Keyring::open(&folder.path().join("keys"), Missing::Make).unwrap();
        let vault = Vault::new(client.clone(), keyring.into());
        Self { commands: Commands::new(client, vault), log, _folder: folder }
    }

    fn title(&self, title: &str) -> Claim {
        let hash = self.commands.vault.claim("title", title);
        Claim { stream: StreamName::TitleClaim(hash.clone()), hash }
    }

    async fn close(self) {
        drop(self.commands);
        self.log.shutdown().await;
    }
}

fn request() -> Request {
    Request {
        id: random::id(),
        at: DateTime::UNIX_EPOCH,
        actor: None,
        credential: None,
        origin: Origin::default(),
    }
}

fn ada() -> RegisterUser {
    let password = schema::Password::parse("secret", 1).unwrap();
    RegisterUser { email: email("ada@example.com"), username: line("Ada"), password }
}

const SLOW: StreamName = StreamName::Event(EventId(1));
const QUICK: StreamName = StreamName::Event(EventId(2));

#[tokio::test]
async fn of_fifty_parallel_registrations_of_one_address_one_succeeds() {
    let scene = Scene::open().await;
    let (command, requests) = (ada(), (0..50).map(|_| request()).collect::<Vec<_>>());
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
    let (commands, claim, slow) = (&scene.commands, scene.title("Fête"), request());
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
    let (commands, claim) = (&scene.commands, scene.title("Fête"));
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
    let (commands, claim) = (&scene.commands, scene.title("Fête"));
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
    let (commands, claim, slow) = (&scene.commands, scene.title("Fête"), request());
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

    let registered = commands.register_user(&ada(), &request()).await.unwrap();

    let stream = StreamName::User(registered.user);
    let loaded = commands.load_opened::<User>(&stream).await.unwrap();
    assert_eq!(loaded.state.personal().unwrap().username, "Ada");
    scene.close().await;
}

#[tokio::test]
async fn a_registration_that_stalls_after_its_claim_is_taken_over_and_wakes_to_a_refusal() {
    let scene = Scene::open().await;
    let mut slow = scene.commands.clone();
    let mut stopped = slow.pauses.arm();
    let (command, slow_request) = (ada(), request());
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
    let mut stopped = slow.pauses.arm();
    let (command, slow_request) = (ada(), request());
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
    let other = Commands::new(scene.commands.log.clone(), scene.commands.vault.clone());
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
    if let schema::Fact::EventCreated(created) = &mut fact {
        created.title_claim = claim.hash.clone();
    }
    commands.append(owner, loaded.expected(), vec![fact], &request()).await.unwrap();
}
