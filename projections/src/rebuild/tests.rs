//! Made anew, they are what they were; and nobody who reads notices.

use std::collections::BTreeSet;

use eventlog::Position;
use futures::{StreamExt, stream};
use schema::{Fact, MessageId, Role, SessionId, StreamName, UserId, caps::PROJECTION_BATCH_MAX};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Course, Differences, Rebuild, RebuildError, Rebuilt};
use crate::{
    EventsQuery, Pool,
    models::TABLES,
    testing::{
        ADA, BOB, LOG, Scene, closed, erased, logged_in, logged_out, machine, named, read, resized,
        role, unknown,
    },
};

/// Seeds of random work, and how many of them are worked on at once.
const SEEDS: u64 = 20;
const AT_ONCE: usize = 4;
/// Facts of one seed.
const FACTS: u64 = 80;

fn rebuild(scene: &Scene) -> Rebuild {
    Rebuild::new(scene.log.clone(), LOG, scene.vault.clone(), scene.database.clone())
}

async fn rebuilt(scene: &Scene, batch: usize) -> Course {
    match rebuild(scene).run(batch, |_| {}, &CancellationToken::new()).await.unwrap() {
        Rebuilt::CaughtUp(course) => course,
        Rebuilt::Cancelled(course) => panic!("nobody stopped it: {course:?}"),
    }
}

/// Random numbers that a seed decides (a linear congruence with Knuth's constants).
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        let Self(state) = self;
        *state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*state >> 33) % end
    }
}

/// Appends `FACTS` facts of every kind that has rows, some that cannot be applied among them.
async fn work(scene: &Scene, seed: u64) -> Position {
    let mut chance = Chance(seed);
    let mut last = Position(0);
    for user in [ADA, BOB] {
        last = scene.register(user, &user.to_string()).await;
    }
    for step in 1..=FACTS {
        let id = i64::try_from(step).unwrap();
        let one_of = i64::try_from(chance.below(step) + 1).unwrap();
        let user = UserId(100 + one_of);
        let session = |id: i64| SessionId(Uuid::from_u128(id.unsigned_abs().into()));
        let (stream, fact): (StreamName, Fact) = match chance.below(14) {
            0 | 1 => {
                last = scene.register(UserId(100 + id), &format!("u{id}")).await;
                continue;
            }
            2 => {
                last = scene.send(id, ADA, BOB).await;
                continue;
            }
            3 => {
                last = scene.create(id).await;
                continue;
            }
            4 => (StreamName::User(user), unknown_user(scene, user).await),
            5 => (StreamName::User(user), role(user, Role::Auditor, false)),
            6 => (StreamName::User(user), closed(user)),
            7 => (StreamName::User(user), erased(user)),
            8 => (StreamName::Session(session(id)), logged_in(session(id), user)),
            9 => (StreamName::Session(session(one_of)), logged_out(session(one_of), user)),
            10 => (StreamName::Message(MessageId(one_of)), read(one_of, ADA, BOB)),
            11 => (StreamName::Vm(schema::VmId(id)), machine(id, BOB)),
            12 => (StreamName::Vm(schema::VmId(one_of)), resized(one_of)),
            _ => (StreamName::User(ADA), named(ADA, &format!("ada{id}"))),
        };
        last = scene.append(stream, fact).await;
    }
    last
}

/// Appends what no version knows to the stream of `user`, and gives what comes after it.
async fn unknown_user(scene: &Scene, user: UserId) -> Fact {
    scene.append_stored(&StreamName::User(user).to_string(), unknown("user-flew.v1")).await;
    role(user, Role::Admin, false)
}

#[tokio::test]
async fn rebuilt_rows_equal_the_live_ones_whatever_the_seed_the_batch_and_the_place() {
    stream::iter(1..=SEEDS).for_each_concurrent(AT_ONCE, rebuild_after_work).await;
}

/// Makes anew what random work has left, in batches of any size.
async fn rebuild_after_work(seed: u64) {
    let scene = Scene::open().await;
    let working = scene.project();
    let last = work(&scene, seed).await;
    working.reached(last).await;
    drop(working);
    // Whoever comes later may be elsewhere.
    let name = scene.text("SELECT current_database()").await;
    for setting in ["timezone = 'Pacific/Chatham'", "datestyle = 'German'"] {
        scene.rows(&format!("ALTER DATABASE {name} SET {setting}")).await;
    }
    for batch in [1, 7, PROJECTION_BATCH_MAX] {
        rebuild(&scene).forget().await.unwrap();
        rebuilt(&scene, batch).await;
        let found = rebuild(&scene).diff().await.unwrap();
        let none = Differences { position: last.0, rows: found.rows, tables: Vec::new() };
        assert_eq!(found, none, "seed {seed}, batches of {batch}");
        assert!(found.rows > FACTS / 2, "{found:?}");
    }
    scene.close().await;
}

