//! Facts in, rows and answers out, on a real log and a real Postgres.

use futures::StreamExt;
use schema::{EventId, MessageId, Role, SessionId, StreamName, UserId, caps::LIST_PAGE};
use uuid::Uuid;

use crate::{
    Bootstrap, Event, EventsQuery, MessagesQuery, UsersQuery,
    testing::{ADA, BOB, NOON, Scene, closed, erased, logged_in, logged_out, named, read, role},
};

#[tokio::test]
async fn a_message_that_was_read_is_read_and_what_it_was_stands_in_its_history() {
    let scene = Scene::open().await;
    let working = scene.project();
    scene.register(ADA, "ada").await;
    let since = scene.send(1, ADA, BOB).await;
    scene.send(2, ADA, BOB).await;
    let until = scene.append(StreamName::Message(MessageId(1)), read(1, ADA, BOB)).await;
    working.reached(until).await;

    let pool = scene.pool();
    let received = pool.received(BOB, 0, 10).await.unwrap().value;
    let shown: Vec<_> = received.messages.iter().map(|one| (one.id.0, one.is_read)).collect();
    assert_eq!((shown, received.unread), (vec![(2, false), (1, true)], 1));
    assert_eq!(pool.unread(BOB).await.unwrap().value, 1);
    let history =
        "SELECT id || ' ' || is_read || ' ' || since || ' ' || until FROM messages_history";
    assert_eq!(scene.text(history).await, format!("1 false {since} {until}"));
    let now = scene.text("SELECT since::text FROM messages WHERE id = 1").await;
    assert_eq!(now, until.to_string());
    scene.close().await;
}

#[tokio::test]
async fn every_state_of_an_account_stands_in_its_history_however_the_facts_are_batched() {
    let scene = Scene::open().await;
    let mut places = vec![scene.register(ADA, "ada").await];
    for role_of in [Role::Admin, Role::User, Role::Auditor] {
        places.push(scene.append(StreamName::User(ADA), role(ADA, role_of, false)).await);
    }
    // The projector starts late, and so gets everything at once.
    let working = scene.project();
    working.reached(places[3]).await;
    let sql = "SELECT string_agg(role || ' ' || since || ' ' || until, ',' ORDER BY since)
               FROM users_history";
    let expected = format!(
        "user {0} {1},admin {1} {2},user {2} {3}",
        places[0], places[1], places[2], places[3]
    );
    assert_eq!(scene.text(sql).await, expected);
    let ada = scene.pool().user(ADA).await.unwrap().value.unwrap();
    assert_eq!(ada.role, Role::Auditor);
    scene.close().await;
}

#[tokio::test]
async fn an_event_is_read_as_it_was_written() {
    let scene = Scene::open().await;
    let working = scene.project();
    let here = scene.create(3).await;
    working.reached(here).await;
    let read = scene.pool().event(EventId(3)).await.unwrap().unwrap();
    let event = read.value;
    assert_eq!(
        (event.organizer, event.title.as_str(), event.date.as_str(), event.location.as_str()),
        (ADA, "Fête 3", "2030-06-21T18:00:00", "Lyon")
    );
    assert_eq!((read.position, event.created_at), (here.0, NOON));
    assert_eq!(scene.pool().event(EventId(4)).await.unwrap(), None);
    scene.close().await;
}

#[tokio::test]
async fn a_session_that_ended_says_when_and_why() {
    let scene = Scene::open().await;
    let (working, session) = (scene.project(), SessionId(Uuid::from_u128(5)));
    scene.append(StreamName::Session(session), logged_in(session, ADA)).await;
    let ended = scene.append(StreamName::Session(session), logged_out(session, ADA)).await;
    working.reached(ended).await;
    let sql = "SELECT end_reason || ' ' || (ended_at IS NOT NULL) || ' ' || since FROM sessions";
    assert_eq!(scene.text(sql).await, format!("logged-out true {ended}"));
    let sql = "SELECT (end_reason IS NULL) || ' ' || until FROM sessions_history";
    assert_eq!(scene.text(sql).await, format!("true {ended}"));
    scene.close().await;
}

