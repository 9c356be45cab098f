//! The projector under faults, on a real log and a real Postgres.

use std::collections::BTreeMap;

use eventlog::{Direction, Filter, Position};
use schema::{
    EventFact, Fact, LogFact, MessageFact, MessageId, Role, SessionFact, SessionId, StreamName,
    UserFact, UserId, caps::LOG_PAGE,
};
use tokio_postgres::{Client, Row};
use uuid::Uuid;

use super::{Quarantine, Writer, apply};
use crate::{
    CheckpointError, Completeness, LeftOut, LeftOutQuery, Reference,
    completeness::Tally,
    testing::{ADA, BOB, LOG, Scene, logged_in, logged_out, read, role, unknown},
};

#[tokio::test]
async fn a_fact_of_an_unknown_type_is_left_out_and_counted_and_the_rest_goes_on() {
    let scene = Scene::open().await;
    let working = scene.project();
    let place = scene.append_stored("user-99", unknown("user-flew.v1")).await;
    working.reached(scene.register(ADA, "ada").await).await;
    let sql = "SELECT position || ' ' || stream || ' ' || kind || ' ' || reason FROM left_out";
    let expected = format!("{place} user-99 user-flew.v1 unknown type of fact \"user-flew.v1\"");
    assert_eq!(scene.text(sql).await, expected);
    let left_out = scene.pool().left_out().await.unwrap().value;
    assert_eq!(left_out, LeftOut { facts: 1, streams: 1 });
    scene.close().await;
}

#[tokio::test]
async fn what_postgres_refuses_is_left_out_alone() {
    let scene = Scene::open().await;
    crate::migrate(&scene.database).await.unwrap();
    scene.rows("ALTER TABLE events ADD CHECK (id <> 2)").await;
    let mut last = Position(0);
    for event in 1..=3 {
        last = scene.create(event).await;
    }
    let working = scene.project();
    working.reached(last).await;
    assert_eq!(scene.text("SELECT string_agg(id::text, ',' ORDER BY id) FROM events").await, "1,3");
    assert_eq!(scene.text("SELECT string_agg(stream, ',') FROM left_out").await, "event-2");
    scene.close().await;
}

#[tokio::test]
async fn a_projector_that_was_replaced_writes_nothing() {
    let scene = Scene::open().await;
    crate::migrate(&scene.database).await.unwrap();
    scene.create(1).await;
    let facts = scene.log.read_all(Filter::ExcludeSystem, None, Direction::Forwards, LOG_PAGE);
    let facts = facts.await.unwrap().into_iter();
    let steps = scene.projector().open(facts, &mut Tally::default()).await.unwrap();
    let (writer, _, _) = Writer::take_over(&scene.database, LOG).await.unwrap();
    scene.rows("UPDATE checkpoints SET epoch = epoch + 1 RETURNING 1").await;
    let refused = apply(&writer, steps, &mut Quarantine::default()).await;
    assert!(matches!(refused, Err(CheckpointError::Replaced)), "{refused:?}");
    assert_eq!(scene.text("SELECT count(*)::text FROM events").await, "0");
    assert_eq!(
        scene.rows("SELECT position FROM checkpoints").await[0].get::<_, Option<i64>>(0),
        None
    );
    scene.close().await;
}

/// How often the projector's connection is cut.
const CUTS: usize = 20;

/// Everything that can happen to a row, `round` after `round`.
async fn work(scene: &Scene, round: i64) -> Position {
    let (user, session) =
        (UserId(1_000 + round), SessionId(Uuid::from_u128(round.unsigned_abs().into())));
    scene.register(user, &format!("u{round}")).await;
    scene.append(StreamName::Session(session), logged_in(session, user)).await;
    scene.send(round, ADA, BOB).await;
    scene.append(StreamName::User(user), role(user, Role::Auditor, false)).await;
    scene.append(StreamName::Message(MessageId(round)), read(round, ADA, BOB)).await;
    scene.append(StreamName::Session(session), logged_out(session, user)).await;
    scene.append(StreamName::User(user), role(user, Role::User, false)).await;
    scene.create(round).await
}

/// Cuts the connection of whoever projects, as soon as it has come further than `before`. Tells how
/// far it had come.
async fn cut_after(client: &Client, before: i64) -> i64 {
    let sql = format!(
        "SELECT c.position, pg_terminate_backend(l.pid) FROM checkpoints c, pg_locks l
         WHERE c.position > {before} AND l.locktype = 'advisory' AND l.granted
           AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
           AND l.objid = (hashtext('registre projector')::bit(32)::bigint)::oid"
    );
    loop {
        if let Some(row) = client.query(&sql, &[]).await.unwrap().first() {
            return row.get(0);
        }
    }
}

