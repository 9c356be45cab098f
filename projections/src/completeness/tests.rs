//! Holes that are planted are found, and nothing else is.

use eventlog::{Direction, Fact as Stored, Filter};
use schema::caps::{DIGEST_EVERY, LOG_PAGE};
use tokio::sync::watch;
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use super::{Completeness, Reference, Tally};
use crate::{
    projector,
    testing::{ADA, LOG, Scene},
};

fn reference(scene: &Scene) -> Reference {
    Reference { log: scene.log.clone(), log_id: LOG, pool: scene.pool() }
}

impl Reference {
    /// What it finds when it begins now.
    pub(crate) async fn verdict(&self) -> Completeness {
        self.compare(&mut None).await.unwrap()
    }
}

/// A log with ten events, and all of its facts.
async fn ten_events() -> (Scene, Vec<Stored>) {
    let scene = Scene::open().await;
    for event in 1..=10 {
        scene.create(event).await;
    }
    let facts = scene.log.read_all(Filter::ExcludeSystem, None, Direction::Forwards, LOG_PAGE);
    let facts = facts.await.unwrap();
    (scene, facts)
}

/// What is found when the projector consumed `facts`, whatever the log holds.
async fn verdict_on(scene: &Scene, facts: Vec<Stored>) -> Completeness {
    crate::migrate(&scene.database).await.unwrap();
    let mut tally = Tally::default();
    let steps = scene.projector().open(facts.into_iter(), &mut tally).await.unwrap();
    let (writer, _, _) = projector::Writer::take_over(&scene.database, LOG).await.unwrap();
    let mut quarantine = projector::Quarantine::default();
    projector::apply(&writer, steps, &mut quarantine).await.unwrap();
    reference(scene).verdict().await
}

#[tokio::test]
async fn what_was_read_once_and_in_order_is_complete() {
    let (scene, facts) = ten_events().await;
    let position = facts[9].position.0;
    assert_eq!(verdict_on(&scene, facts).await, Completeness::Complete { position });
    scene.close().await;
}

#[tokio::test]
async fn a_fact_that_was_skipped_is_found() {
    let (scene, mut facts) = ten_events().await;
    facts.remove(4);
    let position = facts[8].position.0;
    assert_eq!(verdict_on(&scene, facts).await, Completeness::Broken { position });
    scene.close().await;
}

#[tokio::test]
async fn a_fact_that_was_read_twice_is_found() {
    let (scene, mut facts) = ten_events().await;
    facts.insert(4, facts[4].clone());
    let position = facts[10].position.0;
    assert_eq!(verdict_on(&scene, facts).await, Completeness::Broken { position });
    scene.close().await;
}

#[tokio::test]
async fn facts_that_were_read_in_another_order_are_found() {
    let (scene, mut facts) = ten_events().await;
    facts.swap(3, 4);
    let position = facts[9].position.0;
    assert_eq!(verdict_on(&scene, facts).await, Completeness::Broken { position });
    scene.close().await;
}

#[tokio::test]
async fn under_steady_load_every_verdict_is_complete_and_a_new_reader_goes_on_where_one_was() {
    let scene = Scene::open().await;
    let working = scene.project();
    working.reached(scene.register(ADA, "ada").await).await;
    let reference = reference(&scene);
    let (mut place, mut compared) = (None, 0);
    let events = i64::try_from(DIGEST_EVERY).unwrap() + 100;
    let load = async {
        let mut last = None;
        for event in 1..=events {
            last = Some(scene.create(event).await);
        }
        last.unwrap()
    };
    let verdicts = async {
        loop {
            let verdict = reference.compare(&mut place).await;
            assert!(matches!(verdict, Ok(Completeness::Complete { .. })), "{verdict:?}");
            compared += 1;
        }
    };
    let last = tokio::select! {
        last = load => last,
        () = verdicts => unreachable!("there is always one more"),
    };
    assert!(compared > 0);
    working.reached(last).await;
    let complete = Completeness::Complete { position: last.0 };
    assert_eq!(reference.verdict().await, complete);
    let kept = scene.text("SELECT string_agg(counted::text, ',') FROM log_digest").await;
    assert_eq!(kept, DIGEST_EVERY.to_string());
    assert_eq!(reference.verdict().await, complete);
    scene.close().await;
}

#[tokio::test]
async fn read_models_that_are_made_anew_are_compared_from_the_beginning() {
    let scene = Scene::open().await;
    let reference = reference(&scene);
    let mut place = None;
    let working = scene.project();
    let here = scene.register(ADA, "ada").await;
    working.reached(here).await;
    let complete = Completeness::Complete { position: here.0 };
    assert_eq!(reference.compare(&mut place).await.unwrap(), complete);
    drop(working);
    scene.rows("DELETE FROM checkpoints").await;
    assert_eq!(reference.compare(&mut place).await.unwrap(), Completeness::Unknown);
    scene.rows("TRUNCATE users").await;
    let working = scene.project();
    working.reached(here).await;
    assert_eq!(reference.compare(&mut place).await.unwrap(), complete);
    scene.close().await;
}

#[tokio::test]
async fn the_verdict_is_told_while_it_runs() {
    let scene = Scene::open().await;
    let working = scene.project();
    let here = scene.register(ADA, "ada").await;
    working.reached(here).await;
    let (tell, mut verdict) = watch::channel(Completeness::default());
    let run = reference(&scene).run(tell, CancellationToken::new());
    let _run = AbortOnDropHandle::new(tokio::spawn(run));
    let complete = Completeness::Complete { position: here.0 };
    verdict.wait_for(|verdict| *verdict == complete).await.unwrap();
    scene.close().await;
}