#[tokio::test]
async fn the_bootstrap_administrator_is_left_out_unless_it_is_asked_for() {
    let scene = Scene::open().await;
    let working = scene.project();
    scene.register(ADA, "admin").await;
    scene.append(StreamName::User(ADA), role(ADA, Role::Admin, true)).await;
    working.reached(scene.register(BOB, "bob").await).await;
    let pool = scene.pool();
    for (bootstrap, expected) in
        [(Bootstrap::LeftOut, vec![BOB]), (Bootstrap::Shown, vec![ADA, BOB])]
    {
        let all = pool.users(0, None, bootstrap).await.unwrap().value.collect().await.unwrap();
        assert_eq!(all.iter().map(|user| user.id).collect::<Vec<_>>(), expected);
        let one = pool.listed_user(ADA, bootstrap).await.unwrap().value;
        assert_eq!(one.is_some(), bootstrap == Bootstrap::Shown);
    }
    assert!(pool.user(ADA).await.unwrap().value.is_some_and(|ada| ada.bootstrap));
    scene.close().await;
}

#[tokio::test]
async fn people_are_found_by_any_part_of_their_names_whatever_the_case() {
    let scene = Scene::open().await;
    let working = scene.project();
    scene.register(ADA, "H\u{c9}L\u{c8}NE 100%").await;
    working.reached(scene.register(BOB, "bob").await).await;
    let pool = scene.pool();
    for (text, expected) in [
        ("\u{e9}l\u{e8}", vec![ADA]),
        ("100%", vec![ADA]),
        ("%", vec![ADA]),
        ("B", vec![BOB]),
        ("_", vec![]),
        ("", vec![]),
    ] {
        let found = pool.users_named(text, 0, None, Bootstrap::LeftOut).await.unwrap();
        let found = found.value.collect().await.unwrap();
        assert_eq!(found.iter().map(|user| user.id).collect::<Vec<_>>(), expected, "{text:?}");
    }
    scene.close().await;
}

#[tokio::test]
async fn a_conversation_holds_what_two_have_written_to_each_other_newest_first() {
    let scene = Scene::open().await;
    let (working, other) = (scene.project(), UserId(9));
    scene.register(ADA, "ada").await;
    scene.register(BOB, "bob").await;
    scene.register(other, "eve").await;
    scene.send(1, ADA, BOB).await;
    scene.send(2, BOB, ADA).await;
    scene.send(3, other, ADA).await;
    working.reached(scene.send(4, ADA, BOB).await).await;
    let pool = scene.pool();
    for (user, with) in [(ADA, BOB), (BOB, ADA)] {
        let both = pool.conversation(user, with, 0, 10).await.unwrap().value;
        let shown: Vec<_> = both.iter().map(|one| (one.id.0, one.content.as_str())).collect();
        assert_eq!(shown, [(4, "message 4"), (2, "message 2"), (1, "message 1")]);
    }
    let page = pool.conversation(ADA, BOB, 1, 1).await.unwrap().value;
    assert_eq!(page.iter().map(|one| one.id.0).collect::<Vec<_>>(), [2]);
    scene.close().await;
}