#[tokio::test]
async fn rows_equal_a_fold_of_the_log_after_twenty_cuts_under_load() {
    let scene = Scene::open().await;
    crate::migrate(&scene.database).await.unwrap();
    scene.register(ADA, "ada").await;
    scene.register(BOB, "bob").await;
    let working = scene.project();
    let cuts = async {
        let (client, _connection) = scene.connect().await;
        let mut before = 0;
        for _ in 0..CUTS {
            before = cut_after(&client, before).await;
        }
    };
    let mut round = 0;
    let load = async {
        loop {
            round += 1;
            work(&scene, round).await;
        }
    };
    tokio::select! {
        () = cuts => {}
        () = load => {}
    }
    let last = work(&scene, 1_000_000).await;
    working.reached(last).await;

    let expected = fold(&scene).await;
    for (table, expected) in expected {
        let sql = format!("SELECT {} FROM {table}", columns(table));
        let rows = scene.rows(&sql).await;
        let mut found: Vec<String> = rows.iter().map(|row: &Row| row.get(0)).collect();
        found.sort();
        assert_eq!(found, expected, "{table}");
    }
    let reference = Reference { log: scene.log.clone(), log_id: LOG, pool: scene.pool() };
    assert_eq!(reference.verdict().await, Completeness::Complete { position: last.0 });
    scene.close().await;
}

fn columns(table: &str) -> &'static str {
    match table {
        "users" => "concat_ws(' ', id, email, username, role, since)",
        "users_history" => "concat_ws(' ', id, role, since, until)",
        "sessions" => "concat_ws(' ', id, user_id, end_reason, since)",
        "sessions_history" => "concat_ws(' ', id, since, until)",
        "messages" => "concat_ws(' ', id, sender_id, receiver_id, is_read, content, since)",
        "messages_history" => "concat_ws(' ', id, is_read, since, until)",
        _ => "concat_ws(' ', id, title, since)",
    }
}

/// What the tables must hold, folded from the log by other means than the projector's.
async fn fold(scene: &Scene) -> BTreeMap<&'static str, Vec<String>> {
    let mut users = BTreeMap::new();
    let mut sessions = BTreeMap::new();
    let mut messages = BTreeMap::new();
    let mut tables: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let all = scene.log.read_all(Filter::ExcludeSystem, None, Direction::Forwards, usize::MAX / 2);
    for stored in all.await.unwrap() {
        let at = stored.position;
        match scene.vault.open(&stored).await.unwrap().fact {
            Fact::User(UserFact::UserRegistered(fact)) => {
                let personal = fact.personal.clear().unwrap();
                let name = format!("{} {}", personal.email.as_ref().unwrap(), personal.username);
                users.insert(fact.user.0, (name, "user", at));
            }
            Fact::User(UserFact::UserRoleChanged(fact)) => {
                let (_, role, since) = users.get_mut(&fact.user.0).unwrap();
                let was = format!("{} {role} {since} {at}", fact.user);
                tables.entry("users_history").or_default().push(was);
                (*role, *since) = (fact.role.as_str(), at);
            }
            Fact::Session(SessionFact::UserLoggedIn(fact)) => {
                sessions.insert(fact.session.0, (fact.user, "", at));
            }
            Fact::Session(SessionFact::SessionEnded(fact)) => {
                let (_, end, since) = sessions.get_mut(&fact.session.0).unwrap();
                let was = format!("{} {since} {at}", fact.session);
                tables.entry("sessions_history").or_default().push(was);
                (*end, *since) = (" logged-out", at);
            }
            Fact::Message(MessageFact::MessageSent(fact)) => {
                let content = fact.personal.clear().unwrap().content.clone();
                messages.insert(fact.message.0, (fact.sender, fact.receiver, 'f', content, at));
            }
            Fact::Message(MessageFact::MessageRead(fact)) => {
                let (_, _, is_read, _, since) = messages.get_mut(&fact.message.0).unwrap();
                let was = format!("{} f {since} {at}", fact.message);
                tables.entry("messages_history").or_default().push(was);
                (*is_read, *since) = ('t', at);
            }
            Fact::Event(EventFact::EventCreated(fact)) => {
                let row = format!("{} {} {at}", fact.event, fact.title);
                tables.entry("events").or_default().push(row);
            }
            other => assert!(matches!(other, Fact::Log(LogFact::DataKeyCreated(_))), "{other:?}"),
        }
    }
    let rows = users.iter().map(|(id, (name, role, since))| format!("{id} {name} {role} {since}"));
    tables.insert("users", rows.collect());
    let rows = sessions.iter().map(|(id, (user, end, since))| format!("{id} {user}{end} {since}"));
    tables.insert("sessions", rows.collect());
    let rows = messages.iter().map(|(id, (sender, receiver, is_read, content, since))| {
        format!("{id} {sender} {receiver} {is_read} {content} {since}")
    });
    tables.insert("messages", rows.collect());
    for rows in tables.values_mut() {
        rows.sort();
    }
    tables
}