#[tokio::test]
async fn a_rebuild_that_is_stopped_half_way_goes_on_where_it_was() {
    let scene = Scene::open().await;
    let working = scene.project();
    for event in 1..=40 {
        scene.create(event).await;
    }
    let last = scene.create(41).await;
    working.reached(last).await;
    let stop = CancellationToken::new();
    let half = |course: Course| {
        if course.facts * 2 >= 41 {
            stop.cancel();
        }
    };
    let first = match rebuild(&scene).run(1, half, &stop).await.unwrap() {
        Rebuilt::Cancelled(course) => course,
        Rebuilt::CaughtUp(course) => panic!("it was stopped: {course:?}"),
    };
    assert_eq!(scene.text("SELECT count(*)::text FROM events").await, "41");
    let places = rebuild(&scene).places().await.unwrap();
    assert_eq!(places.next.map(|place| place.position), Some(first.position));
    assert!(first.position < last.0);

    let second = rebuilt(&scene, PROJECTION_BATCH_MAX).await;
    assert_eq!((first.facts + second.facts, second.position), (41, last.0));
    assert_eq!(rebuild(&scene).diff().await.unwrap().tables, []);
    scene.close().await;
}

async fn titles(pool: &Pool) -> Vec<String> {
    let events = pool.events(0, None).await.unwrap().value.collect().await.unwrap();
    events.into_iter().map(|event| event.title).collect()
}

#[tokio::test]
async fn what_differs_is_named_and_swapped_only_when_that_is_wanted_and_brought_back_at_once() {
    let scene = Scene::open().await;
    let working = scene.project();
    scene.create(1).await;
    working.reached(scene.create(2).await).await;
    scene.rows("UPDATE events SET title = 'wrong' WHERE id = 2 RETURNING 1").await;
    scene.rows("DELETE FROM events WHERE id = 1 RETURNING 1").await;
    rebuilt(&scene, PROJECTION_BATCH_MAX).await;

    let Err(RebuildError::Differs(found)) = rebuild(&scene).swap(false).await else {
        panic!("they differ")
    };
    let [events] = found.tables.as_slice() else { panic!("one table differs: {found:?}") };
    assert_eq!((events.table, events.changed, events.next_only), ("events", 1, 1));
    assert_eq!(
        (events.live_only, events.first.as_slice()),
        (0, &["1".to_owned(), "2".to_owned()][..])
    );
    let pool = scene.pool();
    assert_eq!(titles(&pool).await, ["wrong"]);

    rebuild(&scene).swap(true).await.unwrap();
    assert_eq!(titles(&pool).await, ["Fête 1", "Fête 2"]);
    // Whoever projects goes on with the new ones.
    working.reached(scene.create(3).await).await;
    assert_eq!(titles(&pool).await, ["Fête 1", "Fête 2", "Fête 3"]);

    rebuild(&scene).roll_back().await.unwrap();
    let last = scene.create(4).await;
    while pool.events(0, None).await.unwrap().position < last.0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(titles(&pool).await, ["wrong", "Fête 3", "Fête 4"]);
    assert!(matches!(rebuild(&scene).roll_back().await, Err(RebuildError::NoFormer)));
    scene.close().await;
}

#[tokio::test]
async fn whoever_reads_meanwhile_is_always_answered_and_never_sees_less() {
    let scene = Scene::open().await;
    let working = scene.project();
    let mut last = scene.create(1).await;
    for event in 2..=50 {
        last = scene.create(event).await;
    }
    working.reached(last).await;
    let pool = scene.pool();
    let reads = async {
        let mut seen = (0, 0);
        loop {
            let read = pool.events(0, None).await.unwrap();
            let now = (read.position, read.value.collect().await.unwrap().len());
            assert!(now >= seen && now.1 >= 50, "{now:?} after {seen:?}");
            seen = now;
        }
    };
    let writes = async {
        let mut event = 100;
        loop {
            scene.create(event).await;
            event += 1;
        }
    };
    let swaps = async {
        for _ in 0..3 {
            rebuilt(&scene, PROJECTION_BATCH_MAX).await;
            assert_eq!(rebuild(&scene).swap(false).await.unwrap().tables, []);
        }
    };
    tokio::select! {
        () = swaps => {}
        () = async { tokio::join!(reads, writes); } => {}
    }
    scene.close().await;
}

/// Tables that each set of read models has and that are not exchanged.
const KEPT: &[&str] = &[
    "checkpoints",
    "log_digest",
    "merkle",
    "merkle_checkpoints",
    "merkle_facts",
    "merkle_tiles",
    "refinery_schema_history",
    "relay",
];

#[tokio::test]
async fn every_table_is_a_read_model_that_is_swapped_or_is_known_not_to_be() {
    let scene = Scene::open().await;
    crate::migrate(&scene.database).await.unwrap();
    let sql = "SELECT relname::text FROM pg_class
               WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace";
    let found: BTreeSet<String> = scene.rows(sql).await.iter().map(|row| row.get(0)).collect();
    let known = TABLES.iter().map(|table| table.name).chain(KEPT.iter().copied());
    assert_eq!(found, known.map(ToOwned::to_owned).collect());
    scene.close().await;
}
