//! The tree on a real log and a real Postgres.

use std::sync::Arc;

use eventlog::{Direction, Fact as Stored, Filter};
use schema::{LogId, caps::LOG_PAGE};
use uuid::Uuid;

use super::{
    Hash, Signer, TreeKeeper, TreeQuery, Verifier, extends, includes, leaf_of, origin, root,
};
use crate::testing::{LOG, Scene};

fn keeper(scene: &Scene, log_id: LogId) -> TreeKeeper {
    let folder = tempfile::tempdir().unwrap();
    let signer = Arc::new(Signer::open(&folder.path().join("checkpoint.key")).unwrap());
    TreeKeeper { log: scene.log.clone(), log_id, pool: scene.pool(), signer }
}

impl TreeKeeper {
    /// Adds what there is now, so many facts at a time, and signs it.
    async fn catch_up(&self, page_facts: usize) {
        let mut top = self.top().await.unwrap();
        loop {
            let page = self.page(top.standing.position).await.unwrap();
            if page.is_empty() {
                return self.sign(&top.edge).await.unwrap();
            }
            for page in page.chunks(page_facts) {
                assert!(self.grow(&mut top, page).await.unwrap());
            }
        }
    }
}

/// A log with so many events, tables for a tree, and the log's facts that are sealed.
async fn events(count: i64) -> (Scene, Vec<Stored>) {
    let scene = Scene::open().await;
    crate::migrate(&scene.database).await.unwrap();
    for event in 1..=count {
        scene.create(event).await;
    }
    let facts = sealed(&scene).await;
    (scene, facts)
}

async fn sealed(scene: &Scene) -> Vec<Stored> {
    let facts = scene.log.read_all(Filter::None, None, Direction::Forwards, 10 * LOG_PAGE).await;
    facts.unwrap().into_iter().filter(|fact| leaf_of(fact).is_some()).collect()
}

#[tokio::test]
async fn the_tree_is_that_of_the_log_and_proves_each_fact() {
    let (scene, facts) = events(300).await;
    keeper(&scene, LOG).catch_up(7).await;
    let (pool, leaves) = (scene.pool(), facts.iter().filter_map(leaf_of).collect::<Vec<Hash>>());
    let size = leaves.len() as u64;
    assert_eq!(pool.leaves(LOG).await.unwrap(), size);
    for (index, fact) in facts.iter().enumerate().step_by(41) {
        let index = index as u64;
        assert_eq!(pool.leaf_at(fact.position.0).await.unwrap(), Some(index));
        let proof = pool.prove_inclusion(index, size).await.unwrap().unwrap();
        assert!(includes(index, size, &leaf_of(fact).unwrap(), &proof, &root(&leaves)));
        let old = index + 1;
        let old_root = root(&leaves[..usize::try_from(old).unwrap()]);
        let proof = pool.prove_consistency(old, size).await.unwrap().unwrap();
        assert!(extends(old, &old_root, size, &root(&leaves), &proof));
    }
    let last = facts.last().unwrap();
    assert_eq!(pool.leaf_at(last.position.0 + 1).await.unwrap(), None);
    assert_eq!(pool.prove_inclusion(0, size + 1).await.unwrap(), None);
    assert_eq!(pool.following_from(Uuid::nil()).await.unwrap().len() as u64, size);
    scene.close().await;
}

#[tokio::test]
async fn a_keeper_goes_on_where_another_has_come_to_and_adds_nothing_twice() {
    let (scene, _) = events(10).await;
    let (one, two) = (keeper(&scene, LOG), keeper(&scene, LOG));
    let mut late = two.top().await.unwrap();
    one.catch_up(3).await;
    let page = two.page(0).await.unwrap();
    assert!(!two.grow(&mut late, &page).await.unwrap());
    scene.create(11).await;
    two.catch_up(500).await;
    let leaves: Vec<Hash> = sealed(&scene).await.iter().filter_map(leaf_of).collect();
    let note = scene.pool().checkpoint(None).await.unwrap().unwrap();
    let verifier = two.signer.verifier(&origin(LOG)).to_string();
    let checkpoint = Verifier::parse(&verifier).unwrap().open(&note).unwrap();
    assert_eq!((checkpoint.size, checkpoint.root), (leaves.len() as u64, root(&leaves)));
    scene.close().await;
}

#[tokio::test]
async fn the_tree_of_another_log_is_given_up() {
    let (scene, facts) = events(10).await;
    keeper(&scene, LogId(Uuid::from_u128(2))).catch_up(500).await;
    keeper(&scene, LOG).catch_up(500).await;
    assert_eq!(scene.pool().leaves(LOG).await.unwrap(), facts.len() as u64);
    let origins =
        scene.text("SELECT string_agg(split_part(note, E'\\n', 1), ',') FROM merkle_checkpoints");
    assert_eq!(origins.await, origin(LOG));
    scene.close().await;
}