#[tokio::test]
async fn a_long_list_comes_in_pages_and_holds_nothing_while_its_reader_is_slow() {
    let scene = Scene::open().await;
    let all = LIST_PAGE * 2 + 1;
    scene.rows("SELECT 1").await;
    crate::migrate(&scene.database).await.unwrap();
    let sql = format!(
        "INSERT INTO events SELECT id, 7, 't' || id, '', '', now(), '', now(), id, 0
         FROM generate_series(1, {all}) id"
    );
    scene.rows(&sql).await;
    scene.rows("INSERT INTO checkpoints (name) VALUES ('read_models.v1')").await;
    let pool = scene.pool();

    let ids = |events: &[Event]| events.iter().map(|event| event.id.0).collect::<Vec<_>>();
    let list = pool.events(0, None).await.unwrap().value;
    assert_eq!(ids(&list.first), (1..=LIST_PAGE).collect::<Vec<_>>());
    let mut rest = list.rest.unwrap();
    assert_eq!(rest.next().await.unwrap().unwrap().len(), 500);
    let busy = "SELECT count(*)::text FROM pg_stat_activity
                WHERE datname = current_database() AND state <> 'idle' AND pid <> pg_backend_pid()";
    assert_eq!(scene.text(busy).await, "0");
    assert_eq!(ids(&rest.next().await.unwrap().unwrap()), [all]);
    assert!(rest.next().await.is_none());

    for (skip, limit, expected) in [
        (0, None, (1..=all).collect::<Vec<_>>()),
        (1, Some(all - 2), (2..all).collect()),
        (all - 1, None, vec![all]),
        (all, None, vec![]),
        (0, Some(0), vec![]),
        (3, Some(LIST_PAGE), (4..=LIST_PAGE + 3).collect()),
    ] {
        let list = pool.events(skip, limit).await.unwrap().value.collect().await.unwrap();
        assert_eq!(ids(&list), expected, "{skip} {limit:?}");
    }
    scene.close().await;
}

#[tokio::test]
async fn a_changed_account_is_shown_as_it_is_and_its_time_grows() {
    let scene = Scene::open().await;
    let working = scene.project();
    scene.register(ADA, "ada").await;
    let before = scene.append(StreamName::User(ADA), named(ADA, "countess")).await;
    working.reached(before).await;
    let pool = scene.pool();
    let first = pool.user(ADA).await.unwrap().value.unwrap();
    working.reached(scene.append(StreamName::User(ADA), closed(ADA)).await).await;
    let second = pool.user(ADA).await.unwrap().value.unwrap();
    assert_eq!((first.username.as_str(), first.active), ("countess", true));
    assert_eq!(second.email.as_deref(), Some("countess@example.com"));
    assert!(!second.active);
    // All of this happened in the same microsecond.
    assert!(NOON < first.updated_at && first.updated_at < second.updated_at);
    assert_eq!(second.created_at, NOON);
    scene.close().await;
}

#[tokio::test]
async fn of_whoever_is_erased_nothing_is_left_not_even_what_raced_with_it() {
    let scene = Scene::open().await;
    let working = scene.project();
    scene.register(ADA, "ada").await;
    scene.register(BOB, "bob").await;
    scene.send(1, ADA, BOB).await;
    scene.append(StreamName::Message(MessageId(1)), read(1, ADA, BOB)).await;
    scene.append(StreamName::User(ADA), named(ADA, "countess")).await;
    scene.append(StreamName::User(ADA), erased(ADA)).await;
    // Sealed with a key that somebody still had.
    working.reached(scene.send(2, ADA, BOB).await).await;
    scene.send(3, BOB, BOB).await;
    working.reached(scene.send(4, ADA, BOB).await).await;

    let pool = scene.pool();
    assert_eq!(pool.user(ADA).await.unwrap().value, None);
    let accounts = pool.accounts().await.unwrap().value.collect().await.unwrap();
    assert_eq!(accounts.iter().map(|user| user.id).collect::<Vec<_>>(), [BOB]);
    let received = pool.received(BOB, 0, 10).await.unwrap().value.messages;
    let shown: Vec<_> = received.iter().map(|one| (one.id.0, one.content.as_str())).collect();
    assert_eq!(shown, [(4, ""), (3, "message 3"), (2, ""), (1, "")]);
    let left = "SELECT count(*)::text FROM users_history WHERE id = 7";
    assert_eq!(scene.text(left).await, "0");
    let left = "SELECT count(*)::text FROM messages_history WHERE content <> ''";
    assert_eq!(scene.text(left).await, "0");
    scene.close().await;
}
