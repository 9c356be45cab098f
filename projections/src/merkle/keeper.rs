//! Growing the tree with the log, and signing it now and then.

use std::sync::Arc;

use eventlog::{Direction, EventLog, Fact, Filter, Position, ReadError};
use schema::{
    LogId, Metadata,
    caps::{LOG_PAGE, MERKLE_CHECKPOINT_EVERY, MERKLE_LOOK_EVERY},
};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::{
    Checkpoint, Signer, leaf_of,
    note::origin,
    store::{self, Behind, Growth, Standing},
    tiles::{Edge, TILE_LEVELS, TILE_WIDTH},
};
use crate::{Chain, DatabaseError, Panicked, Pool, or_panicked};

/// Keeps the tree over the facts of one log.
#[derive(Clone, Debug)]
pub struct TreeKeeper {
    /// The record.
    pub log: EventLog,
    /// That log's identity.
    pub log_id: LogId,
    /// Where the tree is kept.
    pub pool: Pool,
    /// Signs what it was.
    pub signer: Arc<Signer>,
}

/// Why the tree does not grow for now.
#[derive(Debug, thiserror::Error)]
pub(super) enum TreeError {
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error("log could not be read")]
    Log(#[from] ReadError),
    #[error("the tree's own nodes are missing")]
    Torn,
    #[error(transparent)]
    Panicked(#[from] Panicked),
}

/// The tree, where it grows.
pub(super) struct Top {
    pub(super) standing: Standing,
    pub(super) edge: Edge,
    behind: Behind,
}

impl TreeKeeper {
    /// Follows the log until `shutdown`, through any outage of it or of Postgres. Several may: one of
    /// them adds each page, the others find it added.
    pub async fn run(self, shutdown: CancellationToken) {
        let work = async {
            let mut failing = false;
            loop {
                let Err(error) = or_panicked(self.follow()).await;
                if !failing {
                    warn!(error = %Chain(&error), "the tree over the facts does not grow");
                }
                failing = true;
                sleep(MERKLE_LOOK_EVERY).await;
            }
        };
        shutdown.run_until_cancelled(work).await;
    }

    async fn follow(&self) -> Result<std::convert::Infallible, TreeError> {
        let mut top = self.top().await?;
        let mut signed: Option<(u64, Instant)> = None;
        loop {
            let page = self.page(top.standing.position).await?;
            if !page.is_empty() {
                let full = page.len() + 1 >= LOG_PAGE;
                if !self.grow(&mut top, &page).await? {
                    // Somebody else has: what they have come to is where to go on.
                    sleep(MERKLE_LOOK_EVERY).await;
                    top = self.top().await?;
                    continue;
                }
                if full {
                    continue;
                }
            }
            let size = top.edge.tree().size();
            let due = signed.is_none_or(|(before, at)| {
                before < size && at.elapsed() >= MERKLE_CHECKPOINT_EVERY
            });
            if size > 0 && due {
                self.sign(&top.edge).await?;
                signed = Some((size, Instant::now()));
            }
            sleep(MERKLE_LOOK_EVERY).await;
        }
    }

    /// Where the tree has come to.
    pub(super) async fn top(&self) -> Result<Top, TreeError> {
        let standing = store::standing(&self.pool, self.log_id).await?;
        let edge = store::edge(&self.pool, standing.size).await?;
        let (edge, behind) = edge.ok_or(TreeError::Torn)?;
        Ok(Top { standing, edge, behind })
    }

    /// What follows `position` in the log.
    pub(super) async fn page(&self, position: u64) -> Result<Vec<Fact>, ReadError> {
        let from = (position > 0).then_some(Position(position));
        let mut page = self.log.read_all(Filter::None, from, Direction::Forwards, LOG_PAGE).await?;
        // A read from a position brings the fact at that position once more.
        page.retain(|fact| fact.position.0 > position);
        Ok(page)
    }

    /// Adds `page`; `false` when somebody else has added to the tree meanwhile.
    pub(super) async fn grow(&self, top: &mut Top, page: &[Fact]) -> Result<bool, DatabaseError> {
        let mut growth = Growth::default();
        for fact in page {
            let Some(leaf) = leaf_of(fact) else { continue };
            let metadata: Option<Metadata> = serde_json::from_slice(&fact.metadata).ok();
            let correlation = metadata.map(|metadata| metadata.correlation).unwrap_or_default();
            top.behind.positions.push(fact.position.0.cast_signed());
            top.behind.correlations.push(correlation);
            let number = top.edge.tree().size() >> TILE_LEVELS;
            top.edge.push(leaf, |id, tile| growth.tiles.push((id, tile)));
            if top.behind.positions.len() as u64 == TILE_WIDTH {
                growth.facts.push((number, std::mem::take(&mut top.behind)));
            }
        }
        growth.tiles.extend(top.edge.open().map(|(id, tile)| (id, tile.clone())));
        let size = top.edge.tree().size();
        if !top.behind.positions.is_empty() {
            growth.facts.push((size >> TILE_LEVELS, top.behind.clone()));
        }
        let position = page.last().map_or(top.standing.position, |last| last.position.0);
        let grown = Standing { size, position };
        let moved = (top.standing, grown);
        top.standing = grown;
        store::grow(&self.pool, self.log_id, moved, &growth).await
    }

    pub(super) async fn sign(&self, edge: &Edge) -> Result<(), DatabaseError> {
        let tree = edge.tree();
        let origin = origin(self.log_id);
        let note = self.signer.sign(&Checkpoint { origin, size: tree.size(), root: tree.root() });
        store::keep(&self.pool, tree.size(), &note).await
    }
}
