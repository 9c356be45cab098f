//! What waits, what does not, and how it goes on.

use eventlog::Position;
use schema::{Role, StreamName};

use crate::{
    LeftOut, LeftOutQuery, Quarantined, UsersQuery,
    testing::{ADA, BOB, Scene, Working, closed, erased, named, role, unknown},
};

const USER: StreamName = StreamName::User(ADA);
const NO_POISON: &str = "ALTER TABLE users ADD CONSTRAINT poison CHECK (username <> 'poison')";
const CURED: &str = "ALTER TABLE users DROP CONSTRAINT poison";

/// Ada with a change that Postgres refuses and two that wait behind it; and the places of all four
/// facts of hers.
async fn poisoned(scene: &Scene) -> (Working, [Position; 4]) {
    crate::migrate(&scene.database).await.unwrap();
    scene.rows(NO_POISON).await;
    let working = scene.project();
    let places = [
        scene.register(ADA, "ada").await,
        scene.append(USER, named(ADA, "poison")).await,
        scene.append(USER, role(ADA, Role::Auditor, false)).await,
        scene.append(USER, named(ADA, "countess")).await,
    ];
    working.reached(scene.register(BOB, "bob").await).await;
    (working, places)
}

/// Waits until nothing waits.
async fn drained(scene: &Scene) {
    while scene.pool().left_out().await.unwrap().value != LeftOut::default() {
        tokio::task::yield_now().await;
    }
}

/// Every state of ada's account, and whether what is shown is stale.
async fn states(scene: &Scene) -> String {
    let sql = "SELECT string_agg(concat_ws(' ', username, role, since, until), ',' ORDER BY since)
               FROM (
                   SELECT id, username, role, since, until FROM users_history
                   UNION ALL SELECT id, username, role, since, stale_since FROM users
               ) s WHERE id = 7";
    scene.text(sql).await
}

#[tokio::test]
async fn what_comes_after_it_in_its_stream_waits_and_the_row_says_since_when() {
    let scene = Scene::open().await;
    let working = scene.project();
    let before = scene.register(ADA, "ada").await;
    let since = scene.append_stored(&USER.to_string(), unknown("user-flew.v1")).await;
    scene.append(USER, named(ADA, "countess")).await;
    scene.append(USER, closed(ADA)).await;
    working.reached(scene.register(BOB, "bob").await).await;

    let pool = scene.pool();
    let ada = pool.user(ADA).await.unwrap().value.unwrap();
    assert_eq!((ada.username.as_str(), ada.active), ("ada", true));
    assert!(pool.user(BOB).await.unwrap().value.is_some());
    let stale =
        "SELECT string_agg(id || ' ' || coalesce(stale_since, 0), ',' ORDER BY id) FROM users";
    assert_eq!(scene.text(stale).await, format!("7 {since},8 0"));
    for (as_of, stale) in
        [(None, Some(since.0)), (Some(before.0), None), (Some(since.0), Some(since.0))]
    {
        let ada = pool.person(ADA, as_of).await.unwrap().value.unwrap();
        assert_eq!(ada.stale_since, stale, "as of {as_of:?}");
    }
    let expected = Quarantined {
        stream: USER.to_string(),
        since: since.0,
        kind: "user-flew.v1".to_owned(),
        reason: "unknown type of fact \"user-flew.v1\"".to_owned(),
        facts: 3,
        retry: false,
    };
    assert_eq!(pool.quarantined(10).await.unwrap().value, [expected]);
    assert_eq!(pool.left_out().await.unwrap().value, LeftOut { facts: 3, streams: 1 });
    scene.close().await;
}

#[tokio::test]
async fn once_it_can_be_applied_and_somebody_asks_all_follow_in_their_order() {
    let scene = Scene::open().await;
    let (_working, [one, two, three, four]) = poisoned(&scene).await;
    assert_eq!(states(&scene).await, format!("ada user {one} {two}"));
    scene.rows(CURED).await;
    assert!(scene.pool().retry(&USER.to_string()).await.unwrap());
    drained(&scene).await;
    let expected = format!(
        "ada user {one} {two},poison user {two} {three},poison auditor {three} {four},\
         countess auditor {four}"
    );
    assert_eq!(states(&scene).await, expected);
    assert!(!scene.pool().retry(&USER.to_string()).await.unwrap());
    scene.close().await;
}

#[tokio::test]
async fn a_projector_that_can_apply_it_does_so_when_it_takes_over() {
    let scene = Scene::open().await;
    let (working, [.., four]) = poisoned(&scene).await;
    drop(working);
    scene.rows(CURED).await;
    let _working = scene.project();
    drained(&scene).await;
    assert!(states(&scene).await.ends_with(&format!("countess auditor {four}")));
    scene.close().await;
}

#[tokio::test]
async fn what_still_cannot_be_applied_waits_on_and_says_why() {
    let scene = Scene::open().await;
    let (_working, [one, two, ..]) = poisoned(&scene).await;
    scene.rows("UPDATE left_out SET reason = 'not known' RETURNING 1").await;
    scene.pool().retry(&USER.to_string()).await.unwrap();
    let tried = async || {
        let waiting = scene.pool().quarantined(10).await.unwrap().value;
        waiting.into_iter().find(|waiting| !waiting.retry)
    };
    let waiting = loop {
        if let Some(waiting) = tried().await {
            break waiting;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!((waiting.facts, waiting.since), (3, two.0));
    assert!(waiting.reason.contains("poison"), "{waiting:?}");
    assert_eq!(states(&scene).await, format!("ada user {one} {two}"));
    scene.close().await;
}

#[tokio::test]
async fn an_erasure_does_not_wait_and_nothing_that_waited_brings_anybody_back() {
    let scene = Scene::open().await;
    let (working, _) = poisoned(&scene).await;
    scene.send(1, ADA, BOB).await;
    let last = scene.append(USER, erased(ADA)).await;
    working.reached(last).await;
    assert_eq!(scene.pool().user(ADA).await.unwrap().value, None);
    assert_eq!(states(&scene).await, "");
    scene.rows(CURED).await;
    scene.pool().retry(&USER.to_string()).await.unwrap();
    drained(&scene).await;
    assert_eq!(states(&scene).await, "");
    assert_eq!(scene.text("SELECT content FROM messages").await, "");
    scene.close().await;
}
